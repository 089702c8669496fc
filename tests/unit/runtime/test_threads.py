"""Isolation under real threads."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from agentworlds.errors import InstanceBusy
from agentworlds.runtime.instance import Instance
from agentworlds.runtime.pool import Pool
from tests.unit.shelter import SCRIPT, dump, shelter, world_of

THREADS = 8


def together(work: Callable[[int], Any]) -> list[Any]:
    """Run the work of every thread at once; an exception of any of them is raised."""
    gate = threading.Barrier(THREADS)

    def start(number: int) -> Any:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(start, range(THREADS)))


def test_one_instance_gives_each_caller_a_result_or_says_that_it_is_busy() -> None:
    with shelter().instance() as instance:

        def hammer(number: int) -> tuple[list[int], int, int]:
            made, busy, reads = [], 0, 0
            for turn in range(60):
                try:
                    if turn % 3 == 0:
                        data = instance.call("add_pet", owner_id=1, name=f"n{number}", species="dog", tag_ids=[1]).data
                        assert data is not None
                        assert (data["name"], data["owner_name"]) == (f"n{number}", "Ada Lovelace")
                        made.append(data["id"])
                    elif turn % 3 == 1:
                        data = instance.call("search_pets", name="Milo").data
                        assert data is not None
                        assert [row["id"] for row in data["results"]] == [1]
                        reads += 1
                    else:
                        instance.snapshot()
                except InstanceBusy:
                    busy += 1
            return made, busy, reads

        results = together(hammer)
        made = sorted(id for ids, _, _ in results for id in ids)
        reads = sum(number for _, _, number in results)
        assert made == list(range(4, 4 + len(made))), "an id was lost or given twice"
        assert len(dump(instance)["pet"]) == 3 + len(made)
        assert len(dump(instance)["pet_tags"]) == 2 + len(made)
        assert instance.store.seconds == 20 * (len(made) + reads), "a busy call took time"


def test_a_second_caller_is_told_that_the_instance_is_busy_and_changes_nothing() -> None:
    with shelter().instance() as instance:
        told: list[str] = []
        calls: list[Callable[[], Any]] = [
            lambda: instance.call("clock"), instance.snapshot, instance.reset, instance.fork, instance.changes,
            instance.close, lambda: instance.restore(saved),
        ]  # fmt: skip
        saved = instance.snapshot()
        instance._lock.acquire()
        try:
            for call in calls:
                try:
                    call()
                except InstanceBusy as busy:
                    told.append(str(busy))
        finally:
            instance._lock.release()
        assert told == ["another caller is using this instance; give each caller its own, by fork()"] * 7
        assert instance.snapshot() == saved


def play(instance: Instance) -> tuple[Any, ...]:
    texts = []
    for turn in range(12):
        texts.append(instance.call("add_pet", owner_id=1 + turn % 3, name=f"p{turn}", species="dog").json)
        texts.append(instance.call("search_pets", name="p", sort="-name").text)
        texts.append(instance.call("refuse_late", owner_id=1).json)
        if turn % 4 == 3:
            texts.append(instance.call("drop_pet", pet_id=4 + turn).json)
    return texts, dump(instance), instance.snapshot()


def test_instances_of_many_threads_behave_as_though_each_were_alone() -> None:
    world = world_of(SCRIPT)
    with shelter().instance() as alone:
        expected = play(alone)
    world.template()

    def work(_: int) -> list[tuple[Any, ...]]:
        seen = []
        for _ in range(3):
            with world.instance() as instance:
                seen.append(play(instance))
        return seen

    results = together(work)
    assert all(one == expected for seen in results for one in seen)
    world.close()


def test_a_pool_that_parks_an_instance_does_not_make_its_caller_busy() -> None:
    pool = Pool(shelter().template(), most_open=THREADS + 4)
    instances = [pool.acquire() for _ in range(2 * THREADS)]

    def hammer(number: int) -> int:
        """Call two instances in turn; one of the two is often parked meanwhile, or just being parked."""
        mine = instances[number], instances[THREADS + number]
        return sum(mine[turn % 2].call("get_pet", pet_id=1).ok for turn in range(300))

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        assert together(hammer) == [300] * THREADS
    finally:
        sys.setswitchinterval(before)


def test_a_fork_that_is_parked_before_it_is_filled_fills_no_stranger() -> None:
    pool = Pool(shelter().template(), most_open=2)
    origin = pool.acquire()
    origin.call("add_pet", owner_id=1, name="Zed", species="dog", tag_ids=[1])
    acquire, strangers = pool.acquire, []

    def acquire_and_park() -> Instance:
        other = acquire()
        assert other.park()
        strangers.append(acquire())
        return other

    pool.acquire = acquire_and_park  # type: ignore[method-assign]
    fork = origin.fork()
    assert strangers[0].changes() == []
    assert fork.changes() == origin.changes() != []
    assert fork.store.seconds == origin.store.seconds


def test_a_pool_opens_no_more_connections_than_it_may_however_many_ask_at_once() -> None:
    pool = Pool(shelter().template(), most_open=3)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        instances = together(lambda _: pool.acquire())
    finally:
        sys.setswitchinterval(before)
    assert len(instances) == THREADS
    assert len(pool._open) <= 3
