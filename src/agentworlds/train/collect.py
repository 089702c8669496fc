"""Playing many episodes at once: what every algorithm learns from, and what every evaluation counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from agentworlds.errors import Fault
from agentworlds.rng import derive_seed
from agentworlds.tasks.drawing import BadIntent
from agentworlds.train.batch import Texts
from agentworlds.train.games import Arena, Assignment
from agentworlds.train.playing import Mind, Opinion
from agentworlds.train.policy import Policy
from agentworlds.train.trace import Trace
from agentworlds.train.transcript import Transcript

MOST_DECISIONS = 180
"""Decisions after which an episode is ended as it stands."""
WANDERING = 2
"""Where the reference plays the beginning, the most decisions as a multiple of its own: who is lost does not go on."""


class How(NamedTuple):
    """How choices are made.

    Attributes:
        by: ``policy`` goes by the policy's scores, ``value`` by its action values.
        greedy: The best candidate instead of a drawn one.
        temperature: Divides the scores before drawing.
        epsilon: The share of choices drawn evenly.
    """

    by: str = "policy"
    greedy: bool = False
    temperature: float = 1.0
    epsilon: float = 0.0


GREEDY = How(greedy=True)


class Played(NamedTuple):
    """A played episode.

    Attributes:
        intent: What was asked, by the environment's own name.
        length: The calls that the reference's solution takes.
        first: The first decision that was the policy's own; those before were the reference's.
        trace: What the policy saw and did; None where it is not kept.
    """

    assignment: Assignment
    intent: str
    length: int
    success: bool
    reward: float
    progress: float
    calls: int
    decisions: int
    first: int = 0
    fault: bool = False
    trace: Trace | None = None


class _Slot:
    """One episode being played."""

    def __init__(self, arena: Arena, assignment: Assignment, seed: int) -> None:
        self.assignment = assignment
        self.game = arena.start(assignment)
        self.decisions = self.game.decisions
        self.transcript = Transcript(self.decisions)
        self.random = np.random.Generator(np.random.PCG64(derive_seed("play", *assignment[:5], seed)))
        self.first, self.most = 0, MOST_DECISIONS
        if assignment.prefix > 0:
            total = reference_length(arena, assignment)
            self.most = min(self.most, WANDERING * total)
            self.first = min(int(assignment.prefix * total), total - 1, self.most - 1)
        self._taught = self.game.reference() if self.first else None
        self._next = next(self._taught)[1] if self._taught is not None else 0

    @property
    def led(self) -> bool:
        """Whether the reference makes the next choice."""
        return len(self.transcript.chosen) < self.first

    def choose(self, opinion: Opinion, how: How) -> bool:
        """Make the next choice; gives whether the environment failed."""
        fault = False
        try:
            if self.led:
                self.follow()
            else:
                index, log_prob = choose(opinion, how, self.random)
                self.transcript.chose(index, log_prob, opinion.value)
                self.decisions.choose(index)
        except Fault:
            fault = True
        self.transcript.earned(self.game.paid())
        return fault

    def follow(self) -> None:
        """Make the reference's choice."""
        assert self._taught is not None
        self.transcript.chose(self._next)
        if self.led:
            self._next = next(self._taught)[1]  # the teacher makes a choice before it names the next
        else:
            self.decisions.choose(self._next)

    def result(self, *, keep: bool, fault: bool) -> Played:
        """The episode's outcome, graded as it stands."""
        grade = self.game.grade()
        self.transcript.success = grade.success
        return Played(
            self.assignment, self.game.intent, self.game.length, grade.success and not fault,
            float(sum(self.transcript.rewards)), grade.progress, grade.calls, len(self.transcript.chosen), self.first,
            fault, self.transcript.freeze() if keep else None,
        )  # fmt: skip


def play(
    policy: Policy, texts: Texts, arena: Arena, assignments: Iterable[Assignment], how: How = GREEDY, *,
    slots: int = 32, seed: int = 0, keep: bool = False,
) -> Iterator[Played]:  # fmt: skip
    """Play episodes, so many at once, and give each when it ends. Tasks that a seed's data do not allow are left out.

    The same seed gives the same episodes, whatever the number of slots, up to rounding.

    Args:
        keep: Keep the traces.
    """
    mind = Mind(policy, texts, slots)
    waiting = iter(assignments)
    free = list(range(slots))[::-1]
    playing: dict[int, _Slot] = {}
    try:
        while True:
            while free:
                assignment = next(waiting, None)
                if assignment is None:
                    break
                try:
                    slot = _Slot(arena, assignment, seed)
                except BadIntent:
                    continue
                playing[free.pop()] = slot
            if not playing:
                return
            active = sorted(playing.items())
            for _, slot in active:
                slot.transcript.look()
            opinions = mind.consider([(at, one.transcript) for at, one in active])
            for (at, slot), opinion in zip(active, opinions, strict=True):
                fault = slot.choose(opinion, how)
                if fault or slot.decisions.decision is None or len(slot.transcript.chosen) >= slot.most:
                    result = slot.result(keep=keep, fault=fault)
                    slot.game.close()
                    del playing[at]
                    free.append(at)
                    yield result
    finally:
        for slot in playing.values():
            slot.game.close()


def reference_length(arena: Arena, assignment: Assignment) -> int:
    """How many decisions the reference takes."""
    game = arena.start(assignment)
    total = sum(1 for _ in game.reference())
    game.close()
    return total


def choose(opinion: Opinion, how: How, random: np.random.Generator) -> tuple[int, float]:
    """A candidate's number, and the logarithm of how likely it was under the policy's scores."""
    scores = (opinion.logits / how.temperature).astype(np.float64)
    log_probs = scores - scores.max()
    log_probs -= np.log(np.exp(log_probs).sum())
    if how.epsilon and random.random() < how.epsilon:
        index = int(random.integers(len(scores)))
    elif how.by == "value":
        index = int(opinion.advantages.argmax())
    elif how.greedy:
        index = int(scores.argmax())
    else:
        index = min(int(np.searchsorted(np.cumsum(np.exp(log_probs)), random.random())), len(scores) - 1)
    return index, float(log_probs[index])


def demonstrate(arena: Arena, assignments: Iterable[Assignment]) -> Iterator[Played]:
    """Let the reference play, and keep its traces. Tasks that a seed's data do not allow are left out."""
    for assignment in assignments:
        try:
            game = arena.start(assignment)
        except BadIntent:
            continue
        transcript = Transcript(game.decisions)
        taught = game.reference()
        pending = next(taught, None)
        while pending is not None:
            transcript.look()
            transcript.chose(pending[1])
            pending = next(taught, None)
            transcript.earned(game.paid())
        grade = game.grade()
        transcript.success = grade.success
        game.close()
        yield Played(
            assignment, game.intent, game.length, grade.success, float(sum(transcript.rewards)), grade.progress,
            grade.calls, len(transcript.chosen), trace=transcript.freeze(),
        )  # fmt: skip
