"""Tool realism keeps every packaged world's oracle: solutions succeed, the lazy fail, and agents can learn all there is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agentworlds.agents.builtin import make_agent
from agentworlds.certify.replay import fingerprint
from agentworlds.judge.changes import Change
from agentworlds.runtime.step import Step
from agentworlds.worlds.episode import Episode
from agentworlds.worlds.perturb.client import Client
from agentworlds.worlds.perturb.kinds import PRESETS, PartialPages, Perturb, Renaming, StaleReads
from agentworlds.worlds.perturb.layer import Held
from agentworlds.worlds.world import LoadedWorld
from tests.e2e.command import agentworlds
from tests.unit.worlds.test_perturb import KINDS, UNTIMED

EVERY = {**KINDS, **PRESETS}


def counted(world: LoadedWorld, changes: list[Change]) -> list[Any]:
    """Changes without what the clock decides."""
    clocks = {
        table.name: {column.stored_name for column in table.columns if column.field.clock}
        for table in world.program.tables
    }

    def still(row: dict[str, Any] | None, table: str) -> Any:
        return row and {name: value for name, value in row.items() if name not in clocks[table]}

    return [(one.kind, one.table, one.id, still(one.before, one.table), still(one.after, one.table)) for one in changes]


@pytest.mark.parametrize("kind", EVERY)
def test_every_reference_ends_where_it_does_without(packaged: LoadedWorld, kind: str) -> None:
    for index in range(packaged.task_count):
        with packaged.episode(index) as plain, packaged.episode(index, perturb=EVERY[kind]) as episode:
            verdicts = [Client(plain).replay(), Client(episode).replay()]
            assert verdicts[0].success, plain.task.intent
            assert verdicts[1] == verdicts[0], plain.task.intent
            assert fingerprint(episode.instance) == fingerprint(plain.instance)
            assert counted(packaged, episode.changes()) == counted(packaged, plain.changes())
            if kind in UNTIMED:
                assert episode.changes() == plain.changes()
            assert len(episode.steps) <= episode.budget


@pytest.mark.parametrize("preset", PRESETS)
def test_idling_and_giving_up_end_as_without(packaged: LoadedWorld, preset: str) -> None:
    for index in range(packaged.task_count):
        for agent in ("idle", "quitter"):
            with packaged.episode(index) as plain, packaged.episode(index, perturb=preset) as episode:
                verdicts = [make_agent(agent).play(one, 0) for one in (plain, episode)]
                assert verdicts[1] == verdicts[0]
                assert verdicts[1].success == (agent == "quitter" and plain.task.goal.impossible)


@pytest.mark.parametrize("style", ["snake", "camel", "pascal"])
def test_names_are_one_to_one_and_a_client_turns_them_back(packaged: LoadedWorld, style: Any) -> None:
    for seed in range(3):
        perturb = Perturb(names=Renaming(style, 70), seed=seed)
        for index in range(0, packaged.task_count, 5):
            with packaged.episode(index) as plain, packaged.episode(index, perturb=perturb) as episode:
                assert episode.layer is not None
                names = episode.layer.surface.names
                assert len(set(names.values())) == len(names)
                assert any(name != shown for name, shown in names.items())
                client = Client(episode)
                for call in plain.task.solution:
                    one, other = plain.apply(call.tool, call.arguments), client.apply(call.tool, call.arguments)
                    assert (other.data, other.json, other.text) == (one.data, one.json, one.text)


@pytest.mark.parametrize("seed", range(2))
def test_calls_and_results_agree_with_the_schemas_that_are_shown(packaged: LoadedWorld, seed: int) -> None:
    perturb = Perturb.preset("harsh", seed)
    listed = packaged.mcp_tools(None, perturb)
    inputs, outputs = (
        {tool["name"]: jsonschema.Draft202012Validator(tool[schema]) for tool in listed}
        for schema in ("inputSchema", "outputSchema")
    )
    for index in range(packaged.task_count):
        with packaged.episode(index, perturb=perturb) as episode:
            Client(episode).replay()
            assert episode.layer is not None
            further = {episode.layer.surface.names[key] for key in episode.layer.surface.extra}
            shown = {tool["function"]["name"]: tool["function"]["parameters"] for tool in episode.tools}
            for step in episode.steps:
                assert shown[step.tool] == inputs[step.tool].schema
                inputs[step.tool].validate(step.arguments)
                if step.ok:
                    assert further <= outputs[step.tool].schema["properties"].keys() & (step.data or {}).keys()
                    outputs[step.tool].validate(step.data)


def every_page(episode: Episode, search: str) -> list[Any]:
    found: list[Any] = []
    while True:
        data = episode.call(search, limit=50, offset=len(found)).data
        assert data is not None
        found += data["results"]
        if not data["more"]:
            return found


def test_offset_reaches_all_rows_of_every_search(packaged: LoadedWorld) -> None:
    searches = [tool for tool in packaged.tools_of(packaged.task(0).spec.role) if tool.search is not None]
    with packaged.episode(budget=10_000) as plain, \
         packaged.episode(budget=10_000, perturb=Perturb(pages=PartialPages(5, 25))) as episode:  # fmt: skip
        for tool in searches:
            assert every_page(episode, tool.name) == every_page(plain, tool.name)


def test_after_the_stale_moment_reads_are_true(packaged: LoadedWorld) -> None:
    """Each recorded read is made again when its task is solved: three calls later it shows what it shows without."""
    for index in range(0, packaged.task_count, 3):
        with packaged.episode(index, budget=10_000) as plain, \
             packaged.episode(index, budget=10_000, perturb=Perturb(stale=StaleReads(calls=3))) as episode:  # fmt: skip
            calls = plain.task.solution
            reads = [call for call in calls if not packaged.world.tools[call.tool].writes]
            for call in [*calls, *reads[:1] * 3]:
                plain.apply(call.tool, call.arguments)
                episode.apply(call.tool, call.arguments)
            for call in reads:
                shown, true = (one.apply(call.tool, call.arguments) for one in (episode, plain))
                assert shown.json == true.json


def test_what_is_refused_for_now_succeeds_within_the_declared_tries(packaged: LoadedWorld) -> None:
    perturb = KINDS["all"]
    assert perturb.limit is not None
    assert perturb.failures is not None
    for index in range(0, packaged.task_count, 4):
        with packaged.episode(index, perturb=perturb) as episode:
            Client(episode).replay()
            row: list[Step] = []
            for step in episode.steps:
                row = [*row, step] if isinstance(step, Held) else []
                assert len(row) <= perturb.limit.tries + perturb.failures.most


PRINT_DIGEST = """
import hashlib, sys
import agentworlds
for id in sys.argv[1:]:
    episode = agentworlds.load(id).episode(2, 1, perturb="harsh")
    agentworlds.Client(episode).replay()
    told = [repr(episode.tools), *(step.json + step.text for step in episode.steps), repr(episode.verdict)]
    print(id, len(episode.steps), hashlib.sha256("".join(told).encode()).hexdigest())
"""


def test_perturbations_are_the_same_under_another_hash_seed() -> None:
    printed = []
    for seed in ("1", "4242"):
        command = [sys.executable, "-c", PRINT_DIGEST, "bank", "household"]
        ran = subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True
        )
        printed.append(ran.stdout)
    assert printed[0] == printed[1]
    assert printed[0].count("\n") == 2


def test_a_run_is_perturbed_graded_again_and_apart_from_one_that_is_not(tmp_path: Path) -> None:
    run = ("run", "--worlds", "bank", "--episodes", "4", "--out", tmp_path, "--json")
    for more in (("--perturb", "harsh"), (), ("--perturb", "harsh")):
        assert agentworlds(*run, *more).json["success"] == 1.0
    assert agentworlds("score", tmp_path, "--json").json == {"episodes": 8, "differing": []}
