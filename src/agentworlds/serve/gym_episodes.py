"""What both Gymnasium views of a world share: which task is played, its episode, and what is said of it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import gymnasium
from gymnasium.error import ResetNeeded
from gymnasium.vector import AutoresetMode

from agentworlds.errors import NotFound, nearest
from agentworlds.spec.rewards import Reward, Shaping
from agentworlds.tasks.drawing import Split
from agentworlds.worlds.episode import Episode
from agentworlds.worlds.loading import load
from agentworlds.worlds.perturb.kinds import Perturb
from agentworlds.worlds.world import LoadedWorld

OPTIONS = ("task", "world_seed")
"""What `reset` takes as options."""

ActType = TypeVar("ActType")


@cache
def _loaded(world: str, changed: int) -> LoadedWorld:
    return load(world)


def shared_world(world: str | Path) -> LoadedWorld:
    """A world by id, script or bundle, loaded once in a process for all environments; again when its file changes."""
    path = Path(world)
    return _loaded(str(world), path.stat().st_mtime_ns if path.is_file() else 0)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_loaded.cache_clear)  # a database connection does not survive a fork


class WorldEnv(gymnasium.Env[dict[str, Any], ActType]):
    """An environment whose episodes are tasks of a world.

    Args:
        world: Its id, or the path of a script or a bundle.
        task: A task's number or an intent's name; None draws one of all tasks at each reset.
        world_seed: Which data and tasks; of several, one is drawn at each reset.
        wording: A wording for training, or one held out for testing.
        reward: Another reward than the intents declare.
        shaping: Potential-based shaping of each call's reward.
        perturb: How the tools differ from the world's own: ``"mild"``, ``"harsh"`` or a `Perturb`.
        budget: How many calls an episode allows; the task's own number by default.
        render_mode: ``"ansi"`` for a transcript in words, or None.

    Raises:
        NotFound: There is no such world or task.
    """

    metadata = {  # noqa: RUF012 - declared by the base class
        "render_modes": ["ansi"], "render_fps": 1, "autoreset_mode": AutoresetMode.DISABLED,
    }  # fmt: skip

    def __init__(
        self, world: str | Path, *, task: int | str | None = None, world_seed: int | Sequence[int] = 0,
        wording: Split = "train", reward: Reward | None = None, shaping: Shaping | None = None,
        perturb: Perturb | str | None = None, budget: int | None = None, render_mode: str | None = None,
    ) -> None:  # fmt: skip
        if render_mode not in (None, *self.metadata["render_modes"]):
            raise ValueError(f"render_mode: expected 'ansi' or None, got {render_mode!r}")
        self.world = shared_world(world)
        if not self.world.task_count:
            raise NotFound(f"{world} has no tasks: it declares no intent")
        self.task = None if task is None else self._number(task)
        self.world_seeds = (world_seed,) if isinstance(world_seed, int) else tuple(world_seed)
        if not self.world_seeds:
            raise ValueError("world_seed: expected a number or several, got none")
        self.render_mode = render_mode
        self._settings: dict[str, Any] = {"wording": wording, "reward": reward, "shaping": shaping,
                                          "perturb": Perturb.read(perturb), "budget": budget}  # fmt: skip
        self._episode: Episode | None = None

    def _number(self, task: int | str) -> int:
        if isinstance(task, str):
            return self.world.find_task(task)
        if not 0 <= task < self.world.task_count:
            raise NotFound(f"{self.world.id} has tasks 0 to {self.world.task_count - 1} for each seed, not {task}")
        return int(task)

    @property
    def episode(self) -> Episode:
        """The episode being played, or the one that has just ended. Raises ResetNeeded before the first."""
        if self._episode is None:
            raise ResetNeeded("there is no episode yet; reset() starts one")
        return self._episode

    def _running(self) -> Episode:
        if self.episode.done:
            raise ResetNeeded("the episode has ended; reset() starts another")
        return self.episode

    def _start(self, seed: int | None, options: dict[str, Any] | None) -> Episode:
        """Give the last episode's instance back and start another; what is not given is drawn from `np_random`."""
        super().reset(seed=seed)
        given = options or {}
        for name in given:
            if name not in OPTIONS:
                raise ValueError(
                    f"options: there is no {name!r}{nearest(name, OPTIONS)}; known are {', '.join(OPTIONS)}"
                )
        world_seed = given.get("world_seed")
        if world_seed is None:
            seeds = self.world_seeds
            world_seed = seeds[0] if len(seeds) == 1 else seeds[int(self.np_random.integers(len(seeds)))]
        task = given.get("task", self.task)
        number = int(self.np_random.integers(self.world.task_count)) if task is None else self._number(task)
        self.close()
        self._episode = self.world.episode(number, int(world_seed), **self._settings)
        return self._episode

    def _facts(self) -> dict[str, Any]:
        """What every `info` says of the episode; once it has ended, how it went."""
        episode = self.episode
        task = episode.task
        facts: dict[str, Any] = {
            "instruction": episode.instruction, "task": task.index, "intent": task.intent, "world_seed": task.seed,
        }  # fmt: skip
        if episode.verdict is not None:
            facts |= {"is_success": episode.verdict.success, "verdict": episode.verdict.explain()}
        return facts

    def render(self) -> str | None:
        """The request, the calls and what came of them; None unless `render_mode` is ``"ansi"``."""
        if self.render_mode is None:
            return None
        lines = [self.episode.instruction]
        for step in self.episode.steps:
            lines += ["", f"> {step.tool} {step.arguments}", step.text]
        return "\n".join(lines)

    def close(self) -> None:
        """Give the episode's instance back; the verdict can no longer be asked for."""
        if self._episode is not None:
            self._episode.close()
            self._episode = None
