"""Pools: connections are used again, the longest idle instances are parked, and stale handles reach nobody."""

from __future__ import annotations

import gc

import pytest

from agentworlds.compile.program import Program
from agentworlds.errors import Fault
from agentworlds.runtime.pool import Pool
from agentworlds.runtime.template import make_template
from agentworlds.spec.loader import load_script
from tests.property.random_worlds import random_script


@pytest.fixture(scope="module")
def template() -> object:
    return make_template(Program(load_script("random.py", {"random.py": random_script(3)})))


def change(instance, id: int = 1) -> None:
    tool = next(
        tool for tool in instance.tools.values() if tool.name.startswith("drop_eve") or tool.name.startswith("drop_")
    )
    table = tool.params[0].kind.target.__table__
    for candidate in range(instance.template.next_ids[table.index] - 1, 0, -1):
        if instance.apply(tool.name, {tool.params[0].name: candidate}).ok:
            return
    raise AssertionError("nothing could be dropped")


def test_more_instances_than_connections_keep_their_states(template) -> None:
    pool = Pool(template, most_open=3)
    instances = [pool.acquire() for _ in range(10)]
    for number, instance in enumerate(instances):
        instance.act_as(None)
        for _ in range(number % 3):
            instance.apply("nothing", {})
        if number % 2:
            change(instance)
    assert len(pool._open) == 3
    for number, instance in enumerate(instances):
        assert len(instance.changes()) == number % 2
        assert instance.store.seconds == instance.tick * (instance.store.seconds // instance.tick)
    assert len(pool._open) == 3


def test_a_parked_instance_comes_back_with_its_time_and_its_actor(template) -> None:
    pool = Pool(template, most_open=1)
    first = pool.acquire()
    change(first)
    first.act_as("keeper")
    before = first.snapshot(), first.store.seconds
    second = pool.acquire()
    assert second.changes() == []
    assert (first.snapshot(), first.store.seconds) == before
    assert first.store.role == "keeper"
    assert second.store.role is None


def test_a_closed_handle_does_not_reach_the_instance_that_uses_its_connection_now(template) -> None:
    pool = Pool(template, most_open=1)
    old = pool.acquire()
    old.close()
    new = pool.acquire()
    with pytest.raises(Fault, match="closed"):
        change(old)
    with pytest.raises(Fault, match="closed"):
        old.reset()
    assert new.changes() == []


def test_instances_that_were_only_forgotten_free_their_connections(template) -> None:
    pool = Pool(template, most_open=4)
    for _ in range(12):
        change(pool.acquire())
        gc.collect()
    assert len(pool._open) <= 4


def test_a_pool_whose_instances_are_all_busy_says_so(template) -> None:
    pool = Pool(template, most_open=1)
    only = pool.acquire()
    with only._lock, pytest.raises(Fault, match="all 1 instances of the pool are being called"):
        pool.acquire()
