"""Discrete SAC: an actor-critic that is paid for staying undecided, with a memory of episodes.

Haarnoja and others, "Soft Actor-Critic Algorithms and Applications", 2018, for discrete choices as by Christodoulou,
"Soft Actor-Critic for Discrete Action Settings", 2019. What differs:

- decisions have from one to hundreds of candidates, so the entropy to keep is not a share of the greatest possible but
  that of the policy which training began with, times `entropy`;
- the two critics share the trunk and the state's value, which reads the trunk without moving it, and differ in how much
  better than usual they see a choice; both begin as the cloned scores, scaled down, so each learns from its own two
  thirds of the episodes (bootstrapping; Osband and others, 2016), or they would stay alike;
- targets look `ahead` decisions instead of one, the entropy's part being that of the last;
- the price of entropy moves by an even step towards where the entropy is right, whatever the distance.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from agentworlds.rng import derive_seed
from agentworlds.train.algorithms.algorithm import Algorithm, Loss, Settings, mean_over, own
from agentworlds.train.algorithms.memory import Memory
from agentworlds.train.algorithms.returns import n_step_targets
from agentworlds.train.batch import Batch
from agentworlds.train.collect import Played
from agentworlds.train.pairs import entropy_of, log_softmax
from agentworlds.train.policy import Scores


@dataclass
class SACSettings(Settings):
    """What discrete SAC is told.

    Attributes:
        memory: Episodes that are kept, over all workers.
        repeats: How often an episode is learned from, as a mean.
        ahead: Decisions that a target looks ahead.
        follow: The share of the way that the target network follows at each step.
        entropy: The entropy to keep, as a share of what it was at first.
        temperature: The price of entropy at first.
        temperature_lr: How fast the price moves.
        fresh_critic: Iterations in which only the critics learn.
    """

    lr: float = 1e-4
    value_lr: float = 5e-4
    episodes: int = 128
    batch: int = 32
    memory: int = 1024
    repeats: float = 2.0
    ahead: int = 8
    follow: float = 0.02
    entropy: float = 0.8
    temperature: float = 0.01
    temperature_lr: float = 0.02
    fresh_critic: int = 4


class SAC(Algorithm):
    """Soft actor-critic over candidates."""

    name = "sac"
    settings_class = SACSettings
    settings: SACSettings

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.memory = Memory(max(self.settings.memory // self.workers, 1), sharpness=0.0)
        self.target = deepcopy(self.policy)
        self.taken = 0
        self.wanted: float | None = None
        self.log_price = float(np.log(self.settings.temperature))

    def remember(self, played: Sequence[Played]) -> None:
        """See Algorithm."""
        fresh = [one for one in played if not one.fault]
        self.memory.add(fresh)
        if self.wanted is None and fresh:
            surprise = np.concatenate([-one.trace.log_probs[one.first :] for one in fresh if one.trace is not None])
            self.wanted = self.settings.entropy * float(surprise.mean())

    def plan(self) -> int:
        """See Algorithm."""
        if self.taken == 0:
            self.target.load_state_dict(self.policy.state_dict())
        if not self.memory.kept:
            return 0
        return max(round(self.settings.repeats * self.settings.episodes / self.settings.batch), 1)

    def loss(self, step: int) -> Loss:
        """See Algorithm."""
        settings = self.settings
        numbers, _ = self.memory.draw(self.batch_size, self.random(self.iteration, step))
        played = [self.memory.kept[at] for at in numbers]
        batch, weights = self.collate(played), own(played)
        scores = self.policy(batch)
        log_probs = log_softmax(scores.logits, batch.pair_decision, len(batch.decisions))
        probs, price = log_probs.exp(), float(np.exp(self.log_price))
        with torch.no_grad():
            known = twin_values(self.target(batch), batch).amin(-1)
            soft = expected(probs * (known - price * log_probs), batch)
        target = n_step_targets(
            [one.trace for one in played if one.trace is not None], soft, settings.discount, settings.ahead
        ).unsqueeze(-1)
        values = twin_values(scores, batch)
        learns = torch.from_numpy(np.stack([learning(one) for one in played]))[batch.episode]
        critic = mean_over(((values[batch.chosen] - target) ** 2 * learns).sum(-1), weights)
        worth = values.detach().amin(-1)
        actor = mean_over(expected(probs * (price * log_probs - worth), batch), weights)
        entropy = float(mean_over(entropy_of(log_probs.detach(), batch), weights))
        if self.iteration < settings.fresh_critic:
            actor = actor * 0
        elif self.wanted is not None:
            self.log_price -= settings.temperature_lr * float(np.sign(entropy - self.wanted))
        figures = {"entropy": entropy, "price": price, "critic": float(critic.detach()),
                   "value": float(mean_over(soft, weights))}  # fmt: skip
        return Loss(actor + critic, int(weights.sum()), figures)

    def stepped(self, step: int) -> None:
        """See Algorithm."""
        self.taken += 1
        with torch.no_grad():
            for slow, fast in zip(self.target.parameters(), self.policy.parameters(), strict=True):
                slow.lerp_(fast, self.settings.follow)

    def state(self) -> Any:
        """See Algorithm."""
        return self.memory.state(), self.taken, self.target.state_dict(), self.wanted, self.log_price

    def restore(self, state: Any) -> None:
        """See Algorithm."""
        kept, self.taken, weights, self.wanted, self.log_price = state
        self.memory.restore(kept)
        self.target.load_state_dict(weights)


def learning(played: Played) -> np.ndarray:
    """How much each critic learns from an episode, [2]: from two episodes of three, so that the mean is 1."""
    which = derive_seed("critics", *played.assignment[:5]) % 3
    return np.array([1.5 * (which != 0), 1.5 * (which != 1)], np.float32)


def twin_values(scores: Scores, batch: Batch) -> Tensor:
    """What the two critics say each pair is worth, [pairs, 2]."""
    return scores.values[batch.pair_decision].unsqueeze(-1) + scores.advantages


def expected(values: Tensor, batch: Batch) -> Tensor:
    """The sum over each decision's pairs, [decisions]."""
    return torch.zeros(len(batch.decisions)).index_add(0, batch.pair_decision, values)
