"""Which tasks to play next: all alike, by how hard they have been, or from the end backwards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from agentworlds.rng import derive_seed
from agentworlds.train.collect import Played
from agentworlds.train.config import FIRST_SEED
from agentworlds.train.games import Assignment

Key = tuple[str, int]
"""A world and a task's number: the same intent in every seed."""
FORGETTING = 0.9
"""The share of an estimate that stays when an episode is added."""
FIRST_PREFIX = 0.9
DONE, NOT_DONE, BETWEEN = 0.5, 0.15, 0.3
"""From what success on the reference plays less, and under which more again; and the estimate after either.

Salimans and Chen, "Learning Montezuma's Revenge from a Single Demonstration", 2018, go on from a fifth.
"""
STEP = 0.1
"""By how much of a solution the reference plays less, or more again."""


class Curriculum:
    """Draws assignments for iterations, from one seed after another, and learns from what came of them.

    Args:
        kind: ``even``, ``difficulty`` or ``reverse``.
        tasks: The numbers of the tasks that each world has for each seed.
        seed: Fixes the order.
        first: How many seeds to skip, so that what was cloned is not played again.
    """

    def __init__(self, kind: str, tasks: dict[str, Sequence[int]], seed: int, first: int = 0) -> None:
        self.kind, self.seed, self.first = kind, seed, first
        self.keys = [(world, task) for world in sorted(tasks) for task in tasks[world]]
        self.success: dict[Key, float] = {}
        self.prefix: dict[Key, float] = {}
        self.drawn = 0

    def draw(self, count: int, turns: int = 1) -> list[Assignment]:
        """Assignments of so many episodes, `turns` of each task."""
        found: list[Assignment] = []
        wanted = max(count // turns, 1)
        while len(found) < wanted * turns:
            round_, at = divmod(self.drawn, len(self.keys))
            key = self.keys[int(self._random(round_).permutation(len(self.keys))[at])]
            self.drawn += 1
            if self.kind == "difficulty" and self._random(round_, at).random() > self._interest(key):
                continue
            seed = FIRST_SEED + 10_000 * (self.seed % 1000) + self.first + round_
            prefix = self.prefix.get(key, FIRST_PREFIX) if self.kind == "reverse" else 0.0
            found += [Assignment(*key, seed, turn=turn, prefix=self._varied(prefix, turn)) for turn in range(turns)]
        return found

    def _random(self, *what: int) -> np.random.Generator:
        """Draws that depend on names alone."""
        return np.random.Generator(np.random.PCG64(derive_seed("curriculum", self.seed, *what)))

    def _interest(self, key: Key) -> float:
        """The share of the times that a task is played when its turn comes: most for those done half of the time."""
        rate = self.success.get(key, 0.5)
        return 0.15 + 0.85 * 4 * rate * (1 - rate)

    def _varied(self, prefix: float, turn: int) -> float:
        """A prefix, or somewhat less, so that a policy also meets what comes before."""
        return max(prefix - STEP * (turn % 3), 0.0)

    def took(self, played: Iterable[Played]) -> None:
        """Learn from what came of episodes."""
        for one in played:
            key = one.assignment.world, one.assignment.task
            before = self.success.get(key, BETWEEN if self.kind == "reverse" else 0.5)
            now = self.success[key] = FORGETTING * before + (1 - FORGETTING) * one.success
            if self.kind == "reverse":
                prefix = self.prefix.get(key, FIRST_PREFIX)
                if now > DONE and prefix > 0:
                    self.prefix[key], self.success[key] = max(prefix - STEP, 0.0), BETWEEN
                elif now < NOT_DONE and prefix < FIRST_PREFIX:
                    self.prefix[key], self.success[key] = min(prefix + STEP, FIRST_PREFIX), BETWEEN

    def state(self) -> Any:
        """What must be kept; it pickles."""
        return self.success, self.prefix, self.drawn

    def restore(self, state: Any) -> None:
        """Take a state back."""
        self.success, self.prefix, self.drawn = state


def share(assignments: Sequence[Assignment], workers: int) -> list[list[Assignment]]:
    """Assignments for each worker: worlds and seeds side by side, so that few are open, a task's turns together."""
    ordered = sorted(assignments, key=lambda one: (one.world, one.seed, one.task, one[3:]))
    ends = [round(number * len(ordered) / workers) for number in range(workers + 1)]
    for number in range(1, workers):
        while 0 < ends[number] < len(ordered) and ordered[ends[number]][:3] == ordered[ends[number] - 1][:3]:
            ends[number] += 1
    return [list(ordered[start:end]) for start, end in pairwise(ends)]
