"""The policy's arithmetic over decisions of different sizes, against one decision at a time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from agentworlds.train.algorithms.dqn import first_best
from agentworlds.train.batch import Ragged
from agentworlds.train.layers import pooled
from agentworlds.train.pairs import best_of, entropy_of, log_softmax, mean_of

CLOSE = {"atol": 1e-5, "rtol": 1e-4}
PATIENTLY = settings(deadline=None, max_examples=60)


@st.composite
def scored(draw: st.DrawFn) -> tuple[list[Tensor], Tensor, Any]:
    """Scores of several decisions: one tensor each, all together, and the part of a batch that says which is whose."""
    sizes = draw(st.lists(st.integers(1, 9), min_size=1, max_size=8))
    scale = draw(st.sampled_from([0.1, 1.0, 30.0, 1e4]))
    generator = torch.Generator().manual_seed(draw(st.integers(0, 2**32 - 1)))
    apart = [scale * torch.randn(size, generator=generator) for size in sizes]
    numbers = torch.arange(len(sizes))
    offers = torch.tensor([0, *sizes]).cumsum(0)
    batch = SimpleNamespace(
        decisions=numbers, pair_decision=numbers.repeat_interleave(torch.tensor(sizes)), offers=offers
    )
    return apart, torch.cat(apart), batch


@PATIENTLY
@given(scored())
def test_log_softmax_is_that_of_each_decision(given: tuple[list[Tensor], Tensor, Any]) -> None:
    apart, together, batch = given
    found = log_softmax(together, batch.pair_decision, len(apart))
    torch.testing.assert_close(found, torch.cat([one.log_softmax(0) for one in apart]), **CLOSE)


@PATIENTLY
@given(scored())
def test_the_gradient_of_log_softmax_is_that_of_each_decision(given: tuple[list[Tensor], Tensor, Any]) -> None:
    apart, together, batch = given
    weights = torch.linspace(-1, 2, len(together))
    one, other = together.clone().requires_grad_(), together.clone().requires_grad_()
    (log_softmax(one, batch.pair_decision, len(apart)) * weights).sum().backward()
    pieces = other.split([len(part) for part in apart])
    (torch.cat([part.log_softmax(0) for part in pieces]) * weights).sum().backward()
    torch.testing.assert_close(one.grad, other.grad, **CLOSE)


@PATIENTLY
@given(scored())
def test_best_mean_and_entropy_are_those_of_each_decision(given: tuple[list[Tensor], Tensor, Any]) -> None:
    apart, together, batch = given
    torch.testing.assert_close(best_of(together, batch), torch.stack([one.max() for one in apart]))
    torch.testing.assert_close(mean_of(together, batch), torch.stack([one.mean() for one in apart]), **CLOSE)
    entropy = entropy_of(log_softmax(together, batch.pair_decision, len(apart)), batch)
    naive = torch.stack([torch.distributions.Categorical(logits=one).entropy() for one in apart])
    torch.testing.assert_close(entropy, naive, atol=1e-4, rtol=1e-3)


@PATIENTLY
@given(scored())
def test_the_first_of_equally_good_candidates_is_chosen(given: tuple[list[Tensor], Tensor, Any]) -> None:
    apart, together, batch = given
    coarse = (together / together.abs().max().clamp(min=1e-6) * 2).round()  # so that some are equal
    pieces = coarse.split([len(part) for part in apart])
    starts = batch.offers[:-1].tolist()
    naive = [start + piece.tolist().index(max(piece.tolist())) for start, piece in zip(starts, pieces, strict=True)]
    assert first_best(coarse, batch).tolist() == naive


@pytest.mark.parametrize("lengths", [[], [0], [2, 0, 3], [0, 0, 1]])
def test_a_list_without_rows_pools_to_zero(lengths: list[int]) -> None:
    values = torch.arange(1.0, 13.0).view(6, 2)
    flat = torch.arange(sum(lengths)) % 6
    starts = torch.tensor([sum(lengths[:at]) for at in range(len(lengths))], dtype=torch.int64)
    naive = [values[part].mean(0) if len(part) else torch.zeros(2) for part in flat.split(lengths)] if lengths else []
    found = pooled(values, Ragged(flat, starts))
    assert found.shape == (len(lengths), 2)
    for one, other in zip(found, naive, strict=True):
        torch.testing.assert_close(one, other)
