"""Worlds as TRL's environments: what a model is shown, what its calls do, and what it is paid."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import agentworlds
from agentworlds import Fault, Reward
from agentworlds.agents.builtin import Idle, Reference
from agentworlds.agents.rollout import as_messages, roll_out
from agentworlds.registry import CONTENT
from agentworlds.serve.trl import conversations, environments, rows, tool_schemas
from agentworlds.worlds.perturb.kinds import Perturb
from agentworlds.worlds.world import LoadedWorld

IDS = [*CONTENT.ids("domains"), *(f"suite:{id}" for id in CONTENT.ids("suites"))]
SHED = '''"""Tools of a shed."""
from agentworlds import Draw, Row, Task, TaskDraw, Do, Word, World, rows
world = World("shed", title="Shed", now="2026-03-02 09:00")

@world.table
class Saw(Row):
    name: Word
    sharp: int = 5

world.reads(Saw, by=("name",))

@world.tool
def hone(saw: Saw, by: int = 1) -> Saw:
    """Make a saw sharper.

    Args:
        saw: which one
    """
    saw.sharp += 10 // by
    return saw

@world.data
def fill(draw: Draw) -> None:
    for name in ("hack", "fret"):
        draw.new(Saw, name=name)

@world.intent(
    "Hone the {saw.name} saw.", "The {saw.name} saw is blunt.", "Make the {saw.name} one cut again.",
    "Sharpen what we call {saw.name}.", "Could {saw.name} get an edge?", "I need a keen {saw.name} saw today.",
    "Please see to the teeth of {saw.name}.", "Give {saw.name} the usual treatment before noon.",
)
def hone_a_saw(draw: TaskDraw) -> Task:
    saw = draw.pick(Saw)
    def solve(do: Do) -> None:
        do.hone(saw_id=do.search_saws(name=saw.name)[0].id)
    return draw.task(solve, saw=saw)
'''


@cache
def loaded(id: str) -> LoadedWorld:
    return agentworlds.load(id)


@pytest.fixture
def shed(tmp_path: Path) -> LoadedWorld:
    (tmp_path / "shed.py").write_text(SHED)
    return agentworlds.load(tmp_path / "shed.py")


def fresh(world: LoadedWorld, task: int = 0, **settings: Any) -> Any:
    """An environment at the start of a task, as the trainer makes it."""
    row = rows([world])[task]
    environment = environments([world], **settings)[row["environment"]]()
    environment.reset(**{key: value for key, value in row.items() if key != "environment"})
    return environment


def play(environment: Any) -> None:
    """The reference, through the methods that a model calls."""
    task = environment.episode.task
    for call in task.solution:
        getattr(environment, call.tool)(**call.arguments)
    given = {} if task.answer_given is None else {"answer": task.answer_given}
    assert environment.finish(**given, impossible=task.goal.impossible) == '{"finished":true}'


@pytest.mark.parametrize("id", IDS)
def test_the_reference_is_paid_and_idling_is_not(id: str) -> None:
    world = loaded(id)
    made = {name: factory() for name, factory in environments([world]).items()}
    for row in rows([world]):
        environment = made[row["environment"]]
        environment.reset(**row)
        play(environment)
        assert environment.get_reward() == environment.episode.verdict.reward == 1.0
        environment.reset(**row)
        assert environment.episode.changes() == []
        assert environment.get_reward() == 0.0


def test_a_call_gives_what_the_world_says_as_json(shed: LoadedWorld) -> None:
    environment = fresh(shed)
    assert json.loads(environment.hone(saw_id=2)) == {"id": 2, "name": "fret", "sharp": 15}
    assert [change.table for change in environment.episode.changes()] == ["saw"]
    assert json.loads(environment.hone(saw_id=7))["refused"]["code"] == "not_found"


def test_arguments_that_are_missing_or_unknown_are_refused_by_the_world_and_count_as_calls(shed: LoadedWorld) -> None:
    environment = fresh(shed)
    assert json.loads(environment.hone())["refused"]["field"] == "saw_id"
    assert "did you mean 'saw_id'?" in environment.hone(saw=1)
    assert [step.tool for step in environment.episode.steps] == ["hone", "hone"]


def test_nothing_happens_after_the_end(shed: LoadedWorld) -> None:
    environment = fresh(shed)
    environment.finish()
    assert json.loads(environment.hone(saw_id=1))["refused"]["message"] == "the episode is over"
    assert environment.finish(impossible=True) == environment.hone(saw_id=1)
    assert environment.episode.changes() == []
    assert environment.get_reward() == 0.0


def test_what_is_done_counts_although_the_model_never_finishes(shed: LoadedWorld) -> None:
    environment = fresh(shed)
    call = environment.episode.task.solution[-1]
    environment.hone(**call.arguments)
    assert environment.get_reward() == environment.get_reward() == 1.0


def test_an_episode_in_which_the_world_fails_is_not_scored(shed: LoadedWorld) -> None:
    environment = fresh(shed)
    with pytest.raises(Fault):
        environment.hone(saw_id=1, by=0)
    play(environment)
    assert environment.get_reward() is None
    environment.reset(task=0, seed=0)
    play(environment)
    assert environment.get_reward() == 1.0


def test_a_reward_of_ones_own_is_paid(shed: LoadedWorld) -> None:
    environment = fresh(shed, reward=Reward(goal=3, step=-0.5))
    play(environment)
    assert environment.get_reward() == 2.0


def test_rows_name_task_seed_and_environment_and_say_what_is_to_be_done() -> None:
    bank = loaded("bank")
    found = rows([bank], [4, 5], wording="test")
    assert len(found) == 2 * bank.task_count
    row, task = found[-1], bank.task(bank.task_count - 1, 5).spec
    briefing, request = row["prompt"]
    assert row == {
        "prompt": [{"role": "system", "content": briefing["content"]}, {"role": "user", "content": request["content"]}],
        "environment": f"bank/{task.role}",
        "world": "bank",
        "intent": task.intent,
        "task": task.index,
        "seed": 5,
        "wording": "test",
    }
    assert f"{briefing['content']}\n\n{request['content']}" == task.held_out
    environment = environments([bank])[row["environment"]]()
    environment.reset(**row)
    assert environment.episode.instruction == task.held_out


def test_worlds_of_one_id_and_tools_with_reserved_names_are_told(tmp_path: Path, shed: LoadedWorld) -> None:
    with pytest.raises(ValueError, match="two worlds have the id 'shed'"):
        environments([shed, shed])
    (tmp_path / "paid.py").write_text(SHED.replace("hone(", "get_reward("))
    with pytest.raises(ValueError, match="shed: TRL's environments cannot have a tool named 'get_reward'"):
        environments([agentworlds.load(tmp_path / "paid.py")])


def test_many_environments_live_side_by_side(shed: LoadedWorld) -> None:
    one, other = fresh(shed), fresh(shed)
    play(one)
    assert other.episode.changes() == []
    assert (one.get_reward(), other.get_reward()) == (1.0, 0.0)


def test_a_model_is_shown_types_bounds_defaults_and_choices(shed: LoadedWorld) -> None:
    pytest.importorskip("transformers")
    by_name = {tool["function"]["name"]: tool["function"] for tool in tool_schemas(environments([shed])["shed"])}
    assert list(by_name) == ["finish", "get_saw", "hone", "search_saws"]
    assert by_name["hone"] == {
        "name": "hone",
        "description": "Make a saw sharper.",
        "parameters": {
            "type": "object",
            "properties": {
                "saw_id": {"type": "integer", "description": "which one"},
                "by": {"type": "integer", "description": "by (1 by default)"},
            },
            "required": ["saw_id"],
        },
    }
    assert by_name["search_saws"]["parameters"]["properties"] == {
        "name": {"type": "string", "nullable": True, "description": "name contains this, in either case"},
        "limit": {"type": "integer", "description": "results per page (from 1 to 50, 20 by default)"},
        "offset": {
            "type": "integer",
            "description": "how many to skip: as many as were shown so far (from 0 to 1000000, 0 by default)",
        },
    }


@pytest.mark.parametrize("perturb", [None, "harsh"])
@pytest.mark.parametrize("id", IDS)
def test_a_model_is_shown_every_tool_of_its_role_and_every_argument(id: str, perturb: str | None) -> None:
    pytest.importorskip("transformers")
    world = loaded(id)
    for name, environment in environments([world], perturb=perturb).items():
        role = name.partition("/")[2] or None
        assert shape(tool_schemas(environment)) == shape(world.openai_tools(role, Perturb.read(perturb)))


def shape(tools: list[dict[str, Any]]) -> dict[str, Any]:
    """What any form of some tools must agree upon: names, descriptions, arguments, choices, what is required."""
    found = {}
    for tool in tools:
        function = tool["function"]
        arguments = function["parameters"]["properties"]
        choices = {key: one["enum"] for key, one in arguments.items() if "enum" in one}
        about = " ".join(function["description"].split())
        found[function["name"]] = about, list(arguments), choices, function["parameters"].get("required", [])
    return found


def test_an_export_becomes_a_conversation_that_plays_again(shed: LoadedWorld) -> None:
    pytest.importorskip("transformers")
    exported = json.loads(json.dumps(as_messages(shed, roll_out(shed, 0, 0, Reference()))))
    [conversation] = conversations([exported], [shed])
    messages = conversation["messages"]
    assert [message["role"] for message in messages] == ["system", "user", *["assistant", "tool"] * 3, "assistant"]
    assert messages[:2] == rows([shed])[0]["prompt"]
    assert messages[-1] == {"role": "assistant", "content": "Done."}
    assert conversation["tools"] == tool_schemas(environments([shed])["shed"])
    environment = fresh(shed)
    for said, told in zip(messages[2:-1:2], messages[3::2], strict=True):
        [call] = said["tool_calls"]
        answer = getattr(environment, call["function"]["name"])(**call["function"]["arguments"])
        assert told == {"role": "tool", "content": answer}
    assert environment.get_reward() == 1.0


def test_an_export_of_an_idle_episode_only_finishes(shed: LoadedWorld) -> None:
    pytest.importorskip("transformers")
    [conversation] = conversations([as_messages(shed, roll_out(shed, 0, 0, Idle()))], [shed])
    assert conversation["messages"][2]["tool_calls"] == [
        {"type": "function", "function": {"name": "finish", "arguments": {}}}
    ]
