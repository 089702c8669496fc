"""Verifiers in the reference system's form: source text that defines one function of two database paths.

`RUBRIC` looks only at the rows its task names, as the reference system's verifiers do. `EVERY_TABLE` compares
both files completely: what the same means cost when nothing may be overlooked.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

RUBRIC = """
def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    import sqlite3

    def select(path, sql, *parameters):
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        rows = connection.execute(sql, parameters).fetchall()
        connection.close()
        return rows

    lines = (
        "SELECT id, order_id, product_id, quantity, unit_price, gift_wrap FROM order_lines"
        " WHERE order_id = ?"
    )
    ticket = "SELECT status FROM tickets WHERE id = ?"
    before = set(select(initial_db_path, lines, 3))
    added = [row for row in select(final_db_path, lines, 3) if row not in before]
    line_added = len(added) == 1 and added[0][1:] == (3, 5, 2, 19.5, 0)
    was_open = select(initial_db_path, ticket, 3) == [("open",)]
    moved = select(final_db_path, ticket, 3) == [("in_progress",)]
    count = "SELECT COUNT(*) FROM tickets"
    same_tickets = select(initial_db_path, count) == select(final_db_path, count)
    complete = line_added and was_open and moved and same_tickets
    return {"result": "complete" if complete else "others"}
"""

EVERY_TABLE = """
def verify_task_completion(initial_db_path, final_db_path, final_answer=None):
    import sqlite3

    def contents(path):
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        tables = {name: set(connection.execute(f"SELECT * FROM {name}").fetchall()) for (name,) in names}
        connection.close()
        return tables

    initial, final = contents(initial_db_path), contents(final_db_path)
    added = {name: sorted(final[name] - initial[name]) for name in final if final[name] - initial[name]}
    removed = {name: sorted(initial[name] - final[name]) for name in initial if initial[name] - final[name]}
    complete = (
        sorted(added) == ["order_lines", "tickets"]
        and sorted(removed) == ["tickets"]
        and [row[1:] for row in added["order_lines"]] == [(3, 5, 2, 19.5, 0)]
        and [(row[0], row[6]) for row in removed["tickets"]] == [(3, "open")]
        and [(row[0], row[6]) for row in added["tickets"]] == [(3, "in_progress")]
    )
    return {"result": "complete" if complete else "others"}
"""


def run_verifier(source: str, initial: Path, final: Path) -> dict[str, Any]:
    """Execute a verifier's source and return the verdict of its function."""
    namespace: dict[str, Any] = {"sqlite3": sqlite3, "json": json}
    exec(source, namespace)
    verdict: dict[str, Any] = namespace["verify_task_completion"](str(initial), str(final))
    return verdict
