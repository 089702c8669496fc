"""Reusable parts of worlds, one script each."""
