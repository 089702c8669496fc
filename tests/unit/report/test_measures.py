import pytest

from agentworlds.report.measures import Histogram, Latency, Rate, Spread, linear_edges, log_edges, whole_edges


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (1, 1, 0.2065, 1.0),
        (5, 10, 0.2366, 0.7634),
        (81, 263, 0.2553, 0.3662),  # Newcombe, Statistics in Medicine 17 (1998), table I
        (15, 148, 0.0624, 0.1605),  # likewise
    ],
)
def test_wilson_intervals_agree_with_published_ones(hits: int, of: int, low: float, high: float) -> None:
    rate = Rate.wilson(hits, of)
    assert (rate.value, round(rate.low, 4), round(rate.high, 4)) == (hits / of, low, high)


@pytest.mark.parametrize(("hits", "of"), [(0, 0), (-1, 5), (6, 5)])
def test_a_rate_needs_trials_and_no_more_hits_than_those(hits: int, of: int) -> None:
    with pytest.raises(ValueError, match=f"no rate of {hits} hits in {of} trials"):
        Rate.wilson(hits, of)


def test_a_spread_names_where_numbers_lie() -> None:
    assert Spread.of([4, 1, 1, 2]) == Spread(count=4, mean=2.0, minimum=1, median=1.5, maximum=4)


def test_a_histogram_counts_a_shared_edge_in_the_upper_bin_and_the_last_edge_in_the_last() -> None:
    assert Histogram.of([0, 1, 1.5, 2], (0, 1, 2)) == Histogram((0, 1, 2), (1, 3))


def test_a_histogram_counts_what_lies_outside_in_the_nearest_bin() -> None:
    assert Histogram.of([-5, 9], (0, 1, 2)).counts == (1, 1)


@pytest.mark.parametrize(
    ("values", "edges"),
    [
        ([], (0.0, 1.0)),
        ([0.0, 1.0], tuple(round(0.05 * index, 2) for index in range(21))),
        ([-0.25, 0.9], tuple(round(-0.3 + 0.1 * index, 1) for index in range(13))),
        ([7.0, 7.0], (7.0, 7.05)),
    ],
)
def test_linear_edges_are_round_and_cover_the_values(values: list[float], edges: tuple[float, ...]) -> None:
    assert linear_edges(values) == edges


@pytest.mark.parametrize(
    ("values", "edges"),
    [
        ([], (0.0, 1.0)),
        ([2, 4], (2.0, 3.0, 4.0, 5.0)),
        ([3], (3.0, 4.0)),
        ([0, 99], tuple(float(edge) for edge in range(0, 101, 5))),
    ],
)
def test_whole_edges_give_each_number_its_bin_until_there_are_many(values: list[int], edges: tuple[float, ...]) -> None:
    assert whole_edges(values) == edges


def test_log_edges_are_five_to_a_factor_of_ten() -> None:
    assert log_edges([12.0, 99.0]) == (10.0, 15.85, 25.12, 39.81, 63.1, 100.0)


def test_log_edges_leave_out_what_has_no_logarithm() -> None:
    assert log_edges([0.0, 2.0]) == (1.585, 2.512)
    assert log_edges([0.0]) == (1.0, 1.585)


def test_latency_quantiles_are_latencies_that_were_measured() -> None:
    latency = Latency.of([float(value) for value in range(100, 0, -1)], (1.0, 10.0, 100.0))
    assert latency == Latency(100, 50.0, 90.0, 99.0, 100.0, Histogram((1.0, 10.0, 100.0), (9, 91)))
