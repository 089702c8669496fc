"""Texts as the mean of their word pieces' vectors, out of a table that came with a model."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from agentworlds.train.encoders.encoder import Vectors, unit

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MOST_PIECES = 256
"""A longer text is read so far."""


class Pieces:
    """A tokenizer and one tensor of a safetensors file, both read when first needed; other tensors are not."""

    def __init__(self, tokenizer: Path, weights: Path, tensor: str) -> None:
        self._tokenizer_path, self._weights_path, self._tensor = tokenizer, weights, tensor

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer, without padding."""
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._tokenizer_path))
        tokenizer.no_padding()
        tokenizer.enable_truncation(MOST_PIECES)
        return tokenizer

    @cached_property
    def table(self) -> Vectors:
        """A vector for each word piece."""
        from safetensors import safe_open

        with safe_open(self._weights_path, "np") as file:
            return np.asarray(file.get_tensor(self._tensor), np.float32)

    def ids(self, text: str, *, marks: bool = False) -> list[int]:
        """The numbers of a text's word pieces; `marks` adds those that begin and end a text for the model."""
        return list(self.tokenizer.encode(text, add_special_tokens=marks).ids)

    def means(self, texts: list[str]) -> Vectors:
        """The direction of the mean of each text's pieces; zero for a text without any."""
        table = self.table
        found = np.zeros((len(texts), table.shape[1]), np.float32)
        for at, text in enumerate(texts):
            ids = self.ids(text)
            if ids:
                found[at] = unit(table[ids].mean(0))
        return found
