"""DQN: learns what each choice is worth, from a memory of episodes.

Mnih and others, "Human-level control through deep reinforcement learning", 2015, with double (van Hasselt 2016),
dueling (Wang 2016), n-step and prioritised (Schaul 2016) learning. What differs:

- whole episodes are drawn, by their greatest and mean error (Kapturowski 2019), since context belongs to an episode;
- a decision's value is the greatest of its action values, so that action values are the value less a shortfall;
- decisions of successful episodes also ask for a margin over all other choices (Hester and others, "Deep Q-learning
  from Demonstrations", 2018): with some thirty choices to an episode and one reward, values alone told choices apart
  too late;
- action values begin as the cloned policy's scores, scaled down, so that a warm start is not lost; without one, let
  `explore_for` say how long to explore.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn.functional import huber_loss

from agentworlds.train.algorithms.algorithm import Algorithm, Loss, Settings, mean_over, own
from agentworlds.train.algorithms.memory import Memory
from agentworlds.train.algorithms.returns import n_step_targets
from agentworlds.train.batch import Batch
from agentworlds.train.collect import How, Played
from agentworlds.train.pairs import best_of
from agentworlds.train.policy import Scores


@dataclass
class DQNSettings(Settings):
    """What DQN is told.

    Attributes:
        memory: Episodes that are kept, over all workers.
        repeats: How often an episode is learned from, as a mean.
        ahead: The n of n-step targets.
        target: Gradient steps between updates of the target network.
        margin: By how much a successful choice should stand out.
        margin_weight: The weight of that.
        epsilon: The share of choices drawn evenly while playing.
        explore: That share at first; it falls evenly to `epsilon`.
        explore_for: Iterations over which it falls; 0 where play begins with `epsilon`.
    """

    lr: float = 1e-4
    value_lr: float = 3e-4
    episodes: int = 128
    batch: int = 32
    memory: int = 2048
    repeats: float = 2.0
    ahead: int = 8
    target: int = 50
    margin: float = 0.2
    margin_weight: float = 0.5
    epsilon: float = 0.01
    explore: float = 0.5
    explore_for: int = 0


class DQN(Algorithm):
    """Double, dueling, n-step Q-learning with prioritised replay of episodes."""

    name = "dqn"
    settings_class = DQNSettings
    settings: DQNSettings
    how: ClassVar[How] = How(by="value")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.policy.detached = False
        self.memory = Memory(max(self.settings.memory // self.workers, 1))
        self.target = deepcopy(self.policy)
        self.taken = 0

    def playing(self, iteration: int) -> How:
        """See Algorithm."""
        settings = self.settings
        left = max(1 - iteration / settings.explore_for, 0.0) if settings.explore_for else 0.0
        return self.how._replace(epsilon=settings.epsilon + left * (settings.explore - settings.epsilon))

    def remember(self, played: Sequence[Played]) -> None:
        """See Algorithm."""
        self.memory.add([one for one in played if not one.fault])

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
        numbers, importance = self.memory.draw(self.batch_size, self.random(self.iteration, step))
        played = [self.memory.kept[at] for at in numbers]
        batch, weights = self.collate(played), own(played)
        values = action_values(self.policy(batch), batch)
        with torch.no_grad():
            after = action_values(self.target(batch), batch)
            best = after[first_best(values, batch)]
        target = n_step_targets(
            [one.trace for one in played if one.trace is not None], best, settings.discount, settings.ahead
        )
        error = (values[batch.chosen] - target).detach().abs()
        each = huber_loss(values[batch.chosen], target, reduction="none") * torch.from_numpy(importance)[batch.episode]
        successful = torch.tensor([float(one.success) for one in played])[batch.episode]
        rivals = values + settings.margin
        rivals = rivals.index_copy(0, batch.chosen, values[batch.chosen])
        short = best_of(rivals, batch) - values[batch.chosen]
        margin = mean_over(short, successful * weights)
        loss = mean_over(each, weights) + settings.margin_weight * margin
        self.memory.rate(numbers, error[weights > 0], batch.episode[weights > 0])
        figures = {"error": float(mean_over(error, weights)), "margin": float(margin.detach()),
                   "value": float(mean_over(best_of(values.detach(), batch), weights))}  # fmt: skip
        return Loss(loss, int(weights.sum()), figures)

    def stepped(self, step: int) -> None:
        """See Algorithm."""
        self.taken += 1
        if self.taken % self.settings.target == 0:
            self.target.load_state_dict(self.policy.state_dict())

    def state(self) -> Any:
        """See Algorithm."""
        return self.memory.state(), self.taken, self.target.state_dict()

    def restore(self, state: Any) -> None:
        """See Algorithm."""
        kept, self.taken, weights = state
        self.memory.restore(kept)
        self.target.load_state_dict(weights)


def action_values(scores: Scores, batch: Batch) -> Tensor:
    """The value of each pair: its decision's, less how far it falls short of the best; [pairs]."""
    advantages = scores.advantages.mean(-1)
    return scores.values[batch.pair_decision] + advantages - best_of(advantages, batch)[batch.pair_decision]


def first_best(values: Tensor, batch: Batch) -> Tensor:
    """The pair with the greatest value of each decision, the first of equals; [decisions]."""
    is_best = values >= best_of(values, batch)[batch.pair_decision]
    places = torch.where(is_best, torch.arange(len(values)), len(values))
    return torch.full((len(batch.decisions),), len(values)).scatter_reduce(0, batch.pair_decision, places, "amin")
