"""An instance: one live copy of a world."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import apsw
import msgspec

from agentworlds.compile.arguments import read_arguments, read_filters
from agentworlds.compile.program import Program
from agentworlds.compile.schemas import MOST_ITEMS
from agentworlds.errors import Code, Fault, InstanceBusy, Refusal, Refused, nearest, place_of, short
from agentworlds.judge.changes import Change, make_change
from agentworlds.runtime.rules import check_rules
from agentworlds.runtime.step import Step
from agentworlds.runtime.store import Store, like
from agentworlds.runtime.template import Template
from agentworlds.spec.columns import Kind, ListOf, Record, Ref
from agentworlds.spec.rows import Row, switch
from agentworlds.spec.tools import Param, Tool

if TYPE_CHECKING:
    from agentworlds.runtime.pool import Pool

MOST_LETTERS = 16_000
"""Letters of text on one page of results; what does not fit is on the next."""
TURNS = itertools.count()
"""Numbers calls, so that a pool knows which instance has been idle longest."""
BUSY = "another caller is using this instance; give each caller its own, by fork()"


class Saved(msgspec.Struct, array_like=True, frozen=True):
    """A snapshot's content: the digest of the template it belongs to, time, counters and changed rows."""

    digest: str
    seconds: int
    next_ids: dict[int, int]
    rows: list[tuple[int, int, list[Any] | None]]


class Parked(NamedTuple):
    """What is kept of an instance that has given its connection back."""

    content: bytes
    role: str | None
    actor_key: tuple[type[Row], int] | None


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
        self._store = Store(template.connect(), self.program, template.next_ids) if store is None else store
        self._parked: Parked | None = None
        self._lock = threading.Lock()
        self.used = next(TURNS)
        self.closed = False

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
        if not self._lock.acquire(blocking=False):
            raise InstanceBusy(BUSY)
        self.used = next(TURNS)
        before = switch(None)
        try:
            if self.closed:
                raise Fault("this instance is closed")
            store = self.store
            switch(store)
            store.seconds += self.tick
            declared = self.tools.get(name) if isinstance(name, str) else None
            if declared is None:
                refusal = Refusal(
                    Code.UNKNOWN_TOOL, f"there is no tool {name!r:.80}{nearest(str(name)[:80], self.tools)}"
                )
                return Step(str(name), arguments, None, refusal, None, self.prose)
            try:
                data = self._write(declared, arguments) if declared.writes else self._read(declared, arguments)
            except Refused as refused:
                return Step(name, arguments, None, refused.refusal, declared, self.prose)
            except Fault:
                store.seconds -= self.tick
                raise
            return Step(name, arguments, data, None, declared, self.prose)
        finally:
            switch(before)
            self._lock.release()

    def _read(self, tool: Tool, arguments: dict[str, Any]) -> dict[str, Any]:
        store = self._store
        self._permit(tool)
        store.begin(writable=False)
        try:
            if tool.search is not None:
                return self._search(tool, arguments)
            values = read_arguments(tool, arguments, self.find)
            if tool.getter is not None:
                row = next(iter(values.values()))
                return self.shown(tool.getter, row.id)
            return self.result(tool.returns, tool.fn(**values))  # type: ignore[misc]
        except Refused:
            raise
        except apsw.InterruptError:
            raise too_much_work() from None
        except Exception as error:
            raise failure(tool, error, self.program.files) from error

    def _write(self, tool: Tool, arguments: dict[str, Any]) -> dict[str, Any]:
        store = self._store
        self._permit(tool)
        store.begin(writable=True)
        done = False
        try:
            values = read_arguments(tool, arguments, self.find)
            returned = tool.fn(**values)  # type: ignore[misc]
            if store.dirty:
                store.flush()
            store.writable = False
            if store.touched and self.program.rules_on:
                check_rules(store)
            data = self.result(tool.returns, returned)
            done = True
        except Refused:
            raise
        except apsw.InterruptError:
            raise too_much_work() from None
        except Exception as error:
            raise failure(tool, error, self.program.files) from error
        finally:
            if done:
                store.commit()
            else:
                store.rollback()
        return data

    def _permit(self, tool: Tool) -> None:
        role = self._store.role
        if role is not None and tool.roles and role not in tool.roles:
            allowed = " or ".join(tool.roles)
            raise Refused(Refusal(Code.FORBIDDEN, f"{tool.name} is for the {allowed}, and you act as the {role}"))

    def find(self, cls: type[Row], id: int, param: Param) -> Row:
        """The row that an argument names. Raises Refused when there is none, or it is somebody else's."""
        store = self._store
        row = store.lookup(cls, id)
        if row is None:
            table = cls.__table__
            search = f"search_{table.plural}"
            hint = f"{search} finds {table.plural.replace('_', ' ')}" if search in self.tools else None
            message = f"{param.name}: there is no {table.name.replace('_', ' ')} {id}"
            raise Refused(Refusal(Code.NOT_FOUND, message, hint, param.name))
        if store.actor_key is not None:
            owner = self.program.owner_paths[cls]
            if owner is not None and owner[1] is store.actor_key[0]:
                found = store.execute(self.program.owner_query(cls), (id,)).get
                if found != store.actor_key[1]:
                    message = f"{param.name}: {cls.__table__.name.replace('_', ' ')} {id} is not yours"
                    raise Refused(Refusal(Code.FORBIDDEN, message, field=param.name))
        return row

    def _search(self, tool: Tool, arguments: dict[str, Any]) -> dict[str, Any]:
        search = tool.search
        assert search is not None
        given = read_filters(tool, arguments, self.find)
        limit, offset = given.pop("limit", 20), given.pop("offset", 0)
        order = search.sort[given.pop("sort")] if "sort" in given else None
        values = [v if search.filters[k].operator != "contains" else like(v) for k, v in given.items()]
        actor = self._store.actor_key
        owner = self.program.owner_paths[search.cls] if actor is not None else None
        owned = actor is not None and owner is not None and owner[1] is actor[0]
        if owned:
            values.append(actor[1])  # type: ignore[index]
        sql = self.program.search(tool, search, tuple(given), order, owned)
        found = self._store.execute(sql, (*values, limit + 1, offset)).fetchall()
        more = len(found) > limit
        view = self.program.views[search.cls]
        results = [view.show(stored) for stored in (found[:limit] if more else found)]
        if view.long:
            fitting = how_many_fit(results)
            more = more or fitting < len(results)
            results = results[:fitting]
        return {"results": results, "more": more}

    # Results --------------------------------------------------------------------------------------------

    def shown(self, cls: type[Row], id: int) -> dict[str, Any]:
        """A row as agents see it."""
        view = self.program.views[cls]
        return view.show(self._store.execute(view.one, (id,)).fetchall()[0])

    def result(self, kind: Kind | None, value: Any) -> dict[str, Any]:
        """A returned value as a JSON object."""
        if kind is None:
            return {"done": True}
        if isinstance(kind, Ref):
            return self._row(kind.target, value)
        if isinstance(kind, ListOf):
            values = list(value)
            return {"results": self._plain(kind, values[:MOST_ITEMS]), "more": len(values) > MOST_ITEMS}
        if isinstance(kind, Record):
            return {name: self._plain(inner, getattr(value, name)) for name, inner in kind.fields}
        return {"value": self._plain(kind, value)}

    def _row(self, cls: type[Row], row: Row) -> dict[str, Any]:
        if row._stored is None:
            row._stored = self._store.fetch(row)
        return self.program.views[cls].show_row(row, self._store.lookup)

    def _plain(self, kind: Kind, value: Any) -> Any:
        if isinstance(kind, Ref):
            return self._row(kind.target, value)
        if isinstance(kind, ListOf):
            return [self._plain(kind.item, one) for one in value]
        if isinstance(kind, Record):
            return {name: self._plain(inner, getattr(value, name)) for name, inner in kind.fields}
        return kind.show(kind.dump(value))

    # State ----------------------------------------------------------------------------------------------

    def act_as(self, role: str | None, actor: tuple[type[Row], int] | None = None) -> None:
        """Set who acts from now on; not part of snapshots."""
        self.store.role, self.store.actor_key = role, actor

    def reset(self) -> None:
        """Back to the template's state and time."""
        with self._exclusive():
            self._reset()

    def _reset(self) -> None:
        self._store.execute("ROLLBACK")
        self._store.execute("BEGIN")
        self._store.rewind(self.template.next_ids)

    def changes(self) -> list[Change]:
        """Every row that differs from the template, by table and id."""
        tables = self.program.tables
        with self._exclusive():
            different = sorted(self._differences(), key=lambda one: one[:2])
        return [make_change(tables[index], id, before, after) for index, id, before, after in different]

    def _differences(self) -> list[tuple[int, int, Sequence[Any] | None, Sequence[Any] | None]]:
        store = self._store
        different: list[tuple[int, int, Sequence[Any] | None, Sequence[Any] | None]] = []
        for (index, id), before in store.first.items():
            found = store.execute(self.program.select_one[index], (id,)).fetchall()
            after = found[0] if found else None
            if before != after:
                different.append((index, id, before, after))
        return different

    def _state(self) -> Saved:
        store = self._store
        counters = {i: n for i, (n, t) in enumerate(zip(store.next_ids, self.template.next_ids, strict=True)) if n != t}
        rows = [(index, id, None if after is None else list(after)) for index, id, _, after in self._differences()]
        return Saved(self.template.digest[:16], store.seconds, counters, rows)

    def snapshot(self) -> bytes:
        """The state as bytes: what changed, the time and the counters."""
        with self._exclusive():
            return ENCODER.encode(self._state())

    def restore(self, snapshot: bytes) -> None:
        """Take the state of a snapshot of the same world and seed. Raises ValueError for another's."""
        try:
            saved = DECODER.decode(snapshot)
        except msgspec.DecodeError as error:
            raise ValueError(f"this is no snapshot: {error}") from None
        if saved.digest != self.template.digest[:16]:
            raise ValueError("this snapshot belongs to another world, seed or version")
        with self._exclusive():
            self._load_checked(saved)

    def _load_checked(self, saved: Saved) -> None:
        """Take a snapshot's state, or keep the one there is. Raises ValueError for what does not fit."""
        tables, first = self.program.tables, self.template.next_ids
        fits = saved.seconds >= 0 and all(0 <= i < len(first) and n >= first[i] for i, n in saved.next_ids.items())
        for index, id, values in saved.rows:
            fits = fits and 0 <= index < len(tables) and id >= 1
            fits = fits and (values is None or len(values) == len(tables[index].columns))
        if not fits:
            raise ValueError("this snapshot does not fit the world's tables; it was not made by snapshot()")
        before = self._state()
        try:
            self._load(saved)
            broken = self._store.execute("PRAGMA foreign_key_check").fetchall() if saved.rows else []
        except (apsw.Error, TypeError) as error:
            self._load(before)
            raise ValueError(f"this snapshot does not fit the world's tables: {error}") from None
        if broken:
            self._load(before)
            raise ValueError("this snapshot refers to rows that it does not have")

    def fork(self) -> Instance:
        """Another instance in the same state; the two share no writes."""
        with self._exclusive():
            saved = self._state()
        other = self._pool.acquire() if self._pool is not None else Instance(self.template)
        other._load(saved)
        other.act_as(self._store.role, self._store.actor_key)
        return other

    def _load(self, saved: Saved) -> None:
        """Bring an instance to a state: from the template's, remove every changed row and put each as it should be."""
        store, program = self._store, self.program
        self._reset()
        if saved.rows:
            store.execute("PRAGMA defer_foreign_keys = ON")
            for index, id, _ in saved.rows:
                found = store.execute(program.select_one[index], (id,)).fetchall()
                store.first[index, id] = found[0] if found else None
                if found:
                    store.execute(program.delete[index], (id,))
            for index, id, values in saved.rows:
                if values is not None:
                    store.execute(program.insert[index], (id, *values))
            store.execute("PRAGMA defer_foreign_keys = OFF")
        store.seconds = saved.seconds
        for index, number in saved.next_ids.items():
            store.next_ids[index] = number

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        if not self._lock.acquire(blocking=False):
            raise InstanceBusy(BUSY)
        try:
            if self.closed:
                raise Fault("this instance is closed")
            if self._parked is not None:
                self._unpark(self._parked)
            yield
        finally:
            self._lock.release()

    def park(self) -> bool:
        """Keep only a snapshot and give the connection back; the next call takes one again.

        Returns:
            Whether it is parked now; False when somebody is using it or it has no pool.
        """
        if self._pool is None or self.closed or not self._lock.acquire(blocking=False):
            return False
        try:
            if self._parked is None:
                store = self._store
                self._parked = Parked(ENCODER.encode(self._state()), store.role, store.actor_key)
                self._give_back()
            return True
        finally:
            self._lock.release()

    def _unpark(self, parked: Parked) -> None:
        assert self._pool is not None
        self._store = self._pool.take(self)
        self._parked = None
        self._load(DECODER.decode(parked.content))
        self._store.role, self._store.actor_key = parked.role, parked.actor_key

    def _give_back(self) -> None:
        self._reset()
        self._store.role = self._store.actor_key = None
        if self._pool is None or not self._pool.take_back(self._store):
            self._store.db.close()

    def close(self) -> None:
        """Give the database connection back to the pool, or free it. The instance is then of no use."""
        if self.closed:
            return
        if not self._lock.acquire(blocking=False):
            raise InstanceBusy(BUSY)
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


ENCODER = msgspec.msgpack.Encoder()
DECODER = msgspec.msgpack.Decoder(Saved)


def how_many_fit(results: list[dict[str, Any]]) -> int:
    """How many rows stay within the size of a page; at least one."""
    letters = 0
    for position, row in enumerate(results):
        letters += sum(len(value) for value in row.values() if isinstance(value, str))
        if letters > MOST_LETTERS and position:
            return position
    return len(results)


def failure(tool: Tool, error: Exception, files: Collection[str]) -> Fault:
    """The fault that a bug in a tool's body amounts to, whatever it raised, with the line of the script."""
    place = place_of(error, files)
    where = f"{short(place[0])}:{place[1]}: " if place else ""
    what = str(error) if isinstance(error, Fault) else f"{type(error).__name__}: {error}"
    return Fault(f"{where}{tool.name} failed: {what}")


def too_much_work() -> Refused:
    """The refusal of a call that runs too long, counted in steps and never in time."""
    return Refused(Refusal(Code.LIMIT, "this call takes too many steps", "narrow it with more filters"))
