"""An instance: one live copy of a world."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from agentworlds.compile.program import Program
from agentworlds.errors import Code, Fault, InstanceBusy, Refusal, Refused, nearest
from agentworlds.judge.changes import Change, make_change
from agentworlds.runtime.calls import Calls
from agentworlds.runtime.snapshots import ENCODER, Parked, differences, load, load_bytes, rewind, save
from agentworlds.runtime.step import Step
from agentworlds.runtime.store import Store
from agentworlds.runtime.template import Template
from agentworlds.spec.rows import Row, switch

if TYPE_CHECKING:
    from agentworlds.runtime.pool import Pool

TURNS = itertools.count()
"""Numbers calls, so that a pool knows which instance has been idle longest."""
NOBODY = object()
BUSY = "another caller is using this instance; give each caller its own, by fork()"


class Instance:
    """One live copy of a world's database, acted on by calls.

    It belongs to one caller at a time; a second caller gets `InstanceBusy` and nothing is changed.
    Make instances with `World.instance` or a `Pool`, and close them when done, for the pool to use again.
    """

    def __init__(self, template: Template, pool: Pool | None = None, store: Store | None = None) -> None:
        self.template = template
        self._pool = pool
        self.program: Program = template.program
        self.tools = template.program.world.tools
        self.tick = template.program.world.tick
        self.prose = template.prose
        self._use(template.store() if store is None else store)
        self._parked: Parked | None = None
        self._lock = threading.Lock()
        self._parking = False
        self.used = next(TURNS)
        self.closed = False

    def _use(self, store: Store) -> None:
        self._store, self._calls = store, Calls(store)

    @property
    def store(self) -> Store:
        """The rows, on a connection of the instance's own."""
        if self.closed:
            raise Fault("this instance is closed")
        if self._parked is not None:
            self._unpark(self._parked)
        return self._store

    # Calls ----------------------------------------------------------------------------------------------

    def call(self, tool: str, /, **arguments: Any) -> Step:
        """Call a tool.

        Raises:
            Fault: the environment failed; the instance is as it was before the call.
            InstanceBusy: another caller is using the instance.
        """
        return self.apply(tool, arguments)

    def apply(self, name: str, arguments: dict[str, Any]) -> Step:
        """Call a tool with its arguments as one dictionary; see `call`."""
        if not self._lock.acquire(False):
            self._wait_for_parking()
        self.used = next(TURNS)
        before: Any = NOBODY
        try:
            store, calls = self.store, self._calls
            before = switch(store)
            store.seconds += self.tick
            declared = self.tools.get(name) if isinstance(name, str) else None
            if declared is None:
                refusal = Refusal(
                    Code.UNKNOWN_TOOL, f"there is no tool {name!r:.80}{nearest(str(name)[:80], self.tools)}"
                )
                return Step(str(name), arguments, None, refusal, None, self.prose)
            try:
                data = calls.write(declared, arguments) if declared.writes else calls.read(declared, arguments)
            except Refused as refused:
                return Step(name, arguments, None, self.program.spoken(refused.refusal), declared, self.prose)
            except Fault:
                store.seconds -= self.tick
                raise
            return Step(name, arguments, data, None, declared, self.prose)
        finally:
            if before is not NOBODY:
                switch(before)
            self._lock.release()

    # State ----------------------------------------------------------------------------------------------

    def act_as(self, role: str | None, actor: tuple[type[Row], int] | None = None) -> None:
        """Set who acts from now on; not part of snapshots."""
        with self._exclusive():
            self._store.role, self._store.actor_key = role, actor

    def wait(self, seconds: int) -> int:
        """Let world time pass, and tell how many seconds have passed since the start."""
        with self._exclusive():
            self._store.seconds += seconds
            return self._store.seconds

    def reset(self) -> None:
        """Back to the template's state and time."""
        with self._exclusive():
            rewind(self._store, self.template)

    def changes(self) -> list[Change]:
        """Every row that differs from the template, by table and id."""
        tables = self.program.tables
        with self._exclusive():
            different = sorted(differences(self._store), key=lambda one: one[:2])
        return [make_change(tables[one.table], one.id, one.before, one.after) for one in different]

    def snapshot(self) -> bytes:
        """The state as bytes: what changed, the time and the counters."""
        with self._exclusive():
            return ENCODER.encode(save(self._store, self.template))

    def restore(self, snapshot: bytes) -> None:
        """Take the state of a snapshot of the same world and seed.

        Raises:
            ValueError: for another's, or for what is none; the state is then as it was.
        """
        with self._exclusive():
            load_bytes(self._store, self.template, snapshot)

    def fork(self) -> Instance:
        """Another instance in the same state; the two share no writes."""
        with self._exclusive():
            saved = save(self._store, self.template)
            role, actor_key = self._store.role, self._store.actor_key
        other = self._pool.acquire() if self._pool is not None else Instance(self.template)
        with other._exclusive():  # which a crowded pool may have parked meanwhile
            load(other._store, self.template, saved)
            other._store.role, other._store.actor_key = role, actor_key
        return other

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        if not self._lock.acquire(blocking=False):
            self._wait_for_parking()
        try:
            if self.closed:
                raise Fault("this instance is closed")
            if self._parked is not None:
                self._unpark(self._parked)
            yield
        finally:
            self._lock.release()

    def _wait_for_parking(self) -> None:
        """Take the lock from a pool that is just parking this instance. Raises InstanceBusy when a caller holds it."""
        if not self._parking:
            raise InstanceBusy(BUSY)
        self._lock.acquire()

    def park(self) -> bool:
        """Keep only a snapshot and give the connection back; the next call takes one again.

        The pool parks one instance at a time.

        Returns:
            Whether it is parked now; False when somebody is using it or it has no pool.
        """
        if self._pool is None or self.closed:
            return False
        self._parking = True
        if not self._lock.acquire(blocking=False):
            self._parking = False
            return False
        try:
            if self._parked is None:
                store = self._store
                self._parked = Parked(save(store, self.template), store.role, store.actor_key)
                self._give_back()
            return True
        finally:
            self._lock.release()
            self._parking = False

    def _unpark(self, parked: Parked) -> None:
        assert self._pool is not None
        self._use(self._pool.take(self))
        self._parked = None
        load(self._store, self.template, parked.saved)
        self._store.role, self._store.actor_key = parked.role, parked.actor_key

    def _give_back(self) -> None:
        rewind(self._store, self.template)
        self._store.role = self._store.actor_key = None
        if self._pool is None or not self._pool.take_back(self._store):
            self._store.db.close()

    def close(self) -> None:
        """Give the database connection back to the pool, or free it. The instance is then of no use."""
        if self.closed:
            return
        if not self._lock.acquire(blocking=False):
            self._wait_for_parking()
        try:
            self.closed = True
            if self._parked is None:
                self._give_back()
            self._parked = None
        finally:
            self._lock.release()

    def __enter__(self) -> Instance:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
