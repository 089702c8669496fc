"""Samples, and the figures made of them."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured quantity: the median of `n` samples as `value`, and their 95th percentile."""

    figure: str
    value: float
    unit: str
    p95: float
    n: int

    @classmethod
    def of(cls, figure: str, samples: Sequence[float], unit: str = "ms") -> Figure:
        """Summarise samples; with fewer than 20 the 95th percentile is the largest."""
        ordered = sorted(samples)
        p95 = ordered[math.ceil(0.95 * len(ordered)) - 1]
        return cls(figure, round(statistics.median(ordered), 3), unit, round(p95, 3), len(ordered))


async def timed(operation: Callable[[int], Awaitable[object]], n: int, warmup: int = 5) -> list[float]:
    """Return the wall time of `n` runs in milliseconds; `operation` is given the number of the run."""
    for index in range(warmup):
        await operation(index)
    samples = []
    for index in range(warmup, warmup + n):
        started = time.perf_counter()
        await operation(index)
        samples.append((time.perf_counter() - started) * 1e3)
    return samples
