"""Where the marks of a plot of lines go; the templates only draw them.

Lengths are in SVG user units. Colours are the page's business.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from agentworlds.report.plots import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Tick
from agentworlds.report.wording import number, percent

MOST_POINTS = 60
"""A longer line is drawn through the means of as many stretches."""


class Scale(Enum):
    """How the numbers of the vertical axis are written, and where it begins and ends."""

    SHARE = "share"
    """From 0 to 100 %."""
    FREE = "free"
    """Round numbers around what is shown."""


@dataclass(frozen=True, slots=True)
class Series:
    """What is drawn as a line: points from left to right."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Point:
    """A place on a line, and what a tooltip says about it."""

    x: float
    y: float
    tip: str


@dataclass(frozen=True, slots=True)
class Line:
    """One series, laid out."""

    name: str
    path: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """A line across the plot at one height, such as what chance reaches."""

    y: float
    name: str


@dataclass(frozen=True, slots=True)
class LinePlot:
    """Lines, laid out in a box of WIDTH x HEIGHT."""

    lines: tuple[Line, ...]
    levels: tuple[Level, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    x_title: str


def line_plot(
    series: Sequence[Series], *, x_title: str, whole: bool = True, scale: Scale = Scale.FREE,
    levels: Sequence[tuple[str, float]] = (),
) -> LinePlot:  # fmt: skip
    """Lay lines out over a common horizontal axis that begins at 0.

    Args:
        series: What to draw; a series without points is left out.
        x_title: Title of the horizontal axis.
        whole: Whether only whole numbers stand under it.
        scale: What the vertical axis is.
        levels: Names and heights of lines across.
    """
    thinned = [Series(one.name, thin(one.points)) for one in series if one.points]
    heights = [y for one in thinned for _, y in one.points] + [y for _, y in levels]
    right = max((x for one in thinned for x, _ in one.points), default=1.0) or 1.0
    x_stops = [stop for stop in stops(0.0, right) if stop <= right and not (whole and stop % 1)]
    y_stops = [0.0, 0.5, 1.0] if scale is Scale.SHARE else stops(*_reach(heights))
    bottom, top = y_stops[0], y_stops[-1]

    def across(x: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * x / right, 1)

    def up(y: float) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (top - min(max(y, bottom), top)) / (top - bottom), 1)

    lines = []
    for one in thinned:
        points = tuple(Point(across(x), up(y), f"{one.name}: {_said(y, scale)} at {short(x)} {x_title}")
                       for x, y in one.points)  # fmt: skip
        lines.append(Line(one.name, "M" + "L".join(f"{point.x} {point.y}" for point in points), points))
    x_ticks = tuple(Tick(across(stop), short(stop)) for stop in x_stops)
    y_ticks = tuple(Tick(up(stop), _tick(stop, scale)) for stop in y_stops)
    return LinePlot(tuple(lines), tuple(Level(up(y), name) for name, y in levels), x_ticks, y_ticks, x_title)


def thin(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Points, or the means of stretches of equally many where they are too many to draw."""
    if len(points) <= MOST_POINTS:
        return tuple(points)
    ends = [round(index * len(points) / MOST_POINTS) for index in range(MOST_POINTS + 1)]
    return tuple(_mean(points[start:end]) for start, end in pairwise(ends))


def _mean(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return math.fsum(x for x, _ in points) / len(points), math.fsum(y for _, y in points) / len(points)


def stops(low: float, high: float) -> list[float]:
    """Three to six round numbers at equal steps (1, 2 or 5 times a power of ten) that reach around low and high."""
    if high <= low:
        low, high = low - (abs(low) or 1.0) / 2, high + (abs(high) or 1.0) / 2
    power = 10.0 ** math.floor(math.log10((high - low) / 4))
    step = next(power * times for times in (1, 2, 5, 10) if (high - low) / (power * times) <= 4)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(index * step, 12) for index in range(first, last + 1)]


def short(value: float) -> str:
    """A number for an axis: 0.005, 0.385, 12, 2,500, 250k, 1.5M."""
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if abs(value) >= 10 * size or (unit == "M" and abs(value) >= size):
            return f"{number(value / size)}{unit}"
    return number(value) if abs(value) >= 1000 else f"{value:.4g}".replace("-", "−")


def _reach(heights: Sequence[float]) -> tuple[float, float]:
    """What the vertical axis must cover: 0 as well, where that does not flatten the lines."""
    low, high = min(heights, default=0.0), max(heights, default=1.0)
    if 0 <= low <= 0.6 * high:
        low = 0.0
    return low, high


def _tick(value: float, scale: Scale) -> str:
    return f"{number(100 * value)} %" if scale is Scale.SHARE else short(value)


def _said(value: float, scale: Scale) -> str:
    return f"{percent(value)} %" if scale is Scale.SHARE else f"{value:.4g}".replace("-", "−")
