"""Which texts state a fact, and which only look like it."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from agentworlds.judge.facts import facts_of, unstated

DAY = date(2026, 3, 2)
MOMENT = datetime(2026, 3, 2, 9, 30)

STATED: list[tuple[Any, str]] = [
    *((DAY, text) for text in ("on 2026-03-02.", "2 March 2026", "2nd of March", "March 2nd", "02 Mar", "Mar 2, 2026",
                               "(02/03/2026)", "THE 2 MARCH", "2026-03-02T09:30:00", "02.03.2026")),
    ("2026-03-02", "see you on March 2"),
    *((MOMENT, text) for text in ("2 March 2026 at 09:30", "March 2nd, 9:30 am", "2026-03-02T09:30", "9:30am on 2 March")),
    ("2026-03-02T09:30:00", "2 March, 9:30 am"),
    (time(13, 5), "at 13:05"), (time(13, 5), "1:05 pm"), (time(0, 0), "12:00 am"), (time(12, 0), "12 p.m."),
    (12.5, "pay 12.50"), (12.5, "pay £12.50."), (12.5, "12.5"), (Decimal("12.50"), "£12.50, please"),
    (1250, "1,250"), (1250, "£1,250.00"), (1250, "1250"), (3, "3 books"), (3, "3."), (3, "(3)"), (-5, "-5"),
    ("Ada Lovelace", "Dear ada  LOVELACE,"), ("AB12", "code:AB12"), ("20260302", "card 20260302"), ("Q & A", "Q and A"),
]  # fmt: skip

UNSTATED: list[tuple[Any, str]] = [
    *((DAY, text) for text in ("12 March 2026", "22 March", "3 March", "2 May", "2 March 2027", "02/04/2026")),
    *((MOMENT, text) for text in ("2 March 2026", "at 09:30", "2 March at 19:30", "2 March at 9:30 pm")),
    (time(9, 30), "19:30"), (time(9, 30), "9:30 pm"),
    *((12.5, text) for text in ("112.50", "12.505", "12", "12.51", "a12.50", "£1,12.50")),
    *((3, text) for text in ("13", "31", "3.5", "x3", "2026-03-02", "3 March")),
    (1250, "11,250"), (1250, "1,250,000"), ("Ada", "Adam"), ("AB12", "AB123"), ("20260302", "2 March 2026"),
    (3, "1 2 3 4 5 6 7 8 9"), (DAY, "1, 2 March, 3 March, 4 March, 5 March, 6 March, 7 March, 8 March, 9 March"),
]  # fmt: skip


def stated(value: Any, text: str) -> bool:
    return unstated(text, facts_of(value)) == []


@pytest.mark.parametrize(("value", "text"), STATED, ids=ascii)
def test_a_fact_is_stated(value: Any, text: str) -> None:
    assert stated(value, text)


@pytest.mark.parametrize(("value", "text"), UNSTATED, ids=ascii)
def test_a_fact_is_not_stated(value: Any, text: str) -> None:
    assert not stated(value, text)


FACTS: list[tuple[Any, list[str]]] = [
    (MOMENT, ["date:2026-03-02", "time:09:30"]),
    ("2026-03-02T09:30:00", ["date:2026-03-02", "time:09:30"]),
    (DAY, ["date:2026-03-02"]),
    ("2026-03-02", ["date:2026-03-02"]),
    ("20260302", ["text:20260302"]),
    ("2026-W10-1", ["text:2026-W10-1"]),
    (time(13, 5), ["time:13:05"]),
    (12.50, ["number:12.5"]),
    (Decimal("1250.00"), ["number:1250"]),
    (100, ["number:100"]),
    ("Milo", ["text:Milo"]),
    (True, ["text:True"]),
]


@pytest.mark.parametrize(("value", "facts"), FACTS, ids=ascii)
def test_a_value_amounts_to_these_facts(value: Any, facts: list[str]) -> None:
    assert facts_of(value) == facts


def test_a_number_asked_for_twice_must_be_stated_twice() -> None:
    assert unstated("3 and 3", ["number:3", "number:3"]) == []
    assert unstated("3", ["number:3", "number:3"]) == ["number:3"]


def test_codes_dates_and_times_are_no_numbers() -> None:
    from agentworlds.judge.facts import read_numbers

    text = (
        "Orders LT-20031, LT-20032 and W1040: £274.00, GBP41.80 and 12 more on 9 March 2026 at 13:00, in all 1,315.80."
    )
    assert list(read_numbers(text)) == ["274", "41.8", "12", "1315.8"]


def test_a_time_alone_is_a_fact_however_it_is_written() -> None:
    assert facts_of("14:15") == ["time:14:15"]
    assert unstated("Come at 2:15 pm.", facts_of("14:15")) == []
    assert unstated("Come at 2:50 pm.", facts_of("14:15")) == ["time:14:15"]
