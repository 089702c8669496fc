"""Build the initial database file that every episode copies."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

Json = dict[str, Any]

SQL_TYPES = {
    "text": "TEXT",
    "int": "INTEGER",
    "money": "REAL",
    "bool": "INTEGER",
    "date": "TEXT",
    "datetime": "TEXT",
    "choice": "TEXT",
    "ref": "INTEGER",
}


def build_database(schema: Json, rows: dict[str, list[Json]], path: Path) -> None:
    """Create the tables and reference indexes at `path` and insert the seed rows."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in schema["tables"]:
            for statement in table_ddl(table):
                connection.execute(statement)
            columns = [column["name"] for column in table["columns"]]
            marks = ", ".join("?" for _ in columns)
            insert = f"INSERT INTO {table['name']} ({', '.join(columns)}) VALUES ({marks})"
            connection.executemany(insert, [[row[name] for name in columns] for row in rows[table["name"]]])


def table_ddl(table: Json) -> list[str]:
    """Return the CREATE statements of one table: itself and an index per reference."""
    name = table["name"]
    references = [column["name"] for column in table["columns"] if column["type"] == "ref"]
    body = ", ".join(_column_ddl(column) for column in table["columns"])
    return [
        f"CREATE TABLE {name} ({body})",
        *(f"CREATE INDEX idx_{name}_{column} ON {name} ({column})" for column in references),
    ]


def _column_ddl(column: Json) -> str:
    if column["name"] == "id":
        return "id INTEGER PRIMARY KEY"
    required = "" if column.get("nullable") else " NOT NULL"
    target = f" REFERENCES {column['references']}(id)" if column["type"] == "ref" else ""
    return f"{column['name']} {SQL_TYPES[column['type']]}{required}{target}"
