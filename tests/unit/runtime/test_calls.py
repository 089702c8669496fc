"""One call: result, refusal or fault; whole or nothing; twenty seconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from agentworlds.errors import Code, Fault, Refusal
from agentworlds.runtime.instance import Instance
from tests.unit.shelter import dump, shelter, state, world_of

ADA = {"id": 1, "name": "Ada Lovelace", "email": "ada@example.com", "balance": 12.5}
MILO = {
    "id": 1, "owner_id": 1, "owner_name": "Ada Lovelace", "name": "Milo", "species": "dog", "weight": 12.5,
    "born": "2020-02-29", "mother_id": None, "mother_name": None, "neutered": False,
}  # fmt: skip
LUNA = {
    "id": 2, "owner_id": 1, "owner_name": "Ada Lovelace", "name": "Luna", "species": "guinea_pig", "weight": 0.9,
    "born": None, "mother_id": 1, "mother_name": "Milo", "neutered": True,
}  # fmt: skip


@pytest.fixture
def instance() -> Iterator[Instance]:
    with shelter().instance() as instance:
        yield instance


RESULTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("get_owner", {"owner_id": 1}, ADA),
    ("get_pet", {"pet_id": 2.0}, LUNA),
    ("search_pets", {"name": "LU"}, {"results": [LUNA], "more": False}),
    ("search_pets", {"limit": 1}, {"results": [MILO], "more": True}),
    ("search_pets", {"limit": 1, "offset": 1}, {"results": [LUNA], "more": True}),
    ("search_pets", {"limit": 3, "offset": 3}, {"results": [], "more": False}),
    ("search_pets", {"owner_id": 1, "sort": "name"}, {"results": [LUNA, MILO], "more": False}),
    ("search_pets", {"species": "dog", "owner_name": "ada"}, {"results": [MILO], "more": False}),
    ("search_pets", {"weight_min": 5.1}, {"results": [MILO], "more": False}),
    ("search_pets", {"born_from": "2020-02-29", "born_to": "2020-02-29"}, {"results": [MILO], "more": False}),
    ("search_pets", {"born_to": "2020-02-28"}, {"results": [], "more": False}),
    ("search_pets", {"neutered": True, "species": None}, {"results": [LUNA], "more": False}),
    ("set_weight", {"pet_id": 1, "weight": 9}, {**MILO, "weight": 9.0}),
    ("set_mother", {"pet_id": 2, "mother_id": None}, {**LUNA, "mother_id": None, "mother_name": None}),
    ("tag_pet", {"pet_id": 2, "tag_ids": [2, 1, 2]}, {"results": [{"id": 2, "word": "young"}, {"id": 1, "word": "old"}], "more": False}),
    ("look_at", {"word": "x"}, {"id": 1, "word": "x"}),
    ("clock", {}, {"value": "2026-03-02T08:00:20"}),
    ("summary", {"owner_id": 1}, {"pets": 2, "owed": 12.5, "oldest": LUNA, "names": ["Luna", "Milo"]}),
    ("weights", {"pet_id": 1}, {"results": [12.5, 18.4], "more": False}),
    ("swap_emails", {"owner_id": 1, "other_id": 2}, {"done": True}),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "arguments", "data"), RESULTS, ids=lambda value: str(value)[:40])
def test_a_call_gives_exactly_this(instance: Instance, tool: str, arguments: dict[str, Any], data: Any) -> None:
    step = instance.apply(tool, arguments)
    assert (step.refusal, step.data) == (None, data)


@pytest.mark.parametrize(
    ("name", "found"),
    [("100%", [2]), ("%", [2]), ("_", [3]), ("O'N", [2]), ("eve_", [3]), ("\\", []), ("a", [1]), ("e", [1, 2, 3])],
)
def test_a_search_text_is_taken_literally_and_in_either_case(instance: Instance, name: str, found: list[int]) -> None:
    data = instance.call("search_owners", name=name).data
    assert data is not None
    assert [row["id"] for row in data["results"]] == found


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"starts_from": "2026-03-03"}, [1]),
        ({"starts_from": "2026-03-04"}, []),
        ({"starts_to": "2026-03-03"}, [1]),
        ({"starts_to": "2026-03-02"}, []),
        ({"starts_to": "2026-03-03T08:59:59"}, []),
        ({"opens_from": "09:00", "opens_to": "09:00"}, [1]),
    ],
)
def test_a_plain_day_bounds_a_time(instance: Instance, arguments: dict[str, Any], found: list[int]) -> None:
    data = instance.apply("search_visits", arguments).data
    assert data is not None
    assert [row["id"] for row in data["results"]] == found


REFUSALS: list[tuple[str, Any, Refusal]] = [
    ("get_pet", {"pet_id": 99}, Refusal(Code.NOT_FOUND, "pet_id: there is no pet 99", "search_pets finds pets", "pet_id")),
    ("tag_pet", {"pet_id": 1, "tag_ids": [1, 9]}, Refusal(Code.NOT_FOUND, "tag_ids: there is no tag 9", None, "tag_ids")),
    ("get_pet", {"pet_id": 0}, Refusal(Code.INVALID, "pet_id: expected an id, which is a positive whole number, got 0", None, "pet_id")),
    ("get_pet", {"pet_id": True}, Refusal(Code.INVALID, "pet_id: expected an id, which is a positive whole number, got True", None, "pet_id")),
    ("get_pet", {"pet_id": "1"}, Refusal(Code.INVALID, "pet_id: expected an id, which is a positive whole number, got '1'", None, "pet_id")),
    ("get_pet", {}, Refusal(Code.INVALID, "pet_id: is missing; get_pet needs an id", None, "pet_id")),
    ("get_pet", {"pet_id": None}, Refusal(Code.INVALID, "pet_id: may not be null; get_pet needs an id", None, "pet_id")),
    ("get_pet", {"petid": 1}, Refusal(Code.INVALID, "petid: get_pet has no such argument; did you mean 'pet_id'?; arguments are pet_id", None, "petid")),
    ("get_pet", [1], Refusal(Code.INVALID, "arguments: expected an object of named arguments", None, "arguments")),
    ("search_pets", None, Refusal(Code.INVALID, "arguments: expected an object of named arguments", None, "arguments")),
    ("clock", {"x": 1}, Refusal(Code.INVALID, "x: clock has no such argument; arguments are none", None, "x")),
    ("search_pets", {"spices": "dog"}, Refusal(
        Code.INVALID, "spices: search_pets has no such argument; did you mean 'species'?; arguments are name, species, owner_id, "
        "owner_name, weight_min, weight_max, born_from, born_to, neutered, sort, limit, offset", None, "spices")),
    ("search_pets", {"species": "dgo"}, Refusal(Code.INVALID, "species: expected one of dog, guinea_pig, got 'dgo'; did you mean 'dog'?", None, "species")),
    ("search_pets", {"limit": 51}, Refusal(Code.INVALID, "limit: expected a whole number from 1 to 50, got 51", None, "limit")),
    ("search_pets", {"limit": None}, Refusal(Code.INVALID, "limit: may not be null; leave it out for the default", None, "limit")),
    ("search_pets", {"owner_id": 9}, Refusal(Code.NOT_FOUND, "owner_id: there is no owner 9", "search_owners finds owners", "owner_id")),
    ("search_pets", {"sort": "nam"}, Refusal(
        Code.INVALID, "sort: expected one of name, -name, owner.name, -owner.name, got 'nam'; did you mean 'name'?", None, "sort")),
    ("search_visits", {"starts_from": "2026-03-32"}, Refusal(
        Code.INVALID, "starts_from: expected a date such as 2026-03-02, got '2026-03-32'", None, "starts_from")),
    ("set_weight", {"pet_id": 1, "weight": 90.5}, Refusal(
        Code.INVALID, "weight: expected a number from 0.2 to 90 with at most 1 decimal place, got 90.5", None, "weight")),
    ("tag_pet", {"pet_id": 1, "tag_ids": 1}, Refusal(Code.INVALID, "tag_ids: expected a list of at most 50 items", None, "tag_ids")),
    ("tag_pet", {"pet_id": 1, "tag_ids": [1] * 51}, Refusal(Code.INVALID, "tag_ids: expected a list of at most 50 items", None, "tag_ids")),
    ("set_mother", {"pet_id": 1}, Refusal(Code.INVALID, "mother_id: is missing; set_mother needs an id", None, "mother_id")),
    ("add_pet", {"owner_id": 1, "name": "X", "species": "dog", "weight": None}, Refusal(
        Code.INVALID, "weight: may not be null; leave it out for the default", None, "weight")),
    ("get_pets", {}, Refusal(Code.UNKNOWN_TOOL, "there is no tool 'get_pets'; did you mean 'get_pet'?")),
    ("", {}, Refusal(Code.UNKNOWN_TOOL, "there is no tool ''")),
    (7, {}, Refusal(Code.UNKNOWN_TOOL, "there is no tool 7")),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "arguments", "refusal"), REFUSALS, ids=lambda value: str(value)[:50])
def test_a_malformed_call_is_refused_with_code_field_and_nearest_name(
    instance: Instance, tool: Any, arguments: Any, refusal: Refusal
) -> None:
    before = state(instance)
    step = instance.apply(tool, arguments)
    assert (step.ok, step.data, step.refusal) == (False, None, refusal)
    assert state(instance) == before


@pytest.mark.parametrize("arguments", [{"\ud800": 1}, {"x" * 10_000: 1}, {"pet_id": 10**5000}, {"pet_id": "\udfff"}])
def test_whatever_an_agent_sends_the_refusal_can_be_sent_back(instance: Instance, arguments: dict[str, Any]) -> None:
    step = instance.apply("get_pet", arguments)
    assert step.refusal is not None
    assert step.refusal.code == Code.INVALID
    assert len(step.json) < 300
    step.text.encode()


def test_a_refusal_undoes_everything_ids_included(instance: Instance) -> None:
    before = state(instance)
    step = instance.call("refuse_late", owner_id=1)
    assert step.refusal is not None
    site = step.refusal.site or ""
    assert step.refusal == Refusal(Code.CONFLICT, "After all, no.", "try another day", "owner_id", site)
    assert site.startswith("shelter.py:")
    assert step.observation == {
        "refused": {"code": "conflict", "message": "After all, no.", "hint": "try another day", "field": "owner_id"}
    }
    assert step.text == "Refused (conflict): After all, no. Try: try another day"
    assert state(instance) == before
    made = instance.call("add_pet", owner_id=1, name="Next", species="dog").data
    assert made is not None
    assert made["id"] == 4


HOW = ["index", "next", "custom", "unique", "reference", "type", "sql", "value", "gone", "twice", "arithmetic",
       "recursion", "pattern"]  # fmt: skip


@pytest.mark.parametrize("how", HOW)
def test_a_bug_in_a_tool_is_a_fault_and_leaves_nothing_behind(instance: Instance, how: str) -> None:
    instance.call("set_weight", pet_id=1, weight=7)
    before, snapshot = state(instance), instance.snapshot()
    with pytest.raises(Fault):
        instance.call("break_down", owner_id=1, how=how)
    assert state(instance) == before
    assert instance.snapshot() == snapshot, "the time moved on"
    assert instance.call("set_weight", pet_id=1, weight=8).ok
    instance.reset()
    assert state(instance)[2] == []


FAULTS = [
    (
        "unique",
        "a constraint fails that no rule or refusal of the script covers: UNIQUE constraint failed: owner.email",
    ),
    ("reference", "a constraint fails that no rule or refusal of the script covers: FOREIGN KEY constraint failed"),
    ("type", "break_down failed: Mismatch: name: expected text of 1 to 80 characters, got 7"),
    ("value", "owner has no column 'nam'; did you mean 'name'?"),
    ("gone", "page 1 does not exist (any more)"),
    ("twice", "<Page 1> is already stored"),
    ("index", "break_down failed: IndexError: list index out of range"),
    ("custom", "break_down failed: Oops: oops"),
]


@pytest.mark.parametrize(("how", "message"), FAULTS)
def test_a_fault_says_what_failed(instance: Instance, how: str, message: str) -> None:
    with pytest.raises(Fault) as fault:
        instance.call("break_down", owner_id=1, how=how)
    assert str(fault.value).endswith(message)


@pytest.mark.parametrize("how", ["assign", "insert", "delete", "list"])
def test_a_read_tool_cannot_write(instance: Instance, how: str) -> None:
    before = state(instance)
    with pytest.raises(Fault, match="a read tool, a rule or a task's drawing may change nothing"):
        instance.call("sneak", owner_id=1, how=how)
    assert state(instance) == before


def test_every_call_takes_a_tick_refused_or_not(instance: Instance) -> None:
    calls: list[tuple[str, dict[str, Any]]] = [
        ("get_pet", {"pet_id": 1}), ("get_pet", {"pet_id": 99}), ("nothing", {}), ("set_weight", {"pet_id": 1, "weight": 2}),
        ("refuse_late", {"owner_id": 1}),
    ]  # fmt: skip
    for tool, arguments in calls:
        instance.apply(tool, arguments)
    assert instance.store.seconds == 100
    assert instance.call("clock").data == {"value": "2026-03-02T08:02:00"}


def test_a_default_of_now_is_the_time_of_the_call(instance: Instance) -> None:
    instance.call("clock")
    made = instance.call("plan", pet_id=1, starts="2026-04-01T09:00:00", length=45).data
    assert made == {
        "id": 2, "pet_id": 1, "pet_name": "Milo", "starts": "2026-04-01T09:00:00", "opens": "09:00", "length": 45,
        "note": "", "rank": 0, "made": "2026-03-02T08:00:40", "pet_owner_name": "Ada Lovelace", "pet_species": "dog",
    }  # fmt: skip


LIMITS: list[tuple[str, dict[str, Any], str, str]] = [
    ("read_many", {"times": 10}, "this needs more than 20000 rows", "narrow the filters"),
    ("write_many", {"owner_id": 1, "number": 2001}, "this needs more than 2000 changes", "do it in parts"),
    ("grind", {}, "this call takes too many steps", "narrow it with more filters"),
    ("grind_and_write", {"owner_id": 1}, "this call takes too many steps", "narrow it with more filters"),
]


@pytest.mark.parametrize(("tool", "arguments", "message", "hint"), LIMITS)
def test_too_much_work_is_refused_and_changes_nothing(
    instance: Instance, tool: str, arguments: dict[str, Any], message: str, hint: str
) -> None:
    before = state(instance)
    step = instance.apply(tool, arguments)
    assert step.refusal == Refusal(Code.LIMIT, message, hint)
    assert state(instance) == before


def test_as_much_work_as_is_allowed_is_carried_out(instance: Instance) -> None:
    assert instance.call("read_many", times=9).data == {"value": 18_900}
    assert instance.call("write_many", owner_id=1, number=2000).data == {"value": 2000}
    assert instance.call("write_many", owner_id=1, number=2000).ok, "the allowance is for each call"


def test_a_closed_instance_is_of_no_use() -> None:
    instance = shelter().instance()
    instance.close()
    instance.close()
    with pytest.raises(Fault, match="this instance is closed"):
        instance.call("clock")
    with pytest.raises(Fault, match="this instance is closed"):
        instance.snapshot()


def test_a_connection_used_before_starts_clean() -> None:
    world = shelter()
    with world.instance() as instance:
        before = dump(instance)
        instance.act_as("keeper")
        instance.call("set_weight", pet_id=1, weight=3)
        store = instance.store
    with world.instance() as instance:
        assert instance.store is store
        assert (dump(instance), instance.store.seconds, instance.store.role, instance.changes()) == (
            before,
            0,
            None,
            [],
        )


LISTS = """
from agentworlds import Draw, Row, Word, World, delete, insert

world = World("shelter", title="Lists")


@world.table
class Dog(Row):
    name: Word
    friends: "list[Dog]"
    tags: "list[Tag]"


@world.table
class Tag(Row):
    word: Word


@world.rule(Dog, "limit", "At most two tags.")
def few_tags(dog: Dog) -> bool:
    return len(dog.tags) <= 2


@world.tool
def set_tags(dog: Dog, tags: list[Tag]) -> list[Tag]:
    '''Set.'''
    dog.tags = tags
    return dog.tags


@world.tool
def befriend(dog: Dog, others: list[Dog]) -> list[Dog]:
    '''Set.'''
    dog.friends = others
    return dog.friends


@world.tool
def drop(dog: Dog) -> None:
    '''Drop.'''
    delete(dog)


@world.tool
def drop_tag(tag: Tag) -> None:
    '''Drop.'''
    delete(tag)


@world.data
def fill(draw: Draw) -> None:
    dogs = [insert(Dog(name=name)) for name in ("a", "b", "c")]
    tags = [insert(Tag(word=word)) for word in ("x", "y", "z")]
    dogs[0].tags = tags[:1]
"""


def ids(step: Any) -> list[int]:
    return [row["id"] for row in step.data["results"]]


def test_a_list_column_is_kept_in_its_link_table() -> None:
    with world_of(LISTS).instance() as instance:
        assert ids(instance.call("set_tags", dog_id=1, tag_ids=[1, 3])) == [1, 3]
        assert ids(instance.call("befriend", dog_id=1, other_ids=[1, 2])) == [1, 2]
        assert dump(instance)["dog_tags"] == [(1, 1, 1), (2, 1, 3)]
        assert dump(instance)["dog_friends"] == [(1, 1, 1), (2, 1, 2)]
        assert ids(instance.call("set_tags", dog_id=1, tag_ids=[])) == []
        assert dump(instance)["dog_tags"] == []
        instance.call("set_tags", dog_id=1, tag_ids=[2])
        assert dump(instance)["dog_tags"] == [(3, 1, 2)], "an id was used again"
        instance.call("befriend", dog_id=1, other_ids=[2])
        assert instance.call("drop", dog_id=1).ok
        assert (dump(instance)["dog"], dump(instance)["dog_tags"]) == ([(2, "b"), (3, "c")], [])


def test_a_row_that_a_list_still_names_cannot_go_unnoticed() -> None:
    with world_of(LISTS).instance() as instance, pytest.raises(Fault, match="FOREIGN KEY"):
        instance.call("drop_tag", tag_id=1)


def test_a_rule_is_checked_when_a_list_of_the_row_changes() -> None:
    with world_of(LISTS).instance() as instance:
        step = instance.call("set_tags", dog_id=1, tag_ids=[1, 2, 3])
        assert step.refusal is not None
        assert step.refusal.message == "At most two tags."
        assert dump(instance)["dog_tags"] == [(1, 1, 1)]
