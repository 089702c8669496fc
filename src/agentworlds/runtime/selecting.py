"""SQL that an agent wrote, carried out over views of tables and kept from everything else.

Each table becomes a common table expression that holds its rows as other tools show them. The expression reads the
stored table under a name that no statement may contain; SQLite's authorizer, which is told through which name a column
is read, lets stored tables be read in that way only. It also refuses any function that is not on a list, and recursion.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import partial
from threading import Lock
from time import monotonic
from typing import Any

import apsw

from agentworlds.compile.program import Program
from agentworlds.compile.views import Joins
from agentworlds.engines import EngineError
from agentworlds.errors import Fault
from agentworlds.spec.columns import Column, Ref
from agentworlds.spec.rows import Row
from agentworlds.spec.selecting import TableView, Value, ViewColumn
from agentworlds.spec.tables import a_noun
from agentworlds.types import Boolean, Cash, Choice, Clock, Date, Fixed, Integer, Minutes, Moment, TextType

MARK = "⟦"
"""Begins the names under which stored tables are read."""
LONGEST = 30_000
"""Bytes of the longest text or row that SQLite will make or read while it selects, and more for texts that are cut."""
CUT = 300
"""Letters of a text that a view shows; whole documents are read by other tools."""
STEPS, MOST_TICKS = 10_000, 50
"""How often SQLite's steps are counted, and how often at most: a few hundred thousand serve any report."""
MOST_SECONDS = 5.0
"""After which a selection is a fault: steps bound the work long before, unless each is very slow."""
FUNCTIONS = frozenset({
    "abs", "avg", "ceil", "ceiling", "coalesce", "concat", "concat_ws", "count", "cume_dist", "date", "datetime",
    "dense_rank", "first_value", "floor", "glob", "group_concat", "ifnull", "iif", "instr",
    "julianday", "lag", "last_value", "lead", "length", "like", "lower", "ltrim", "max", "min", "mod", "nth_value",
    "ntile", "nullif", "percent_rank", "power", "rank", "replace", "round", "row_number",
    "rtrim", "sign", "sqrt", "strftime", "string_agg", "substr", "substring", "sum", "time", "total", "trim",
    "trunc", "typeof", "unicode", "upper",
})  # fmt: skip
"""Functions whose result depends on their arguments alone and cannot grow at will; dates and times as below."""
DATES = ("date", "time", "datetime", "julianday", "strftime")
MODIFIER = re.compile(r"[+-]?\d.*|start of (month|year|day)|weekday \d", re.IGNORECASE)
KINDS = ((Boolean, "1 or 0"), (Cash, "amount"), (Fixed, "number"), (Integer, "whole number"), (Minutes, "minutes"),
         (Date, "date"), (Moment, "date and time"), (Clock, "time"))  # fmt: skip


def view_of(program: Program, cls: type[Row]) -> TableView:
    """See `spec.selecting.view_of`."""
    table = cls.__table__
    about = " ".join((cls.__doc__ or "").split()) or f"A row is {a_noun(table.name.replace('_', ' '))}."
    columns = [_column(field.key, field.column) for field in program.views[cls].fields]
    return TableView(table.plural, about, tuple(columns))


def _column(key: str, column: Column | None) -> ViewColumn:
    if column is None:
        return ViewColumn(key, "whole number")
    if isinstance(column.kind, Ref):
        return ViewColumn(key, f"id in {column.kind.target.__table__.plural}")
    if isinstance(column.kind, Choice):
        kind = "text" if column.kind.affinity == "TEXT" else "whole number"
        return ViewColumn(key, kind, tuple(map(str, column.kind.options)))
    return ViewColumn(key, next((word for of, word in KINDS if isinstance(column.kind, of)), "text"))


class Selecting:
    """Selects on one connection."""

    def __init__(self, db: apsw.Connection, program: Program) -> None:
        self.db, self.program = db, program
        self._stored = frozenset(table.name for table in program.tables)
        for name in DATES:
            db.create_scalar_function(name, _pure(name), deterministic=True)

    def rows(
        self, sql: str, tables: Sequence[type[Row]], limit: int, offset: int, owner: tuple[type[Row], int] | None
    ) -> list[tuple[Value, ...]]:
        """The rows that a statement gives. Raises EngineError; InterruptError where it takes too many steps."""
        if MARK in sql:
            raise EngineError(f"{MARK} may not be part of a statement")
        found = re.match(r"\s*(with|select)\b", sql, re.IGNORECASE)
        if found is None:
            raise EngineError("a statement starts with SELECT or WITH")
        views = ", ".join(self._definition(cls, owner) for cls in tables)
        if views:
            sql = f"WITH {views}, {sql[found.end() :]}" if found[1].lower() == "with" else f"WITH {views} {sql}"
        before = self.db.limit(apsw.SQLITE_LIMIT_LENGTH, LONGEST + max(map(_letters_cut, tables), default=0) * 4)
        self.db.authorizer = partial(_authorize, self._stored, frozenset(cls.__table__.plural for cls in tables))
        work = _Work()
        self.db.set_progress_handler(work.too_much, STEPS, id=work)
        try:
            cursor = self.db.cursor()
            result: list[tuple[Value, ...]] = []
            for number, row in enumerate(cursor.execute(sql, can_cache=False)):
                if number >= offset + limit:
                    break
                if number >= offset:
                    result.append(tuple(map(_value, row)))
            cursor.close(True)
            return result
        except apsw.AuthError:
            raise EngineError("only the views may be read, and only pure functions used") from None
        except apsw.InterruptError:
            if work.slow:
                raise Fault(f"a selection took longer than {MOST_SECONDS:g} seconds") from None
            raise
        except UnicodeDecodeError:
            raise EngineError("a value that the statement makes is no text") from None
        except apsw.NoMemError:
            raise EngineError("that needs too much memory") from None
        except (apsw.SQLError, apsw.TooBigError, apsw.BindingsError, apsw.RangeError, apsw.MismatchError) as error:
            raise EngineError(str(error)) from None
        finally:
            self.db.set_progress_handler(None, id=work)
            self.db.authorizer = None
            self.db.limit(apsw.SQLITE_LIMIT_LENGTH, before)

    def _definition(self, cls: type[Row], owner: tuple[type[Row], int] | None) -> str:
        """A table's view as a common table expression, materialised, so that nobody reads past it."""
        table, view = cls.__table__, self.program.views[cls]
        joins = Joins(table)
        joins.aliases, joins.sql = dict(view.joins.aliases), list(view.joins.sql)
        whose = self.program.owner_paths[cls] if owner is not None else None
        where = ""
        if owner is not None and whose is not None and whose[1] is owner[0]:
            where = f" WHERE {joins.column(whose[0]) if whose[0] else 't.id'} = {int(owner[1])}"
        stored = " ".join(part.replace('"', 'main."', 1) for part in joins.sql)
        names = ", ".join(f'"{key}"' for key in view.keys)
        shown = ", ".join(_shown(field.key, field.column) for field in view.fields)
        inner = f'"{MARK}{table.plural}"'
        reads = f"{view.select.split(' FROM ')[0]} FROM {stored}{where}"
        return (
            f'"{table.plural}" AS MATERIALIZED '
            f"(WITH {inner} ({names}) AS ({reads}) SELECT {shown} FROM {inner} ORDER BY id)"
        )


def _shown(key: str, column: Column | None) -> str:
    if column is not None and isinstance(column.kind, Fixed) and column.kind.places:
        return f'"{key}" / {10**column.kind.places}.0 AS "{key}"'
    if column is not None and isinstance(column.kind, TextType) and column.kind.most > CUT:
        return f'substr("{key}", 1, {CUT}) AS "{key}"'
    return f'"{key}"'


def _letters_cut(cls: type[Row]) -> int:
    """How many letters the texts of a row may have that views cut."""
    kinds = [column.kind for column in cls.__table__.columns]
    return sum(kind.most for kind in kinds if isinstance(kind, TextType) and kind.most > CUT)


class _Work:
    """Counts the steps of one selection, and looks at the clock only to stop what counting cannot."""

    def __init__(self) -> None:
        self.ticks, self.slow = 0, False
        self.end = monotonic() + MOST_SECONDS

    def too_much(self) -> bool:
        """Called every so many steps."""
        self.ticks += 1
        self.slow = monotonic() > self.end
        return self.slow or self.ticks > MOST_TICKS


def _authorize(
    stored: frozenset[str], views: frozenset[str], action: int, first: str | None, second: str | None,
    database: str | None, through: str | None,
) -> int:  # fmt: skip
    """What a statement may do: read views, and stored tables through them; call pure functions.

    Where no column is read, as in ``count(*)``, SQLite names no database either, so the table's name must tell: it is a
    view, or something that the statement itself defines, and never stored or SQLite's own.
    """
    if action == apsw.SQLITE_SELECT:
        return apsw.SQLITE_OK
    if action == apsw.SQLITE_READ:
        name = (first or "").lower()
        if (through or "").startswith(MARK) or name in views or name.startswith(MARK):
            return apsw.SQLITE_OK
        own = name not in stored and not name.startswith(("sqlite_", "pragma_", "json_", "fts", "bytecode", "dbstat"))
        return apsw.SQLITE_OK if database is None and own else apsw.SQLITE_DENY
    if action == apsw.SQLITE_FUNCTION and (second or "").lower() in FUNCTIONS:
        return apsw.SQLITE_OK
    return apsw.SQLITE_DENY


def _value(value: Any) -> Value:
    """A value as JSON can hold it: decimals to a millionth, so that sums show no rounding of binary fractions."""
    if isinstance(value, float):
        return None if not math.isfinite(value) else round(value, 6) + 0.0
    if isinstance(value, bytes):
        return value.hex()
    return value  # type: ignore[no-any-return]


_clock, _turn = apsw.Connection(":memory:"), Lock()


def _pure(name: str) -> Any:
    """SQLite's own function of dates and times, but for what depends on the machine: now, and time zones."""
    moment = 1 if name == "strftime" else 0

    def function(*arguments: Any) -> Any:
        if any(argument is None for argument in arguments):
            return None
        texts = [str(argument) for argument in arguments]
        if len(texts) <= moment or not re.match(r"\s*[-+]?\d", texts[moment]):
            raise apsw.SQLError(f"{name}() needs a date or time such as a date column, not the clock's")
        if not all(MODIFIER.fullmatch(text.strip()) for text in texts[moment + 1 :]):
            raise apsw.SQLError(f"{name}(): modifiers are such as '+1 month' or 'start of month'")
        with _turn:
            return _clock.execute(f"SELECT {name}({', '.join('?' * len(arguments))})", arguments).get

    return function
