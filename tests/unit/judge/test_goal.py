"""Goals are compared up to the naming of new ids and the order of inserts, and up to nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from agentworlds.judge.goal import compare, deeds_of, requirements
from agentworlds.runtime.instance import Instance
from tests.unit.shelter import shelter

Calls = list[tuple[str, dict[str, Any]]]
TABLES = {table.name: table for table in shelter().program.tables}


def add(name: str, **more: Any) -> tuple[str, dict[str, Any]]:
    return "add_pet", {"owner_id": 1, "name": name, "species": "dog", **more}


def plan(pet: int, note: str, day: int = 4, **more: Any) -> tuple[str, dict[str, Any]]:
    return "plan", {"pet_id": pet, "starts": f"2026-04-{day:02d}T09:00:00", "note": note, **more}


def played(calls: Calls) -> Instance:
    instance = shelter().instance()
    for tool, arguments in calls:
        assert instance.apply(tool, arguments).ok
    return instance


def outcome(reference: Calls, done: Calls, composed: dict[str, list[Any]] | None = None) -> tuple[int, int, int]:
    """How many requirements are met and missing, and how many deeds were unasked."""
    with played(reference) as one, played(done) as other:
        wanted = requirements(one.changes(), TABLES, composed or {})
        compared = compare(wanted, deeds_of(other.changes(), TABLES))
    return len(compared.met), len(compared.missing), len(compared.unasked)


FAMILY = [
    add("Mum"),
    add("Mum"),
    add("a", mother_id=4),
    add("b", mother_id=4),
    add("c", mother_id=5),
    add("d", mother_id=5),
]
SAME_FAMILY = [
    add("Mum"),
    add("d", mother_id=4),
    add("Mum"),
    add("b", mother_id=6),
    add("c", mother_id=4),
    add("a", mother_id=6),
]
SWAPPED = [*FAMILY[:3], add("b", mother_id=5), add("c", mother_id=4), FAMILY[5]]
NOTE = {"Come on 4 April, it costs 12.50.": ["2026-04-04", 12.5]}

CASES: list[tuple[str, Calls, Calls, dict[str, list[Any]], tuple[int, int, int]]] = [
    ("nothing", [], [], {}, (0, 0, 0)),
    ("the same", [add("X")], [add("X")], {}, (1, 0, 0)),
    ("case, spaces and a full stop", [add("X y.")], [add("x  Y")], {}, (1, 0, 0)),
    ("other order", [add("X"), add("Y")], [add("Y"), add("X")], {}, (2, 0, 0)),
    ("other ids", [add("X")], [add("Z"), ("drop_pet", {"pet_id": 4}), add("X")], {}, (1, 0, 0)),
    ("once for twice", [add("X"), add("X")], [add("X")], {}, (1, 1, 0)),
    ("twice for once", [add("X")], [add("X"), add("X")], {}, (1, 0, 1)),
    ("other value", [add("X")], [add("X", weight=6)], {}, (0, 1, 1)),
    ("other existing row", [add("X", mother_id=1)], [add("X", mother_id=2)], {}, (0, 1, 1)),
    ("update", [("set_weight", {"pet_id": 1, "weight": 3})], [("set_weight", {"pet_id": 1, "weight": 3.0})], {}, (1, 0, 0)),
    ("other row", [("set_weight", {"pet_id": 1, "weight": 3})], [("set_weight", {"pet_id": 2, "weight": 3})], {}, (0, 1, 1)),
    ("there and back", [], [("set_weight", {"pet_id": 1, "weight": 3}), ("set_weight", {"pet_id": 1, "weight": 12.5})], {}, (0, 0, 0)),
    ("deletion", [("drop_pet", {"pet_id": 3})], [("drop_pet", {"pet_id": 3})], {}, (1, 0, 0)),
    ("transient rows", [("look_at", {"word": "x"})], [("look_at", {"word": "y"}), ("look_at", {"word": "z"})], {}, (0, 0, 0)),
    ("the time does not count", [plan(1, "")], [("clock", {}), plan(1, "")], {}, (1, 0, 0)),
    ("lists", [("tag_pet", {"pet_id": 2, "tag_ids": [1, 2]})], [("tag_pet", {"pet_id": 2, "tag_ids": [2, 1]})], {}, (2, 0, 0)),
    ("a family in another order", FAMILY, SAME_FAMILY, {}, (6, 0, 0)),
    ("swapped children of like parents", FAMILY, SWAPPED, {}, (6, 1, 0)),
    ("a chain", [add("X"), add("X", mother_id=4), add("X", mother_id=5)], [add("X"), add("X", mother_id=4), add("X", mother_id=4)], {}, (2, 1, 1)),
    ("free words", [plan(1, "Come on 4 April, it costs 12.50.")], [plan(1, "£12.50, please, on 2026-04-04!")], NOTE, (1, 0, 0)),
    ("a missing fact", [plan(1, "Come on 4 April, it costs 12.50.")], [plan(1, "£112.50, please, on 2026-04-04!")], NOTE, (0, 1, 1)),
    ("words that were given", [plan(1, "an itchy ear")], [plan(1, "Reason: an ITCHY ear.")], {}, (1, 0, 0)),
    ("other words than were given", [plan(1, "an itchy ear")], [plan(1, "an ear")], {}, (0, 1, 1)),
    ("a text matched one to one", [plan(1, "red"), plan(2, "blue")], [plan(2, "blue"), plan(1, "red")], {}, (2, 0, 0)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reference", "done", "composed", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_what_was_done_is_compared_with_what_was_wanted(
    reference: Calls, done: Calls, composed: dict[str, list[Any]], expected: tuple[int, int, int]
) -> None:
    assert outcome(reference, done, composed) == expected


def test_deeds_are_said_in_words() -> None:
    with played([add("X"), ("set_balance", {"owner_id": 1, "balance": 7}), ("drop_pet", {"pet_id": 3})]) as instance:
        said = [deed.say.strip() for deed in deeds_of(instance.changes(), TABLES)]
    assert said == [
        "owner 1: balance is 7.00",
        "pet 3 is removed",
        "a new pet (owner owner 1, name 'X', species dog, weight 5, born empty, mother empty, neutered no)",
    ]


def test_messages_are_matched_so_that_as_many_as_possible_are_met() -> None:
    from agentworlds.judge.goal import Deed, Requirement, compare

    required = [
        Requirement("+m", "+m", "one", ["date:2026-03-09"], 90),
        Requirement("+m", "+m", "two", ["number:5"], 90),
    ]
    deeds = [Deed("+m", "+m", "both", {"body": "5 on 9 March"}), Deed("+m", "+m", "day", {"body": "on 9 March"})]
    for order in (deeds, deeds[::-1]):
        assert compare(required, order).met == ["one", "two"]
