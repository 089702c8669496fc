"""The grade of an episode, for the trainer alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from agentworlds.judge.answers import is_right
from agentworlds.judge.changes import Change
from agentworlds.judge.goal import Compared, Requirement, compare, deeds_of
from agentworlds.spec.answers import Answer
from agentworlds.spec.rewards import Reward
from agentworlds.spec.tables import Table


class Line(msgspec.Struct, frozen=True):
    """One line of a verdict's account."""

    status: Literal["met", "missing", "unasked"]
    what: str


class Goal(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an episode's outcome is compared with; plain data that travels with trajectories.

    Attributes:
        required: The changes that must be made, and no others.
        answer: The right answer, if a question is asked.
        impossible: The right outcome is to change nothing and to say so.
        predicates: Names of further conditions, evaluated on the live database.
        may_change: Tables whose changes are judged by the predicates alone.
        reward: What is paid.
    """

    required: list[Requirement] = []
    answer: Answer | None = None
    impossible: bool = False
    predicates: list[str] = []
    may_change: list[str] = []
    reward: Reward = Reward()


class Verdict(msgspec.Struct, frozen=True):
    """The outcome of an episode.

    Attributes:
        success: The goal is met, the answer right, and nothing unasked was changed.
        progress: The share of the goal that is met, from 0 to 1; 0 for anything that was there at the start.
        reward: What the trainer gets for the episode as declared.
        changes: Each required change as met or missing, and each unasked one.
        answer: Whether the answer is right; None where none was asked for.
        said_impossible: What the agent claimed.
        calls: How many calls were made, finish apart.
        notes: What was wrong with the answer or with the claim, in words.
    """

    success: bool
    progress: float
    reward: float
    changes: list[Line]
    answer: bool | None
    said_impossible: bool
    calls: int
    notes: list[str] = []

    def explain(self) -> str:
        """The verdict in a few lines."""
        lines = [
            f"{'Success' if self.success else 'Not solved'}: progress {self.progress:.0%}, reward {self.reward:g}."
        ]
        lines += [f"  {line.status}: {line.what}" for line in self.changes]
        lines += [f"  {note}" for note in self.notes]
        return "\n".join(lines)


def judge(
    goal: Goal, changes: Sequence[Change], tables: dict[str, Table], *, calls: int, answer: Any = None,
    impossible: bool = False, holds: dict[str, bool] | None = None,
) -> Verdict:  # fmt: skip
    """Grade an outcome.

    Args:
        goal: The task's goal.
        changes: What differs from the start.
        tables: The world's tables by name.
        calls: How many calls were made.
        answer: The agent's answer.
        impossible: Whether the agent said that it cannot be done.
        holds: Whether each of the goal's predicates holds.
    """
    free = set(goal.may_change)
    compared: Compared = compare(goal.required, deeds_of([c for c in changes if c.table not in free], tables))
    lines = [Line("met", what) for what in compared.met] + [Line("missing", what) for what in compared.missing]
    lines += [Line("met" if (holds or {}).get(name) else "missing", name) for name in goal.predicates]
    lines += [Line("unasked", what) for what in compared.unasked]
    unasked = len(compared.unasked)
    right = None if goal.answer is None else not impossible and is_right(goal.answer, answer)
    parts = [line.status == "met" for line in lines if line.status != "unasked"]
    if right is not None:
        parts.append(right)
    if goal.impossible:
        parts.append(impossible)
    success = all(parts) and not unasked and impossible == goal.impossible
    progress = sum(parts) / len(parts) if parts else float(success)
    reward = goal.reward.total(success=success, progress=progress, unasked=unasked, calls=calls)
    notes = say_claims(goal, right, answer, impossible=impossible)
    return Verdict(success, progress, reward, lines, right, impossible, calls, notes)


def say_claims(goal: Goal, right: bool | None, answer: Any, *, impossible: bool) -> list[str]:
    """What is to be said of the answer and of the claim that it cannot be done."""
    notes = []
    if right:
        notes.append("the answer is right")
    elif goal.answer is not None:
        given = "none was given" if answer is None else f"{answer!r:.80} was given"
        notes.append(f"the answer is wrong: {goal.answer.value!r} is right, {given}")
    if impossible and not goal.impossible:
        notes.append("the agent said that it cannot be done, and it can")
    elif goal.impossible and not impossible:
        notes.append("it cannot be done, and the agent did not say so by finish(impossible=true)")
    return notes
