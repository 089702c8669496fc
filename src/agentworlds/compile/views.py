"""A view: how rows of one table are shown, everywhere alike, and the SQL that reads them so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from agentworlds.spec.columns import Column, Ref
from agentworlds.spec.rows import Row
from agentworlds.spec.tables import Table
from agentworlds.straight import write_out
from agentworlds.types import TextType


class Joins:
    """The joins that paths from one table need, each made once."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.aliases: dict[str, str] = {"": "t"}
        self.sql: list[str] = [f'"{table.name}" AS t']

    def column(self, path: str) -> str:
        """The SQL for a path such as ``pet.owner.name``; a final reference gives its id."""
        columns = self.table.path(path)
        return f'{self._alias(columns[:-1])}."{columns[-1].stored_name}"'

    def _alias(self, columns: tuple[Column, ...]) -> str:
        prefix = ""
        for column in columns:
            parent = self.aliases[prefix]
            prefix = f"{prefix}.{column.name}" if prefix else column.name
            if prefix not in self.aliases:
                alias = f"r{len(self.aliases)}"
                target = column.kind.target.__table__.name  # type: ignore[union-attr]
                self.sql.append(f'LEFT JOIN "{target}" AS {alias} ON {alias}.id = {parent}."{column.stored_name}"')
                self.aliases[prefix] = alias
        return self.aliases[prefix]


Step = tuple[int, type[Row]]
"""A reference to follow: its column's position, and the table it leads to."""
LONG = 1_000
"""Letters that a row may hold from which on pages are also cut by size."""


class Shown(NamedTuple):
    """One key of a shown row.

    Attributes:
        key: Its name in JSON.
        column: The column it comes from; None for the id.
        optional: Whether it may be null.
        names: The reference whose row this key names, where it is the label of a row referred to.
    """

    key: str
    column: Column | None
    optional: bool
    names: Column | None = None


class View:
    """How rows of one table look in JSON: id, columns, names of the rows referred to, and related columns.

    Attributes:
        fields: The keys in order.
        named: The reference columns whose row is named beside its id.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self.fields: list[Shown] = [Shown("id", None, False)]
        self.named: set[str] = set()
        joins = Joins(table)
        selected = ["t.id"]
        self.sources: list[tuple[tuple[Step, ...], int]] = []

        def add(path: str, names: Column | None = None) -> None:
            steps = table.path(path)
            key = "_".join([*(step.shown for step in steps[:-1]), steps[-1].stored_name])
            if all(field.key != key for field in self.fields):
                self.fields.append(Shown(key, steps[-1], any(step.optional for step in steps), names))
                selected.append(joins.column(path))
                through = tuple((step.index, step.kind.target) for step in steps[:-1])  # type: ignore[union-attr]
                self.sources.append((through, steps[-1].index))

        for column in table.columns:
            if column.field.hidden:
                continue
            add(column.name)
            if isinstance(column.kind, Ref):
                label = column.kind.target.__table__.label
                if label is not None and not column.kind.target.__table__.by_name[label].field.hidden:
                    self.named.add(column.name)
                    add(f"{column.name}.{label}", column)
        for path in table.show:
            add(path)
        self.keys = [field.key for field in self.fields]
        self.select = f"SELECT {', '.join(selected)} FROM {' '.join(joins.sql)}"
        self.joins = joins
        kinds = [field.column.kind for field in self.fields if field.column is not None]
        self.long = sum(kind.most for kind in kinds if isinstance(kind, TextType)) > LONG
        self.show: Callable[[Sequence[Any]], dict[str, Any]] = self._write_show()
        self.show_row: Callable[[Row, Callable[[type[Row], int], Row | None]], dict[str, Any]] = self._write_show_row()

    def _write_show(self) -> Callable[..., dict[str, Any]]:
        """``show(stored)``: a row as JSON-able data, from what `select` gave."""
        names: dict[str, Any] = {}
        pairs = [self._pair(position, f"stored[{position}]", names) for position in range(len(self.fields))]
        return write_out("show(stored)", [f"return {{{', '.join(pairs)}}}"], names)

    def _write_show_row(self) -> Callable[..., dict[str, Any]]:
        """``show_row(row, lookup)``: what `show` makes of `select`, of a row that was read.

        It asks the database only for rows referred to that this call has not seen.
        """
        names: dict[str, Any] = {}
        lines = ["here = row._stored"]
        reached: dict[tuple[Step, ...], str] = {(): "here"}
        pairs = [self._pair(0, "row._id", names)]
        for position, (through, index) in enumerate(self.sources, 1):
            for length in range(1, len(through) + 1):
                if through[:length] not in reached:
                    (step, target), before = through[length - 1], reached[through[: length - 1]]
                    there = reached[through[:length]] = f"there{len(reached)}"
                    names[f"to_{there}"] = target
                    lines.append(f"{there} = {before} and {before}[{step}] and lookup(to_{there}, {before}[{step}])")
                    lines.append(f"{there} = {there} and {there}._stored")
            source = reached[through]
            value = f"{source}[{index}]" if source == "here" else f"({source} and {source}[{index}])"
            pairs.append(self._pair(position, value, names))
        return write_out("show_row(row, lookup)", [*lines, f"return {{{', '.join(pairs)}}}"], names)

    def _pair(self, position: int, value: str, names: dict[str, Any]) -> str:
        """One key and the value shown for it, as source."""
        field = self.fields[position]
        if field.column is not None and not isinstance(field.column.kind, Ref) and field.column.kind.convert:
            names[f"show{position}"] = field.column.kind.show
            value = f"None if (value := {value}) is None else show{position}(value)"
        return f"{field.key!r}: {value}"

    def schema(self) -> dict[str, Any]:
        """JSON Schema of a shown row."""
        properties: dict[str, Any] = {}
        for key, column, optional, _ in self.fields:
            if column is None or isinstance(column.kind, Ref):
                schema: dict[str, Any] = {"type": "integer"}
            else:
                schema = column.kind.schema()
            if optional:
                if "enum" in schema:
                    schema["enum"] = [*schema["enum"], None]
                schema["type"] = [schema["type"], "null"]
            properties[key] = schema
        return {"type": "object", "properties": properties, "required": list(properties)}


def views_of(tables: Sequence[Table]) -> dict[type[Row], View]:
    """The view of each table."""
    return {table.cls: View(table) for table in tables}
