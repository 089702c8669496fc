"""The decision view: actions are candidates, in pages where there are many, and references can be played."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from gymnasium.error import InvalidAction

from agentworlds.decide.choices import Decision
from agentworlds.decide.decisions import Decisions
from agentworlds.decide.teacher import Teacher
from agentworlds.rng import Stream
from agentworlds.serve.gym_decisions import DecisionEnv
from agentworlds.serve.gym_episodes import shared_world
from agentworlds.serve.gym_features import CANDIDATE, MARKS, WORDS, bag, text_features
from agentworlds.spec.rewards import Reward, Shaping


def reference(task: int) -> list[int]:
    """The choices of a reference, as places among all candidates."""
    world = shared_world("vet_clinic")
    with world.episode(task) as episode:
        return [index for _, index in Teacher(Decisions(episode), world.task(task)).play()]


def actions(env: DecisionEnv, choices: list[int]) -> Iterator[int]:
    """The actions that make these choices, turning pages where a candidate is further on."""
    for choice in choices:
        first, shown = 0, env.most_candidates - 1
        if len(decision_of(env).candidates) > env.most_candidates:
            while choice >= first + shown:
                yield shown
                first += shown
        yield choice - first


def decision_of(env: DecisionEnv) -> Decision:
    assert env.decisions.decision is not None
    return env.decisions.decision


@pytest.mark.parametrize("most_candidates", [2, 16, 512])
def test_every_reference_can_be_played_however_few_actions_there_are(most_candidates: int) -> None:
    world = shared_world("vet_clinic")
    env = DecisionEnv("vet_clinic", most_candidates=most_candidates, most_decisions=10_000)
    turned = 0
    for task in range(0, world.task_count, 3):
        env.reset(options={"task": task})
        outcome: Any = None
        for action in actions(env, reference(task)):
            turned += env._page()[action].kind == "further"
            outcome = env.step(np.int64(action))
            assert outcome[0] in env.observation_space
        _, reward, terminated, truncated, info = outcome
        assert (reward, terminated, truncated, info["is_success"]) == (1.0, True, False, True), task
    assert (turned > 0) == (most_candidates < 512)


def test_a_page_shows_each_candidate_once_and_then_begins_anew() -> None:
    env = DecisionEnv("vet_clinic", task=0, most_candidates=10)
    _, info = env.reset()
    everything = [candidate.text for candidate in decision_of(env).candidates]
    seen: list[str] = []
    while True:
        decision = info["decision"]
        assert decision["first"] == len(seen)
        assert decision["of"] == len(everything)
        assert decision["kinds"][-1] == "further"
        assert info["action_mask"].tolist() == [1] * len(decision["candidates"]) + [0] * (
            10 - len(decision["candidates"])
        )
        seen += decision["candidates"][:-1]
        *_, info = env.step(len(decision["candidates"]) - 1)
        if len(seen) == len(everything):
            break
    assert seen == everything
    assert info["decision"]["candidates"][:9] == tuple(everything[:9])


def test_the_decision_is_told_in_words_and_the_mask_says_what_is_open() -> None:
    env = DecisionEnv("vet_clinic", task=0)
    observation, info = env.reset()
    decision = info["decision"]
    assert decision["question"] == "tool"
    assert decision["candidates"] == tuple(one.text for one in decision_of(env).candidates)
    assert decision["kinds"] == tuple(one.kind for one in decision_of(env).candidates)
    assert info["action_mask"].dtype == np.int8
    assert info["action_mask"].tolist() == [1] * decision["of"] + [0] * (512 - decision["of"])
    assert env.action_masks().dtype == np.bool_
    assert env.action_masks().tolist() == info["action_mask"].astype(bool).tolist()
    assert observation["candidates"].shape == (512, CANDIDATE)
    assert observation["candidates"][:, WORDS + MARKS].tolist() == info["action_mask"].tolist()
    assert not observation["candidates"][decision["of"] :].any()


def test_an_action_without_a_candidate_changes_nothing_but_the_count_of_decisions() -> None:
    env = DecisionEnv("vet_clinic", task=0, most_decisions=3)
    observation, info = env.reset()
    after, reward, terminated, truncated, told = env.step(511)
    assert (reward, terminated, truncated) == (0.0, False, False)
    assert (info["invalid_action"], told["invalid_action"]) == (False, True)
    assert told["decision"] == info["decision"]
    assert np.array_equal(after["candidates"], observation["candidates"])
    assert after["spent"].tolist() == [0.0, pytest.approx(1 / 3)]
    assert env.step(511)[2:4] == (False, False)
    assert env.step(511)[2:4] == (False, True)


@pytest.mark.parametrize("action", [512, -1, 1.0, "0", None])
def test_what_is_no_action_at_all_is_an_error(action: Any) -> None:
    env = DecisionEnv("vet_clinic", task=0)
    env.reset()
    with pytest.raises(InvalidAction, match="expected a whole number from 0 to 511"):
        env.step(action)


def test_the_budget_and_the_number_of_decisions_truncate_an_episode_which_is_graded() -> None:
    choices = reference(0)
    for settings in ({"budget": 1}, {"most_decisions": len(choices) - 1}):
        env = DecisionEnv("vet_clinic", task=0, **settings)
        env.reset()
        for choice in choices:
            *_, terminated, truncated, info = env.step(choice)
            if truncated:
                break
        assert (terminated, truncated) == (False, True)
        assert env.episode.verdict is not None
        assert info["verdict"] == env.episode.verdict.explain()
        assert env.action_masks().tolist() == [True] + [False] * 511
        assert info["decision"]["candidates"] == ()


@pytest.mark.parametrize("perturb", [None, "harsh"])
@pytest.mark.parametrize("shaping", [None, Shaping(discount=1.0)])
def test_the_rewards_of_an_episode_add_up_to_its_verdict(perturb: str | None, shaping: Shaping | None) -> None:
    env = DecisionEnv("vet_clinic", reward=Reward(goal=1.0, collateral=-1.0, step=-0.03125, progress=0.5), perturb=perturb,
                      shaping=shaping, most_decisions=40)  # fmt: skip
    ends = set()
    for seed in range(12):
        stream = Stream("sum", seed)
        _, info = env.reset(seed=seed)
        total, over = 0.0, False
        while not over:
            _, reward, terminated, truncated, info = env.step(stream.below(info["decision"]["of"]))
            total, over = total + reward, terminated or truncated
        assert env.episode.verdict is not None
        assert total == pytest.approx(env.episode.verdict.reward)
        ends.add((terminated, truncated))
    assert ends == {(True, False), (False, True)}


def test_what_is_seen_of_an_episode_does_not_depend_on_its_reward() -> None:
    seen = []
    for reward in (Reward(), Reward(goal=7.0, step=-1.0)):
        env = DecisionEnv("vet_clinic", task=4, reward=reward)
        observation, info = env.reset()
        told = [(observation, info["decision"], info["result"])]
        for choice in reference(4):
            observation, *_, info = env.step(choice)
            told.append((observation, info["decision"], info["result"]))
        seen.append(told)
    for one, other in zip(*seen, strict=True):
        assert all(np.array_equal(one[0][name], other[0][name]) for name in one[0])
        assert one[1:] == other[1:]


def test_features_are_the_same_in_every_process_and_between_minus_one_and_one() -> None:
    assert bag(["milo", "cat", "cat"], 8).tolist() == pytest.approx([0, -(0.2**0.5), 0, 0, -(0.8**0.5), 0, 0, 0])
    assert text_features("Milo, the cat", 8).tolist() == text_features("the CAT milo!", 8).tolist()
    assert np.linalg.norm(text_features("one two three four five six", 16)) == pytest.approx(1.0)
    assert not text_features("", 16).any()


def test_features_tell_what_stands_in_the_request() -> None:
    env = DecisionEnv("vet_clinic", task=0)
    observation, info = env.reset()
    position = [kind == "tool" for kind in info["decision"]["kinds"]].index(True)
    share, whole = observation["candidates"][position, WORDS + MARKS + 1 : WORDS + MARKS + 3]
    assert 0.0 <= share < 1.0
    assert whole == 0.0
    for choice in reference(0):
        decision = decision_of(env)
        observation = env._observation()
        for place, candidate in enumerate(decision.candidates):
            share, whole = observation["candidates"][place, WORDS + MARKS + 1 : WORDS + MARKS + 3]
            assert whole == (candidate.text.casefold() in env.decisions.known.request.casefold())
        env.step(choice)


def test_rendering_shows_the_decision_with_its_candidates() -> None:
    env = DecisionEnv("vet_clinic", task=0, render_mode="ansi")
    env.reset()
    lines = str(env.render()).splitlines()
    at = lines.index("? tool")
    assert lines[at + 1 :] == [f"{place}. {one.text}" for place, one in enumerate(decision_of(env).candidates)]


@pytest.mark.parametrize(("setting", "message"), [("most_candidates", "at least 2"), ("most_decisions", "at least 1")])
def test_bounds_that_make_no_sense_are_refused(setting: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DecisionEnv("vet_clinic", **{setting: 0})
