"""Goals: the changes that must be made, and no others, compared up to the naming of new ids.

The reference's changes become requirements; what an agent changed becomes deeds of the same form. New rows are named by
what they hold: a row's signature is a hash of its counted values, in which a reference to another new row is that
row's signature (a few rounds of Weisfeiler-Leman refinement), so neither ids nor the order of inserts matter.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Sequence, Set
from typing import Any

import msgspec

from agentworlds.judge.changes import Change
from agentworlds.judge.facts import Fact, facts_of, say_fact, unstated
from agentworlds.spec.columns import Column, Ref
from agentworlds.spec.tables import Table
from agentworlds.types import TextType

ROUNDS = 3
LONGER, LETTERS = 4, 600
"""A message may have so many times the letters of the reference's, and so many more: a dump of all is none."""


class Requirement(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that must be so in the end.

    Attributes:
        key: What is compared: two equal keys are the same deed.
        deep: The key that also tells which new rows refer to this one.
        say: The deed in words.
        facts: For free wording: what its texts, taken together, must state.
        letters: How long the reference's texts are; far longer ones state nothing.
    """

    key: str
    deep: str
    say: str
    facts: list[Fact] = []
    letters: int = 0


class Deed(msgspec.Struct, frozen=True):
    """One thing that was done."""

    key: str
    deep: str
    say: str
    texts: dict[str, str]


class Compared(msgspec.Struct, frozen=True):
    """Requirements met and missing, and what was done unasked, in words."""

    met: list[str]
    missing: list[str]
    unasked: list[str]


def deeds_of(changes: Sequence[Change], tables: dict[str, Table]) -> list[Deed]:
    """What a set of changes amounts to, leaving out what does not count."""
    counted = [change for change in changes if not tables[change.table].transient]
    new = {(c.table, c.id): c for c in counted if c.kind == "insert"}
    down, deep = _signatures(new, tables)
    deeds: list[Deed] = []
    for change in counted:
        table = tables[change.table]
        if change.kind == "insert":
            key = change.table, change.id
            deeds.append(
                Deed(
                    f"+{change.table} {down[key]}",
                    f"+{change.table} {deep[key]}",
                    _say_new(table, change),
                    _texts(table, change.after),
                )
            )
        elif change.kind == "delete":
            name = f"-{change.table} {change.id}"
            deeds.append(Deed(name, name, f"{change.table} {change.id} is removed", {}))
        else:
            deeds += _updates(table, change, down, deep)
    return deeds


def _updates(table: Table, change: Change, down: dict[Any, str], deep: dict[Any, str]) -> list[Deed]:
    assert change.before is not None
    assert change.after is not None
    deeds = []
    for column in table.columns:
        name = column.stored_name
        if change.before[name] == change.after[name]:
            continue
        place = f"{change.table} {change.id} {name}"
        if column.field.wording:
            deeds.append(Deed(f"{place} ~", f"{place} ~", f"{place} is written", {name: str(change.after[name] or "")}))
        elif column.counted:
            value = change.after[name]
            say = f"{change.table} {change.id}: {name} is {_say(column, value)}"
            deeds.append(Deed(f"{place} {_key(column, value, down)}", f"{place} {_key(column, value, deep)}", say, {}))
    return deeds


def _signatures(new: dict[Any, Change], tables: dict[str, Table]) -> tuple[dict[Any, str], dict[Any, str]]:
    plain: dict[Any, str] = dict.fromkeys(new, "")
    for _ in range(ROUNDS):
        plain = {key: _digest([_row(tables[key[0]], change, plain)]) for key, change in new.items()}
    deep = dict(plain)
    for _ in range(ROUNDS):
        referrers: dict[Any, list[str]] = defaultdict(list)
        for key, change in new.items():
            for column in tables[key[0]].columns:
                if isinstance(column.kind, Ref) and column.counted:
                    target = (column.kind.target.__table__.name, change.after[column.stored_name])  # type: ignore[index]
                    if target in new:
                        referrers[target].append(f"{key[0]}.{column.name}:{deep[key]}")
        deep = {
            key: _digest([_row(tables[key[0]], change, deep), *sorted(referrers[key])]) for key, change in new.items()
        }
    return plain, deep


def _row(table: Table, change: Change, names: dict[Any, str]) -> str:
    assert change.after is not None
    values = [f"{c.name}={_key(c, change.after[c.stored_name], names)}" for c in table.columns if c.counted]
    return "\x1f".join([table.name, *values])


def _key(column: Column, value: Any, names: dict[Any, str]) -> str:
    if value is None:
        return "∅"
    if isinstance(column.kind, Ref):
        signature = names.get((column.kind.target.__table__.name, value))
        return f"new:{signature}" if signature is not None else f"id:{value}"
    if isinstance(column.kind, TextType) and column.kind.kind == "phone":
        return re.sub(r"\D", "", str(value))
    if isinstance(column.kind, TextType):
        return " ".join(str(value).casefold().split()).rstrip(".")
    return str(value)


def _digest(parts: Sequence[str]) -> str:
    return hashlib.blake2b("\x1e".join(parts).encode(), digest_size=9).hexdigest()


def _texts(table: Table, values: dict[str, Any] | None) -> dict[str, str]:
    return {c.stored_name: str((values or {})[c.stored_name] or "") for c in table.columns if c.field.wording}


def _say(column: Column, value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(column.kind, Ref):
        return f"{column.kind.target.__table__.name} {value}"
    return repr(value) if isinstance(column.kind, TextType) else column.kind.say(value)


def _say_new(table: Table, change: Change) -> str:
    assert change.after is not None
    values = [f"{c.name} {_say(c, change.after[c.stored_name])}" for c in table.columns if c.counted]
    return f"a new {table.name.replace('_', ' ')} ({', '.join(values)})"


def requirements(
    changes: Sequence[Change],
    tables: dict[str, Table],
    composed: dict[str, list[Any]],
    defaults: Set[str] = frozenset(),
) -> list[Requirement]:
    """The goal that a reference's changes amount to.

    Args:
        changes: What the reference changed.
        tables: The world's tables by name.
        composed: The messages that the reference composed, and the values stated in each; other wordings must
            be contained whole.
        defaults: Texts that tools fill in by themselves, which nobody asked for.
    """
    result = []
    for deed in deeds_of(changes, tables):
        facts = [
            fact
            for text in deed.texts.values()
            if plain(text) and text not in defaults
            for value in composed.get(plain(text), [text])
            for fact in facts_of(value)
        ]
        letters = len("".join(deed.texts.values())) if facts else 0
        result.append(Requirement(deed.key, deed.deep, deed.say, facts, letters))
    return result


def plain(text: str) -> str:
    """Text on one line."""
    return " ".join(text.split())


def compare(required: Sequence[Requirement], deeds: Sequence[Deed]) -> Compared:
    """Match requirements with deeds, one to one, as many as possible."""
    pairs = _matched(required, deeds)
    missing = [
        _say_missing(requirement, [deed for deed in deeds if deed.key == requirement.key])
        for number, requirement in enumerate(required)
        if number not in pairs
    ]
    taken = set(pairs.values())
    left = [deed for number, deed in enumerate(deeds) if number not in taken]
    if not missing and not left and Counter(one.deep for one in required) != Counter(one.deep for one in deeds):
        missing.append("the new rows belong together differently")
    met = [required[number].say for number in sorted(pairs)]
    return Compared(met, missing, [deed.say for deed in left])


def _matched(required: Sequence[Requirement], deeds: Sequence[Deed]) -> dict[int, int]:
    """The deed of each requirement that has one: a largest matching, by augmenting paths (Kuhn, 1955)."""
    by_key: dict[str, list[int]] = defaultdict(list)
    for number, deed in enumerate(deeds):
        by_key[deed.key].append(number)
    fitting = [
        sorted(
            (number for number in by_key[requirement.key] if not lacks(deeds[number], requirement)),
            key=lambda number: deeds[number].deep != requirement.deep,
        )
        for requirement in required
    ]
    holder: dict[int, int] = {}

    def place(wanted: int, tried: set[int]) -> bool:
        for number in fitting[wanted]:
            if number not in tried:
                tried.add(number)
                if number not in holder or place(holder[number], tried):
                    holder[number] = wanted
                    return True
        return False

    for wanted in range(len(required)):
        place(wanted, set())
    return {wanted: number for number, wanted in holder.items()}


def lacks(deed: Deed, requirement: Requirement) -> list[Fact]:
    """The facts that a deed's texts do not state."""
    if not requirement.facts:
        return []
    text = "\n".join(deed.texts.values())
    if len(text) > LONGER * requirement.letters + LETTERS:
        return requirement.facts
    return unstated(text, requirement.facts)


def _say_missing(requirement: Requirement, alike: Sequence[Deed]) -> str:
    if alike:
        nearest = min((lacks(deed, requirement) for deed in alike), key=len)
        if nearest:
            return f"{requirement.say}, stating {', '.join(map(say_fact, nearest))}"
    if requirement.facts:
        return f"{requirement.say}, stating {', '.join(map(say_fact, requirement.facts))}"
    return requirement.say
