"""The view of tool calls: texts in, words and JSON out, and nothing that an agent writes raises."""

from __future__ import annotations

import json
import string
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentworlds.errors import Code
from agentworlds.serve.gym_calls import CHARSET, CallEnv, within
from agentworlds.serve.gym_episodes import shared_world


def made(**given: Any) -> CallEnv:
    env = CallEnv("vet_clinic", **given)
    env.reset(seed=0)
    return env


def sent(tool: str, **arguments: Any) -> str:
    return orjson.dumps({"tool": tool, "arguments": arguments}).decode()


@pytest.mark.parametrize("perturb", [None, "harsh"])
def test_a_reference_solution_played_as_json_succeeds(perturb: str | None) -> None:
    world = shared_world("vet_clinic")
    for task in range(0, world.task_count, 4):
        env = CallEnv("vet_clinic", task=task)
        env.reset()
        spec = world.task(task).spec
        for call in spec.solution:
            observation, reward, terminated, truncated, info = env.step(sent(call.tool, **call.arguments))
            assert (reward, terminated, truncated) == (0.0, False, False)
            assert observation in env.observation_space
        finish = {"answer": spec.answer_given} if not spec.goal.impossible else {"impossible": True}
        observation, reward, terminated, truncated, info = env.step(sent("finish", **finish))
        assert (reward, terminated, truncated, info["is_success"]) == (1.0, True, False, True)
        assert observation == {"text": "The episode is over.", "json": '{"finished":true}'}


def test_the_first_observation_is_the_instruction_and_the_reset_lists_the_tools() -> None:
    env = CallEnv("vet_clinic", task=2)
    observation, info = env.reset()
    spec = shared_world("vet_clinic").task(2).spec
    assert observation["text"] == info["instruction"] == spec.instruction
    assert json.loads(observation["json"]) == {"instruction": spec.instruction}
    assert info["tools"] == shared_world("vet_clinic").openai_tools(spec.role)
    assert "tools" not in env.step("")[-1]


def test_an_observation_is_the_steps_words_and_json() -> None:
    env = made(task=0)
    observation, *_ = env.step(sent("search_owners", limit=3))
    step = env.episode.steps[-1]
    assert observation == {"text": step.text, "json": step.json}
    assert len(json.loads(observation["json"])["results"]) == 3


@pytest.mark.parametrize(
    ("action", "message"),
    [
        ("", "action: Input data was truncated"),
        ("hello", "action: JSON is malformed: invalid character (byte 0)"),
        ("[]", "action: Expected `object`, got `array`"),
        ("{}", "action: Object missing required field `tool`"),
        ('{"tool": 3}', "action: Expected `str`, got `int` - at `$.tool`"),
        ('{"tool": "finish", "arguments": []}', "action: Expected `object`, got `array` - at `$.arguments`"),
        ('{"tool": "finish", "argument": {}}', "action: Object contains unknown field `argument`"),
        ("\ud800", "action: 'utf-8' codec can't encode"),
        ('{"tool": "finish", "arguments": {"answer": ' + "[" * 20_000, "action: nested too deeply"),
        (" " * 40_000, "action: expected at most 32768 characters, got 40000"),
        (None, "action: expected a text, got NoneType"),
        ({"tool": "finish"}, "action: expected a text, got dict"),
    ],
    ids=range(12),
)
def test_a_malformed_action_is_refused_and_counts_as_a_call(action: Any, message: str) -> None:
    env = made(task=0)
    observation, reward, terminated, truncated, _ = env.step(action)
    refused = json.loads(observation["json"])["refused"]
    assert refused["code"] == Code.INVALID
    assert refused["field"] == "action"
    assert refused["message"].startswith(message)
    assert refused["hint"] == 'send {"tool": "…", "arguments": {…}}'
    assert observation["text"].startswith(f"Refused (invalid): {message}")
    assert (reward, terminated, truncated) == (0.0, False, False)
    assert observation in env.observation_space
    assert len(env.episode.steps) == 1


@given(
    st.one_of(
        st.text(),
        st.recursive(
            st.none() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)
        ).map(lambda value: json.dumps({"tool": "send_message", "arguments": value})),
    )
)
@settings(max_examples=100, deadline=None)
def test_whatever_is_written_there_is_an_observation(action: str) -> None:
    env = made(task=0)
    observation, *_ = env.step(action)
    assert observation in env.observation_space
    json.loads(observation["json"])
    env.close()


def test_a_world_is_truncated_when_the_budget_is_spent() -> None:
    env = made(task=0, budget=3)
    outcomes = [env.step("no JSON")[2:4] for _ in range(4)]
    assert outcomes == [(False, False)] * 3 + [(False, True)]
    env = made(task=0, budget=3)
    outcomes = [env.step(sent("finish", nonsense=1))[2:4] for _ in range(3)]
    assert outcomes == [(False, False)] * 2 + [(False, True)]
    assert env.episode.verdict is not None


def test_letters_beyond_the_character_set_are_escaped_and_the_json_stays_the_same() -> None:
    assert within("Müller – “5 €”\n") == "Müller – “5 €”\n"
    assert within("\t猫🐈") == "\\u0009\\u732b\\ud83d\\udc08"
    assert json.loads(within(json.dumps("a猫\U0001f408", ensure_ascii=False))) == "a猫\U0001f408"
    assert set(string.printable) - set("\t\r\x0b\x0c") <= set(CHARSET)
    env = made(task=0)
    observation, *_ = env.step(sent("search_owners", name="猫"))
    assert observation in env.observation_space
    observation, *_ = env.step(sent("猫"))
    assert "\\u732b" in observation["text"]
    assert observation in env.observation_space


def test_what_is_too_long_is_cut_and_says_so() -> None:
    env = made(task=0, most_text=1024)
    observation, *_ = env.step(sent("search_owners", limit=50))
    step = env.episode.steps[-1]
    assert len(step.text) > 1024
    assert observation["text"] == step.text[:1023] + "…"
    assert json.loads(observation["json"]) == {"too_long": len(step.json)}
    assert observation in env.observation_space


def test_the_tools_of_a_perturbed_world_have_its_names() -> None:
    env = CallEnv("vet_clinic", task=3, perturb="harsh")
    _, info = env.reset()
    assert info["tools"] == env.episode.tools
    assert info["tools"] != shared_world("vet_clinic").openai_tools(env.episode.task.role)
