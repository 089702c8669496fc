"""How candidates stand to a decision, as numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from agentworlds.decide.choices import Decision
from agentworlds.decide.known import Candidate
from agentworlds.train.trace import KIND_OF, KINDS, ORDERED, RELATION_FEATURES, kind_of


class Relations:
    """How candidates stand to a decision: used before, shown when, in which order."""

    def __init__(self) -> None:
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
        self.table[self.size] = value, kind_of(candidate.kind), candidate.turn, row, group, order, length
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

    def __call__(self, decision: Decision, indices: np.ndarray, calls: int) -> np.ndarray:
        """The relations of a decision's candidates after so many calls, [candidates, 22]."""
        table = self.table[indices]
        values, turn, row = table[:, 0].astype(np.int64), table[:, 2], table[:, 3].astype(np.int64)
        number = len(indices)
        found = np.zeros((number, RELATION_FEATURES), np.float32)
        uses = self.uses[values]
        same = self._answered(f"{decision.tool}.{decision.question}", values)
        found[:, 0], found[:, 1] = uses > 0, uses > 1
        found[:, 2] = np.isin(values, list(self._call)) if self._call else 0
        found[:, 3], found[:, 4] = same > 0, self._answered(decision.question, values) > 0
        latest = calls - 1
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
