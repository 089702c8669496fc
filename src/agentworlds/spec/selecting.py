"""`select`: one SQL SELECT over some tables as agents see them. What a table looks like there, and the verb."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agentworlds.spec.rows import Row, current

Value = str | int | float | None
"""A value that a SELECT gives. Amounts and other decimals are numbers there, rounded to a millionth."""


@dataclass(frozen=True)
class ViewColumn:
    """A column of a table as `select` sees it.

    Attributes:
        name: What it is called, as in the results of other tools.
        kind: ``text`` (of which the first 300 letters), ``whole number``, ``number``, ``amount``, ``date``,
            ``date and time``, ``time``, ``minutes``, ``1 or 0``, or the id of another view's rows.
        options: The words or numbers that it may hold, where these are fixed.
    """

    name: str
    kind: str
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableView:
    """A table as `select` sees it: its rows' visible columns, and with each reference what names the other row.

    Attributes:
        name: What to select from: the table's plural.
        about: What a row is.
    """

    name: str
    about: str
    columns: tuple[ViewColumn, ...]


def view_of(table: type[Row], /) -> TableView:
    """What `select` makes of a table."""
    return current().view_of(table)


def select(sql: str, tables: Iterable[type[Row]], /, limit: int = 50, offset: int = 0) -> list[tuple[Value, ...]]:
    """The rows that one SQL SELECT gives over the views of some tables, and over nothing else.

    It reads this episode's rows, hidden columns apart, and of people with a role of their own only what is theirs.
    SQLite itself is made to refuse anything but reading these views with pure functions; work is counted as elsewhere.

    Args:
        sql: The statement, in SQLite's dialect. It starts with SELECT or WITH.
        tables: The tables whose views it may use.
        limit: At most so many rows.
        offset: How many to skip.

    Raises:
        EngineError: when SQLite cannot or may not carry it out, with the reason.
    """
    return current().select_sql(sql, tuple(tables), limit, offset)
