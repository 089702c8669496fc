"""Tables as SQL: STRICT tables with CHECKs, foreign keys that are never deferred, and indexes."""

from __future__ import annotations

from agentworlds.spec.columns import Column, Ref
from agentworlds.spec.tables import Table
from agentworlds.types import MAX_INTEGER, Boolean, Choice, Clock, Date, Fixed, Integer, Minutes, Moment, TextType


def table_sql(table: Table) -> list[str]:
    """The statements that create a table and its indexes."""
    lines = ["id INTEGER PRIMARY KEY"] + [column_sql(column) for column in table.columns]
    lines += [f"UNIQUE ({', '.join(_stored(table, names))})" for names in table.unique]
    statements = [f'CREATE TABLE "{table.name}" (\n  ' + ",\n  ".join(lines) + "\n) STRICT"]
    covered = {_stored(table, names)[0] for names in table.unique}
    for column in table.columns:
        if isinstance(column.kind, Ref) and not column.field.unique and column.stored_name not in covered:
            index = f"{table.name}_{column.stored_name}"
            statements.append(f'CREATE INDEX "{index}" ON "{table.name}" ("{column.stored_name}")')
    return statements


def _stored(table: Table, names: tuple[str, ...]) -> list[str]:
    return [f'"{table.by_name[name].stored_name}"' for name in names]


def column_sql(column: Column) -> str:
    """One column's line."""
    name = f'"{column.stored_name}"'
    parts = [name, "INTEGER" if isinstance(column.kind, Ref) else column.kind.affinity]
    if not column.optional:
        parts.append("NOT NULL")
    if column.field.unique:
        parts.append("UNIQUE")
    if isinstance(column.kind, Ref):
        parts.append(f'REFERENCES "{column.kind.target.__table__.name}" (id)')
    else:
        check = condition(name, column)
        parts += [f"CHECK ({check})"] if check else []
    return " ".join(parts)


def condition(name: str, column: Column) -> str | None:
    """What SQLite itself makes sure of for a column's values, beyond its type; None for nothing.

    Kept short on purpose: every live connection holds the parsed expressions.
    """
    match column.kind:
        case TextType(least=least, most=most):
            return f"length({name}) BETWEEN {least} AND {most}" if least else f"length({name}) <= {most}"
        case Integer(low=low, high=high) if (low, high) == (-MAX_INTEGER, MAX_INTEGER):
            return None
        case Integer(low=low, high=high) | Minutes(low=low, high=high):
            return f"{name} BETWEEN {low} AND {high}"
        case Fixed(bounds=(low, high)):
            return f"abs({name}) <= {high}" if low == -high else f"{name} BETWEEN {low} AND {high}"
        case Boolean():
            return f"{name} IN (0, 1)"
        case Choice(options=options):
            return f"{name} IN ({', '.join(literal(option) for option in options)})"
        case Date():
            return f"{name} GLOB '????-??-??'"
        case Moment():
            return f"{name} GLOB '????-??-??T??:??:??'"
        case Clock():
            return f"{name} GLOB '??:??'"
    raise AssertionError(f"no condition for {column.kind}")


def literal(value: str | int) -> str:
    """A value as an SQL literal."""
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"
