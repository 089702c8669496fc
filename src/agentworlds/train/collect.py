"""Playing many episodes at once: what every algorithm learns from, and what every evaluation counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from agentworlds.decide.decisions import Decision, Decisions
from agentworlds.decide.teacher import Teacher
from agentworlds.errors import Fault
from agentworlds.rng import derive_seed
from agentworlds.tasks.drawing import Split
from agentworlds.train.batch import Texts
from agentworlds.train.playing import Mind, Opinion
from agentworlds.train.policy import Policy
from agentworlds.train.transcript import Trace, Transcript
from agentworlds.worlds.episode import Episode
from agentworlds.worlds.world import LoadedWorld

MOST_DECISIONS = 320
"""Decisions after which an episode is ended as it stands."""


class Assignment(NamedTuple):
    """An episode to play.

    Attributes:
        world: The world's id.
        task: The task's number.
        seed: Which data and tasks.
        wording: Wordings for training, or held out.
        turn: Tells several episodes of one task apart.
        prefix: The share of the reference's decisions that are played for the policy, as in a reverse curriculum.
    """

    world: str
    task: int
    seed: int
    wording: Split = "train"
    turn: int = 0
    prefix: float = 0.0


class Played(NamedTuple):
    """A played episode.

    Attributes:
        intent: What was asked, by the world's own name.
        length: The calls of the reference that contribute.
        trace: What the policy saw and did; None where it is not kept.
        first: The first decision that was the policy's own; those before were the reference's.
        shortfall: For a failure, what the verdict says.
    """

    assignment: Assignment
    intent: str
    length: int
    success: bool
    reward: float
    progress: float
    calls: int
    decisions: int
    trace: Trace | None = None
    first: int = 0
    fault: bool = False


class _Slot:
    """One episode being played."""

    def __init__(self, world: LoadedWorld, assignment: Assignment, seed: int, settings: dict[str, Any]) -> None:
        self.assignment = assignment
        drawn = world.task(assignment.task, assignment.seed)
        self.episode = Episode(world.pool(assignment.seed), drawn, wording=assignment.wording, **settings)
        self.decisions = Decisions(self.episode)
        self.transcript = Transcript(self.decisions)
        self.random = np.random.Generator(np.random.PCG64(derive_seed("play", *assignment[:5], seed)))
        self.paid = 0
        self.first = 0
        self._taught: Iterator[tuple[Decision, int]] | None = None
        self._next = 0
        if assignment.prefix > 0:
            with Episode(self.episode.pool, drawn) as rehearsal:
                total = sum(1 for _ in Teacher(Decisions(rehearsal), drawn).play())
            self.first = min(int(assignment.prefix * total), total - 1)
        if self.first:
            self._taught = Teacher(self.decisions, drawn).play()
            self._next = next(self._taught)[1]

    @property
    def led(self) -> bool:
        """Whether the reference makes the next choice."""
        return len(self.transcript.chosen) < self.first

    def follow(self) -> None:
        """Make the reference's choice."""
        assert self._taught is not None
        self.transcript.chose(self._next)
        if self.led:
            self._next = next(self._taught)[1]  # the teacher makes a choice before it names the next
        else:
            self.decisions.choose(self._next)

    def settle(self) -> None:
        """Add what calls have paid since."""
        steps = self.episode.steps
        reward = sum(step.reward for step in steps[self.paid :])
        if self.decisions.decision is None and self.decisions.step is not None and self.decisions.step not in steps[-1:]:
            reward += self.decisions.step.reward
        self.paid = len(steps)
        if reward:
            self.transcript.earned(reward)

    def result(self, *, keep: bool) -> Played:
        """The episode's outcome, graded as it stands."""
        verdict = self.episode.verdict or self.episode.judge()
        self.transcript.success = verdict.success and self.episode.verdict is not None
        spec = self.episode.task
        return Played(
            self.assignment, spec.intent, spec.length, self.transcript.success, float(sum(self.transcript.rewards)),
            verdict.progress, self.episode.calls, len(self.transcript.chosen), self.transcript.freeze() if keep else None,
            self.first,
        )  # fmt: skip


def play(
    policy: Policy, texts: Texts, worlds: dict[str, LoadedWorld], assignments: Iterable[Assignment], *, slots: int = 32,
    greedy: bool = True, temperature: float = 1.0, by: str = "policy", epsilon: float = 0.0, seed: int = 0, keep: bool = False,
    **settings: Any,
) -> Iterator[Played]:  # fmt: skip
    """Play episodes, so many at once, and give each when it ends.

    The same seed gives the same episodes, whatever the number of slots, up to rounding.

    Args:
        greedy: Choose the best candidate instead of drawing.
        temperature: Divides the scores before drawing.
        by: ``policy`` draws by the policy's scores; ``value`` takes the best action value.
        epsilon: The share of choices drawn evenly.
        keep: Keep the traces.
        settings: Further settings of an episode: `reward`, `shaping`, `budget`, `perturb`.
    """
    mind = Mind(policy, texts, slots)
    waiting = iter(assignments)
    free = list(range(slots))[::-1]
    playing: dict[int, _Slot] = {}
    while True:
        while free:
            assignment = next(waiting, None)
            if assignment is None:
                break
            playing[free.pop()] = _Slot(worlds[assignment.world], assignment, seed, settings)
        if not playing:
            return
        active = sorted(playing.items())
        for _, slot in active:
            slot.transcript.look()
        for (at, slot), opinion in zip(active, mind.consider([(at, one.transcript) for at, one in active]), strict=True):
            fault = False
            try:
                if slot.led:
                    slot.follow()
                else:
                    index, log_prob = choose(opinion, slot.random, greedy=greedy, temperature=temperature, by=by, epsilon=epsilon)
                    slot.transcript.chose(index, log_prob, opinion.value)
                    slot.decisions.choose(index)
            except Fault:
                fault = True
            slot.settle()
            if fault or slot.decisions.decision is None or len(slot.transcript.chosen) >= MOST_DECISIONS:
                yield slot.result(keep=keep)._replace(fault=fault)
                slot.episode.close()
                del playing[at]
                free.append(at)


def choose(
    opinion: Opinion, random: np.random.Generator, *, greedy: bool, temperature: float, by: str, epsilon: float
) -> tuple[int, float]:
    """A candidate's number, and the logarithm of how likely it was."""
    scores = opinion.logits / temperature if by == "policy" else opinion.advantages
    exact = scores.astype(np.float64)
    log_probs = exact - exact.max()
    log_probs -= np.log(np.exp(log_probs).sum())
    if epsilon and random.random() < epsilon:
        index = int(random.integers(len(scores)))
    elif greedy or by == "value":
        index = int(scores.argmax())
    else:
        index = min(int(np.searchsorted(np.cumsum(np.exp(log_probs)), random.random())), len(scores) - 1)
    return index, float(log_probs[index])


def every_task(worlds: Sequence[LoadedWorld], seeds: Iterable[int], wording: Split = "train") -> Iterator[Assignment]:
    """All tasks of some seeds."""
    for seed in seeds:
        for world in worlds:
            for task in range(world.task_count):
                yield Assignment(world.id, task, seed, wording)
