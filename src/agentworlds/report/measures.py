"""The numbers a report is made of: rates with intervals, spreads, histograms and latency quantiles."""

import math
import statistics
from bisect import bisect_right
from collections.abc import Sequence
from typing import Self

import msgspec

_Z95 = statistics.NormalDist().inv_cdf(0.975)
_BINS_PER_DECADE = 5


class Rate(msgspec.Struct, frozen=True):
    """A share of independent trials, with its Wilson 95 % score interval.

    Attributes:
        hits: Trials that succeeded.
        of: Trials, at least 1.
        value: hits / of.
        low: Lower end of the interval, 0 to 1.
        high: Upper end of the interval, 0 to 1.
    """

    hits: int
    of: int
    value: float
    low: float
    high: float

    @classmethod
    def wilson(cls, hits: int, of: int) -> Self:
        """Estimate a rate from counts.

        Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
        JASA 22 (1927). Unlike the normal approximation it stays inside [0, 1] and has a width at 0 and 1.

        Raises:
            ValueError: Unless 0 <= hits <= of and of >= 1.
        """
        if not (0 <= hits <= of and of >= 1):
            raise ValueError(f"no rate of {hits} hits in {of} trials")
        share, spread = hits / of, _Z95**2 / of
        centre = (share + spread / 2) / (1 + spread)
        half = _Z95 / (1 + spread) * math.sqrt(share * (1 - share) / of + spread / (4 * of))
        low = 0.0 if hits == 0 else centre - half
        high = 1.0 if hits == of else centre + half
        return cls(hits, of, share, low, high)


class Spread(msgspec.Struct, frozen=True):
    """Where a set of numbers lies."""

    count: int
    mean: float
    minimum: float
    median: float
    maximum: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Describe one or more numbers."""
        return cls(len(values), mean(values), min(values), statistics.median(values), max(values))


class Histogram(msgspec.Struct, frozen=True):
    """Counts between edges; bin i is [edges[i], edges[i + 1]), and the last bin includes its upper edge."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]

    @classmethod
    def of(cls, values: Sequence[float], edges: tuple[float, ...]) -> Self:
        """Count values; what lies outside the edges counts in the nearest bin."""
        counts = [0] * (len(edges) - 1)
        for value in values:
            counts[min(max(bisect_right(edges, value) - 1, 0), len(counts) - 1)] += 1
        return cls(edges, tuple(counts))


class Latency(msgspec.Struct, frozen=True):
    """Call latency in microseconds; quantiles are nearest-rank, so each is a latency that was measured."""

    calls: int
    p50: float
    p90: float
    p99: float
    maximum: float
    histogram: Histogram

    @classmethod
    def of(cls, values: Sequence[float], edges: tuple[float, ...]) -> Self:
        """Describe one or more latencies."""
        ranked = sorted(values)
        p50, p90, p99 = (ranked[math.ceil(percent * len(ranked) / 100) - 1] for percent in (50, 90, 99))
        return cls(len(ranked), p50, p90, p99, ranked[-1], Histogram.of(ranked, edges))


def mean(values: Sequence[float]) -> float:
    """Average that does not depend on the order of the values."""
    return math.fsum(values) / len(values)


def linear_edges(values: Sequence[float], *, bins: int = 20) -> tuple[float, ...]:
    """Edges of about `bins` equal bins or fewer that cover the values; a bin is 1, 2 or 5 times a power of ten wide."""
    if not values:
        return (0.0, 1.0)
    step = _round_step((max(values) - min(values) or 1.0) / bins)
    first, last = math.floor(min(values) / step), math.ceil(max(values) / step)
    return tuple(round(index * step, 12) for index in range(first, max(last, first + 1) + 1))


def whole_edges(values: Sequence[int], *, bins: int = 40) -> tuple[float, ...]:
    """Edges for whole numbers: like `linear_edges`, but no bin is narrower than 1 and the maximum is not an edge."""
    if not values:
        return (0.0, 1.0)
    step = max(1, round(_round_step((max(values) - min(values) + 1) / bins)))
    first, last = min(values) // step, max(values) // step + 1
    return tuple(float(index * step) for index in range(first, last + 1))


def log_edges(values: Sequence[float]) -> tuple[float, ...]:
    """Edges of five equal bins per factor of ten that cover the positive values."""
    positive = [value for value in values if value > 0] or [1.0]
    first = math.floor(_BINS_PER_DECADE * math.log10(min(positive)))
    last = math.floor(_BINS_PER_DECADE * math.log10(max(positive))) + 1
    return tuple(float(f"{10 ** (index / _BINS_PER_DECADE):.4g}") for index in range(first, last + 1))


def _round_step(least: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step for step in (power, 2 * power, 5 * power, 10 * power) if step >= least * (1 - 1e-9))
