"""What an agent knows so far, as candidates to choose from: stated by the request, seen in results, or worked out."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from agentworlds.compile.program import Program
from agentworlds.compile.views import View
from agentworlds.judge.facts import read_dates, read_numbers, read_times
from agentworlds.runtime.step import Step
from agentworlds.spec.columns import Kind, ListOf, Record, Ref
from agentworlds.spec.tools import Tool
from agentworlds.types import MAX_INTEGER, Boolean, Clock, Date, Fixed, Integer, Minutes, Moment, ValueType

MOST_PAIRS = 12
"""Dates with times that a text may amount to, unless it is the request; tables of them are no appointments."""
TOKEN = re.compile(r"[^\W_]+|['’]s\b|[^\w\s]|_")
"""A word, a possessive ending, or a mark."""


class Candidate(NamedTuple):
    """One thing that can be chosen.

    Attributes:
        text: What it is, in words, for an encoder.
        kind: What sort of thing: ``tool``, ``number``, ``date``, ``row:pet``, ``word``, ``stop`` …
        source: Where it comes from: ``schema``, ``request``, ``seen``, ``worked out`` or ``clock``.
        value: What choosing it gives.
        tool: For what was seen: the tool that showed it.
        field: For what was seen: the key it stood under.
        row: For what was seen in a row: its table and id.
        turn: For what was seen or worked out: the number of the call; -1 for the request.
    """

    text: str
    kind: str
    source: str
    value: Any
    tool: str = ""
    field: str = ""
    row: tuple[str, int] | None = None
    turn: int = -1


class Group(NamedTuple):
    """A list that one call showed: of rows, or of plain values."""

    tool: str
    turn: int
    rows: list[Any]


class Known:
    """The values that can be chosen, each once, by kind.

    A value that was met again keeps its place and takes the newer origin, so that the same history always gives
    the same candidates in the same order.
    """

    def __init__(self, program: Program, instruction: str) -> None:
        self.program = program
        self.values: dict[tuple[str, Any], Candidate] = {}
        self.groups: list[Group] = []
        self.tables = {table.name for table in program.tables}
        briefing, _, request = instruction.partition("\n\n")
        self.request = request
        self._read(briefing, "clock")
        self._read(request, "request")
        self.add(Candidate("1", "number", "schema", 1))

    def _read(self, text: str, source: str, **where: Any) -> None:
        """Take in the dates, times and numbers in a text."""
        year = self.program.world.now.year
        dates = [day for day in (f"{year}{d}" if d.startswith("-") else d for d in read_dates(text)) if is_day(day)]
        times = list(read_times(text))
        for day in dates:
            self.add(Candidate(day, "date", source, day, **where))
        for clock in times:
            self.add(Candidate(clock, "time", source, clock, **where))
        for day in dates if source != "seen" or len(dates) * len(times) <= MOST_PAIRS else ():
            for clock in times:
                self.add(Candidate(f"{day} {clock}", "moment", source, f"{day}T{clock}:00", **where))
        for number in read_numbers(text):
            if abs(float(number)) <= MAX_INTEGER:
                self.add(Candidate(number, "number", source, plain_number(number), **where))
        for hours, minutes in re.findall(r"(?:(\d+) hours?)?\s*(?:(\d+) minutes?)?", text):
            if hours:
                length = 60 * int(hours) + int(minutes or 0)
                self.add(Candidate(f"{length} minutes", "number", source, length, **where))

    def add(self, candidate: Candidate) -> None:
        """Take in a value."""
        self.values[candidate.kind, candidate.value] = candidate

    def of(self, *kinds: str) -> list[Candidate]:
        """The values of some kinds, in the order in which they were first met."""
        return [candidate for (kind, _), candidate in self.values.items() if kind in kinds]

    def learn(self, step: Step, tool: Tool, turn: int) -> None:
        """Take in what a call showed."""
        if not step.ok or step.data is None:
            return
        kind = ListOf(Ref(tool.search.cls)) if tool.search is not None else tool.returns
        self._kind(kind, step.data, tool.name, "value", turn)
        lists = [step.data["results"]] if isinstance(kind, ListOf) else []
        if isinstance(kind, Record):
            lists = [step.data[name] for name, inner in kind.fields if isinstance(inner, ListOf)]
        self.groups += [Group(tool.name, turn, rows) for rows in lists]

    def _kind(self, kind: Kind | None, data: Any, tool: str, field: str, turn: int) -> None:
        match kind:
            case None:
                pass
            case Ref(target=target):
                self._row(self.program.views[target], data, tool, turn)
            case ListOf(item=item):
                for one in data["results"] if isinstance(data, dict) else data:
                    self._kind(item, one, tool, field, turn)
            case Record(fields=fields):
                for name, inner in fields:
                    self._kind(inner, data[name], tool, name, turn)
            case ValueType():
                self._plain(kind, data["value"] if isinstance(data, dict) else data, tool, field, None, turn)

    def _row(self, view: View, data: dict[str, Any], tool: str, turn: int) -> None:
        table = view.table
        here = (table.name, data["id"])
        label = data.get(table.by_name[table.label].shown) if table.label else None
        named = f"{table.name.replace('_', ' ')} {label or data['id']}"
        self.add(Candidate(named, f"row:{table.name}", "seen", data["id"], tool, "id", here, turn))
        for key, column, _, names in view.fields[1:]:
            value = data[key]
            if value is None or column is None:
                continue
            if isinstance(column.kind, Ref):
                other = column.kind.target.__table__.name
                label = next((data[f.key] for f in view.fields if f.names is column), None)
                text = f"{key.removesuffix('_id').replace('_', ' ')} {label or value}"
                self.add(Candidate(text, f"row:{other}", "seen", value, tool, key, here, turn))
            elif names is None or isinstance(value, str):
                self._plain(column.kind, value, tool, key, here, turn)

    def _plain(
        self, kind: ValueType, value: Any, tool: str, field: str, row: tuple[str, int] | None, turn: int
    ) -> None:
        where: dict[str, Any] = {"tool": tool, "field": field, "row": row, "turn": turn}
        if type(value) is int and field.removesuffix("_id") in self.tables:
            table = field.removesuffix("_id")
            self.add(Candidate(f"{table.replace('_', ' ')} {value}", f"row:{table}", "seen", value, **where))
        match kind:
            case _ if value is None:
                pass
            case Boolean():
                pass
            case Integer() | Fixed() | Minutes():
                value = plain_number(str(value))
                self.add(Candidate(str(value), "number", "seen", value, **where))
            case Date():
                self.add(Candidate(value, "date", "seen", value, **where))
            case Moment():
                self.add(Candidate(value.replace("T", " "), "moment", "seen", value, **where))
                self.add(Candidate(value[:10], "date", "seen", value[:10], **where))
                self.add(Candidate(value[11:16], "time", "seen", value[11:16], **where))
            case Clock():
                self.add(Candidate(value, "time", "seen", value, **where))
            case _:
                self.add(Candidate(str(value), "text", "seen", str(value), **where))
                if any(letter.isdigit() for letter in str(value)):
                    self._read(str(value), "seen", **where)


def is_day(text: str) -> bool:
    """Whether there is such a day."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def plain_number(text: str) -> int | float:
    """A number as JSON has it: whole where it is."""
    value = float(text.replace(",", ""))
    return int(value) if value.is_integer() else value


def tokens(text: str) -> list[tuple[int, int]]:
    """Where each word and mark of a text begins and ends."""
    return [match.span() for match in TOKEN.finditer(text)]


def runs(text: str, first: int, longest: int) -> list[str]:
    """The parts of a text that begin with its so-manieth token, each a token longer than the one before.

    All that is left of a longer text is the last of them.
    """
    found = tokens(text)[first:]
    parts = [text[found[0][0] : end] for _, end in found[:longest]]
    return parts if len(found) <= longest else [*parts, text[found[0][0] :]]


def shifted(moment: str, amount: int, unit: str) -> str:
    """A date or time so many days or minutes later."""
    change = timedelta(days=amount) if unit == "days" else timedelta(minutes=amount)
    value = datetime.fromisoformat(moment) + change if "T" in moment else date.fromisoformat(moment) + change
    return value.isoformat()
