"""V-trace: an actor-critic that also learns from episodes that an older policy played.

Espeholt and others, "IMPALA: Scalable Distributed Deep-RL with Importance Weighted Actor-Learner Architectures", 2018.
What differs: instead of actors that lag behind, the episodes of the last `window` iterations are drawn again, which is
as far off-policy and repeatable; the critic reads the policy's state without moving it (see `ppo`); advantages are
divided by their spread over the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from agentworlds.train.algorithms.algorithm import LEAST_SPREAD, Algorithm, Loss, Settings, mean_over, own, spread_over
from agentworlds.train.algorithms.returns import vtrace
from agentworlds.train.collect import Played
from agentworlds.train.pairs import entropy_of, log_softmax


@dataclass
class VTraceSettings(Settings):
    """What V-trace is told.

    Attributes:
        window: Iterations whose episodes are kept.
        repeats: How often an episode is learned from, as a mean.
        decay: The λ of the targets.
        entropy: The weight of the entropy bonus.
        value: The weight of the critic's loss.
        fresh_critic: Iterations in which only the critic learns.
    """

    lr: float = 1e-4
    episodes: int = 128
    batch: int = 32
    window: int = 3
    repeats: float = 2.0
    decay: float = 0.97
    entropy: float = 0.0
    value: float = 0.5
    fresh_critic: int = 3


class VTrace(Algorithm):
    """Off-policy corrected policy gradients."""

    name = "vtrace"
    settings_class = VTraceSettings
    settings: VTraceSettings

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.window: list[list[Played]] = []

    def remember(self, played: Sequence[Played]) -> None:
        """See Algorithm."""
        self.window = [*self.window, [one for one in played if not one.fault]][-self.settings.window :]

    def plan(self) -> int:
        """See Algorithm."""
        self.kept = [one for played in self.window for one in played]
        if not self.kept:
            return 0
        count = max(round(self.settings.repeats * self.settings.episodes / self.settings.batch), 1)
        self.queue: list[list[int]] = []
        number = 0
        while len(self.queue) < count:  # every episode once, then again in another order
            self.queue += self.chunks(self.kept, self.iteration, number)
            number += 1
        return count

    def loss(self, step: int) -> Loss:
        """See Algorithm."""
        settings, played = self.settings, [self.kept[at] for at in self.queue[step]]
        traces = [one.trace for one in played if one.trace is not None]
        batch, weights = self.collate(played), own(played)
        scores = self.policy(batch)
        log_probs = log_softmax(scores.logits, batch.pair_decision, len(batch.decisions))
        chosen = log_probs[batch.chosen]
        before = torch.from_numpy(np.concatenate([one.log_probs for one in traces]))
        ratios = (chosen.detach() - before).exp()
        found, at = [], 0
        for one in traces:
            here = slice(at, at + len(one.rewards))
            values = scores.values.detach()[here].numpy()
            found.append(vtrace(one.rewards, values, ratios[here].numpy(), settings.discount, settings.decay))
            at += len(one.rewards)
        target = torch.from_numpy(np.concatenate([one for one, _ in found]))
        gain = torch.from_numpy(np.concatenate([one for _, one in found]))
        gain = gain / spread_over(gain, weights).clamp(min=LEAST_SPREAD)

        entropy = entropy_of(log_probs, batch)
        policy_loss = -mean_over(chosen * gain + settings.entropy * entropy, weights)
        value_loss = mean_over((scores.values - target) ** 2, weights)
        if self.iteration < settings.fresh_critic:
            policy_loss = policy_loss * 0
        figures = {"entropy": float(mean_over(entropy.detach(), weights)), "value_loss": float(value_loss.detach()),
                   "ratio": float(mean_over(ratios, weights))}  # fmt: skip
        return Loss(policy_loss + settings.value * value_loss, int(weights.sum()), figures)

    def state(self) -> Any:
        """See Algorithm."""
        return self.window

    def restore(self, state: Any) -> None:
        """See Algorithm."""
        self.window = state
