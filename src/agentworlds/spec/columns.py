"""What an annotation in a world script means: columns, references, lists, parameters and results."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from agentworlds.types import (
    Boolean,
    Choice,
    Clock,
    Date,
    Fixed,
    Integer,
    Minutes,
    Mismatch,
    Moment,
    Places,
    Range,
    TextType,
    ValueType,
)

if TYPE_CHECKING:
    from agentworlds.spec.rows import Row


class Unreadable(Exception):
    """An annotation or declaration that the language does not know; the message says what it knows."""


@dataclass(frozen=True)
class Ref:
    """A reference to a row of `target`."""

    target: type[Row]


@dataclass(frozen=True)
class ListOf:
    """Several values of one kind: parameters and results, and columns kept in a link table; records in results only."""

    item: ValueType | Ref | Record


@dataclass(frozen=True)
class Record:
    """A plain dataclass that a tool returns: named values that are no table's row."""

    cls: type
    fields: tuple[tuple[str, Kind], ...]


Kind = ValueType | Ref | ListOf | Record

PLAIN: dict[type, ValueType] = {
    str: TextType("sentence", 300),
    int: Integer(),
    bool: Boolean(),
    Decimal: Fixed(),
    date: Date(),
    datetime: Moment(),
    time: Clock(),
    timedelta: Minutes(),
}
KNOWN = (
    "text (PersonName, Email, Text …), int, Decimal, Money, bool, date, datetime, time, Duration, "
    "Literal[...], a table, or list[...] of one of these"
)


def read_annotation(annotation: Any) -> tuple[Kind, bool]:
    """The kind that an annotation names, and whether None is allowed. Raises Unreadable."""
    if get_origin(annotation) in (types.UnionType, Union):
        inner = [arg for arg in get_args(annotation) if arg is not type(None)]
        if len(inner) != 1 or len(get_args(annotation)) != 2:
            raise Unreadable(f"a union may only be with None; expected {KNOWN}")
        return read_annotation(inner[0])[0], True
    return _read_kind(annotation), False


def _read_kind(annotation: Any) -> Kind:
    from agentworlds.spec.rows import Row  # a cycle in words only: a reference names a row class

    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return _choice(args)
    if origin is Annotated:
        return _annotated(args[0], args[1:])
    if origin is list:
        item = _read_kind(args[0])
        if isinstance(item, ListOf):
            raise Unreadable("a list holds plain values, rows or records, not lists")
        return ListOf(item)
    if isinstance(annotation, type):
        if annotation in PLAIN:
            return PLAIN[annotation]
        if issubclass(annotation, Row):
            return Ref(annotation)
        if dataclasses.is_dataclass(annotation):
            return _record(annotation)
        if annotation is float:
            raise Unreadable("floats are not exact; use Decimal with Annotated[Decimal, Places(2)], or Money")
    raise Unreadable(f"{getattr(annotation, '__name__', annotation)!r} is not a type of the language; expected {KNOWN}")


def _choice(options: tuple[Any, ...]) -> Choice:
    if not options or len({type(option) for option in options}) != 1 or type(options[0]) not in (str, int):
        raise Unreadable("Literal needs words only or whole numbers only")
    return Choice(options)


def _annotated(base: Any, extras: tuple[Any, ...]) -> Kind:
    kind = next((extra for extra in extras if isinstance(extra, ValueType)), None) or _read_kind(base)
    for extra in extras:
        if isinstance(extra, Range):
            kind = _bounded(kind, extra)
        elif isinstance(extra, Places):
            if not isinstance(kind, Fixed):
                raise Unreadable("Places belongs to a Decimal")
            kind = dataclasses.replace(kind, places=extra.count)
        elif not isinstance(extra, ValueType):
            raise Unreadable(f"{extra!r} is not known in Annotated; expected Range(low, high) or Places(count)")
    return kind


def _bounded(kind: Kind, bounds: Range) -> Kind:
    if bounds.low > bounds.high:
        raise Unreadable(f"Range({bounds.low}, {bounds.high}) is empty")
    if isinstance(kind, Fixed):
        return dataclasses.replace(kind, low=Decimal(str(bounds.low)), high=Decimal(str(bounds.high)))
    if isinstance(kind, Integer | Minutes):
        return dataclasses.replace(kind, low=int(bounds.low), high=int(bounds.high))
    raise Unreadable("Range belongs to int, Decimal, Money or Duration")


def _record(cls: type) -> Record:
    import typing

    hints = typing.get_type_hints(cls, include_extras=True)
    return Record(cls, tuple((name, _read_kind(hint)) for name, hint in hints.items()))


MISSING: Any = object()


@dataclass(frozen=True)
class Field:
    """What ``field(...)`` of a script says about a column."""

    default: Any = MISSING
    unique: bool = False
    hidden: bool = False
    free: bool = False
    wording: bool = False
    clock: bool = False


def field(
    *,
    default: Any = MISSING,
    unique: bool = False,
    hidden: bool = False,
    free: bool = False,
    wording: bool = False,
    clock: bool = False,
) -> Any:
    """Say more about a column than its type does.

    Args:
        default: The value of a new row that gives none; `now` or `today` for the world's clock.
        unique: No two rows share a value.
        hidden: Never shown to agents (a PIN, an internal mark).
        free: Does not count when a goal is compared with what was done.
        wording: Free text whose facts count and whose words do not (a message's body).
        clock: Derived from the world's clock, so it does not count; implied by ``default=now``.
    """
    return Field(default, unique, hidden, free, wording, clock)


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    name: str
    kind: ValueType | Ref
    optional: bool
    field: Field
    line: int
    index: int
    alias: str | None = None
    """The name that the world including a module gave it."""

    @property
    def shown(self) -> str:
        """The column's name to agents."""
        return self.alias or self.name

    @property
    def stored_name(self) -> str:
        """The column's name in the database and in JSON: a reference ends in ``_id``."""
        return f"{self.shown}_id" if isinstance(self.kind, Ref) else self.shown

    @property
    def counted(self) -> bool:
        """Whether a goal compares this column exactly."""
        return not (self.field.free or self.field.clock or self.field.wording)

    def default(self) -> Any:
        """The value for a new row that gives none, or MISSING."""
        if self.field.default is MISSING:
            return None if self.optional else MISSING
        value = self.field.default
        return value() if isinstance(value, Callable) else value  # type: ignore[arg-type]

    @cached_property
    def quick_dump(self) -> Callable[[Any], Any]:
        """`dump` for the usual case: rows are made in every write. Its Mismatch does not name the column."""
        if isinstance(self.kind, Ref):
            target = self.kind.target
            return lambda value: value._id if type(value) is target else self.dump(value)
        if isinstance(self.kind, TextType | Choice | Boolean | Integer) and not self.optional:
            return self.kind.parse
        if isinstance(self.kind, Fixed) and not self.optional:
            parse = self.kind.parse
            return lambda value: self.dump(value) if type(value) is float else parse(value)
        return self.dump

    def dump(self, value: Any) -> Any:
        """The stored form of a tool body's value. Raises Mismatch."""
        if value is None:
            if self.optional:
                return None
            raise Mismatch(f"{self.name} may not be empty")
        if isinstance(self.kind, Ref):
            if not isinstance(value, self.kind.target):
                raise Mismatch(f"{self.name}: expected a {self.kind.target.__name__}, got {value!r}")
            return value.id
        if isinstance(self.kind, Fixed) and type(value) is float:
            raise Mismatch(f"{self.name}: expected a Decimal, got the float {value!r}")
        try:
            return self.kind.dump(value)
        except Mismatch as problem:
            raise Mismatch(f"{self.name}: {problem}") from None

    def load(self, stored: Any) -> Any:
        """The tool body's value for a stored one that is no reference."""
        return None if stored is None else self.kind.load(stored)  # type: ignore[union-attr]
