"""Playing episodes and writing down everything that is needed to replay and to grade them again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import msgspec
import orjson

from agentworlds.agents.builtin import Agent
from agentworlds.errors import Fault
from agentworlds.judge.changes import Change
from agentworlds.judge.verdict import Goal, Verdict, judge
from agentworlds.runtime.step import Step
from agentworlds.tasks.drawing import Split
from agentworlds.worlds.episode import Episode
from agentworlds.worlds.perturb.kinds import Perturb
from agentworlds.worlds.perturb.layer import Held
from agentworlds.worlds.world import LoadedWorld


class Turn(msgspec.Struct, frozen=True, omit_defaults=True):
    """One call of a trajectory."""

    tool: str
    arguments: dict[str, Any]
    observation: dict[str, Any]
    text: str
    ok: bool
    reward: float = 0.0
    latency_us: float = 0.0
    held: bool = False
    """Whether a perturbation refused it for now, so that it does not count."""


class Trajectory(msgspec.Struct, frozen=True, omit_defaults=True):
    """A played episode. `changes` and `goal` grade it again without playing; seed, task and turns replay it."""

    world: str
    digest: str
    seed: int
    task: int
    intent: str
    kind: str
    agent: str
    agent_seed: int
    wording: str
    instruction: str
    turns: list[Turn]
    answer: Any
    impossible: bool
    changes: list[Change]
    holds: dict[str, bool] | None
    goal: Goal
    solution_length: int
    verdict: Verdict | None
    fault: str | None = None
    finished: bool = True
    """Whether the agent finished; otherwise its budget was spent, or a fault ended the episode."""
    perturb: Perturb | None = None
    """How the tools differed from the world's own."""

    @property
    def key(self) -> tuple[str, int, int, str, int, str, Perturb | None]:
        """What makes it one episode of a run."""
        return self.world, self.seed, self.task, self.agent, self.agent_seed, self.wording, self.perturb


class _Recorded(Episode):
    """An episode that keeps each call's latency, and whether the agent finished it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.latencies: list[float] = []
        self.finished = False
        super().__init__(*args, **kwargs)

    def apply(self, tool: str, arguments: dict[str, Any]) -> Step:
        before = time.perf_counter()
        step = super().apply(tool, arguments)
        if tool == "finish" and step.ok:
            self.finished = True
        else:
            self.latencies.append(round((time.perf_counter() - before) * 1e6, 1))
        return step


def roll_out(
    world: LoadedWorld, index: int, seed: int, agent: Agent, agent_seed: int = 0, wording: Split = "train",
    perturb: Perturb | None = None,
) -> Trajectory:  # fmt: skip
    """Let an agent play one task. A fault ends the episode without a verdict."""
    drawn = world.task(index, seed)
    fault, verdict = None, None
    with _Recorded(world.pool(seed), drawn, wording=wording, perturb=perturb) as episode:
        try:
            verdict = agent.play(episode, agent_seed)
        except Fault as problem:
            fault = str(problem)
        turns = [
            Turn(step.tool, step.arguments, step.observation, step.text, step.ok, step.reward, latency,
                 isinstance(step, Held))
            for step, latency in zip(episode.steps, episode.latencies, strict=False)
        ]  # fmt: skip
        spec = drawn.spec
        return Trajectory(
            world.id, world.template(seed).digest, seed, index, spec.intent, spec.kind, agent.name, agent_seed, wording,
            episode.instruction, turns, episode.answer, episode.said_impossible, episode.changes(),
            episode.holds(), spec.goal, spec.length, verdict, fault, episode.finished, perturb,
        )  # fmt: skip


def score_again(world: LoadedWorld, trajectory: Trajectory) -> Verdict:
    """The verdict of a stored trajectory, from its final state alone."""
    tables = {table.name: table for table in world.program.tables}
    calls = sum(not turn.held for turn in trajectory.turns)
    return judge(trajectory.goal, trajectory.changes, tables, calls=calls, answer=trajectory.answer,
                 impossible=trajectory.impossible, holds=trajectory.holds)  # fmt: skip


def plan_episodes(worlds: list[LoadedWorld], episodes: int, seed: int) -> Iterator[tuple[LoadedWorld, int, int]]:
    """Which (world, task, seed) each of so many episodes plays: worlds in turn, then tasks, then further seeds."""
    for number in range(episodes):
        world = worlds[number % len(worlds)]
        rounds = number // len(worlds)
        yield world, rounds % world.task_count, seed + rounds // world.task_count


def as_messages(world: LoadedWorld, trajectory: Trajectory) -> dict[str, Any]:
    """A trajectory as chat messages with tool calls, for supervised training."""
    briefing, _, request = trajectory.instruction.partition("\n\n")
    messages: list[dict[str, Any]] = [{"role": "system", "content": briefing}, {"role": "user", "content": request}]
    calls = [(turn.tool, turn.arguments, orjson.dumps(turn.observation).decode()) for turn in trajectory.turns]
    if trajectory.finished:
        finish = {"answer": trajectory.answer} if trajectory.answer is not None else {}
        if trajectory.impossible:
            finish["impossible"] = True
        calls.append(("finish", finish, '{"finished":true}'))
    for number, (tool, arguments, content) in enumerate(calls):
        function = {"name": tool, "arguments": orjson.dumps(arguments).decode()}
        call = {"id": f"call_{number}", "type": "function", "function": function}
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": call["id"], "content": content})
    role = world.task(trajectory.task, trajectory.seed).spec.role
    return {
        "messages": messages,
        "tools": world.openai_tools(role, trajectory.perturb),
        "world": trajectory.world,
        "task": trajectory.task,
        "seed": trajectory.seed,
        "success": trajectory.verdict.success if trajectory.verdict else None,
    }
