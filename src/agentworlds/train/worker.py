"""A worker: plays episodes, keeps them, and says in which direction they would move the policy."""

from __future__ import annotations

import ctypes
import pickle
import zlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch

from agentworlds.train.algorithms.algorithm import Algorithm, Loss, algorithm_of
from agentworlds.train.batch import Texts
from agentworlds.train.collect import GREEDY, How, Played, demonstrate, play
from agentworlds.train.config import Config
from agentworlds.train.encoders.encoder import make_encoder
from agentworlds.train.games import Arena, Assignment
from agentworlds.train.policy import Policy

SLOTS = 48
"""Episodes that a worker plays at once."""


class Direction(NamedTuple):
    """A worker's part of a gradient step.

    Attributes:
        gradient: Of the mean loss, float32 [parameters].
        decisions: How many decisions it is the mean of; 0 for none.
        figures: What to tell of it.
        enough: Whether the worker asks for no further step.
    """

    gradient: np.ndarray
    decisions: int
    figures: dict[str, float]
    enough: bool


class Worker:
    """One of several that train together.

    Args:
        number: Which one, from 0.
        of: How many there are.
        config: What to train.
        arena: Where episodes come from; the worlds of the configuration where it is None.
    """

    def __init__(self, number: int, of: int, config: Config, arena: Arena | None = None) -> None:
        torch.set_num_threads(1)
        self.number, self.config, self.iteration = number, config, 0
        self.texts = Texts(make_encoder(config.encoder))
        self.policy = Policy(self.texts.phrases.size, self.texts.words.size, config.size)
        self.arena: Arena = arena or config.arena()
        self.plain: Arena = (
            self.arena if arena is not None or config.trains_as_it_evaluates else config.arena(plain=True)
        )
        algorithm = algorithm_of(config.algo)
        self.algorithm: Algorithm = algorithm(self.policy, self.texts, config.settings(), number, of, config.seed)

    def take(self, weights: np.ndarray, step: int = -1) -> None:
        """Take the learner's weights; after a gradient step, its number."""
        put(self.policy, weights)
        if step >= 0:
            self.algorithm.stepped(step)

    def collect(self, assignments: Sequence[Assignment], iteration: int) -> list[Played]:
        """Play, remember, and tell what came of it, without the traces."""
        self._tidy()
        if self.algorithm.teaches:
            played = list(demonstrate(self.arena, assignments))
        else:
            self.policy.eval()
            how = self.algorithm.playing(iteration)
            played = list(play(self.policy, self.texts, self.arena, assignments, how, slots=SLOTS,
                               seed=self.config.seed + 1, keep=True))  # fmt: skip
        played.sort(key=lambda one: one.assignment)
        self.algorithm.take_in(played)
        return [one._replace(trace=None) for one in played]

    def rehearse(self, assignments: Sequence[Assignment]) -> None:
        """Let the reference play once more what a warm start was shown, to be kept beside one's own successes."""
        self.algorithm.successes.show(list(demonstrate(self.plain, assignments)))

    def steps(self, iteration: int) -> int:
        """How many gradient steps the kept episodes are good for."""
        self.iteration = iteration
        return self.algorithm.steps(iteration)

    def direction(self, step: int) -> Direction:
        """This worker's part of a gradient step of the algorithm."""
        return self._direction(self.algorithm.learning, step)

    def imitate(self, step: int) -> Direction:
        """This worker's part of a gradient step of imitation."""
        return self._direction(self.algorithm.imitating, step)

    def _direction(self, loss: Callable[[int], Loss], step: int) -> Direction:
        self.policy.train()
        self.policy.zero_grad(set_to_none=False)
        found = loss(step)
        found.loss.backward()  # type: ignore[no-untyped-call]
        parts = [
            one.grad.flatten() if one.grad is not None else torch.zeros(one.numel()) for one in self.policy.parameters()
        ]
        return Direction(torch.cat(parts).numpy(), found.decisions, found.figures, found.enough)

    def evaluate(self, assignments: Sequence[Assignment], by: str = "policy") -> list[Played]:
        """Play greedily; nothing is remembered."""
        self._tidy()
        self.policy.eval()
        how = GREEDY if by == "policy" else How(by="value")
        return list(play(self.policy, self.texts, self.plain, assignments, how, slots=SLOTS))

    def tasks(self) -> dict[str, Sequence[int]]:
        """The numbers of the tasks that each world has for each seed."""
        return {world: self.arena.tasks(world) for world in self.config.every_world()}

    def state(self) -> bytes:
        """What must be kept between iterations; of demonstrations which they are, since they can be played again."""
        successes = self.algorithm.successes
        shown = [one.assignment for one in successes.shown]
        state = self.algorithm.state(), successes.state(), shown
        return zlib.compress(pickle.dumps(state, protocol=5), level=1)  # a tenth: most features of most episodes are 0

    def restore(self, state: bytes) -> None:
        """Take a state back."""
        own, successes, shown = pickle.loads(zlib.decompress(state))  # noqa: S301 - our own
        if self.algorithm.teaches:
            self.algorithm.remember(list(demonstrate(self.arena, own)))
        elif own is not None:
            self.algorithm.restore(own)
        self.algorithm.successes.restore(successes)
        self.rehearse(shown)

    def _tidy(self) -> None:
        self.texts.forget()  # so that a resumed run meets texts in the same order, which rounding depends on
        give_back()


def give_back() -> None:
    """Give freed memory back to the system where the C library can; tensors of ever new sizes leave it in pieces."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def put(policy: Policy, weights: np.ndarray) -> None:
    """Set all parameters from one array, [parameters]."""
    torch.nn.utils.vector_to_parameters(torch.from_numpy(weights), policy.parameters())


def taken(policy: Policy) -> np.ndarray:
    """All parameters as one array, float32 [parameters]."""
    return torch.nn.utils.parameters_to_vector(policy.parameters()).detach().numpy().copy()
