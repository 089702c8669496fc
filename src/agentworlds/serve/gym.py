"""Gymnasium environments. Importing this module registers them; it loads no world.

Every packaged world has two: ``agentworlds/vet_clinic-v0``, the world as decisions over candidates, and
``agentworlds/vet_clinic-calls-v0``, the world as tool calls in JSON. ``agentworlds/World-v0`` and
``agentworlds/World-calls-v0`` take any ``world``: an id, a script or a bundle.
"""

from __future__ import annotations

import gymnasium

from agentworlds.registry import CONTENT
from agentworlds.serve.gym_calls import CallEnv
from agentworlds.serve.gym_decisions import DecisionEnv
from agentworlds.serve.gym_episodes import WorldEnv

__all__ = ["CallEnv", "DecisionEnv", "WorldEnv", "register"]

VIEWS = {"": "agentworlds.serve.gym_decisions:DecisionEnv", "-calls": "agentworlds.serve.gym_calls:CallEnv"}


def register() -> None:
    """Register two environments for each packaged world, and two for any other."""
    for view, entry_point in VIEWS.items():
        gymnasium.register(f"agentworlds/World{view}-v0", entry_point)
        for id in CONTENT.ids("domains"):
            gymnasium.register(f"agentworlds/{id}{view}-v0", entry_point, kwargs={"world": id})


register()
