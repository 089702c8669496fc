"""Rows over SQLite: the runtime's side of `spec.rows.Store`.

A store keeps an identity map for the duration of one call, writes changed columns in one UPDATE a row,
and remembers the first state of every row it changes, which is all that `changes`, snapshots and forks need.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import apsw

from agentworlds.compile.program import Program
from agentworlds.errors import Code, Fault, Refusal, Refused, nearest
from agentworlds.runtime.selecting import Selecting, view_of
from agentworlds.spec.columns import Ref
from agentworlds.spec.rows import SET_ID, SET_STORE, SET_STORED, Comparison, Row, make_ghost
from agentworlds.spec.selecting import TableView, Value
from agentworlds.spec.tables import Table

T = TypeVar("T")
Key = tuple[int, int]
"""A table's index and a row's id."""

NEW = object.__new__
MOST_ROWS = 20_000
MOST_WRITES = 2_000
STEPS = 1_000_000
MOST_TICKS = 8


class Effort:
    """Counts SQLite's steps within a call; apart from the store, so that a connection does not keep its store alive."""

    def __init__(self) -> None:
        self.ticks = -1

    def too_much(self) -> bool:
        """Called every million steps; below zero nothing is counted."""
        if self.ticks >= 0:
            self.ticks += 1
        return self.ticks > MOST_TICKS


class Store:
    """One instance's database as rows. `actor` and `role` are set by whoever owns the instance."""

    def __init__(
        self, db: apsw.Connection, program: Program, next_ids: Sequence[int], shared: dict[Any, Any] | None = None
    ) -> None:
        self.db = db
        self.execute = db.cursor().execute
        """On one cursor that is kept, since making one costs as much as a lookup: read the result to its end first."""
        self.program = program
        self.shared = shared
        self.start: datetime | None = program.world.now
        self.seconds = 0
        self.next_ids = list(next_ids)
        self.first: dict[Key, tuple[Any, ...] | None] = {}
        self.fresh: list[Key] = []
        self.touched: dict[Key, tuple[Any, ...] | None] = {}
        self.known: dict[Key, Row] = {}
        self.dirty: dict[Key, tuple[Row, list[int]]] = {}
        self.writable = False
        self.limited = True
        self.budget = MOST_ROWS
        self.writes = MOST_WRITES
        self.effort = Effort()
        self.role: str | None = None
        self.actor_key: tuple[type[Row], int] | None = None
        self.selecting: Selecting | None = None
        db.set_progress_handler(self.effort.too_much, STEPS)

    # One call -------------------------------------------------------------------------------------------

    def rewind(self, next_ids: Sequence[int]) -> None:
        """Back to the template's state, once the transaction was rolled back."""
        self.known.clear()
        self.dirty.clear()
        self.first.clear()
        self.next_ids = list(next_ids)
        self.seconds = 0

    def begin(self, *, writable: bool) -> None:
        """Start a call."""
        self.known.clear()
        self.writable = writable
        self.budget = MOST_ROWS
        self.writes = MOST_WRITES
        self.effort.ticks = -1 if not self.limited else 0
        if writable:
            self.fresh = []
            self.touched = {}
            self.ids_before = self.next_ids.copy()
            self.execute("SAVEPOINT call")

    def commit(self) -> None:
        """End a call that changed something."""
        self.execute("RELEASE call")
        self.writable = False

    def rollback(self) -> None:
        """End a call as though it had never been made."""
        self.dirty.clear()
        self.known.clear()
        self.execute("ROLLBACK TO call")
        self.execute("RELEASE call")
        for key in self.fresh:
            del self.first[key]
        self.next_ids = self.ids_before
        self.writable = False

    # spec.rows.Store ------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """The world's time."""
        if self.start is None:
            raise Fault("what is derived from tables may not depend on the time")
        return self.start + timedelta(seconds=self.seconds)

    @property
    def actor(self) -> Row | None:
        """The acting person's row."""
        return self.ghost(*self.actor_key) if self.actor_key else None

    def ghost(self, cls: type[Row], id: int) -> Row:
        """The row object for an id, not yet read."""
        key = (cls.__table__.index, id)
        row = self.known.get(key)
        if row is None:
            row = self.known[key] = make_ghost(cls, self, id)
        return row

    def fetch(self, row: Row) -> list[Any]:
        """The stored values of a row. Raises Fault when it does not exist."""
        table = type(row).__table__
        found = self.execute(self.program.select_one[table.index], (row._id,)).fetchall()
        if not found:
            raise Fault(f"{table.name} {row._id} does not exist (any more)")
        return list(found[0])

    def lookup(self, cls: type[Row], id: int) -> Row | None:
        """The row of an id, read; None when there is none."""
        index = cls.__table__.index
        row = self.known.get((index, id))
        if row is not None:
            return row if row._stored is not None or self.exists(row) else None
        for found in self.execute(self.program.select_one[index], (id,)):
            row = self.known[index, id] = NEW(cls)
            SET_STORE(row, self)
            SET_ID(row, id)
            SET_STORED(row, list(found))
        return row

    def exists(self, row: Row) -> bool:
        """Read a row if it is there."""
        if row._stored is None:
            found = self.execute(self.program.select_one[type(row).__table__.index], (row._id,)).fetchall()
            if not found:
                return False
            row._stored = list(found[0])
        return True

    def insert(self, row: Row) -> int:
        """Store a new row."""
        self._may_write()
        if self.dirty:
            self.flush()
        index = type(row).__table__.index
        id = self.next_ids[index]
        self.next_ids[index] = id + 1
        try:
            self.execute(self.program.insert[index], (id, *row._stored))  # type: ignore[misc]
        except apsw.ConstraintError as error:
            raise uncovered(error) from error
        key = (index, id)
        self.touched[key] = self.first[key] = None  # no id is given twice
        self.fresh.append(key)
        SET_ID(row, id)
        SET_STORE(row, self)
        self.known[key] = row
        return id

    def update(self, row: Row, index: int, stored: Any) -> None:
        """Change one column of a row; written at the latest before the next read."""
        self._may_write()
        values = row._stored
        if values is None:
            values = row._stored = self.fetch(row)
        if values[index] == stored:
            return
        key = (type(row).__table__.index, row._id)
        if key not in self.touched:
            self._touch(key, tuple(values))
        values[index] = stored
        pending = self.dirty.get(key)
        if pending is None:
            self.dirty[key] = (row, [index])
        elif index not in pending[1]:
            pending[1].append(index)

    def _touch(self, key: Key, before: tuple[Any, ...] | None) -> None:
        """Remember what a row was before this call, and before the first one that changed it."""
        self.touched[key] = before
        if key not in self.first:
            self.first[key] = before
            self.fresh.append(key)

    def flush(self) -> None:
        """Write the pending changes of rows."""
        for (table, id), (row, columns) in self.dirty.items():
            columns.sort()
            values = row._stored
            assert values is not None
            sql = self.program.update(table, tuple(columns))
            self._execute(sql, (*[values[column] for column in columns], id))
        self.dirty.clear()

    def delete(self, row: Row) -> None:
        """Remove a row."""
        self._may_write()
        if self.dirty:
            self.flush()
        table = type(row).__table__
        key = (table.index, row._id)
        if key not in self.touched:
            self._touch(key, tuple(row._stored if row._stored is not None else self.fetch(row)))
        for link in table.links.values():
            for other in self.select(link, {table.name: row}, None, None):
                self.delete(other)
        self._execute(self.program.delete[table.index], (row._id,))
        row._stored = None
        self.known.pop(key, None)

    def select(self, cls: type[Row], filters: dict[str, Any], order: str | None, limit: int | None) -> list[Any]:
        """Rows that pass all filters."""
        if self.dirty:
            self.flush()
        table = cls.__table__
        sql, values = self._query(table, "rows", filters, order, limit)
        known, index, result = self.known, table.index, []
        for id, *stored in self.execute(sql, values):
            row = known.get((index, id))
            if row is None:
                row = known[index, id] = NEW(cls)
                SET_STORE(row, self)
                SET_ID(row, id)
                SET_STORED(row, stored)
            elif row._stored is None:
                row._stored = stored
            result.append(row)
        self.budget -= len(result)
        if self.limited and self.budget < 0:
            raise Refused(Refusal(Code.LIMIT, f"this needs more than {MOST_ROWS} rows", "narrow the filters"))
        return result

    def last_id(self, cls: type[Row]) -> int:
        """The highest id that a table ever gave."""
        return self.next_ids[cls.__table__.index] - 1

    def derived(self, build: Callable[[], T], tables: tuple[type[Row], ...]) -> T:
        """What `build` makes of these tables, kept as long as they are as the template made them."""
        if self.dirty:
            self.flush()
        if "<" in build.__qualname__:
            raise Fault(
                "derived keeps what a function of the script makes; give it one by name, not one made on the spot"
            )
        linked = [link for cls in tables for link in cls.__table__.links.values()]
        indices = {cls.__table__.index for cls in (*tables, *linked)}
        shared = None if any(index in indices for index, _ in self.first) else self.shared
        if shared is not None and build in shared:
            return shared[build]  # type: ignore[no-any-return]
        before = self.budget, self.limited, self.effort.ticks, self.role, self.actor_key, self.start
        self.limited, self.effort.ticks = False, -1  # whether it was made before must not show in a call's limits
        self.role = self.actor_key = None  # nor who acted then
        self.start = None  # nor when
        try:
            made = build()
        finally:
            self.budget, self.limited, self.effort.ticks, self.role, self.actor_key, self.start = before
        if shared is not None:
            shared[build] = made
        return made

    def view_of(self, cls: type[Row]) -> TableView:
        """A table as `select_sql` sees it."""
        return view_of(self.program, cls)

    def select_sql(self, sql: str, tables: tuple[type[Row], ...], limit: int, offset: int) -> list[tuple[Value, ...]]:
        """The rows that an SQL SELECT gives over the views of some tables."""
        if self.dirty:
            self.flush()
        if self.selecting is None:
            self.selecting = Selecting(self.db, self.program)
        found = self.selecting.rows(sql, tables, limit, offset, self.actor_key)
        self.budget -= len(found)
        return found

    def count(self, cls: type[Row], filters: dict[str, Any]) -> int:
        """How many rows pass."""
        if self.dirty:
            self.flush()
        return int(self.execute(*self._query(cls.__table__, "count(*)", filters, None, None)).get)

    def total(self, cls: type[Row], column: str, filters: dict[str, Any]) -> int:
        """The sum of stored values over the rows that pass."""
        if self.dirty:
            self.flush()
        table = cls.__table__
        if column not in table.by_name:
            raise Fault(f"{table.name} has no column {column!r}{nearest(column, table.by_name)}")
        summed = f'coalesce(sum(t."{table.by_name[column].stored_name}"), 0)'
        return int(self.execute(*self._query(table, summed, filters, None, None)).get)

    # SQL ------------------------------------------------------------------------------------------------

    def _query(
        self, table: Table, what: str, filters: dict[str, Any], order: str | None, limit: int | None
    ) -> tuple[str, list[Any]]:
        values: list[Any] = []
        shape: list[tuple[str, str, int]] = []
        for path, value in filters.items():
            operator, operand = (value.operator, value.value) if isinstance(value, Comparison) else ("=", value)
            column = self.program.column(table, path)
            if operand is None:
                shape.append((path, "is" if operator == "=" else "is not", 0))
            elif operator == "in":
                shape.append((path, "in", len(operand)))
                values += [_stored(column.kind, one) for one in operand]
            elif operator == "contains":
                shape.append((path, operator, 1))
                values.append(like(operand))
            else:
                shape.append((path, operator, 1))
                values.append(_stored(column.kind, operand))
        if limit is not None:
            values.append(limit)
        return self.program.query(table, what, tuple(shape), order, limit is not None), values

    def _execute(self, sql: str, values: Sequence[Any]) -> None:
        try:
            self.execute(sql, values)
        except apsw.ConstraintError as error:
            raise uncovered(error) from error

    def _may_write(self) -> None:
        if not self.writable:
            raise Fault("a read tool, a rule or a task's drawing may change nothing")
        self.writes -= 1
        if self.limited and self.writes < 0:
            raise Refused(Refusal(Code.LIMIT, f"this needs more than {MOST_WRITES} changes", "do it in parts"))


def uncovered(error: apsw.ConstraintError) -> Fault:
    """The fault of a script that lets a call break a constraint."""
    return Fault(f"a constraint fails that no rule or refusal of the script covers: {error}")


def _stored(kind: Any, value: Any) -> Any:
    if isinstance(value, Row):
        return value.id
    return value if isinstance(kind, Ref) else kind.dump(value)


def like(text: str) -> str:
    """The LIKE pattern of a text that may occur anywhere."""
    return "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
