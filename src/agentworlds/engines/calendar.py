"""Calendars: repeating events, time zones and iCalendar files (RFC 5545), by icalendar and recurring-ical-events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Protocol

from agentworlds.engines import Engine, EngineError
from agentworlds.engines.events import Entry, Series, Span, zone_names, zone_of


class CalendarEngine(Protocol):
    """What the suite `calendar` needs of a library."""

    def zone(self, name: str) -> str:
        """The IANA name of a zone given by that name or by its city. Raises EngineError."""

    def convert(self, moment: datetime, zone: str, other: str) -> datetime:
        """A time by another zone's clocks; one that the clocks skip counts as if they went on. Raises EngineError."""

    def repeat(self, rule: str, starts: datetime) -> str:
        """The one spelling of a rule, UNTIL being the day of its last time. Raises EngineError."""

    def describe(self, rule: str) -> str:
        """A rule in words."""

    def occurrences(self, series: Series, zone: str, first: date, last: date) -> Sequence[Span]:
        """The times that touch these days of a zone, in order."""

    def write(self, name: str, entries: Sequence[Entry]) -> str:
        """An iCalendar file."""

    def read(self, text: str, zone: str) -> list[Entry]:
        """The events of an iCalendar file; times without a zone are taken to be in `zone`. Raises EngineError."""


class Ical(Engine):
    """icalendar for files, recurring-ical-events (over dateutil) for repetition, zoneinfo over tzdata for zones."""

    wraps = "icalendar, recurring-ical-events"
    requires = ("icalendar", "recurring_ical_events", "dateutil", "tzdata")
    formats = ("RFC 5545",)

    def zone(self, name: str) -> str:
        """See CalendarEngine."""
        wanted = name.strip().casefold().replace(" ", "_")
        for key in zone_names():
            if wanted in (key.casefold(), key.casefold().rpartition("/")[2]):
                return key
        raise EngineError(f"there is no time zone {name.strip()!r}; write one as Europe/London or London")

    def convert(self, moment: datetime, zone: str, other: str) -> datetime:
        """See CalendarEngine."""
        return _moment(moment, zone, other)

    def repeat(self, rule: str, starts: datetime) -> str:
        """See CalendarEngine."""
        from agentworlds.engines import recurrence

        return recurrence.repeat(rule, starts)

    def describe(self, rule: str) -> str:
        """See CalendarEngine."""
        from agentworlds.engines import recurrence

        return recurrence.describe(rule)

    def occurrences(self, series: Series, zone: str, first: date, last: date) -> Sequence[Span]:
        """See CalendarEngine."""
        begin = datetime(first.year, first.month, first.day)
        end = datetime(last.year, last.month, last.day) + timedelta(days=1)
        if not series.rule:
            starts = series.starts if series.all_day else _moment(series.starts, series.zone, zone)
            spans = [Span(series.starts, starts, starts + timedelta(minutes=series.minutes))]
        else:
            spans = [*_month(series, zone, first.year, first.month)]
            for month in range(first.year * 12 + first.month, last.year * 12 + last.month):
                turn = datetime(month // 12, month % 12 + 1, 1)  # what began before it is in the month before
                spans += [one for one in _month(series, zone, turn.year, turn.month) if one.starts >= turn]
        return [span for span in spans if span.starts < end and span.ends > begin]

    def write(self, name: str, entries: Sequence[Entry]) -> str:
        """See CalendarEngine."""
        from agentworlds.engines import ics

        return ics.write(name, entries)

    def read(self, text: str, zone: str) -> list[Entry]:
        """See CalendarEngine."""
        from agentworlds.engines import ics

        return ics.read(text, zone)


def _moment(moment: datetime, zone: str, other: str) -> datetime:
    if zone == other:
        return moment
    return moment.replace(tzinfo=zone_of(zone)).astimezone(zone_of(other)).replace(tzinfo=None)


@lru_cache(maxsize=8192)
def _month(series: Series, zone: str, year: int, month: int) -> tuple[Span, ...]:
    """The times that touch a month, in order. They are kept, since many episodes ask for the same few months."""
    from agentworlds.engines import ics

    spans = []
    for original, starts, minutes in ics.expand(series, zone, year, month):
        begins = starts if series.all_day else _moment(starts, series.zone, zone)
        spans.append(Span(original, begins, begins + timedelta(minutes=minutes)))
    return tuple(sorted(spans, key=lambda span: span.starts))
