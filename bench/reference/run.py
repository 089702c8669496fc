"""Measure the reference system's way of running an environment. Started by measure.py in its own venv."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
from app_source import render_app
from clients import Call, Json, mcp_call, mcp_session, rest_call, tool_names
from database import build_database
from episode import SCENARIO, Episode, Sources, Way
from figures import Figure, timed
from verifiers import EVERY_TABLE, RUBRIC, run_verifier

HERE = Path(__file__).resolve().parent
COMMAND = "python bench/reference/measure.py"
PACKAGES = [
    "agent-world-model",
    "fastapi",
    "fastapi-mcp",
    "mcp",
    "sqlalchemy",
    "pydantic",
    "uvicorn",
    "httpx",
]
TIME_LIMIT = 290.0
STARTS = 7
CALLS = 200
BATCH = 10
LIVE = 4

OPERATIONS: dict[str, tuple[str, Json]] = {
    "call_get": ("get_order", {"order_id": 7}),
    "call_list": ("search_order_lines", {"order_id": 7, "limit": 20}),
    "call_insert": (
        "create_order_line",
        {"order_id": 3, "product_id": 5, "quantity": 2, "unit_price": 19.5, "gift_wrap": False},
    ),
    "call_update": ("update_ticket_status", {"ticket_id": 3, "status": "in_progress"}),
}


def progress(text: str) -> None:
    """Print one progress line."""
    print(text, flush=True)


def load(name: str) -> Any:
    """Return a JSON file of the benchmark that both sides share."""
    return json.loads((HERE.parent / name).read_text(encoding="utf-8"))


@contextmanager
def prepared(schema: Json) -> Iterator[Sources]:
    """Yield the initial database, the app script and the launcher's input, in a folder that is removed."""
    rows = load("rows.json")
    with tempfile.TemporaryDirectory(prefix="reference_") as name:
        folder = Path(name)
        sources = Sources(folder / "initial.db", folder / "app.py", folder / "envs.jsonl", folder)
        build_database(schema, rows, sources.initial_db)
        sources.app_script.write_text(render_app(schema, rows, mount_mcp=True), encoding="utf-8")
        item = {
            "scenario": SCENARIO,
            "db_path": str(sources.initial_db),
            "full_code": render_app(schema, rows, mount_mcp=False),
        }
        sources.envs_file.write_text(json.dumps(item) + "\n", encoding="utf-8")
        yield sources


async def tools_answer(episode: Episode) -> list[str]:
    """Wait until the episode answers tools/list."""
    await episode.listening()
    async with mcp_session(episode.url) as session:
        return await tool_names(session)


def since(started: float) -> float:
    """Return the milliseconds since `started`."""
    return (time.perf_counter() - started) * 1e3


async def measure_starts(sources: Sources, way: Way) -> list[Figure]:
    """Episode start (copy, spawn, answer) and reset (stop, copy, spawn, answer)."""
    name = way.value
    starts, answers, cpu, resets = [], [], [], []
    async with httpx.AsyncClient() as client:
        for _ in range(STARTS):
            started = time.perf_counter()
            episode = Episode.start(sources, way)
            await episode.listening()
            (await client.get(f"{episode.url}/api/orders/7")).raise_for_status()
            answers.append(since(started))
            await tools_answer(episode)
            starts.append(since(started))
            cpu.append(episode.cpu_ms())
            started = time.perf_counter()
            episode.stop()
            episode = Episode.start(sources, way)
            await tools_answer(episode)
            resets.append(since(started))
            episode.stop()
    return [
        Figure.of(f"episode_start.{name}.mcp", starts),
        Figure.of(f"episode_start.{name}.rest", answers),
        Figure.of(f"episode_start.{name}.cpu", cpu),
        Figure.of(f"reset.{name}.mcp", resets),
    ]


def measure_copy(sources: Sources) -> Figure:
    """The file copy alone: the part of a reset that is not the process."""
    samples = []
    for _ in range(CALLS):
        started = time.perf_counter()
        shutil.copyfile(sources.initial_db, sources.folder / "copy.db")
        samples.append(since(started))
    return Figure.of("reset.file_copy_only", samples)


async def record(call: Call) -> Json:
    """Run each operation once on a fresh episode; return its request and its content."""
    return {
        name: {"request": {"tool": tool, "arguments": arguments}, "response": await call(tool, arguments)}
        for name, (tool, arguments) in OPERATIONS.items()
    }


async def measure_calls(episode: Episode, call: Call, protocol: str) -> list[Figure]:
    """Wall time of every operation at the client and CPU time of its server."""
    figures = []
    for name, (tool, arguments) in OPERATIONS.items():

        async def operation(index: int, name: str = name, tool: str = tool, arguments: Json = arguments) -> object:
            changed = {"status": ("open", "in_progress")[index % 2]} if name == "call_update" else {}
            return await call(tool, arguments | changed)

        wall = Figure.of(f"{name}.{protocol}", await timed(operation, CALLS))
        cpu = Figure.of(f"{name}.{protocol}.server_cpu", await cpu_per_call(episode, operation))
        progress(f"  {name} over {protocol}: {wall.value} ms, server CPU {cpu.value} ms")
        figures += [wall, cpu]
    return figures


async def cpu_per_call(episode: Episode, operation: Callable[[int], Awaitable[object]]) -> list[float]:
    """Return the server's CPU milliseconds a call, a sample per batch: it works on after it has answered."""
    samples = []
    for _ in range(CALLS // BATCH):
        before = episode.cpu_ms()
        await timed(operation, BATCH, warmup=0)
        samples.append((episode.cpu_ms() - before) / BATCH)
    return samples


async def measure_mcp(sources: Sources) -> tuple[list[Figure], Json, Path]:
    """Calls over one MCP session and over a session each; also the outputs and the database they left."""
    episode = Episode.start(sources, Way.DIRECT)
    names = await tools_answer(episode)
    final = sources.folder / "final.db"
    async with mcp_session(episode.url) as session:
        outputs = await record(mcp_call(session))
        outputs["tools_list"] = {"request": {"method": "tools/list"}, "response": names}
        shutil.copyfile(episode.db, final)
        figures = await measure_calls(episode, mcp_call(session), "mcp")
        figures.append(Figure.of("tools_list.mcp", await timed(lambda _: session.list_tools(), CALLS // 4)))

    async def alone(_: int) -> object:
        async with mcp_session(episode.url) as session:
            return await mcp_call(session)(*OPERATIONS["call_get"])

    figures.append(Figure.of("call_get.mcp_session_per_call", await timed(alone, CALLS // 4)))
    episode.stop()
    return figures, outputs, final


async def measure_rest(sources: Sources, schema: Json) -> tuple[list[Figure], Json]:
    """The same calls over a kept-alive HTTP connection, on a fresh episode."""
    episode = Episode.start(sources, Way.DIRECT)
    await episode.listening()
    async with httpx.AsyncClient(base_url=episode.url) as client:
        call = rest_call(client, schema)
        outputs = await record(call)
        figures = await measure_calls(episode, call, "rest")
    episode.stop()
    return figures, outputs


def measure_verification(initial: Path, final: Path) -> tuple[list[Figure], Json]:
    """Both verifiers on the files before and after the recorded insert and update."""
    figures, outputs = [], {}
    edits = [
        {"tool": tool, "arguments": arguments}
        for tool, arguments in (OPERATIONS["call_insert"], OPERATIONS["call_update"])
    ]
    for name, source in (("verification", RUBRIC), ("verification_every_table", EVERY_TABLE)):
        idle, done = run_verifier(source, initial, initial), run_verifier(source, initial, final)
        if (idle["result"], done["result"]) != ("others", "complete"):
            raise RuntimeError(f"{name}: idle {idle}, done {done}")
        outputs[name] = {"request": {"calls": edits}, "response": done}
        samples = []
        for _ in range(CALLS):
            started = time.perf_counter()
            run_verifier(source, initial, final)
            samples.append(since(started))
        figures.append(Figure.of(name, samples))
    return figures, outputs


async def measure_memory(sources: Sources, schema: Json, way: Way) -> list[Figure]:
    """Memory per episode with `LIVE` of them alive at once, each after a handful of calls."""
    episodes = []
    for _ in range(LIVE):
        episode = Episode.start(sources, way)
        episodes.append(episode)
        await tools_answer(episode)
        async with mcp_session(episode.url) as session:
            await record(mcp_call(session))
    sizes = [episode.memory() for episode in episodes]
    Episode.stop_all()
    return [
        Figure.of(f"memory.{way.value}.pss", [size.pss for size in sizes], "MiB"),
        Figure.of(f"memory.{way.value}.uss", [size.uss for size in sizes], "MiB"),
    ]


async def measure_all(sources: Sources, schema: Json) -> tuple[list[Figure], Json]:
    """Run every measurement; return the figures and the outputs."""
    figures: list[Figure] = []
    for way in Way:
        progress(f"episode start and reset, {way.value}, {STARTS} times")
        figures += await measure_starts(sources, way)
        progress(f"  {figures[-4].value:.0f} ms, reset {figures[-1].value:.0f} ms")
    figures.append(measure_copy(sources))
    progress("calls over MCP")
    over_mcp, outputs, final = await measure_mcp(sources)
    progress("calls over REST")
    over_rest, rest_outputs = await measure_rest(sources, schema)
    for name, output in rest_outputs.items():
        if output != outputs[name]:
            raise RuntimeError(f"{name}: MCP answered {outputs[name]}, REST {output}")
    progress("verification")
    verification, verdicts = measure_verification(sources.initial_db, final)
    figures += over_mcp + over_rest + verification
    for way in Way:
        progress(f"memory, {LIVE} episodes alive, {way.value}")
        figures += await measure_memory(sources, schema, way)
    return figures, outputs | verdicts


def write_results(figures: list[Figure], outputs: Json) -> None:
    """Write results.json and outputs.json beside this file."""
    versions = ", ".join([f"python {platform.python_version()}", *(f"{name} {version(name)}" for name in PACKAGES)])
    results = [asdict(figure) | {"command": COMMAND, "versions": versions} for figure in figures]
    for name, content in (("results.json", results), ("outputs.json", outputs)):
        (HERE / name).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


async def bounded(sources: Sources, schema: Json) -> tuple[list[Figure], Json]:
    """Run everything within the time limit."""
    async with asyncio.timeout(TIME_LIMIT):
        return await measure_all(sources, schema)


def main() -> None:
    """Measure, write both files and print the figures."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    started = time.perf_counter()
    schema = load("schema.json")
    with prepared(schema) as sources:
        try:
            figures, outputs = asyncio.run(bounded(sources, schema))
        finally:
            Episode.stop_all()
    write_results(figures, outputs)
    for figure in figures:
        progress(f"{figure.figure:42} {figure.value:10.3f} {figure.unit:4} p95 {figure.p95:10.3f}  n {figure.n}")
    progress(f"done in {since(started) / 1e3:.0f} s")


if __name__ == "__main__":
    main()
