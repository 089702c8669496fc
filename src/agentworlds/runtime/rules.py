"""Checking business rules over the rows that a call touched."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from agentworlds.errors import Code, Fault, Refusal, Refused, short
from agentworlds.runtime.store import Store
from agentworlds.spec.resolve import Rule
from agentworlds.spec.rows import Row
from agentworlds.spec.tables import Table


def broken_rule(rule: Rule, row: Row) -> Refusal | None:
    """The refusal of a rule that does not hold for a row."""
    holds = rule.holds(row)
    if holds is True:
        return None
    if holds is not False:
        raise Fault(f"{short(rule.file)}:{rule.line}: rule {rule.name} gave {holds!r}; a rule returns True or False")
    message = rule.message.format(row=row) if "{" in rule.message else rule.message
    return Refusal(Code(rule.code), message, rule.hint, site=f"{rule.file}:{rule.line}")


def check_rules(store: Store) -> None:
    """Run every rule that the rows touched by this call concern. Raises Refused for the first that does not hold."""
    program = store.program
    done: set[tuple[int, int]] = set()  # rules by identity: a module included twice declares two of one name
    for (index, number), before in store.touched.items():
        rules_on = program.rules_on.get(index)
        if rules_on is None:
            continue
        touched = store.lookup(program.tables[index].cls, number)
        for rule, path in rules_on:
            if path is not None:
                rows = concerned(store, program.tables[index], touched, before, path)
            else:
                rows = () if touched is None else (touched,)
            for row in rows:
                key = (id(rule), row._id)
                if key not in done:
                    done.add(key)
                    refusal = broken_rule(rule, row)
                    if refusal is not None:
                        raise Refused(refusal)


def concerned(
    store: Store, table: Table, row: Row | None, before: tuple[Any, ...] | None, path: str
) -> Collection[Row]:
    """The rows that a rule must look at because a row was touched that refers or referred to them."""
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
    return dict.fromkeys(found)


def _followed(row: Row | None, steps: list[str]) -> list[Row]:
    for step in steps:
        row = getattr(row, step) if row is not None else None
    return [] if row is None else [row]
