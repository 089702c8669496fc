"""PPO: several careful steps on the episodes that the policy has just played.

Schulman and others, "Proximal Policy Optimization Algorithms", 2017, with generalised advantages. What differs:

- a step's loss is a mean over whole episodes' decisions, since a decision's candidates and context are those of its
  episode;
- the critic reads the policy's state without moving it (`detached`): a shared trunk that the critic moved too unlearned
  a cloned policy in the first minutes;
- the critic learns what the return is beyond what the task's other episodes, and its intent's of late, have earned;
- an iteration stops when the policy has moved `most_kl` from the one that played;
- in the first iterations (`fresh_critic`) only the critic learns, since advantages mean nothing before it has;
- after an iteration's steps, one's own successes and what a warm start was shown are imitated (see `imitation`).
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
class PPOSettings(Settings):
    """What PPO is told.

    Attributes:
        epochs: How often each episode is learned from.
        ratio: How far a choice's probability may move, as a share, before it stops counting.
        decay: The λ of generalised advantages.
        entropy: The weight of the entropy bonus.
        value: The weight of the critic's loss.
        most_kl: Where an iteration stops early.
        fresh_critic: Iterations in which only the critic learns.
    """

    lr: float = 1e-4
    value_lr: float = 2e-4
    episodes: int = 256
    turns: int = 2
    batch: int = 64
    imitate: int = 512
    epochs: int = 1
    ratio: float = 0.2
    decay: float = 0.97
    entropy: float = 0.0
    value: float = 0.5
    most_kl: float = 0.03
    fresh_critic: int = 2


class PPO(Algorithm):
    """Clipped policy gradients with a detached critic."""

    name = "ppo"
    settings_class = PPOSettings
    settings: PPOSettings

    def remember(self, played: Sequence[Played]) -> None:
        """See Algorithm."""
        self.kept = [one for one in played if not one.fault]

    def plan(self) -> int:
        """See Algorithm."""
        settings, traces = self.settings, [one.trace for one in self.kept if one.trace is not None]
        usual = [self.usual(one) for one in self.kept]
        self.returns = [returns(one.rewards, settings.discount) - base for one, base in zip(traces, usual, strict=True)]
        self.advantages = [advantages(one.rewards, one.values + base, settings.discount, settings.decay)
                           for one, base in zip(traces, usual, strict=True)]  # fmt: skip
        if not traces:
            return 0
        every = np.concatenate([one[kept.first :] for one, kept in zip(self.advantages, self.kept, strict=True)])
        self.scale = max(float(every.std()), LEAST_SPREAD)
        self.mean = float(every.mean())
        epochs = range(settings.epochs)
        self.queue = [chunk for epoch in epochs for chunk in self.chunks(self.kept, self.iteration, epoch)]
        return len(self.queue)

    def loss(self, step: int) -> Loss:
        """See Algorithm."""
        chunk, settings = self.queue[step], self.settings
        played = [self.kept[at] for at in chunk]
        batch, weights = self.collate(played), own(played)
        before = torch.from_numpy(np.concatenate([one.trace.log_probs for one in played if one.trace is not None]))
        gain = (torch.from_numpy(np.concatenate([self.advantages[at] for at in chunk])) - self.mean) / self.scale
        target = torch.from_numpy(np.concatenate([self.returns[at] for at in chunk]))

        scores = self.policy(batch)
        log_probs = log_softmax(scores.logits, batch.pair_decision, len(batch.decisions))
        moved = log_probs[batch.chosen] - before
        ratio = moved.exp()
        surrogate = torch.min(ratio * gain, ratio.clamp(1 - settings.ratio, 1 + settings.ratio) * gain)
        entropy = entropy_of(log_probs, batch)
        policy_loss = -mean_over(surrogate + settings.entropy * entropy, weights)
        value_loss = mean_over((scores.values - target) ** 2, weights)
        if self.iteration < settings.fresh_critic:
            policy_loss = policy_loss * 0
        kl, wrong = float(mean_over(ratio.detach() - 1 - moved.detach(), weights)), float(value_loss.detach())
        clipped = ((ratio.detach() - 1).abs() > settings.ratio).float()
        figures = {"kl": kl, "entropy": float(mean_over(entropy.detach(), weights)), "value_loss": wrong,
                   "explained": max(1 - wrong / (float(spread_over(target, weights)) ** 2 + 1e-6), -1.0),
                   "clipped": float(mean_over(clipped, weights))}  # fmt: skip
        return Loss(
            policy_loss + settings.value * value_loss, int(weights.sum()), figures, enough=kl > settings.most_kl
        )
