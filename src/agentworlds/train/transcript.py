"""What a policy sees of an episode: its words, cells, rows, candidates, calls and decisions, as arrays that only grow.

Nothing here depends on a text encoder: texts stay texts, in two lists of each transcript's own. `phrases` are texts of
the schema (tools, arguments, fields, options), few and finite; `texts` are words of the request and values, endless.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from agentworlds.decide.choices import Decision
from agentworlds.decide.decisions import Decisions
from agentworlds.decide.known import Candidate, Cell, Known, Outcome, Shown
from agentworlds.decide.known import tokens as tokens_of
from agentworlds.decide.offered import Observed, Offered
from agentworlds.train.relations import Relations
from agentworlds.train.trace import (
    CANDIDATE_FEATURES,
    CELL_FEATURES,
    DECISION_FEATURES,
    ORDERED,
    OUTCOME_OF,
    QUESTIONS,
    RESULT_FEATURES,
    ROW_FEATURES,
    SOURCE_OF,
    WORD_FEATURES,
    Ragged,
    Strings,
    Trace,
    kind_of,
)

MOST_WORDS = 160
"""Tokens of a request that are looked at; a longer request is cut."""
MOST_MATCHES = 6
"""Words of the request that a value is said to match."""
COMMON = frozenset((
    "the", "a", "an", "of", "and", "or", "to", "in", "on", "at", "for", "by", "from", "with", "is", "are", "be",
    "was", "it", "its", "as", "that", "this", "all", "any", "not", "no", "do", "my", "our", "your", "their", "his",
    "her", "they", "them", "we", "you", "i", "me", "us", "s",
))  # fmt: skip
COMPARED = 3
"""Values of the request to which a value of the same kind is compared."""


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
        self.cells: list[tuple[int, int, int, int, int]] = []
        self.cell_features: list[list[float]] = []
        self.cell_words = Ragged()
        self.loose: dict[int, list[int]] = {}
        """The cells in no row, by the call that showed them."""
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
        self._relate = Relations()
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
        self.relations.append(self._relate(decision, np.array(indices), len(self.results)))

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
            self.cells.append((field, self._text(cell), kind_of(cell.kind), cell.row, cell.turn))
            self.cell_features.append([
                float(bool(words)), share, float(same), used, *self._compare(cell.kind, number), beside,
                *orders[at], float(cell.value is True), float(cell.value is False),
                math.log1p(abs(number)) / 12 if cell.kind == "number" else 0.0,
                float(number < 0) if cell.kind == "number" else 0.0,
                float(cell.kind == "number" and number == 0), float(cell.row < 0), self._relative(cell.kind, number),
            ])  # fmt: skip
            self.cell_words.append(words)
            if cell.row < 0:
                self.loose.setdefault(cell.turn, []).append(first_cell + at)
            elif cell.row >= first_row:
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
        kind = kind_of(candidate.kind)
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
            self.briefing, ints(self.cells, 5), floats(self.cell_features, CELL_FEATURES), *flat(self.cell_words),
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
