"""A memory of episodes, the latest so many, drawn more often the more there is to learn from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from torch import Tensor

from agentworlds.train.collect import Played


class Memory:
    """Prioritised replay of whole episodes (Schaul and others, 2016; mixed as by Kapturowski and others, 2019).

    Args:
        room: Episodes kept.
        sharpness: How much the priorities matter: 0 for even draws.
        mixing: The share of the greatest error in an episode's priority; the rest is the mean's.
        correction: How far uneven draws are corrected for.
    """

    def __init__(self, room: int, sharpness: float = 0.6, mixing: float = 0.9, correction: float = 0.4) -> None:
        self.room, self.sharpness, self.mixing, self.correction = room, sharpness, mixing, correction
        self.kept: list[Played] = []
        self.priorities = np.zeros(0)

    def add(self, played: Sequence[Played]) -> None:
        """Keep episodes, with the greatest priority so far; the oldest go."""
        first = max(float(self.priorities.max(initial=0.0)), 1e-3)
        self.kept = [*self.kept, *played][-self.room :]
        self.priorities = np.concatenate([self.priorities, np.full(len(played), first)])[-self.room :]

    def draw(self, count: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of episodes, and the weight of each, at most 1."""
        chances = (self.priorities + 1e-6) ** self.sharpness
        chances = chances / chances.sum()
        numbers = random.choice(len(self.kept), min(count, len(self.kept)), replace=False, p=chances)
        weights = (len(self.kept) * chances[numbers]) ** -self.correction
        return numbers, (weights / weights.max()).astype(np.float32)

    def rate(self, numbers: np.ndarray, errors: Tensor, episode: Tensor) -> None:
        """Take in the errors of drawn episodes' decisions, at least one of each.

        Args:
            numbers: As `draw` gave them.
            errors: How wrong each decision was, at least 0; [decisions].
            episode: Of each decision, which of the drawn episodes it belongs to; [decisions].
        """
        for at, number in enumerate(numbers):
            ones = errors[episode == at]
            self.priorities[number] = self.mixing * float(ones.max()) + (1 - self.mixing) * float(ones.mean())

    def state(self) -> Any:
        """What must be kept; it pickles."""
        return self.kept, self.priorities

    def restore(self, state: Any) -> None:
        """Take a state back."""
        self.kept, self.priorities = state
