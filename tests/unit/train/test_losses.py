"""The losses of the algorithms against what their papers say, decision by decision, in plain loops."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from agentworlds.rng import Stream
from agentworlds.train.algorithms.algorithm import Algorithm, algorithm_of
from agentworlds.train.algorithms.dqn import DQN
from agentworlds.train.algorithms.memory import Memory
from agentworlds.train.algorithms.ppo import PPO
from agentworlds.train.algorithms.sac import SAC, learning
from agentworlds.train.collect import Played, play
from agentworlds.train.games import Assignment
from agentworlds.train.policy import Policy
from tests.unit.train.papers import (
    DISCOUNT,
    TEXTS,
    a2c,
    cloning,
    dqn,
    every,
    grpo,
    number,
    own,
    ppo,
    sac,
    vtrace,
)
from tests.unit.train.small import SIZE, wandering


def policy_of(seed: int) -> Policy:
    torch.manual_seed(seed)
    made = Policy(TEXTS.phrases.size, TEXTS.words.size, SIZE)
    with torch.no_grad():  # so that critics differ and nothing is near zero
        for one in made.parameters():
            one.add_(0.1 * torch.randn_like(one))
    return made


def moved(policy: Policy) -> None:
    """Learn something in between, so that what was noted at play is of before."""
    with torch.no_grad():
        for one in policy.parameters():
            one.add_(0.1 * torch.randn_like(one))


SHARED = {"episodes": 16, "batch": 8, "discount": DISCOUNT, "imitate": 0}
ACTOR = {"entropy": 0.03}
CRITIC = {"decay": 0.8, "value": 0.5, "fresh_critic": 0}
CASES: dict[str, tuple[Callable[[Algorithm, Sequence[Played]], Tensor], dict[str, Any]]] = {
    "cloning": (cloning, {"smoothing": 0.1}),
    "ppo": (ppo, {**ACTOR, **CRITIC, "ratio": 0.2}),
    "a2c": (a2c, {**ACTOR, **CRITIC}),
    "vtrace": (vtrace, {**ACTOR, **CRITIC, "window": 1}),
    "grpo": (grpo, {**ACTOR, "ratio": 0.2}),
    "dqn": (dqn, {"ahead": 2, "margin": 0.2, "margin_weight": 0.5, "batch": 16}),
    "sac": (sac, {"ahead": 2, "temperature": 0.3, "fresh_critic": 0, "batch": 16}),
}


@pytest.fixture(scope="module")
def episodes() -> list[Played]:
    """Four tasks played four times each; of every second one, the reference plays the beginning."""
    assignments = [
        Assignment("wander", task, 0, turn=turn, prefix=0.6 * (turn % 2)) for task in range(4) for turn in range(4)
    ]
    found = list(play(policy_of(0), TEXTS, wandering(), assignments, keep=True, slots=5))
    assert {one.first > 0 for one in found} == {one.success for one in found} == {False, True}
    return sorted(found, key=lambda one: one.assignment)


def algorithm(name: str, played: Sequence[Played], iteration: int = 0, **options: Any) -> Algorithm:
    """An algorithm that has taken in episodes of before its policy moved."""
    kind = algorithm_of(name)
    found = kind(policy_of(0), TEXTS, kind.settings_class(**{**SHARED, **options}))
    found.take_in(played)
    if isinstance(found, PPO):
        found.take_in(played)
    if isinstance(found, (DQN, SAC)):
        found.memory.priorities = 0.1 + np.arange(len(played)) / 10
        found.taken = 1
        found.target.load_state_dict(policy_of(2).state_dict())
    torch.manual_seed(5)
    moved(found.policy)
    found.steps(iteration)
    return found


def drawn(algorithm: Algorithm) -> list[Played]:
    """The episodes of the first step."""
    if isinstance(algorithm, (DQN, SAC)):
        return list(algorithm.memory.kept)
    return [algorithm.kept[at] for at in algorithm.queue[0]]


def gradient(loss: Tensor, policy: Policy) -> Tensor:
    found = torch.autograd.grad(loss, list(policy.parameters()), allow_unused=True)
    every = [
        torch.zeros_like(one) if grad is None else grad for one, grad in zip(policy.parameters(), found, strict=True)
    ]
    return torch.nn.utils.parameters_to_vector(every)


@pytest.mark.parametrize("name", CASES)
def test_loss_and_gradient_are_those_of_the_paper(name: str, episodes: list[Played]) -> None:
    expected, options = CASES[name]
    one = algorithm(name, episodes, **options)
    wanted = expected(one, drawn(one))
    found = one.loss(0)
    assert found.decisions == sum(it.decisions - it.first for it in drawn(one))
    assert number(found.loss) == pytest.approx(number(wanted), abs=2e-5)
    difference = gradient(found.loss, one.policy) - gradient(wanted, one.policy)
    assert float(difference.abs().max()) < 1e-4


@pytest.mark.parametrize("name", ["ppo", "grpo"])
def test_choices_have_moved_far_enough_to_be_clipped(name: str, episodes: list[Played]) -> None:
    one = algorithm(name, episodes)
    ratios = [number(it.ratio) for _, _, it in own(every(one.policy, drawn(one)))]
    assert min(ratios) < 0.8 and max(ratios) > 1.2


def test_value_of_dqn_moves_what_it_reads(episodes: list[Played]) -> None:
    one = algorithm("dqn", episodes, margin_weight=0.0)
    with torch.no_grad():
        one.policy.advantage.weight.zero_()
        one.policy.sharpness.zero_()
    one.loss(0).loss.backward()
    assert {name for name, it in one.policy.named_parameters() if it.grad is not None and it.grad.abs().max() > 1e-4} > {
        "phrase.weight", "decision_mix.inner.weight", "value.0.weight"
    }  # fmt: skip


@pytest.mark.parametrize("name", ["ppo", "a2c", "vtrace"])
def test_critic_learns_alone_at_first_and_does_not_move_the_policy(name: str, episodes: list[Played]) -> None:
    one = algorithm(name, episodes, **{**CASES[name][1], "fresh_critic": 1})
    one.loss(0).loss.backward()
    moving = {
        name for name, it in one.policy.named_parameters() if it.grad is not None and float(it.grad.abs().max()) > 0
    }
    assert moving == {"value.0.weight", "value.0.bias", "value.2.weight", "value.2.bias"}


def test_groups_in_which_all_earned_the_same_are_left_out(episodes: list[Played]) -> None:
    level = [one._replace(reward=0.5) if one.assignment.task < 2 else one for one in episodes]
    kept = algorithm("grpo", level).kept  # type: ignore[attr-defined]
    assert {one.assignment.task for one in kept} == {2, 3}


@pytest.mark.parametrize("name", CASES)
def test_faults_are_not_learned_from(name: str, episodes: list[Played]) -> None:
    faulty = [one._replace(fault=one.assignment.turn == 1, success=one.assignment.turn != 1) for one in episodes]
    assert {one.assignment.turn for one in drawn(algorithm(name, faulty, **{**CASES[name][1], "batch": 16}))} == {
        0,
        2,
        3,
    }


@pytest.mark.parametrize("name", CASES)
def test_worker_without_further_steps_has_nothing_to_say(name: str, episodes: list[Played]) -> None:
    one = algorithm(name, episodes)
    found = one.learning(one.planned)
    found.loss.backward()
    assert (found.decisions, found.enough) == (0, True)


def test_price_of_entropy_moves_towards_what_is_wanted(episodes: list[Played]) -> None:
    surprise = [-one.noted_log_prob for _, _, one in own(every(policy_of(0), episodes))]
    found = {}
    for share in (0.1, 10.0):
        one = algorithm("sac", episodes, entropy=share, fresh_critic=0, temperature=0.3)
        assert isinstance(one, SAC)
        assert one.wanted == pytest.approx(share * float(np.mean(surprise)), rel=1e-4)
        one.loss(0)
        found[share] = one.log_price - float(np.log(0.3))
    assert found == {0.1: pytest.approx(-0.02), 10.0: pytest.approx(0.02)}


def test_critics_of_sac_part_although_they_begin_alike(episodes: list[Played]) -> None:
    one = algorithm("sac", episodes, batch=16)
    with torch.no_grad():
        one.policy.advantage.weight.zero_()
        one.policy.sharpness.fill_(0.05)
    one.loss(0).loss.backward()
    grad = one.policy.advantage.weight.grad
    assert grad is not None
    assert float((grad[0] - grad[1]).abs().max()) > 1e-4
    assert float(np.mean([learning(it) for it in episodes])) == pytest.approx(1.0, abs=0.2)


def test_target_of_dqn_follows_every_so_many_steps_and_that_of_sac_at_each(episodes: list[Played]) -> None:
    dqn, sac = algorithm("dqn", episodes, target=3), algorithm("sac", episodes, follow=0.25)
    assert isinstance(dqn, DQN) and isinstance(sac, SAC)
    dqn.taken = 0
    before, policy = dqn.target.key.weight.clone(), dqn.policy.key.weight
    for step, follows in enumerate([False, False, True]):
        dqn.stepped(step)
        assert bool(torch.equal(dqn.target.key.weight, policy)) is follows
        assert bool(torch.equal(dqn.target.key.weight, before)) is not follows
    before = sac.target.key.weight.clone()
    sac.stepped(0)
    torch.testing.assert_close(sac.target.key.weight, 0.75 * before + 0.25 * sac.policy.key.weight)


def test_dqn_explores_less_and_less() -> None:
    made = algorithm_of("dqn")(policy_of(0), TEXTS, DQN.settings_class(explore=0.5, explore_for=4, epsilon=0.1))
    assert [round(made.playing(at).epsilon, 3) for at in range(6)] == [0.5, 0.4, 0.3, 0.2, 0.1, 0.1]
    plain = algorithm_of("dqn")(policy_of(0), TEXTS, DQN.settings_class(epsilon=0.1))
    assert plain.playing(0).epsilon == 0.1


def test_memory_draws_by_error_and_corrects_for_it(episodes: list[Played]) -> None:
    memory = Memory(room=4, sharpness=0.5, mixing=0.75, correction=0.5)
    memory.add(episodes[:6])
    assert memory.kept == episodes[2:6]
    memory.rate(np.array([3, 0]), torch.tensor([1.0, 3.0, 4.0]), torch.tensor([0, 0, 1]))
    assert memory.priorities.tolist() == [4.0, 1e-3, 1e-3, 0.75 * 3 + 0.25 * 2]
    memory.priorities = np.array([1.0, 4.0, 9.0, 16.0])
    memory.add(episodes[6:7])
    assert memory.priorities.tolist() == [4.0, 9.0, 16.0, 16.0]
    chances = np.sqrt([4, 9, 16, 16]) / 13
    draw = Stream("memory").seed
    counts = np.bincount([memory.draw(1, np.random.default_rng(draw + at))[0][0] for at in range(2000)], minlength=4)
    np.testing.assert_allclose(counts / 2000, chances, atol=0.04)
    numbers, weights = memory.draw(4, np.random.default_rng(0))
    np.testing.assert_allclose(weights, ((4 * chances) ** -0.5 / (4 * chances[0]) ** -0.5)[numbers], rtol=1e-4)
