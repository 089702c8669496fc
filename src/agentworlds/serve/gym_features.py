"""Texts as numbers without a model: words hashed into signed buckets (Weinberger et al., 2009).

The hash is the project's own, so that a feature means the same on every machine and in every process.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from agentworlds.decide.known import Candidate
from agentworlds.rng import derive_seed

Vector = NDArray[np.float32]

WORDS, MARKS, PLAIN = 40, 16, 8
"""A candidate's features: its hashed words, its hashed kind and origin, and the eight of `candidate_features`."""
CANDIDATE = WORDS + MARKS + PLAIN
QUESTION = 64
TEXT = 128
WORD = re.compile(r"[^\W_]+")


def words_of(text: str) -> list[str]:
    """The words and numbers of a text in small letters."""
    return WORD.findall(text.casefold())


@lru_cache(maxsize=1 << 16)
def _hash(token: str) -> int:
    return derive_seed("feature", token)


def bag(tokens: Iterable[str], size: int) -> Vector:
    """The sum of the tokens' signed buckets, at most of length 1.

    Returns:
        Array of shape ``(size,)``, values from -1 to 1.
    """
    sums = [0.0] * size
    for token in tokens:
        code = _hash(token)
        sums[(code >> 1) % size] += 1.0 if code & 1 else -1.0
    length = math.sqrt(sum(one * one for one in sums))
    return np.array([one / length for one in sums] if length else sums, dtype=np.float32)


@lru_cache(maxsize=1 << 10)
def text_features(text: str, size: int = TEXT) -> Vector:
    """A text's hashed words. Do not write to it."""
    return _kept(bag(words_of(text), size))


@lru_cache(maxsize=1 << 13)
def _fixed(text: str, kind: str, source: str, tool: str, field: str) -> tuple[Vector, frozenset[str]]:
    """What does not change about a candidate: its hashed features, and its words."""
    words = words_of(text)
    family = kind.partition(":")[0]
    marks = {f"kind {kind}", f"family {family}", f"source {source}", f"tool {tool}", f"field {field}"}
    return _kept(np.concatenate([bag(words, WORDS), bag(sorted(marks), MARKS)])), frozenset(words)


def _kept(vector: Vector) -> Vector:
    vector.flags.writeable = False
    return vector


@lru_cache(maxsize=1 << 10)
def _wanted(text: str) -> tuple[frozenset[str], str]:
    return frozenset(words_of(text)), text.casefold()


def candidate_features(
    rows: Vector,
    candidates: list[Candidate],
    *,
    request: str,
    asked: str,
    calls: int,
    chosen: Mapping[tuple[str, str], int],
) -> None:
    """Fill in one row for each candidate; the rows after the last stay zero.

    After the hashed features come: 1 for a candidate; the share of its words that stand in the request; 1 where it
    stands there as a whole; the share of its words that are asked for; how lately it was seen, 1 for the last
    call; its place in the list, from 0 to 1; a number's size, on a logarithmic scale; how often it was chosen before.

    Args:
        rows: Array of shape ``(most, CANDIDATE)`` of zeros, to be filled in.
        candidates: At most as many as there are rows.
        request: The text of the request.
        asked: The question in words.
        calls: How many calls have been made.
        chosen: How often each kind and text was chosen in this episode.
    """
    wanted, whole = _wanted(request)
    question, _ = _wanted(asked)
    for place, one in enumerate(candidates):
        fixed, words = _fixed(one.text, one.kind, one.source, one.tool, one.field)
        row = rows[place]
        row[: WORDS + MARKS] = fixed
        total = len(words) or 1
        size = one.value if isinstance(one.value, int | float) and not isinstance(one.value, bool) else 0
        row[WORDS + MARKS :] = (
            1.0,
            len(words & wanted) / total,
            one.text.casefold() in whole,
            len(words & question) / total,
            1.0 / max(calls - one.turn, 1) if one.turn >= 0 else 0.0,
            place / len(candidates),
            math.copysign(min(math.log1p(abs(size)) / 20.0, 1.0), size),
            1.0 - 0.5 ** chosen.get((one.kind, one.text), 0),
        )
