"""The value types of columns and tool parameters.

Each type states one value's whole life: how JSON from an agent is read (`parse`), how it is stored, how a
tool's body sees it (`load`, `dump`), how it is shown (`show`) and how a schema describes it. Storage is
chosen so that most values are shown exactly as stored:

========  ================  ======================  ==================
type      in a tool's body  stored                  shown as JSON
========  ================  ======================  ==================
text      str               TEXT                    string
integer   int               INTEGER                 integer
decimal   Decimal           INTEGER, scaled         number
boolean   bool              INTEGER 0 or 1          boolean
date      date              TEXT YYYY-MM-DD         string
datetime  datetime          TEXT YYYY-MM-DDTHH:MM:SS  string
time      time              TEXT HH:MM              string
duration  timedelta         INTEGER, minutes        integer
choice    str or int        TEXT or INTEGER         string or integer
========  ================  ======================  ==================
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from math import ceil, floor
from typing import Annotated, Any, ClassVar

from agentworlds.errors import nearest

Stored = str | int | None
"""What SQLite holds: text or a whole number, or nothing. There are no floats in a world."""

MAX_INTEGER = 2**53 - 1  # the largest that every JSON reader keeps exact


class Mismatch(ValueError):
    """A value is not of its type; the message says what was expected."""


def brief(value: object) -> str:
    """A value as a message quotes it: at most 60 characters, whatever an agent sent."""
    try:
        shown = repr(value)
    except ValueError:  # Python prints no whole number of more than some thousand digits
        return "a whole number of very many digits"
    except RecursionError:
        return f"a deeply nested {type(value).__name__}"
    return shown if len(shown) <= 60 else shown[:57] + "..."


QUOTES = "'\""


@dataclass(frozen=True)
class ValueType:
    """Base of all value types."""

    python: ClassVar[type]
    json: ClassVar[str]
    affinity: ClassVar[str] = "TEXT"
    convert: ClassVar[bool] = False
    """Whether stored and shown values differ."""
    plain: ClassVar[bool] = False
    """Whether a tool's body sees the stored value itself."""

    @property
    def expected(self) -> str:
        """What a right value looks like, to follow the word *expected*."""
        raise NotImplementedError

    def parse(self, value: object) -> Stored:
        """The stored form of an agent's JSON value. Raises Mismatch."""
        raise NotImplementedError

    def load(self, stored: Any) -> Any:
        """The tool body's value for a stored one."""
        return stored

    @property
    def loader(self) -> Callable[[Any], Any]:
        """`load` by the shortest way."""
        return self.load

    def dump(self, value: Any) -> Stored:
        """The stored form of a tool body's value. Raises Mismatch."""
        return self.parse(value)

    def show(self, stored: Any) -> Any:
        """The JSON value for a stored one."""
        return stored

    def schema(self) -> dict[str, Any]:
        """JSON Schema of the shown (and accepted) value."""
        return {"type": self.json}

    def say(self, stored: Any, currency: str = "") -> str:
        """The stored value as a person writes it in a sentence."""
        return str(self.show(stored))

    def _fail(self, value: object, options: tuple[object, ...] = ()) -> Mismatch:
        shown = brief(value)
        return Mismatch(f"expected {self.expected}, got {shown}{nearest(shown.strip(QUOTES), map(str, options))}")


@dataclass(frozen=True)
class TextType(ValueType):
    """Text of `least` to `most` characters; `kind` says what data is drawn for it."""

    kind: str = "words"
    most: int = 200
    least: int = 0
    pattern: str | None = None
    python: ClassVar[type] = str
    json: ClassVar[str] = "string"
    plain: ClassVar[bool] = True

    @property
    def expected(self) -> str:
        """See ValueType."""
        if self.pattern:
            return f"text such as {EXAMPLES.get(self.kind, self.pattern)!r}"
        least = f"{self.least} to " if self.least else "at most "
        return f"text of {least}{self.most} characters"

    def parse(self, value: object) -> Stored:
        """See ValueType. NUL and lone surrogates are not text."""
        if not isinstance(value, str):
            raise self._fail(value)
        value = str(value)
        if not self.least <= len(value) <= self.most or "\x00" in value:
            raise self._fail(value)
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise self._fail(value) from None
        if self.least and not value.strip():
            raise self._fail(value)
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise self._fail(value)
        return value

    def schema(self) -> dict[str, Any]:
        """See ValueType."""
        result: dict[str, Any] = {"type": "string", "maxLength": self.most}
        if self.least:
            result["minLength"] = self.least
        if self.pattern:
            result["pattern"] = f"^(?:{self.pattern})$"
        return result


@dataclass(frozen=True)
class Integer(ValueType):
    """A whole number from `low` to `high`."""

    low: int = -MAX_INTEGER
    high: int = MAX_INTEGER
    python: ClassVar[type] = int
    json: ClassVar[str] = "integer"
    plain: ClassVar[bool] = True
    affinity: ClassVar[str] = "INTEGER"

    @property
    def expected(self) -> str:
        """See ValueType."""
        if self.low > -MAX_INTEGER and self.high < MAX_INTEGER:
            return f"a whole number from {self.low} to {self.high}"
        if self.low > -MAX_INTEGER:
            return f"a whole number of at least {self.low}"
        return "a whole number" if self.high == MAX_INTEGER else f"a whole number of at most {self.high}"

    def parse(self, value: object) -> Stored:
        """See ValueType. A whole float (``2.0``) is the integer it equals, as in JSON Schema."""
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int or not self.low <= value <= self.high:
            raise self._fail(value)
        return value

    def schema(self) -> dict[str, Any]:
        """See ValueType."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class Fixed(ValueType):
    """A decimal number with `places` digits after the point, from `low` to `high`, stored scaled."""

    places: int = 2
    low: Decimal = Decimal(-1_000_000_000)
    high: Decimal = Decimal(1_000_000_000)
    python: ClassVar[type] = Decimal
    json: ClassVar[str] = "number"
    affinity: ClassVar[str] = "INTEGER"
    convert: ClassVar[bool] = True

    @property
    def expected(self) -> str:
        """See ValueType."""
        digits = f"with at most {self.places} decimal place{'s' * (self.places != 1)}"
        return f"a number from {self.low} to {self.high} {digits}"

    def parse(self, value: object) -> Stored:
        """See ValueType."""
        unit, low, high = self._scaled
        if type(value) is int:
            scaled = value * unit
        elif type(value) is float and -MAX_INTEGER < value * unit < MAX_INTEGER:
            scaled = round(value * unit)
            if scaled / unit != value:
                raise self._fail(value)
        elif type(value) is Decimal and value.is_finite():
            exact = value * self._power[0]
            scaled = int(exact)
            if scaled != exact:
                raise self._fail(value)
        else:
            raise self._fail(value)
        if not low <= scaled <= high:
            raise self._fail(value)
        return scaled

    @cached_property
    def _scaled(self) -> tuple[int, int, int]:
        return 10**self.places, ceil(self.low.scaleb(self.places)), floor(self.high.scaleb(self.places))

    @cached_property
    def _power(self) -> tuple[Decimal, Decimal]:
        """Ten to the places, and to minus the places: products with them are exact, and quicker than `scaleb`."""
        return Decimal((0, (1,), self.places)), Decimal((0, (1,), -self.places))

    @property
    def bounds(self) -> tuple[int, int]:
        """The least and the greatest stored value."""
        return self._scaled[1:]

    def load(self, stored: Any) -> Decimal:
        """See ValueType."""
        return stored * self._power[1]  # type: ignore[no-any-return]

    def show(self, stored: Any) -> Any:
        """See ValueType. The shortest float that prints the exact decimal."""
        return stored / self._scaled[0]

    def schema(self) -> dict[str, Any]:
        """See ValueType. No ``multipleOf``: validators disagree about it on floats."""
        return {
            "type": "number",
            "minimum": float(self.low),
            "maximum": float(self.high),
            "description": f"at most {self.places} decimal place{'s' * (self.places != 1)}",
        }

    def say(self, stored: Any, currency: str = "") -> str:
        """See ValueType."""
        return f"{self.load(stored).normalize():f}"


@dataclass(frozen=True)
class Cash(Fixed):
    """An amount of money in the world's currency, to the hundredth."""

    def schema(self) -> dict[str, Any]:
        """See ValueType."""
        return {**super().schema(), "description": "an amount of money, such as 12.50"}

    def say(self, stored: Any, currency: str = "") -> str:
        """See ValueType."""
        sign = "-" if stored < 0 else ""
        symbol = SYMBOLS.get(currency, f"{currency} " if currency else "")
        return f"{sign}{symbol}{abs(stored) // 100:,}.{abs(stored) % 100:02d}"


@dataclass(frozen=True)
class Boolean(ValueType):
    """True or false."""

    python: ClassVar[type] = bool
    json: ClassVar[str] = "boolean"
    affinity: ClassVar[str] = "INTEGER"
    convert: ClassVar[bool] = True

    @property
    def expected(self) -> str:
        """See ValueType."""
        return "true or false"

    def parse(self, value: object) -> Stored:
        """See ValueType."""
        if value is True:
            return 1
        if value is False:
            return 0
        raise self._fail(value)

    def load(self, stored: Any) -> bool:
        """See ValueType."""
        return bool(stored == 1)

    show = load

    def say(self, stored: Any, currency: str = "") -> str:
        """See ValueType."""
        return "yes" if stored else "no"


@dataclass(frozen=True)
class _Calendar(ValueType):
    """What dates, date-times and times share: ISO 8601 without a zone, since a world has one local time."""

    json: ClassVar[str] = "string"
    convert: ClassVar[bool] = False
    form: ClassVar[re.Pattern[str]]

    def read(self, text: str) -> Any:
        """The Python value of ISO text. Raises ValueError."""
        raise NotImplementedError

    def parse(self, value: object) -> Stored:
        """See ValueType."""
        if isinstance(value, self.python) and type(value) is self.python:
            return self.dump(value)
        if not isinstance(value, str) or not self.form.fullmatch(value):
            raise self._fail(value)
        try:
            return self.dump(self.read(value.replace(" ", "T")))
        except ValueError:
            raise self._fail(value) from None

    def load(self, stored: Any) -> Any:
        """See ValueType."""
        return self.read(stored)

    @property
    def loader(self) -> Callable[[Any], Any]:
        """See ValueType."""
        return self.python.fromisoformat  # type: ignore[attr-defined, no-any-return]


@dataclass(frozen=True)
class Date(_Calendar):
    """A calendar day."""

    python: ClassVar[type] = date
    form: ClassVar[re.Pattern[str]] = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

    @property
    def expected(self) -> str:
        """See ValueType."""
        return "a date such as 2026-03-02"

    def read(self, text: str) -> date:
        """See _Calendar."""
        return date.fromisoformat(text)

    def dump(self, value: Any) -> Stored:
        """See ValueType."""
        if type(value) is not date:
            raise self._fail(value)
        return value.isoformat()

    def schema(self) -> dict[str, Any]:
        """See ValueType."""
        return {"type": "string", "format": "date"}

    def say(self, stored: Any, currency: str = "") -> str:
        """See ValueType."""
        return say_date(date.fromisoformat(stored))


@dataclass(frozen=True)
class Moment(_Calendar):
    """A day and a time of day, to the second."""

    python: ClassVar[type] = datetime
    form: ClassVar[re.Pattern[str]] = re.compile(r"\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):\d\d(:\d\d)?", re.ASCII)

    @property
    def expected(self) -> str:
        """See ValueType."""
        return "a date and time such as 2026-03-02T09:30:00"

    def read(self, text: str) -> datetime:
        """See _Calendar."""
        return datetime.fromisoformat(text)

    def dump(self, value: Any) -> Stored:
        """See ValueType."""
        if type(value) is not datetime or value.tzinfo is not None:
            raise self._fail(value)
        return value.isoformat("T", "seconds")

    def schema(self) -> dict[str, Any]:
        """See ValueType."""
        return {"type": "string", "description": "local date and time, such as 2026-03-02T09:30:00"}

    def say(self, stored: Any, currency: str = "") -> str:
        """See ValueType."""
        moment = datetime.fromisoformat(stored)
        return f"{say_date(moment.date())} at {moment:%H:%M}"


@dataclass(frozen=True)
class Clock(_Calendar):
    """A time of day, to the minute."""

    python: ClassVar[type] = time
    form: ClassVar[re.Pattern[str]] = re.compile(r"([01]\d|2[0-3]):\d\d", re.ASCII)

    @property
    def expected(self) -> str:
        """See ValueType."""
        return "a time such as 09:30"

    def read(self, text: str) -> time:
        """See _Calendar."""
        return time.fromisoformat(text)

    def dump(self, value: Any) -> Stored:
        """See ValueType."""
        if type(value) is not time or value.tzinfo is not None:
            raise self._fail(value)
        return value.strftime("%H:%M")

    def schema(self) -> dict[str, Any]:
        """See ValueType."""
        return {"type": "string", "description": "a time of day, such as 09:30"}


@dataclass(frozen=True)
class Minutes(ValueType):
    """A length of time, in whole minutes."""

    low: int = 0
    high: int = 60 * 24 * 366
    python: ClassVar[type] = timedelta
    json: ClassVar[str] = "integer"
    affinity: ClassVar[str] = "INTEGER"

    @property
    def expected(self) -> str:
        """See ValueType."""
        return f"a number of minutes from {self.low} to {self.high}"

    def parse(self, value: object) -> Stored:
        """See ValueType."""
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int or not self.low <= value <= self.high:
            raise self._fail(value)
        return value

    def dump(self, value: Any) -> Stored:
        """See ValueType."""
        if not isinstance(value, timedelta) or value % timedelta(minutes=1):
            raise self._fail(value)
        return self.parse(value // timedelta(minutes=1))

    def load(self, stored: Any) -> timedelta:
        """See ValueType."""
        return timedelta(minutes=stored)

    def schema(self) -> dict[str, Any]:
        """See ValueType."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high, "description": "minutes"}

    def say(self, stored: Any, currency: str = "") -> str:
        """See ValueType."""
        hours, minutes = divmod(stored, 60)
        parts = [f"{hours} hour{'s' * (hours != 1)}"] * bool(hours)
        parts += [f"{minutes} minute{'s' * (minutes != 1)}"] * bool(minutes or not hours)
        return " ".join(parts)


@dataclass(frozen=True)
class Choice(ValueType):
    """One of a fixed set of words or whole numbers."""

    options: tuple[str | int, ...] = ()
    python: ClassVar[type] = object
    plain: ClassVar[bool] = True

    @property
    def affinity(self) -> str:  # type: ignore[override]
        """See ValueType."""
        return "TEXT" if isinstance(self.options[0], str) else "INTEGER"

    @property
    def expected(self) -> str:
        """See ValueType."""
        return "one of " + ", ".join(map(str, self.options))

    def parse(self, value: object) -> Stored:
        """See ValueType."""
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is bool or value.__hash__ is None or value not in self.options:
            raise self._fail(value, self.options)
        return value

    def schema(self) -> dict[str, Any]:
        """See ValueType."""
        json = "string" if isinstance(self.options[0], str) else "integer"
        return {"type": json, "enum": list(self.options)}

    def say(self, stored: Any, currency: str = "") -> str:
        """See ValueType."""
        return str(stored).replace("_", " ")


SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "CAD": "CA$", "AUD": "A$", "CHF": "CHF "}
EXAMPLES = {
    "email": "ada@example.com", "phone": "020 7946 0958", "code": "AB12", "cell": "B7", "area": "B2:D20",
    "currency": "EUR", "identifier": "hourly_rate",
}  # fmt: skip


def say_date(day: date) -> str:
    """A date as people write it: ``3 March 2026``. Not strftime, whose month names follow the locale."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Range:
    """Bounds for a number in an annotation: ``Annotated[int, Range(1, 99)]``; both ends are included."""

    low: float
    high: float


@dataclass(frozen=True)
class Places:
    """Decimal places in an annotation: ``Annotated[Decimal, Places(1), Range(0, 90)]``."""

    count: int


# The words a script uses. Each is an ordinary Python type to mypy and an editor.
PersonName = Annotated[str, TextType("person_name", 80, 1)]
FirstName = Annotated[str, TextType("first_name", 60, 1)]
CompanyName = Annotated[str, TextType("company", 100, 1)]
Email = Annotated[str, TextType("email", 120, 3, r"[^@\s]+@[^@\s]+\.[^@\s]+")]
Phone = Annotated[str, TextType("phone", 30, 5, r"\+?[0-9][0-9 ()-]{4,28}")]
Street = Annotated[str, TextType("street", 120, 1)]
City = Annotated[str, TextType("city", 80, 1)]
Postcode = Annotated[str, TextType("postcode", 12, 2)]
Address = Annotated[str, TextType("address", 200, 1)]
Country = Annotated[str, TextType("country", 60, 1)]
Title = Annotated[str, TextType("title", 120, 1)]
Word = Annotated[str, TextType("word", 40, 1)]
Text = Annotated[str, TextType("sentence", 300, 1)]
Paragraph = Annotated[str, TextType("paragraph", 2000)]
Document = Annotated[str, TextType("document", 20_000)]
Url = Annotated[str, TextType("url", 200, 1)]
Colour = Annotated[str, TextType("colour", 30, 1)]
Reference = Annotated[str, TextType("code", 20, 1)]
Money = Annotated[Decimal, Cash()]
Duration = Annotated[timedelta, Minutes()]
