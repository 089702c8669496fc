"""Facts that a free text must state, whatever its words.

A fact is written ``kind:value``: ``date:2026-03-09``, ``time:13:00``, ``number:66.5`` or ``text:Thiamazole``. Dates,
times and numbers are read out of the text in the ways that people write them and compared by value; texts are compared
word by word. A text that states far more values of a kind than it was asked for states none: listing everything is no
answer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from agentworlds.types import MONTHS

Fact = str
ROOM = 4
"""How many further values of a kind a text may state, beyond twice those asked for."""

MONTH_NUMBER = {name[:3].casefold(): number for number, name in enumerate(MONTHS, 1)}
MONTH = "|".join(f"{name}|{name[:3]}" for name in MONTHS) + "|sept"
WRITTEN_DATES = (
    re.compile(r"(?<!\d)(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)"),
    re.compile(r"(?<!\d)(?P<d>\d{1,2})[/.-](?P<m>\d{1,2})[/.-](?P<y>\d{4}|\d\d)(?!\d)"),
    re.compile(rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<n>{MONTH})\b\.?,?(?: (?P<y>\d{{4}}))?", re.I),
    re.compile(rf"\b(?P<n>{MONTH})\.? (?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? (?P<y>\d{{4}}))?", re.I),
)
WRITTEN_TIME = re.compile(
    r"(?<![\d.,])(?P<h>\d{1,2})(?:(?:[:.]|h)(?P<m>\d\d))?(?::\d\d)?(?P<half>\s*[ap]\.?m\b\.?)?(?:\s*h(?:rs?)?\b)?(?![\d])",
    re.I,
)
WRITTEN_NUMBER = re.compile(r"(?<![\w.,])-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\d])")
NO_NUMBERS = (
    re.compile(r"\d{1,2}:\d\d(:\d\d)?"),
    re.compile(r"[£$€*_]|\b(?:GBP|EUR|USD)(?=[ \d])"),
    re.compile(r"\b[A-Za-z]+-?\d[\w-]*"),  # a code such as LT-20032 is no number
)


def facts_of(value: Any) -> list[Fact]:
    """The facts that a value in a message amounts to."""
    if isinstance(value, str):
        if re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            return [f"time:{value}"]
        try:
            value = (
                datetime.fromisoformat(value)
                if re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]+", value)
                else date.fromisoformat(value if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else "")
            )
        except ValueError:
            return [f"text:{value}"]
    if isinstance(value, datetime):
        return [f"date:{value.date().isoformat()}", f"time:{value:%H:%M}"]
    if isinstance(value, date):
        return [f"date:{value.isoformat()}"]
    if isinstance(value, time):
        return [f"time:{value:%H:%M}"]
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return [f"number:{Decimal(str(value)).normalize():f}"]
    return [f"text:{value}"]


def say_fact(fact: Fact) -> str:
    """A fact in words."""
    kind, _, value = fact.partition(":")
    return repr(value) if kind == "text" else f"the {kind} {value}"


def unstated(text: str, facts: Sequence[Fact]) -> list[Fact]:
    """The facts that a text does not state."""
    missing: list[Fact] = []
    wanted = Counter(facts)
    by_kind: dict[str, list[Fact]] = {}
    for fact in wanted:
        by_kind.setdefault(fact.partition(":")[0], []).append(fact)
    for kind, ones in by_kind.items():
        if kind == "text":
            missing += [one for one in ones if not says(text, one.partition(":")[2])]
            continue
        stated = Counter(READERS[kind](text))
        crowded = len(stated) > 2 * len(ones) + ROOM
        for one in ones:
            value = one.partition(":")[2]
            times = wanted[one] if kind == "number" else 1
            if crowded or stated[_without_year(value, stated)] < times:
                missing.append(one)
    return missing


def _without_year(value: str, stated: Counter[str]) -> str:
    """A date also counts when it is written without its year."""
    short = value[4:] if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else value
    return value if value in stated else short


def says(text: str, wanted: str) -> bool:
    """Whether a text has some words in a row: letters of either case, ``&`` as *and*, spacing and punctuation aside."""
    words, given = _words(wanted), _words(text)
    if not words:
        return True
    if all(word.isdigit() for word in words) and sum(map(len, words)) >= 7:
        return "".join(words) in re.sub(r"[\s().-]", "", text)
    joined, whole = " ".join(words), " ".join(given)
    return f" {joined} " in f" {whole} "


def _words(text: str) -> list[str]:
    plain = re.sub(r"['’](?:s\b)?", "", text.casefold().replace("&", " and "))
    return re.findall(r"[^\W\d_]+|\d+", plain)


class Found(NamedTuple):
    """A value in a text, and where it stands."""

    value: str
    start: int
    end: int


def find_dates(text: str) -> Iterator[Found]:
    """Dates in a text, as ``2026-03-09``, or ``-03-09`` without a year. Days come before months in figures."""
    for pattern in WRITTEN_DATES:
        for match in pattern.finditer(text):
            found = match.groupdict()
            month = MONTH_NUMBER[found["n"][:3].casefold()] if found.get("n") else int(found["m"])
            year = found.get("y")
            if 1 <= month <= 12 and 1 <= int(found["d"]) <= 31:
                century = year if year is None or len(year) == 4 else f"20{year}"
                yield Found(f"{century or ''}-{month:02d}-{int(found['d']):02d}", *match.span())


def find_times(text: str) -> Iterator[Found]:
    """Times of day in a text, as ``13:00``."""
    for match in WRITTEN_TIME.finditer(re.sub(r"(\d{4}-\d\d-\d\d)T", r"\1 ", text)):
        hour, half = int(match["h"]), (match["half"] or "").strip().casefold()
        if match["m"] is None and not half:
            continue
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half.startswith("p") else 0)
        if hour < 24 and int(match["m"] or 0) < 60:
            yield Found(f"{hour:02d}:{match['m'] or '00'}", *match.span())


def find_numbers(text: str) -> Iterator[Found]:
    """Numbers in a text; dates, clock times and codes apart."""
    for pattern in (*WRITTEN_DATES, *NO_NUMBERS):
        text = pattern.sub(_blank, text)
    for match in WRITTEN_NUMBER.finditer(text):
        try:
            yield Found(f"{Decimal(match.group().replace(',', '')).normalize():f}", *match.span())
        except InvalidOperation:
            continue


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def read_dates(text: str) -> Iterator[str]:
    """The values of `find_dates`."""
    return (one.value for one in find_dates(text))


def read_times(text: str) -> Iterator[str]:
    """The values of `find_times`."""
    return (one.value for one in find_times(text))


def read_numbers(text: str) -> Iterator[str]:
    """The values of `find_numbers`."""
    return (one.value for one in find_numbers(text))


READERS = {"date": read_dates, "time": read_times, "number": read_numbers}
