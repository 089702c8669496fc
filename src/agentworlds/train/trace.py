"""An episode as arrays: what the policy reads, what was chosen, and what it earned."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from agentworlds.errors import Code

KINDS = ("tool", "param", "call", "finish", "operation", "write", "join", "span", "words", "stop", "several", "word",
         "text", "number", "date", "moment", "time", "row", "choice", "yes_no", "column", "group", "direction",
         "action")  # fmt: skip
SOURCES = ("schema", "request", "seen", "worked out", "clock", "offered")
OUTCOMES = ("ok", *(code.value for code in Code))
QUESTIONS = (
    "tool",
    "which else",
    "argument",
    "first word",
    "last word",
    "fact",
    "part",
    "answer",
    "operation",
    "action",
)
KIND_OF = {name: at for at, name in enumerate(KINDS)}
SOURCE_OF = {name: at for at, name in enumerate(SOURCES)}
OUTCOME_OF = {name: at for at, name in enumerate(OUTCOMES)}
ORDERED = ("number", "date", "moment", "time")

WORD_FEATURES, CELL_FEATURES, ROW_FEATURES, CANDIDATE_FEATURES = 12, 19, 10, 16
RESULT_FEATURES, DECISION_FEATURES, RELATION_FEATURES = 8, 6, 22


class Trace(NamedTuple):
    """A transcript as arrays. Ragged lists are flat, with one more offset than there are lists.

    Attributes:
        phrases: Texts of the schema, by number. The first is empty.
        texts: Words and values, by number. The first is empty.
        words: Of each token of the request: its text; [words].
        word_features: [words, 12].
        briefing: The phrase that says who acts, where.
        cells: Of each value shown: phrase of its field, text, kind, row (-1 for none), call (-1 before the first);
            [cells, 5].
        cell_features: [cells, 19].
        cell_words, cell_offsets: The words that each cell matches.
        rows: Of each row shown: phrase of its table, phrase of its tool; [rows, 2].
        row_features: [rows, 10].
        candidates: Phrase, text, kind, source; [candidates, 4].
        candidate_features: [candidates, 16].
        candidate_cells, candidate_cell_offsets: Where each was seen, newest first.
        candidate_words, candidate_word_offsets: The words of the request that it matches.
        results: Of each call: phrase of its tool, outcome, text of what was refused, first row, last row + 1; [calls,
            5].
        result_features: [calls, 8].
        decisions: Phrase of the question, of what it is about, of the tool, kind of question, the candidate chosen
            before (-1 for none), the result that came since (-1 for none); [decisions, 6].
        decision_features: [decisions, 6].
        offered, offers: The candidates of each decision.
        relations: How each offered candidate stands to the decision; [offered, 22].
        chosen: Which of its candidates was chosen; [decisions].
        rewards: What each choice earned; [decisions].
        log_probs: How likely each choice was to whoever made it; 0 for a demonstration; [decisions].
        values: The return that whoever made it expected; [decisions].
        success: Whether the goal was reached.
    """

    phrases: list[str]
    texts: list[str]
    words: np.ndarray
    word_features: np.ndarray
    briefing: int
    cells: np.ndarray
    cell_features: np.ndarray
    cell_words: np.ndarray
    cell_offsets: np.ndarray
    rows: np.ndarray
    row_features: np.ndarray
    candidates: np.ndarray
    candidate_features: np.ndarray
    candidate_cells: np.ndarray
    candidate_cell_offsets: np.ndarray
    candidate_words: np.ndarray
    candidate_word_offsets: np.ndarray
    results: np.ndarray
    result_features: np.ndarray
    decisions: np.ndarray
    decision_features: np.ndarray
    offered: np.ndarray
    offers: np.ndarray
    relations: np.ndarray
    chosen: np.ndarray
    rewards: np.ndarray
    log_probs: np.ndarray
    values: np.ndarray
    success: bool


class Strings:
    """Texts by number, in the order in which they came."""

    def __init__(self) -> None:
        self.all = [""]
        self._numbers = {"": 0}

    def number(self, text: str) -> int:
        """A text's number."""
        number = self._numbers.get(text)
        if number is None:
            number = self._numbers[text] = len(self.all)
            self.all.append(text)
        return number


class Ragged:
    """Lists of numbers, one after another."""

    def __init__(self) -> None:
        self.flat: list[int] = []
        self.offsets = [0]

    def append(self, numbers: Any) -> None:
        """Add a list."""
        self.flat.extend(numbers)
        self.offsets.append(len(self.flat))

    def since(self, start: int) -> tuple[np.ndarray, np.ndarray]:
        """The lists from one on: their numbers, and their offsets from zero."""
        first = self.offsets[start]
        return np.array(self.flat[first:], np.int64), np.array(self.offsets[start:], np.int64) - first


def kind_of(kind: str) -> int:
    """The number of a candidate's or cell's kind; rows of all tables are one."""
    return KIND_OF["row" if kind.startswith("row:") else kind]
