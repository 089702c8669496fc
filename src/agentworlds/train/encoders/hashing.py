"""Hashed words and letter sequences: spelling without meaning, and nothing to download."""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from agentworlds.train.encoders.encoder import Vectors, unit

SIZE = 256
LETTERS = (3, 4)
"""Lengths of the sequences of letters that are hashed beside the word."""
MOST_WORDS = 256
"""A longer text is read so far."""
WORD = re.compile(r"\w+|[^\w\s]")


class Hashing:
    """Each word and its sequences of letters in signed buckets [Weinberger et al. 2009, Bojanowski et al. 2017].

    Half of a word's weight is the word itself, half its letter sequences: `cancel` and `cancelled` are alike.
    """

    name = "hashing-256-1"
    phrase_size = SIZE
    word_size = SIZE

    def phrases(self, texts: list[str]) -> Vectors:
        """See TextEncoder. The same as words."""
        return self.words(texts)

    def words(self, texts: list[str]) -> Vectors:
        """See TextEncoder."""
        found = np.zeros((len(texts), SIZE), np.float32)
        for at, text in enumerate(texts):
            for word in WORD.findall(text.casefold())[:MOST_WORDS]:
                buckets, weights = _word(word)
                found[at, buckets] += weights
            found[at] = unit(found[at])
        return found


@lru_cache(maxsize=20_000)
def _word(word: str) -> tuple[NDArray[np.intp], Vectors]:
    """The buckets of one word, each once, and their weights."""
    framed = f"<{word}>"
    sequences = [framed[at : at + n] for n in LETTERS for at in range(len(framed) - n + 1)]
    vector = np.zeros(SIZE, np.float32)
    for feature, weight in [(f" {word}", 1.0), *((sequence, len(sequences) ** -0.5) for sequence in sequences)]:
        digest = int.from_bytes(blake2b(feature.encode(), digest_size=8).digest(), "little")
        vector[digest % SIZE] += weight if digest >> 63 else -weight
    buckets = np.flatnonzero(vector)
    return buckets, vector[buckets]
