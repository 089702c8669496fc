"""What an agent knows so far, as candidates to choose from: stated by the request, seen in results, or worked out."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from agentworlds.compile.program import Program
from agentworlds.compile.views import View
from agentworlds.judge.facts import find_dates, find_numbers, find_times
from agentworlds.runtime.step import Step
from agentworlds.spec.columns import Kind, ListOf, Record, Ref
from agentworlds.spec.tools import Tool
from agentworlds.types import MAX_INTEGER, Boolean, Clock, Date, Fixed, Integer, Minutes, Moment, ValueType

MOST_PAIRS = 12
"""Dates with times that a text may amount to, unless it is the request; tables of them are no appointments."""
MOST_MENTIONS = 4
"""How many of the places where a value was seen are kept: the newest."""
TOKEN = re.compile(r"[^\W_]+|['’]s\b|[^\w\s]|_")
"""A word, a possessive ending, or a mark."""
QUOTED = re.compile(r"[\"“”]([^\"“”]+)[\"“”]")
NAMED = re.compile(r"\b[A-Z][^\W_]*(?:[ -](?:(?:of|and|the|de|van|von|for|&) )?[A-Z0-9][^\W_]*(?:['’-][^\W\d_]{2,})*)*")
"""A run of capitalised words."""
CODE = re.compile(r"\+?\d[\d ]{6,}\d|[^\s,;:\"“”()<>]*[\d@][^\s,;:\"“”()<>]*[^\s,.;:!?\"“”()<>'’]")
"""A telephone number, an address, an order's reference: what has a digit or an @."""


class Candidate(NamedTuple):
    """One thing that can be chosen.

    Attributes:
        text: What it is, in words, for an encoder.
        kind: What sort of thing: ``tool``, ``param``, ``number``, ``date``, ``row:pet``, ``word``, ``stop`` …
        source: Where it was first met: ``schema``, ``request``, ``seen``, ``worked out`` or ``clock``.
        value: What choosing it gives.
        tool: For what was seen: the tool that showed it last.
        field: For what was seen: the key it stood under.
        row: For what was seen in a row: its table and id.
        turn: For what was seen or worked out: the number of the call; -1 for the request.
        cells: Where it was seen, newest first: positions in `Known.cells`.
        span: Where the request states it: its first token, and the one after its last.
    """

    text: str
    kind: str
    source: str
    value: Any
    tool: str = ""
    field: str = ""
    row: tuple[str, int] | None = None
    turn: int = -1
    cells: tuple[int, ...] = ()
    span: tuple[int, int] | None = None


class Cell(NamedTuple):
    """One value where a call showed it.

    Attributes:
        kind: As a candidate's; ``yes_no`` for a boolean, which is no candidate.
        row: The row in which it stands: a position in `Known.rows`; -1 for one in no row.
    """

    kind: str
    value: Any
    text: str
    tool: str
    field: str
    row: int
    turn: int


class Shown(NamedTuple):
    """One row as one call showed it, the so-manieth of so many."""

    table: str
    id: int
    tool: str
    turn: int
    place: int
    of: int


class Group(NamedTuple):
    """A list that one call showed: of rows, or of plain values."""

    tool: str
    turn: int
    rows: list[Any]


class Outcome(NamedTuple):
    """How a call ended: ``ok`` or a refusal's code, with its message; whether there is more than was shown."""

    tool: str
    code: str = "ok"
    message: str = ""
    more: bool = False


class Known:
    """The values that can be chosen, each once, by kind; and all that was shown, in order.

    A value that was met again keeps its place and its source and takes the newer origin, so that the same history
    always gives the same candidates in the same order. `cells` and `rows` only grow.
    """

    def __init__(self, program: Program, instruction: str) -> None:
        self.program = program
        self.values: dict[str, dict[Any, Candidate]] = {}
        """By kind, then by value."""
        self.groups: list[Group] = []
        self.cells: list[Cell] = []
        self.rows: list[Shown] = []
        self.tables = {table.name for table in program.tables}
        self.briefing, _, self.request = instruction.partition("\n\n")
        self.tokens = tokens(self.request)
        self._starts, self._ends = [start for start, _ in self.tokens], [end for _, end in self.tokens]
        self._read(self.briefing, "clock")
        self._read(self.request, "request")
        for start, end in parts(self.request):
            text = self.request[start:end]
            self.add(Candidate(text, "text", "request", text, span=self._span(start, end)))
        for small in (1, 2, 3):
            self.add(Candidate(str(small), "number", "schema", small))

    def _span(self, start: int, end: int) -> tuple[int, int]:
        """The tokens of the request between two of its letters."""
        return bisect_right(self._ends, start), bisect_left(self._starts, end)

    def _read(self, text: str, source: str, **where: Any) -> None:
        """Take in the dates, times and numbers in a text."""
        year = self.program.world.now.year

        def found(kind: str, text: str, value: Any, start: int, end: int) -> None:
            span = self._span(start, end) if source == "request" else None
            self.add(Candidate(text, kind, source, value, span=span, **where))

        dates = [one._replace(value=f"{year}{one.value}" if one.value.startswith("-") else one.value)
                 for one in find_dates(text)]  # fmt: skip
        dates = [one for one in dates if is_day(one.value)]
        times = list(find_times(text))
        for day in dates:
            found("date", day.value, *day)
        for clock in times:
            found("time", clock.value, *clock)
        for day in dates if source != "seen" or len(dates) * len(times) <= MOST_PAIRS else ():
            for clock in times:
                ends = (day.start, clock.end) if day.start < clock.start < day.end + 12 else (clock.start, clock.end)
                found("moment", f"{day.value} {clock.value}", f"{day.value}T{clock.value}:00", *ends)
        for number in find_numbers(text):
            if abs(float(number.value)) <= MAX_INTEGER:
                found("number", number.value, plain_number(number.value), number.start, number.end)
        for match in re.finditer(r"(?:(\d+) hours?)?\s*(?:(\d+) minutes?)?", text):
            if match[1]:
                length = 60 * int(match[1]) + int(match[2] or 0)
                found("number", f"{length} minutes", length, *match.span())

    @property
    def now(self) -> datetime | None:
        """The time at the start."""
        return self.program.world.now

    def describe(self, tool: str) -> str:
        """A tool in words."""
        known = self.program.world.tools.get(tool)
        return f"{tool.replace('_', ' ')}: {known.description}" if known else tool

    def add(self, candidate: Candidate) -> None:
        """Take in a value."""
        values = self.values.setdefault(candidate.kind, {})
        known = values.get(candidate.value)
        if known is not None:
            cells = candidate.cells + tuple(cell for cell in known.cells if cell not in candidate.cells)
            candidate = candidate._replace(source=known.source, cells=cells[:MOST_MENTIONS],
                                           span=known.span or candidate.span)  # fmt: skip
        values[candidate.value] = candidate

    def of(self, *kinds: str) -> list[Candidate]:
        """The values of some kinds, one kind after another, each in the order in which they were first met."""
        return [candidate for kind in kinds for candidate in self.values.get(kind, {}).values()]

    def get(self, kind: str, value: Any) -> Candidate | None:
        """A value, if it is known."""
        return self.values.get(kind, {}).get(value)

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

    def columns(self) -> dict[tuple[str, str, str, int], list[int]]:
        """The numbers shown in rows, by tool, table, field and call; under the call -1 those of all calls together.

        Lists of one number are left out. The lists hold positions in `cells`.
        """
        found: dict[tuple[str, str, str, int], list[int]] = {}
        for at, cell in enumerate(self.cells):
            if cell.kind == "number" and cell.row >= 0 and cell.field != "id":
                table = self.rows[cell.row].table
                for turn in (cell.turn, -1):
                    found.setdefault((cell.tool, table, cell.field, turn), []).append(at)
        return {
            key: cells
            for key, cells in found.items()
            if len(cells) > 1 and (key[-1] >= 0 or len({self.cells[at].turn for at in cells}) > 1)
        }

    def _kind(
        self, kind: Kind | None, data: Any, tool: str, field: str, turn: int, place: int = 0, of: int = 1
    ) -> None:
        match kind:
            case None:
                pass
            case Ref(target=target):
                self._row(self.program.views[target], data, tool, turn, place, of)
            case ListOf(item=item):
                ones = data["results"] if isinstance(data, dict) else data
                for place, one in enumerate(ones):
                    self._kind(item, one, tool, field, turn, place, len(ones))
            case Record(fields=fields):
                for name, inner in fields:
                    self._kind(inner, data[name], tool, name, turn)
            case ValueType():
                self._plain(kind, data["value"] if isinstance(data, dict) else data, tool, field, -1, turn)

    def _cell(self, kind: str, value: Any, text: str, tool: str, field: str, row: int, turn: int) -> dict[str, Any]:
        """Note a value where it stands; gives what a candidate says of its origin."""
        self.cells.append(Cell(kind, value, text, tool, field, row, turn))
        here = (self.rows[row].table, self.rows[row].id) if row >= 0 else None
        return {"tool": tool, "field": field, "row": here, "turn": turn, "cells": (len(self.cells) - 1,)}

    def _row(self, view: View, data: dict[str, Any], tool: str, turn: int, place: int, of: int) -> None:
        table = view.table
        self.rows.append(Shown(table.name, data["id"], tool, turn, place, of))
        row = len(self.rows) - 1
        label = data.get(table.by_name[table.label].shown) if table.label else None
        named = f"{table.name.replace('_', ' ')} {label or data['id']}"
        where = self._cell(f"row:{table.name}", data["id"], named, tool, "id", row, turn)
        self.add(Candidate(named, f"row:{table.name}", "seen", data["id"], **where))
        for key, column, _, names in view.fields[1:]:
            value = data[key]
            if value is None or column is None:
                continue
            if isinstance(column.kind, Ref):
                other = column.kind.target.__table__.name
                label = next((data[f.key] for f in view.fields if f.names is column), None)
                text = f"{key.removesuffix('_id').replace('_', ' ')} {label or value}"
                where = self._cell(f"row:{other}", value, text, tool, key, row, turn)
                self.add(Candidate(text, f"row:{other}", "seen", value, **where))
            elif names is None or isinstance(value, str):
                self._plain(column.kind, value, tool, key, row, turn)

    def _plain(self, kind: ValueType, value: Any, tool: str, field: str, row: int, turn: int) -> None:
        if value is None:
            return
        if type(value) is int and field.removesuffix("_id") in self.tables:
            table = field.removesuffix("_id")
            text = f"{table.replace('_', ' ')} {value}"
            where = self._cell(f"row:{table}", value, text, tool, field, row, turn)
            self.add(Candidate(text, f"row:{table}", "seen", value, **where))
        match kind:
            case Boolean():
                self._cell("yes_no", value, "yes" if value else "no", tool, field, row, turn)
            case Integer() | Fixed() | Minutes():
                value = plain_number(str(value))
                where = self._cell("number", value, str(value), tool, field, row, turn)
                self.add(Candidate(str(value), "number", "seen", value, **where))
            case Date():
                where = self._cell("date", value, value, tool, field, row, turn)
                self.add(Candidate(value, "date", "seen", value, **where))
            case Moment():
                where = self._cell("moment", value, value.replace("T", " "), tool, field, row, turn)
                self.add(Candidate(value.replace("T", " "), "moment", "seen", value, **where))
                self.add(Candidate(value[:10], "date", "seen", value[:10], **where))
                self.add(Candidate(value[11:16], "time", "seen", value[11:16], **where))
            case Clock():
                where = self._cell("time", value, value, tool, field, row, turn)
                self.add(Candidate(value, "time", "seen", value, **where))
            case _:
                self._text(str(value), self._cell("text", value, str(value), tool, field, row, turn))

    def _text(self, text: str, where: dict[str, Any]) -> None:
        self.add(Candidate(text, "text", "seen", text, **where))
        if any(letter.isdigit() or letter in '@"“' for letter in text):
            self._read(text, "seen", **where)
            for start, end in parts(text, named=False):
                self.add(Candidate(text[start:end], "text", "seen", text[start:end], **where))


def parts(text: str, *, named: bool = True) -> Iterator[tuple[int, int]]:
    """Where the parts of a text lie that are likely values: quoted, capitalised, or codes and addresses."""
    for match in QUOTED.finditer(text):
        yield match.span(1)
    for match in CODE.finditer(text):
        if any(letter.isalpha() or letter == "@" for letter in match[0]) or (len(match[0]) > 9 and "-" not in match[0]):
            yield match.span()
    for match in NAMED.finditer(text) if named else ():
        yield match.span()
        before = text[: match.start()].rstrip()
        if " " in match[0] and (not before or before[-1] in ".?!:"):  # a sentence's first word
            yield match.start() + match[0].index(" ") + 1, match.end()


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
