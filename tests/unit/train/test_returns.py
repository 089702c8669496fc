"""Returns, advantages and targets against their definitions, term by term."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from agentworlds.train.algorithms.returns import advantages, n_step, returns, vtrace

SHARE = st.floats(0, 1)
PATIENTLY = settings(deadline=None, max_examples=60)


@st.composite
def episodes(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rewards, values and importance ratios of an episode."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    length = draw(st.integers(1, 12))
    rewards, values = random.normal(size=(2, length)).astype(np.float32)
    return rewards, values, np.exp(random.normal(size=length)).astype(np.float32)


def naive_advantages(rewards: np.ndarray, values: np.ndarray, discount: float, decay: float) -> list[float]:
    after = [*values[1:], 0.0]
    gaps = [rewards[at] + discount * after[at] - values[at] for at in range(len(rewards))]
    return [sum((discount * decay) ** (later - at) * gaps[later] for later in range(at, len(gaps)))
            for at in range(len(gaps))]  # fmt: skip


@PATIENTLY
@given(episodes(), SHARE)
def test_a_return_is_the_discounted_sum_of_what_follows(episode: tuple[np.ndarray, ...], discount: float) -> None:
    rewards, *_ = episode
    naive = [sum(discount ** (later - at) * rewards[later] for later in range(at, len(rewards)))
             for at in range(len(rewards))]  # fmt: skip
    np.testing.assert_allclose(returns(rewards, discount), naive, atol=1e-4)


@PATIENTLY
@given(episodes(), SHARE, SHARE)
def test_a_generalised_advantage_is_the_decayed_sum_of_errors(
    episode: tuple[np.ndarray, ...], discount: float, decay: float
) -> None:
    rewards, values, _ = episode
    found = advantages(rewards, values, discount, decay)
    np.testing.assert_allclose(found, naive_advantages(rewards, values, discount, decay), atol=1e-4)
    assert found.dtype == np.float32


@PATIENTLY
@given(episodes(), SHARE)
def test_without_decay_an_advantage_is_the_return_less_the_value(
    episode: tuple[np.ndarray, ...], discount: float
) -> None:
    rewards, values, _ = episode
    np.testing.assert_allclose(
        advantages(rewards, values, discount, 1.0), returns(rewards, discount) - values, atol=1e-4
    )


@PATIENTLY
@given(episodes(), SHARE, SHARE, st.floats(0.5, 2))
def test_v_trace_is_its_definition(episode: tuple[np.ndarray, ...], discount: float, decay: float, most: float) -> None:
    rewards, values, ratios = episode
    length, after, cut = len(rewards), [*values[1:], 0.0], np.minimum(ratios, most)
    gaps = [cut[at] * (rewards[at] + discount * after[at] - values[at]) for at in range(length)]
    targets = [
        values[at]
        + sum(discount ** (later - at) * np.prod(decay * cut[at:later]) * gaps[later] for later in range(at, length))
        for at in range(length)
    ]
    gains = [cut[at] * (rewards[at] + discount * ([*targets, 0.0][at + 1]) - values[at]) for at in range(length)]
    found = vtrace(rewards, values, ratios, discount, decay, most)
    np.testing.assert_allclose(found[0], targets, atol=1e-3)
    np.testing.assert_allclose(found[1], gains, atol=1e-3)


@PATIENTLY
@given(episodes(), SHARE)
def test_v_trace_on_policy_gives_returns(episode: tuple[np.ndarray, ...], discount: float) -> None:
    rewards, values, ratios = episode
    targets, _ = vtrace(rewards, values, np.ones_like(ratios), discount, 1.0)
    np.testing.assert_allclose(targets, returns(rewards, discount), atol=1e-4)


@PATIENTLY
@given(episodes(), SHARE, st.integers(1, 15))
def test_n_step_sums_what_comes_before_the_decision_it_names(
    episode: tuple[np.ndarray, ...], discount: float, steps: int
) -> None:
    rewards, *_ = episode
    length = len(rewards)
    sums, following, discounts = n_step(rewards, discount, steps)
    for at in range(length):
        ends = min(at + steps, length)
        naive = sum(discount ** (later - at) * rewards[later] for later in range(at, ends))
        assert abs(sums[at] - naive) < 1e-4
        inside = at + steps < length
        assert following[at] == (at + steps if inside else -1)
        assert abs(discounts[at] - (discount**steps if inside else 0.0)) < 1e-6
