"""Row objects and the verbs of a tool's body: insert, delete, rows, refuse, now and so on.

Rows are thin: a class of the script, an id, and the stored values, read and written through whichever
store is current on this thread. Nothing here knows SQL; the runtime implements `Store`.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NoReturn, Protocol, TypeVar, dataclass_transform

from agentworlds.errors import Code, Fault, Refusal, Refused, nearest
from agentworlds.spec.columns import MISSING, Column, Ref, field
from agentworlds.spec.tables import Table
from agentworlds.straight import write_out
from agentworlds.types import Mismatch

if TYPE_CHECKING:
    from agentworlds.spec.selecting import TableView

R = TypeVar("R", bound="Row")
T = TypeVar("T")
RefusalCode = Literal["not_found", "invalid", "forbidden", "conflict", "insufficient", "unavailable", "limit"]


class Store(Protocol):
    """What rows need of a database. One call of a tool sees one store."""

    @property
    def now(self) -> datetime:
        """The world's time."""

    @property
    def actor(self) -> Row | None:
        """The row of the person who acts, where the acting role is bound to a table."""

    @property
    def role(self) -> str | None:
        """The acting role; None acts as the operator, who may do everything."""

    def insert(self, row: Row) -> int:
        """Store a new row and return its id."""

    def update(self, row: Row, index: int, stored: Any) -> None:
        """Change one column of a row."""

    def delete(self, row: Row) -> None:
        """Remove a row."""

    def fetch(self, row: Row) -> list[Any]:
        """The stored values of a row that has only its id. Raises Fault when there is none."""

    def ghost(self, cls: type[Row], id: int) -> Row:
        """The row object for an id, not yet read."""

    def select(self, cls: type[Row], filters: dict[str, Any], order: str | None, limit: int | None) -> list[Any]:
        """Rows that pass all filters, in order, ties by id."""

    def last_id(self, cls: type[Row]) -> int:
        """The highest id that a table ever gave; 0 for none."""

    def derived(self, build: Callable[[], T], tables: tuple[type[Row], ...]) -> T:
        """What `build` makes of these tables' rows."""

    def view_of(self, cls: type[Row]) -> TableView:
        """A table as `select_sql` sees it."""

    def select_sql(
        self, sql: str, tables: tuple[type[Row], ...], limit: int, offset: int
    ) -> list[tuple[str | int | float | None, ...]]:
        """The rows that an SQL SELECT gives over the views of some tables."""

    def count(self, cls: type[Row], filters: dict[str, Any]) -> int:
        """How many rows pass all filters."""

    def total(self, cls: type[Row], column: str, filters: dict[str, Any]) -> int:
        """The sum of a column's stored values over the rows that pass."""


class _Current(threading.local):
    store: Store | None = None


_current = _Current()


@contextmanager
def using(store: Store) -> Iterator[None]:
    """Make `store` the current one on this thread."""
    before, _current.store = _current.store, store
    try:
        yield
    finally:
        _current.store = before


def switch(store: Store | None) -> Store | None:
    """Make `store` current and return the one before: `using` without the cost of a context manager."""
    before, _current.store = _current.store, store
    return before


def current() -> Store:
    """The store of the tool call, rule, data function or intent that is running."""
    store = _current.store
    if store is None:
        raise RuntimeError("rows can only be used inside a tool, a rule, a data function or an intent")
    return store


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
class Row:
    """Base class of every table: ``class Pet(Row)``. Calling it makes a new row for `insert`."""

    __slots__ = ("_id", "_store", "_stored")
    __table__: ClassVar[Table]
    if TYPE_CHECKING:
        _id: int
        _store: Store | None
        _stored: list[Any] | None

    def __init__(self, **values: Any) -> None:
        raise TypeError(f"{type(self).__name__} is no table; is @world.table missing?")

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in Row.__slots__ and not hasattr(type(self), name):
            table = type(self).__table__
            known = [*table.column_names, *table.links]
            raise AttributeError(f"{table.cls.__name__} has no column {name!r}{nearest(name, known)}")
        object.__setattr__(self, name, value)

    @property
    def id(self) -> int:
        """The row's number, from 1, never used again within an episode."""
        return self._id

    def __eq__(self, other: object) -> bool:
        return self is other or (type(self) is type(other) and self._id == other._id and self._id != 0)

    def __hash__(self) -> int:
        return hash((type(self).__table__.index, self._id))  # of numbers alone: the same in every process

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._id}>"


def make_ghost(cls: type[R], store: Store, id: int, stored: list[Any] | None = None) -> R:
    """A row object without running the constructor, for stores."""
    row = cls.__new__(cls)
    SET_STORE(row, store)
    SET_ID(row, id)
    SET_STORED(row, stored)
    return row


SET_STORE, SET_ID, SET_STORED = (vars(Row)[name].__set__ for name in ("_store", "_id", "_stored"))
"""The slots' own setters: stores make many rows, and know what they set."""


def make_constructor(table: Table) -> Callable[..., None]:
    """``__init__`` of a table's class: the stored form of every column, defaults where none is given."""
    names: dict[str, Any] = {
        "_MISSING": MISSING, "_Mismatch": Mismatch, "_table": table, "_carefully": _stored_values,
        "_type": type, "_set_store": SET_STORE, "_set_id": SET_ID, "_set_stored": SET_STORED,
    }  # fmt: skip
    each = []
    for column in table.columns:  # no column's name begins with an underscore
        name, dump = column.name, f"_dump{column.index}"
        names[dump] = column.quick_dump
        if isinstance(column.kind, Ref):
            names[f"_target{column.index}"] = column.kind.target
            each.append(f"{name}._id if _type({name}) is _target{column.index} else {dump}({name})")
        else:
            each.append(f"{dump}({name})")
    defaults = ", ".join(f"{column.name}=_MISSING" for column in table.columns)
    incomplete = " or ".join(f"{column.name} is _MISSING" for column in table.columns)
    pairs = ", ".join(f"{column.name!r}: {column.name}" for column in table.columns)
    return write_out(
        f"constructor(_self, /, *, {defaults}, **_unknown)",
        [
            f"if _unknown or {incomplete}:",
            f"    _stored = _carefully(_table, {{{pairs}, **_unknown}})",
            "else:",
            "    try:",
            f"        _stored = [{', '.join(each)}]",
            "    except _Mismatch:",
            f"        _stored = _carefully(_table, {{{pairs}}})",
            "_set_store(_self, None)",
            "_set_id(_self, 0)",
            "_set_stored(_self, _stored)",
        ],
        names,
    )


def _stored_values(table: Table, values: dict[str, Any]) -> list[Any]:
    """The stored form of a new row's values. Raises TypeError for names, Mismatch for values."""
    for name in values:
        if name not in table.by_name:
            raise TypeError(f"{table.name} has no column {name!r}{nearest(name, table.column_names)}")
    stored = []
    for column in table.columns:
        value = values[column.name]
        if value is MISSING:
            value = column.default()
            if value is MISSING:
                raise TypeError(f"a new {table.name} needs {column.name}")
        stored.append(column.dump(value))
    return stored


class Attribute:
    """A column as an attribute of its row class."""

    def __init__(self, column: Column) -> None:
        self.column = column
        self.index = column.index
        plain = isinstance(column.kind, Ref) or column.kind.plain
        self.load: Callable[[Any], Any] | None = None if plain else column.kind.loader  # type: ignore[union-attr]
        self.dump = column.quick_dump

    def __get__(self, row: Row | None, owner: type[Row]) -> Any:
        if row is None:
            return self
        stored = row._stored
        if stored is None:
            stored = row._stored = row._store.fetch(row)  # type: ignore[union-attr]
        value = stored[self.index]
        return value if self.load is None or value is None else self.load(value)

    def __set__(self, row: Row, value: Any) -> None:
        try:
            stored = self.dump(value)
        except Mismatch:
            stored = self.column.dump(value)  # raises with the column's name
        if row._store is None:
            row._stored[self.index] = stored  # type: ignore[index]
        else:
            row._store.update(row, self.index, stored)


class ReferenceAttribute(Attribute):
    """A reference column: reading it gives the other row, not yet fetched."""

    def __get__(self, row: Row | None, owner: type[Row]) -> Any:
        if row is None:
            return self
        stored = row._stored
        if stored is None:
            stored = row._stored = row._store.fetch(row)  # type: ignore[union-attr]
        value = stored[self.index]
        if value is None:
            return None
        store = row._store or current()
        return store.ghost(self.column.kind.target, value)  # type: ignore[union-attr]


class ListAttribute:
    """A list column, kept as rows of its link table."""

    def __init__(self, link: type[Row], near: str, far: str) -> None:
        self.link, self.near, self.far = link, near, far

    def __get__(self, row: Row | None, owner: type[Row]) -> Any:
        if row is None:
            return self
        store = row._store or current()
        return [getattr(link, self.far) for link in store.select(self.link, {self.near: row}, None, None)]

    def __set__(self, row: Row, value: Iterable[Row]) -> None:
        store = current()
        wanted = list(dict.fromkeys(value))
        for link in store.select(self.link, {self.near: row}, None, None):
            if getattr(link, self.far) in wanted:
                wanted.remove(getattr(link, self.far))
            else:
                store.delete(link)
        for other in wanted:
            store.insert(self.link(**{self.near: row, self.far: other}))


# The verbs -----------------------------------------------------------------------------------------------


def insert(row: R) -> R:
    """Store a new row and return it, now with its id."""
    store = current()
    if row._store is not None:
        raise Fault(f"{row!r} is already stored")
    store.insert(row)
    return row


def delete(row: Row) -> None:
    """Remove a row. Other rows must not refer to it any more."""
    current().delete(row)


def rows(cls: type[R], /, order: str | Row | None = None, limit: int | None = None, **filters: Any) -> list[R]:
    """Rows of a table that pass every filter.

    Args:
        cls: The table.
        order: A column, or several with commas; ``-`` before one for descending. Ties are broken by id.
            A row here filters by a column that is called ``order``.
        limit: At most so many.
        **filters: A column and the value it must equal, or `at_least(x)`, `containing(text)` …;
            two underscores follow a reference: ``pet__owner=owner``.
    """
    if isinstance(order, Row):
        filters, order = {**filters, "order": order}, None
    return current().select(cls, filters, order, limit)


def first(cls: type[R], /, order: str | Row | None = None, **filters: Any) -> R | None:
    """The first row that `rows` would give, or None."""
    found = rows(cls, order=order, limit=1, **filters)
    return found[0] if found else None


def count(cls: type[Row], /, **filters: Any) -> int:
    """How many rows pass every filter."""
    return current().count(cls, filters)


def total(cls: type[Row], column: str, /, **filters: Any) -> Decimal:
    """The sum of a number column over the rows that pass every filter."""
    stored = current().total(cls, column, filters)
    table = cls.__table__
    if column not in table.by_name:
        raise Fault(f"{table.name} has no column {column!r}{nearest(column, table.column_names)}")
    return Decimal(table.by_name[column].load(stored) if stored else 0)


def derived(build: Callable[[], T], /, *tables: type[Row]) -> T:
    """What a function makes of whole tables: a search index, a road graph.

    It is made once for a world's data and shared by all episodes, and made anew in an episode that changed a row of
    these tables. So it must hold plain values rather than rows, and nobody may change it; and it is made as the
    operator would, whoever acts, and without asking for the time.

    Args:
        build: A function of the script, by name, without arguments, which reads the tables with `rows`.
        *tables: Every table that it reads; the list columns of a table belong to it.
    """
    return current().derived(build, tables)


def now() -> datetime:
    """The world's time."""
    return current().now


def today() -> date:
    """The world's day."""
    return current().now.date()


def actor(cls: type[R]) -> R | None:
    """The acting person's row, where the acting role is bound to that table; else None."""
    row = current().actor
    return row if isinstance(row, cls) else None


def role() -> str | None:
    """The name of the acting role."""
    return current().role


def refuse(code: RefusalCode, message: str, hint: str | None = None, field: str | None = None) -> NoReturn:
    """End the call with a typed "no"; nothing that the call did remains."""
    frame = sys._getframe(1)
    site = f"{frame.f_code.co_filename}:{frame.f_lineno}"
    raise Refused(Refusal(Code(code), message, hint, field, site))


# Comparisons for filters ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Comparison:
    """A filter other than equality."""

    operator: Literal[">=", "<=", ">", "<", "!=", "in", "contains"]
    value: Any


def at_least(value: Any) -> Comparison:
    """Equal or more, or at that time or later."""
    return Comparison(">=", value)


def at_most(value: Any) -> Comparison:
    """Equal or less, or at that time or earlier."""
    return Comparison("<=", value)


def above(value: Any) -> Comparison:
    """More, or later."""
    return Comparison(">", value)


def below(value: Any) -> Comparison:
    """Less, or earlier."""
    return Comparison("<", value)


def other_than(value: Any) -> Comparison:
    """Not equal; None means that there is a value."""
    return Comparison("!=", value)


def one_of(values: Iterable[Any]) -> Comparison:
    """Equal to one of several."""
    return Comparison("in", tuple(values))


def containing(text: str) -> Comparison:
    """Contains the text, letters of either case."""
    return Comparison("contains", text)
