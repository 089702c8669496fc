"""A calculator: exact arithmetic, units, currencies at the rates of a day, dates with closing days, and a memory of values.

Nothing is a float, and nothing depends on a clock or a library's idea of prices: the rates (ExchangeRate), the days on which nobody
works (ClosingDay) and the memory (SavedValue) are tables of the world. The home currency is a setting, `home`; whoever works elsewhere
than in England names the closing days as well.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median, stdev
from typing import Annotated, Any, NoReturn

from agentworlds import (
    Answer,
    Do,
    Draw,
    EngineError,
    Module,
    Places,
    Range,
    Row,
    Task,
    TaskDraw,
    Text,
    Word,
    at_least,
    at_most,
    below,
    containing,
    delete,
    field,
    first,
    insert,
    refuse,
    rows,
    today,
)
from agentworlds.engines.calculator import CalculatorEngine
from agentworlds.types import WEEKDAYS, TextType, say_date

Code = Annotated[str, TextType("currency", 3, 3, "[A-Za-z]{3}")]
Name = Annotated[str, TextType("identifier", 30, 1, "[a-z][a-z0-9_]*")]
Amount = Annotated[Decimal, Places(6), Range(-1_000_000_000, 1_000_000_000)]
Rate = Annotated[Decimal, Places(4), Range(0.0001, 100_000)]
Rounding = Annotated[int, Range(0, 10)]

calculator = Module("calculator", title="Calculator", wraps="pint, simpleeval, babel, python-dateutil")
HOME: str = calculator.setting("home", "GBP")
RATES: tuple[tuple[str, str], ...] = calculator.setting(
    "rates", (("EUR", "1.17"), ("USD", "1.27"), ("CHF", "1.1"), ("SEK", "13.2"), ("JPY", "191"))
)
CLOSING: tuple[tuple[int, int, str], ...] | None = calculator.setting("closing_days", None)
"""Month, day and name of the closing days of every year; the bank holidays of England where nothing is said."""
VALUES: tuple[tuple[str, str, str, str], ...] = calculator.setting("values", (
    ("vat", "0.2", "", "standard rate, set by law"), ("vat_reduced", "0.05", "", "reduced rate, set by law"),
    ("mileage_rate", "0.45", "GBP per mile", "for journeys in a private car"), ("hourly_rate", "38.5", "GBP", "what we charge for an hour"),
    ("hourly_rate_weekend", "57.75", "GBP", "what we charge on Saturdays and Sundays"),
    ("hourly_rate_trainee", "22.75", "GBP", "what we charge for a trainee's hour"), ("rent", "1250", "GBP", "a month"),
    ("postage", "3.95", "GBP", "a parcel"), ("print_page", "0.06", "GBP", "a page"), ("trade_discount", "0.15", "", "for the trade"),
))  # fmt: skip
FIXED: tuple[str, ...] | None = calculator.setting("fixed", None)
"""The values that cannot be changed: where nothing is said those set by law, and two others that every office has settled for itself."""
LEAST_RAISED = Decimal("0.2")
"""Values below this stay too small for their rise by some percent to be told from none."""
STAFF = calculator.setting("staff", ())
engine = calculator.engine(CalculatorEngine, "pint")


@calculator.table(unique=[("currency", "day")], label="currency")
class ExchangeRate(Row):
    currency: Code
    day: date
    rate: Rate


@calculator.table(label="name")
class ClosingDay(Row):
    day: date = field(unique=True)
    name: Text


@calculator.table(label="name")
class SavedValue(Row):
    name: Name = field(unique=True)
    value: Amount
    unit: Word | None = field(default=None, free=True)
    note: Text | None = field(default=None, free=True)
    fixed: bool = False


@dataclass
class Result:
    value: Word


@dataclass
class Measured:
    value: Word
    unit: Word


@dataclass
class Exchanged:
    amount: Word
    written: Word
    rates_of: date


@dataclass
class Day:
    day: date
    weekday: Word
    working_day: bool
    closing_days: list[Text]


@dataclass
class Between:
    days: int
    years: int
    months: int
    days_over: int
    working_days: int
    closing_days: list[Text]


@dataclass
class Described:
    count: int
    sum: Word
    average: Word
    median: Word
    least: Word
    most: Word
    standard_deviation: Word


@dataclass
class Growth:
    total: Word
    interest: Word


calculator.reads(
    ExchangeRate, by=("currency", "day", "rate"), sort=("day", "rate"), roles=STAFF,
    about="Find exchange rates: how much of a currency one unit of the home currency buys on a day. There are none for weekends.",
)  # fmt: skip


# Reading -------------------------------------------------------------------------------------------------


@calculator.query(roles=STAFF)
def calculate(expression: Text, places: Rounding | None = None) -> Result:
    """Work out an expression in exact decimals, with 28 digits.

    Args:
        expression: numbers without thousands separators, names of saved values, + - * / // % **, "15% of 80", and abs, average,
            ceil, floor, max, min, round(x, places), sqrt and sum(a, b, c); such as round(12.5 * hourly_rate, 2)
        places: decimal places to round the result to, halves up; as exact as possible without
    """
    try:
        return Result(shown(evaluated(expression), places))
    except EngineError as problem:
        percent = "12% of hourly_rate is how a percentage is written; a rise is hourly_rate + 12% of hourly_rate"
        hint = percent if "%" in expression else "list_saved_values shows the names that can be used"
        failed(problem, hint, "expression")


@calculator.query(roles=STAFF)
def convert_units(amount: Amount, unit: Word, into: Word, places: Rounding = 6) -> Measured:
    """Convert an amount from one unit into another that measures the same.

    Args:
        unit: such as mile, kg, square feet, litres, km/h or celsius
        into: the unit of the result
        places: decimal places to round the result to, halves up
    """
    try:
        return Measured(shown(engine.convert(amount, unit, into), places), into)
    except EngineError as problem:
        failed(problem, "units that measure the same can be converted, such as miles into km or lb into kg")


@calculator.query(roles=STAFF)
def convert_money(amount: Amount, currency: Code, into: Code, on: date | None = None) -> Exchanged:
    """Convert money at the rates of a day, rounded to the smallest unit of the new currency.

    On days without a rate, such as weekends, that of the last day before counts.

    Args:
        currency: the code of the amount's currency, such as USD
        into: the code of the other currency
        on: the day; today without
    """
    day = on or today()
    here, from_day = rate_on(currency.upper(), day)
    there, into_day = rate_on(into.upper(), day)
    converted = engine.evaluate("amount / here * there", {"amount": amount, "here": here, "there": there})
    rounded = shown(converted, engine.currency(into.upper()).places)
    return Exchanged(rounded, engine.money(Decimal(rounded), into.upper()), min(from_day, into_day))


@calculator.query(roles=STAFF)
def shift_date(
    start: date, years: Annotated[int, Range(-200, 200)] = 0, months: Annotated[int, Range(-2400, 2400)] = 0,
    weeks: Annotated[int, Range(-5000, 5000)] = 0, days: Annotated[int, Range(-50000, 50000)] = 0,
    working_days: Annotated[int, Range(-500, 500)] = 0,
) -> Day:  # fmt: skip
    """The day so much after another one; negative numbers go back.

    Years and months come first (31 January and a month is 28 or 29 February), then weeks and days, then working days: Saturdays,
    Sundays and closing days are passed over, and the day one starts from is not counted.
    """
    try:
        day = engine.shift(start, years, months, weeks, days)
        passed: list[ClosingDay] = []
        if working_days:
            day, passed = walk(day, working_days)
    except EngineError as problem:
        failed(problem, "days lie between the years 1 and 9999")
    here = first(ClosingDay, day=day)
    return Day(
        day,
        WEEKDAYS[day.weekday()],
        day.weekday() < 5 and here is None,
        [named(one) for one in [*passed, *([here] if here else [])]],
    )


@calculator.query(roles=STAFF)
def compare_dates(start: date, end: date) -> Between:
    """How far apart two days are.

    The difference is given in days, and also as whole years, months and days over. Working days are Mondays to Fridays that are no
    closing days; here both the first and the last day count.

    Args:
        start: the earlier day
        end: the later day
    """
    if end < start:
        refuse("invalid", f"{say_date(end)} is before {say_date(start)}.", field="end", hint="exchange the two")
    years, months, over = engine.apart(start, end)
    closed = [one for one in closing_days(start, end) if one.day.weekday() < 5]
    return Between((end - start).days, years, months, over, weekdays_between(start, end) - len(closed),
                   [named(one) for one in closed[:50]])  # fmt: skip


@calculator.query(roles=STAFF)
def describe_numbers(numbers: list[Amount]) -> Described:
    """Sum, average, median, extremes and standard deviation (of a sample) of up to 50 numbers; averages to six places.

    Args:
        numbers: the numbers, each as often as it occurs
    """
    try:
        if not numbers:
            raise EngineError("there are no numbers to describe")
        average = engine.evaluate(
            "total / number", {"total": sum(numbers, Decimal(0)), "number": Decimal(len(numbers))}
        )
    except EngineError as problem:
        failed(problem, "give from 1 to 50 numbers", "numbers")
    return Described(
        count=len(numbers), sum=shown(sum(numbers, Decimal(0)), None), average=shown(average, 6),
        median=shown(Decimal(median(numbers)), 6), least=shown(min(numbers), None), most=shown(max(numbers), None),
        standard_deviation=shown(stdev(numbers) if len(numbers) > 1 else Decimal(0), 6),
    )  # fmt: skip


@calculator.query(roles=STAFF)
def compound_interest(
    amount: Annotated[Decimal, Places(2), Range(0, 100_000_000)], percent: Annotated[Decimal, Places(4), Range(0, 100)],
    years: Annotated[int, Range(1, 40)], times_a_year: Annotated[int, Range(1, 365)] = 1,
) -> Growth:  # fmt: skip
    """What an amount grows to when interest is added to it, rounded to the hundredth at the very end.

    Args:
        percent: interest for a whole year
        times_a_year: how often interest is added: 1 yearly, 4 quarterly, 12 monthly
    """
    names = {"amount": amount, "percent": percent, "times": Decimal(times_a_year), "years": Decimal(years)}
    total = engine.evaluate("round(amount * (1 + percent / 100 / times) ** (times * years), 2)", names)
    return Growth(shown(total, 2), shown(total - amount, 2))


@calculator.query(roles=STAFF)
def list_saved_values(text: Word | None = None) -> list[SavedValue]:
    """The saved values: names for numbers, which expressions may use. Those that are fixed cannot be changed.

    Args:
        text: only those with this in their name or note
    """
    if text is None:
        return rows(SavedValue, order="name")
    found = [*rows(SavedValue, name=containing(text)), *rows(SavedValue, note=containing(text))]
    return sorted(dict.fromkeys(found), key=lambda saved: saved.name)


# Writing -------------------------------------------------------------------------------------------------


@calculator.tool(roles=STAFF, idempotent=True)
def set_exchange_rate(currency: Code, day: date, rate: Rate) -> ExchangeRate:
    """Enter the exchange rate of a day, or correct it.

    Args:
        currency: the currency's code, such as USD
        day: a Monday to Friday that has come; there are no rates for weekends
        rate: how much of it one unit of the home currency buys
    """
    code = currency.upper()
    if code == HOME:
        refuse(
            "conflict", f"{HOME} is the home currency; a rate says what one {HOME} buys of another.", field="currency"
        )
    there = first(ExchangeRate, currency=code, day=day)
    if there is None:
        return insert(ExchangeRate(currency=code, day=day, rate=rate))
    there.rate = rate
    return there


@calculator.tool(roles=STAFF, idempotent=True)
def save_value(name: Name, value: Amount, unit: Word | None = None, note: Text | None = None) -> SavedValue:
    """Save a number under a name, which expressions may then use; a value of that name is replaced.

    Args:
        name: small letters, digits and underscores, such as rent_total
        value: the number, with up to six decimal places
        unit: what it is counted in
        note: what it is; without, the note of a replaced value stays
    """
    return keep(name, value, unit, note)


@calculator.tool(roles=STAFF, destructive=True)
def forget_value(saved_value: SavedValue) -> None:
    """Remove a saved value."""
    if saved_value.fixed:
        refuse(
            "conflict",
            f"{saved_value.name} is fixed.",
            hint="values that are not can be removed",
            field="saved_value_id",
        )
    delete(saved_value)


# What hosts may call, and what the tools share -----------------------------------------------------------


def keep(
    name: str, value: Decimal, unit: str | None = None, note: str | None = None, fixed: bool = False
) -> SavedValue:
    """Save a number under a name; one that is fixed is there to be used and not to be changed."""
    saved = first(SavedValue, name=name)
    if saved is None:
        return insert(SavedValue(name=name, value=value, unit=unit, note=note, fixed=fixed))
    if saved.fixed:
        refuse("conflict", f"{name} is fixed.", hint="save the value under another name", field="name")
    saved.value, saved.unit, saved.note = value, unit or saved.unit, note or saved.note
    return saved


def worth(amount: Decimal, currency: str, into: str, on: date) -> Decimal:
    """An amount in another currency at the rates of a day, rounded to its smallest unit."""
    return Decimal(convert_money(amount, currency, into, on).amount)


def evaluated(expression: str) -> Decimal:
    """The value of an expression over the saved values. Raises EngineError."""
    return engine.evaluate(expression, {saved.name: saved.value for saved in rows(SavedValue)})


def failed(problem: EngineError, hint: str, field: str | None = None) -> NoReturn:
    """Refuse what cannot be worked out."""
    message = str(problem)
    end = "" if message.endswith("?") else "."
    refuse("invalid", f"{message[0].upper()}{message[1:]}{end}", hint=hint, field=field)


def shown(value: Decimal, places: int | None) -> str:
    """A number in plain digits, rounded to so many places."""
    if places is not None and -places > value.as_tuple().exponent:  # type: ignore[operator]
        value = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{value.normalize():f}"
    return "0" if text == "-0" else text


def rate_on(code: str, day: date) -> tuple[Decimal, date]:
    """What one unit of the home currency buys on a day, and the day of that rate."""
    if code == HOME:
        return Decimal(1), day
    found = first(ExchangeRate, order="-day", currency=code, day=at_most(day))
    if found is None:
        known = sorted({one.currency for one in rows(ExchangeRate, day=at_most(day))})
        refuse(
            "unavailable",
            f"There is no rate of {code} for {say_date(day)} or before.",
            hint=f"there are {', '.join([HOME, *known])}",
        )
    return found.rate, found.day


def closing_days(start: date, end: date) -> list[ClosingDay]:
    """The closing days from one day to another."""
    return [one for one in rows(ClosingDay, order="day", day=at_least(start)) if one.day <= end]


def weekdays_between(start: date, end: date) -> int:
    """How many Mondays to Fridays there are from one day to another, both counted."""
    weeks, over = divmod((end - start).days + 1, 7)
    return 5 * weeks + sum((start.weekday() + number) % 7 < 5 for number in range(over))


def walk(day: date, steps: int) -> tuple[date, list[ClosingDay]]:
    """So many working days on, or back, and the closing days that were passed over. Raises EngineError."""
    closed = {one.day: one for one in rows(ClosingDay)}
    passed = []
    step = timedelta(days=1 if steps > 0 else -1)
    left = abs(steps)
    for _ in range(7 * left + 400):
        if not left:
            break
        if not date.min < day < date.max:
            raise EngineError("there is no such day in the calendar")
        day += step
        if day.weekday() < 5 and day in closed:
            passed.append(closed[day])
        left -= day.weekday() < 5 and day not in closed
    return day, passed


def named(closing: ClosingDay) -> str:
    """A closing day in words."""
    return f"{say_date(closing.day)}: {closing.name}"


# Rules and words -----------------------------------------------------------------------------------------


@calculator.rule(
    ExchangeRate, "invalid", "{row.currency} is no currency of ISO 4217.", "codes have three letters, such as EUR"
)
def currencies_exist(rate: ExchangeRate) -> bool:
    try:
        return engine.currency(rate.currency).code == rate.currency
    except EngineError:
        return False


@calculator.rule(ExchangeRate, "invalid", "A rate is known once its day has come.", "enter it then")
def rates_are_known(rate: ExchangeRate) -> bool:
    return rate.day <= today()


@calculator.rule(
    ExchangeRate, "invalid", "There are no rates for Saturdays and Sundays.", "convert_money takes Friday's rate then"
)
def rates_are_of_weekdays(rate: ExchangeRate) -> bool:
    return rate.day.weekday() < 5


@calculator.rule(
    ExchangeRate, "conflict", "{row.rate} is out of line with the {row.currency} rate before.",
    "a rate says how much of the currency one unit of the home currency buys; it differs by less than a quarter from the last",
)  # fmt: skip
def rates_do_not_leap(rate: ExchangeRate) -> bool:
    before = first(ExchangeRate, order="-day", currency=rate.currency, day=below(rate.day))
    return before is None or before.rate * 3 / 4 < rate.rate < before.rate * 5 / 4


@calculator.says("calculate")
def say_result(result: dict[str, Any]) -> str:
    return f"It comes to {result['value']}."


@calculator.says("convert_units")
def say_converted(result: dict[str, Any]) -> str:
    return f"That is {result['value']} {result['unit']}."


@calculator.says("convert_money")
def say_exchanged(result: dict[str, Any]) -> str:
    return f"That is {result['written']}, at the rates of {say_date(date.fromisoformat(result['rates_of']))}."


@calculator.says("shift_date")
def say_day(result: dict[str, Any]) -> str:
    nobody = "" if result["working_day"] else ", when nobody works"
    return f"{result['weekday']} {say_date(date.fromisoformat(result['day']))}{nobody}."


@calculator.says("compare_dates")
def say_between(result: dict[str, Any]) -> str:
    days, working = result["days"], result["working_days"]
    return f"{days} day{'s' * (days != 1)} apart; {working} working day{'s' * (working != 1)}."


@calculator.says("describe_numbers")
def say_described(result: dict[str, Any]) -> str:
    if result["count"] == 1:
        return f"One number, {result['sum']}."
    return f"{result['count']} numbers from {result['least']} to {result['most']}, on average {result['average']}."


@calculator.says("compound_interest")
def say_growth(result: dict[str, Any]) -> str:
    return f"It grows to {result['total']}, {result['interest']} of it interest."


@calculator.says("search_exchange_rates")
def say_rates(found: dict[str, Any]) -> str:
    rates = found["results"]
    if not rates:
        return "There are no such rates."
    days, codes = sorted({one["day"] for one in rates}), sorted({one["currency"] for one in rates})
    number = "One rate" if len(rates) == 1 else f"{len(rates)} rates"
    span = [say_date(date.fromisoformat(day)) for day in (days[0], days[-1])]
    when = f"on {span[0]}" if len(days) == 1 else f"from {span[0]} to {span[1]}"
    return f"{number} of {', '.join(codes)}, {when}{'; there are more' if found['more'] else ''}."


@calculator.says("list_saved_values")
def say_saved(found: dict[str, Any]) -> str:
    names = [one["name"] for one in found["results"]]
    return f"{len(names)} saved value{'s' * (len(names) != 1)}{': ' if names else ''}{', '.join(names)}."


# Data ----------------------------------------------------------------------------------------------------


@calculator.data
def memory(draw: Draw) -> None:
    """Rates of the last weeks, this year's closing days, and the numbers an office needs again and again."""
    for year in (draw.today.year - 1, draw.today.year, draw.today.year + 1):
        days = (
            bank_holidays(year) if CLOSING is None else [(date(year, month, day), name) for month, day, name in CLOSING]
        )
        for day, name in days:
            if first(ClosingDay, day=day) is None:
                draw.new(ClosingDay, day=day, name=name)
    fixed = settled(draw) if FIXED is None else FIXED
    for name, value, unit, note in VALUES:
        if first(SavedValue, name=name) is None:
            keep(name, Decimal(value), unit or None, note or None, name in fixed)
    for code, usual in RATES:
        rate = Decimal(usual)
        for back in range(20 * draw.scale, 0, -1):
            day = draw.today - timedelta(days=back)
            rate *= 1 + Decimal(draw.integer(-90, 90)) / 10_000
            if day.weekday() < 5 and first(ExchangeRate, currency=code, day=day) is None:
                draw.new(ExchangeRate, currency=code, day=day, rate=Decimal(shown(rate, 4)))


def bank_holidays(year: int) -> list[tuple[date, str]]:
    """The bank holidays of England; one that falls on a weekend is kept on the next day that is free for it."""
    easter = engine.easter(year)
    found = [(easter - timedelta(days=2), "Good Friday"), (easter + timedelta(days=1), "Easter Monday")]
    for month, name in ((5, "Early May bank holiday"), (6, "Spring bank holiday"), (9, "Summer bank holiday")):
        first_day = date(year, month, 1)
        monday = first_day + timedelta(days=-first_day.weekday() % 7)  # the first of its month
        found.append((monday if month == 5 else monday - timedelta(days=7), name))
    for month, number, name in ((1, 1, "New Year's Day"), (12, 25, "Christmas Day"), (12, 26, "Boxing Day")):
        day = date(year, month, number)
        if day.weekday() > 4:
            day, name = day + timedelta(days=2 if month == 12 else 7 - day.weekday()), f"{name} (substitute day)"
        found.append((day, name))
    return sorted(found)


def settled(draw: Draw) -> list[str]:
    """The names of values that are set by law, and of two others."""
    by_law = [name for name, *_, note in VALUES if "set by law" in note]
    others = {name: Decimal(value) for name, value, *_ in VALUES if name not in by_law}
    two = draw.sample(list(others), 2)
    raised = [name for name, value in others.items() if value >= LEAST_RAISED]
    if raised and not any(name in raised for name in two):
        two = [*two[:-1], draw.choice(raised)]
    return [*by_law, *two]


# Tasks ---------------------------------------------------------------------------------------------------


NUMBERS = ("one", "two", "three", "four")


def saved(name: str) -> Decimal:
    """A saved value, as tasks draw it."""
    found = first(SavedValue, name=name)
    assert found is not None
    return found.value


def number(text: str) -> int | float:
    """A number that a result gives as text."""
    value = Decimal(text)
    return int(value) if value == int(value) else float(value)


def half_way(value: Decimal) -> bool:
    """Whether a value lies half way between two hundredths."""
    return value * 1000 % 10 == 5


def penny(value: Decimal) -> Decimal:
    """An amount to the hundredth, halves up."""
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


@calculator.intent(
    "A private car went {km} {unit} for us. Work out the claim: convert to miles, round them to one decimal place, multiply by {rate}, round to the hundredth. Save it as {name}.",
    "Please save under {name} what we owe for {km} {unit} in a private car: {rate} times the miles, the miles rounded to one place first and the sum to two.",
    "{km} {unit} were driven. Turn that into miles with one decimal, price them at {rate}, round to two decimals, and keep the result as {name}.",
    "New travel claim, to be saved as {name}: distance {km} {unit}. We pay {rate} per mile; miles are rounded to one place, the amount to two.",
    "How much is {km} {unit} at our {rate}? Store it as {name}. Use miles to one decimal place and round the money to the hundredth.",
    "Enter {name} in the memory. It is the {rate} claim for {km} {unit} (miles to 1 place before multiplying, claim to 2 places after).",
    "Somebody drove {km} {unit}. I want {name} saved with the amount due: miles, rounded to one decimal, at {rate} each, rounded to the hundredth.",
    "Calculate a mileage claim and remember it as {name}; {km} {unit}, to be counted in miles with one decimal place, each worth {rate}, total to two places.",
    kind="write",
)
def mileage_claim(draw: TaskDraw) -> Task:
    unit, rate = "km", "mileage_rate"
    some = draw.sample(range(38, 620), 12)
    exact = {km: Decimal(shown(engine.convert(Decimal(km), unit, "mile"), 1)) * saved(rate) for km in some}
    km = draw.choice([km for km in some if not half_way(exact[km])])
    name = draw.choice(("trip_leeds", "trip_north", "car_claim", "site_visit", "trip_fair", "delivery_run"))

    def solve(do: Do) -> None:
        known = do.list_saved_values(text=rate)[0]
        per = known.unit.rpartition(" ")[2]
        miles = do.convert_units(amount=km, unit=unit, into=per, places=1).value
        do.save_value(name=name, value=do.product(number(miles), known.value))

    return draw.task(solve, km=km, unit=unit, rate=rate, name=name)


@calculator.intent(
    "We paid {one} {code_one} on {day_one}, {two} {code_two} on {day_two}, {three} {code_three} on {day_three} and {four} {code_four} on {day_four}. What is that in {home}, each at its day's rate and rounded to the hundredth?",
    "Four payments abroad: {one} {code_one} ({day_one}), {two} {code_two} ({day_two}), {three} {code_three} ({day_three}), {four} {code_four} ({day_four}). Their sum in {home}, please, every one at the rate of its day and rounded to two places.",
    "Convert each of these to {home} at the rate of the day it was paid to the hundredth, and add them up: {one} {code_one} of {day_one}, {two} {code_two} of {day_two}, {three} {code_three} of {day_three}, {four} {code_four} of {day_four}.",
    "What did {one} {code_one}, {two} {code_two}, {three} {code_three} and {four} {code_four} cost us in {home} together, each rounded to two decimals first? The days were {day_one}, {day_two}, {day_three} and {day_four}, in that order.",
    "For the books I need one total in {home} of amounts that are each rounded to the hundredth. It is made of {one} {code_one}, paid on {day_one}; {two} {code_two}, paid on {day_two}; {three} {code_three}, paid on {day_three}; and {four} {code_four}, paid on {day_four}.",
    "Our card was charged {one} {code_one} on {day_one}; {two} {code_two} followed on {day_two}, {three} {code_three} on {day_three} and {four} {code_four} on {day_four}. Add these charges in {home} using the rates of the days, each of them rounded to two decimal places.",
    "In {home}, and each rounded to the hundredth: how much are {one} {code_one} at the rate of {day_one}, {two} {code_two} at that of {day_two}, {three} {code_three} at that of {day_three}, plus {four} {code_four} at that of {day_four}?",
    "Sum up in {home} what went out - {day_one}: {one} {code_one}, {day_two}: {two} {code_two}, {day_three}: {three} {code_three}, {day_four}: {four} {code_four} - with each day's own exchange rate and every sum rounded to two places.",
    kind="aggregate",
)
def foreign_payments(draw: TaskDraw) -> Task:
    paid = []
    for code in draw.sample(tuple(code for code, _ in RATES), 4):
        paid.append((draw.integer(40, 4000), code, draw.choice(rows(ExchangeRate, currency=code)).day))
    total = sum((worth(Decimal(amount), code, HOME, day) for amount, code, day in paid), Decimal(0))

    def solve(do: Do) -> float | int:
        sums = [do.convert_money(amount=amount, currency=code, into=HOME, on=day).amount for amount, code, day in paid]
        return do.sum([number(one) for one in sums])

    slots: dict[str, Any] = {}
    for place, (amount, code, day) in zip(NUMBERS, paid, strict=True):
        slots |= {place: amount, f"code_{place}": code, f"day_{place}": day}
    return draw.task(solve, answer=Answer.money(total), home=HOME, **slots)


@calculator.intent(
    "On which day from {start} to {end} was the rate of {code} highest?",
    "Between {start} and {end}, both included: when was {code} at its highest rate? [Name the day.|I need the day.]",
    "Look at our {code} rates from {start} up to {end} and find the day of the highest.",
    "{code}: which date in the span {start} to {end} had the greatest rate?",
    "I want to know the day on which {code} stood highest in our list, from {start} until {end}.",
    "When was the best moment to buy {code}, that is, when was its rate highest? Consider the days {start} through {end} only.",
    "Tell me the date of the top {code} rate; begin at {start} and stop at {end}.",
    "Among the rates of {code} dated {start} to {end}, what is the day of the maximum?",
    kind="question",
)
def best_day(draw: TaskDraw) -> Task:
    code = draw.choice([code for code, _ in RATES])
    known = rows(ExchangeRate, order="day", currency=code)
    begin = draw.integer(0, max(len(known) - 8, 0))
    some = known[begin : begin + draw.integer(6, 9)]
    top = max(one.rate for one in some)
    draw.need(sum(one.rate == top for one in some) == 1, "two days had the same rate")
    start, end = some[0].day, some[-1].day

    def solve(do: Do) -> str:
        found = do.search_exchange_rates(currency=code, day_from=start, day_to=end)
        return str(max(found, key=lambda one: Decimal(str(one.rate))).day)

    best = next(one.day for one in some if one.rate == top)
    return draw.task(solve, answer=Answer.day(best), code=code, start=start, end=end)


@calculator.intent(
    "Enter the rates of today: {code_one} {one}, {code_two} {two}, {code_three} {three} and {code_four} {four}.",
    "These came in for today - {one} for {code_one}, {two} for {code_two}, {three} for {code_three}, {four} for {code_four}. Please record them.",
    "Put down today's exchange rates. {code_one}: {one}. {code_two}: {two}. {code_three}: {three}. {code_four}: {four}.",
    "Our money buys {one} {code_one}, {two} {code_two}, {three} {code_three} or {four} {code_four} as of this morning; add that to the rates.",
    "The list lacks the rates of this very day: {code_one} at {one}, {code_two} at {two}, {code_three} at {three}, {code_four} at {four}. Fill them in.",
    "Could you key in four fresh rates with today's date? They are {code_one} {one}; {code_two} {two}; {code_three} {three}; {code_four} {four}.",
    "From the bank, valid today: {code_one} = {one}, {code_two} = {two}, {code_three} = {three}, {code_four} = {four}. Add all of them.",
    "Update our currencies for the current day. {one} is the rate of {code_one}, {two} that of {code_two}, {three} that of {code_three}, and {four} that of {code_four}.",
    kind="batch",
)
def todays_rates(draw: TaskDraw) -> Task:
    given = []
    draw.need(draw.today.weekday() < 5, "it is the weekend")
    for code in draw.sample(tuple(code for code, _ in RATES), 4):
        last = rows(ExchangeRate, order="-day", limit=1, currency=code)[0].rate
        given.append((code, shown(last * (1 + Decimal(draw.choice((-70, -40, -20, 30, 50, 80))) / 10_000), 4)))

    def solve(do: Do) -> None:
        for code, rate in given:
            do.set_exchange_rate(currency=code, day=draw.today, rate=float(rate))

    slots: dict[str, Any] = {}
    for place, (code, rate) in zip(NUMBERS, given, strict=True):
        slots |= {f"code_{place}": code, place: rate}
    return draw.task(solve, **slots)


@calculator.intent(
    "A bill of {start} is due {months} months later, or {working} working days later if that is the later day. Which day is it?",
    "Which comes later after {start}: {months} months, or {working} working days? Give me that day.",
    "Our terms say {months} months or {working} working days from the date of the bill, whichever ends later. The bill is dated {start}. By when must it be paid?",
    "Take {start}. Add {months} months to it; separately add {working} working days. I need the later of the two days.",
    "Please find the last day of grace: it runs {working} working days from {start}, but never less than {months} months.",
    "The notice was served on {start}. It ends after {months} months and not before {working} working days have passed. On which date does it end?",
    "Counting from {start}, does the period of {months} months or that of {working} working days finish later, and on what day?",
    "Due date wanted: the later one of {start} plus {months} months and {start} plus {working} working days.",
    kind="conditional",
)
def later_deadline(draw: TaskDraw) -> Task:
    start, months = draw.day(-40, 20), draw.integer(2, 4)
    by_months = engine.shift(start, 0, months, 0, 0)
    working = draw.choice(
        [days for days in range(21 * months - 4, 21 * months + 5) if walk(start, days)[0] != by_months]
    )
    by_days = walk(start, working)[0]

    def solve(do: Do) -> str:
        ends = [do.shift_date(start=start, months=months).day, do.shift_date(start=start, working_days=working).day]
        return str(max(ends))

    return draw.task(solve, answer=Answer.day(max(by_months, by_days)), start=start, months=months, working=working)


@calculator.intent(
    "Raise the saved value {name} by {percent} percent, rounded to two decimal places.",
    "{name} goes up {percent} %. Save the new figure under the same name, to the hundredth.",
    "Please put {name} up by {percent} percent in the memory; two decimals are enough.",
    "From now on {name} is higher: what it was plus {percent} percent, rounded to the hundredth, replaces the old value.",
    "The figure saved as {name} has to rise by {percent} percent (round to 2 places).",
    "Increase {name} - {percent} percent on top of what it is, and only two decimal places, kept under that name.",
    "Could you change {name} to what it is now and another {percent} percent? Round it to two places.",
    "Overwrite {name} with its value after a rise of {percent} percent, rounded to two decimals.",
    kind="write",
)
def raise_a_value(draw: TaskDraw) -> Task:
    return raising(draw, False)


@calculator.impossible(raise_a_value)
def raise_a_fixed_value(draw: TaskDraw) -> Task:
    return raising(draw, True)


def raising(draw: TaskDraw, fixed: bool) -> Task:
    """A saved value that goes up, unless it is fixed."""
    some = [
        one for one in rows(SavedValue, fixed=fixed) if one.value >= LEAST_RAISED and "by law" not in (one.note or "")
    ]
    one = draw.choice(some)
    name = one.name
    percent = draw.choice([each for each in (4, 6, 8, 12, 15, 20, 30) if not half_way(one.value * each / 100)])

    def solve(do: Do) -> None:
        known = next(each for each in do.list_saved_values(text=name) if each.name == name)
        more = do.percent(percent, known.value)
        do.attempt("save_value", name=name, value=do.sum([known.value, more]))

    return draw.task(solve, impossible=fixed, name=name, percent=percent)


@calculator.intent(
    "Our takings were {numbers}. Save their median as {median}, their average, rounded to two places, as {average} and the greatest as {most}.",
    "Work out median and average of {numbers}; the first is to be saved as {median}, the second (two decimals) as {average}. Also keep the highest of them, as {most}.",
    "From the figures {numbers} I want three things kept: {median}, which is the median, {average}, the average to the hundredth, and {most}, the maximum.",
    "Please remember under {average} the average of {numbers} with two decimal places, under {median} the median of the same, under {most} the largest.",
    "Here is the week: {numbers}. The memory should hold its median ({median}), its average to 2 places ({average}) and its best day ({most}).",
    "{median} shall be the median, {most} the largest and {average} the average, rounded to the hundredth, of these takings: {numbers}.",
    "Add saved values for {numbers} - median under the name {median}, average with two decimals under {average}, top figure under {most}.",
    "Take {numbers}. What lies in the middle goes to {median}; what they are on average, rounded to two decimals, goes to {average}; the peak goes to {most}.",
    kind="aggregate",
)
def keep_the_averages(draw: TaskDraw) -> Task:
    numbers = [draw.integer(180, 1900) for _ in range(draw.choice((5, 7)))]
    period = draw.choice(("week", "takings", "till", "stall"))
    median_name, average_name, most_name = f"{period}_median", f"{period}_average", f"{period}_best"
    draw.need(len(set(numbers)) == len(numbers), "a number occurs twice")

    def solve(do: Do) -> None:
        found = do.describe_numbers(numbers=numbers)
        do.save_value(name=median_name, value=number(found.median))
        do.save_value(name=average_name, value=do.product(number(found.average), 1))
        do.save_value(name=most_name, value=number(found.most))

    return draw.task(solve, numbers=numbers, median=median_name, average=average_name, most=most_name)


@calculator.intent(
    "We put {amount} {home} away for {years} years. How much more does {high} percent a year, added yearly, bring than {low} percent added {times} times a year?",
    "Compare two offers for {amount} {home} over {years} years: {high} percent, interest added once a year, against {low} percent, added {times} times a year. By what amount is the first better?",
    "The bank pays {high} percent once a year; the building society {low} percent in {times} parts a year. For {amount} {home} and {years} years, what is the bank's advantage?",
    "What difference does it make after {years} years whether {amount} {home} earn {high} percent (yearly) or {low} percent ({times} times a year)?",
    "Suppose {amount} {home} stay untouched for {years} years. Subtract what {low} percent gives with {times} additions of interest a year from what {high} percent gives with one.",
    "Savings of {amount} {home}, {years} years. Offer A is {high} percent with interest yearly, offer B {low} percent with interest {times} times yearly. How far is A ahead in the end?",
    "I must decide between {low} percent, compounded {times} times a year, and {high} percent, compounded annually, for {amount} {home}. How many {home} more are there with the latter after {years} years?",
    "After {years} years, {amount} {home} at {high} percent a year are worth more than at {low} percent in {times} instalments of interest a year; how much more?",
    kind="question",
)
def better_offer(draw: TaskDraw) -> Task:
    years, times = draw.integer(3, 15), draw.choice((2, 4, 12))
    low = draw.choice((3, 4, 5))
    high = low + draw.choice((1, 2))
    yearly = (1 + Decimal(high) / 100) ** years
    often = (1 + Decimal(low) / 100 / times) ** (times * years)
    some = [500 * number for number in range(4, 60)]
    amount = draw.choice(
        [one for one in some if penny(one * yearly) - penny(one * often) == penny(one * (yearly - often))]
    )

    def solve(do: Do) -> float | int:
        best = do.compound_interest(amount=amount, percent=high, years=years).total
        other = do.compound_interest(amount=amount, percent=low, years=years, times_a_year=times).total
        return do.difference(number(best), number(other))

    return draw.task(
        solve, answer=Answer.money(penny(amount * (yearly - often))), amount=amount, years=years, times=times, high=high, low=low, home=HOME
    )  # fmt: skip


@calculator.intent(
    "A job lasts from {start} to {end}, both days included, with {hours} hours on every working day. What do we charge for it at {rate}, in {code} at today's exchange rate?",
    "At {rate}, what does {hours} hours a working day come to from {start} until {end}, first and last day counted? The customer pays in {code}, so convert it as of today.",
    "Please price a job in {code}: it begins on {start}, ends on {end}, takes {hours} hours each working day, and is charged at {rate}. Today's rate applies.",
    "Somebody will work {hours} hours every working day between {start} and {end} inclusive. Multiply by {rate} and tell me the amount in {code}, exchanged today.",
    "We need a quote in {code} at the rate of today. First day {start}, last day {end}, {hours} hours per working day, saved value {rate}. How much?",
    "Work out the working days from {start} to {end} with both ends, times {hours} hours, times {rate}; then turn the sum into {code} at today's rate.",
    "How much money in {code}, as of now, is {hours} hours on each working day, {start} through {end}, if an hour costs {rate}?",
    "The team is hired at {rate} for {hours} hours a day on all working days starting {start} and finishing {end}. Give me the bill in {code} by today's exchange.",
    kind="question",
)
def price_a_job(draw: TaskDraw) -> Task:
    start = draw.day(-20, 40)
    end, hours = start + timedelta(days=draw.integer(9, 50)), draw.integer(3, 8)
    rate, code = draw.choice(("hourly_rate", "hourly_rate_trainee")), draw.choice([code for code, _ in RATES])
    days = weekdays_between(start, end) - sum(one.day.weekday() < 5 for one in closing_days(start, end))

    def solve(do: Do) -> str:
        known = next(one.value for one in do.list_saved_values(text=rate) if one.name == rate)
        working = do.compare_dates(start=start, end=end).working_days
        price = do.product(do.product(working, hours), known)
        return str(do.convert_money(amount=price, currency=HOME, into=code).amount)

    price = worth(days * hours * saved(rate), HOME, code, draw.today)
    return draw.task(solve, answer=Answer.money(price), start=start, end=end, hours=hours, rate=rate, code=code)


@calculator.intent(
    "Four parcels weigh {pounds} {lb}, {kilos} {kg}, {ounces} {oz} and {stones} {stone}. Save their weight in {kg}, rounded to two places, as {name}.",
    "Please save as {name} how many {kg} {pounds} {lb}, {kilos} {kg}, {ounces} {oz} and {stones} {stone} are together, to two decimals.",
    "One box of {pounds} {lb}, one of {kilos} {kg}, one of {ounces} {oz}, one of {stones} {stone}: store the sum in {kg} under {name} with two decimal places.",
    "Add up {pounds} {lb} + {kilos} {kg} + {ounces} {oz} + {stones} {stone}, in {kg}, round to the hundredth only at the end, and keep it as {name}.",
    "The carrier wants one weight in {kg} for {pounds} {lb}, {kilos} {kg}, {ounces} {oz} and {stones} {stone}. Note it as {name}, two places.",
    "{name} is to hold the total weight in {kg}, to two places, of {stones} {stone}, {kilos} {kg}, {pounds} {lb} and {ounces} {oz}.",
    "How heavy is a pallet with {ounces} {oz}, {pounds} {lb}, {stones} {stone} and {kilos} {kg} on it? In {kg}, with two decimals, saved under {name}.",
    "Convert {pounds} {lb}, {stones} {stone} and {ounces} {oz} to {kg}, add {kilos} {kg}, round the sum to 2 places, and put it into the memory as {name}.",
    kind="write",
)
def weigh_parcels(draw: TaskDraw) -> Task:
    lb, kg, oz, stone = "lb", "kg", "oz", "stone"
    pounds, kilos, ounces, stones = draw.integer(3, 40), draw.integer(2, 30), draw.integer(12, 90), draw.integer(2, 9)
    name = draw.choice(("parcels_kg", "pallet_kg", "shipment_kg", "load_kg"))
    others = ((pounds, lb), (ounces, oz), (stones, stone))
    exact = kilos + sum((engine.convert(Decimal(amount), unit, kg) for amount, unit in others), Decimal(0))
    draw.need(abs(exact * 1000 % 10 - 5) > Decimal("0.1"), "it lies too near to a half")

    def solve(do: Do) -> None:
        converted = [do.convert_units(amount=amount, unit=unit, into=kg).value for amount, unit in others]
        whole = do.sum([kilos, *(number(one) for one in converted)])
        do.save_value(name=name, value=do.product(whole, 1))

    slots: dict[str, Any] = {"pounds": pounds, "kilos": kilos, "ounces": ounces, "stones": stones}
    return draw.task(solve, lb=lb, kg=kg, oz=oz, stone=stone, name=name, **slots)


@calculator.intent(
    "What does {formula} come to? The names in it are saved values.",
    "Put the saved values into {formula} and tell me the result.",
    "I need the value of {formula}, with the figures that our memory has for the names.",
    "Calculate {formula} for me; take the names from the memory.",
    "Please evaluate {formula}. What the names stand for has been saved.",
    "With our saved figures, how much is {formula}?",
    "Here is a formula from the price list: {formula}. Which number is that at present?",
    "Give me the number that {formula} makes, going by the values in the memory.",
    kind="question",
)
def work_out_a_formula(draw: TaskDraw) -> Task:
    one, two = draw.integer(12, 380), draw.integer(2, 19)
    formula = draw.choice((
        f"{two} * hourly_rate + {one} * print_page", f"round(({one} * print_page + postage) * (1 + vat), 2)",
        f"{two} * rent - {one}", f"hourly_rate_weekend * {two} - hourly_rate * {two}", f"round({one} * postage * (1 - trade_discount), 2)",
        f"round({one} * mileage_rate + postage, 1)", f"({one} + {two} * hourly_rate) / 2",
    ))  # fmt: skip

    def solve(do: Do) -> float | int:
        return number(do.calculate(expression=formula))

    return draw.task(solve, answer=Answer.number(evaluated(formula)), formula=formula)
