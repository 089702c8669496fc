"""What a policy sees of an episode: its words, cells, rows, candidates, calls and decisions, as arrays that only grow.

Nothing here depends on a text encoder: texts stay texts, in two lists of each transcript's own. `phrases` are texts of
the schema (tools, arguments, fields, options), few and finite; `texts` are words of the request and values, endless.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

from agentworlds.decide.decisions import Decision, Decisions
from agentworlds.decide.known import Candidate, Cell, Known, Outcome, Shown
from agentworlds.decide.known import tokens as tokens_of
from agentworlds.decide.offered import Observed, Offered
from agentworlds.errors import Code

MOST_WORDS = 160
"""Tokens of a request that are looked at; a longer request is cut."""
MOST_MATCHES = 6
"""Words of the request that a value is said to match."""
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
COMMON = frozenset((
    "the", "a", "an", "of", "and", "or", "to", "in", "on", "at", "for", "by", "from", "with", "is", "are", "be",
    "was", "it", "its", "as", "that", "this", "all", "any", "not", "no", "do", "my", "our", "your", "their", "his",
    "her", "they", "them", "we", "you", "i", "me", "us", "s",
))  # fmt: skip
KIND_OF = {name: at for at, name in enumerate(KINDS)}
SOURCE_OF = {name: at for at, name in enumerate(SOURCES)}
OUTCOME_OF = {name: at for at, name in enumerate(OUTCOMES)}
ORDERED = ("number", "date", "moment", "time")
COMPARED = 3
"""Values of the request to which a value of the same kind is compared."""

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
        cells: Of each value shown: phrase of its field, text, kind, row (-1 for none); [cells, 4].
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


class Transcript:
    """Takes in an episode as it is played.

    Call `look` before each choice and `chose` with it; `rewards` and `success` are for whoever trains.
    """

    def __init__(self, decisions: Decisions | Offered) -> None:
        self.playing = decisions
        self.known: Known | Observed = decisions.known
        self.phrases, self.texts = Strings(), Strings()
        self.briefing = self.phrases.number(self.known.briefing.split(". ")[0].split(" You act for")[0])
        self.words: list[int] = []
        self.word_features: list[list[float]] = []
        self.cells: list[tuple[int, int, int, int]] = []
        self.cell_features: list[list[float]] = []
        self.cell_words = Ragged()
        self.rows: list[tuple[int, int]] = []
        self.row_features: list[list[float]] = []
        self.candidates: list[tuple[int, int, int, int]] = []
        self.candidate_features: list[list[float]] = []
        self.candidate_cells, self.candidate_words = Ragged(), Ragged()
        self.results: list[tuple[int, int, int, int, int]] = []
        self.result_features: list[list[float]] = []
        self.decisions: list[tuple[int, int, int, int, int, int]] = []
        self.decision_features: list[list[float]] = []
        self.offered = Ragged()
        self.relations: list[np.ndarray] = []
        self.chosen: list[int] = []
        self.rewards: list[float] = []
        self.log_probs: list[float] = []
        self.values: list[float] = []
        self.success = False
        self._index: dict[Candidate, int] = {}
        self._matches: dict[str, tuple[list[int], float]] = {}
        self._positions: dict[str, list[int]] = {}
        self._compared: dict[str, list[float]] = {kind: [] for kind in ORDERED}
        self._relate = Relations(self)
        self._last = -1
        """The candidate chosen last."""
        self._noted = 0
        """The calls that a decision has noted."""
        self._read_request()

    # Taking in ------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Take in what calls have shown since, and the decision to make now."""
        decision = self.playing.decision
        assert decision is not None
        self._take_in()
        result = len(self.results) - 1 if len(self.results) > self._noted else -1
        self._noted = len(self.results)
        kind = question_kind(decision)
        about = decision.about or (decision.tool and self._tool(decision.tool)) or ""
        tool = self._tool(decision.tool) if decision.tool else ""
        number = self.phrases.number
        self.decisions.append((number(decision.question.replace("_", " ")), number(about), number(tool),
                               QUESTIONS.index(kind), self._last, result))  # fmt: skip
        indices = [self._number(candidate) for candidate in decision.candidates]
        left, calls = self.playing.left, len(self.results)
        self.decision_features.append([
            min(self.playing.made / 60, 2), left, float(left < 0.15), min(calls / 20, 2), math.log(len(indices)) / 6,
            float(result >= 0 and self.results[result][1] != 0),
        ])  # fmt: skip
        self.offered.append(indices)
        self.relations.append(self._relate(decision, np.array(indices)))

    def chose(self, index: int, log_prob: float = 0.0, value: float = 0.0) -> None:
        """Note the choice, before it is made. What it earns is added by `earned`."""
        self.chosen.append(index)
        self.rewards.append(0.0)
        self.log_probs.append(log_prob)
        self.values.append(value)
        self._last = self.offered.flat[self.offered.offsets[-2] + index]
        decision = self.playing.decision
        assert decision is not None
        self._relate.chose(decision, self._last)

    def earned(self, reward: float) -> None:
        """Add to what the last choice earned."""
        self.rewards[-1] += reward

    def _take_in(self) -> None:
        known = self.known
        first_row, first_cell = len(self.rows), len(self.cells)
        for turn, outcome in enumerate(self.playing.outcomes[len(self.results) :], len(self.results)):
            rows = [at for at in range(first_row, len(known.rows)) if known.rows[at].turn == turn]
            start, end = (rows[0], rows[-1] + 1) if rows else (first_row, first_row)
            self._result(outcome, start, end)
            first_row = max(first_row, end)
        if first_cell < len(known.cells):
            self._rows_and_cells(len(self.rows), first_cell)

    def _result(self, outcome: Outcome, start: int, end: int) -> None:
        count, ok = end - start, outcome.code == "ok"
        message = 0 if ok else self.texts.number(outcome.message[:80])
        phrase = self.phrases.number(self._tool(outcome.tool))
        self.results.append((phrase, OUTCOME_OF[outcome.code], message, start, end))
        self.result_features.append([
            float(count == 0), float(count == 1), float(count == 2), float(count > 2), math.log1p(count) / 4,
            float(outcome.more), float(ok), float(ok and count == 0),
        ])  # fmt: skip

    def _rows_and_cells(self, first_row: int, first_cell: int) -> None:
        known = self.known
        new_cells, new_rows = known.cells[first_cell:], known.rows[first_row:]
        orders = column_orders(new_cells, known.rows)
        matched = [0] * len(new_rows)
        exact = [0] * len(new_rows)
        before: Cell | None = None
        for at, cell in enumerate(new_cells):
            words, share, same = self._match(cell.kind, cell.value, cell.text)
            number = sort_key(cell.kind, cell.value)
            beside = number_beside(before, cell)
            before = cell
            used = self._relate.was_used(cell.kind, cell.value)
            field = self.phrases.number(cell.field.replace("_", " "))
            self.cells.append((field, self._text(cell), self._kind(cell.kind), cell.row))
            self.cell_features.append([
                float(bool(words)), share, float(same), used, *self._compare(cell.kind, number), beside,
                *orders[at], float(cell.value is True), float(cell.value is False),
                math.log1p(abs(number)) / 12 if cell.kind == "number" else 0.0,
                float(number < 0) if cell.kind == "number" else 0.0,
                float(cell.kind == "number" and number == 0), float(cell.row < 0), self._relative(cell.kind, number),
            ])  # fmt: skip
            self.cell_words.append(words)
            if cell.row >= first_row:
                matched[cell.row - first_row] += bool(words)
                exact[cell.row - first_row] += same
        for at, row in enumerate(new_rows):
            used = self._relate.was_used(f"row:{row.table}", row.id)
            self.rows.append(
                (self.phrases.number(row.table.replace("_", " ")), self.phrases.number(self._tool(row.tool)))
            )
            self.row_features.append([
                row.place / max(row.of, 1), float(row.place == 0), float(row.place == row.of - 1), float(row.of == 1),
                math.log1p(row.of) / 4, matched[at] / 4, exact[at] / 3, float(exact[at] > 0), used, float(row.of == 2),
            ])  # fmt: skip

    def _number(self, candidate: Candidate) -> int:
        """A candidate's number in this transcript; it is taken in when it is met first."""
        number = self._index.get(candidate)
        if number is not None:
            return number
        kind = self._kind(candidate.kind)
        is_row = candidate.kind.startswith("row:")
        if candidate.kind in SCHEMATIC:
            phrase, text = self.phrases.number(candidate.text), 0
        elif is_row:
            phrase, text = (
                self.phrases.number(candidate.kind[4:].replace("_", " ")),
                self.texts.number(candidate.text[:60]),
            )
        else:
            phrase, text = 0, self.texts.number(candidate.text[:60])
        words, share, same = self._match(candidate.kind, candidate.value, candidate.text)
        if candidate.span is not None:
            words, share, same = list(range(*candidate.span))[:MOST_MATCHES], 1.0, True
            words = [word for word in words if word < len(self.words)]
        order = sort_key(candidate.kind, candidate.value)
        number = self._index[candidate] = len(self.candidates)
        self.candidates.append((phrase, text, kind, SOURCE_OF[candidate.source]))
        self.candidate_features.append([
            float(candidate.span is not None), float(bool(candidate.cells)), len(candidate.cells) / 4,
            float(bool(words)), share, float(same),
            *self._compare(candidate.kind, order), self._relative(candidate.kind, order),
            math.log1p(abs(order)) / 12 if candidate.kind == "number" else 0.0,
            float(candidate.kind == "number" and order == int(order)), min(len(candidate.text) / 40, 3),
            float(is_row and not candidate.cells), float(candidate.kind == "number" and order == 1),
            float(candidate.value is True),
        ])  # fmt: skip
        self.candidate_cells.append(candidate.cells)
        self.candidate_words.append(words)
        self._relate.add(candidate, order)
        return number

    # Parts of it ----------------------------------------------------------------------------------------

    def _read_request(self) -> None:
        request, found = self.known.request, self.known.tokens[:MOST_WORDS]
        quoted, before = False, "."
        known = [one for values in self.known.values.values() for one in values.values() if one.span]
        stated = {at: one.kind for one in known if one.span for at in range(*one.span)}
        for at, (start, end) in enumerate(found):
            word = request[start:end]
            quoted ^= word in '"“”'
            self.words.append(self.texts.number(word.casefold()))
            kind = stated.get(at, "")
            self.word_features.append([
                float(word[0].isupper()), float(any(c.isdigit() for c in word)), float(not word[0].isalnum()),
                float(word in "\"“”"), float(quoted), float(before in ".?!"), at / 40, at / len(found),
                float(kind == "text"), float(kind == "number"), float(kind in ("date", "moment", "time")),
                min(len(word) / 8, 2),
            ])  # fmt: skip
            before = word
            plain = word.casefold()
            if plain not in COMMON and (plain[0].isalnum()):
                self._positions.setdefault(plain, []).append(at)
                if plain.endswith("s") and len(plain) > 3:
                    self._positions.setdefault(plain[:-1], []).append(at)
        now = self.known.now
        self._now: dict[str, float] = {}
        if now is not None:
            minutes = now.hour * 60.0 + now.minute
            self._now = {"date": now.toordinal(), "moment": now.toordinal() + minutes / 1440, "time": minutes}
        for one in known:
            if one.kind in ORDERED and len(self._compared[one.kind]) < COMPARED:
                self._compared[one.kind].append(sort_key(one.kind, one.value))

    def _tool(self, name: str) -> str:
        return self.known.describe(name)

    def _kind(self, kind: str) -> int:
        return KIND_OF["row" if kind.startswith("row:") else kind]

    def _text(self, cell: Cell) -> int:
        return self.texts.number(cell.text[:60])

    def _match(self, kind: str, value: Any, text: str) -> tuple[list[int], float, bool]:
        """The words of the request that a value shares, what share of its own those are, and whether it is stated."""
        stated = self.known.get(kind, value)
        if stated is not None and stated.span is not None:
            return [word for word in range(*stated.span) if word < len(self.words)][:MOST_MATCHES], 1.0, True
        if kind in ("number", "date", "moment", "time", "yes_no", "span", "words"):
            return [], 0.0, False
        known = self._matches.get(text)
        if known is None:
            own = [text[start:end].casefold() for start, end in tokens_of(text[:80])]
            own = [word for word in own if word[0].isalnum() and word not in COMMON]
            words: list[int] = []
            hits = 0
            for word in own:
                at = self._positions.get(word) or self._positions.get(word.removesuffix("s"))
                if at:
                    hits += 1
                    words += [one for one in at if one not in words]
            known = self._matches[text] = words[:MOST_MATCHES], hits / max(len(own), 1)
        return *known, False

    def _compare(self, kind: str, number: float) -> list[float]:
        """The sign of the difference to each of the first values of the kind in the request."""
        others = self._compared.get(kind, ())
        signs = [float(number > other) - float(number < other) for other in others]
        return signs + [0.0] * (COMPARED - len(signs))

    def _relative(self, kind: str, number: float) -> float:
        """How far a date or time is from now, squeezed."""
        if kind not in self._now:
            return 0.0
        return math.tanh((number - self._now[kind]) / (240 if kind == "time" else 15))

    def freeze(self) -> Trace:
        """The transcript as arrays."""

        def floats(rows: list[list[float]], width: int) -> np.ndarray:
            return np.array(rows, np.float32).reshape(-1, width)

        def ints(rows: Sequence[tuple[int, ...]], width: int) -> np.ndarray:
            return np.array(rows, np.int32).reshape(-1, width)

        def flat(lists: Ragged) -> tuple[np.ndarray, np.ndarray]:
            return np.array(lists.flat, np.int32), np.array(lists.offsets, np.int32)

        return Trace(
            self.phrases.all, self.texts.all, np.array(self.words, np.int32), floats(self.word_features, WORD_FEATURES),
            self.briefing, ints(self.cells, 4), floats(self.cell_features, CELL_FEATURES), *flat(self.cell_words),
            ints(self.rows, 2), floats(self.row_features, ROW_FEATURES), ints(self.candidates, 4),
            floats(self.candidate_features, CANDIDATE_FEATURES),
            *flat(self.candidate_cells), *flat(self.candidate_words),
            ints(self.results, 5), floats(self.result_features, RESULT_FEATURES), ints(self.decisions, 6),
            floats(self.decision_features, DECISION_FEATURES), *flat(self.offered),
            np.concatenate(self.relations),
            np.array(self.chosen, np.int32), np.array(self.rewards, np.float32),
            np.array(self.log_probs, np.float32), np.array(self.values, np.float32), self.success,
        )  # fmt: skip


SCHEMATIC = {"tool", "param", "call", "finish", "operation", "write", "join", "words", "stop", "several", "choice",
             "yes_no", "direction"}  # fmt: skip
"""Kinds of candidates whose texts come from schemas."""


class Relations:
    """How candidates stand to a decision: used before, shown when, in which order."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.values: dict[tuple[str, Any], int] = {}
        self.table = np.zeros((256, 7), np.float64)
        """Of each candidate: value, kind, turn, row, group, order, tokens."""
        self.size = 0
        self.uses = np.zeros(256, np.int32)
        self.asked: dict[str, np.ndarray] = {}
        """By question: which values answered it."""
        self.row_uses = np.zeros(256, np.int32)
        self._rows: dict[tuple[str, int], int] = {}
        self._groups: dict[tuple[str, str, int], int] = {}
        self._call: set[int] = set()
        self._call_rows: set[int] = set()
        self._last_rows: set[int] = set()

    def was_used(self, kind: str, value: Any) -> float:
        """Whether a value was given as an argument."""
        number = self.values.get((kind, value))
        return float(number is not None and self.uses[number] > 0)

    def add(self, candidate: Candidate, order: float) -> None:
        """Take in a candidate."""
        value = self.values.setdefault((candidate.kind, candidate.value), len(self.values))
        row = self._rows.setdefault(candidate.row, len(self._rows)) if candidate.row else -1
        if candidate.kind.startswith("row:") and candidate.value is not None:
            row = self._rows.setdefault((candidate.kind[4:], candidate.value), len(self._rows))
        group = self._groups.setdefault((candidate.tool, candidate.field, candidate.turn), len(self._groups))
        if self.size == len(self.table):
            self.table = np.concatenate([self.table, np.zeros_like(self.table)])
        length = candidate.text.count(" ") + 1
        self.table[self.size] = value, self.transcript._kind(candidate.kind), candidate.turn, row, group, order, length
        self.size += 1
        while value >= len(self.uses):
            self.uses = np.concatenate([self.uses, np.zeros_like(self.uses)])
        while len(self._rows) > len(self.row_uses):
            self.row_uses = np.concatenate([self.row_uses, np.zeros_like(self.row_uses)])

    def chose(self, decision: Decision, number: int) -> None:
        """Note a choice."""
        value, kind, _, row, *_ = self.table[number]
        if decision.question == "tool":
            self._last_rows, self._call_rows = self._call_rows, set()
            self._call = set()
        self._call.add(int(value))
        if KINDS[int(kind)] in ("param", "call"):
            return
        self.uses[int(value)] += 1
        if row >= 0:
            self.row_uses[int(row)] += 1
            self._call_rows.add(int(row))
        for key in (decision.question, f"{decision.tool}.{decision.question}"):
            flags = self.asked.get(key)
            if flags is None or len(flags) <= value:
                grown = np.zeros(max(256, 2 * int(value) + 2), np.int16)
                if flags is not None:
                    grown[: len(flags)] = flags
                flags = self.asked[key] = grown
            flags[int(value)] += 1

    def _answered(self, question: str, values: np.ndarray) -> np.ndarray:
        flags = self.asked.get(question)
        if flags is None:
            return np.zeros(len(values), np.int16)
        return np.where(values < len(flags), flags[np.minimum(values, len(flags) - 1)], 0)

    def __call__(self, decision: Decision, indices: np.ndarray) -> np.ndarray:
        """The relations of a decision's candidates, [candidates, 22]."""
        table = self.table[indices]
        values, turn, row = table[:, 0].astype(np.int64), table[:, 2], table[:, 3].astype(np.int64)
        number = len(indices)
        found = np.zeros((number, RELATION_FEATURES), np.float32)
        uses = self.uses[values]
        same = self._answered(f"{decision.tool}.{decision.question}", values)
        found[:, 0], found[:, 1] = uses > 0, uses > 1
        found[:, 2] = np.isin(values, list(self._call)) if self._call else 0
        found[:, 3], found[:, 4] = same > 0, self._answered(decision.question, values) > 0
        latest = len(self.transcript.results) - 1
        shown = turn >= 0
        distance = latest - turn
        found[:, 5], found[:, 6] = shown & (distance == 0), shown & (distance == 1)
        found[:, 7] = np.where(shown, np.exp(-np.clip(distance, 0, 50) / 4), 0)
        has_row = row >= 0
        rows = np.maximum(row, 0)
        found[:, 8] = has_row & (self.row_uses[rows] > 0)
        found[:, 9] = np.isin(row, list(self._call_rows)) if self._call_rows else 0
        found[:, 10] = np.isin(row, list(self._last_rows)) if self._last_rows else 0
        found[:, 11] = np.arange(number) / 20
        found[:, 12] = np.arange(number) / number
        found[0, 13], found[-1, 13] = 1, -1
        group = table[:, 4].astype(np.int64)
        fresh = np.flatnonzero(same == 0)
        if len(fresh):
            _, first = np.unique(group[fresh], return_index=True)
            found[fresh[first], 14] = 1
        kind = table[:, 1].astype(np.int64)
        for one in ORDERED:
            where = np.flatnonzero(kind == KIND_OF[one])
            if len(where) > 1:
                order = table[where, 5]
                found[where, 15] = np.argsort(np.argsort(order, kind="stable"), kind="stable") / (len(where) - 1)
                found[where, 16], found[where, 17] = order == order.min(), order == order.max()
        found[:, 18] = 1 / number
        found[:, 19] = np.minimum(table[:, 6] / 6, 2)
        found[:, 20] = np.minimum(same, 3) / 3
        found[:, 21] = shown & (turn == turn.max()) if number else 0
        return found


def question_kind(decision: Decision) -> str:
    """What sort of question a decision asks."""
    if decision.question in QUESTIONS:
        return decision.question
    return "operation" if ":" in decision.question else "argument"


def sort_key(kind: str, value: Any) -> float:
    """A value of an ordered kind as a number: days for dates, minutes for times."""
    if kind == "number":
        return max(min(float(value), 1e15), -1e15)
    if kind in ("date", "moment"):
        when = datetime.fromisoformat(value)
        return when.toordinal() + (when.hour * 60 + when.minute) / 1440
    if kind == "time":
        return int(value[:2]) * 60.0 + int(value[3:5])
    return 0.0


def number_beside(before: Cell | None, cell: Cell) -> float:
    """The sign of the difference to the value before it in its row, where both are numbers."""
    if before is None or before.row != cell.row or before.kind != "number" or cell.kind != "number":
        return 0.0
    return float(cell.value > before.value) - float(cell.value < before.value)


def column_orders(cells: list[Cell], rows: list[Shown]) -> list[tuple[float, float, float, float]]:
    """Of each cell of a call: its rank in its column from 0 to 1, and whether it is the least, the greatest, alone."""
    columns: dict[tuple[str, str, int], list[int]] = {}
    for at, cell in enumerate(cells):
        if cell.row >= 0 and cell.kind in ORDERED:
            columns.setdefault((rows[cell.row].table, cell.field, cell.turn), []).append(at)
    found = [(0.0, 0.0, 0.0, 0.0)] * len(cells)
    for places in columns.values():
        if len(places) == 1:
            found[places[0]] = (0.0, 0.0, 0.0, 1.0)
            continue
        keys = [sort_key(cells[at].kind, cells[at].value) for at in places]
        ordered = sorted(keys)
        ranks = {key: rank / (len(keys) - 1) for rank, key in reversed(list(enumerate(ordered)))}
        for at, key in zip(places, keys, strict=True):
            found[at] = (ranks[key], float(key == ordered[0]), float(key == ordered[-1]), 0.0)
    return found
