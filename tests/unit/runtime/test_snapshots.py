"""Snapshots, forks and the template's file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import apsw
import pytest

from agentworlds.errors import Fault
from agentworlds.runtime.instance import Instance
from agentworlds.runtime.pool import Pool
from agentworlds.runtime.template import Template, cache_folder, make_template
from tests.unit.shelter import SCRIPT, dump, shelter, state, world_of

CALLS: list[list[tuple[str, dict[str, Any]]]] = [
    [],
    [("set_weight", {"pet_id": 1, "weight": 3})],
    [("set_weight", {"pet_id": 1, "weight": 3}), ("set_weight", {"pet_id": 1, "weight": 12.5})],
    [("swap_emails", {"owner_id": 1, "other_id": 2})],
    [("swap_emails", {"owner_id": 1, "other_id": 2}), ("swap_emails", {"owner_id": 2, "other_id": 3})],
    [("drop_pet", {"pet_id": 3})],
    [("add_pet", {"owner_id": 2, "name": "New", "species": "dog"}), ("drop_pet", {"pet_id": 4})],
    [("add_pet", {"owner_id": 2, "name": "New", "species": "dog", "mother_id": 3}),
     ("add_pet", {"owner_id": 2, "name": "Newer", "species": "dog", "mother_id": 4, "tag_ids": [2, 1]}),
     ("set_mother", {"pet_id": 4, "mother_id": 5}), ("set_mother", {"pet_id": 3, "mother_id": 3})],
    [("set_mother", {"pet_id": 2, "mother_id": 3}), ("set_mother", {"pet_id": 3, "mother_id": 2})],
    [("set_mother", {"pet_id": 2, "mother_id": None}), ("tag_pet", {"pet_id": 1, "tag_ids": []}),
     ("tag_pet", {"pet_id": 1, "tag_ids": [2, 1]})],
    [("get_pet", {"pet_id": 99}), ("refuse_late", {"owner_id": 1}), ("clock", {})],
]  # fmt: skip


@pytest.fixture
def instance() -> Iterator[Instance]:
    with shelter().instance() as instance:
        yield instance


@pytest.mark.parametrize("calls", CALLS, ids=[str(number) for number in range(len(CALLS))])
@pytest.mark.parametrize("after", CALLS, ids=[f"then {number}" for number in range(len(CALLS))])
def test_restoring_a_snapshot_brings_its_state_back_whatever_came_after(
    instance: Instance, calls: list[tuple[str, dict[str, Any]]], after: list[tuple[str, dict[str, Any]]]
) -> None:
    for tool, arguments in calls:
        instance.apply(tool, arguments)
    saved, seconds, was = instance.snapshot(), instance.store.seconds, state(instance)
    with instance.fork() as twin:
        for tool, arguments in after:
            with suppress(Fault):  # a tool may fail in a state that it was not made for
                instance.apply(tool, arguments)
        assert (state(twin), twin.store.seconds, twin.snapshot()) == (was, seconds, saved)
        other = state(instance)
        twin.call("set_balance", owner_id=3, balance=1)
        assert state(instance) == other
    instance.restore(saved)
    assert (state(instance), instance.store.seconds, instance.snapshot()) == (was, seconds, saved)
    assert instance.store.db.execute("PRAGMA foreign_key_check").fetchall() == []


def test_ids_are_never_used_again_within_an_episode(instance: Instance) -> None:
    def make(one: Instance) -> int:
        data = one.call("add_pet", owner_id=1, name="X", species="dog").data
        assert data is not None
        return int(data["id"])

    assert make(instance) == 4
    instance.call("drop_pet", pet_id=4)
    assert make(instance) == 5
    instance.restore(instance.snapshot())
    assert make(instance) == 6
    with instance.fork() as twin:
        assert (make(twin), make(instance)) == (7, 7)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x94\xa3abc"])
def test_what_is_no_snapshot_is_refused_and_changes_nothing(instance: Instance, content: bytes) -> None:
    instance.call("set_weight", pet_id=1, weight=3)
    before = state(instance)
    with pytest.raises(ValueError, match="this is no snapshot"):
        instance.restore(content)
    assert state(instance) == before


def test_a_snapshot_of_another_world_is_refused(instance: Instance) -> None:
    with (
        world_of(SCRIPT.replace('name="Milo"', 'name="Mila"')).instance() as other,
        pytest.raises(ValueError, match="this snapshot belongs to another world, seed or version"),
    ):
        instance.restore(other.snapshot())


def test_changes_are_the_rows_that_differ_from_the_start(instance: Instance) -> None:
    instance.call("set_balance", owner_id=1, balance=1)
    instance.call("drop_pet", pet_id=3)
    instance.call("look_at", word="x")
    instance.call("set_weight", pet_id=1, weight=3)
    instance.call("set_weight", pet_id=1, weight=12.5)
    found = [(change.table, change.id, change.kind) for change in instance.changes()]
    assert found == [("owner", 1, "update"), ("pet", 3, "delete"), ("page", 1, "insert")]
    owner, pet, page = instance.changes()
    assert (owner.before or {})["balance"] == 1250
    assert owner.after == {"name": "Ada Lovelace", "email": "ada@example.com", "balance": 100, "pin": "0000"}
    assert (pet.after, page.before, page.after) == (None, None, {"word": "x"})


def file_hash(template: Template) -> str:
    return hashlib.sha256(template.path.read_bytes()).hexdigest()


ATTEMPTS = [
    "COMMIT",
    "END",
    "RELEASE call",
    "ROLLBACK; UPDATE owner SET name = 'x'",
    "ROLLBACK; DELETE FROM visit",
    "ROLLBACK; BEGIN IMMEDIATE; UPDATE owner SET name = 'x'; COMMIT",
    "ROLLBACK; CREATE TABLE x (y)",
    "ROLLBACK; PRAGMA user_version = 7",
    "PRAGMA cache_spill = ON; UPDATE bulk SET number = number + 1; COMMIT",
]


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_templates_file_stays_as_it_is_whatever_a_connection_tries(attempt: str) -> None:
    template = shelter().template()
    before = file_hash(template)
    assert before == template.digest
    db = template.connect()
    try:
        db.execute("UPDATE owner SET balance = 7")
        with pytest.raises(apsw.Error):  # noqa: PT012 - which of them fails is SQLite's affair
            for statement in ("SAVEPOINT call", attempt, "RELEASE call", "COMMIT"):
                db.execute(statement).fetchall()
    finally:
        db.close()
    assert file_hash(template) == before
    with shelter().instance() as instance:
        assert dump(instance)["owner"][0][3] == 1250


def test_a_damaged_file_is_written_anew(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTWORLDS_CACHE", str(tmp_path))
    world = world_of(SCRIPT)
    template = world.template()
    path = cache_folder() / "templates" / f"{template.digest}.sqlite"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"damaged")
    assert template.path == path
    assert path.read_bytes() == template.image
    assert list(path.parent.iterdir()) == [path]
    world.close()


def test_the_same_script_and_seed_give_the_same_image() -> None:
    one, other = (make_template(world_of(SCRIPT).program) for _ in range(2))
    assert (one.image, one.next_ids, one.digest) == (other.image, other.next_ids, other.digest)
    assert one.row_counts == {
        "owner": 3, "tag": 2, "pet": 3, "pet_tags": 2, "visit": 1, "page": 0, "bulk": 2100,
    }  # fmt: skip


def test_a_pool_that_is_full_parks_the_longest_idle_instance() -> None:
    pool = Pool(shelter().template(), most_open=1)
    first = pool.acquire()
    first.call("set_weight", pet_id=1, weight=3)
    saved, kept = first.snapshot(), first.store
    second = pool.acquire()
    assert second.store is kept
    assert second.changes() == []
    assert first.snapshot() == saved
    assert second.snapshot() != saved
    for instance in (first, second):
        instance.close()
    pool.close()
