import pytest

from agentworlds.report.curves import MOST_POINTS, Level, Line, LinePlot, Point, Scale, Series, line_plot, stops, thin
from agentworlds.report.plots import Tick


def test_lines_are_laid_out_from_zero_to_the_last_point() -> None:
    lines = [Series("seeds", ((100.0, 0.0), (200.0, 0.5))), Series("nothing", ())]
    plot = line_plot(lines, x_title="decisions", scale=Scale.SHARE, levels=[("random", 0.25)])
    points = (
        Point(205.0, 136.0, "seeds: 0.0 % at 100 decisions"),
        Point(372.0, 73.0, "seeds: 50.0 % at 200 decisions"),
    )
    assert plot == LinePlot(
        lines=(Line("seeds", "M205.0 136.0L372.0 73.0", points),),
        levels=(Level(104.5, "random"),),
        x_ticks=(Tick(38.0, "0"), Tick(121.5, "50"), Tick(205.0, "100"), Tick(288.5, "150"), Tick(372.0, "200")),
        y_ticks=(Tick(136.0, "0 %"), Tick(73.0, "50 %"), Tick(10.0, "100 %")),
        x_title="decisions",
    )


@pytest.mark.parametrize(
    ("heights", "labels"),
    [
        ((0.0, 8.3), ["0", "5", "10"]),
        ((1.0, 9.0), ["0", "5", "10"]),  # 0 is shown where it does not flatten the line
        ((95.0, 99.0), ["95", "96", "97", "98", "99"]),
        ((0.381, 0.392), ["0.38", "0.385", "0.39", "0.395"]),
        ((-2.0, 0.5), ["−2", "−1", "0", "1"]),
        ((0.0004, 0.0013), ["0", "0.0005", "0.001", "0.0015"]),
        ((3.0, 3.0), ["1", "2", "3", "4", "5"]),
        ((0.0, 0.0), ["−0.5", "0", "0.5"]),
        ((0.0, 250_000.0), ["0", "100k", "200k", "300k"]),
        ((0.0, 4_100_000.0), ["0", "2M", "4M", "6M"]),
    ],
)
def test_the_vertical_axis_is_labelled_at_round_numbers_which_all_differ(
    heights: tuple[float, float], labels: list[str]
) -> None:
    plot = line_plot([Series("one", tuple(enumerate(heights)))], x_title="")
    assert [tick.text for tick in plot.y_ticks] == labels


def test_iterations_are_whole_and_minutes_need_not_be() -> None:
    one = [Series("one", ((1.0, 0.0), (2.0, 1.0)))]
    assert [tick.text for tick in line_plot(one, x_title="iterations").x_ticks] == ["0", "1", "2"]
    assert [tick.text for tick in line_plot(one, x_title="minutes", whole=False).x_ticks] == [
        "0", "0.5", "1", "1.5", "2",
    ]  # fmt: skip


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.0, 7e-9), (-3.2, 8.1), (99.0, 101.0), (1e6, 3.3e7)])
def test_stops_reach_around_what_is_shown(low: float, high: float) -> None:
    found = stops(low, high)
    assert found[0] <= low < high <= found[-1]
    assert 3 <= len(found) <= 6


def test_a_long_line_is_drawn_through_means() -> None:
    points = [(float(x), 2.0 * x) for x in range(10 * MOST_POINTS)]
    assert thin(points[:MOST_POINTS]) == tuple(points[:MOST_POINTS])
    assert thin(points) == tuple((10 * index + 4.5, 20 * index + 9.0) for index in range(MOST_POINTS))
    assert len(thin(points[: MOST_POINTS + 1])) == MOST_POINTS


def test_nothing_at_all_can_be_drawn() -> None:
    assert line_plot([], x_title="iterations").lines == ()
