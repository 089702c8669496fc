"""Typed answers to questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from agentworlds.spec.rows import Row, count


class AnswerKind(StrEnum):
    """What an answer is; decides how it is normalised and compared."""

    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    CHOICE = "choice"
    ROW = "row"
    ITEMS = "items"
    TEXT = "text"


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The right answer of a task. Use the named constructors."""

    kind: AnswerKind
    value: Any
    options: tuple[str, ...] = ()
    ordered: bool = False
    labels: tuple[str, ...] = ()
    """For rows: what people call it, accepted instead of the id."""

    @classmethod
    def number(cls, value: int | Decimal) -> Answer:
        """A count or another exact number."""
        return cls(AnswerKind.NUMBER, str(Decimal(value).normalize() + 0))

    @classmethod
    def money(cls, value: Decimal) -> Answer:
        """An amount, compared to the hundredth."""
        return cls(AnswerKind.MONEY, str(Decimal(value).quantize(Decimal("0.01"))))

    @classmethod
    def day(cls, value: date) -> Answer:
        """A date."""
        return cls(AnswerKind.DATE, date(value.year, value.month, value.day).isoformat())

    @classmethod
    def choice(cls, value: str, options: Sequence[str]) -> Answer:
        """One of some words, such as yes or no."""
        if value not in options:
            raise ValueError(f"{value!r} is not one of {', '.join(options)}")
        return cls(AnswerKind.CHOICE, value, tuple(options))

    @classmethod
    def row(cls, value: Row) -> Answer:
        """A row, by id or by the text that names it where that is unique."""
        table = type(value).__table__
        label = getattr(value, table.label) if table.label else None
        unique = label is not None and count(type(value), **{str(table.label): label}) == 1
        return cls(AnswerKind.ROW, value.id, labels=(str(label),) if unique else ())

    @classmethod
    def items(cls, values: Iterable[Any], ordered: bool = False) -> Answer:
        """Several texts or numbers, in a given order or in any."""
        return cls(AnswerKind.ITEMS, [str(value) for value in values], ordered=ordered)

    @classmethod
    def text(cls, value: str) -> Answer:
        """A name, a code or another short text."""
        return cls(AnswerKind.TEXT, value)

    @property
    def hint(self) -> str:
        """The sentence that tells an agent how to answer; it gives nothing away but the form."""
        if self.kind is AnswerKind.CHOICE:
            return f"Answer with {' or '.join(self.options)}."
        if self.kind is AnswerKind.ITEMS:
            return "Answer with a list" + (" in that order." if self.ordered else ".")
        return HINTS[self.kind]


HINTS = {
    AnswerKind.NUMBER: "Answer with the number only.",
    AnswerKind.MONEY: "Answer with the amount only.",
    AnswerKind.DATE: "Answer with the date only.",
    AnswerKind.ROW: "Answer with its name or id only.",
    AnswerKind.TEXT: "Answer with that word or name only.",
}
