"""The losses of the algorithms against what their papers say, decision by decision, in plain loops."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

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
from agentworlds.train.batch import Texts, collate
from agentworlds.train.collect import Played, play
from agentworlds.train.encoders.encoder import make_encoder
from agentworlds.train.games import Assignment
from agentworlds.train.policy import Policy
from tests.unit.train.small import SIZE, wandering

TEXTS = Texts(make_encoder("hashing"))
DISCOUNT = 0.9


class Choice(NamedTuple):
    """A decision as a policy sees it now, with what was noted when it was made."""

    logits: Tensor
    advantages: Tensor
    """Of the two critics, [candidates, 2]."""
    value: Tensor
    chosen: int
    reward: float
    noted_value: float
    noted_log_prob: float
    own: bool

    @property
    def log_prob(self) -> Tensor:
        return self.log_probs[self.chosen]

    @property
    def log_probs(self) -> Tensor:
        return (self.logits.exp() / self.logits.exp().sum()).log()

    @property
    def entropy(self) -> Tensor:
        return -(self.log_probs.exp() * self.log_probs).sum()

    @property
    def ratio(self) -> Tensor:
        return (self.log_prob - self.noted_log_prob).exp()


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


def choices(policy: Policy, played: Played) -> list[Choice]:
    trace = played.trace
    assert trace is not None
    scores = policy(collate([trace], TEXTS))
    bounds = list(zip(trace.offers, trace.offers[1:], strict=False))
    return [
        Choice(scores.logits[start:end], scores.advantages[start:end], scores.values[at], int(trace.chosen[at]),
               float(trace.rewards[at]), float(trace.values[at]), float(trace.log_probs[at]), at >= played.first)
        for at, (start, end) in enumerate(bounds)
    ]  # fmt: skip


def every(policy: Policy, played: Sequence[Played]) -> list[list[Choice]]:
    return [choices(policy, one) for one in played]


def own(episodes: Sequence[Sequence[Choice]]) -> Iterator[tuple[int, int, Choice]]:
    """The policy's own decisions: episode, place, decision."""
    return ((e, t, one) for e, episode in enumerate(episodes) for t, one in enumerate(episode) if one.own)


def number(one: Tensor) -> float:
    return float(one.detach())


def mean(parts: Sequence[Tensor]) -> Tensor:
    return torch.stack(list(parts)).mean()


def return_from(episode: Sequence[Choice], at: int) -> float:
    return sum(DISCOUNT**ahead * one.reward for ahead, one in enumerate(episode[at:]))


def advantage(episode: Sequence[Choice], at: int, decay: float, base: float = 0.0) -> float:
    """The sum of discounted errors of one step each, as equation 16 of the paper on generalised advantages has it."""
    values = [one.noted_value + base for one in episode] + [0.0]
    errors = [one.reward + DISCOUNT * values[t + 1] - values[t] for t, one in enumerate(episode)]
    return sum((DISCOUNT * decay) ** ahead * error for ahead, error in enumerate(errors[at:]))


def standard(gains: dict[tuple[int, int], float], over: Sequence[float]) -> dict[tuple[int, int], float]:
    scale = max(float(np.std(over)), 0.1)
    return {key: (gain - float(np.mean(over))) / scale for key, gain in gains.items()}


def clipped(one: Choice, gain: float) -> Tensor:
    return torch.minimum(one.ratio * gain, one.ratio.clamp(0.8, 1.2) * gain)


# What the papers say -----------------------------------------------------------------------------------------


def cloning(algorithm: Algorithm, played: Sequence[Played]) -> Tensor:
    smoothing = 0.1
    return -mean([
        (1 - smoothing) * one.log_prob + smoothing * one.log_probs.mean()
        for _, _, one in own(every(algorithm.policy, played))
    ])  # fmt: skip


def ppo(algorithm: Algorithm, played: Sequence[Played]) -> Tensor:
    kept: list[Played] = algorithm.kept  # type: ignore[attr-defined]
    usual, *later = [one.reward for one in kept]
    for reward in later:  # of the iteration before, which was the same
        usual = 0.9 * usual + 0.1 * reward

    def base(one: Played) -> float:
        others = [it.reward for it in kept if it.assignment[:3] == one.assignment[:3] and it is not one]
        assert len(others) == 3
        return (sum(others) + usual) / 4

    bases = [base(one) for one in kept]
    whole = every(algorithm.policy, kept)
    over = [advantage(whole[e], t, 0.8, bases[e]) for e, t, _ in own(whole)]
    bases = [base(one) for one in played]
    episodes = every(algorithm.policy, played)
    gains = standard({(e, t): advantage(episodes[e], t, 0.8, bases[e]) for e, t, _ in own(episodes)}, over)
    return mean([
        -clipped(one, gains[e, t]) - 0.03 * one.entropy
        + 0.5 * (one.value - (return_from(episodes[e], t) - bases[e])) ** 2
        for e, t, one in own(episodes)
    ])  # fmt: skip


def a2c(algorithm: Algorithm, played: Sequence[Played]) -> Tensor:
    episodes = every(algorithm.policy, played)
    raw = {(e, t): advantage(episodes[e], t, 0.8) for e, t, _ in own(episodes)}
    gains = standard(raw, list(raw.values()))
    return mean([
        -one.log_prob * gains[e, t] - 0.03 * one.entropy + 0.5 * (one.value - return_from(episodes[e], t)) ** 2
        for e, t, one in own(episodes)
    ])  # fmt: skip


def vtrace(algorithm: Algorithm, played: Sequence[Played]) -> Tensor:
    """Equation 1 and the policy gradient of section 4.2, with λ in the traces."""
    episodes = every(algorithm.policy, played)
    cut = [[min(1.0, number(one.ratio)) for one in episode] for episode in episodes]
    targets: dict[tuple[int, int], float] = {}
    gains: dict[tuple[int, int], float] = {}
    for e, episode in enumerate(episodes):
        values = [number(one.value) for one in episode] + [0.0]
        errors = [cut[e][t] * (one.reward + DISCOUNT * values[t + 1] - values[t]) for t, one in enumerate(episode)]
        found = [
            values[s] + sum(
                DISCOUNT ** (t - s) * float(np.prod([0.8 * cut[e][i] for i in range(s, t)])) * errors[t]
                for t in range(s, len(episode))
            )
            for s in range(len(episode))
        ] + [0.0]  # fmt: skip
        for t, one in enumerate(episode):
            targets[e, t] = found[t]
            gains[e, t] = cut[e][t] * (one.reward + DISCOUNT * found[t + 1] - values[t])
    scale = max(float(np.std([gains[e, t] for e, t, _ in own(episodes)])), 0.1)
    return mean([
        -one.log_prob * gains[e, t] / scale - 0.03 * one.entropy + 0.5 * (one.value - targets[e, t]) ** 2
        for e, t, one in own(episodes)
    ])  # fmt: skip


def grpo(algorithm: Algorithm, played: Sequence[Played]) -> Tensor:
    earned: dict[int, list[float]] = {}
    for one in algorithm.kept:  # type: ignore[attr-defined]
        earned.setdefault(one.assignment.task, []).append(one.reward)
    parts = []
    for one in played:
        group = earned[one.assignment.task]
        assert len(group) == 4
        gain = (one.reward - float(np.mean(group))) / float(np.std(group))
        parts += [-clipped(it, gain) - 0.03 * it.entropy for it in choices(algorithm.policy, one) if it.own]
    return mean(parts)


def worth(one: Choice) -> Tensor:
    """What a decision's choices are worth to DQN: the value, less by how much each falls short of the best."""
    better = one.advantages.mean(1)
    return one.value + better - better.max()


def dqn(algorithm: Algorithm, played: Sequence[Played]) -> Tensor:
    assert isinstance(algorithm, DQN)
    numbers, weights = algorithm.memory.draw(len(played), algorithm.random(algorithm.iteration, 0))
    importance = dict(zip(numbers.tolist(), weights.tolist(), strict=True))
    now, slow = every(algorithm.policy, played), every(algorithm.target, played)
    errors, margins = [], []
    for e, t, one in own(now):
        target = sum(DISCOUNT**ahead * later.reward for ahead, later in enumerate(now[e][t : t + 2]))
        if t + 2 < len(now[e]):
            best = int(worth(now[e][t + 2]).argmax())
            target += DISCOUNT**2 * number(worth(slow[e][t + 2])[best])
        off = worth(one)[one.chosen] - target
        huber = off**2 / 2 if abs(number(off)) <= 1 else off.abs() - 0.5
        errors.append(huber * importance[at_memory(algorithm, played[e])])
        if played[e].success:
            rivals = [worth(one)[at] + 0.2 * (at != one.chosen) for at in range(len(one.logits))]
            margins.append(torch.stack(rivals).max() - worth(one)[one.chosen])
    return mean(errors) + 0.5 * mean(margins)


def at_memory(algorithm: DQN, one: Played) -> int:
    return next(at for at, kept in enumerate(algorithm.memory.kept) if kept is one)


def sac(algorithm: Algorithm, played: Sequence[Played]) -> Tensor:
    """Equations 10 to 12 of the paper on discrete settings, with targets of two steps."""
    assert isinstance(algorithm, SAC)
    price = 0.3
    now, slow = every(algorithm.policy, played), every(algorithm.target, played)
    critics, actors = [], []
    for e, t, one in own(now):
        target = sum(DISCOUNT**ahead * later.reward for ahead, later in enumerate(now[e][t : t + 2]))
        if t + 2 < len(now[e]):
            last, known = now[e][t + 2], slow[e][t + 2]
            lesser = (known.value + known.advantages).amin(1)
            target += DISCOUNT**2 * number((last.log_probs.exp() * (lesser - price * last.log_probs)).sum())
        learns = torch.from_numpy(learning(played[e]))
        critics.append(((one.value + one.advantages[one.chosen] - target) ** 2 * learns).sum())
        lesser = (one.value + one.advantages).amin(1).detach()
        actors.append((one.log_probs.exp() * (price * one.log_probs - lesser)).sum())
    return mean(critics) + mean(actors)


# --------------------------------------------------------------------------------------------------------------

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
    kept: list[Played] = algorithm.kept  # type: ignore[attr-defined]
    return [kept[at] for at in algorithm.queue[0]]  # type: ignore[attr-defined]


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
