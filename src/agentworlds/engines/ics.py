"""iCalendar components (RFC 5545): series expanded, events written and read. What `Ical` does with its two libraries.

Times are written in their own zone, with the VTIMEZONE that it needs. Reading keeps the wall clock's time and the
zone's name, so that it does not matter which zones the library knows.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from agentworlds.engines import EngineError
from agentworlds.engines.events import Entry, Party, Series, zone_of
from agentworlds.engines.recurrence import last_day, repeat

PRODUCT = "-//agentworlds//calendar//EN"
ANSWERS = {"waiting": "NEEDS-ACTION", "accepted": "ACCEPTED", "tentative": "TENTATIVE", "declined": "DECLINED"}
UNKNOWN = ("RDATE", "EXRULE")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
AHEAD = 5
"""Years after the last start for which a file says when clocks change."""
LONG_AGO = datetime(2000, 1, 1)
BROKEN = (ValueError, KeyError, AttributeError, IndexError, TypeError, ArithmeticError)
"""What icalendar raises for texts that are no iCalendar files, or have properties of the wrong kind."""


def expand(series: Series, zone: str, year: int, month: int) -> Iterator[tuple[datetime, datetime, int]]:
    """The times of a series that touch a month of a zone: original start, start, minutes, in the series' zone."""
    calendar = icalendar.Calendar()
    for component in _components(series, "series", LONG_AGO):
        calendar.add_component(component)
    home = zone_of(series.zone if series.all_day else zone)
    begin = datetime(year, month, 1, tzinfo=home)
    end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=home)
    moved = {original: (starts, minutes) for original, starts, minutes in series.moved}
    for event in recurring_ical_events.of(calendar).between(begin, end):
        original = _wall(event["RECURRENCE-ID"].dt, series.zone)
        yield (original, *moved.get(original, (original, series.minutes)))


def write(name: str, entries: Sequence[Entry]) -> str:
    """An iCalendar file."""
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    years = [entry.when.starts.year for entry in entries]
    for zone in sorted({entry.when.zone for entry in entries if not entry.when.all_day} - {"UTC"}):
        calendar.add_component(_timezone(zone, min(years) - 1, max(years) + AHEAD))
    for entry in entries:
        for event in _components(entry.when, entry.uid, entry.made):
            _describe(event, entry)
            calendar.add_component(event)
    return str(calendar.to_ical().decode())


def read(text: str, zone: str) -> list[Entry]:
    """The events of an iCalendar file. Raises EngineError."""
    try:
        calendars = icalendar.Calendar.from_ical(text, multiple=True)
        events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
        entries = [_entry(event, zone) for event in events if "RECURRENCE-ID" not in event]
        turns = [event for event in events if "RECURRENCE-ID" in event]
        entries = [_with_turns(entry, turns) for entry in entries]
    except EngineError:
        raise
    except OSError:
        raise EngineError("a TZID is no time zone; one is written Europe/London") from None
    except BROKEN as problem:
        raise EngineError(f"this is no iCalendar text: {problem}"[:300]) from None
    if not entries:
        raise EngineError("there is no event in this text; an event stands between BEGIN:VEVENT and END:VEVENT")
    return entries


# Writing -------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _timezone(name: str, first: int, last: int) -> icalendar.Timezone:
    """A zone's changes in some years.

    Not by ``Timezone.from_tzinfo``: it gives the onset of summer time by the clocks after the change, while a
    component's DTSTART is by those before it.
    """
    zone = zone_of(name)
    component = icalendar.Timezone()
    component.add("tzid", name)
    at, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last, 1, 1, tzinfo=UTC)
    changes: dict[tuple[Any, ...], list[datetime]] = {_offsets(zone, at - MINUTE, at): [datetime(first, 1, 1)]}
    for _ in range((end - at).days):
        if at.astimezone(zone).utcoffset() != (at + DAY).astimezone(zone).utcoffset():
            before = at.astimezone(zone).utcoffset()
            minute = bisect_left(
                range(1441), True, key=lambda m: (at + m * MINUTE).astimezone(zone).utcoffset() != before
            )
            change = at + minute * MINUTE
            onset = (change + (before or timedelta())).replace(tzinfo=None)
            changes.setdefault(_offsets(zone, change - MINUTE, change), []).append(onset)
        at += DAY
    for (before, after, label, summer), onsets in changes.items():
        part = icalendar.TimezoneDaylight() if summer else icalendar.TimezoneStandard()
        part.add("dtstart", onsets[0])
        part.TZOFFSETFROM, part.TZOFFSETTO = before, after
        part.add("tzname", label)
        if onsets[1:]:
            part.add("rdate", onsets[1:])
        component.add_component(part)
    return component


def _offsets(zone: ZoneInfo, before: datetime, after: datetime) -> tuple[Any, ...]:
    """The offsets at two instants, and what the later one is called and whether it is summer time."""
    later = after.astimezone(zone)
    return before.astimezone(zone).utcoffset(), later.utcoffset(), later.tzname(), bool(later.dst())


def _components(series: Series, uid: str, made: datetime) -> list[icalendar.Event]:
    """A series as components: the one with the rule, then one for each time that was moved."""

    def when(moment: datetime) -> date:
        return moment.date() if series.all_day else moment.replace(tzinfo=zone_of(series.zone))

    def component(starts: datetime, minutes: int) -> icalendar.Event:
        event = icalendar.Event()
        event.add("uid", uid)
        event.add("dtstamp", made.replace(tzinfo=UTC))
        event.add("dtstart", when(starts))
        event.add("dtend", when(starts + timedelta(minutes=minutes)))
        return event

    main = component(series.starts, series.minutes)
    if series.rule:
        rule, _, until = series.rule.partition(";UNTIL=")
        recur = icalendar.vRecur.from_ical(rule)
        if until:
            last = when(datetime.combine(last_day(until), series.starts.time()))
            recur["UNTIL"] = [last.astimezone(UTC) if isinstance(last, datetime) else last]
        main.add("rrule", recur)
    for original in series.skipped:
        main.add("exdate", when(original))
    moved = []
    for original, starts, minutes in series.moved:
        moved.append(component(starts, minutes))
        moved[-1].add("recurrence-id", when(original))
    return [main, *moved]


def _describe(event: icalendar.Event, entry: Entry) -> None:
    """Say what an event is, beside when it is."""
    event.add("summary", entry.title)
    for name, text in (("location", entry.place), ("description", entry.notes)):
        if text:
            event.add(name, text)
    if entry.organiser is not None:
        event.add("organizer", _address(entry.organiser))
    for guest in entry.guests:
        address = _address(guest)
        address.params["PARTSTAT"] = ANSWERS[guest.answer]
        event.add("attendee", address)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE" if entry.busy else "TRANSPARENT")
    if entry.reminder:
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", entry.title)
        alarm.add("trigger", -entry.reminder * MINUTE)
        event.add_component(alarm)


def _address(party: Party) -> icalendar.vCalAddress:
    address = icalendar.vCalAddress(f"mailto:{party.email}")
    if party.name:
        address.params["CN"] = party.name
    return address


# Reading -------------------------------------------------------------------------------------------------


def _entry(event: Any, zone: str) -> Entry:
    odd = [name for name in UNKNOWN if name in event] + ["several RRULEs"] * isinstance(event.get("RRULE"), list)
    if odd:
        raise EngineError(f"an event has {odd[0]}, which this calendar does not know")
    if "DTSTART" not in event:
        raise EngineError("an event has no DTSTART")
    begins = event["DTSTART"]
    named = str(begins.params.get("TZID", ""))
    home = WINDOWS_TO_OLSON.get(named, named) or zone
    zone_of(home)
    starts, all_day = _wall(begins.dt, home), not isinstance(begins.dt, datetime)
    rule = repeat(event["RRULE"].to_ical().decode(), starts) if "RRULE" in event else ""
    skipped = sorted(_wall(one.dt, home) for many in _several(event, "EXDATE") for one in many.dts)
    triggers = [alarm["TRIGGER"].dt for alarm in event.walk("VALARM") if "TRIGGER" in alarm]
    ahead = [one for one in triggers if isinstance(one, timedelta) and one < timedelta(0)]
    return Entry(
        uid=str(event.get("UID", "")),
        title=" ".join(str(event.get("SUMMARY", "")).split()) or "Untitled",
        when=Series(starts, _minutes(event, starts, home), home, all_day, rule, tuple(skipped)),
        made=_wall(event["DTSTAMP"].dt, "UTC") if "DTSTAMP" in event else starts,
        place=" ".join(str(event.get("LOCATION", "")).split()),
        notes=str(event.get("DESCRIPTION", "")).strip(),
        organiser=_party(event["ORGANIZER"]) if "ORGANIZER" in event else None,
        guests=tuple(_party(one) for one in _several(event, "ATTENDEE")),
        reminder=-ahead[0] // MINUTE if ahead else 0,
        busy=str(event.get("TRANSP", "OPAQUE")).upper() != "TRANSPARENT",
        cancelled=str(event.get("STATUS", "")).upper() == "CANCELLED",
    )


def _with_turns(entry: Entry, turns: list[Any]) -> Entry:
    """An event with those of its times that the file moves or cancels one by one."""
    home, skipped, moved = entry.when.zone, list(entry.when.skipped), []
    for event in turns:
        if str(event.get("UID", "")) != entry.uid:
            continue
        if "RANGE" in event["RECURRENCE-ID"].params:
            raise EngineError("an event moves all its later times at once, which this calendar does not know")
        original = _wall(event["RECURRENCE-ID"].dt, home)
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            skipped.append(original)
        else:
            starts = _wall(event["DTSTART"].dt, home)
            moved.append((original, starts, _minutes(event, starts, home)))
    when = replace(entry.when, skipped=tuple(sorted(skipped)), moved=tuple(sorted(moved)))
    return replace(entry, when=when)


def _wall(value: date, zone: str) -> datetime:
    """A day or a time as a zone's clocks show it; what is in another zone than UTC keeps its own clock's time."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time())
    if value.tzinfo is not None and str(value.tzinfo) in ("UTC", "Etc/UTC"):
        value = value.astimezone(zone_of(zone))
    return value.replace(tzinfo=None, microsecond=0)


def _minutes(event: Any, starts: datetime, zone: str) -> int:
    length = DAY if not isinstance(event["DTSTART"].dt, datetime) else timedelta(0)
    if "DTEND" in event:
        length = _wall(event["DTEND"].dt, zone) - starts
    elif "DURATION" in event:
        length = event["DURATION"].dt
    if not MINUTE <= length <= 366 * DAY:
        raise EngineError("an event lasts less than a minute" if length < MINUTE else "an event lasts more than a year")
    return int(length // MINUTE)


def _several(event: Any, name: str) -> list[Any]:
    found = event.get(name, [])
    return found if isinstance(found, list) else [found]


def _party(address: Any) -> Party:
    told = str(address.params.get("PARTSTAT", "")).upper()
    answer = next((answer for answer, word in ANSWERS.items() if word == told), "waiting")
    email = str(address)
    return Party(email[7:] if email[:7].casefold() == "mailto:" else email, str(address.params.get("CN", "")), answer)
