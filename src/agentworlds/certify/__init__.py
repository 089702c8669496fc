"""Proving by execution that tasks are sound."""
