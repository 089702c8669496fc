"""Playing a recorded trace again, perhaps changed, and telling final states apart without the judge."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from agentworlds.runtime.instance import Instance
from agentworlds.runtime.step import Step
from agentworlds.spec.columns import ListOf, Ref
from agentworlds.tasks.solver import Called


class Outcome(msgspec.Struct, frozen=True):
    """Where a replay ended: the state's fingerprint, and what was said at the end."""

    state: str
    answer: Any
    impossible: bool


def replay(instance: Instance, calls: Sequence[Called]) -> list[Step]:
    """Make the calls in order on a reset instance.

    An id that a recorded call created is replaced by the id that its replay creates, so that leaving out
    or moving a call does not make later calls name the wrong rows.
    """
    renamed: dict[tuple[str, int], int] = {}
    tables = instance.program.tables
    steps = []
    for call in calls:
        tool = instance.tools.get(call.tool)
        arguments = dict(call.arguments)
        for param in tool.params if tool else ():
            if param.name in arguments:
                arguments[param.name] = _rename(param.kind, arguments[param.name], renamed)
        before = list(instance.store.next_ids)
        steps.append(instance.apply(call.tool, arguments))
        for table, old, new in zip(tables, before, instance.store.next_ids, strict=True):
            recorded = call.new_ids.get(table.name, [])
            for then, now in zip(recorded, range(old, new), strict=False):
                renamed[table.name, then] = now
            for then in recorded[max(new - old, 0) :]:
                renamed[table.name, then] = 2**52  # it was not created this time
    return steps


def _rename(kind: Any, value: Any, renamed: dict[tuple[str, int], int]) -> Any:
    if isinstance(kind, Ref):
        return renamed.get((kind.target.__table__.name, value), value)
    if isinstance(kind, ListOf) and isinstance(kind.item, Ref):
        return [_rename(kind.item, one, renamed) for one in value]
    return value


def fingerprint(instance: Instance) -> str:
    """A hash of every row that is not as it was, by its counted values, new rows named by their content.

    Written apart from the judge on purpose: it reads the whole database and knows nothing of goals,
    so that the judge's verdicts can be checked against it.
    """
    program, next_ids, originals = instance.program, instance.template.next_ids, instance.template.rows
    contents: dict[tuple[int, int], str] = {}

    def describe(index: int, id: int, depth: int = 0) -> str:
        if id < next_ids[index]:
            return f"#{id}"
        key = index, id
        if key not in contents:
            found = instance.store.execute(program.select_one[index], (id,)).fetchall()
            contents[key] = content(index, found[0], depth + 1) if found and depth < 6 else "?"
        return contents[key]

    def content(index: int, stored: Sequence[Any], depth: int) -> str:
        parts = []
        for column, value in zip(program.tables[index].columns, stored, strict=True):
            if not column.counted:
                continue
            if isinstance(column.kind, Ref) and value is not None:
                parts.append(describe(column.kind.target.__table__.index, value, depth))
            else:
                parts.append(" ".join(value.casefold().split()).rstrip(".") if isinstance(value, str) else repr(value))
        return "(" + "|".join(parts) + ")"

    lines = []
    for table in program.tables:
        if table.transient:
            continue
        before = dict(originals[table.index])
        rows: list[Any] = instance.store.execute(f'SELECT * FROM "{table.name}"').fetchall()
        for row in rows:
            original = before.pop(row[0], None)
            if original == row:
                continue
            now = content(table.index, row[1:], 0)
            if original is None or content(table.index, original[1:], 0) != now:
                name = f"#{row[0]}" if row[0] < next_ids[table.index] else "new"
                lines.append(f"{table.name} {name} {now}")
        lines += [f"{table.name} #{id} gone" for id in before]
    return hashlib.blake2b("\n".join(sorted(lines)).encode(), digest_size=16).hexdigest()
