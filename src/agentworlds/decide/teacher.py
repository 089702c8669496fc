"""A recorded reference solution as choices: for cloning, and as proof that every solution can be expressed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from agentworlds.decide.choices import (
    ANSWER,
    CALL,
    FINISH,
    FURTHER,
    IMPOSSIBLE,
    JOIN,
    PLAIN,
    SEVERAL,
    STOP,
    WRITE,
    Decision,
)
from agentworlds.decide.decisions import MOST_WORDS, Decisions
from agentworlds.decide.known import Candidate, plain_number, runs, shifted, tokens
from agentworlds.errors import AgentworldsError
from agentworlds.spec.columns import ListOf
from agentworlds.tasks.drawing import DrawnTask
from agentworlds.tasks.solver import Called, Derived


class Inexpressible(AgentworldsError):
    """A solution needs a value that no candidate gives."""


class Teacher:
    """Plays a drawn task's reference solution through decisions."""

    def __init__(self, decisions: Decisions, drawn: DrawnTask) -> None:
        self.decisions, self.drawn = decisions, drawn
        self.messages = {plain(str(one.value)): one.inputs for one in drawn.derived if one.operation == "compose"}

    def play(self) -> Iterator[tuple[Decision, int]]:
        """Every decision with the right choice, which is then made. Raises Inexpressible."""
        waiting = [one for one in self.drawn.derived if one.operation != "compose"]
        for position, call in enumerate(self.drawn.spec.solution):
            while waiting and waiting[0].before_call <= position:
                yield from self._work_out(waiting.pop(0))
            yield from self._call(call)
        for one in waiting:
            yield from self._work_out(one)
        yield from self._finish()

    def _take(self, wanted: Callable[[Candidate], bool], what: str) -> Iterator[tuple[Decision, int]]:
        decision = self.decisions.decision
        if decision is None:
            raise Inexpressible(f"{what}: the episode is over")
        found = [index for index, candidate in enumerate(decision.candidates) if wanted(candidate)]
        if not found:
            raise Inexpressible(f"{what}: no candidate of {decision.question!r} is that")
        yield decision, found[0]
        self.decisions.choose(found[0])

    def _call(self, call: Called) -> Iterator[tuple[Decision, int]]:
        yield from self._take(lambda c: c.kind == "tool" and c.value == call.tool, call.tool)
        tool = self.decisions.episode.program.world.tools[call.tool]
        for param in sorted(tool.params, key=lambda param: not param.required):
            if param.name not in call.arguments:
                continue
            value = call.arguments[param.name]
            what = f"{call.tool}({param.name}={value!r})"
            if not param.required:
                yield from self._take(partial(is_param, param.name), what)
            if isinstance(param.kind, ListOf):
                yield from self._several(value, what)
            elif self._asked(param.name, call.tool):
                yield from self._value(value, what)
        if self._asked("which else", call.tool):
            yield from self._take(lambda c: c is CALL, f"{call.tool}: call")

    def _asked(self, question: str, tool: str) -> bool:
        """Whether a question is asked now; where there is no choice it is not."""
        decision = self.decisions.decision
        return decision is not None and (decision.question, decision.tool) == (question, tool)

    def _several(self, values: list[Any], what: str) -> Iterator[tuple[Decision, int]]:
        for value in values:
            yield from self._value(value, what)
        if self.decisions.decision is not None and STOP in self.decisions.decision.candidates:
            yield from self._take(lambda c: c is STOP, what)

    def _value(self, value: Any, what: str) -> Iterator[tuple[Decision, int]]:
        """Choose a value: as it stands, as a message, or as a run of words."""
        assert self.decisions.decision is not None
        candidates = self.decisions.decision.candidates
        facts = self.messages.get(plain(value)) if isinstance(value, str) else None
        if facts == [] and PLAIN in candidates:
            yield from self._take(lambda c: c is PLAIN, what)
            return
        if facts is not None and WRITE in candidates and " " in value:
            yield from self._take(lambda c: c is WRITE, what)
            for fact in facts:
                yield from self._value(fact, f"{what}, the fact {fact!r}")
            yield from self._take(lambda c: c is STOP, what)
            return
        if facts is not None and JOIN in candidates:
            yield from self._take(lambda c: c is JOIN, what)
            yield from self._parts(value, what)
            return
        if any(same(c, value) for c in candidates):
            yield from self._take(lambda c: same(c, value), what)
            return
        for index, candidate in enumerate(candidates):
            run = find_run(text_of(candidate, self.decisions.known.request), str(value))
            if run is not None:
                yield self.decisions.decision, index
                self.decisions.choose(index)
                for end in run:
                    yield from self._take(partial(gives, end), what)
                return
        raise Inexpressible(f"{what}: no candidate gives {value!r}")

    def _parts(self, value: str, what: str) -> Iterator[tuple[Decision, int]]:
        """Point at the longest known part that the value begins with, and go on with the rest."""
        left = value
        while left:
            assert self.decisions.decision is not None
            texts = [text_of(c, self.decisions.known.request) for c in self.decisions.decision.candidates]
            lengths = range(len(left), 0, -1)
            part = next((left[:n] for n in lengths if any(find_run(text, left[:n]) for text in texts)), None)
            if part is None:
                raise Inexpressible(f"{what}: nothing known begins like {left!r}")
            yield from self._value(part, what)
            left = left.removeprefix(part)
        if self.decisions.decision is not None and STOP in self.decisions.decision.candidates:
            yield from self._take(lambda c: c is STOP, what)

    def _work_out(self, one: Derived) -> Iterator[tuple[Decision, int]]:
        what = f"{one.operation} {one.value!r}"
        known = self.decisions.known
        if any(known.get(kind, one.value) for kind in ("number", "date", "moment")):
            return
        yield from self._take(lambda c: c.kind == "operation" and c.value == one.operation, what)
        if one.operation == "count":
            sizes = {
                tool: sum(len(g.rows) for g in known.groups if g.tool == tool)
                for tool in {g.tool for g in known.groups}
            }
            yield from self._take(lambda c: sizes[c.tool] >= one.value, what)
            yield from self._take(partial(gives, one.value), what)
        elif one.operation == "sum":
            yield from self._sum(one.inputs, what)
        elif one.operation == "shift":
            moment, amount = one.inputs
            yield from self._take(partial(gives, moment), what)
            yield from self._take(partial(gives, amount), what)
            later = one.value > moment
            days = any(shifted(moment, sign * amount, "days") == one.value for sign in (1, -1))
            unit = "days" if days else "minutes"
            yield from self._take(lambda c: c.value == (unit, 1 if later else -1), what)
        else:
            for operand in one.inputs:
                yield from self._take(partial(is_number, operand), what)

    def _sum(self, inputs: list[Any], what: str) -> Iterator[tuple[Decision, int]]:
        assert self.decisions.decision is not None
        if any(c.kind == "column" and list(c.value) == inputs for c in self.decisions.decision.candidates):
            yield from self._take(lambda c: c.kind == "column" and list(c.value) == inputs, what)
            return
        for operand in inputs:
            yield from self._take(partial(is_number, operand), what)
        yield from self._take(lambda c: c is STOP, what)

    def _finish(self) -> Iterator[tuple[Decision, int]]:
        spec = self.drawn.spec
        answer = spec.answer_given
        if spec.goal.impossible:
            yield from self._take(lambda c: c is IMPOSSIBLE, "finish")
        elif answer is None:
            yield from self._take(lambda c: c is FINISH, "finish")
        else:
            yield from self._take(lambda c: c is ANSWER, "finish")
            if isinstance(answer, list):
                yield from self._take(lambda c: c is SEVERAL, "answer")
                yield from self._several(answer, "answer")
            else:
                yield from self._value(answer, f"answer {answer!r}")


def same(candidate: Candidate, value: Any) -> bool:
    """Whether choosing a candidate gives a value at once."""
    if candidate.kind in FURTHER or candidate.kind in ("stop", "several"):
        return False
    if isinstance(value, bool) or isinstance(candidate.value, bool):
        return candidate.value is value
    return bool(candidate.value == value)


def gives(value: Any, candidate: Candidate) -> bool:
    """Whether a candidate has a value."""
    return bool(candidate.value == value)


def is_param(name: str, candidate: Candidate) -> bool:
    """Whether a candidate is to give an argument."""
    return candidate.kind == "param" and candidate.field == name


def is_number(value: Any, candidate: Candidate) -> bool:
    """Whether a candidate is a number, also one that was read as text."""
    return candidate.kind == "number" and str(candidate.value) in (str(value), f"{plain_number(str(value))}")


def text_of(candidate: Candidate, request: str) -> str:
    """The text of which a candidate lets a part be pointed at; empty for any other."""
    return request if candidate.kind == "words" else str(candidate.value) if candidate.kind == "span" else ""


def find_run(text: str, value: str) -> tuple[int, str] | None:
    """The first token and the text of a part that is a value; in letters of either case if none is so exactly."""
    if not text or plain(value) not in plain(text):
        return None
    alike = None
    for first in range(len(tokens(text))):
        for part in runs(text, first, MOST_WORDS):
            if part == value:
                return first, part
            if alike is None and plain(part) == plain(value):
                alike = first, part
    return alike


def plain(text: str) -> str:
    """A text in small letters with single spaces."""
    return " ".join(text.casefold().split())
