import pytest

from agentworlds.report.measures import Histogram
from agentworlds.report.plots import Axis, Bar, Plot, Tick, histogram_plot, shared_top


def test_a_histogram_of_whole_numbers_labels_each_bar_in_its_middle() -> None:
    plot = histogram_plot(Histogram((2.0, 3.0, 4.0), (1, 3)), Axis.WHOLE, noun="tasks", x_title="calls", top=1.0)
    assert plot == Plot(
        bars=(
            Bar(38.0, 104.5, 167.0, 31.5, "2: 1 of 4 tasks (25.0 %)"),
            Bar(205.0, 41.5, 167.0, 94.5, "3: 3 of 4 tasks (75.0 %)"),
        ),
        x_ticks=(Tick(121.5, "2"), Tick(288.5, "3")),
        y_ticks=(Tick(136.0, "0 %"), Tick(73.0, "50 %"), Tick(10.0, "100 %")),
        x_title="calls",
    )


@pytest.mark.parametrize(
    ("axis", "edges", "labels"),
    [
        (Axis.WHOLE, (0.0, 1.0, 2.0, 3.0), ["0", "1", "2"]),
        (Axis.WHOLE, (0.0, 5.0, 10.0, 15.0), ["0", "5", "10", "15"]),
        (Axis.LINEAR, tuple(index / 10 for index in range(-3, 11)), ["−0.2", "0", "0.2", "0.4", "0.6", "0.8", "1"]),
        (Axis.MICROSECONDS, (10.0, 15.85, 25.12, 39.81, 63.1, 100.0, 158.5), ["10 µs", "100 µs"]),
        (Axis.MICROSECONDS, (15.85, 25.12, 39.81), ["15.8 µs", "39.8 µs"]),
    ],
)
def test_an_axis_is_labelled_at_round_numbers(axis: Axis, edges: tuple[float, ...], labels: list[str]) -> None:
    histogram = Histogram(edges, (1,) * (len(edges) - 1))
    plot = histogram_plot(histogram, axis, noun="calls", x_title="", top=1.0)
    assert [tick.text for tick in plot.x_ticks] == labels


@pytest.mark.parametrize(
    ("axis", "edges", "tip"),
    [
        (Axis.WHOLE, (5.0, 10.0), "5 to 9: 2 of 2 calls (100.0 %)"),
        (Axis.LINEAR, (-0.1, 0.0), "−0.1 to 0: 2 of 2 calls (100.0 %)"),
        (Axis.MICROSECONDS, (631.0, 1000.0), "631 µs to 1 ms: 2 of 2 calls (100.0 %)"),
    ],
)
def test_a_tooltip_says_which_bin_and_how_much(axis: Axis, edges: tuple[float, ...], tip: str) -> None:
    plot = histogram_plot(Histogram(edges, (2,)), axis, noun="calls", x_title="", top=1.0)
    assert [bar.tip for bar in plot.bars] == [tip]


def test_an_empty_bin_has_no_bar_and_a_rare_one_can_still_be_seen() -> None:
    plot = histogram_plot(Histogram((0.0, 1.0, 2.0, 3.0), (9999, 0, 1)), Axis.WHOLE, noun="calls", x_title="", top=1.0)
    assert [(bar.x, bar.height) for bar in plot.bars] == [(38.0, 126.0), (260.7, 1.0)]


def test_plots_side_by_side_share_the_round_share_above_the_tallest_bar() -> None:
    assert shared_top([Histogram((0, 1, 2), (1, 1)), Histogram((0, 1, 2), (11, 9))]) == 0.6
