"""Checking business rules over the rows that a call touched."""

from __future__ import annotations

from typing import Any

from agentworlds.errors import Code, Fault, Refusal, Refused, short
from agentworlds.runtime.store import Store
from agentworlds.spec.resolve import Rule
from agentworlds.spec.rows import Row


def broken_rule(rule: Rule, row: Row) -> Refusal | None:
    """The refusal of a rule that does not hold for a row."""
    holds = rule.holds(row)
    if holds is not True and holds is not False:
        raise Fault(f"{short(rule.file)}:{rule.line}: rule {rule.name} gave {holds!r}; a rule returns True or False")
    if holds:
        return None
    message = rule.message.format(row=row) if "{" in rule.message else rule.message
    return Refusal(Code(rule.code), message, rule.hint, site=f"{rule.file}:{rule.line}")


def check_rules(store: Store) -> None:
    """Run every rule that the rows touched by this call concern. Raises Refused for the first that does not hold."""
    rules_on = store.program.rules_on
    done: set[tuple[int, int]] = set()  # rules by identity: a module included twice declares two of one name
    for (index, number), before in list(store.touched.items()):
        for rule, path in rules_on.get(index, ()):
            for row in concerned(store, index, number, before, path):
                key = (id(rule), row.id)
                if key in done:
                    continue
                done.add(key)
                refusal = broken_rule(rule, row)
                if refusal is not None:
                    raise Refused(refusal)


def concerned(store: Store, index: int, id: int, before: tuple[Any, ...] | None, path: str | None) -> list[Row]:
    """The rows that a rule must look at because one row was touched: itself, or whom it refers or referred to."""
    table = store.program.tables[index]
    row = store.lookup(table.cls, id)
    if path is None:
        return [] if row is None else [row]
    name, *rest = path.split(".")
    found: list[Row] = []
    if row is not None:
        found += _followed(getattr(row, name), rest)
    if before is not None:
        column = table.by_name[name]
        if before[column.index] is not None:
            old = store.ghost(column.kind.target, before[column.index])  # type: ignore[union-attr]
            if store.exists(old):
                found += _followed(old, rest)
    return list(dict.fromkeys(found))


def _followed(row: Row | None, steps: list[str]) -> list[Row]:
    for step in steps:
        row = getattr(row, step) if row is not None else None
    return [] if row is None else [row]
