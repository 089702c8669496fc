"""What an encoder said before: phrases on disk, for every later process; words and phrases in memory, for this one."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

import apsw
import numpy as np

from agentworlds.runtime.template import cache_folder
from agentworlds.train.encoders.encoder import TextEncoder, Vectors

MOST_REMEMBERED = 32_768
"""Words, and as many phrases, that a process remembers: 50 MB of each at 384 numbers, when full."""
AT_ONCE = 64
"""Phrases that are stored together: what is lost when a process is killed."""
WAIT_MS = 10_000
"""How long one process waits for another's write."""
DAMAGED = (apsw.NotADBError, apsw.CorruptError, apsw.FormatError, apsw.SQLError, apsw.MismatchError)
UNUSABLE = (apsw.CantOpenError, apsw.ReadOnlyError, apsw.IOError, apsw.BusyError, apsw.FullError, apsw.PermissionsError,
            apsw.AuthError, apsw.LockedError, apsw.ProtocolError, OSError)  # fmt: skip


T = TypeVar("T")


class Cached:
    """An encoder whose answers are kept, for one thread. Give a store to keep those about phrases on disk as well."""

    def __init__(self, encoder: TextEncoder, store: PhraseStore | None = None, most: int = MOST_REMEMBERED) -> None:
        self.encoder, self.store = encoder, store
        self.name, self.phrase_size, self.word_size = encoder.name, encoder.phrase_size, encoder.word_size
        self._phrases = Remembered(self._stored, encoder.phrase_size, most)
        self._words = Remembered(encoder.words, encoder.word_size, most)

    def phrases(self, texts: list[str]) -> Vectors:
        """See TextEncoder."""
        return self._phrases(texts)

    def words(self, texts: list[str]) -> Vectors:
        """See TextEncoder."""
        return self._words(texts)

    def _stored(self, texts: list[str]) -> Vectors:
        """Phrases out of the store, those that it lacks from the encoder."""
        if self.store is None:
            return self.encoder.phrases(texts)
        known = self.store.read(texts, self.phrase_size)
        unknown = [text for text in texts if text not in known]
        for start in range(0, len(unknown), AT_ONCE):
            some = unknown[start : start + AT_ONCE]
            new = dict(zip(some, self.encoder.phrases(some), strict=True))
            self.store.write(new)
            known |= new
        return np.stack([known[text] for text in texts])


class Remembered:
    """A function of texts that remembers what it gave for the last so many of them, in one matrix."""

    def __init__(self, function: Callable[[list[str]], Vectors], size: int, most: int) -> None:
        self._function, self._most = function, most
        self._rows: dict[str, int] = {}
        self._texts: list[str] = []
        self._vectors = np.zeros((0, size), np.float32)
        self._next = 0

    def __call__(self, texts: list[str]) -> Vectors:
        """The vectors of some texts, [texts, size]: a copy."""
        new = list(dict.fromkeys(text for text in texts if text not in self._rows))
        if not new:
            return self._vectors[[self._rows[text] for text in texts]]
        vectors = self._function(new)
        fresh = {text: at for at, text in enumerate(new)}
        found = np.empty((len(texts), self._vectors.shape[1]), np.float32)
        for at, text in enumerate(texts):
            found[at] = vectors[fresh[text]] if text in fresh else self._vectors[self._rows[text]]
        for text, vector in zip(new[: self._most], vectors, strict=False):
            self._remember(text, vector)
        return found

    def _remember(self, text: str, vector: Vectors) -> None:
        """Take in one more; when all rows are taken, in place of the oldest."""
        if len(self._texts) < self._most:
            if len(self._texts) == len(self._vectors):
                more = min(self._most, max(256, 2 * len(self._vectors)))
                self._vectors = np.concatenate(
                    [self._vectors, np.zeros((more - len(self._vectors), vector.size), np.float32)]
                )
            self._texts.append(text)
        else:
            del self._rows[self._texts[self._next]]
            self._texts[self._next] = text
        self._rows[text] = self._next
        self._vectors[self._next] = vector
        self._next = (self._next + 1) % self._most


class PhraseStore:
    """One encoder's phrases in an SQLite file under the user's cache folder, shared by all processes.

    Each write is one transaction, so a process that is killed leaves the file as it was. Each vector has a checksum.
    A damaged file is renamed to end in `.damaged` and begun anew; one that cannot be opened or written is done without.
    """

    def __init__(self, name: str, folder: Path | None = None) -> None:
        self.path = (folder or cache_folder() / "encoders") / f"{name}.sqlite"

    def read(self, texts: list[str], size: int) -> dict[str, Vectors]:
        """The texts that are known, each with its vector of so many numbers."""

        def known(db: apsw.Connection) -> dict[str, Vectors]:
            found = {}
            for text in texts:
                for check, data in db.execute("SELECT sum, vector FROM phrase WHERE text = ?", (text,)):
                    if not isinstance(data, bytes) or len(data) != 4 * size or check != checksum(text, data):
                        raise apsw.CorruptError(f"the vector of {text!r}")
                    found[text] = np.frombuffer(data, "<f4").astype(np.float32)
            return found

        return (self._use(known) if self.path.exists() else None) or {}

    def write(self, vectors: dict[str, Vectors]) -> None:
        """Keep vectors by text, all or none of them."""
        rows = [(text, vector.astype("<f4").tobytes()) for text, vector in vectors.items()]

        def keep(db: apsw.Connection) -> None:
            with db:
                db.executemany(
                    "INSERT OR REPLACE INTO phrase (text, sum, vector) VALUES (?, ?, ?)",
                    [(text, checksum(text, data), data) for text, data in rows],
                )

        self._use(keep)

    def _use(self, do: Callable[[apsw.Connection], T]) -> T | None:
        """Do something with the open file; None when that is impossible."""
        for attempt in range(2):
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                with closing(apsw.Connection(str(self.path))) as db:
                    db.set_busy_timeout(WAIT_MS)
                    db.execute("CREATE TABLE IF NOT EXISTS phrase (text TEXT PRIMARY KEY, sum INTEGER, vector BLOB)")
                    return do(db)
            except DAMAGED:
                if attempt == 0:
                    self._set_aside()
            except UNUSABLE:
                break
        return None

    def _set_aside(self) -> None:
        try:
            self.path.replace(self.path.with_suffix(".damaged"))
            self.path.with_name(f"{self.path.name}-journal").unlink(missing_ok=True)
        except OSError:  # another process was quicker, or the folder is not ours
            pass


def checksum(text: str, data: bytes) -> int:
    """Of a text and the bytes of its vector together."""
    return zlib.crc32(data, zlib.crc32(text.encode()))
