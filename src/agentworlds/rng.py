"""Random streams that depend on names alone.

Every stream is derived by hashing a path of names and numbers, never by adding to another seed, so that
two different paths never give overlapping streams and a new draw in one place moves nothing elsewhere.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def derive_seed(*path: str | int) -> int:
    """A 64-bit seed from a path such as ``("vet_clinic", 0, "data", "Pet")``."""
    text = "\x1f".join(f"{type(part).__name__}:{part}" for part in path)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


class Stream:
    """Draws from one named stream.

    Built on the Mersenne Twister's raw bits only: the standard library keeps those stable between Python
    versions, while helpers such as ``randrange`` and ``sample`` have changed.
    """

    def __init__(self, *path: str | int) -> None:
        self.seed = derive_seed(*path)
        self._random = random.Random(self.seed)  # noqa: S311 - reproducibility is the point

    def below(self, bound: int) -> int:
        """A whole number in ``range(bound)``; `bound` must be positive."""
        if bound < 1:
            raise ValueError(f"bound must be positive, got {bound}")
        bits = bound.bit_length()
        while True:
            value = self._random.getrandbits(bits)
            if value < bound:
                return value

    def integer(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        """True in `percent` of a hundred draws."""
        return self.below(100) < percent

    def choice(self, options: Sequence[T]) -> T:
        """One of `options`, each equally likely. Raises ValueError when there is none."""
        if not options:
            raise ValueError("there is nothing to choose from: the options are empty")
        return options[self.below(len(options))]

    def skewed(self, options: Sequence[T]) -> T:
        """One of `options`, the earlier ones more often: the smaller of two uniform draws, squared-law."""
        return options[min(self.below(len(options)), self.below(len(options)))]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        """All of `options` in a random order (Fisher-Yates)."""
        result = list(options)
        for index in range(len(result) - 1, 0, -1):
            other = self.below(index + 1)
            result[index], result[other] = result[other], result[index]
        return result

    def sample(self, options: Sequence[T], count: int) -> list[T]:
        """`count` different ones of `options`, or all of them where there are fewer."""
        return self.shuffled(options)[:count]
