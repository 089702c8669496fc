"""Facts that a free text must state, whatever its words."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from agentworlds.types import MONTHS

Fact = list[str]
"""Ways to write one fact; a text states it if it holds any of them."""


def facts_of(value: Any) -> list[Fact]:
    """The facts that a value in a message amounts to."""
    if isinstance(value, str):
        try:
            value = (
                datetime.fromisoformat(value) if len(value) in (16, 19) and "T" in value else date.fromisoformat(value)
            )
        except ValueError:
            return [[value]]
    if isinstance(value, datetime):
        return [*facts_of(value.date()), *facts_of(value.time())]
    if isinstance(value, date):
        month = MONTHS[value.month - 1]
        ordinal = {1: "st", 21: "st", 31: "st", 2: "nd", 22: "nd", 3: "rd", 23: "rd"}.get(value.day, "th")
        days = (str(value.day), f"{value.day:02d}", f"{value.day}{ordinal}")
        names = (month, month[:3])
        ways = [value.isoformat(), f"{value.day:02d}/{value.month:02d}/{value.year}"]
        return [ways + [way for d in days for m in names for way in (f"{d} {m}", f"{m} {d}", f"{d} of {m}")]]
    if isinstance(value, time):
        twelve = f"{value.hour % 12 or 12}:{value.minute:02d}"
        half = "am" if value.hour < 12 else "pm"
        return [[f"{value:%H:%M}", f"{twelve} {half}", f"{twelve}{half}"]]
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = Decimal(str(value))
        return [
            list(
                dict.fromkeys(
                    [f"{number.normalize():f}", f"{number:.2f}", f"{number:,.2f}", f"{number.normalize():,f}"]
                )
            )
        ]
    return [[str(value)]]


def states(text: str, fact: Fact) -> bool:
    """Whether a text states a fact: one of its ways, as whole words, in either case."""
    plain = re.sub(r"(\d{4}-\d\d-\d\d)t(\d\d:\d\d)(:\d\d)?", r"\1 \2", " ".join(text.casefold().split()))
    for way in fact:
        pattern = re.escape(" ".join(way.casefold().split()))
        if re.search(rf"(?<![\w])(?<![\d][.,:/-]){pattern}(?![\w])(?![.,:]\d)", plain):
            return True
    return False
