"""Both Gymnasium views: what Gymnasium asks of every environment, how tasks are drawn, and what is given back."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env, data_equivalence
from gymnasium.vector import AutoresetMode

import agentworlds
from agentworlds.errors import NotFound
from agentworlds.registry import CONTENT
from agentworlds.rng import Stream
from agentworlds.serve.gym import CallEnv, DecisionEnv, WorldEnv
from agentworlds.serve.gym_episodes import shared_world
from tests.unit.shelter import SCRIPT

IDS = [f"agentworlds/{world}{view}-v0" for world in ("vet_clinic", "storefront") for view in ("", "-calls")]
VIEWS = [DecisionEnv, CallEnv]
SEARCH = '{"tool": "search_owners", "arguments": {"limit": 2}}'
FINISH = '{"tool": "finish"}'


def act(env: gymnasium.Env[Any, Any], info: dict[str, Any], stream: Stream) -> Any:
    """An action that is open: a candidate, or a call that now and then finishes."""
    if "action_mask" in info:
        return stream.choice([int(one) for one in np.flatnonzero(info["action_mask"])])
    return stream.choice([SEARCH, SEARCH, SEARCH, "no JSON", FINISH])


def play(env: gymnasium.Env[Any, Any], name: str, steps: int = 60, seed: int = 5) -> list[Any]:
    """All that was seen in so many steps, over several episodes."""
    stream = Stream("walk", name)
    observation, info = env.reset(seed=seed)
    seen: list[Any] = [(observation, info)]
    for _ in range(steps):
        *outcome, info = env.step(act(env, info, stream))
        seen.append((*outcome, info))
        if outcome[2] or outcome[3]:
            observation, info = env.reset()
            seen.append((observation, info))
    return seen


@pytest.mark.parametrize("id", IDS)
def test_the_environment_passes_gymnasiums_checker_without_a_warning(id: str) -> None:
    check_env(gymnasium.make(id).unwrapped)


@pytest.mark.parametrize("id", IDS)
def test_whole_episodes_pass_the_passive_checker_without_a_warning(id: str) -> None:
    with gymnasium.make(id) as env:
        seen = play(env, id, steps=150)
    assert any(len(one) == 2 for one in seen[1:]), "no episode ended"


@pytest.mark.parametrize("id", IDS)
def test_the_same_seed_and_actions_give_the_same_observations_rewards_and_infos(id: str) -> None:
    first, second = (play(gymnasium.make(id), id) for _ in range(2))
    assert data_equivalence(first, second, exact=True)
    other = play(gymnasium.make(id), id, seed=6)
    assert not data_equivalence(first[0][1], other[0][1])


def test_every_packaged_world_is_registered_in_both_views() -> None:
    names = [*CONTENT.ids("domains"), "World"]
    assert {id for id in gymnasium.registry if id.startswith("agentworlds/")} == {
        f"agentworlds/{name}{view}-v0" for name in names for view in ("", "-calls")
    }


def test_registering_loads_no_world_and_no_model_and_the_library_alone_no_gymnasium() -> None:
    code = """
import sys, agentworlds
assert "gymnasium" not in sys.modules
import gymnasium, agentworlds.serve.gym
assert "agentworlds/bank-v0" in gymnasium.registry
late = ["torch", "transformers", *(name for name in sys.modules if name.startswith("agentworlds.scripts"))]
print([name for name in late if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_name_with_its_module_registers_by_itself() -> None:
    code = "import gymnasium; print(gymnasium.make('agentworlds.serve.gym:agentworlds/bank-v0').spec.id)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("agentworlds/bank-v0\n", "")


def test_a_specification_survives_json() -> None:
    with gymnasium.make("agentworlds/vet_clinic-v0", task=3, world_seed=[1, 2], perturb="mild") as env:
        again = gymnasium.make(gymnasium.envs.registration.EnvSpec.from_json(env.spec.to_json()))
        for one, other in zip(env.reset(seed=1), again.reset(seed=1), strict=True):
            assert data_equivalence(one, other, exact=True)


# Tasks --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", VIEWS)
def test_the_task_is_a_number_or_an_intent_or_drawn(view: type[WorldEnv[Any]]) -> None:
    world = shared_world("vet_clinic")
    intent = world.plan[7][0].name
    assert view("vet_clinic", task=3).reset(seed=1)[1]["task"] == 3
    assert view("vet_clinic", task=intent).reset(seed=1)[1]["task"] == 7
    env = view("vet_clinic")
    drawn = [env.reset(seed=seed)[1]["task"] for seed in range(60)]
    assert len(set(drawn)) > 20
    assert set(drawn) <= set(range(world.task_count))
    assert [env.reset(seed=seed)[1]["task"] for seed in range(60)] == drawn


def test_a_reset_without_a_seed_goes_on_drawing() -> None:
    env = CallEnv("vet_clinic", world_seed=[0, 1, 2])
    env.reset(seed=4)
    first = [(info["task"], info["world_seed"]) for _, info in (env.reset() for _ in range(20))]
    assert len(set(first)) > 10
    assert {seed for _, seed in first} == {0, 1, 2}
    env.reset(seed=4)
    assert [(info["task"], info["world_seed"]) for _, info in (env.reset() for _ in range(20))] == first


def test_options_name_the_task_and_the_seed_of_one_episode() -> None:
    env = DecisionEnv("vet_clinic", task=3)
    _, info = env.reset(options={"task": 5, "world_seed": 2})
    assert (info["task"], info["world_seed"]) == (5, 2)
    assert info["instruction"] == shared_world("vet_clinic").task(5, 2).spec.instruction
    _, info = env.reset()
    assert (info["task"], info["world_seed"]) == (3, 0)
    with pytest.raises(ValueError, match="options: there is no 'taks'; did you mean 'task'"):
        env.reset(options={"taks": 5})


def test_the_held_out_wording_the_reward_and_the_budget_pass_through() -> None:
    reward = agentworlds.Reward(step=-0.25)
    env = CallEnv("vet_clinic", task=0, wording="test", reward=reward, budget=2)
    _, info = env.reset()
    assert info["instruction"] == shared_world("vet_clinic").task(0).spec.held_out
    assert [env.step(SEARCH)[1:4] for _ in range(3)] == [
        (-0.25, False, False),
        (-0.25, False, False),
        (0.0, False, True),
    ]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"task": 999}, "vet_clinic has tasks 0 to"),
        ({"task": "book_a_vist"}, "vet_clinic has no intent 'book_a_vist'"),
        ({"world": "vet_clinc"}, "there is no world 'vet_clinc'; did you mean 'vet_clinic'"),
        ({"world_seed": []}, "world_seed: expected a number or several"),
        ({"render_mode": "human"}, "render_mode: expected 'ansi' or None"),
    ],
)
def test_a_mistake_is_told_when_the_environment_is_made(settings: dict[str, Any], message: str) -> None:
    with pytest.raises((NotFound, ValueError), match=message):
        CallEnv(**({"world": "vet_clinic"} | settings))


def test_any_script_or_suite_is_a_world(tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text(CONTENT.world("household").read_text(encoding="utf-8"), encoding="utf-8")
    with gymnasium.make("agentworlds/World-v0", world=str(script)) as env:
        assert env.reset(seed=1)[1]["intent"] in env.unwrapped.world.world.intents
    with gymnasium.make("agentworlds/World-calls-v0", world="suite:notes") as env:
        assert "notes" in " ".join(tool["function"]["name"] for tool in env.reset(seed=1)[1]["tools"])


def test_a_world_without_tasks_is_no_environment(tmp_path: Path) -> None:
    script = tmp_path / "shelter.py"
    script.write_text(SCRIPT)
    with pytest.raises(NotFound, match=r"shelter\.py has no tasks"):
        DecisionEnv(script)


def test_a_script_that_has_changed_is_loaded_again(tmp_path: Path) -> None:
    script = tmp_path / "shelter.py"
    script.write_text(SCRIPT)
    before = shared_world(script)
    assert shared_world(script) is before
    os.utime(script, ns=(1, 1))
    assert shared_world(script) is not before


# Life ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", VIEWS)
def test_resets_do_not_leak_and_closing_gives_the_instance_back(view: type[WorldEnv[Any]]) -> None:
    env = view("vet_clinic", world_seed=9)
    pool = shared_world("vet_clinic").pool(9)
    env.reset(seed=0)
    open_before = len(pool._open)
    for number in range(1_000):
        env.reset()
        if number % 100 == 0:
            env.step(0 if view is DecisionEnv else SEARCH)
    assert len(pool._open) == open_before
    assert len(pool._free) == open_before - 1
    env.close()
    env.close()
    assert len(pool._free) == open_before
    with pytest.raises(ResetNeeded):
        env.step(0 if view is DecisionEnv else SEARCH)


@pytest.mark.parametrize("view", VIEWS)
def test_a_step_without_an_episode_asks_for_a_reset(view: type[WorldEnv[Any]]) -> None:
    env = view("vet_clinic", task=0, budget=1)
    with pytest.raises(ResetNeeded, match="there is no episode yet"):
        env.step(0)
    env.reset()
    env.episode.finish()
    with pytest.raises(ResetNeeded, match="the episode has ended"):
        env.step(0)


def test_a_fault_reaches_the_trainer_and_leaves_no_episode_behind() -> None:
    env = CallEnv("vet_clinic", task=0)
    env.reset()
    env.episode.instance.close()
    with pytest.raises(agentworlds.Fault):
        env.step(SEARCH)
    with pytest.raises(ResetNeeded):
        env.step(SEARCH)
    env.reset()
    assert env.step(SEARCH)[1:4] == (0.0, False, False)


def test_rendering_gives_the_transcript() -> None:
    with gymnasium.make("agentworlds/vet_clinic-calls-v0", task=0, render_mode="ansi") as env:
        _, info = env.reset()
        env.step(SEARCH)
        lines = str(env.render()).splitlines()
    assert "\n".join(lines).startswith(info["instruction"])
    assert "> search_owners {'limit': 2}" in lines
    assert lines[lines.index("> search_owners {'limit': 2}") + 1].startswith("2 owners")
    assert CallEnv("vet_clinic").render() is None


# Vectors ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", IDS[:2])
def test_eight_environments_in_one_process_play_like_eight_alone(id: str) -> None:
    vector = gymnasium.make_vec(id, num_envs=8, vectorization_mode="sync")
    assert vector.metadata["autoreset_mode"] == AutoresetMode.NEXT_STEP
    alone = [gymnasium.make(id) for _ in range(8)]
    observations, infos = vector.reset(seed=[10, 11, 12, 13, 14, 15, 16, 17])
    for number, env in enumerate(alone):
        _, info = env.reset(seed=10 + number)
        assert info["instruction"] == infos["instruction"][number]
    actions = [0] * 8 if "action_mask" in infos else [SEARCH] * 8
    observations, rewards, *_, infos = vector.step(np.array(actions) if "action_mask" in infos else tuple(actions))
    for number, env in enumerate(alone):
        observation, reward, *_, info = env.step(actions[number])
        assert rewards[number] == reward
        for name, value in observation.items():
            assert np.array_equal(observations[name][number], value)
        if "decision" in info:
            assert infos["decision"]["candidates"][number] == info["decision"]["candidates"]
    vector.close()


def test_a_vector_resets_what_has_ended() -> None:
    vector = gymnasium.make_vec("agentworlds/vet_clinic-calls-v0", num_envs=2, vectorization_mode="sync", task=0)
    _, first = vector.reset(seed=1)
    _, _, terminated, _, infos = vector.step((FINISH, SEARCH))
    assert terminated.tolist() == [True, False]
    assert infos["is_success"].tolist() == [False, False]
    assert infos["_is_success"].tolist() == [True, False]
    observations, _, terminated, _, _ = vector.step((SEARCH, SEARCH))
    assert terminated.tolist() == [False, False]
    assert observations["text"][0] == first["instruction"][0]
    vector.close()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_environments_in_processes_of_their_own_play_the_same(context: str) -> None:
    id = "agentworlds/vet_clinic-v0"
    outcomes = []
    for mode, kwargs in (("sync", {}), ("async", {"context": context})):
        vector = gymnasium.make_vec(id, num_envs=2, vectorization_mode=mode, vector_kwargs=kwargs)
        seen = [vector.reset(seed=3)[0]]
        seen += [vector.step(np.array([number % 3, 1]))[0] for number in range(6)]
        outcomes.append([{name: value.copy() for name, value in one.items()} for one in seen])
        vector.close()
    assert data_equivalence(outcomes[0], outcomes[1], exact=True)


def test_texts_pass_between_processes() -> None:
    vector = gymnasium.make_vec("agentworlds/vet_clinic-calls-v0", num_envs=2, vectorization_mode="async", task=0,
                                vector_kwargs={"context": "spawn", "shared_memory": False})  # fmt: skip
    alone = CallEnv("vet_clinic", task=0)
    observations, _ = vector.reset()
    assert observations["text"] == (alone.reset()[0]["text"],) * 2
    observations, *_ = vector.step((SEARCH, "nothing"))
    assert observations["json"][0] == alone.step(SEARCH)[0]["json"]
    assert "Refused (invalid): action:" in observations["text"][1]
    vector.close()


def test_texts_in_shared_memory_are_refused_since_gymnasium_would_not_read_them_again() -> None:
    with pytest.raises(ValueError, match="shared_memory=False"):
        gymnasium.make_vec("agentworlds/vet_clinic-calls-v0", num_envs=2, vectorization_mode="async")
