"""Behaviour cloning: the policy learns to choose what the reference chose.

Pomerleau, "ALVINN: An Autonomous Land Vehicle in a Neural Network", 1988. Here: maximum likelihood over every
decision's candidates, with label smoothing over them. Demonstrations are played as training goes on, up to
`demonstrations` a world, and every one kept is drawn again and again. The value head is left alone, since references
nearly always earn the same; algorithms that follow teach it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch

from agentworlds.train.algorithms.algorithm import Algorithm, Loss, Settings, mean_over, own
from agentworlds.train.collect import Played
from agentworlds.train.games import Assignment
from agentworlds.train.pairs import entropy_of, log_softmax


@dataclass
class CloningSettings(Settings):
    """What cloning is told.

    Attributes:
        demonstrations: Episodes of each world to learn from, over all workers; 0 for as many as there is time for.
        repeats: How often a demonstration is learned from, as a mean, before the next are played.
        room: How many demonstrations are kept, over all workers, where `demonstrations` sets no limit: the latest.
        smoothing: The share of the probability that is spread over all candidates.
    """

    lr: float = 2e-3
    value_lr: float = 0.0
    hidden_lr: float = 0.01
    episodes: int = 64
    batch: int = 8
    imitate: int = 0
    demonstrations: int = 0
    repeats: float = 3.0
    room: int = 6144
    smoothing: float = 0.01


class Cloning(Algorithm):
    """Learns from the reference's decisions."""

    name = "cloning"
    settings_class = CloningSettings
    teaches: ClassVar[bool] = True
    settings: CloningSettings

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.kept: list[Played] = []
        self.queue: list[list[int]] = []

    def remember(self, played: Sequence[Played]) -> None:
        """See Algorithm."""
        self.kept += [one for one in played if one.success]
        if not self.settings.demonstrations:
            self.kept = self.kept[-max(self.settings.room // self.workers, 1) :]

    def plan(self) -> int:
        """See Algorithm."""
        if not self.kept:
            return 0
        count = max(round(self.settings.repeats * self.settings.episodes / self.settings.batch), 1)
        self.queue = []
        number = 0
        while len(self.queue) < count:  # every demonstration once, then again in another order
            self.queue += self.chunks(self.kept, "chunks", self.iteration, number)
            number += 1
        return count

    def loss(self, step: int) -> Loss:
        """See Algorithm."""
        played = [self.kept[at] for at in self.queue[step]]
        batch = self.collate(played)
        scores, weights = self.policy(batch), own(played)
        log_probs = log_softmax(scores.logits, batch.pair_decision, len(batch.decisions))
        right = log_probs[batch.chosen]
        sizes = torch.diff(batch.offers).float()
        spread = torch.zeros(len(sizes)).index_add(0, batch.pair_decision, log_probs) / sizes
        smoothing = self.settings.smoothing
        loss = -mean_over((1 - smoothing) * right + smoothing * spread, weights)
        figures = {"nll": -float(mean_over(right.detach(), weights)),
                   "entropy": float(mean_over(entropy_of(log_probs.detach(), batch), weights))}  # fmt: skip
        return Loss(loss, int(weights.sum()), figures)

    def state(self) -> list[Assignment]:
        """What was shown: it is played again where a run goes on, being the same then and much smaller."""
        return [one.assignment for one in self.kept]
