"""What an algorithm is: how it plays, what it keeps, and the losses whose gradients improve the policy.

An algorithm lives in every worker, beside a copy of the policy. A worker plays and keeps its own episodes; the learner
asks all workers for gradients, averages them, takes the step, and sends the new weights with the next request. So
episodes stay where they were played, and what is learned does not depend on where the workers are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor

from agentworlds.errors import NotFound, nearest
from agentworlds.rng import derive_seed
from agentworlds.train.algorithms.imitation import Successes
from agentworlds.train.batch import Batch, Texts, collate
from agentworlds.train.collect import How, Played
from agentworlds.train.pairs import log_softmax
from agentworlds.train.policy import Policy

ALGORITHMS = {
    "cloning": "agentworlds.train.algorithms.cloning:Cloning",
    "ppo": "agentworlds.train.algorithms.ppo:PPO",
    "a2c": "agentworlds.train.algorithms.a2c:A2C",
    "vtrace": "agentworlds.train.algorithms.vtrace:VTrace",
    "dqn": "agentworlds.train.algorithms.dqn:DQN",
    "sac": "agentworlds.train.algorithms.sac:SAC",
    "grpo": "agentworlds.train.algorithms.grpo:GRPO",
}

IMITATED = 8
"""Episodes of a gradient step of imitation, over all workers."""
LEAST_SPREAD = 0.1
"""Advantages are divided by their spread, but by no less than this: where all episodes fare alike, what sets them apart
is the critic's noise, which is not to be blown up (Hafner and others, "Mastering Diverse Domains through World Models",
2023, bound it likewise)."""


@dataclass
class Settings:
    """What every algorithm is told.

    Attributes:
        lr: The optimiser's step size.
        value_lr: The step size of the value head; that of the rest where it is 0.
        hidden_lr: Muon's step size for the matrices inside the network; 0 where AdamW takes them too.
        episodes: Episodes of an iteration, over all workers.
        turns: How many of them are of the same task; making a task costs about as much as playing it once.
        batch: Episodes of a gradient step, over all workers.
        discount: Of a decision's worth against the next; 1 counts all alike.
        clip: The greatest length of a gradient.
        imitate: Episodes of an iteration that are imitated after what the algorithm learns, over all workers: one's own
            successes and demonstrations; see `imitation`.
        imitate_lr: The optimiser's step size for that.
    """

    lr: float = 1e-4
    value_lr: float = 1e-3
    hidden_lr: float = 0.0
    episodes: int = 128
    turns: int = 1
    batch: int = 32
    discount: float = 1.0
    clip: float = 1.0
    imitate: int = 256
    imitate_lr: float = 3e-4


class Loss(NamedTuple):
    """A loss and what to tell of it.

    Attributes:
        loss: The mean over decisions.
        decisions: How many decisions it is the mean of.
        figures: Means over the same decisions.
        enough: Ask for no further step in this iteration.
    """

    loss: Tensor
    decisions: int
    figures: dict[str, float]
    enough: bool = False


class Algorithm(ABC):
    """One worker's part of an algorithm.

    Args:
        policy: The worker's copy; its weights change between calls.
        texts: Vectors of texts.
        settings: What it is told.
        number: The worker's number.
        workers: How many there are.
        seed: Fixes its draws.
    """

    name: ClassVar[str]
    settings_class: ClassVar[type[Settings]] = Settings
    how: ClassVar[How] = How()
    teaches: ClassVar[bool] = False
    """Whether the reference plays instead of the policy."""

    def __init__(
        self, policy: Policy, texts: Texts, settings: Any, number: int = 0, workers: int = 1, seed: int = 0
    ) -> None:
        self.policy, self.texts, self.settings = policy, texts, settings
        self.number, self.workers, self.seed = number, workers, seed
        self.iteration = self.planned = 0
        self.successes = Successes()
        self.returns_before: dict[tuple[str, str], float] = {}
        self.batch_size = max(settings.batch // workers, 1)

    def playing(self, iteration: int) -> How:
        """How to play in an iteration."""
        return self.how

    @abstractmethod
    def remember(self, played: Sequence[Played]) -> None:
        """Keep the episodes of an iteration, in place of or beside those kept."""

    @abstractmethod
    def plan(self) -> int:
        """Make ready for this iteration's gradient steps; gives how many this worker's episodes are good for."""

    @abstractmethod
    def loss(self, step: int) -> Loss:
        """The loss of one of the gradient steps planned."""

    def steps(self, iteration: int) -> int:
        """How many gradient steps this worker takes part in."""
        self.iteration = iteration
        self.planned = self.plan()
        return self.planned

    def take_in(self, played: Sequence[Played]) -> None:
        """Keep the episodes of an iteration, and the successes among them."""
        self.returns_before = dict(self.successes.returns)
        self.earned: dict[tuple[str, int, int], list[float]] = defaultdict(list)
        for one in played:
            self.earned[one.assignment[:3]].append(one.reward)
        self.remember(played)
        if not self.teaches:
            self.successes.add(played)

    def learning(self, step: int) -> Loss:
        """The algorithm's loss; a worker that planned fewer steps than another says nothing of the last of them."""
        if step >= self.planned:
            return Loss(torch.zeros((), requires_grad=True), 0, {}, enough=True)
        return self.loss(step)

    def imitating(self, step: int) -> Loss:
        """The loss of imitating one's own successes and demonstrations; it says nothing where there are none."""
        count = max(IMITATED // self.workers, 1)
        played = self.successes.draw(count, self.random("imitate", self.iteration, step))
        if not played:
            return Loss(torch.zeros((), requires_grad=True), 0, {}, enough=True)
        batch, weights = self.collate(played), own(played)
        log_probs = log_softmax(self.policy(batch).logits, batch.pair_decision, len(batch.decisions))
        loss = -mean_over(log_probs[batch.chosen], weights)
        return Loss(loss, int(weights.sum()), {"imitation": float(loss.detach())})

    def usual(self, played: Played) -> float:
        """What to expect of an episode: the mean of its task's other turns and, as one more, of its intent of late.

        The latter is of earlier iterations, and 0 at first.
        """
        before = self.returns_before.get((played.assignment.world, played.intent), 0.0)
        turns = self.earned[played.assignment[:3]]
        return (before + sum(turns) - played.reward) / len(turns)

    def stepped(self, step: int) -> None:  # noqa: B027 - most have nothing to do
        """The policy has taken a step."""

    def state(self) -> Any:
        """What must be kept beside the weights, between iterations; it pickles."""
        return None

    def restore(self, state: Any) -> None:  # noqa: B027 - most keep nothing
        """Take a state back."""

    def random(self, *what: str | int) -> np.random.Generator:
        """Draws that depend on names alone, so that a resumed run goes on as it would have."""
        return np.random.Generator(np.random.PCG64(derive_seed(self.name, self.seed, self.number, *what)))

    def chunks(self, played: Sequence[Played], *what: str | int) -> list[list[int]]:
        """Numbers of episodes in random batches; a task's turns stay together, so that what is alike cancels out."""
        tasks: dict[tuple[str, int, int], list[int]] = {}
        for at, one in enumerate(played):
            tasks.setdefault(one.assignment[:3], []).append(at)
        turns = list(tasks.values())
        order = [at for number in self.random(*what).permutation(len(turns)) for at in turns[number]]
        return [order[at : at + self.batch_size] for at in range(0, len(order), self.batch_size)]

    def collate(self, played: Sequence[Played]) -> Batch:
        """A batch of kept episodes."""
        return collate([one.trace for one in played if one.trace is not None], self.texts)


def own(played: Sequence[Played]) -> Tensor:
    """Which decisions of a batch were the policy's own, not the reference's: 1 or 0; [decisions]."""
    return torch.from_numpy(np.concatenate([(np.arange(one.decisions) >= one.first) for one in played])).float()


def mean_over(values: Tensor, weights: Tensor) -> Tensor:
    """A weighted mean; zero where no weight is."""
    return (values * weights).sum() / weights.sum().clamp(min=1)


def spread_over(values: Tensor, weights: Tensor) -> Tensor:
    """The weighted standard deviation."""
    return mean_over((values - mean_over(values, weights)) ** 2, weights).sqrt()


def algorithm_of(name: str) -> type[Algorithm]:
    """An algorithm by name. Raises NotFound with the nearest name."""
    if name not in ALGORITHMS:
        raise NotFound(f"there is no algorithm {name!r}{nearest(name, ALGORITHMS)}; known are {', '.join(ALGORITHMS)}")
    module, attribute = ALGORITHMS[name].split(":")
    found: type[Algorithm] = getattr(import_module(module), attribute)
    return found
