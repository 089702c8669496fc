"""No peeking: every argument of a reference solution must be something that an agent could know.

A value is known if the request states it, if it is today's date, if an earlier observation showed it, if it was worked
out from known values in a declared way, or if the tool's own schema offers it (a choice, a yes or no, a page size).
Ids are known per table: having seen pet 12 does not make owner 12 known.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from agentworlds.compile.program import Program
from agentworlds.compile.views import View
from agentworlds.judge.facts import read_dates, read_numbers
from agentworlds.spec.columns import Kind, ListOf, Record, Ref
from agentworlds.spec.rows import Row
from agentworlds.spec.tools import Param, Tool
from agentworlds.tasks.solver import Called, Derived, as_json
from agentworlds.types import Boolean, Choice, TextType

SMALL_NUMBERS = {"1"}  # "a" and "the" say one


class Knowledge:
    """What an agent can know so far."""

    def __init__(self, program: Program, instruction: str) -> None:
        self.program = program
        self.scalars: set[str] = set()
        self.ids: set[tuple[str, int]] = set()
        self.texts: list[str] = []
        self.composed: list[str] = []
        """The reference's own messages: what it writes, and tools then show, tells it nothing."""
        self.learn(instruction)
        self.learn(program.world.now)

    def learn(self, value: Any, *, read: bool = True) -> None:
        """Take in one plain value; with `read`, also the dates and numbers that a text states."""
        value = as_json(value)
        if isinstance(value, list):
            for one in value:
                self.learn(one, read=read)
        elif isinstance(value, str):
            self.texts.append(_plain(value))
            self.scalars.add(_plain(value))
            if read and not any(text in _plain(value) for text in self.composed):
                self.scalars |= {*read_dates(value), *read_numbers(value)}
            if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", value):
                self.scalars |= {value[:10], value[11:16]}
        elif isinstance(value, int | float) and not isinstance(value, bool):
            self.scalars.add(_number(value))

    def learn_slot(self, path: str, value: Any) -> None:
        """Take in a slot that the request states."""
        if isinstance(value, Row):
            table = type(value).__table__
            value = getattr(value, table.label) if table.label else value.id
        elif isinstance(value, list | tuple) and value and isinstance(value[0], Row):
            value = [getattr(one, type(one).__table__.label or "id") for one in value]
        elif isinstance(value, int) and path.endswith(".id"):
            for table in self.program.tables:
                self.ids.add((table.name, value))
        self.learn(value)

    def learn_row(self, row: Row) -> None:
        """Take in the acting person, whose id and name the briefing tells."""
        table = type(row).__table__
        self.ids.add((table.name, row.id))
        if table.label:
            self.learn(getattr(row, table.label))

    def learn_result(self, tool: Tool, called: Called) -> None:
        """Take in what a call showed."""
        if not called.ok:
            self.learn([str(v) for v in called.observation.get("refused", {}).values()])
            return
        if tool.search is not None:
            for one in called.observation["results"]:
                self._row(self.program.views[tool.search.cls], one)
        elif tool.returns is not None:
            self._kind(tool.returns, called.observation)

    def _kind(self, kind: Kind, data: Any) -> None:
        match kind:
            case Ref(target=target):
                self._row(self.program.views[target], data)
            case ListOf(item=item):
                for one in data["results"] if isinstance(data, dict) else data:
                    self._kind(item, one)
            case Record(fields=fields):
                for name, inner in fields:
                    self._kind(inner, data[name])
            case _:
                self.learn(data["value"] if isinstance(data, dict) else data)

    def _row(self, view: View, data: dict[str, Any]) -> None:
        self.ids.add((view.table.name, data["id"]))
        for key, column, *_ in view.fields[1:]:
            value = data.get(key)
            if value is None or column is None:
                continue
            if isinstance(column.kind, Ref):
                self.ids.add((column.kind.target.__table__.name, value))
            else:
                self.learn(value)

    def derive(self, derived: Derived) -> str | None:
        """Take in a worked-out value, or say which of its inputs is not known."""
        for one in derived.inputs:
            if not self.knows_value(one):
                return f"{derived.operation}(…) uses {one!r}, which the agent cannot know"
        if derived.operation == "compose":
            self.composed.append(_plain(derived.value))
        self.learn(derived.value, read=False)
        return None

    def knows(self, param: Param, value: Any) -> bool:
        """Whether an agent could send this value for this parameter."""
        if isinstance(param.kind, ListOf):
            return all(self._knows_one(param.kind.item, one) for one in value)
        return param.name in ("limit", "offset", "sort") or self._knows_one(param.kind, value)

    def _knows_one(self, kind: Any, value: Any) -> bool:
        if isinstance(kind, Ref):
            return (kind.target.__table__.name, value) in self.ids
        if isinstance(kind, Choice | Boolean):
            return True
        if isinstance(kind, TextType):
            return self.knows_value(value) or any(_plain(value) in text for text in self.texts)
        return self.knows_value(value)

    def knows_value(self, value: Any) -> bool:
        """Whether a plain value was stated, seen or worked out."""
        if isinstance(value, bool):
            return True
        if isinstance(value, int | float | Decimal):
            return _number(value) in self.scalars | SMALL_NUMBERS
        if isinstance(value, datetime | date | time | timedelta):
            value = as_json(value)
        return _plain(str(value)) in self.scalars or any(_plain(str(value)) in text for text in self.texts)


def untraceable(
    program: Program,
    instruction: str,
    slots: dict[str, Any],
    actor: Row | None,
    called: list[Called],
    derived: list[Derived],
) -> list[str]:
    """Every argument of a solution that no agent could know, in words; empty when there is none."""
    knowledge = Knowledge(program, instruction)
    for path, value in slots.items():
        knowledge.learn_slot(path, value)
    if actor is not None:
        knowledge.learn_row(actor)
    problems = []
    waiting = list(derived)
    for position, call in enumerate(called):
        while waiting and waiting[0].before_call <= position:
            problem = knowledge.derive(waiting.pop(0))
            problems += [problem] if problem else []
        tool = program.world.tools.get(call.tool)
        if tool is None:
            continue
        for name, value in call.arguments.items():
            param = tool.by_name.get(name)
            if param is not None and not knowledge.knows(param, value):
                free = isinstance(param.kind, TextType)
                hint = "; if its words are free, make it with do.compose(…)" if free else ""
                problems.append(f"{call.tool}({name}={value!r}): nothing tells the agent this value{hint}")
        knowledge.learn_result(tool, call)
    for one in waiting:
        problem = knowledge.derive(one)
        problems += [problem] if problem else []
    return problems


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _number(value: Any) -> str:
    return f"{Decimal(str(value)).normalize():f}"
