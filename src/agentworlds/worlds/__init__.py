"""Loaded worlds, their bundles and episodes: what `agentworlds.load` gives."""
