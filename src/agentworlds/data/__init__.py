"""Seeded, realistic values and rows."""
