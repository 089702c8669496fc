"""Notes: Markdown and its structure, by markdown-it-py.

CommonMark with tables, checklists and links between notes, which are written ``[[Title]]``, ``[[Title#Section]]`` or
``[[Title|shown text]]``. Lines are counted from 0; only a line feed ends one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote

from agentworlds.engines import Engine

if TYPE_CHECKING:
    from markdown_it import MarkdownIt as Parser
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

LINK = re.compile(r"(?<!\\)\[\[([^\[\]|#\\\n]+)(?:#([^\[\]|\\\n]+))?(?:\\?\|([^\[\]\n]+))?\]\]")
BOX = re.compile(r"\[( |x|X)\] +(?=\S)")


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it.

    Attributes:
        level: 1 to 6, as in h1 to h6.
        start: The heading's line.
        body: The first line after the heading.
        end: The line after its own text, where the next heading stands.
        last: The line after all of it, the sections below included.
    """

    title: str
    level: int
    start: int
    body: int
    end: int
    last: int


@dataclass(frozen=True)
class Link:
    """A link to a note, and perhaps to a section of it."""

    title: str
    section: str
    line: int


@dataclass(frozen=True)
class Item:
    """An item of a checklist: what it says, whether it is ticked, its first line and the line after it."""

    text: str
    done: bool
    line: int
    end: int


@dataclass(frozen=True)
class Grid:
    """A table: its columns, its rows of as many cells, and the line of the first row."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    line: int


class NotesEngine(Protocol):
    """What the suite needs of a library for Markdown."""

    def sections(self, text: str) -> list[Section]:
        """The headings that stand on their own, in order."""

    def links(self, text: str) -> list[Link]:
        """The links to notes; what only looks like one, in code, is none."""

    def relink(self, text: str, old: str, new: str) -> str:
        """The text with its links to a note of one title leading to another."""

    def items(self, text: str) -> list[Item]:
        """The items of checklists."""

    def tables(self, text: str) -> list[Grid]:
        """The tables, those in lists and quotes apart."""

    def html(self, text: str) -> str:
        """The text as HTML; links lead to ``Title.html``, and raw HTML is shown as it is written."""


class MarkdownIt(Engine):
    """markdown-it-py's tokens and renderer, with a rule of our own for links between notes."""

    wraps = "markdown-it-py"
    requires = ("markdown_it",)
    formats = ("CommonMark", "HTML")

    def sections(self, text: str) -> list[Section]:
        """See NotesEngine."""
        tokens = _blocks(text)
        found = [
            (inline.content, int(token.tag[1]), *_span(token))
            for token, inline in pairwise(tokens)
            if token.type == "heading_open" and token.level == 0
        ]
        lines = text.count("\n") + 1
        result = []
        for place, (title, level, start, body) in enumerate(found):
            end = found[place + 1][2] if place + 1 < len(found) else lines
            last = next((after[2] for after in found[place + 1 :] if after[1] <= level), lines)
            result.append(Section(title, level, start, body, end, last))
        return result

    def links(self, text: str) -> list[Link]:
        """See NotesEngine."""
        return [Link(found[1].strip(), (found[2] or "").strip(), line) for line, found in self._links(text)]

    def relink(self, text: str, old: str, new: str) -> str:
        """See NotesEngine."""
        lines = text.split("\n")
        for line, found in reversed(list(self._links(text))):
            if found[1].strip().casefold() == old.casefold():
                lines[line] = f"{lines[line][: found.start(1)]}{new}{lines[line][found.end(1) :]}"
        return "\n".join(lines)

    def _links(self, text: str) -> Iterator[tuple[int, re.Match[str]]]:
        """The links with their lines, in order."""
        if "[[" not in text:
            return
        lines, real = text.split("\n"), dict[tuple[int, int], list[bool]]()
        for token in _blocks(text):
            if token.type == "inline" and "[[" in token.content:
                real.setdefault(_span(token), []).extend(self._are_links(token.content))
        for (start, end), flags in sorted(real.items()):
            found = [(line, match) for line in range(start, end) for match in LINK.finditer(lines[line])]
            yield from (one for one, flag in zip(found, flags, strict=False) if flag)

    def _are_links(self, content: str) -> Iterator[bool]:
        """Whether each part that looks like a link is one, rather than code."""
        if "`" not in content:
            yield from (True for _ in LINK.finditer(content))
            return
        for token in _parser().parseInline(content)[0].children or []:
            if token.type == "code_inline":
                yield from (False for _ in LINK.finditer(token.content))
            elif token.meta.get("note"):
                yield True

    def items(self, text: str) -> list[Item]:
        """See NotesEngine."""
        if "[" not in text:
            return []
        found: list[Item] = []
        tokens = _blocks(text)
        for token, _, inline in zip(tokens, tokens[1:], tokens[2:], strict=False):
            box = BOX.match(inline.content) if token.type == "list_item_open" and inline.type == "inline" else None
            if box is not None:
                written = " ".join(inline.content[box.end() :].split())
                found.append(Item(written, box[1] != " ", *_span(inline)))
        return found

    def tables(self, text: str) -> list[Grid]:
        """See NotesEngine."""
        found: list[Grid] = []
        rows: list[list[str]] | None = None
        for token in _blocks(text) if "|" in text else []:
            if token.type == "table_open" and token.level == 0:
                rows, line = [], _span(token)[0] + 2
            elif token.type == "tr_open" and rows is not None:
                rows.append([])
            elif token.type == "inline" and rows:
                rows[-1].append(token.content)
            elif token.type == "table_close" and rows:
                found.append(Grid(tuple(rows[0]), tuple(map(tuple, rows[1:])), line))
                rows = None
        return found

    def html(self, text: str) -> str:
        """See NotesEngine."""
        return str(_parser().render(text))


@cache
def _parser() -> Parser:
    from markdown_it import MarkdownIt as Parser

    parser = Parser("commonmark", {"html": False}).enable("table")
    parser.inline.ruler.before("link", "note_link", _note_link)
    return parser


@cache
def _block_parser() -> Parser:
    from markdown_it import MarkdownIt as Parser

    return Parser("commonmark", {"html": False}).enable("table").disable("inline")


@lru_cache(maxsize=128)
def _blocks(text: str) -> tuple[Token, ...]:
    """A text's blocks, their inline text unread: structure needs no more. Kept for the texts that were used last."""
    return tuple(_block_parser().parse(text))


def _span(token: Token) -> tuple[int, int]:
    assert token.map is not None
    return token.map[0], token.map[1]


def _note_link(state: StateInline, silent: bool) -> bool:
    """The inline rule for ``[[Title#Section|shown]]``."""
    found = LINK.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        title, section, shown = found[1].strip(), (found[2] or "").strip(), found[3]
        opening = state.push("link_open", "a", 1)
        opening.attrs = {"href": quote(f"{title}.html") + (f"#{quote(section)}" if section else "")}
        opening.meta = {"note": title}
        state.push("text", "", 0).content = shown or (f"{title}, {section}" if section else title)
        state.push("link_close", "a", -1)
    state.pos = found.end()
    return True
