"""A2C: one step along the policy gradient for every batch of fresh episodes.

Mnih and others, "Asynchronous Methods for Deep Reinforcement Learning", 2016, in its synchronous form. What differs:
whole episodes instead of a few steps of each, generalised advantages, advantages divided by their spread over the
batch, and a critic that reads the policy's state without moving it (see `ppo`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from agentworlds.train.algorithms.algorithm import LEAST_SPREAD, Algorithm, Loss, Settings, mean_over, own, spread_over
from agentworlds.train.algorithms.returns import advantages, returns
from agentworlds.train.collect import Played
from agentworlds.train.pairs import entropy_of, log_softmax


@dataclass
class A2CSettings(Settings):
    """What A2C is told.

    Attributes:
        decay: The λ of generalised advantages.
        entropy: The weight of the entropy bonus.
        value: The weight of the critic's loss.
        fresh_critic: Iterations in which only the critic learns.
    """

    lr: float = 1e-4
    episodes: int = 128
    batch: int = 64
    decay: float = 0.97
    entropy: float = 0.0
    value: float = 0.5
    fresh_critic: int = 3


class A2C(Algorithm):
    """Policy gradients with a critic, each episode used once."""

    name = "a2c"
    settings_class = A2CSettings
    settings: A2CSettings

    def remember(self, played: Sequence[Played]) -> None:
        """See Algorithm."""
        self.kept = [one for one in played if not one.fault]

    def plan(self) -> int:
        """See Algorithm."""
        self.queue = self.chunks(self.kept, self.iteration)
        return len(self.queue)

    def loss(self, step: int) -> Loss:
        """See Algorithm."""
        settings, played = self.settings, [self.kept[at] for at in self.queue[step]]
        traces = [one.trace for one in played if one.trace is not None]
        batch, weights = self.collate(played), own(played)
        target = torch.from_numpy(np.concatenate([returns(one.rewards, settings.discount) for one in traces]))
        gain = torch.from_numpy(
            np.concatenate([advantages(one.rewards, one.values, settings.discount, settings.decay) for one in traces])
        )
        gain = (gain - mean_over(gain, weights)) / spread_over(gain, weights).clamp(min=LEAST_SPREAD)

        scores = self.policy(batch)
        log_probs = log_softmax(scores.logits, batch.pair_decision, len(batch.decisions))
        entropy = entropy_of(log_probs, batch)
        policy_loss = -mean_over(log_probs[batch.chosen] * gain + settings.entropy * entropy, weights)
        value_loss = mean_over((scores.values - target) ** 2, weights)
        if self.iteration < settings.fresh_critic:
            policy_loss = policy_loss * 0
        figures = {"entropy": float(mean_over(entropy.detach(), weights)), "value_loss": float(value_loss.detach())}
        return Loss(policy_loss + settings.value * value_loss, int(weights.sum()), figures)
