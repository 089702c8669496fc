"""What the papers of the algorithms say, decision by decision, in plain loops."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from agentworlds.train.algorithms.algorithm import Algorithm
from agentworlds.train.algorithms.dqn import DQN
from agentworlds.train.algorithms.grpo import GRPO
from agentworlds.train.algorithms.ppo import PPO
from agentworlds.train.algorithms.sac import SAC, learning
from agentworlds.train.batch import Texts, collate
from agentworlds.train.collect import Played
from agentworlds.train.encoders.encoder import make_encoder
from agentworlds.train.policy import Policy

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
    assert isinstance(algorithm, PPO)
    kept = algorithm.kept
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
    assert isinstance(algorithm, GRPO)
    earned: dict[int, list[float]] = {}
    for one in algorithm.kept:
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
