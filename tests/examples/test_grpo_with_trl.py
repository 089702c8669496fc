"""A language model practises in a world: real episodes are played, their verdicts are the rewards, and it gets better."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

import agentworlds
from agentworlds.serve.trl import conversations, rows
from tests.e2e.command import agentworlds as run

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("trl") is None, reason="the extra llm is not installed"),
    pytest.mark.filterwarnings("ignore"),  # of libraries that deprecate what they call themselves
]
EXAMPLE = Path(__file__).parents[2] / "examples" / "grpo_with_trl.py"
STEPS, GROUP = 14, 16


@pytest.fixture
def example() -> Iterator[Any]:
    import torch

    spec = importlib.util.spec_from_file_location("grpo_with_trl", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("sys").modules, "grpo_with_trl", module)
        patch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")
        spec.loader.exec_module(module)
        yield module
    torch.set_num_threads(threads)


def demonstrate(agent: str, script: Path) -> list[dict[str, Any]]:
    """What the command exports of an agent's first episode."""
    folder, out = script.with_name(agent), script.with_name(f"{agent}.jsonl")
    assert run("run", "--agent", agent, "--worlds", script, "--episodes", 1, "--out", folder).code == 0
    assert run("export", folder, "--worlds", script, "--out", out).code == 0
    return [json.loads(line) for line in out.read_text().splitlines()]


def test_a_model_imitates_practises_and_finds_out_what_pays(example: Any, tmp_path: Path) -> None:
    script = tmp_path / "clinic.py"
    assert run("new", "clinic", "--out", script).code == 0
    world = agentworlds.load(script)
    lines = [*demonstrate("reference", script), *demonstrate("quitter", script)]
    assert [line["success"] for line in lines] == [True, False]

    example.set_seed(0)
    learner = example.tiny(conversations(lines, [world]))
    example.imitate(learner, conversations(lines, [world]), steps=150, loss=0.025, batch=2, out=tmp_path / "out")
    before = {name: weight.detach().clone() for name, weight in learner.model.named_parameters()}
    trainer = example.practise(learner, [world], rows([world])[:1], steps=STEPS, group=GROUP, out=tmp_path / "out")

    steps = [log for log in trainer.state.log_history if "reward" in log]
    assert len(steps) == STEPS
    assert all((log["grad_norm"] > 0) == (log["reward_std"] > 0) for log in steps)  # nothing is learnt from one reward
    assert steps[0]["reward_std"] > 0
    assert any(not weight.equal(before[name]) for name, weight in learner.model.named_parameters())

    played = [environment.episode for environment in trainer.environments]
    assert len({id(episode.instance) for episode in played}) == GROUP
    verdicts = [episode.verdict for episode in played]
    assert steps[-1]["reward"] == pytest.approx(mean(verdict.reward for verdict in verdicts))
    assert steps[-1]["tools/call_frequency"] >= mean(len(episode.steps) for episode in played) > 0
    solved = [episode for episode in played if episode.verdict.success]
    assert solved
    assert all([change.table for change in episode.changes()] == ["visit"] for episode in solved)
    assert all({"search_pets", "plan_visit"} <= {step.tool for step in episode.steps} for episode in solved)

    rewards = [log["reward"] for log in steps]
    assert mean(rewards[-5:]) > mean(rewards[:2]) + 0.1
