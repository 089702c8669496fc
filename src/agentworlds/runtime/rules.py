"""Checking business rules over the rows that a call touched."""

from __future__ import annotations

from collections.abc import Iterable

from agentworlds.errors import Code, Refusal, Refused
from agentworlds.runtime.store import Store
from agentworlds.spec.resolve import Rule
from agentworlds.spec.rows import Row


def broken_rule(rule: Rule, row: Row) -> Refusal | None:
    """The refusal of a rule that does not hold for a row."""
    if rule.holds(row):
        return None
    message = rule.message.format(row=row) if "{" in rule.message else rule.message
    return Refusal(Code(rule.code), message, rule.hint, site=f"{rule.file}:{rule.line}")


def check_rules(store: Store, touched: Iterable[tuple[int, int]]) -> None:
    """Run every rule that the touched rows concern. Raises Refused for the first that does not hold."""
    rules_on = store.program.rules_on
    done: set[tuple[str, int]] = set()
    for index, id in list(touched):
        for rule, path in rules_on.get(index, ()):
            for row in concerned(store, index, id, path):
                key = (rule.name, row.id)
                if key in done:
                    continue
                done.add(key)
                refusal = broken_rule(rule, row)
                if refusal is not None:
                    raise Refused(refusal)


def concerned(store: Store, index: int, id: int, path: str | None) -> list[Row]:
    """The rows that a rule must look at because one row was touched: itself, or whom it refers or referred to."""
    table = store.program.tables[index]
    row = store.ghost(table.cls, id)
    there = store.exists(row)
    if path is None:
        return [row] if there else []
    found: list[Row] = []
    if there:
        target: Row | None = row
        for step in path.split("."):
            target = getattr(target, step) if target is not None else None
        if target is not None:
            found.append(target)
    before = store.first.get((index, id))
    column = table.by_name[path.split(".")[0]]
    if before is not None and "." not in path and before[column.index] is not None:
        old = store.ghost(column.kind.target, before[column.index])  # type: ignore[union-attr]
        if old not in found and store.exists(old):
            found.append(old)
    return found
