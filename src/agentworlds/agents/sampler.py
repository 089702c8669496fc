"""Well-typed calls drawn from schemas, and from ids and values that were seen."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from agentworlds.compile.program import Program
from agentworlds.rng import Stream
from agentworlds.runtime.step import Step
from agentworlds.spec.columns import Kind, ListOf, Record, Ref
from agentworlds.spec.tools import Param, Tool
from agentworlds.types import Boolean, Choice, Clock, Date, Fixed, Integer, Minutes, Moment, TextType, ValueType

WORDS = ("new", "Monday", "Ann", "Smith", "red", "book", "urgent", "thanks", "visit", "order", "milk", "Hello there")

LONG = 1000
"""Letters from which on a text parameter is sometimes filled to the brim."""


class CallSampler:
    """Draws calls of one world's tools; it learns ids and values from what it is shown."""

    def __init__(self, program: Program, stream: Stream, words: tuple[str, ...] = WORDS) -> None:
        self.program, self.stream = program, stream
        self.ids: dict[str, list[int]] = defaultdict(list)
        self.words = list(words)
        self.numbers: list[int | float] = [1, 2, 10]
        self.moments: list[str] = []

    def learn(self, step: Step, tool: Tool) -> None:
        """Take in what a call showed."""
        if step.ok and step.data is not None:
            self._learn(ListOf(Ref(tool.search.cls)) if tool.search else tool.returns, step.data)

    def _learn(self, kind: Kind | None, data: Any) -> None:
        match kind:
            case Ref(target=target):
                view = self.program.views[target]
                self._id(view.table.name, data["id"])
                for key, column, *_ in view.fields[1:]:
                    if data.get(key) is None or column is None:
                        continue
                    if isinstance(column.kind, Ref):
                        self._id(column.kind.target.__table__.name, data[key])
                    else:
                        self._value(data[key])
            case ListOf(item=item):
                for one in data["results"] if isinstance(data, dict) else data:
                    self._learn(item, one)
            case Record(fields=fields):
                for name, inner in fields:
                    self._learn(inner, data[name])
            case ValueType() if data is not None:
                self._value(data["value"] if isinstance(data, dict) else data)
            case _:
                pass

    def _id(self, table: str, id: int) -> None:
        known = self.ids[table]
        if id not in known:
            known.append(id)

    def _value(self, value: Any) -> None:
        if isinstance(value, str):
            (self.moments if len(value) == 19 and value[10] == "T" else self.words).append(value)
            del self.moments[:-60], self.words[:-120]
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self.numbers.append(value)
            del self.numbers[:-60]

    def call(self, tool: Tool) -> dict[str, Any] | None:
        """Arguments for a tool, or None when it needs an id of a table of which none is known."""
        arguments = {}
        for param in tool.params:
            if not param.required and self.stream.chance(65 if tool.search is None else 80):
                continue
            value = self.value(param)
            if value is None and param.required:
                return None
            if value is not None:
                arguments[param.name] = value
        return arguments

    def value(self, param: Param) -> Any:
        """A value of a parameter's type; None when there is none to give."""
        if isinstance(param.kind, ListOf):
            assert not isinstance(param.kind.item, Record)  # no tool takes records
            item = Param(param.name, param.python_name, param.kind.item, False)
            values = [self.value(item) for _ in range(self.stream.integer(1, 3))]
            return None if None in values else list(dict.fromkeys(values))
        return self._one(param.kind)

    def _one(self, kind: Any) -> Any:
        stream, now = self.stream, self.program.world.now
        match kind:
            case Ref(target=target):
                known = self.ids[target.__table__.name]
                return stream.choice(known) if known else None
            case Choice(options=options):
                return stream.choice(options)
            case Boolean():
                return stream.chance(50)
            case Integer(low=low, high=high) | Minutes(low=low, high=high):
                seen = [n for n in self.numbers if isinstance(n, int) and low <= n <= high]
                return (
                    stream.choice(seen)
                    if seen and stream.chance(50)
                    else stream.integer(max(low, -5), min(high, max(low, 0) + 60))
                )
            case Fixed(places=places, low=low_, high=high_):
                seen_ = [
                    n
                    for n in self.numbers
                    if low_ <= Decimal(str(n)) <= high_ and Decimal(str(n)).scaleb(places) % 1 == 0
                ]
                if seen_ and stream.chance(50):
                    return stream.choice(seen_)
                top = min(high_, max(low_, Decimal(0)) + (100 if stream.chance(70) else 5000))
                scaled = stream.integer(int(low_.scaleb(places)) if low_ > 0 else 0, int(top.scaleb(places)))
                return scaled / 10**places
            case Date():
                return (now + timedelta(days=stream.integer(-40, 60))).date().isoformat()
            case Moment():
                if self.moments and stream.chance(60):
                    return stream.choice(self.moments)
                day = now.date() + timedelta(days=stream.integer(-20, 30))
                return datetime(
                    day.year, day.month, day.day, stream.integer(0, 23), stream.choice((0, 15, 30, 45))
                ).isoformat()
            case Clock():
                return f"{stream.integer(0, 23):02d}:{stream.choice((0, 15, 30, 45)):02d}"
            case TextType():
                return self._text(kind)
        return None

    def _text(self, kind: TextType) -> str | None:
        if kind.least == 0 and self.stream.chance(5):
            return " "
        if kind.most >= LONG and self.stream.chance(4):
            return " ".join(self.words * 40)[: kind.most]
        fitting = [word for word in self.words if kind.least <= len(word) <= kind.most and _fits(kind, word)]
        if fitting:
            return self.stream.choice(fitting)
        if kind.kind == "email":
            return f"someone{self.stream.below(100)}@example.com"
        if kind.kind == "phone":
            return f"020 7946 0{self.stream.integer(100, 999)}"
        return "x" * max(kind.least, 1) if kind.pattern is None else None


def _fits(kind: TextType, word: str) -> bool:
    from agentworlds.types import Mismatch

    try:
        kind.parse(word)
    except Mismatch:
        return False
    return True
