"""WordLlama: vectors of word pieces without a model around them."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from agentworlds.train.encoders.encoder import MissingPackage, Vectors
from agentworlds.train.encoders.pieces import Pieces

PACKAGE = "wordllama"
INSTALL = f"pip install 'agentworlds[train]' && pip install --no-deps {PACKAGE}==0.4.0.post1"


class Static:
    """The 256 numbers a word piece that WordLlama ships, distilled from large language models' input vectors.

    The files are read where the package keeps them; the package itself, which would download them, is not imported.
    """

    phrase_size = 256
    word_size = 256

    def __init__(self) -> None:
        try:
            self.name = f"wordllama-256-{version(PACKAGE)}"
        except PackageNotFoundError:
            raise MissingPackage("static", INSTALL) from None
        spec = find_spec("wordllama")
        if spec is None or spec.origin is None or not (find_spec("tokenizers") and find_spec("safetensors")):
            raise MissingPackage("static", INSTALL)
        folder = Path(spec.origin).parent
        tokenizer = folder / "tokenizers" / "l2_supercat_tokenizer_config.json"
        self._pieces = Pieces(tokenizer, folder / "weights" / "l2_supercat_256.safetensors", "embedding.weight")

    def phrases(self, texts: list[str]) -> Vectors:
        """See TextEncoder. The same as words."""
        return self._pieces.means(texts)

    def words(self, texts: list[str]) -> Vectors:
        """See TextEncoder."""
        return self._pieces.means(texts)
