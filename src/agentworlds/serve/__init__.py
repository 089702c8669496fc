"""Worlds behind the interfaces that others bring: Gymnasium, TRL."""
