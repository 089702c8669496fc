"""When a task that repeats is due again, by dateutil's recurrence rules (RFC 5545)."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Literal, Protocol

from agentworlds.engines import Engine, EngineError

Unit = Literal["day", "weekday", "week", "month", "year"]
RULES: dict[Unit, str] = {
    "day": "FREQ=DAILY", "weekday": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "week": "FREQ=WEEKLY", "month": "FREQ=MONTHLY",
    "year": "FREQ=YEARLY",
}  # fmt: skip


class TodoEngine(Protocol):
    """What the suite `todo` needs of a library."""

    def rule(self, unit: Unit, every: int, due: date, until: date | None = None) -> str:
        """The rule (an RRULE value) of what is due on a day and then again. Raises EngineError."""

    def describe(self, rule: str) -> str:
        """A rule in words."""

    def next_due(self, rule: str, begun: date, after: date) -> date | None:
        """The first day of a rule, which began on a day, after another day; None when it has ended."""


class Dateutil(Engine):
    """dateutil. A day that a month does not have falls on that month's last."""

    wraps = "python-dateutil"
    requires = ("dateutil",)
    formats = ("RFC 5545",)

    def rule(self, unit: Unit, every: int, due: date, until: date | None = None) -> str:
        """See TodoEngine."""
        from agentworlds.engines import recurrence

        parts = [RULES[unit], f"INTERVAL={every}"]
        if due.day > 28 and unit in ("month", "year"):
            days = ",".join(str(day) for day in range(28, due.day + 1))
            every *= 12 if unit == "year" else 1
            parts = [f"FREQ=MONTHLY;INTERVAL={every};BYMONTHDAY={days};BYSETPOS=-1"]
        if until is not None:
            parts.append(f"UNTIL={until.isoformat()}")
        if unit == "weekday" and due.weekday() > 4:
            raise EngineError("it is due on a weekend, and is to repeat on weekdays")
        return recurrence.repeat(";".join(parts), datetime.combine(due, time()))

    def describe(self, rule: str) -> str:
        """See TodoEngine."""
        from agentworlds.engines import recurrence

        return recurrence.describe(rule)

    def next_due(self, rule: str, begun: date, after: date) -> date | None:
        """See TodoEngine."""
        from agentworlds.engines import recurrence

        found = recurrence.following(rule, datetime.combine(begun, time()), datetime.combine(after, time()))
        return found.date() if found else None
