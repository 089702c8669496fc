"""Experiments whose figures are in docs/results.md, each by one command: ``python -m experiments NAME``."""
