"""Steps: how long they are, and which parameters take which."""

from __future__ import annotations

import pickle

import pytest
import torch
from torch import nn

from agentworlds.train.optimiser import LEAST_LR, WARM_UP, Optimiser
from agentworlds.train.policy import Policy
from tests.unit.train.small import SIZE


def parameter(*shape: int) -> nn.Parameter:
    torch.manual_seed(0)
    return nn.Parameter(torch.randn(*shape))


def test_step_sizes_grow_at_first_and_fall_to_the_end() -> None:
    one = parameter(3)
    one.grad = torch.ones(3)
    optimiser = Optimiser([([one], 0.5)])
    sizes = []
    for step in range(2 * WARM_UP):
        optimiser.step(step / (2 * WARM_UP))
        sizes.append(optimiser.lr)
    assert sizes[0] == pytest.approx(0.5 / WARM_UP)
    assert max(sizes) < 0.5
    optimiser.step(1.0)
    assert optimiser.lr == pytest.approx(0.5 * LEAST_LR)


def test_matrices_inside_take_steps_in_all_directions_alike() -> None:
    inside, other = parameter(8, 8), parameter(8, 8)
    optimiser = Optimiser([([other], 0.1)], ([inside], 0.1))
    before = inside.detach().clone()
    inside.grad = torch.diag(torch.tensor([1.0, 0.5, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1]))
    other.grad = torch.zeros(8, 8)
    optimiser.steps = WARM_UP
    optimiser.step(0.0)
    moved = (before * (1 - 0.1 * 0.01) - inside).detach()
    lengths = torch.linalg.svdvals(moved)
    assert float(lengths.max() / lengths.min()) < 2.5  # the gradient's differ ten times
    assert 0.05 < float(lengths.mean()) < 0.15


def test_a_state_goes_on_as_before() -> None:
    pairs = [(parameter(4), parameter(4, 4)) for _ in range(2)]
    one, two = [Optimiser([([plain], 0.1)], ([inside], 0.1)) for plain, inside in pairs]

    def step(optimiser: Optimiser, params: tuple[nn.Parameter, ...], seed: int) -> None:
        torch.manual_seed(seed)
        for param in params:
            param.grad = torch.randn_like(param)
        optimiser.step(0.3)

    for seed in range(3):
        step(one, pairs[0], seed)
    two.restore(pickle.loads(pickle.dumps(one.state())))
    with torch.no_grad():
        for mine, other in zip(pairs[1], pairs[0], strict=True):
            mine.copy_(other)
    for optimiser, params in ((one, pairs[0]), (two, pairs[1])):
        step(optimiser, params, 7)
    assert all(torch.equal(mine, other) for mine, other in zip(*pairs, strict=True))


def test_matrices_inside_a_policy_are_those_between_hidden_layers() -> None:
    policy = Policy(384, 384, SIZE)
    names = {name for name, one in policy.named_parameters() if any(one is inner for inner in policy.hidden())}
    assert {"layers.0.own.tell.weight", "word_layers.0.feed.1.weight", "pair.weight", "query.weight"} <= names
    assert not {"phrase.weight", "kind.weight", "cell_features.weight", "score.weight", "relations.weight"} & names
