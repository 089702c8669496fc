"""What the search suite needs of a search engine, and two that give it: SQLite's FTS5, and bm25s.

An index is made of plain texts and never changed. A ranking is a matter of the texts and the query alone: scores are
compared to a millionth, ties go to the lower number, so that no machine's arithmetic shows.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from agentworlds.engines import Engine, EngineError

WEIGHTS = (4, 2, 1)
"""How much a word counts in a title, in a site's name and in a text."""
EXCERPT_WORDS = 28
MOST_TERMS = 24
STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be by can do does for from has have how i in is it me my of on or our the their there this "
        "to was we were what when where which who why will with you your",
    )
)

WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class PageText:
    """A page as an engine reads it, without any mark-up."""

    number: int
    title: str
    site: str
    text: str


class SearchEngine(Protocol):
    """Ranks pages for a query. `agentworlds.engines.contract` states what each method must keep to."""

    def index(self, pages: Sequence[PageText]) -> Any:
        """What `rank` and `excerpts` need of some pages, made once; whatever it is, it is never changed."""

    def rank(self, index: Any, query: str) -> list[int]:
        """The numbers of the pages that match, best first, ties by number. Raises EngineError for an unusable query."""

    def excerpts(self, index: Any, query: str, numbers: Sequence[int]) -> list[str]:
        """For each of some pages that match, the words of its text that show why: at most 400 characters."""


@dataclass(frozen=True)
class Query:
    """A query as people type it: words, ``"phrases"`` that must occur, and ``-words`` that must not."""

    words: tuple[str, ...]
    phrases: tuple[tuple[str, ...], ...]
    without: tuple[str, ...]


def words_of(text: str) -> list[str]:
    """The words of a text: letters and digits, lower case, accents dropped."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(one for one in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(one))
    return WORD.findall(plain)


def read_query(text: str) -> Query:
    """Take a query apart; words that say nothing are left out, unless there are no others. Raises EngineError."""
    phrases = tuple(tuple(found) for found in map(words_of, re.findall(r'"([^"]*)"', text)) if found)
    rest = re.sub(r'"[^"]*"', " ", text)
    without = tuple(word for part in re.findall(r"(?<!\S)-(\w\S*)", rest) for word in words_of(part))
    words = list(dict.fromkeys(words_of(re.sub(r"(?<!\S)-\w\S*", " ", rest))))
    telling = [word for word in words if word not in STOP_WORDS] or ([] if phrases else words)
    if not telling and not phrases:
        raise EngineError("the query has no words to look for")
    if len(telling) + sum(map(len, phrases)) + len(without) > MOST_TERMS:
        raise EngineError(f"the query has more than {MOST_TERMS} words")
    return Query(tuple(telling), phrases, without)


def best_first(scores: dict[int, float]) -> list[int]:
    """Page numbers from the highest score to the lowest, ties by number."""
    return sorted(scores, key=lambda number: (-round(scores[number], 6), number))


def excerpt_around(text: str, wanted: Sequence[str]) -> str:
    """The stretch of a text with most of the wanted words in it; the first of several."""
    words, terms = text.split(), set(wanted)
    hits = [not terms.isdisjoint(words_of(word)) for word in words]
    best = inside = sum(hits[:EXCERPT_WORDS])
    start = 0
    for at in range(1, len(words) - EXCERPT_WORDS + 1):
        inside += hits[at + EXCERPT_WORDS - 1] - hits[at - 1]
        if inside > best:
            best, start = inside, at
    first_hit = next((at for at in range(start, min(start + EXCERPT_WORDS, len(words))) if hits[at]), 0)
    start = max(min(first_hit - 3, len(words) - EXCERPT_WORDS), 0)
    cut = " ".join(words[start : start + EXCERPT_WORDS])
    return ("…" if start else "") + cut[:390] + ("…" if start + EXCERPT_WORDS < len(words) or len(cut) > 390 else "")


class Fts5(Engine):
    """SQLite's own full-text index in memory: Porter stems, BM25 and snippets as SQLite makes them."""

    wraps = "SQLite FTS5"
    licence = "public domain"
    requires = ("apsw",)

    def index(self, pages: Sequence[PageText]) -> _Fts5Index:
        """See SearchEngine."""
        import apsw

        db = apsw.Connection(":memory:")
        db.execute(
            "CREATE VIRTUAL TABLE page USING fts5(title, site, text, tokenize = 'porter unicode61 remove_diacritics 2')"
        )
        with db:  # one transaction, and then one segment: four times as quick to ask
            db.executemany(
                "INSERT INTO page (rowid, title, site, text) VALUES (?, ?, ?, ?)",
                ((page.number, page.title, page.site, page.text) for page in pages),
            )
            db.execute("INSERT INTO page (page) VALUES ('optimize')")
        return _Fts5Index(db, threading.Lock())

    def rank(self, index: _Fts5Index, query: str) -> list[int]:
        """See SearchEngine."""
        sql = f"SELECT rowid, bm25(page, {', '.join(map(str, WEIGHTS))}) FROM page WHERE page MATCH ?"  # noqa: S608
        with index.lock:
            return best_first({number: -score for number, score in index.db.execute(sql, (_match(query),))})

    def excerpts(self, index: _Fts5Index, query: str, numbers: Sequence[int]) -> list[str]:
        """See SearchEngine."""
        sql = (
            f"SELECT rowid, snippet(page, 2, '', '', '…', {EXCERPT_WORDS}) FROM page "  # noqa: S608
            f"WHERE page MATCH ? AND rowid IN ({', '.join('?' * len(numbers))})"
        )
        with index.lock:
            found = dict(index.db.execute(sql, (_match(query), *numbers)).fetchall())
        return [" ".join(found.get(number, "").split())[:400] for number in numbers]


@dataclass(frozen=True)
class _Fts5Index:
    db: Any
    lock: threading.Lock


def _match(query: str) -> str:
    """A query in FTS5's own syntax; every word is quoted, so that none is an operator."""
    read = read_query(query)
    required = " AND ".join(_quoted(" ".join(phrase)) for phrase in read.phrases)
    wished = " OR ".join(map(_quoted, read.words))
    match = f"({required}) AND ({required} OR {wished})" if required and wished else required or wished
    return f"({match})" + "".join(f" NOT {_quoted(word)}" for word in read.without)


def _quoted(words: str) -> str:
    return f'"{words}"'


class Bm25s(Engine):
    """bm25s: BM25 scores worked out when the index is made (Lù, 2024). Whole words, no stems."""

    wraps = "bm25s"
    requires = ("bm25s",)

    def index(self, pages: Sequence[PageText]) -> _Bm25sIndex:
        """See SearchEngine."""
        import bm25s

        fields = [(words_of(page.title), words_of(page.site), words_of(page.text)) for page in pages]
        bags = [
            [word for weight, words in zip(WEIGHTS, three, strict=True) for word in words * weight] for three in fields
        ]
        model = bm25s.BM25(method="lucene", backend="numpy")
        if any(bags):
            model.index(bags, show_progress=False)
        texts = tuple(tuple(f" {' '.join(words)} " for words in three) for three in fields)
        return _Bm25sIndex(model if any(bags) else None, tuple(pages), texts)

    def rank(self, index: _Bm25sIndex, query: str) -> list[int]:
        """See SearchEngine."""
        read = read_query(query)
        if index.model is None:
            return []
        terms = [*read.words, *(word for phrase in read.phrases for word in phrase)]
        known = [word for word in terms if word in index.model.vocab_dict]
        scores = index.model.get_scores(known).tolist() if known else []
        found = {}
        for page, texts, score in zip(index.pages, index.texts, scores, strict=bool(known)):
            if score > 0 and _passes(read, texts):
                found[page.number] = score
        return best_first(found)

    def excerpts(self, index: _Bm25sIndex, query: str, numbers: Sequence[int]) -> list[str]:
        """See SearchEngine."""
        read = read_query(query)
        wanted = [*read.words, *(word for phrase in read.phrases for word in phrase)]
        texts = {page.number: page.text for page in index.pages}
        return [excerpt_around(texts[number], wanted) for number in numbers]


@dataclass(frozen=True)
class _Bm25sIndex:
    model: Any
    pages: tuple[PageText, ...]
    texts: tuple[tuple[str, ...], ...]


def _passes(query: Query, texts: Sequence[str]) -> bool:
    """Whether a page has every required phrase and no unwanted word."""
    return all(any(f" {' '.join(phrase)} " in text for text in texts) for phrase in query.phrases) and not any(
        f" {word} " in text for word in query.without for text in texts
    )
