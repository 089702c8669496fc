"""What a call of a suite costs beside a plain call of a world, the wrapped library's own time apart.

The calls are those that reference solutions make: of a suite's own tasks, in an office that has the suite alone, and of
the packaged worlds' own tasks and tools. Comparable is the median call of the same sort (a get, a search, another
query, or a write), in proportion where the suite's call does more than that: runs more statements, reads more rows.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

import msgspec

from agentworlds.bench.measure import Figure, figure
from agentworlds.engines import ENGINES, find_engine
from agentworlds.registry import CONTENT
from agentworlds.spec.tools import Tool
from agentworlds.worlds.loading import load
from agentworlds.worlds.world import LoadedWorld

ROUNDS = 15
MOST = 2.0
"""How many times a comparable call a suite's own part may take."""


class ToolCost(msgspec.Struct, frozen=True):
    """What one tool of a suite costs.

    Attributes:
        whole: The median microseconds of a call, from arguments to JSON.
        engine: How much of it the wrapped library takes.
        like: What sort of call it is; such calls of worlds take `limit`.
    """

    suite: str
    tool: str
    whole: float
    engine: float
    like: str
    limit: float

    @property
    def ratio(self) -> float:
        """The suite's own part over the comparable call."""
        return (self.whole - self.engine) / self.limit

    @property
    def dominated(self) -> bool:
        """Whether the library takes most of the time."""
        return self.engine > self.whole / 2


class Spent:
    """Time spent in an engine."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.depth = 0

    def timed(self, cls: type) -> type:
        """An engine's class whose methods are timed."""
        return type(f"Timed{cls.__name__}", (cls,), {
            name: self._timed(method) for name in dir(cls)
            if not name.startswith("_") and callable(method := getattr(cls, name)) and not isinstance(method, type)
        })  # fmt: skip

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def call(*args: Any, **named: Any) -> Any:
            self.depth += 1
            before = time.perf_counter()
            try:
                return method(*args, **named)
            finally:
                self.depth -= 1
                if not self.depth:
                    self.seconds += time.perf_counter() - before

        return call


def sort_of(tool: Tool) -> str:
    """What sort of call a tool is."""
    if tool.writes:
        return "write"
    return "get" if tool.getter is not None else "search" if tool.search is not None else "query"


class Timed(msgspec.Struct):
    """What the calls of one tool took.

    Attributes:
        whole: Microseconds of each call.
        engine: Microseconds of each call that were spent in the engine.
        work: The SQL statements of each call, and a tenth of the rows that it read.
    """

    whole: list[float] = []
    engine: list[float] = []
    work: list[float] = []


class Limit(msgspec.Struct, frozen=True):
    """A median call of one sort in the packaged worlds."""

    microseconds: float
    work: float

    def scaled(self, work: float) -> float:
        """What a call that does so much may be compared with."""
        return self.microseconds * max(1.0, work / self.work)


def replayed(world: LoadedWorld, source: str, spent: Spent, rounds: int) -> dict[str, Timed]:
    """The calls that reference solutions make of tools from one source."""
    found: dict[str, Timed] = {}
    own = {tool.name for tool in world.world.tools.values() if tool.source == source}
    solutions = [task.spec.solution for task in world.tasks() if task.intent.source == source]
    run = 0

    def count(*_: object) -> bool:
        nonlocal run
        run += 1
        return True

    with world.instance() as instance:
        gc.collect()
        gc.disable()
        try:
            for round_ in range(rounds + 1):  # the first measures the work, and builds what is kept
                instance.store.db.exec_trace = None if round_ else count
                for solution in solutions:
                    instance.reset()
                    for call in solution:
                        run, spent.seconds, before = 0, 0.0, time.perf_counter()
                        _ = instance.apply(call.tool, call.arguments).json
                        whole = time.perf_counter() - before
                        if call.tool in own:
                            timed = found.setdefault(call.tool, Timed())
                            if round_:
                                timed.whole.append(whole * 1e6)
                                timed.engine.append(spent.seconds * 1e6)
                            else:
                                timed.work.append(run + len(instance.store.known) / 10)
        finally:
            gc.enable()
            instance.store.db.exec_trace = None
    world.close()
    return found


def limits() -> dict[str, Limit]:
    """The median call of each sort over the packaged worlds' own tools."""
    found: dict[str, list[tuple[float, float]]] = {}
    for id in CONTENT.ids("domains"):
        world = load(id)
        for name, timed in replayed(world, "", Spent(), 3).items():
            pair = statistics.median(timed.whole), statistics.median(timed.work)
            found.setdefault(sort_of(world.world.tools[name]), []).append(pair)
    return {sort: Limit(*map(statistics.median, zip(*pairs, strict=True))) for sort, pairs in found.items()}


def costs(suite: str, plain: dict[str, Limit]) -> list[ToolCost]:
    """What each tool of a suite costs, for those that its reference solutions call."""
    spent = Spent()
    chosen = {suite: spent.timed(find_engine(suite, next(iter(ENGINES[suite]))))} if suite in ENGINES else {}
    world = load(f"suite:{suite}", engines=chosen)
    found = []
    for name, timed in sorted(replayed(world, suite, spent, ROUNDS).items()):
        whole, library = statistics.median(timed.whole), statistics.median(timed.engine)
        sort = sort_of(world.world.tools[name])
        limit = plain[sort].scaled(statistics.median(timed.work))
        found.append(ToolCost(suite, name, whole, library, sort, limit))
    return found


def measure_suites() -> Iterator[Figure]:
    """A figure for each suite, and one for each tool that misses."""
    plain = limits()
    for suite in CONTENT.ids("suites"):
        found = costs(suite, plain)
        if not found:
            continue
        middle = sorted(found, key=lambda cost: cost.whole)[len(found) // 2]
        exempt = [cost.tool for cost in found if cost.dominated]
        library = f"; mostly the library's time: {', '.join(exempt)}" if exempt else ""
        own = middle.whole - middle.engine
        yield figure(f"suite_{suite}", own, middle.limit, f"x{MOST:g}",
                     f"a {middle.like} of a world; {middle.tool}, its library's {middle.engine:.0f} µs apart"
                     f"{library}")  # fmt: skip
        for cost in found:
            if cost.ratio > MOST and not cost.dominated:
                yield figure(
                    f"suite_{suite}.{cost.tool}", cost.whole - cost.engine, cost.limit, f"x{MOST:g}", cost.like
                )
