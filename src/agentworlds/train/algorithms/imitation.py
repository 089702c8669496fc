"""A memory of successes, rare ones first, and of demonstrations, to be cloned beside what an algorithm learns.

Oh and others, "Self-Imitation Learning", 2018; Rajeswaran and others, "Learning Complex Dexterous Manipulation with
Deep Reinforcement Learning and Demonstrations", 2018. What differs: where the former weighs a choice by how much more
it earned than the critic expected, here a success is drawn the more often the rarer successes at its intent have been,
and the less likely its choices were, which needs no critic; and its choices are cloned as they are. The demonstrations
of a warm start are a part of what is drawn: without them, policies drifted from what they had been shown faster than
they learned from what they tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from agentworlds.train.collect import Played

Key = tuple[str, str]
"""A world and an intent."""
FORGETTING = 0.9
LEAST = 0.1
"""The weight of an intent at which every episode succeeds, and of a success of which every choice was certain."""
SHOWN = 0.25
"""The chance that what is drawn is a demonstration, so that the share is the same however few a worker draws."""


class Successes:
    """The latest successful episodes of each intent, demonstrations, how often each intent succeeds and what it earns.

    Args:
        room: How many of each intent are kept.
    """

    def __init__(self, room: int = 40) -> None:
        self.room = room
        self.shown: list[Played] = []
        """Demonstrations."""
        self.kept: dict[Key, list[Played]] = {}
        self.rates: dict[Key, float] = {}
        self.returns: dict[Key, float] = {}
        """What episodes of each intent have earned of late."""

    def add(self, played: Sequence[Played]) -> None:
        """Take in an iteration's episodes."""
        for one in played:
            key = one.assignment.world, one.intent
            self.returns[key] = FORGETTING * self.returns.get(key, one.reward) + (1 - FORGETTING) * one.reward
            self.rates[key] = FORGETTING * self.rates.get(key, 0.5) + (1 - FORGETTING) * one.success
            if one.success:
                self.kept[key] = [*self.kept.get(key, ()), one][-self.room :]

    def show(self, played: Sequence[Played]) -> None:
        """Take in demonstrations, which are kept."""
        self.shown += [one for one in played if one.success]

    def draw(self, count: int, random: np.random.Generator) -> list[Played]:
        """Successes, of rarely solved intents and unlikely ones more often, and demonstrations; nothing of neither."""
        keys = sorted(self.kept)
        again = min(int(random.binomial(count, SHOWN)) if keys else count, len(self.shown))
        found = [self.shown[at] for at in random.choice(len(self.shown), again, replace=False)] if again else []
        if not keys:
            return found
        weights = np.array([1 - self.rates[key] + LEAST for key in keys])
        chosen = random.choice(len(keys), count - again, p=weights / weights.sum())
        return found + [self._one(keys[at], random) for at in chosen]

    def _one(self, key: Key, random: np.random.Generator) -> Played:
        """A success at an intent, unlikely ones more often."""
        weights = np.array([LEAST + surprise(one) for one in self.kept[key]])
        return self.kept[key][int(random.choice(len(weights), p=weights / weights.sum()))]

    def state(self) -> Any:
        """What must be kept beside the demonstrations; it pickles."""
        return self.kept, self.rates, self.returns

    def restore(self, state: Any) -> None:
        """Take a state back."""
        self.kept, self.rates, self.returns = state


def surprise(played: Played) -> float:
    """How unlikely the policy's choices were, in nats; 0 where the trace is not kept."""
    return -float(played.trace.log_probs[played.first :].sum()) if played.trace is not None else 0.0
