"""Laws 2, 4 and 6 as a state machine: calls, snapshots, restores, forks and resets in any order, over random worlds."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agentworlds.agents.sampler import CallSampler
from agentworlds.rng import Stream
from agentworlds.runtime.instance import Instance
from agentworlds.worlds.world import LoadedWorld
from tests.property.random_worlds import random_world


@cache
def world(seed: int) -> LoadedWorld:
    return random_world(seed)


def dump(instance: Instance) -> dict[tuple[str, int], tuple[Any, ...]]:
    """Every row, read by plain SQL."""
    return {
        (table.name, id): tuple(values)
        for table in instance.program.tables
        for id, *values in instance.store.db.execute(f'SELECT * FROM "{table.name}"')
    }


def differences(before: dict[Any, Any], after: dict[Any, Any]) -> set[tuple[str, int]]:
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


class Instances(RuleBasedStateMachine):
    @initialize(seed=st.integers(0, 11), stream=st.integers(0, 10**6))
    def start(self, seed: int, stream: int) -> None:
        self.world = world(seed)
        self.instance = self.world.instance()
        self.template = dump(self.instance)
        self.stream = Stream("state", stream)
        self.saved: list[tuple[bytes, Any, int, list[int]]] = []
        self.forks: list[tuple[Instance, Any]] = []
        self.sampler = CallSampler(self.world.program, self.stream)
        for table in self.world.program.tables:
            self.sampler.ids[table.name] = list(range(1, 16))

    @rule()
    def call(self) -> None:
        tool = self.stream.choice(list(self.world.world.tools.values()))
        arguments = self.sampler.call(tool)
        if arguments is None:
            return
        before, seconds = dump(self.instance), self.instance.store.seconds
        step = self.instance.apply(tool.name, arguments)
        assert self.instance.store.seconds == seconds + self.world.world.tick
        if not step.ok or not tool.writes:
            assert dump(self.instance) == before, "a refused call or a read changed something"

    @rule()
    def snapshot(self) -> None:
        store = self.instance.store
        self.saved.append((self.instance.snapshot(), dump(self.instance), store.seconds, list(store.next_ids)))

    @rule(pick=st.integers(0, 50))
    def restore(self, pick: int) -> None:
        if self.saved:
            content, state, seconds, ids = self.saved[pick % len(self.saved)]
            self.instance.restore(content)
            assert (dump(self.instance), self.instance.store.seconds, self.instance.store.next_ids) == (
                state,
                seconds,
                ids,
            )
            assert self.instance.snapshot() == content or dump(self.instance) == state

    @rule()
    def fork(self) -> None:
        if len(self.forks) < 3:
            twin = self.instance.fork()
            assert dump(twin) == dump(self.instance)
            assert twin.store.next_ids == self.instance.store.next_ids
            self.forks.append((twin, dump(twin)))

    @rule()
    def swap_with_a_fork(self) -> None:
        if self.forks:
            twin, _ = self.forks.pop()
            self.forks.append((self.instance, dump(self.instance)))
            self.instance = twin

    @rule()
    def reset(self) -> None:
        self.instance.reset()
        assert dump(self.instance) == self.template
        assert self.instance.store.seconds == 0

    @invariant()
    def changes_are_exactly_the_differences(self) -> None:
        if hasattr(self, "instance"):
            found = {(change.table, change.id) for change in self.instance.changes()}
            assert found == differences(self.template, dump(self.instance))

    @invariant()
    def forks_are_as_they_were_left(self) -> None:
        for twin, state in getattr(self, "forks", []):
            assert dump(twin) == state

    @invariant()
    def foreign_keys_hold(self) -> None:
        if hasattr(self, "instance"):
            assert self.instance.store.db.execute("PRAGMA foreign_key_check").fetchall() == []

    def teardown(self) -> None:
        for twin, _ in getattr(self, "forks", []):
            twin.close()
        if hasattr(self, "instance"):
            self.instance.close()


Instances.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestInstances = Instances.TestCase


@pytest.mark.parametrize("seed", range(12))
def test_a_random_world_loads_and_fills(seed: int) -> None:
    assert all(world(seed).template().row_counts.values())
