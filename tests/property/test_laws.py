"""Laws 1, 3, 7 and 9 over random worlds and arbitrary input; test_state.py holds 2, 4 and 6, tests/contract law 5."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import agentworlds
from agentworlds.agents.sampler import CallSampler
from agentworlds.compile.program import Program
from agentworlds.errors import Code
from agentworlds.registry import CONTENT
from agentworlds.rng import Stream
from agentworlds.runtime.template import make_template
from agentworlds.spec.loader import load_script
from agentworlds.worlds.world import LoadedWorld
from tests.contract.test_tools import all_rows, passes
from tests.property.random_worlds import random_script, random_world

IDS = [*CONTENT.ids("domains"), *(f"suite:{id}" for id in CONTENT.ids("suites"))]
SCRIPTS = st.integers(0, 40)
SEEDS = st.integers(0, 10**9)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=6,
)


@cache
def world_of(script: int) -> LoadedWorld:
    return random_world(script)


@cache
def packaged(id: str) -> LoadedWorld:
    return agentworlds.load(id)


@settings(max_examples=25, deadline=None)
@given(script=SCRIPTS, seed=st.integers(0, 50))
def test_law_1_the_same_script_and_seed_give_the_same_image(script: int, seed: int) -> None:
    images = [
        make_template(Program(load_script("random.py", {"random.py": random_script(script)})), seed).digest
        for _ in range(2)
    ]
    assert images[0] == images[1]


@settings(max_examples=25, deadline=None)
@given(script=SCRIPTS, stream=SEEDS)
def test_law_1_the_same_calls_give_the_same_observations(script: int, stream: int) -> None:
    world = world_of(script)
    seen = []
    for _ in range(2):
        with world.instance() as instance:
            sampler = CallSampler(world.program, Stream("laws", stream))
            for table in world.program.tables:
                sampler.ids[table.name] = [1, 2, 3]
            observations = []
            for _ in range(12):
                tool = sampler.stream.choice(list(world.world.tools.values()))
                step = instance.apply(tool.name, sampler.call(tool) or {})
                observations.append(step.json + step.text)
            seen.append((observations, instance.snapshot()))
    assert seen[0] == seen[1]


@settings(max_examples=150, deadline=None)
@given(id=st.sampled_from(IDS), data=st.data())
def test_law_3_arbitrary_json_ends_as_a_result_or_a_typed_refusal_that_changes_nothing(id: str, data: Any) -> None:
    world = packaged(id)
    tool = data.draw(st.sampled_from(sorted(world.world.tools)))
    names = [param.name for param in world.world.tools[tool].params]
    keys = st.sampled_from(names) | st.text(max_size=10) if names else st.text(max_size=10)
    arguments = data.draw(st.dictionaries(keys, JSON, max_size=5))
    with world.instance() as instance:
        step = instance.apply(tool, arguments)
        assert step.ok == (step.refusal is None)
        assert step.json
        assert step.text
        if step.refusal is not None:
            assert isinstance(step.refusal.code, Code)
            assert instance.changes() == []


@settings(max_examples=30, deadline=None)
@given(id=st.sampled_from(IDS), task=st.integers(0, 10), other=st.integers(0, 10))
def test_law_7_nothing_that_an_agent_reads_depends_on_the_goal(id: str, task: int, other: int) -> None:
    """The calls of one task made under another task's goal, by the same role, give the same observations."""
    world = packaged(id)
    one, two = world.task(task).spec, world.task(other).spec
    if (one.role, one.actor) != (two.role, two.actor):
        return
    seen = []
    for index in (task, other):
        with world.episode(index, budget=100) as episode:
            steps = [episode.apply(call.tool, dict(call.arguments)) for call in one.solution]
            end = episode.call("finish", answer=one.answer_given)
            seen.append([step.json + step.text for step in (*steps, end)])
    assert seen[0] == seen[1]


@settings(max_examples=60, deadline=None)
@given(script=SCRIPTS, stream=SEEDS)
def test_law_9_searches_agree_with_a_naive_reading_also_after_changes(script: int, stream: int) -> None:
    world = world_of(script)
    with world.instance() as instance:
        sampler = CallSampler(world.program, Stream("truth", stream))
        for table in world.program.tables:
            sampler.ids[table.name] = [1, 2, 3]
        tools = list(world.world.tools.values())
        for _ in range(8):
            tool = sampler.stream.choice([tool for tool in tools if tool.writes])
            instance.apply(tool.name, sampler.call(tool) or {})
        rows = all_rows(instance)
        for tool in tools:
            if tool.search is None:
                continue
            arguments = {k: v for k, v in (sampler.call(tool) or {}).items() if k in tool.search.filters}
            step = instance.apply(tool.name, {**arguments, "limit": 50})
            if step.ok:
                assert step.data is not None
                found = rows[tool.search.cls.__table__.name]
                expected = [
                    id for id, row in sorted(found.items())
                    if all(passes(tool.search, rows, row, arguments, world, name) for name in arguments)
                ]  # fmt: skip
                assert [row["id"] for row in step.data["results"]] == expected[:50]
