"""A world ready to run: its declarations, and every statement that its tables and tools need."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from agentworlds.compile.arguments import Reader, make_reader
from agentworlds.compile.ddl import table_sql
from agentworlds.compile.shapes import Shapes
from agentworlds.compile.views import Joins, View, views_of
from agentworlds.errors import Fault, Refusal
from agentworlds.spec.columns import Column, Unreadable
from agentworlds.spec.rows import Row
from agentworlds.spec.tables import Table
from agentworlds.spec.tools import Search, Tool, fitting
from agentworlds.spec.world import World

MOST_STATEMENTS = 4096


class Program:
    """Statements by table index, made when first needed and kept."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.tables = world.tables
        self.views: dict[type[Row], View] = views_of(world.tables)
        self.ddl = [statement for table in world.tables for statement in table_sql(table)]
        names = [[f'"{column.stored_name}"' for column in table.columns] for table in world.tables]
        self.select_one = [
            f'SELECT {", ".join(columns)} FROM "{table.name}" WHERE id = ?'
            for table, columns in zip(world.tables, names, strict=True)
        ]
        self.insert = [
            f'INSERT INTO "{table.name}" VALUES ({", ".join("?" * (len(columns) + 1))})'
            for table, columns in zip(world.tables, names, strict=True)
        ]
        self.delete = [f'DELETE FROM "{table.name}" WHERE id = ?' for table in world.tables]
        self.readers = _Readers()
        self.shapes = Shapes()
        self.files = frozenset(source.path for source in world.sources)
        self.default_texts = frozenset(
            param.default for tool in world.tools.values() for param in tool.params if isinstance(param.default, str)
        )
        self._updates: dict[tuple[int, tuple[int, ...]], str] = {}
        self._queries = _Statements()
        self._columns: dict[tuple[int, str], Column] = {}
        self.owner_paths = {table.cls: self._owner_path(table) for table in world.tables}
        self.rules_on: dict[int, list[tuple[Any, str | None]]] = {}
        for rule in world.rules:
            self.rules_on.setdefault(rule.cls.__table__.index, []).append((rule, None))
            for watched, path in rule.watch:
                self.rules_on.setdefault(watched.__table__.index, []).append((rule, path))
            for link in rule.cls.__table__.links.values():
                self.rules_on.setdefault(link.__table__.index, []).append((rule, rule.cls.__table__.name))

    def _owner_path(self, table: Table) -> tuple[str, type[Row]] | None:
        """The path from a table to the person its rows belong to, and that person's table."""
        if table.owner is None:
            bound = any(role.cls is table.cls for role in self.world.roles.values())
            return ("", table.cls) if bound else None
        return table.owner, table.path(table.owner)[-1].kind.target  # type: ignore[union-attr]

    def update(self, table: int, columns: tuple[int, ...]) -> str:
        """The UPDATE of some columns of a row."""
        sql = self._updates.get((table, columns))
        if sql is None:
            known = self.tables[table]
            sets = ", ".join(f'"{known.columns[column].stored_name}" = ?' for column in columns)
            sql = self._updates[table, columns] = f'UPDATE "{known.name}" SET {sets} WHERE id = ?'
        return sql

    def column(self, table: Table, path: str) -> Column:
        """The column that a filter names, ``__`` following references; the id counts as one."""
        key = (table.index, path)
        column = self._columns.get(key)
        if column is None:
            if path == "id":
                from agentworlds.spec.columns import Field
                from agentworlds.types import Integer

                column = Column("id", Integer(), False, Field(), 0, -1)
            else:
                try:
                    column = table.path(path.replace("__", "."))[-1]
                except Unreadable as problem:
                    raise Fault(str(problem)) from None
            self._columns[key] = column
        return column

    def query(
        self, table: Table, what: str, shape: tuple[tuple[str, str, int], ...], order: str | None, limited: bool
    ) -> str:
        """The SELECT for `spec.rows.rows`, `count` and `total`."""
        key = (table.index, what, shape, order, limited)
        sql = self._queries.get(key)
        if sql is None:
            joins = Joins(table)
            where = [condition(self._sql_column(joins, path), operator, size) for path, operator, size in shape]
            if what == "rows":
                selected = ", ".join(["t.id"] + [f't."{column.stored_name}"' for column in table.columns])
            else:
                selected = what
            ordering = self.ordering(joins, order) if what == "rows" else ""
            sql = f"SELECT {selected} FROM {' '.join(joins.sql)}"
            sql += f" WHERE {' AND '.join(where)}" if where else ""
            sql += ordering + (" LIMIT ?" if limited else "")
            self._queries[key] = sql
        return sql

    def search(self, tool: Tool, search: Search, given: tuple[str, ...], order: str | None, owned: bool) -> str:
        """The SELECT of a search tool for the filters given; ends with LIMIT and OFFSET."""
        key = (tool.name, given, order, owned)
        sql = self._queries.get(key)
        if sql is None:
            view = self.views[search.cls]
            joins = Joins(search.cls.__table__)
            joins.aliases, joins.sql = dict(view.joins.aliases), list(view.joins.sql)
            where = []
            for name in given:
                rule = search.filters[name]
                where.append(condition(self._sql_column(joins, rule.path), rule.operator, 1))
            if owned:
                path = self.owner_paths[search.cls]
                assert path is not None
                where.append(f"{joins.column(path[0]) if path[0] else 't.id'} = ?")
            ordering = self.ordering(joins, order)
            sql = view.select.split(" FROM ")[0] + f" FROM {' '.join(joins.sql)}"
            sql += (f" WHERE {' AND '.join(where)}" if where else "") + ordering + " LIMIT ? OFFSET ?"
            self._queries[key] = sql
        return sql

    def spoken(self, refusal: Refusal) -> Refusal:
        """A refusal of a module's script whose hint fits the tools that this world has."""
        names = self.world.other_names.get((refusal.site or "").rpartition(":")[0])
        if not names or not refusal.hint:
            return refusal
        return replace(refusal, hint=fitting(refusal.hint, names) or None)

    def owner_query(self, cls: type[Row]) -> str:
        """The SELECT of the id of the person a row belongs to."""
        key = ("owner", cls)
        sql = self._queries.get(key)
        if sql is None:
            path = self.owner_paths[cls]
            assert path is not None
            joins = Joins(cls.__table__)
            column = joins.column(path[0]) if path[0] else "t.id"
            sql = self._queries[key] = f"SELECT {column} FROM {' '.join(joins.sql)} WHERE t.id = ?"
        return sql

    def _sql_column(self, joins: Joins, path: str) -> str:
        return "t.id" if path == "id" else joins.column(path.replace("__", "."))

    def ordering(self, joins: Joins, order: str | None) -> str:
        """ORDER BY, ties broken by id, so that no result depends on how rows happen to lie."""
        terms = []
        for part in (order or "").replace(" ", "").split(","):
            if part:
                try:
                    column = self._sql_column(joins, part.lstrip("-"))
                except Unreadable as problem:
                    raise Fault(f"order: {problem}") from None
                terms.append(f"{column} DESC" if part.startswith("-") else column)
        return " ORDER BY " + ", ".join([*terms, "t.id"])


class _Readers(dict[Tool, Reader]):
    """How each tool reads its arguments, written out when first needed."""

    def __missing__(self, tool: Tool) -> Reader:
        reader = self[tool] = make_reader(tool)
        return reader


class _Statements(dict[Any, str]):
    """Statements by shape, forgotten all at once when there are too many."""

    def __setitem__(self, key: Any, sql: str) -> None:
        if len(self) >= MOST_STATEMENTS:
            self.clear()
        super().__setitem__(key, sql)


def condition(column: str, operator: str, size: int) -> str:
    """One filter as SQL."""
    if operator == "in":
        return f"{column} IN ({', '.join('?' * size)})" if size else "0"
    if operator == "contains":
        return f"{column} LIKE ? ESCAPE '\\'"
    if operator in ("is", "is not"):
        return f"{column} {operator.upper()} NULL"
    if operator == "!=":
        return f"{column} IS NOT ?"  # unlike <>, also where there is no value
    return f"{column} {operator} ?"
