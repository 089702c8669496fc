"""What a call of a suite costs beside a plain call of a world, the wrapped library's own time apart.

The calls are those of the reference solutions of the suite's own tasks, in an office that has the suite alone.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial, wraps
from typing import Any

import msgspec

from agentworlds.bench.measure import CALLS, SHOP, Figure, figure, median_time
from agentworlds.compile.program import Program
from agentworlds.engines import ENGINES, find_engine
from agentworlds.registry import CONTENT
from agentworlds.runtime.instance import Instance
from agentworlds.runtime.template import make_template
from agentworlds.spec.loader import load_script
from agentworlds.spec.tools import Tool
from agentworlds.worlds.loading import load

ROUNDS = 15
MOST = 2.0
"""How many times a comparable call a suite's own part may take."""


class ToolCost(msgspec.Struct, frozen=True):
    """What one tool of a suite costs.

    Attributes:
        whole: The median microseconds of a call, from arguments to JSON.
        library: How much of it the wrapped library takes.
        like: The comparable call of a world, which takes `limit`.
    """

    suite: str
    tool: str
    whole: float
    library: float
    like: str
    limit: float

    @property
    def ratio(self) -> float:
        """The suite's own part over the comparable call."""
        return (self.whole - self.library) / self.limit

    @property
    def dominated(self) -> bool:
        """Whether the library takes most of the time."""
        return self.library > self.whole / 2


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


def comparable(tool: Tool) -> str:
    """Which plain call of a world is like a tool."""
    if tool.writes:
        return "call_insert"
    return "call_get" if tool.getter is not None else "call_list"


def limits() -> dict[str, float]:
    """The plain calls of the shop, measured in this run."""
    found = {}
    with Instance(make_template(Program(load_script(SHOP)), 0, 1)) as instance:
        for name, (tool, arguments) in CALLS.items():
            call = partial(_call_json, instance, tool, arguments)
            found[name] = median_time(call, 400, between=instance.reset if name == "call_insert" else None)
    return found


def _call_json(instance: Instance, tool: str, arguments: dict[str, Any]) -> str:
    return instance.apply(tool, arguments).json


def costs(suite: str, plain: dict[str, float]) -> list[ToolCost]:
    """What each tool of a suite costs, for those that its reference solutions call."""
    spent = Spent()
    chosen = {suite: spent.timed(find_engine(suite, next(iter(ENGINES[suite]))))} if suite in ENGINES else {}
    world = load(f"suite:{suite}", engines=chosen)
    times: dict[str, list[tuple[float, float]]] = {}
    tools = {tool.name: tool for tool in world.world.tools.values() if tool.source == suite}
    with world.instance() as instance:
        gc.collect()
        gc.disable()
        try:
            for round_ in range(ROUNDS + 1):
                for task in world.tasks():
                    instance.reset()
                    for call in task.spec.solution:
                        spent.seconds, before = 0.0, time.perf_counter()
                        _call_json(instance, call.tool, call.arguments)
                        whole = time.perf_counter() - before
                        if round_ and call.tool in tools:  # the first round builds what is kept
                            times.setdefault(call.tool, []).append((whole * 1e6, spent.seconds * 1e6))
        finally:
            gc.enable()
    world.close()
    return [
        ToolCost(suite, name, statistics.median(t[0] for t in found), statistics.median(t[1] for t in found),
                 comparable(tools[name]), plain[comparable(tools[name])])
        for name, found in sorted(times.items())
    ]  # fmt: skip


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
        own = middle.whole - middle.library
        yield figure(f"suite_{suite}", own, middle.limit, f"x{MOST:g}",
                     f"{middle.like}; {middle.tool}, its library {middle.library:.0f} apart{library}")  # fmt: skip
        for cost in found:
            if cost.ratio > MOST and not cost.dominated:
                yield figure(
                    f"suite_{suite}.{cost.tool}", cost.whole - cost.library, cost.limit, f"x{MOST:g}", cost.like
                )
