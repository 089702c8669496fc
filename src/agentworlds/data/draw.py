"""`Draw`: what a data function and an intent draw from. Seeded by names, so a new draw moves no other."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from agentworlds.data.values import Values
from agentworlds.errors import Fault
from agentworlds.rng import Stream
from agentworlds.spec.columns import MISSING, Column, Ref
from agentworlds.spec.rows import Row, current, insert, rows
from agentworlds.spec.tables import Table
from agentworlds.types import Boolean, Choice, Clock, Date, Fixed, Integer, Minutes, Moment, TextType

if TYPE_CHECKING:
    from agentworlds.spec.world import World

R = TypeVar("R", bound=Row)
TRIES = 60


class Rejected(Exception):
    """This draw does not do; another is tried."""


class Draw(Stream):
    """A stream that also knows the world: it makes rows, names, dates and amounts.

    Attributes:
        scale: How large the world is; 1 for a few hundred rows.
        now: The world's time at the start of every episode.
    """

    def __init__(self, world: World, *path: str | int, scale: int = 1) -> None:
        super().__init__(world.id, *path)
        self.world = world
        self.scale = scale
        self.now: datetime = world.now
        self.today: date = world.now.date()
        self.values = Values(world.locale, self)
        self._taken: dict[tuple[str, str], set[Any]] = {}

    def many(self, number: int) -> range:
        """A range of `number` times the scale, for loops that fill a table."""
        return range(number * self.scale)

    def need(self, condition: object, reason: str) -> None:
        """Reject this draw unless the condition holds.

        In a data function all data of the seed are drawn anew; in an intent the task is, and the reasons are counted.
        """
        if not condition:
            raise Rejected(reason)

    def new(self, cls: type[R], **given: Any) -> R:
        """Insert a row, drawing every column that was not given from its type."""
        table = cls.__table__
        values = dict(given)
        for column in table.columns:
            if column.name in values:
                continue
            default = column.default()
            if default is not MISSING and not (column.optional and default is None):
                values[column.name] = default
            else:
                values[column.name] = self._column(table, column, values)
        row = insert(cls(**values))
        for column in table.columns:
            if column.field.unique and isinstance(column.kind, TextType):
                self._taken.setdefault((table.name, column.name), set()).add(values[column.name])
        return row

    def pick(self, cls: type[R], /, skew: bool = False, **filters: Any) -> R:
        """A random row of a table; with `skew` the early ones more often, as customers are in life."""
        last = current().last_id(cls)
        if not filters and last:
            id = 1 + (min(self.below(last), self.below(last)) if skew else self.below(last))
            there = rows(cls, id=id)
            if there:
                return there[0]
        found = rows(cls, **filters)
        if not found:
            raise Fault(f"there is no {cls.__name__} to pick" + (f" with {filters}" if filters else ""))
        return self.skewed(found) if skew else self.choice(found)

    def money(self, low: float, high: float, step: str = "0.01") -> Decimal:
        """An amount from `low` to `high` in whole steps."""
        unit = Decimal(step)
        return unit * self.integer(int(Decimal(str(low)) / unit), int(Decimal(str(high)) / unit))

    def day(self, first: int, last: int) -> date:
        """A day, counted from the world's today: ``day(-30, -1)`` lies in the last month."""
        return self.today + timedelta(days=self.integer(first, last))

    def moment(self, first: int, last: int, hours: tuple[int, int] = (8, 18), minutes: int = 15) -> datetime:
        """A time on a day counted from today, within working hours, on a multiple of `minutes`."""
        start = datetime.combine(self.day(first, last), datetime.min.time())
        slots = (hours[1] - hours[0]) * 60 // minutes
        return start + timedelta(hours=hours[0], minutes=minutes * self.below(slots))

    def text(self, kind: str) -> str:
        """A value of a text kind: person_name, first_name, company, email, phone, street, city, postcode."""
        return self.values.text(kind)

    def email_for(self, name: str) -> str:
        """An e-mail address that fits a person's or a company's name."""
        return self.values.email_for(name)

    # One column -----------------------------------------------------------------------------------------

    def _column(self, table: Table, column: Column, values: dict[str, Any]) -> Any:
        if column.optional and self.chance(40):
            return None
        if column.optional and isinstance(column.kind, Ref) and column.kind.target is table.cls:
            return None
        if isinstance(column.kind, Ref):
            if column.optional and not current().last_id(column.kind.target):
                return None
            return self.pick(column.kind.target, skew=True)
        if not column.field.unique:
            return self._value(table, column, values)
        taken = self._taken.setdefault((table.name, column.name), set())
        for attempt in range(TRIES):
            value = self._value(table, column, values)
            if attempt and isinstance(value, str):
                value = self.values.vary(value, attempt, column.kind)
            if value not in taken:
                taken.add(value)
                return value
        raise Fault(f"{table.name}.{column.name}: found no further unique value in {TRIES} tries")

    def _value(self, table: Table, column: Column, values: dict[str, Any]) -> Any:
        match column.kind:
            case TextType(kind="email"):
                kinds = {c.name: c.kind.kind for c in table.columns if isinstance(c.kind, TextType)}
                names = [values[name] for name in values if kinds.get(name) in ("person_name", "company")]
                return self.values.email_for(names[0]) if names else self.values.text("email")
            case TextType(kind=kind, most=most):
                return self.values.text(kind)[:most].strip()
            case Integer(low=low, high=high):
                low = max(low, 0)
                return self.integer(low, min(high, low + 100))
            case Fixed(places=places, low=low_, high=high_):
                step = Decimal(1).scaleb(-places)
                least = max(low_, Decimal(0))
                return self.money(float(least), float(min(high_, least + 100)), str(step))
            case Boolean():
                return self.chance(50)
            case Choice(options=options):
                return self.choice(options)
            case Date():
                return self.day(-90, 90)
            case Moment():
                return self.moment(-60, 60)
            case Clock():
                return self.moment(0, 0).time()
            case Minutes():
                return timedelta(minutes=15 * self.integer(1, 8))
        raise AssertionError(f"no values for {column.kind}")
