"""What every suite must have, and what holds of it in an office of its own; certificates, truth and fuzz are beside."""

from __future__ import annotations

from functools import cache

import pytest

from agentworlds.agents.sampler import CallSampler
from agentworlds.compile.program import Program
from agentworlds.engines import ENGINES, find_engine
from agentworlds.registry import CONTENT
from agentworlds.rng import Stream
from agentworlds.runtime.instance import Instance
from agentworlds.runtime.template import make_template
from agentworlds.spec.columns import ListOf, Record
from agentworlds.spec.hosting import host_script
from agentworlds.spec.loader import load_script
from agentworlds.worlds.world import LoadedWorld
from tests.contract.conftest import loaded

IDS = CONTENT.ids("suites")
EVERYDAY = {
    "email", "files", "search", "calendar", "contacts", "chat", "notes", "sheets", "calculator", "maps", "todo", "analyst",
}  # fmt: skip


@pytest.fixture(params=IDS)
def suite(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@cache
def alone(suite: str) -> LoadedWorld:
    return loaded(f"suite:{suite}")


def test_there_are_the_everyday_suites() -> None:
    assert set(IDS) >= EVERYDAY


def test_a_suite_is_large_enough(suite: str) -> None:
    world = alone(suite).world
    tools = [tool for tool in world.tools.values() if tool.source == suite]
    intents = [intent for intent in world.intents.values() if intent.source == suite]
    assert 5 <= len(tools) <= 14
    assert any(tool.writes for tool in tools)
    assert len(intents) >= 5
    assert len({intent.kind for intent in intents}) >= 3
    assert any(intent.kind == "impossible" for intent in intents)
    assert sum(rule.file.endswith(f"{suite}.py") for rule in world.rules) >= 3


def test_every_search_is_summed_up_in_a_sentence(suite: str) -> None:
    world = alone(suite)
    for tool in world.world.tools.values():
        if tool.source != suite or tool.search is None:
            continue
        assert tool.says is not None, tool.name
        with world.instance() as instance:
            for limit in (1, 2, 50):
                step = instance.call(tool.name, limit=limit)
                assert step.data is not None
                lead = tool.says(step.data)
                assert lead == lead.strip() != ""
                assert step.text.startswith(lead)


def test_every_result_of_several_things_is_summed_up_in_a_sentence(suite: str) -> None:
    world = alone(suite)
    several = {
        tool.name: tool for tool in world.world.tools.values()
        if tool.source == suite and not tool.writes and isinstance(tool.returns, ListOf | Record)
    }  # fmt: skip
    assert several
    assert [name for name, tool in several.items() if tool.says is None] == []
    seen = set()
    for drawn in world.tasks():
        with world.episode(drawn.spec.index) as episode:
            for call in drawn.spec.solution:
                step = episode.apply(call.tool, dict(call.arguments))
                if step.ok and call.tool in several:
                    lead = several[call.tool].says(step.data)  # type: ignore[misc, arg-type]
                    assert lead == lead.strip() != "", call
                    assert step.text.startswith(lead)
                    seen.add(call.tool)
    assert seen


def test_a_suite_alone_is_the_same_to_the_byte_every_time(suite: str) -> None:
    text = host_script(CONTENT.part("suites", suite))
    for seed in (0, 1):
        digests = {make_template(Program(load_script("alone.py", {"alone.py": text})), seed).digest for _ in range(2)}
        assert len(digests) == 1


def play(instance: Instance, stream: Stream, calls: int) -> list[str]:
    """So many well-typed calls, and what came of them."""
    sampler = CallSampler(instance.program, stream)
    for table in instance.program.tables:
        sampler.ids[table.name] = list(range(1, 6))
    seen = []
    for _ in range(calls):
        tool = sampler.stream.choice(list(instance.tools.values()))
        step = instance.apply(tool.name, sampler.call(tool) or {})
        if step.ok:
            sampler.learn(step, tool)
        seen.append(step.json + step.text)
    return seen


@pytest.mark.parametrize("seed", range(3))
def test_forks_and_restored_snapshots_go_on_alike(suite: str, seed: int) -> None:
    world = alone(suite)
    with world.instance() as origin:
        play(origin, Stream("suite", suite, seed), 120)
        saved, changes = origin.snapshot(), origin.changes()
        with origin.fork() as fork, world.instance() as restored:
            restored.restore(saved)
            assert fork.changes() == restored.changes() == changes
            stories = [play(one, Stream("after", suite, seed), 60) for one in (origin, fork, restored)]
            assert stories[0] == stories[1] == stories[2]
            assert origin.snapshot() == fork.snapshot() == restored.snapshot()


def test_a_suite_wraps_what_its_first_engine_says(suite: str) -> None:
    wraps = alone(suite).world.modules[suite].wraps
    if suite not in ENGINES:
        assert wraps == ""
        return
    for name in ENGINES[suite]:
        engine = find_engine(suite, name)
        assert engine.wraps, name  # type: ignore[attr-defined]
    assert wraps
