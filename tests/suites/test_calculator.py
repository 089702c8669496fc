"""The calculator: exact numbers, units, money, dates, the memory, refusals and rules."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, getcontext, localcontext
from typing import Any

import pytest

import agentworlds
from agentworlds.engines import EngineError
from agentworlds.engines.calculator import Currency, Pint

world = agentworlds.load("suite:calculator")
engine = Pint()


@pytest.fixture
def office() -> Iterator[agentworlds.Instance]:
    with world.instance() as instance:
        yield instance


def done(office: agentworlds.Instance, tool: str, **arguments: Any) -> Any:
    step = office.apply(tool, arguments)
    assert step.ok, step.text
    return step.data


EXPRESSIONS = [
    ("0.1 + 0.2", None, "0.3"), ("2/3", None, "0.6666666666666666666666666667"), ("2/3", 2, "0.67"), ("2.5", 0, "3"),
    ("-2.5", 0, "-3"), ("15% of 80", None, "12"), ("7.5 percent of 200 + 1", None, "16"), ("2^10", None, "1024"),
    ("3 × 4 ÷ 8 − 1", None, "0.5"), ("round(2.675, 2)", None, "2.68"), ("round(1250, -2)", None, "1300"), ("10 % 4", None, "2"),
    ("-7 // 2", None, "-3"), ("sum(1, 2, 3.5) / average(1, 3)", None, "3.25"), ("max(1, vat, 0.3) + min(1, 2)", None, "2"),
    ("ceil(1.2) + floor(-1.2) + abs(-4)", None, "4"), ("sqrt(2) ** 2", 10, "2"), ("rent * 12 * (1 + vat)", None, "18000"),
    ("1e5", None, "100000"), ("0 * -1", None, "0"), ("99999999999999 * 99999999999999", None, "9999999999999800000000000001"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "places", "value"), EXPRESSIONS)
def test_arithmetic_is_exact(office: agentworlds.Instance, expression: str, places: int | None, value: str) -> None:
    assert done(office, "calculate", expression=expression, places=places)["value"] == value


def test_the_surrounding_decimal_context_does_not_matter() -> None:
    with localcontext(getcontext()) as context:
        context.prec = 3
        assert engine.evaluate("1/3 * 3.000001", {}) == Decimal("1.000000333333333333333333333")
        assert engine.convert(Decimal("26.2"), "mile", "km") == Decimal("42.1648128")


BOMBS = [
    "9**9**9", "2**99999999", "1/0", "0**0", "0**-1", "sqrt(-1)", "(-8)**0.5", "1e9999", "-" * 100 + "1", "(" * 290, "1" * 290 + "**9",
    "__import__('os').getcwd()", "(1).real", "[1, 2]", "1,250 + 3", "'a' * 9", "lambda: 1", "1 if 2 else 3", "True", "0x10", "f'{1}'",
    "max()", "average()", "round(1, 2, 3)", "round(1, 0.5)", "round(1, 99)", "abs(value=3)", "x := 1", "1; 2", "", "٣", "print(1)", "vat.real",
]  # fmt: skip


@pytest.mark.parametrize("expression", BOMBS)
def test_what_is_no_sum_is_refused_at_once(expression: str) -> None:
    with pytest.raises(EngineError):
        engine.evaluate(expression, {"vat": Decimal("0.2")})


def test_a_misspelt_name_is_answered_with_the_nearest(office: agentworlds.Instance) -> None:
    text = office.apply("calculate", {"expression": "hourly_rat * 2"}).text
    assert (
        text
        == "Refused (invalid): There is no number called hourly_rat; did you mean 'hourly_rate'? Try: list_saved_values shows the names that can be used"
    )


UNITS = [
    ("5", "mile", "km", "8.04672"), ("20", "celsius", "fahrenheit", "68"), ("100", "km/h", "mph", "62.137119"),
    ("3", "square feet", "m²", "0.278709"), ("1", "cubic metre", "litres", "1000"), ("90", "minutes", "hours", "1.5"),
    ("11", "stone", "kg", "69.853225"), ("1", "fluid ounce", "ml", "29.573530"), ("2", "kWh", "MJ", "7.2"), ("1", "m2", "ft^2", "10.76391"),
    ("-40", "°C", "°F", "-40"), ("1", "GB", "MB", "1000"), ("5", "gallon per minute", "l/s", "0.315451"),
]  # fmt: skip


@pytest.mark.parametrize(("amount", "unit", "into", "value"), UNITS)
def test_units(office: agentworlds.Instance, amount: str, unit: str, into: str, value: str) -> None:
    found = done(office, "convert_units", amount=float(amount), unit=unit, into=into)["value"]
    assert Decimal(found) == Decimal(value)


def rates(office: agentworlds.Instance, code: str) -> list[dict[str, Any]]:
    return list(done(office, "search_exchange_rates", currency=code, sort="-day")["results"])


def test_money_is_converted_at_the_rate_of_the_last_day_that_had_one(office: agentworlds.Instance) -> None:
    done(office, "set_exchange_rate", currency="usd", day="2026-02-27", rate=1.25)
    done(office, "set_exchange_rate", currency="JPY", day="2026-02-27", rate=190)
    sunday = {"on": "2026-03-01"}
    assert done(office, "convert_money", amount=100, currency="GBP", into="USD", **sunday) == {
        "amount": "125", "written": "US$125.00", "rates_of": "2026-02-27",
    }  # fmt: skip
    assert done(office, "convert_money", amount=10.01, currency="usd", into="gbp", **sunday)["amount"] == "8.01"
    assert done(office, "convert_money", amount=9.99, currency="USD", into="JPY", **sunday)["written"] == "JP¥1,518"
    assert done(office, "convert_money", amount=5, currency="GBP", into="GBP")["amount"] == "5"


def test_rates_are_found_between_two_days(office: agentworlds.Instance) -> None:
    found = rates(office, "EUR")
    days = [one["day"] for one in found]
    assert days == sorted(days, reverse=True) and len(days) == 14
    some = done(office, "search_exchange_rates", currency="eur", day_from=days[5], day_to=days[2])["results"]
    assert [one["day"] for one in some] == days[2:6][::-1]


def test_a_rate_is_corrected_in_its_place(office: agentworlds.Instance) -> None:
    last = rates(office, "EUR")[0]
    done(office, "set_exchange_rate", currency="EUR", day=last["day"], rate=1.2)
    [change] = office.changes()
    assert (change.id, change.after) == (last["id"], {"currency": "EUR", "day": last["day"], "rate": 12000})


SHIFTS = [
    ({"start": "2026-01-31", "months": 1}, "2026-02-28", "Saturday", False, []),
    ({"start": "2028-02-29", "years": 1}, "2029-02-28", "Wednesday", True, []),
    ({"start": "2026-03-02", "weeks": 1, "days": 1}, "2026-03-10", "Tuesday", True, []),
    ({"start": "2026-05-01", "working_days": 2}, "2026-05-06", "Wednesday", True, ["4 May 2026: Early May bank holiday"]),
    ({"start": "2026-05-08", "working_days": -5}, "2026-04-30", "Thursday", True, ["4 May 2026: Early May bank holiday"]),
    ({"start": "2026-04-27", "weeks": 1}, "2026-05-04", "Monday", False, ["4 May 2026: Early May bank holiday"]),
    ({"start": "2026-02-28", "working_days": 1}, "2026-03-02", "Monday", True, []),
]  # fmt: skip


@pytest.mark.parametrize(("given", "day", "weekday", "working", "closed"), SHIFTS)
def test_dates_shift(
    office: agentworlds.Instance, given: dict[str, Any], day: str, weekday: str, working: bool, closed: list[str]
) -> None:
    assert done(office, "shift_date", **given) == {
        "day": day,
        "weekday": weekday,
        "working_day": working,
        "closing_days": closed,
    }


def test_dates_compare(office: agentworlds.Instance) -> None:
    assert done(office, "compare_dates", start="2026-03-02", end="2026-04-06") == {
        "days": 35, "years": 0, "months": 1, "days_over": 4, "working_days": 24,
        "closing_days": ["3 April 2026: Good Friday", "6 April 2026: Easter Monday"],
    }  # fmt: skip
    assert done(office, "compare_dates", start="2026-03-07", end="2026-03-07")["working_days"] == 0


def test_working_days_agree_with_counting_them_one_by_one(office: agentworlds.Instance) -> None:
    closed = {date.fromisoformat(day) for (day,) in office.store.execute("SELECT day FROM closing_day").fetchall()}
    first = date(2025, 12, 20).toordinal()
    for length in (0, 1, 5, 6, 13, 40, 100):
        days = [date.fromordinal(first + number) for number in range(length + 1)]
        expected = sum(day.weekday() < 5 and day not in closed for day in days)
        found = done(office, "compare_dates", start=days[0].isoformat(), end=days[-1].isoformat())
        assert found["working_days"] == expected


def test_numbers_are_described(office: agentworlds.Instance) -> None:
    assert done(office, "describe_numbers", numbers=[2, 4, 4, 4.5, 5, 5, 7, 9]) == {
        "count": 8, "sum": "40.5", "average": "5.0625", "median": "4.75", "least": "2", "most": "9", "standard_deviation": "2.111829",
    }  # fmt: skip
    assert done(office, "describe_numbers", numbers=[3])["standard_deviation"] == "0"


def test_interest(office: agentworlds.Instance) -> None:
    assert done(office, "compound_interest", amount=1000, percent=5, years=2) == {
        "total": "1102.5",
        "interest": "102.5",
    }
    assert done(office, "compound_interest", amount=1000, percent=12, years=1, times_a_year=12)["total"] == "1126.83"
    most = done(office, "compound_interest", amount=100_000_000, percent=100, years=40, times_a_year=365)
    assert most["total"].startswith("2")


def test_a_saved_value_can_be_used_replaced_found_and_forgotten(office: agentworlds.Instance) -> None:
    made = done(office, "save_value", name="stall", value=115.5, unit="GBP", note="Saturday market")
    assert made["value"] == 115.5
    assert done(office, "calculate", expression="stall / 7")["value"] == "16.5"
    replaced = done(office, "save_value", name="stall", value=16.5)
    assert (replaced["id"], replaced["value"], replaced["note"]) == (made["id"], 16.5, "Saturday market")
    assert [one["name"] for one in done(office, "list_saved_values", text="market")["results"]] == ["stall"]
    assert done(office, "forget_value", saved_value_id=made["id"]) == {"done": True}
    assert office.changes() == []


def test_only_name_and_value_count_in_a_goal(office: agentworlds.Instance) -> None:
    table = next(table for table in world.program.tables if table.name == "saved_value")
    assert [column.name for column in table.columns if column.counted] == ["name", "value", "fixed"]


HOLIDAYS = {
    2025: "2025-01-01 2025-04-18 2025-04-21 2025-05-05 2025-05-26 2025-08-25 2025-12-25 2025-12-26",
    2026: "2026-01-01 2026-04-03 2026-04-06 2026-05-04 2026-05-25 2026-08-31 2026-12-25 2026-12-28",
    2027: "2027-01-01 2027-03-26 2027-03-29 2027-05-03 2027-05-31 2027-08-30 2027-12-27 2027-12-28",
}


def test_an_english_office_closes_on_the_bank_holidays(office: agentworlds.Instance) -> None:
    days = [day for (day,) in office.store.execute("SELECT day FROM closing_day ORDER BY day").fetchall()]
    assert " ".join(days) == " ".join(HOLIDAYS.values())


def test_easter_is_that_of_the_western_churches() -> None:
    assert [engine.easter(year) for year in (2000, 2025, 2026, 2038)] == [
        date(2000, 4, 23), date(2025, 4, 20), date(2026, 4, 5), date(2038, 4, 25)
    ]  # fmt: skip


def test_a_rise_is_asked_of_the_same_names_whether_it_is_possible_or_not() -> None:
    named: dict[str, set[str]] = {"raise_a_value": set(), "raise_a_fixed_value": set()}
    for seed in range(30):
        for number, task in enumerate(world.tasks(seed)):
            if task.spec.intent in named:
                text = world.episode(number, seed).instruction
                found = re.findall(r"\b(?:hourly_rate\w*|mileage_rate|postage|rent|vat\w*)\b", text)
                named[task.spec.intent].add(found[0])
    possible, impossible = named.values()
    assert impossible <= possible
    assert "vat" not in possible and len(impossible) >= 4


def test_a_percentage_is_explained_where_it_cannot_be_read(office: agentworlds.Instance) -> None:
    refusal = office.apply("calculate", {"expression": "hourly_rate + 12%"}).refusal
    assert refusal is not None and refusal.hint is not None
    assert refusal.hint.startswith("12% of hourly_rate is how a percentage is written")
    assert done(office, "calculate", expression="hourly_rate + 12% of hourly_rate")["value"] == "43.12"


FIXED = "SELECT id FROM saved_value WHERE name = 'vat'"
REFUSALS = [
    ("calculate", {"expression": "1/0"}, "invalid", "“1/0” divides by zero."),
    ("calculate", {"expression": "hourly_rate + 12%"}, "invalid", "“hourly_rate + 12%” cannot be read: "),
    ("convert_units", {"amount": 1, "unit": "kg", "into": "km"}, "invalid", "“kg” and “km” do not measure the same."),
    ("convert_units", {"amount": 1, "unit": "furlong x2 y", "into": "km"}, "invalid", "is no unit"),
    ("convert_units", {"amount": -5, "unit": "dBm", "into": "mW"}, "invalid", "cannot be converted exactly"),
    ("convert_money", {"amount": 1, "currency": "PLN", "into": "GBP"}, "unavailable", "There is no rate of PLN for 2 March 2026 or before."),
    ("convert_money", {"amount": 1, "currency": "USD", "into": "GBP", "on": "2025-01-01"}, "unavailable", "There is no rate of USD"),
    ("convert_money", {"amount": 1, "currency": "dollars", "into": "GBP"}, "invalid", "expected text such as 'EUR'"),
    ("shift_date", {"start": "9999-12-01", "months": 2}, "invalid", "There is no such day in the calendar."),
    ("shift_date", {"start": "9999-12-30", "working_days": 9}, "invalid", "There is no such day in the calendar."),
    ("compare_dates", {"start": "2026-03-02", "end": "2026-03-01"}, "invalid", "1 March 2026 is before 2 March 2026."),
    ("describe_numbers", {"numbers": []}, "invalid", "There are no numbers to describe."),
    ("set_exchange_rate", {"currency": "gbp", "day": "2026-03-02", "rate": 1}, "conflict", "GBP is the home currency"),
    ("set_exchange_rate", {"currency": "ZZZ", "day": "2026-03-02", "rate": 1}, "invalid", "ZZZ is no currency of ISO 4217."),
    ("set_exchange_rate", {"currency": "PLN", "day": "2026-03-03", "rate": 5}, "invalid", "A rate is known once its day has come."),
    ("set_exchange_rate", {"currency": "EUR", "day": "2026-02-28", "rate": 1.17}, "invalid", "There are no rates for Saturdays and Sundays."),
    ("set_exchange_rate", {"currency": "EUR", "day": "2026-03-02", "rate": 0.85}, "conflict", "out of line with the EUR rate before"),
    ("save_value", {"name": "vat", "value": 0.19}, "conflict", "vat is fixed."),
    ("save_value", {"name": "Big Number", "value": 1}, "invalid", "expected text such as 'hourly_rate'"),
    ("save_value", {"name": "big", "value": 1_000_000_001}, "invalid", "from -1000000000 to 1000000000"),
    ("forget_value", {"saved_value_id": FIXED}, "conflict", "vat is fixed."),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "given", "code", "message"), REFUSALS)
def test_refusals(office: agentworlds.Instance, tool: str, given: dict[str, Any], code: str, message: str) -> None:
    arguments = {
        name: office.store.execute(one).get if str(one).startswith("SELECT") else one for name, one in given.items()
    }
    step = office.apply(tool, arguments)
    assert step.refusal is not None, step.text
    assert (str(step.refusal.code), message in step.refusal.message) == (code, True), step.text
    assert office.changes() == []


def test_results_are_summed_up_in_a_sentence(office: agentworlds.Instance) -> None:
    def lead(tool: str, **arguments: Any) -> str:
        return office.apply(tool, arguments).text.splitlines()[0]

    assert lead("calculate", expression="6*7") == "It comes to 42."
    assert lead("convert_units", amount=1, unit="mile", into="km", places=2) == "That is 1.61 km."
    assert (
        lead("convert_money", amount=5, currency="GBP", into="GBP", on="2026-02-27")
        == "That is £5.00, at the rates of 27 February 2026."
    )
    assert lead("shift_date", start="2026-04-27", weeks=1) == "Monday 4 May 2026, when nobody works."
    assert lead("shift_date", start="2026-03-10", days=1) == "Wednesday 11 March 2026."
    assert lead("compare_dates", start="2026-03-02", end="2026-03-03") == "1 day apart; 2 working days."
    assert lead("compare_dates", start="2026-03-06", end="2026-03-08") == "2 days apart; 1 working day."
    assert lead("describe_numbers", numbers=[4]) == "One number, 4."
    assert lead("describe_numbers", numbers=[4, 6]) == "2 numbers from 4 to 6, on average 5."
    assert lead("compound_interest", amount=100, percent=5, years=1) == "It grows to 105, 5 of it interest."
    assert (
        lead("search_exchange_rates", currency="USD", day_from="2026-02-26", day_to="2026-02-26")
        == "One rate of USD, on 26 February 2026."
    )
    assert (
        lead("search_exchange_rates", currency="USD", day_from="2026-02-26")
        == "2 rates of USD, from 26 February 2026 to 27 February 2026."
    )
    assert lead("search_exchange_rates", currency="USD", day_from="2026-02-28") == "There are no such rates."
    assert lead("list_saved_values", text="weekend") == "1 saved value: hourly_rate_weekend."
    assert lead("list_saved_values", text="nothing") == "0 saved values."


def test_currencies_follow_iso_4217() -> None:
    assert engine.currency("JPY") == Currency("JPY", "Japanese Yen", 0)
    assert engine.currency("KWD").places == 3
    assert engine.money(Decimal("-1234.5"), "GBP") == "-£1,234.50"
    with pytest.raises(EngineError, match="DEM is no currency"):
        engine.currency("DEM")


HOST = '''
"""A shop in Basel."""
from datetime import date
from decimal import Decimal
from agentworlds import World
world = World("basel", title="Basel", currency="CHF")
sums = world.include("calculator", home="CHF", rates=(("EUR", "1.05"),), closing_days=((8, 1, "National Day"),),
                     values=(("vat", "0.081", "", ""),), fixed=("vat",), intents=False)
@world.tool
def note(amount: Decimal) -> Decimal:
    """Note an amount, and say what it is worth in euros."""
    sums.keep("noted", amount, "CHF")
    return sums.worth(amount, "CHF", "EUR", date(2026, 2, 27))
'''


def test_a_host_has_its_own_currency_closing_days_and_values(tmp_path: Any) -> None:
    path = tmp_path / "basel.py"
    path.write_text(HOST, encoding="utf-8")
    with agentworlds.load(path).instance() as shop:
        rate = Decimal(str(rates(shop, "EUR")[0]["rate"]))
        assert Decimal(str(done(shop, "note", amount=100)["value"])) == (rate * 100).quantize(Decimal("0.01"))
        assert done(shop, "calculate", expression="noted * vat")["value"] == "8.1"
        assert done(shop, "shift_date", start="2025-07-31", working_days=1)["closing_days"] == [
            "1 August 2025: National Day"
        ]
