"""Whether an answer is right, after sensible normalisation."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from agentworlds.judge.facts import read_dates, read_numbers
from agentworlds.spec.answers import Answer, AnswerKind

MOST_LETTERS = 2_000
MOST_ITEMS = 200
CENT = Decimal("0.01")
TRUE_WORDS = {"true": "yes", "false": "no", "y": "yes", "n": "no"}


def is_right(expected: Answer, given: Any) -> bool:
    """Compare an agent's answer with the right one; an answer of the wrong sort is wrong, never an error."""
    if given is None or too_long(given):
        return False
    try:
        return _matches(expected, given)
    except (ValueError, OverflowError, ArithmeticError):
        return False  # nobody writes a right answer that cannot be read


def too_long(given: Any) -> bool:
    """Whether an answer is far longer than any right one."""
    if isinstance(given, list):
        return len(given) > MOST_ITEMS or any(too_long(one) for one in given if isinstance(one, str))
    return isinstance(given, str) and len(given) > MOST_LETTERS


def _matches(expected: Answer, given: Any) -> bool:
    match expected.kind:
        case AnswerKind.NUMBER:
            return as_number(given) == Decimal(expected.value)
        case AnswerKind.MONEY:
            amount = as_number(given)
            return amount is not None and amount.quantize(CENT) == Decimal(expected.value)
        case AnswerKind.DATE:
            day = as_date(given)
            return day is not None and day in (expected.value, expected.value[4:])
        case AnswerKind.CHOICE:
            return as_choice(given) == as_choice(expected.value)
        case AnswerKind.ROW:
            if isinstance(given, str) and plain(given) in {plain(label) for label in expected.labels}:
                return True
            number = as_number(given)
            return number is not None and number == int(expected.value)
        case AnswerKind.ITEMS:
            return _same_items(expected, given)
        case AnswerKind.TEXT:
            return isinstance(given, str | int | float) and plain(str(given)) == plain(expected.value)


def plain(text: str) -> str:
    """Text without case, mark-up, outer punctuation, a bracket at its end, or words that lead up to it."""
    words = " ".join(re.sub(r"[*_`]", "", text.casefold()).split())
    words = re.sub(r"\s*\([^()]*\)[.!]?$", "", words).strip(" .,;:!?\"'“”‘’")
    return re.sub(r"^(?:(?:it is|it's|the answer is|answer:)\s+)?(?:(?:the|a|an) )?", "", words)


def as_number(value: Any) -> Decimal | None:
    """A number, also from a text that states exactly one, such as ``£1,250.00`` or ``46 pounds``."""
    if isinstance(value, str):
        found = set(read_numbers(value))
        return Decimal(found.pop()) if len(found) == 1 else None
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    number = Decimal(str(value))
    return number if number.is_finite() else None


def as_date(value: Any) -> str | None:
    """A day as ISO text, from a text that states exactly one, such as ``2026-03-02`` or ``March 2nd, 2026``."""
    if not isinstance(value, str):
        return None
    found = set(read_dates(value))
    return found.pop() if len(found) == 1 else None


def as_choice(value: Any) -> str:
    """A word, with true and false as yes and no."""
    word = plain(str(value).replace("_", " "))
    return TRUE_WORDS.get(word, word)


def _same_items(expected: Answer, given: Any) -> bool:
    wanted = [_item(one) for one in expected.value]
    candidates = [given] if isinstance(given, list) else _splits(str(given))
    for items in candidates:
        if any(isinstance(one, dict | list) for one in items):
            continue
        got = [_item(one) for one in items]
        if got == wanted if expected.ordered else sorted(got) == sorted(wanted):
            return True
    return False


def _splits(text: str) -> list[list[str]]:
    """The lists that a text may be: by lines, by semicolons, by commas, or by commas and *and*."""
    lines = [re.sub(r"^\s*(?:[-*•]|\d+[.)])\s+", "", line) for line in text.splitlines()]
    ways = [lines, text.split(";"), text.split(","), re.split(r",| and ", text)]
    return [[part for part in way if part.strip()] for way in ways]


def _item(value: Any) -> str:
    if isinstance(value, str) and not re.fullmatch(r"[£$€]?-?[\d,]*\.?\d+", value.strip()):
        return " ".join(re.findall(r"\w+", plain(value).replace("&", " and ").replace("’", "").replace("'", "")))
    number = as_number(value)
    return plain(str(value)) if number is None else f"{number.normalize():f}"
