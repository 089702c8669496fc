"""What a text encoder is, and making one by name."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from agentworlds.errors import AgentworldsError, NotFound, nearest

Vectors = NDArray[np.float32]
"""[texts, numbers]."""
NAMES = ("minilm", "static", "hashing")


class MissingPackage(AgentworldsError):
    """An encoder needs a package that is not installed."""

    def __init__(self, encoder: str, command: str) -> None:
        super().__init__(f"the text encoder {encoder!r} is not installed: {command}")


class TextEncoder(Protocol):
    """Turns texts into vectors, each text by itself and always in the same way.

    Attributes:
        name: Names the encoder and its version: what was kept under another name is of no use to it. Letters, digits,
            points and hyphens only, since it names a file.
        phrase_size: How many numbers stand for a phrase.
        word_size: How many numbers stand for a word.
    """

    name: str
    phrase_size: int
    word_size: int

    def phrases(self, texts: list[str]) -> Vectors:
        """The meaning of descriptions, [texts, phrase_size]. May take milliseconds a text."""

    def words(self, texts: list[str]) -> Vectors:
        """Words, names and other values, [texts, word_size]. Takes microseconds a text."""


def make_encoder(name: str = "minilm") -> TextEncoder:
    """An encoder by name, or one of your own as ``module:Class``, with its caches.

    Raises:
        NotFound: with the nearest name, or with what an import says.
        MissingPackage: with the command that installs what it needs.
    """
    from agentworlds.train.encoders.cache import Cached, PhraseStore

    match name:
        case "minilm":
            from agentworlds.train.encoders.minilm import MiniLM

            encoder = MiniLM()
            return Cached(encoder, PhraseStore(encoder.name))
        case "static":
            from agentworlds.train.encoders.static import Static

            return Cached(Static())
        case "hashing":
            from agentworlds.train.encoders.hashing import Hashing

            return Cached(Hashing())
    if ":" not in name:
        raise NotFound(f"there is no text encoder {name!r}{nearest(name, NAMES)}; known are {', '.join(NAMES)}")
    module, _, attribute = name.partition(":")
    try:
        own: TextEncoder = getattr(import_module(module), attribute)()
    except (ImportError, AttributeError) as problem:
        raise NotFound(f"the text encoder {name!r} cannot be imported: {problem}") from None
    return Cached(own, PhraseStore(own.name))


def unit(vector: Vectors) -> Vectors:
    """A vector of length one in the same direction; zeros stay as they are."""
    length = np.linalg.norm(vector)
    return vector / np.float32(length) if length > 0 else vector
