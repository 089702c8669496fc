"""Every figure with a limit measured beside it, in turns, so that a busy machine slows both alike."""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import apsw
import msgspec
import orjson

from agentworlds.bench.handwritten import BARE_SQL, Handwritten
from agentworlds.compile.program import Program
from agentworlds.judge.goal import requirements
from agentworlds.judge.verdict import Goal, judge
from agentworlds.runtime.instance import Instance
from agentworlds.runtime.pool import Pool
from agentworlds.runtime.template import Template, make_template
from agentworlds.spec.loader import load_script

SHOP = Path(__file__).with_name("shop.py")
LARGE = 200
"""The scale at which the shop has about 50,000 rows."""
ROUNDS = 40
BLOCK = 50
LIVE = 1024

CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "call_get": ("get_order", {"order_id": 7}),
    "call_list": ("search_order_lines", {"order_id": 7, "limit": 20}),
    "call_insert": (
        "create_order_line",
        {"order_id": 3, "product_id": 5, "quantity": 2, "unit_price": 19.5, "gift_wrap": False},
    ),
    "call_update": ("update_ticket_status", {"ticket_id": 3, "status": "in_progress"}),
}
EPISODE: list[tuple[str, dict[str, Any]]] = [
    ("search_customers", {"full_name": "a", "limit": 5}),
    ("search_orders", {"customer_id": 2}),
    ("get_order", {"order_id": 7}),
    ("search_order_lines", {"order_id": 7}),
    ("create_order_line", CALLS["call_insert"][1]),
    ("update_order_status", {"order_id": 3, "status": "paid"}),
    ("create_payment", {"order_id": 3, "method": "card", "amount": 39}),
    ("update_ticket_status", CALLS["call_update"][1]),
]
"""A typical episode: eight calls, four of which write."""


class Figure(msgspec.Struct, frozen=True):
    """One measured figure.

    Attributes:
        figure: Its name.
        value: The median.
        unit: Its unit.
        limit: What it is compared with, measured in the same run, in the same unit.
        ratio: `value` over `limit`.
        target: What the figure, or its ratio where it begins with ``x``, may be at most.
        against: What the limit is.
    """

    figure: str
    value: float
    unit: str
    limit: float
    ratio: float
    target: str
    against: str

    @property
    def holds(self) -> bool:
        """Whether the target is met."""
        if not self.target:
            return True
        return self.ratio <= float(self.target[1:]) if self.target.startswith("x") else self.value <= float(self.target)


def figure(name: str, value: float, limit: float, target: str, against: str, unit: str = "µs") -> Figure:
    """A figure, rounded to what the measurement carries."""
    return Figure(name, round(value, 2), unit, round(limit, 2), round(value / limit, 3), target, against)


def in_turns(
    one: Callable[[], object], other: Callable[[], object], *, after: Callable[[], object] | None = None
) -> tuple[float, float]:
    """The median microseconds of two operations, timed in alternating blocks."""
    times: tuple[list[float], list[float]] = ([], [])
    gc.collect()
    gc.disable()
    try:
        for _ in range(ROUNDS):
            for operation, found in zip((one, other), times, strict=True):
                for _ in range(BLOCK):
                    before = time.perf_counter_ns()
                    operation()
                    found.append((time.perf_counter_ns() - before) / 1000)
                if after is not None:
                    after()
    finally:
        gc.enable()
    return statistics.median(times[0]), statistics.median(times[1])


def median_time(
    operation: Callable[[], object], number: int = 500, between: Callable[[], object] | None = None
) -> float:
    """The median microseconds of an operation, with something untimed between."""
    times = []
    for _ in range(number):
        if between is not None:
            between()
        before = time.perf_counter_ns()
        operation()
        times.append((time.perf_counter_ns() - before) / 1000)
    return statistics.median(times)


def measure(progress: Callable[[str], None] = lambda _: None) -> Iterator[Figure]:
    """All figures, as they are found."""
    program = Program(load_script(SHOP))
    small = make_template(program, 0, 1)
    progress("calls")
    yield from calls(small)
    yield from state(small)
    progress("memory of 1,024 instances")
    yield live_memory("ours", "copy")
    progress("compiling")
    yield compiling(program)
    progress("50,000 rows")
    yield from growth(program, small)


def calls(template: Template) -> Iterator[Figure]:
    """One call, JSON in to JSON out, against the equal hand-written function."""
    instance, hand = Instance(template), Handwritten(template)
    bare = template.connect()
    for name, (tool, arguments) in CALLS.items():
        by_hand: Callable[[dict[str, Any]], str] = getattr(hand, tool)
        ours, theirs = partial(_call_json, instance, tool, arguments), partial(by_hand, arguments)

        def again() -> None:
            instance.reset()
            hand.reset()

        again()
        check_equal(name, ours(), theirs())
        again()
        value, limit = in_turns(ours, theirs, after=again)
        statement = median_time(partial(_run_bare, bare, BARE_SQL[name]), 1000)
        yield figure(name, value, limit, "x2", f"the same by hand over apsw; the bare statement takes {statement:.1f}")


def _call_json(instance: Instance, tool: str, arguments: dict[str, Any]) -> str:
    return instance.apply(tool, arguments).json


def _run_bare(db: apsw.Connection, sql: str) -> None:
    db.execute(sql).fetchall()


def check_equal(name: str, ours: str, theirs: str) -> None:
    """Outputs are matched before any ratio is quoted."""
    one, other = orjson.loads(ours), orjson.loads(theirs)
    if one != other:
        raise AssertionError(f"{name}: outputs differ: {one} and {other}")


def state(template: Template) -> Iterator[Figure]:
    """Reset, fork, parked size and verdict."""
    pool = Pool(template)
    instance = pool.acquire()
    bare = template.connect()

    def play() -> None:
        instance.reset()
        for tool, arguments in EPISODE:
            instance.apply(tool, arguments)

    def write() -> None:
        bare.execute("UPDATE ticket SET status = 'closed' WHERE id = 3")

    limit = median_time(lambda: (bare.execute("ROLLBACK"), bare.execute("BEGIN")), 1000, write)
    yield figure(
        "reset", median_time(instance.reset, 300, play), limit, "30", "ROLLBACK and BEGIN on a bare connection"
    )
    play()
    copies: list[Instance] = []

    def close_last() -> None:
        while copies:
            copies.pop().close()

    image = template.image

    def deserialize() -> None:
        db = apsw.Connection(":memory:")
        db.deserialize("main", image)
        db.execute("SELECT count(*) FROM ticket").fetchall()

    copies.append(instance.fork())
    forked = median_time(lambda: copies.append(instance.fork()), 500, close_last)
    yield figure(
        "fork", forked, median_time(deserialize, 200), "250", "copying the whole database into a new connection"
    )
    yield figure(
        "parked_bytes",
        len(instance.snapshot()),
        changeset_bytes(template),
        "2048",
        "SQLite's own changeset of the same episode",
        "bytes",
    )
    changes = instance.changes()
    tables = {table.name: table for table in template.program.tables}
    goal = Goal(requirements(changes, tables, {}))

    def verdict() -> None:
        assert judge(goal, instance.changes(), tables, calls=8).success

    other = template.connect()
    selects = [f'SELECT * FROM "{table.name}"' for table in template.program.tables]

    def compare_all() -> None:
        differing: list[bool] = []
        for select in selects:
            differing.append(instance.store.execute(select).fetchall() != other.execute(select).fetchall())

    yield figure(
        "verdict", median_time(verdict), median_time(compare_all, 200), "300", "comparing every row of every table"
    )


def changeset_bytes(template: Template) -> int:
    """The size of SQLite's changeset of the typical episode."""
    instance = Instance(template)
    session = apsw.Session(instance.store.db, "main")
    session.attach()
    for tool, arguments in EPISODE:
        instance.apply(tool, arguments)
    return len(session.changeset())


def live_memory(kind: str, other: str) -> Figure:
    """Private memory of a live instance after a typical episode, at 1,024 of them, each way in a process of its own."""
    value, limit = (float(_in_process(one)) for one in (kind, other))
    return figure("live_kb", value, limit, "240", "a private in-memory copy with the same calls made", "KB")


def _in_process(kind: str) -> str:
    command = [sys.executable, "-c", f"from agentworlds.bench.measure import print_memory; print_memory({kind!r})"]
    return subprocess.run(command, check=True, capture_output=True, text=True, env=dict(os.environ)).stdout  # noqa: S603


def print_memory(kind: str) -> None:
    """Measure one way of holding instances; runs in a process of its own."""
    template = make_template(Program(load_script(SHOP)), 0, 1)

    def make() -> Instance:
        instance = Instance(template)
        if kind == "copy":
            db = apsw.Connection(":memory:", statementcachesize=48)
            db.deserialize("main", template.image)
            db.execute("PRAGMA foreign_keys = ON").fetchall()
            db.execute("BEGIN")
            instance.store.db.close()
            instance.store.db, instance.store.execute = db, db.execute
        for tool, arguments in EPISODE:
            instance.apply(tool, arguments)
        return instance

    kept = [make() for _ in range(16)]
    gc.collect()
    before = private_kb()
    kept += [make() for _ in range(LIVE)]
    gc.collect()
    print((private_kb() - before) / LIVE)


def private_kb() -> int:
    """This process's private memory in KB."""
    for line in Path("/proc/self/smaps_rollup").read_text(encoding="utf-8").splitlines():
        if line.startswith("Private_Dirty:"):
            return int(line.split()[1])
    raise RuntimeError("private memory is read from /proc, which only Linux has")


def compiling(program: Program) -> Figure:
    """From the script's text to a seeded template, against executing its DDL and its rows alone."""

    def everything() -> Template:
        return make_template(Program(load_script(SHOP)), 0, 1)

    template = everything()
    source = template.connect()
    rows = [(table.index, source.execute(f'SELECT * FROM "{table.name}"').fetchall()) for table in program.tables]

    def bare() -> None:
        db = apsw.Connection(":memory:")
        for statement in program.ddl:
            db.execute(statement)
        db.execute("BEGIN")
        for index, values in rows:
            db.executemany(program.insert[index], values)
        db.execute("COMMIT")

    return figure(
        "compile", median_time(everything, 7), median_time(bare, 20), "1000000", "executing the same DDL and rows"
    )


def growth(program: Program, small: Template) -> Iterator[Figure]:
    """Calls, reset and verdict at 50,000 rows, against the same at 250."""
    large = make_template(program, 0, LARGE)
    one, other = Instance(large), Instance(small)

    def again() -> None:
        one.reset()
        other.reset()

    for name, (tool, arguments) in CALLS.items():
        at_large, at_small = (partial(_call_json, instance, tool, arguments) for instance in (one, other))
        value, limit = in_turns(at_large, at_small, after=again)
        yield figure(f"{name}_large", value, limit, "x2", "the same at 250 rows")

    def play(instance: Instance) -> Callable[[], None]:
        def play_one() -> None:
            instance.reset()
            for tool, arguments in EPISODE[2:]:
                instance.apply(tool, arguments)

        return play_one

    resets = [median_time(instance.reset, 200, play(instance)) for instance in (one, other)]
    yield figure("reset_large", resets[0], resets[1], "x2", "the same at 250 rows")
    forks, verdicts = [], []
    tables = {table.name: table for table in program.tables}
    for template in (large, small):
        instance = Pool(template).acquire()
        play(instance)()
        kept = [instance.fork()]

        def close_last(kept: list[Instance] = kept) -> None:
            while kept:
                kept.pop().close()

        forks.append(median_time(lambda: kept.append(instance.fork()), 200, close_last))  # noqa: B023
        goal = Goal(requirements(instance.changes(), tables, {}))
        verdicts.append(median_time(lambda: judge(goal, instance.changes(), tables, calls=6), 300))  # noqa: B023
    yield figure("fork_large", forks[0], forks[1], "x2", "the same at 250 rows")
    yield figure("verdict_large", verdicts[0], verdicts[1], "x2", "the same at 250 rows")
