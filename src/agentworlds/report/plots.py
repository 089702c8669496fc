"""Where the marks of a histogram go; the templates only draw them.

Lengths are in SVG user units. Colours are the page's business.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from agentworlds.report.measures import Histogram
from agentworlds.report.wording import count, microseconds, number, percent

WIDTH, HEIGHT = 380.0, 178.0
LEFT, RIGHT, TOP, BOTTOM = 38.0, 8.0, 10.0, 42.0
_MOST_X_TICKS = 8


class Axis(Enum):
    """What the numbers under a histogram are."""

    WHOLE = "whole"
    LINEAR = "linear"
    MICROSECONDS = "microseconds"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bin: a rectangle, and what a tooltip says about it."""

    x: float
    y: float
    width: float
    height: float
    tip: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A label on an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A histogram, laid out in a box of WIDTH x HEIGHT."""

    bars: tuple[Bar, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    x_title: str


def histogram_plot(histogram: Histogram, axis: Axis, *, noun: str, x_title: str, top: float) -> Plot:
    """Lay out a histogram as shares of its total.

    Args:
        histogram: What to draw; it counts at least one thing.
        axis: What the edges are.
        noun: What is counted, in the plural.
        x_title: Title of the horizontal axis.
        top: Share at the top of the vertical axis, as `shared_top` gives for plots side by side.
    """
    across, up = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    total, bins = sum(histogram.counts), len(histogram.counts)
    bars = []
    for index, (label, found) in enumerate(zip(_bin_labels(histogram, axis), histogram.counts, strict=True)):
        if found:
            height = max(up * found / total / top, 1.0)
            tip = f"{label}: {count(found)} of {count(total)} {noun} ({percent(found / total)} %)"
            bars.append(
                Bar(_at(LEFT + across * index / bins), _at(TOP + up - height), _at(across / bins), _at(height), tip)
            )
    shift = 0.5 if _single_steps(histogram, axis) else 0.0
    x_ticks = tuple(
        Tick(_at(LEFT + across * (index + shift) / bins), text) for index, text in _x_labels(histogram, axis)
    )
    y_ticks = tuple(Tick(_at(TOP + up * (1 - part)), f"{number(100 * top * part)} %") for part in (0.0, 0.5, 1.0))
    return Plot(tuple(bars), x_ticks, y_ticks, x_title)


def shared_top(histograms: Sequence[Histogram]) -> float:
    """The round share that the tallest bar of all the histograms reaches up to."""
    peak = max(max(histogram.counts) / sum(histogram.counts) for histogram in histograms)
    return next(top for top in (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0) if peak <= top)


def _bin_labels(histogram: Histogram, axis: Axis) -> list[str]:
    pairs = list(zip(histogram.edges, histogram.edges[1:], strict=False))
    if axis is Axis.WHOLE:
        return [number(low) if high - low == 1 else f"{number(low)} to {number(high - 1)}" for low, high in pairs]
    if axis is Axis.LINEAR:
        return [f"{number(low)} to {number(high)}" for low, high in pairs]
    return [f"{microseconds(low)} to {microseconds(high)}" for low, high in pairs]


def _single_steps(histogram: Histogram, axis: Axis) -> bool:
    return axis is Axis.WHOLE and histogram.edges[1] - histogram.edges[0] == 1


def _x_labels(histogram: Histogram, axis: Axis) -> list[tuple[int, str]]:
    """Index and text of the edges that carry a label."""
    edges = histogram.edges
    if axis is Axis.MICROSECONDS:
        decades = [(i, microseconds(edge)) for i, edge in enumerate(edges) if math.log10(edge).is_integer()]
        return decades if len(decades) > 1 else [(i, microseconds(edges[i])) for i in (0, len(edges) - 1)]
    step = edges[1] - edges[0]
    shown = edges[:-1] if _single_steps(histogram, axis) else edges
    stride = next(n for n in (1, 2, 5, 10, 20) if len(shown) / n <= _MOST_X_TICKS)
    return [(i, number(edge)) for i, edge in enumerate(shown) if round(edge / step) % stride == 0]


def _at(length: float) -> float:
    """A length to the tenth of a unit, which is finer than the eye and keeps the page small."""
    return round(length, 1)
