"""Toolboxes shared by worlds, one script each."""
