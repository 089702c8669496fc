"""Every value type through its whole life: parse, load, dump, show, schema, say."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentworlds.types import (
    MAX_INTEGER,
    Boolean,
    Cash,
    Choice,
    Clock,
    Date,
    Fixed,
    Integer,
    Minutes,
    Mismatch,
    Moment,
    TextType,
    ValueType,
)

TEXT = TextType("word", 5, 1)
FREE = TextType("paragraph", 5)
EMAIL = TextType("email", 120, 3, r"[^@\s]+@[^@\s]+\.[^@\s]+")
WHOLE = Integer()
SMALL = Integer(1, 9)
TENTHS = Fixed(1, Decimal("0.2"), Decimal(90))
CASH = Cash()
FLAG = Boolean()
DAY = Date()
MOMENT = Moment()
CLOCK = Clock()
LENGTH = Minutes()
SIZE = Choice(("small", "large_box"))
HALF_HOURS = Choice((15, 30))
NAN, INFINITY = float("nan"), float("inf")

ACCEPTED: list[tuple[ValueType, object, Any, Any, Any]] = [
    # type, what an agent sends, what is stored, what a tool's body sees, what is shown
    (TEXT, "a", "a", "a", "a"),
    (TEXT, "éàü𝄞x", "éàü𝄞x", "éàü𝄞x", "éàü𝄞x"),
    (FREE, "", "", "", ""),
    (FREE, "  ", "  ", "  ", "  "),
    (EMAIL, "ada@example.com", "ada@example.com", "ada@example.com", "ada@example.com"),
    (WHOLE, 0, 0, 0, 0),
    (WHOLE, 2.0, 2, 2, 2),
    (WHOLE, -0.0, 0, 0, 0),
    (WHOLE, MAX_INTEGER, MAX_INTEGER, MAX_INTEGER, MAX_INTEGER),
    (WHOLE, -MAX_INTEGER, -MAX_INTEGER, -MAX_INTEGER, -MAX_INTEGER),
    (SMALL, 1, 1, 1, 1),
    (SMALL, 9.0, 9, 9, 9),
    (TENTHS, 0.2, 2, Decimal("0.2"), 0.2),
    (TENTHS, 90, 900, Decimal("90.0"), 90.0),
    (TENTHS, 0.3, 3, Decimal("0.3"), 0.3),
    (TENTHS, Decimal("1.10"), 11, Decimal("1.1"), 1.1),
    (CASH, 12.35, 1235, Decimal("12.35"), 12.35),
    (CASH, 1.1, 110, Decimal("1.10"), 1.1),
    (CASH, -7, -700, Decimal("-7.00"), -7.0),
    (CASH, -0.0, 0, Decimal("0.00"), 0.0),
    (CASH, 999_999_999.99, 99_999_999_999, Decimal("999999999.99"), 999_999_999.99),
    (FLAG, True, 1, True, True),
    (FLAG, False, 0, False, False),
    (DAY, "2026-03-02", "2026-03-02", date(2026, 3, 2), "2026-03-02"),
    (DAY, "2028-02-29", "2028-02-29", date(2028, 2, 29), "2028-02-29"),
    (DAY, "2000-02-29", "2000-02-29", date(2000, 2, 29), "2000-02-29"),
    (DAY, "0001-01-01", "0001-01-01", date(1, 1, 1), "0001-01-01"),
    (DAY, date(2026, 3, 2), "2026-03-02", date(2026, 3, 2), "2026-03-02"),
    (MOMENT, "2026-03-02T09:30:00", "2026-03-02T09:30:00", datetime(2026, 3, 2, 9, 30), "2026-03-02T09:30:00"),
    (MOMENT, "2026-03-02T09:30", "2026-03-02T09:30:00", datetime(2026, 3, 2, 9, 30), "2026-03-02T09:30:00"),
    (MOMENT, "2026-03-02 09:30", "2026-03-02T09:30:00", datetime(2026, 3, 2, 9, 30), "2026-03-02T09:30:00"),
    (MOMENT, "2026-03-02 23:59:59", "2026-03-02T23:59:59", datetime(2026, 3, 2, 23, 59, 59), "2026-03-02T23:59:59"),
    (CLOCK, "09:30", "09:30", time(9, 30), "09:30"),
    (CLOCK, "00:00", "00:00", time(0), "00:00"),
    (CLOCK, time(23, 59), "23:59", time(23, 59), "23:59"),
    (LENGTH, 90, 90, timedelta(minutes=90), 90),
    (LENGTH, 0.0, 0, timedelta(0), 0),
    (SIZE, "small", "small", "small", "small"),
    (HALF_HOURS, 15, 15, 15, 15),
    (HALF_HOURS, 30.0, 30, 30, 30),
]  # fmt: skip

ONE_TO_FIVE = "text of 1 to 5 characters"
MONEY = "a number from -1000000000 to 1000000000 with at most 2 decimal places"
A_MOMENT = "a date and time such as 2026-03-02T09:30:00"

REFUSED: list[tuple[ValueType, object, str]] = [
    # type, what is sent, the whole message
    (TEXT, "", f"expected {ONE_TO_FIVE}, got ''"),
    (TEXT, "   ", f"expected {ONE_TO_FIVE}, got '   '"),
    (TEXT, "sixsix", f"expected {ONE_TO_FIVE}, got 'sixsix'"),
    (TEXT, "a\x00b", f"expected {ONE_TO_FIVE}, got 'a\\x00b'"),
    (TEXT, "a\ud800", f"expected {ONE_TO_FIVE}, got 'a\\ud800'"),
    (TEXT, 7, f"expected {ONE_TO_FIVE}, got 7"),
    (TEXT, None, f"expected {ONE_TO_FIVE}, got None"),
    (TEXT, ["a"], f"expected {ONE_TO_FIVE}, got ['a']"),
    (FREE, "x" * 100, f"expected text of at most 5 characters, got '{'x' * 56}..."),
    (EMAIL, "ada", "expected text such as 'ada@example.com', got 'ada'"),
    (EMAIL, "a da@example.com", "expected text such as 'ada@example.com', got 'a da@example.com'"),
    (EMAIL, "ada@example.com\n", "expected text such as 'ada@example.com', got 'ada@example.com\\n'"),
    (WHOLE, 2.5, "expected a whole number, got 2.5"),
    (WHOLE, NAN, "expected a whole number, got nan"),
    (WHOLE, INFINITY, "expected a whole number, got inf"),
    (WHOLE, True, "expected a whole number, got True"),
    (WHOLE, "2", "expected a whole number, got '2'"),
    (WHOLE, MAX_INTEGER + 1, "expected a whole number, got 9007199254740992"),
    (WHOLE, 1e300, f"expected a whole number, got {str(int(1e300))[:57]}..."),
    (SMALL, 0, "expected a whole number from 1 to 9, got 0"),
    (SMALL, 10, "expected a whole number from 1 to 9, got 10"),
    (Integer(low=1), 0, "expected a whole number of at least 1, got 0"),
    (Integer(high=1), 2, "expected a whole number of at most 1, got 2"),
    (CASH, 12.345, f"expected {MONEY}, got 12.345"),
    (CASH, Decimal("0.001"), f"expected {MONEY}, got Decimal('0.001')"),
    (CASH, Decimal("NaN"), f"expected {MONEY}, got Decimal('NaN')"),
    (CASH, NAN, f"expected {MONEY}, got nan"),
    (CASH, -INFINITY, f"expected {MONEY}, got -inf"),
    (CASH, 1e300, f"expected {MONEY}, got 1e+300"),
    (CASH, 1_000_000_000.01, f"expected {MONEY}, got 1000000000.01"),
    (CASH, True, f"expected {MONEY}, got True"),
    (CASH, "12.50", f"expected {MONEY}, got '12.50'"),
    (TENTHS, 0.1, "expected a number from 0.2 to 90 with at most 1 decimal place, got 0.1"),
    (TENTHS, 90.1, "expected a number from 0.2 to 90 with at most 1 decimal place, got 90.1"),
    (TENTHS, 0.25, "expected a number from 0.2 to 90 with at most 1 decimal place, got 0.25"),
    (FLAG, 1, "expected true or false, got 1"),
    (FLAG, "true", "expected true or false, got 'true'"),
    (FLAG, None, "expected true or false, got None"),
    (DAY, "2026-02-29", "expected a date such as 2026-03-02, got '2026-02-29'"),
    (DAY, "1900-02-29", "expected a date such as 2026-03-02, got '1900-02-29'"),
    (DAY, "2026-3-2", "expected a date such as 2026-03-02, got '2026-3-2'"),
    (DAY, "20260302", "expected a date such as 2026-03-02, got '20260302'"),
    (DAY, "2026-W10-1", "expected a date such as 2026-03-02, got '2026-W10-1'"),
    (DAY, "2026-13-01", "expected a date such as 2026-03-02, got '2026-13-01'"),
    (DAY, "٢٠٢٦-٠٣-٠٢", "expected a date such as 2026-03-02, got '٢٠٢٦-٠٣-٠٢'"),
    (DAY, "02/03/2026", "expected a date such as 2026-03-02, got '02/03/2026'"),
    (DAY, "2026-03-02T00:00:00", "expected a date such as 2026-03-02, got '2026-03-02T00:00:00'"),
    (DAY, 20260302, "expected a date such as 2026-03-02, got 20260302"),
    (DAY, datetime(2026, 3, 2), "expected a date such as 2026-03-02, got datetime.datetime(2026, 3, 2, 0, 0)"),
    (MOMENT, "2026-03-02", f"expected {A_MOMENT}, got '2026-03-02'"),
    (MOMENT, "2026-03-02T25:00", f"expected {A_MOMENT}, got '2026-03-02T25:00'"),
    (MOMENT, "2026-03-02T24:00", f"expected {A_MOMENT}, got '2026-03-02T24:00'"),
    (MOMENT, "2026-03-02x09:30", f"expected {A_MOMENT}, got '2026-03-02x09:30'"),
    (MOMENT, "2026-W10-1T09:30", f"expected {A_MOMENT}, got '2026-W10-1T09:30'"),
    (MOMENT, "20260302T093000.123", f"expected {A_MOMENT}, got '20260302T093000.123'"),
    (MOMENT, "2026-03-02T09:30:00Z", f"expected {A_MOMENT}, got '2026-03-02T09:30:00Z'"),
    (MOMENT, "2026-03-02T09:30+01", f"expected {A_MOMENT}, got '2026-03-02T09:30+01'"),
    (MOMENT, datetime(2026, 3, 2, tzinfo=UTC),
     f"expected {A_MOMENT}, got datetime.datetime(2026, 3, 2, 0, 0, tzinfo=datetime.timez..."),
    (CLOCK, "9:30", "expected a time such as 09:30, got '9:30'"),
    (CLOCK, "T0930", "expected a time such as 09:30, got 'T0930'"),
    (CLOCK, "24:00", "expected a time such as 09:30, got '24:00'"),
    (CLOCK, "09:30:00", "expected a time such as 09:30, got '09:30:00'"),
    (LENGTH, -1, "expected a number of minutes from 0 to 527040, got -1"),
    (LENGTH, 1.5, "expected a number of minutes from 0 to 527040, got 1.5"),
    (LENGTH, True, "expected a number of minutes from 0 to 527040, got True"),
    (SIZE, "smal", "expected one of small, large_box, got 'smal'; did you mean 'small'?"),
    (SIZE, "Small", "expected one of small, large_box, got 'Small'; did you mean 'small'?"),
    (SIZE, ["small"], "expected one of small, large_box, got ['small']; did you mean 'small'?"),
    (SIZE, None, "expected one of small, large_box, got None"),
    (HALF_HOURS, "15", "expected one of 15, 30, got '15'; did you mean '15'?"),
    (HALF_HOURS, True, "expected one of 15, 30, got True"),
    (Choice((0, 1)), True, "expected one of 0, 1, got True"),
    (SIZE, "small" * 100, f"expected one of small, large_box, got '{('small' * 100)[:56]}..."),
    (HALF_HOURS, {}, "expected one of 15, 30, got {}"),
]  # fmt: skip


def name(value: Any) -> str:
    return type(value).__name__ if isinstance(value, ValueType) else ascii(value)[:30]


@pytest.mark.parametrize(("kind", "sent", "stored", "body", "shown"), ACCEPTED, ids=name)
def test_a_right_value_is_stored_seen_and_shown(
    kind: ValueType, sent: object, stored: Any, body: Any, shown: Any
) -> None:
    got = kind.parse(sent)
    seen = kind.load(got)
    assert (got, type(got)) == (stored, type(stored))
    assert (seen, type(seen), kind.show(got), type(kind.show(got))) == (body, type(body), shown, type(shown))
    assert kind.dump(seen) == stored


@pytest.mark.parametrize(("kind", "sent", "message"), REFUSED, ids=name)
def test_a_wrong_value_is_refused_with_what_was_expected(kind: ValueType, sent: object, message: str) -> None:
    with pytest.raises(Mismatch) as problem:
        kind.parse(sent)
    assert str(problem.value) == message


@pytest.mark.parametrize("kind", [TEXT, WHOLE, CASH, FLAG, DAY, MOMENT, CLOCK, LENGTH, SIZE])
def test_a_number_too_long_to_print_is_refused_like_any_other(kind: ValueType) -> None:
    with pytest.raises(Mismatch, match=r"got a whole number of very many digits$"):
        kind.parse(10**5000)


DUMPED_WRONGLY: list[tuple[ValueType, object]] = [
    (LENGTH, timedelta(seconds=90)), (LENGTH, 90), (LENGTH, timedelta(minutes=-1)), (DAY, datetime(2026, 3, 2)),
    (MOMENT, date(2026, 3, 2)), (CLOCK, time(9, tzinfo=UTC)), (CLOCK, "9"), (CASH, Decimal("1.234")), (WHOLE, Decimal(2)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), DUMPED_WRONGLY, ids=name)
def test_a_tool_body_cannot_store_what_is_not_of_the_type(kind: ValueType, value: object) -> None:
    with pytest.raises(Mismatch):
        kind.dump(value)


SCHEMAS: list[tuple[ValueType, dict[str, Any]]] = [
    (TEXT, {"type": "string", "maxLength": 5, "minLength": 1}),
    (FREE, {"type": "string", "maxLength": 5}),
    (EMAIL, {"type": "string", "maxLength": 120, "minLength": 3, "pattern": r"^(?:[^@\s]+@[^@\s]+\.[^@\s]+)$"}),
    (WHOLE, {"type": "integer", "minimum": -MAX_INTEGER, "maximum": MAX_INTEGER}),
    (SMALL, {"type": "integer", "minimum": 1, "maximum": 9}),
    (TENTHS, {"type": "number", "minimum": 0.2, "maximum": 90.0, "description": "at most 1 decimal place"}),
    (CASH, {"type": "number", "minimum": -1e9, "maximum": 1e9, "description": "an amount of money, such as 12.50"}),
    (FLAG, {"type": "boolean"}),
    (DAY, {"type": "string", "format": "date"}),
    (MOMENT, {"type": "string", "description": "local date and time, such as 2026-03-02T09:30:00"}),
    (CLOCK, {"type": "string", "description": "a time of day, such as 09:30"}),
    (LENGTH, {"type": "integer", "minimum": 0, "maximum": 527040, "description": "minutes"}),
    (SIZE, {"type": "string", "enum": ["small", "large_box"]}),
    (HALF_HOURS, {"type": "integer", "enum": [15, 30]}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "schema"), SCHEMAS, ids=name)
def test_the_schema_is_exact(kind: ValueType, schema: dict[str, Any]) -> None:
    assert kind.schema() == schema


@pytest.mark.parametrize(("kind", "sent", "stored", "body", "shown"), ACCEPTED, ids=name)
def test_what_is_shown_fits_the_schema_and_is_accepted_again(
    kind: ValueType, sent: object, stored: Any, body: Any, shown: Any
) -> None:
    jsonschema.validate(shown, kind.schema())
    assert kind.parse(json.loads(json.dumps(shown))) == stored


SAID: list[tuple[ValueType, Any, str]] = [
    (TEXT, "Milo", "Milo"),
    (WHOLE, 1250, "1250"),
    (TENTHS, 105, "10.5"),
    (TENTHS, 100, "10"),
    (TENTHS, 0, "0"),
    (CASH, 0, "£0.00"),
    (CASH, 5, "£0.05"),
    (CASH, -5, "-£0.05"),
    (CASH, 125_000, "£1,250.00"),
    (CASH, -123_456_789, "-£1,234,567.89"),
    (FLAG, 1, "yes"),
    (FLAG, 0, "no"),
    (DAY, "2026-03-02", "2 March 2026"),
    (DAY, "2028-02-29", "29 February 2028"),
    (MOMENT, "2026-12-31T09:05:00", "31 December 2026 at 09:05"),
    (CLOCK, "09:05", "09:05"),
    (LENGTH, 0, "0 minutes"),
    (LENGTH, 1, "1 minute"),
    (LENGTH, 60, "1 hour"),
    (LENGTH, 61, "1 hour 1 minute"),
    (LENGTH, 150, "2 hours 30 minutes"),
    (SIZE, "large_box", "large box"),
    (HALF_HOURS, 15, "15"),
]


@pytest.mark.parametrize(("kind", "stored", "said"), SAID, ids=name)
def test_a_value_is_said_as_people_write_it(kind: ValueType, stored: Any, said: str) -> None:
    assert kind.say(stored, "GBP") == said


@pytest.mark.parametrize(
    ("currency", "said"),
    [
        ("GBP", "£1.50"),
        ("EUR", "€1.50"),
        ("USD", "$1.50"),
        ("CAD", "CA$1.50"),
        ("CHF", "CHF 1.50"),
        ("SEK", "SEK 1.50"),
        ("", "1.50"),
    ],
)
def test_money_is_said_with_its_currency(currency: str, said: str) -> None:
    assert CASH.say(150, currency) == said


FIT: list[tuple[ValueType, st.SearchStrategy[Any]]] = [
    (TextType("x", 20), st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)),
    (WHOLE, st.integers(-MAX_INTEGER, MAX_INTEGER)),
    (CASH, st.decimals(-(10**9), 10**9, places=2)),
    (Fixed(4, Decimal(-5), Decimal(5)), st.decimals(-5, 5, places=4)),
    (FLAG, st.booleans()),
    (DAY, st.dates()),
    (MOMENT, st.datetimes().map(lambda moment: moment.replace(microsecond=0))),
    (CLOCK, st.times().map(lambda clock: clock.replace(second=0, microsecond=0))),
    (LENGTH, st.integers(0, 527040).map(lambda minutes: timedelta(minutes=minutes))),
    (SIZE, st.sampled_from(SIZE.options)),
    (HALF_HOURS, st.sampled_from(HALF_HOURS.options)),
]


@settings(max_examples=25)
@given(st.data())
@pytest.mark.parametrize(("kind", "values"), FIT, ids=name)
def test_a_value_survives_storing_showing_and_sending_back(
    kind: ValueType, values: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    value = data.draw(values)
    stored = kind.dump(value)
    assert kind.load(stored) == value
    assert type(kind.load(stored)) is type(value)
    assert kind.parse(json.loads(json.dumps(kind.show(stored)))) == stored
    jsonschema.validate(kind.show(stored), kind.schema())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=25)
@given(JSON)
@pytest.mark.parametrize("kind", [kind for kind, _ in SCHEMAS], ids=name)
def test_any_json_is_taken_whole_or_refused(kind: ValueType, value: object) -> None:
    try:
        stored = kind.parse(value)
    except Mismatch as problem:
        str(problem).encode()
        return
    assert type(stored) in (str, int)
    shown = kind.show(stored)
    assert shown == value or kind.python is datetime


def test_a_bound_finer_than_the_places_never_lets_a_value_out_of_range() -> None:
    kind = Fixed(1, Decimal("0.25"), Decimal("-0.25") + 1)
    assert [kind.parse(Decimal(tenths) / 10) for tenths in (3, 7)] == [3, 7]
    for outside in (0.2, 0.8):
        with pytest.raises(Mismatch):
            kind.parse(outside)
    low = Fixed(1, Decimal(-1), Decimal("-0.25"))
    with pytest.raises(Mismatch):
        low.parse(-0.2)
