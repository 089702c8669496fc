"""Three ways to hold live copies of one seeded database, for docs/adr/0001: python bench/copies.py

Each way runs in a process of its own: opening a copy and reading one row, the reset of one changed row, and the private
memory of a live instance after a typical episode.
"""

from __future__ import annotations

import gc
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable

import apsw

from agentworlds.bench.measure import EPISODE, SHOP, median_time, private_kb
from agentworlds.compile.program import Program
from agentworlds.runtime.instance import Instance
from agentworlds.runtime.template import STATEMENTS, Template, make_template
from agentworlds.spec.loader import load_script

SCALES = (1, 140)


def begun(db: apsw.Connection) -> apsw.Connection:
    for pragma in ("foreign_keys = ON", "journal_mode = MEMORY", "temp_store = MEMORY"):
        db.execute(f"PRAGMA {pragma}").fetchall()
    db.execute("BEGIN")
    return db


def private_copy(template: Template) -> apsw.Connection:
    db = apsw.Connection(":memory:", statementcachesize=STATEMENTS)
    db.deserialize("main", template.image)
    return begun(db)


def copied_file(template: Template) -> apsw.Connection:
    path = tempfile.mktemp(suffix=".sqlite", dir=FOLDER)
    shutil.copy(template.path, path)
    return begun(apsw.Connection(path, statementcachesize=STATEMENTS))


def shared_file(template: Template) -> apsw.Connection:
    return template.connect()


WAYS: dict[str, Callable[[Template], apsw.Connection]] = {
    "private in-memory copy": private_copy,
    "copied file": copied_file,
    "shared template file": shared_file,
}
FOLDER = ""


def measure(way: str, scale: int) -> None:
    global FOLDER
    with tempfile.TemporaryDirectory() as FOLDER:
        connect, template = WAYS[way], make_template(Program(load_script(SHOP)), 0, scale)
        kept: list[apsw.Connection] = []

        def open_one() -> None:
            kept.append(connect(template))
            kept[-1].execute("SELECT * FROM ticket WHERE id = 3").fetchall()

        def close_all() -> None:
            while kept:
                kept.pop().close()

        opened = median_time(open_one, 200, close_all)
        close_all()
        db = connect(template)

        def write() -> None:
            db.execute("UPDATE ticket SET status = 'closed' WHERE id = 3")

        reset = median_time(lambda: (db.execute("ROLLBACK"), db.execute("BEGIN")), 1000, write)
        memory = live(connect, template, 512 if scale == 1 else 64)
        rows = sum(template.row_counts.values())
        print(f"| {way} | {rows:,} | {opened:,.0f} | {reset:.1f} | {memory:,.0f} |", flush=True)


def live(connect: Callable[[Template], apsw.Connection], template: Template, number: int) -> float:
    def play() -> Instance:
        instance = Instance(template)
        instance.store.db.close()
        instance.store.db = connect(template)
        instance.store.execute = instance.store.db.execute
        for tool, arguments in EPISODE:
            instance.apply(tool, arguments)
        return instance

    kept = [play() for _ in range(8)]
    gc.collect()
    before = private_kb()
    kept += [play() for _ in range(number)]
    gc.collect()
    return (private_kb() - before) / number


if __name__ == "__main__":
    if len(sys.argv) == 3:
        measure(sys.argv[1], int(sys.argv[2]))
    else:
        print(
            "| way | rows | open, µs | reset, µs | private memory, KB |\n| --- | ---: | ---: | ---: | ---: |",
            flush=True,
        )
        for scale in SCALES:
            for way in WAYS:
                subprocess.run([sys.executable, __file__, way, str(scale)], check=True)
