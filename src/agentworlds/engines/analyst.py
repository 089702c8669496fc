"""What the analyst suite needs of a library that understands SQL, and sqlglot, which does; charts as Vega-Lite."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal, Protocol

from agentworlds.engines import Engine, EngineError
from agentworlds.errors import nearest

Value = str | int | float | None
Mark = Literal["bar", "line", "point", "area"]


@dataclass(frozen=True)
class Checked:
    """A statement that may be carried out.

    Attributes:
        sql: One SELECT in SQLite's dialect, every column with its view, with a LIMIT.
        views: The views it reads, in the order of the views given.
        columns: What its result columns are called.
        ordered: Whether it says in which order rows come.
    """

    sql: str
    views: tuple[str, ...]
    columns: tuple[str, ...]
    ordered: bool


class AnalystEngine(Protocol):
    """Reads SQL, and writes charts."""

    def check(self, sql: str, views: Mapping[str, Mapping[str, str]], now: datetime, most: int) -> Checked:
        """Check a statement against views, given as name → column → SQL type.

        It must be one SELECT over these views and their columns, with functions of the arguments alone, without
        recursion. `now` stands for SQLite's ``'now'`` and ``CURRENT_DATE``; at most `most` rows are asked for.

        Raises:
            EngineError: with what is wrong, and the nearest name where one is not known.
        """

    def chart(
        self, title: str, mark: Mark, x: str, y: str, columns: Sequence[str], rows: Sequence[Sequence[Value]]
    ) -> str:
        """A chart of some rows as a Vega-Lite specification, with the data in it. Raises EngineError."""


FUNCTIONS = frozenset({
    "ABS", "AVG", "CEIL", "CEILING", "COALESCE", "CONCAT", "CONCAT_WS", "COUNT", "DATE", "DATETIME", "DENSE_RANK",
    "FIRST_VALUE", "FLOOR", "GLOB", "GROUP_CONCAT", "IFNULL", "IIF", "INSTR", "JULIANDAY", "LAG", "LAST_VALUE", "LEAD",
    "LENGTH", "LIKE", "LOWER", "LTRIM", "MAX", "MIN", "MOD", "NTILE", "NULLIF", "POWER", "PRINTF", "RANK", "REPLACE",
    "ROUND", "ROW_NUMBER", "RTRIM", "SIGN", "SQRT", "STRFTIME", "SUBSTR", "SUBSTRING", "SUM", "TIME", "TOTAL", "TRIM",
    "UPPER",
})  # fmt: skip
"""Functions that a statement may use, as SQLite calls them."""
MARKS: tuple[Mark, ...] = ("bar", "line", "point", "area")
LONGEST, LONGEST_CHART = 4_000, 20_000
DEEPEST = {"case": 10, "not": 20, "between": 20, "join": 8, "select": 12}
DEEPEST_BRACKETS = 12
"""How often these may occur, or stand in one another: the parser calls itself for them, and takes all the longer."""
CLOCK = re.compile(r"now|current_", re.IGNORECASE)
"""What a statement says that asks for the time."""
VEGA_LITE = "https://vega.github.io/schema/vega-lite/v5.json"


class Sqlglot(Engine):
    """sqlglot: the statement is parsed, its names resolved against the views, and written anew for SQLite."""

    wraps = "sqlglot"
    requires = ("sqlglot",)
    formats = ("Vega-Lite 5",)

    def check(self, sql: str, views: Mapping[str, Mapping[str, str]], now: datetime, most: int) -> Checked:
        """See AnalystEngine. What was found of a statement is kept, since reading one takes milliseconds."""
        moment = now if CLOCK.search(sql) else datetime.min
        return _check(sql, tuple((name, tuple(columns.items())) for name, columns in views.items()), moment, most)

    def chart(
        self, title: str, mark: Mark, x: str, y: str, columns: Sequence[str], rows: Sequence[Sequence[Value]]
    ) -> str:
        """See AnalystEngine."""
        for name in (x, y):
            if name not in columns:
                raise EngineError(
                    f"the query has no column {name!r} among {', '.join(columns)}{nearest(name, columns)}"
                )
        if not rows:
            raise EngineError("the query gives no rows to draw")
        heights = [row[columns.index(y)] for row in rows]
        if not all(isinstance(one, int | float) for one in heights):
            raise EngineError(f"the column {y} is not a number in every row, so it cannot be drawn upwards")
        across = [row[columns.index(x)] for row in rows]
        numbers = all(isinstance(one, int | float) for one in across)
        kind = (
            "quantitative"
            if numbers and mark in ("point", "line", "area")
            else "temporal"
            if _days(across)
            else "nominal"
        )
        spec: dict[str, Any] = {
            "$schema": VEGA_LITE, "title": title, "mark": mark,
            "data": {"values": [dict(zip(columns, row, strict=True)) for row in rows]},
            "encoding": {
                "x": {"field": x, "type": kind, **({"sort": None} if kind == "nominal" else {})},
                "y": {"field": y, "type": "quantitative"},
            },
        }  # fmt: skip
        text = json.dumps(spec, ensure_ascii=False, indent=1)
        if len(text) > LONGEST_CHART:
            raise EngineError(
                f"a chart may have {LONGEST_CHART:,} characters with its data; this one has {len(text):,}"
            )
        return text


@lru_cache(maxsize=1024)
def _check(sql: str, schema: tuple[tuple[str, tuple[tuple[str, str], ...]], ...], now: datetime, most: int) -> Checked:
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.qualify import qualify

    views: dict[str, Any] = {name: dict(columns) for name, columns in schema}
    query = _parse(sql)
    _refuse_what_is_no_plain_select(query)
    _name_columns(query)
    ctes = {cte.alias.lower() for cte in query.find_all(exp.CTE)}
    used = {table.name.lower() for table in query.find_all(exp.Table)} - ctes
    _know_views(used, views)
    _at(query, now)
    try:
        whole = qualify(query, schema=views, dialect="sqlite")
    except SqlglotError as error:
        raise EngineError(_column_problem(str(error), [c for name in used for c in views[name]])) from None
    given = whole.args.get("limit")
    held = given.expression if isinstance(given, exp.Limit) else None
    if held is None or (isinstance(held, exp.Literal) and int(held.name) > most):
        whole = whole.limit(most)
    columns = tuple(whole.named_selects)
    if len(set(columns)) != len(columns):
        twice = next(name for name in columns if columns.count(name) > 1)
        raise EngineError(f"two result columns are called {twice}; give one of them another name with AS")
    ordered = whole.args.get("order") is not None
    return Checked(whole.sql("sqlite"), tuple(name for name in views if name in used), columns, ordered)


def _parse(sql: str) -> Any:
    """The one SELECT that a text is, or EngineError."""
    from sqlglot import exp, parse
    from sqlglot.errors import SqlglotError

    if not re.match(r"[\s(]*(select|with)\b", sql, re.IGNORECASE):
        raise EngineError(
            "only a SELECT can be run: nothing can be changed here" if sql.strip() else "the SQL is empty"
        )
    if _nested_deeply(sql):
        raise EngineError("the SQL is too long or nested too deeply")
    try:
        statements = [one for one in parse(sql, read="sqlite") if one is not None]
    except SqlglotError as error:
        detail = getattr(error, "errors", None)
        where = f" near {detail[0]['highlight']!r}" if detail and detail[0].get("highlight") else ""
        raise EngineError(f"the SQL cannot be read{where}") from None
    if len(statements) != 1:
        raise EngineError("give one statement")
    if not isinstance(statements[0], exp.Query) or isinstance(statements[0], exp.Values):
        raise EngineError("only a SELECT can be run: nothing can be changed here")
    if not statements[0].selects:
        raise EngineError("the SELECT names no columns")
    return statements[0]


def _nested_deeply(sql: str) -> bool:
    """Whether a statement nests more than any that a person writes."""
    words = re.findall(r"\w+", sql.lower())
    depths = itertools.accumulate((one == "(") - (one == ")") for one in sql)
    return (
        len(sql) > LONGEST
        or max(depths, default=0) > DEEPEST_BRACKETS
        or any(words.count(word) > most for word, most in DEEPEST.items())
        or re.search(r"(?:[-+~]\s*){20}", sql) is not None
    )


def _name_columns(query: Any) -> None:
    """Call result columns that have no name by what they are, as SQLite does: ``count(*)``."""
    from sqlglot import exp

    if isinstance(query, exp.Select):
        for one in query.selects:
            if not isinstance(one, exp.Alias | exp.Column | exp.Star) and not one.is_star:
                one.replace(exp.alias_(one.copy(), one.sql("sqlite").lower(), quoted=True))


def _refuse_what_is_no_plain_select(query: Any) -> None:
    """Refuse parts of SQL that reach beyond views, or whose result is not fixed by them."""
    from sqlglot import exp

    for node in query.walk():
        if isinstance(node, exp.With) and node.recursive:
            raise EngineError("WITH RECURSIVE is not offered")
        if isinstance(node, exp.Placeholder | exp.Parameter):
            raise EngineError("write values into the statement; there is nobody to fill in '?'")
        if isinstance(node, exp.Table) and (node.db or node.catalog or not isinstance(node.this, exp.Identifier)):
            raise EngineError(f"there is no view {node.sql('sqlite')}")
        if isinstance(node, exp.HexString):
            raise EngineError("values are text or numbers, not bytes")
    for name in _functions(query):
        if name not in FUNCTIONS:
            raise EngineError(f"the function {name} is not offered{nearest(name, FUNCTIONS)}")


def _functions(query: Any) -> list[str]:
    """The functions that a statement uses, as SQLite calls them."""
    from sqlglot import exp

    operators = (exp.Cast, exp.Case, exp.If, exp.And, exp.Or, exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime,
                 exp.TsOrDsToTimestamp, exp.TsOrDsToDate)  # fmt: skip
    names = []
    for node in query.find_all(exp.Func):
        if isinstance(node, exp.Anonymous):
            names.append(node.name.upper())
        elif not isinstance(node, operators) and not isinstance(node, exp.Binary):
            names.append(node.sql("sqlite").partition("(")[0].strip().upper())
    return names


def _know_views(used: set[str], views: Mapping[str, Mapping[str, str]]) -> None:
    for name in sorted(used):
        if name not in views:
            raise EngineError(f"there is no view {name!r} among {', '.join(views)}{nearest(name, views)}")


def _at(query: Any, now: datetime) -> None:
    """Write a time into a statement where it asks for the clock's."""
    from sqlglot import exp

    clocks = {
        exp.CurrentDate: f"{now:%Y-%m-%d}", exp.CurrentTime: f"{now:%H:%M:%S}",
        exp.CurrentTimestamp: f"{now:%Y-%m-%d %H:%M:%S}",
    }  # fmt: skip
    for node in list(query.walk()):
        if type(node) in clocks:
            node.replace(exp.Literal.string(clocks[type(node)]))
        elif isinstance(node, exp.Literal) and node.is_string and node.name.lower() == "now" and _in_function(node):
            node.replace(exp.Literal.string(f"{now:%Y-%m-%d %H:%M:%S}"))


def _in_function(node: Any) -> bool:
    from sqlglot import exp

    return isinstance(node.parent, exp.Func) and not isinstance(node.parent, exp.Binary)


def _column_problem(message: str, columns: Sequence[str]) -> str:
    """The complaint of sqlglot about a column, in fewer words and with the nearest one."""
    first = message.splitlines()[0].partition(". Line")[0].rstrip(".")
    name = re.search(r"""(?:'"?|: )(\w+)"?'?(?: could|$)""", first)
    return f"{first[:1].lower()}{first[1:]}{nearest(name[1] if name else '', columns)}"


def _days(values: Sequence[Value]) -> bool:
    """Whether every value is a day or a moment."""
    try:
        return all(isinstance(one, str) and len(one) >= 10 and datetime.fromisoformat(one) for one in values)
    except ValueError:
        return False
