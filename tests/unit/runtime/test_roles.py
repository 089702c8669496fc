"""Who may do what: roles of tools, and what belongs to the acting person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from agentworlds.errors import Code, Refusal
from agentworlds.runtime.instance import Instance
from tests.unit.shelter import shelter

OWNER = next(table.cls for table in shelter().program.tables if table.name == "owner")


@pytest.fixture
def instance() -> Iterator[Instance]:
    with shelter().instance() as instance:
        yield instance


def test_a_tool_of_another_role_is_forbidden_before_its_arguments_are_read(instance: Instance) -> None:
    instance.act_as("owner", (OWNER, 1))
    expected = Refusal(Code.FORBIDDEN, "set_balance is for the keeper, and you act as the owner")
    assert instance.call("set_balance", owner_id=1, balance=5).refusal == expected
    assert instance.call("set_balance", nonsense=True).refusal == expected


@pytest.mark.parametrize("role", [None, "keeper"])
def test_the_operator_and_the_role_itself_may_use_it(instance: Instance, role: str | None) -> None:
    instance.act_as(role)
    assert instance.call("set_balance", owner_id=1, balance=5).ok


@pytest.mark.parametrize(
    ("tool", "found"),
    [("search_owners", [[1], [2]]), ("search_pets", [[1, 2], [3]]), ("search_visits", [[1], []])],
)
def test_a_person_finds_only_what_is_theirs(instance: Instance, tool: str, found: list[list[int]]) -> None:
    for person, expected in zip((1, 2), found, strict=True):
        instance.act_as("owner", (OWNER, person))
        data = instance.call(tool).data
        assert data is not None
        assert [row["id"] for row in data["results"]] == expected


MINE: list[tuple[str, dict[str, Any], str | None]] = [
    ("get_pet", {"pet_id": 3}, None),
    ("get_pet", {"pet_id": 1}, "pet_id: pet 1 is not yours"),
    ("get_owner", {"owner_id": 2}, None),
    ("get_owner", {"owner_id": 1}, "owner_id: owner 1 is not yours"),
    ("get_visit", {"visit_id": 1}, "visit_id: visit 1 is not yours"),
    ("search_pets", {"owner_id": 1}, "owner_id: owner 1 is not yours"),
    ("set_weight", {"pet_id": 1, "weight": 3}, "pet_id: pet 1 is not yours"),
    ("set_mother", {"pet_id": 3, "mother_id": 1}, "mother_id: pet 1 is not yours"),
    ("tag_pet", {"pet_id": 3, "tag_ids": [1, 2]}, None),
]


@pytest.mark.parametrize(("tool", "arguments", "message"), MINE)
def test_a_person_uses_only_what_is_theirs(
    instance: Instance, tool: str, arguments: dict[str, Any], message: str | None
) -> None:
    instance.act_as("owner", (OWNER, 2))
    refusal = instance.apply(tool, arguments).refusal
    if message is None:
        assert refusal is None
    else:
        assert refusal == Refusal(Code.FORBIDDEN, message, field=message.split(":")[0])


def test_what_does_not_exist_is_not_found_for_everybody(instance: Instance) -> None:
    instance.act_as("owner", (OWNER, 2))
    refusal = instance.call("get_pet", pet_id=99).refusal
    assert refusal == Refusal(Code.NOT_FOUND, "pet_id: there is no pet 99", "search_pets finds pets", "pet_id")


def test_a_tools_body_knows_who_acts(instance: Instance) -> None:
    said = []
    for role, actor in ((None, None), ("keeper", None), ("owner", (OWNER, 3))):
        instance.act_as(role, actor)
        data = instance.call("who_acts").data
        assert data is not None
        said.append(data["value"])
    assert said == ["None None None", "keeper None None", "owner 3 None"]


def test_a_fork_acts_as_its_origin_does_and_a_reset_changes_nobody(instance: Instance) -> None:
    instance.act_as("owner", (OWNER, 3))
    instance.reset()
    with instance.fork() as twin:
        assert twin.call("who_acts").data == instance.call("who_acts").data == {"value": "owner 3 None"}


def test_tools_are_listed_for_a_role() -> None:
    names = {role: {tool.name for tool in shelter().tools_of(role)} for role in (None, "keeper", "owner")}
    assert names[None] == names["keeper"]
    assert names["keeper"] - names["owner"] == {"set_balance"}
