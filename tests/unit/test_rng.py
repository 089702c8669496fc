"""Streams are part of what a version promises: these values must never change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentworlds.rng import Stream, derive_seed

SEEDS = [
    (("vet_clinic", 0, "data", "Pet"), 9923718533369521091),
    (("a", 1), 16780626820265149011),
    (("a", "1"), 18176412197634584388),
    ((), 16476032584258269876),
]


@pytest.mark.parametrize(("path", "seed"), SEEDS)
def test_a_path_always_gives_the_same_seed(path: tuple[str | int, ...], seed: int) -> None:
    assert derive_seed(*path) == seed


def test_a_stream_always_gives_the_same_draws() -> None:
    stream = Stream("golden", 7)
    draws = {
        "seed": stream.seed,
        "below": [stream.below(1000) for _ in range(8)],
        "integer": [stream.integer(-3, 3) for _ in range(8)],
        "chance": [stream.chance(30) for _ in range(8)],
        "choice": [stream.choice("abcdef") for _ in range(6)],
        "skewed": [stream.skewed("abcdef") for _ in range(8)],
        "shuffled": stream.shuffled(range(8)),
        "sample": stream.sample("abcdefgh", 3),
        "large": stream.below(2**70),
    }
    assert draws == {
        "seed": 9365393499265972262,
        "below": [782, 312, 569, 901, 735, 400, 399, 256],
        "integer": [3, -2, 1, 1, -3, 2, 3, -3],
        "chance": [False, False, False, True, False, False, False, False],
        "choice": ["c", "e", "b", "c", "f", "c"],
        "skewed": ["c", "a", "b", "c", "c", "c", "b", "b"],
        "shuffled": [2, 4, 6, 3, 1, 0, 5, 7],
        "sample": ["a", "f", "b"],
        "large": 1114329135402621447466,
    }


def test_every_part_of_a_path_and_its_type_matter() -> None:
    paths = [("a", 1), ("a", "1"), ("a1",), (1, "a"), ("a",), ("a", 1, 1), ("a", -1)]
    assert len({derive_seed(*path) for path in paths}) == len(paths)


def test_sub_seeds_of_neighbouring_numbers_share_no_draws() -> None:
    streams = [Stream("task", number) for number in range(50)]
    assert len({stream.below(2**64) for stream in streams for _ in range(20)}) == 1000


@pytest.mark.parametrize("bound", [0, -1])
def test_nothing_lies_below_a_bound_that_is_not_positive(bound: int) -> None:
    with pytest.raises(ValueError, match=f"bound must be positive, got {bound}"):
        Stream("x").below(bound)


@given(st.integers(1, 2**80), st.integers())
def test_draws_lie_within_their_bound(bound: int, seed: int) -> None:
    assert all(0 <= Stream(seed).below(bound) < bound for _ in range(3))


@given(st.lists(st.integers(), max_size=30), st.integers(0, 40), st.integers())
def test_a_shuffle_keeps_every_item_and_a_sample_draws_different_places(items: list[int], size: int, seed: int) -> None:
    assert sorted(Stream(seed).shuffled(items)) == sorted(items)
    places = Stream(seed).sample(range(len(items)), size)
    assert len(places) == len(set(places)) == min(size, len(items))


def test_draws_are_even_and_skewed_draws_prefer_the_first() -> None:
    stream = Stream("evenness")
    even, skewed = [0] * 4, [0] * 4
    for _ in range(8000):
        even[stream.below(4)] += 1
        skewed[stream.skewed(range(4))] += 1
    assert all(1800 < number < 2200 for number in even)
    assert [round(number / 500) for number in skewed] == [7, 5, 3, 1]
    assert 2850 < sum(stream.chance(30) for _ in range(10_000)) < 3150
