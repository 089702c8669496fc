"""Whether an answer is right, after sensible normalisation."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from agentworlds.spec.answers import Answer, AnswerKind
from agentworlds.types import MONTHS

TRUE_WORDS = {"true": "yes", "false": "no", "y": "yes", "n": "no"}


def is_right(expected: Answer, given: Any) -> bool:
    """Compare an agent's answer with the right one; an answer of the wrong sort is wrong, never an error."""
    if given is None:
        return False
    match expected.kind:
        case AnswerKind.NUMBER:
            return as_number(given) == Decimal(expected.value)
        case AnswerKind.MONEY:
            return as_number(given) == Decimal(expected.value)
        case AnswerKind.DATE:
            return as_date(given) == str(expected.value)
        case AnswerKind.CHOICE:
            return as_choice(given) == plain(expected.value)
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
    """Text without case, outer punctuation, doubled spaces or a leading article."""
    words = " ".join(text.casefold().split()).strip(" .,;:!?\"'`“”‘’")
    return re.sub(r"^(the|a|an) ", "", words)


def as_number(value: Any) -> Decimal | None:
    """A number, also from text such as ``£1,250.00`` or ``3``."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        match = re.fullmatch(
            r"\s*(-?)\s*(?:[£$€]|[A-Z]{3}|CA\$|A\$)?\s*(-?[\d,]*\.?\d+)\s*(?:[A-Z]{3}|[£€])?\s*\.?\s*", value
        )
        if match is None or not re.fullmatch(r"-?(\d{1,3}(,\d{3})+|\d*)(\.\d+)?", match.group(2)):
            return None
        value = match.group(1) + match.group(2).replace(",", "")
    if not isinstance(value, str | int | float | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def as_date(value: Any) -> str | None:
    """A day as ISO text, from ``2026-03-02``, ``2 March 2026`` or ``March 2nd, 2026``."""
    if not isinstance(value, str):
        return None
    text = value.strip().rstrip(".")
    try:
        return (
            datetime.fromisoformat(text).date() if len(text) > 10 and text[4] == "-" else date.fromisoformat(text)
        ).isoformat()
    except ValueError:
        pass
    words = re.sub(r"(\d)(st|nd|rd|th)\b", r"\1", text.casefold()).replace(",", " ")
    parts = [part for part in words.split() if part not in ("of", "the") and not part.endswith("day")]
    months = {name[:3].casefold(): number for number, name in enumerate(MONTHS, 1)}
    if len(parts) != 3:
        return None
    named = [part for part in parts if part[:3] in months and part.isalpha()]
    numbers = [int(part) for part in parts if part.isdigit()]
    if len(named) != 1 or len(numbers) != 2:
        return None
    try:
        return date(max(numbers), months[named[0][:3]], min(numbers)).isoformat()
    except ValueError:
        return None


def as_choice(value: Any) -> str:
    """A word, with true and false as yes and no."""
    word = plain(str(value))
    return TRUE_WORDS.get(word, word)


def _same_items(expected: Answer, given: Any) -> bool:
    if isinstance(given, str):
        given = [part for part in re.split(r"[,;\n]| and ", given) if part.strip()]
    if not isinstance(given, list) or any(isinstance(one, dict | list) for one in given):
        return False
    wanted = [_item(one) for one in expected.value]
    got = [_item(one) for one in given]
    return got == wanted if expected.ordered else sorted(got) == sorted(wanted)


def _item(value: Any) -> str:
    number = as_number(value)
    return plain(str(value)) if number is None else f"{number.normalize():f}"
