"""The organisation's calendar: events that repeat, guests and their answers, rooms, free and busy time.

The host gives the people whom it plans with (Person); tools know them by name or e-mail address. An event keeps
its time by the clocks of its own zone, what is found is told by ours. An event takes place once or by a rule
(RFC 5545); single times of it are moved or cancelled by rows of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, Any, Literal

from agentworlds import (
    Answer,
    Do,
    Document,
    Draw,
    Email,
    EngineError,
    Module,
    Paragraph,
    PersonName,
    Range,
    Row,
    Task,
    TaskDraw,
    Text,
    Title,
    at_most,
    containing,
    count,
    delete,
    derived,
    field,
    first,
    insert,
    now,
    one_of,
    other_than,
    refuse,
    rows,
    today,
)
from agentworlds.engines.calendar import CalendarEngine
from agentworlds.engines.events import Entry, Party, Series, Span
from agentworlds.types import WEEKDAYS, say_date

calendar = Module("calendar", title="Calendar", wraps="icalendar")
NAME: str = calendar.setting("name", "Office calendar")
ZONE: str = calendar.setting("zone", "Europe/London")
DOMAIN: str = calendar.setting("domain", "world.example")
STAFF = calendar.setting("staff", ())
TEAM: int = calendar.setting("team", 8)
ROOMS: tuple[str, ...] = calendar.setting("rooms", ("Harbour Room", "Garden Room", "Library"))
# title, rule, first weekday (0 is Monday), time, minutes, guests, zone
SERIES: tuple[tuple[str, str, int, str, int, int, str], ...] = calendar.setting("series", (
    ("Team meeting", "FREQ=WEEKLY", 0, "09:30", 45, 5, ""),
    ("Review", "FREQ=WEEKLY", 2, "14:00", 60, 2, ""),
    ("Review", "FREQ=WEEKLY;INTERVAL=2", 3, "14:30", 60, 3, ""),
    ("Stand-up", "FREQ=WEEKLY;BYDAY=TU,FR", 1, "09:00", 15, 3, ""),
    ("Budget check", "FREQ=MONTHLY;BYDAY=1TU", 1, "11:00", 60, 2, ""),
    ("Call with New York", "FREQ=WEEKLY", 3, "10:00", 30, 2, "America/New_York"),
))  # fmt: skip
EVENTS: tuple[tuple[str, int], ...] = calendar.setting("events", (
    ("Supplier visit", 90), ("Interview", 45), ("Interview", 45), ("First-aid training", 120), ("Handover", 30),
    ("Photo session", 60), ("Talk with the accountant", 75), ("Contract signing", 30), ("Review of the brochure", 60),
    ("Fire drill", 30), ("Site visit", 120), ("Planning day", 240), ("Bank appointment", 45), ("Training review", 60),
))  # fmt: skip

engine = calendar.engine(CalendarEngine, "icalendar")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
REACH = 5 * 366
"""Days before and after today that the calendar holds."""
BOOKABLE = 26 * 7
"""Days ahead for which a room is checked."""

Minutes = Annotated[int, Range(1, 366 * 1440)]
Reminder = Annotated[int, Range(0, 40_320)]
Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
Answered = Literal["accepted", "tentative", "declined"]
Part = Literal["organiser", "accepted", "tentative", "waiting", "no_person_given"]
RULES = {
    "daily": "FREQ=DAILY", "weekdays": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "weekly": "FREQ=WEEKLY",
    "every_two_weeks": "FREQ=WEEKLY;INTERVAL=2", "monthly": "FREQ=MONTHLY", "yearly": "FREQ=YEARLY",
}  # fmt: skip


@calendar.placeholder
class Person(Row):
    name: PersonName
    email: Email = field(unique=True)


@calendar.table(label="title", show=("organiser.name",))
class Event(Row):
    title: Title
    organiser: Person | None
    starts: datetime
    minutes: Minutes
    all_day: bool = False
    zone: str = ZONE
    place: str = ""
    notes: Paragraph = field(default="", wording=True)
    repeats: str = ""
    reminder_minutes: Reminder = 0
    shows_busy: bool = True
    status: Literal["confirmed", "cancelled"] = "confirmed"
    uid: str = field(default="", hidden=True, free=True)
    made: datetime = field(default=now)


@calendar.table(unique=[("event", "original")], show=("event.title",))
class EventChange(Row):
    event: Event
    original: datetime
    starts: datetime | None = None
    minutes: Minutes | None = None
    cancelled: bool = False


@calendar.table(unique=[("event", "person")], show=("person.name", "person.email"))
class Invitation(Row):
    event: Event
    person: Person
    answer: Literal["waiting", "accepted", "tentative", "declined"] = "waiting"
    made: datetime = field(default=now)


# What takes place ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plan:
    """An event as plain values."""

    event: int
    title: str
    series: Series
    holder: int
    place: str
    busy: bool
    cancelled: bool


Time = tuple[Span, Plan]
"""One time at which an event takes place."""


def series_of(event: Event, changes: list[EventChange] | None = None) -> Series:
    """When an event takes place."""
    if changes is None:
        changes = rows(EventChange, event=event, order="original") if event.repeats else []
    gone = tuple(one.original for one in changes if one.cancelled)
    moved = tuple(
        (one.original, one.starts, one.minutes)
        for one in changes
        if not one.cancelled and one.starts is not None and one.minutes is not None
    )
    return Series(event.starts, event.minutes, event.zone, event.all_day, event.repeats, gone, moved)


def read_events() -> tuple[list[Time], list[Plan]]:
    """The times of all events that take place once, and the events that repeat."""
    changes: dict[int, list[EventChange]] = {}
    for change in rows(EventChange, order="original"):
        changes.setdefault(change.event.id, []).append(change)
    once, repeating = [], []
    for event in rows(Event):
        series = series_of(event, changes.get(event.id, []))
        holder = event.organiser.id if event.organiser else 0
        cancelled = event.status == "cancelled"
        plan = Plan(event.id, event.title.casefold(), series, holder, event.place, event.shows_busy, cancelled)
        if event.repeats:
            repeating.append(plan)
        else:
            about = event.starts.date()
            once += [(span, plan) for span in engine.occurrences(series, ZONE, about - DAY, about + DAY)]
    return once, repeating


def read_guests() -> dict[int, dict[int, Part]]:
    """The events that each person is invited to and has not declined, with the answers."""
    found: dict[int, dict[int, Part]] = {}
    for invitation in rows(Invitation, answer=other_than("declined")):
        answer: Any = invitation.answer
        found.setdefault(invitation.person.id, {})[invitation.event.id] = answer
    return found


def asked_to(person: Person) -> dict[int, Part]:
    """The events that a person is invited to and has not declined, with the answers."""
    return derived(read_guests, Invitation).get(person.id, {})


def occurring(
    first_day: date, last_day: date, person: Person | None = None, title: str = "", cancelled: bool = False
) -> list[Time]:
    """What takes place on these days, in order of time."""
    once, repeating = derived(read_events, Event, EventChange)
    begin, end = datetime.combine(first_day, time()), datetime.combine(last_day, time()) + DAY
    words, asked, who = title.casefold(), asked_to(person) if person else {}, person.id if person else 0
    found = [one for one in once if one[0].starts < end and one[0].ends > begin]
    for plan in repeating:
        found += [(span, plan) for span in engine.occurrences(plan.series, ZONE, first_day, last_day)]
    found = [one for one in found if one[1].cancelled == cancelled and words in one[1].title]
    if who:
        found = [one for one in found if one[1].holder == who or one[1].event in asked]
    found.sort(key=by_time)
    return found


def by_time(one: Time) -> tuple[datetime, int]:
    """The order in which times are told."""
    return one[0].starts, one[1].event


def busy_times(person: Person, first_day: date, last_day: date) -> list[tuple[datetime, datetime, bool]]:
    """When a person is taken up, and whether by whole days; of these apart, times that touch or overlap are made one."""
    merged: list[tuple[datetime, datetime, bool]] = []
    latest: dict[bool, int] = {}
    for span, plan in occurring(first_day, last_day, person):
        if plan.busy:
            kind, at = plan.series.all_day, latest.get(plan.series.all_day, -1)
            if at >= 0 and span.starts <= merged[at][1]:
                merged[at] = (merged[at][0], max(merged[at][1], span.ends), kind)
            else:
                latest[kind] = len(merged)
                merged.append((span.starts, span.ends, kind))
    return merged


def is_free(person: Person, starts: datetime, minutes: int) -> bool:
    """Whether nothing takes a person up at a time."""
    ends = starts + timedelta(minutes=minutes)
    return all(end <= starts or begin >= ends for begin, end, _ in busy_times(person, starts.date(), ends.date()))


def free_slots(
    people: Sequence[Person], minutes: int, first_day: date, last_day: date, earliest: time, latest: time
) -> list[tuple[datetime, datetime, list[str]]]:
    """Times on the half hour, Monday to Friday, at which all are free, each with the rooms that are."""
    return slots_for({person.id for person in people}, minutes, first_day, last_day, earliest, latest)


def slots_for(
    who: set[int], minutes: int, first_day: date, last_day: date, earliest: time, latest: time
) -> list[tuple[datetime, datetime, list[str]]]:
    """What `free_slots` gives, for people by id."""
    begin, days, length = datetime.combine(first_day, time()), (last_day - first_day).days + 1, minutes * MINUTE
    opens, closes = ceil_half_hour(60 * earliest.hour + earliest.minute), 60 * latest.hour + latest.minute - minutes
    guests = derived(read_guests, Invitation)
    asked = {event for one in who for event in guests.get(one, ())}
    blocked, full = set[int](), {room: set[int]() for room in ROOMS}
    for span, plan in occurring(first_day, last_day):
        taken = plan.busy and (plan.holder in who or plan.event in asked)
        if taken or plan.place in full:
            since, until = (span.starts - begin) // MINUTE, -((begin - span.ends) // MINUTE)
            starts = range(ceil_half_hour(max(since - minutes + 1, 0)), min(until, 1440 * days), 30)
            if taken:
                blocked.update(starts)
            if plan.place in full:
                full[plan.place].update(starts)
    present, found = (now() - begin) // MINUTE, list[tuple[datetime, datetime, list[str]]]()
    for day in range(days):
        if (first_day.weekday() + day) % 7 < 5:
            for start in range(1440 * day + opens, 1440 * day + closes + 1, 30):
                if start > present and start not in blocked:
                    moment = begin + start * MINUTE
                    found.append((moment, moment + length, [room for room in ROOMS if start not in full[room]]))
    return found


def ceil_half_hour(minutes: int) -> int:
    """The next full or half hour, in minutes."""
    return -(-minutes // 30) * 30


# Reading -------------------------------------------------------------------------------------------------


@dataclass
class Occurrence:
    starts: datetime
    ends: datetime
    minutes: int
    answer: Part
    event: Event


@dataclass
class Agenda:
    total: int
    more: bool
    events: list[Occurrence]


@dataclass
class EventDetails:
    event: Event
    repetition: Text
    next_starts: list[datetime]
    guests: list[Invitation]
    changes: list[EventChange]


@dataclass
class BusyTime:
    person: Person
    starts: datetime
    ends: datetime
    all_day: bool


@dataclass
class FreeSlot:
    starts: datetime
    ends: datetime
    free_rooms: list[str]


def person_called(who: str) -> Person:
    """The person of a name or e-mail address; refuses where that is nobody or several."""
    name = who.strip()
    if "@" in name:
        exact = [one for one in rows(Person, email=containing(name)) if one.email.casefold() == name.casefold()]
    else:
        found = rows(Person, name=containing(name), limit=6)
        exact = [person for person in found if person.name.casefold() == name.casefold()] or found
    if len(exact) != 1:
        several = " or ".join(f"{person.name} ({person.email})" for person in exact[:5])
        message = f"{name} may be {several}." if exact else f"We know nobody called {name}."
        refuse("not_found", message, hint="give the full name, or the e-mail address")
    return exact[0]


def people_called(names: Sequence[str]) -> list[Person]:
    """The people of some names, each once."""
    return list(dict.fromkeys(person_called(name) for name in names))


def read_names() -> dict[str, int]:
    """Who is meant by a name, where nobody else has it."""
    found: dict[str, int] = {}
    for person in rows(Person):
        found[person.name] = 0 if person.name in found else person.id
    return found


def check_days(first_day: date, last_day: date, most: int) -> None:
    """Refuse days in the wrong order, too many of them, or ones beyond the calendar."""
    if abs((first_day - today()).days) > REACH or abs((last_day - today()).days) > REACH:
        refuse("invalid", "The calendar holds the five years before and after today.")
    if last_day < first_day:
        refuse("invalid", "The last day is before the first.", field="last")
    if (last_day - first_day).days >= most:
        refuse("limit", f"That is more than {most} days at once.", hint="ask for fewer days")


def happens(event: Event, starts: datetime) -> Span:
    """The time of an event that starts then by our clocks; refuses where there is none."""
    check_days(starts.date(), starts.date(), 1)
    for span in engine.occurrences(series_of(event), ZONE, starts.date(), starts.date()):
        if span.starts == starts:
            return span
    refuse("not_found", f"{event.title} does not take place on {say_date(starts.date())} at {starts:%H:%M}.",
           hint="search_events tells when it does", field="occurrence")  # fmt: skip


@calendar.query(roles=STAFF)
def search_events(
    title: str | None = None, person: Text | None = None, first: date | None = None, last: date | None = None,
    cancelled: bool = False, limit: Annotated[int, Range(1, 50)] = 20, offset: Annotated[int, Range(0, 10_000)] = 0,
) -> Agenda:  # fmt: skip
    """Find what takes place, in order of time. An event that repeats is listed once for each time it takes place.

    Starts and ends are by our own clocks; inside `event` they are by the clocks of its zone, for its first time.
    `answer` is that of the `person` who is asked for, or organiser where this person holds it.

    Args:
        title: part of the title, in either case
        person: name or e-mail address; only events that this person holds, or is invited to and has not declined
        first: the first day; today by default
        last: the last day; thirty days after the first by default
        cancelled: list the events that were cancelled as a whole instead
        offset: how many to skip: as many as were shown so far
    """
    begin = first or today()
    check_days(begin, last or begin, 400)
    end = last or begin + 30 * DAY
    who = person_called(person) if person else None
    found = occurring(begin, end, who, title or "", cancelled)
    page = found[offset : offset + limit]
    known = {event.id: event for event in rows(Event, id=one_of(list({plan.event: 1 for _, plan in page})))}
    asked: dict[int, Part] = asked_to(who) if who else {}
    other: Part = "organiser" if who else "no_person_given"
    shown = [Occurrence(span.starts, span.ends, (span.ends - span.starts) // MINUTE, asked.get(plan.event, other),
                        known[plan.event]) for span, plan in page]  # fmt: skip
    return Agenda(len(found), len(found) > offset + limit, shown)


@calendar.query(roles=STAFF)
def get_event(event: Event) -> EventDetails:
    """Everything about an event: how it repeats, when it takes place next, its guests and their answers, its changes.

    `changes` are the times of a repeating event that were moved or cancelled, by the clocks of the event's zone.
    """
    series = series_of(event)
    coming = [span.starts for span in engine.occurrences(series, ZONE, today(), today() + 100 * DAY)
              if span.starts > now() and event.status == "confirmed"]  # fmt: skip
    return EventDetails(event, engine.describe(event.repeats), coming[:3], rows(Invitation, event=event),
                        rows(EventChange, event=event, order="original"))  # fmt: skip


@calendar.query(roles=STAFF)
def check_free_busy(people: list[Text], first: date, last: date | None = None, offset: int = 0) -> list[BusyTime]:
    """When people are busy: with events that they hold, or are invited to and have not declined.

    Events that are marked as free time do not count. Times of one person that touch or overlap are told as one, those of
    whole days (`all_day`) apart from the others.

    Args:
        people: names or e-mail addresses
        last: the last day; the first alone by default
        offset: how many to skip: as many as were shown so far
    """
    end = last or first
    check_days(first, end, 14)
    found = [BusyTime(person, *one) for person in people_called(people) for one in busy_times(person, first, end)]
    return found[max(offset, 0) :]


@calendar.query(roles=STAFF)
def find_meeting_times(
    people: list[Text], minutes: Annotated[int, Range(5, 600)], first: date, last: date | None = None,
    earliest: time = time(9), latest: time = time(17),
) -> list[FreeSlot]:  # fmt: skip
    """Times at which all of some people are free, in order: starts on the full or half hour, Monday to Friday.

    Args:
        people: names or e-mail addresses
        last: the last day; the first alone by default
        earliest: when a meeting may begin
        latest: when it must be over
    """
    end = last or first
    check_days(first, end, 14)
    names = derived(read_names, Person)
    who = {names.get(name) or person_called(name).id for name in people}
    return [FreeSlot(*one) for one in slots_for(who, minutes, first, end, earliest, latest)]


@calendar.query(roles=STAFF)
def export_calendar(first: date, last: date, person: Text | None = None) -> Document:
    """The events that take place on some days as an iCalendar file (RFC 5545); those that repeat with their rule.

    Args:
        person: name or e-mail address; only this person's events
    """
    check_days(first, last, 100)
    who = person_called(person) if person else None
    ids = dict.fromkeys(plan.event for _, plan in occurring(first, last, who))
    text = engine.write(NAME, [entry(event) for event in rows(Event, id=one_of(list(ids)))])
    if len(text) > 20_000:
        refuse("limit", "That is more than 20,000 characters.", hint="export fewer days, or one person's events")
    return text


def entry(event: Event) -> Entry:
    """An event as a file has it."""
    guests = [Party(one.person.email, one.person.name, one.answer) for one in rows(Invitation, event=event)]
    holder = event.organiser
    return Entry(
        uid=event.uid or f"event-{event.id}@{DOMAIN}", title=event.title, when=series_of(event),
        made=engine.convert(event.made, ZONE, "UTC"),
        place=event.place, notes=event.notes, guests=tuple(guests), reminder=event.reminder_minutes,
        busy=event.shows_busy, organiser=Party(holder.email, holder.name, "accepted") if holder else None,
    )  # fmt: skip


# Writing -------------------------------------------------------------------------------------------------


def add_event(
    title: str, starts: datetime, minutes: int = 60, *, organiser: Person | None = None, people: Sequence[Person] = (),
    rule: str = "", zone: str = "", **more: Any,
) -> Event:  # fmt: skip
    """Put an event into the calendar and invite people; refuses what cannot be. `more` are columns of Event."""
    check_days(starts.date(), starts.date(), 1)
    try:
        home = engine.zone(zone) if zone else ZONE
        repeats = engine.repeat(rule, starts) if rule else ""
    except EngineError as problem:
        refuse("invalid", f"{problem}.", field="repeats" if rule else "zone")
    event = insert(
        Event(title=title, organiser=organiser, starts=starts, minutes=minutes, zone=home, repeats=repeats, **more)
    )
    for person in people:
        insert(Invitation(event=event, person=person))
    return event


@calendar.tool(roles=STAFF)
def create_event(
    title: Title, starts: datetime, minutes: Minutes | None = None, people: list[Text] | None = None,
    organiser: Text | None = None, place: str = "", notes: Paragraph = "",
    repeats: Literal["never", "daily", "weekdays", "weekly", "every_two_weeks", "monthly", "yearly"] = "never",
    weekdays: list[Weekday] | None = None, until: date | None = None, times: Annotated[int, Range(1, 500)] | None = None,
    zone: str | None = None, all_day: bool = False, reminder_minutes: Reminder = 0, shows_busy: bool = True,
) -> Event:  # fmt: skip
    """Put an event into the calendar, once or repeated, and invite people to it.

    Our rooms hold one event at a time; write a room's name as find_meeting_times has it.

    Args:
        minutes: how long it lasts; an hour by default, or a day for one of whole days
        people: names or e-mail addresses of those who are invited
        organiser: name or e-mail address of who holds it; nobody in particular by default
        place: a room of ours, or any other place
        repeats: how often; monthly is on the same day of the month
        weekdays: for one that repeats weekly, its days; that of the first time by default
        until: the last day on which it may take place; without until and times it goes on
        times: how many times it takes place
        zone: the time zone that `starts` is meant in, such as America/New_York or New York; ours by default
        all_day: it takes whole days; `starts` is then a midnight
        reminder_minutes: how long before it people are reminded; 0 for not at all
        shows_busy: whether it takes up the time of those who are in it
    """
    if starts <= now() and not all_day:
        refuse("unavailable", "That time has passed.", field="starts")
    if repeats == "never" and (until or times or weekdays):
        refuse("invalid", "until, times and weekdays are for an event that repeats.", field="repeats")
    if until and times:
        refuse("invalid", "Give either until or times, not both.", field="times")
    if weekdays and repeats not in ("weekly", "every_two_weeks"):
        refuse("invalid", "weekdays go with an event that repeats weekly or every two weeks.", field="weekdays")
    rule = RULES.get(repeats, "")
    if weekdays:
        rule += f";BYDAY={','.join(day[:2].upper() for day in dict.fromkeys(weekdays))}"
    if until or times:
        rule += f";UNTIL={until.isoformat()}" if until else f";COUNT={times}"
    return add_event(
        title, starts, minutes or (1440 if all_day else 60), people=people_called(people or []), rule=rule,
        organiser=person_called(organiser) if organiser else None, zone=zone or "", place=place.strip(), notes=notes,
        all_day=all_day, reminder_minutes=reminder_minutes, shows_busy=shows_busy,
    )  # fmt: skip


def check_pending(event: Event) -> None:
    """Refuse an event that was cancelled or is over."""
    if event.status == "cancelled":
        refuse("conflict", f"{event.title} was cancelled.")
    ends = event.starts + timedelta(minutes=event.minutes)
    if not event.repeats and ends < now() - DAY:
        refuse("conflict", f"{event.title} is over.")


@calendar.tool(roles=STAFF)
def change_event(
    event: Event, title: Title | None = None, starts: datetime | None = None, minutes: Minutes | None = None,
    place: str | None = None, notes: Paragraph | None = None, reminder_minutes: Reminder | None = None,
) -> Event:  # fmt: skip
    """Change an event as a whole, with all the times at which it repeats; what is not given stays.

    Args:
        starts: the new start by the clocks of the event's zone; for an event that repeats on the same day as its
            present start, so that it is the time of day which changes
        place: a room of ours, or any other place
        reminder_minutes: how long before it people are reminded; 0 for not at all
    """
    check_pending(event)
    if starts is not None and starts != event.starts:
        if event.repeats and starts.date() != event.starts.date():
            refuse("conflict", f"{event.title} repeats, so only its time of day can change, not its days.", field="starts",
                   hint="move_occurrence moves one time; for other days cancel_event, then create_event")  # fmt: skip
        check_days(starts.date(), starts.date(), 1)
        if not event.repeats and not event.all_day and starts <= now():
            refuse("unavailable", "That time has passed.", field="starts")
        for change in rows(EventChange, event=event):
            change.original += starts - event.starts
        event.starts = starts
    if title is not None:
        event.title = title
    if minutes is not None:
        event.minutes = minutes
    if place is not None:
        event.place = place.strip()
    if notes is not None:
        event.notes = notes
    if reminder_minutes is not None:
        event.reminder_minutes = reminder_minutes
    return event


def change_of(event: Event, span: Span) -> EventChange:
    """The row that says what became of one time of an event."""
    found = first(EventChange, event=event, original=span.original)
    minutes = (span.ends - span.starts) // timedelta(minutes=1)
    return found or insert(EventChange(event=event, original=span.original, starts=span.original, minutes=minutes))


def leave_out(event: Event, span: Span) -> None:
    """Cancel one time of an event."""
    change = change_of(event, span)
    change.cancelled, change.starts, change.minutes = True, None, None


@calendar.tool(roles=STAFF)
def move_occurrence(
    event: Event, occurrence: datetime, starts: datetime, minutes: Minutes | None = None
) -> EventDetails:
    """Move one time of an event that repeats; the others stay as they are.

    Args:
        occurrence: the start that search_events tells for it
        starts: the new start, by our own clocks
        minutes: the new length; as before by default
    """
    check_pending(event)
    if not event.repeats:
        refuse("conflict", f"{event.title} takes place once.", hint="change_event moves it")
    if starts <= now():
        refuse("unavailable", "That time has passed.", field="starts")
    check_days(starts.date(), starts.date(), 1)
    span = happens(event, occurrence)
    change = change_of(event, span)
    change.starts = starts if event.all_day else engine.convert(starts, ZONE, event.zone)
    if minutes is not None:
        change.minutes = minutes
    return get_event(event)


@calendar.tool(roles=STAFF, destructive=True)
def cancel_event(
    event: Event, which: Literal["all", "this", "this_and_following"] = "all", occurrence: datetime | None = None
) -> EventDetails:
    """Cancel an event: as a whole, one time of it, or one time and all later ones.

    Args:
        which: all of it, or the time that `occurrence` names, alone or with those that follow
        occurrence: the start that search_events tells for it
    """
    check_pending(event)
    whole = which == "all" or not event.repeats
    if not whole and occurrence is None:
        refuse("invalid", "Which time of it?", hint="give occurrence, as search_events tells it", field="occurrence")
    span = None if whole or occurrence is None else happens(event, occurrence)
    if span is None or (which == "this_and_following" and span.original <= event.starts):
        event.status = "cancelled"
    elif which == "this":
        leave_out(event, span)
    else:
        endless = event.repeats.partition(";UNTIL=")[0]
        event.repeats = engine.repeat(f"{endless};UNTIL={span.original - DAY:%Y%m%d}", event.starts)
        for change in rows(EventChange, event=event):
            if change.original >= span.original:
                delete(change)
    return get_event(event)


@calendar.tool(roles=STAFF)
def invite_people(event: Event, people: list[Text]) -> list[Invitation]:
    """Invite people to an event, to all its times.

    Args:
        people: names or e-mail addresses
    """
    check_pending(event)
    guests = people_called(people)
    for person in guests:
        if count(Invitation, event=event, person=person):
            refuse("conflict", f"{person.name} is invited already.")
    return [insert(Invitation(event=event, person=person)) for person in guests]


@calendar.tool(roles=STAFF, idempotent=True)
def answer_invitation(event: Event, person: Text, answer: Answered) -> Invitation:
    """Record what somebody answers to an invitation.

    Args:
        person: name or e-mail address
    """
    check_pending(event)
    who = person_called(person)
    invitation = first(Invitation, event=event, person=who)
    if invitation is None:
        refuse("not_found", f"{who.name} is not invited to {event.title}.", hint="invite_people invites")
    invitation.answer = answer
    return invitation


@calendar.tool(roles=STAFF)
def import_calendar(text: Document) -> list[Event]:
    """Take the events of an iCalendar file (RFC 5545) into the calendar.

    Organisers and guests are those whose e-mail addresses we know; others are left out.

    Args:
        text: the file's text, from BEGIN:VCALENDAR to END:VCALENDAR
    """
    return receive(text)


def receive(text: str) -> list[Event]:
    """The events of an iCalendar file, put into the calendar; refuses what cannot be."""
    try:
        entries = engine.read(text, ZONE)
    except EngineError as problem:
        refuse("invalid", f"{problem}.", field="text")
    return [receive_one(entry) for entry in entries]


def receive_one(entry: Entry) -> Event:
    """One event of a file."""
    own = entry.uid.removeprefix("event-").removesuffix(f"@{DOMAIN}")
    ours = own.isdecimal() and len(own) < 10 and entry.uid == f"event-{own}@{DOMAIN}"
    if (entry.uid and count(Event, uid=entry.uid[:300])) or (ours and count(Event, id=int(own))):
        refuse("conflict", f"{entry.title[:80]} is in the calendar already.")
    when = entry.when
    known = {party.email: first(Person, email=party.email) for party in (entry.organiser, *entry.guests) if party}
    holder = known.get(entry.organiser.email) if entry.organiser else None
    event = add_event(
        entry.title[:120], when.starts, when.minutes, organiser=holder, rule=when.rule, zone=when.zone,
        place=entry.place[:300], notes=entry.notes[:2000], all_day=when.all_day, shows_busy=entry.busy,
        reminder_minutes=min(entry.reminder, 40_320), uid=entry.uid[:300],
        status="cancelled" if entry.cancelled else "confirmed",
    )  # fmt: skip
    for party in entry.guests:
        person = known[party.email]
        if person is not None and person != holder and not count(Invitation, event=event, person=person):
            answer: Any = party.answer
            insert(Invitation(event=event, person=person, answer=answer))
    if not when.rule:
        return event
    changed = [EventChange(event=event, original=original, cancelled=True) for original in when.skipped]
    for original, starts, minutes in when.moved:
        check_days(min(original, starts).date(), max(original, starts).date(), 2 * REACH)
        changed.append(EventChange(event=event, original=original, starts=starts, minutes=minutes))
    for change in changed:
        check_days(change.original.date(), change.original.date(), 1)
        if not count(EventChange, event=event, original=change.original):
            insert(change)
    return event


# Rules ---------------------------------------------------------------------------------------------------


@calendar.rule(Event, "conflict", "{row.place} is taken at that time.", "find_meeting_times tells which rooms are free",
               watch=["EventChange.event"])  # fmt: skip
def room_is_free(event: Event) -> bool:
    return not room_clash(event)


def room_clash(event: Event) -> bool:
    """Whether another event is in the same room at some time of an event, from today on and for half a year."""
    if event.place not in ROOMS or event.status == "cancelled":
        return False
    first_day = max(event.starts.date() - DAY, today())
    last_day = first_day + BOOKABLE * DAY
    if not event.repeats:
        last_day = max(first_day, (event.starts + timedelta(minutes=event.minutes)).date() + DAY)
    changes: dict[int, list[EventChange]] = {}
    for change in rows(EventChange, order="original", event__place=event.place):
        changes.setdefault(change.event.id, []).append(change)
    others = rows(Event, place=event.place, status="confirmed", starts=at_most(datetime.combine(last_day, time.max)))
    spans = [
        span for other in others
        for span in engine.occurrences(series_of(other, changes.get(other.id, [])), ZONE, first_day, last_day)
    ]  # fmt: skip
    spans.sort(key=start_of)
    return any(one.ends > other.starts for one, other in pairwise(spans))


def start_of(span: Span) -> datetime:
    """When a time begins."""
    return span.starts


@calendar.rule(Event, "invalid", "An event of whole days starts at midnight and lasts days of 1440 minutes.")
def days_are_whole(event: Event) -> bool:
    return not event.all_day or (event.starts.time() == time() and event.minutes % 1440 == 0)


@calendar.rule(EventChange, "conflict", "{row.event.title} takes place at that time already.")
def times_differ(change: EventChange) -> bool:
    if change.starts is None:
        return True
    series, day = series_of(change.event), change.starts.date()
    spans = engine.occurrences(series, series.zone, day, day)
    return sum(span.starts == change.starts for span in spans) <= 1


@calendar.rule(Invitation, "conflict", "{row.person.name} holds the event, so needs no invitation.")
def organiser_is_no_guest(invitation: Invitation) -> bool:
    return invitation.event.organiser != invitation.person


# Results in a sentence -----------------------------------------------------------------------------------


def spoken(moment: str) -> str:
    """A time as people say it: Tuesday 3 March at 10:00."""
    read = datetime.fromisoformat(moment)
    return f"{WEEKDAYS[read.weekday()]} {say_date(read.date()).rsplit(' ', 1)[0]} at {read:%H:%M}"


@calendar.says("search_events")
def agenda_in_words(data: dict[str, Any]) -> str:
    events, total = data["events"], data["total"]
    if not events:
        return "Nothing is in the calendar there." if not total else f"There are only {total}; offset is beyond them."
    ends = [f"{one['event']['title']} on {spoken(one['starts'])}" for one in (events[0], events[-1])]
    if total == 1:
        return f"One: {ends[0]}."
    shown = ends[0] if len(events) == 1 else f"from {ends[0]} to {ends[1]}"
    part = f", of which {len(events)} shown" if len(events) < total else ""
    return f"{total} times{part}: {shown}.{' Raise offset for more.' if data['more'] else ''}"


@calendar.says("get_event")
def event_in_words(data: dict[str, Any]) -> str:
    answers = [guest["answer"] for guest in data["guests"]]
    said = [
        f"{answers.count(word)} {word}" for word in ("accepted", "tentative", "declined", "waiting") if word in answers
    ]
    guests = f"{len(answers)} guest{'s' * (len(answers) != 1)} ({', '.join(said)})" if answers else "no guests"
    state = (
        data["event"]["title"] if data["event"]["status"] == "confirmed" else f"{data['event']['title']} (cancelled)"
    )
    soon = f"next on {spoken(data['next_starts'][0])}" if data["next_starts"] else "not in the next hundred days"
    return f"{state}: {data['repetition']}, {soon}, {guests}."


@calendar.says("check_free_busy")
def busy_in_words(data: dict[str, Any]) -> str:
    if not data["results"]:
        return "Nobody is busy then."
    names = list(dict.fromkeys(one["person"]["name"] for one in data["results"]))
    times = f"{len(data['results'])} busy time{'s' * (len(data['results']) != 1)}"
    return f"{times} of {', '.join(names)}; the first from {spoken(data['results'][0]['starts'])}."


@calendar.says("find_meeting_times")
def slots_in_words(data: dict[str, Any]) -> str:
    found = len(data["results"])
    if not found:
        return "There is no time at which all of them are free."
    number = "One start is" if found == 1 else f"{'The first ' * data['more']}{found} starts are"
    return f"{number} possible, the earliest on {spoken(data['results'][0]['starts'])}."


# Data ----------------------------------------------------------------------------------------------------


def known_people() -> list[Person]:
    """The people whose name means nobody else."""
    return [person for person in rows(Person) if count(Person, name=containing(person.name)) == 1]


@calendar.data
def diary(draw: Draw) -> None:
    """What a team meets for: series with their exceptions, single events of two weeks past and five ahead, days off."""
    team = draw.sample(known_people(), TEAM)
    if not team:
        return
    monday = draw.today - draw.today.weekday() * DAY
    for title, rule, weekday, at, minutes, guests, zone in SERIES:
        starts = datetime.combine(monday + (weekday - 7 * draw.integer(4, 9)) * DAY, time.fromisoformat(at))
        if "MONTHLY" in rule:
            month = starts.replace(day=1)
            starts = month + (weekday - month.weekday()) % 7 * DAY
        place = "Video call" if zone else ""
        plan_for(draw, team, guests, title, starts, minutes, rule=rule, zone=zone, place=place)
    for number in draw.many(2 * len(EVENTS)):
        title, minutes = EVENTS[number % len(EVENTS)]
        starts = draw.moment(-14, 35, hours=(9, 16), minutes=30)
        starts += (7 - starts.weekday()) * DAY if starts.weekday() > 4 else timedelta(0)
        plan_for(draw, team, draw.integer(1, 4), title, starts, minutes)
    for person in draw.sample(team, 3):
        off = draw.day(3, 12)
        off += (7 - off.weekday()) % 7 * DAY if off.weekday() > 4 else timedelta(0)
        add_event("Leave", datetime.combine(off, time()), 1440 * draw.integer(1, 2), organiser=person, all_day=True,
                  made=draw.moment(-60, -20))  # fmt: skip
    make_exceptions(draw)
    leave_unanswered(draw, team)


def plan_for(
    draw: Draw, team: list[Person], guests: int, title: str, starts: datetime, minutes: int, **more: Any
) -> None:
    """An event of one of the team with some of the others, most of whom have answered, in a room that is free."""
    holder, *others = draw.sample(team, guests + 1)
    made = datetime.combine(min(starts.date(), draw.today), time(9)) - draw.integer(3, 25) * DAY
    event = add_event(title, starts, minutes, organiser=holder, made=made, **more)
    for person in others:
        answer: Any = draw.skewed(("accepted", "accepted", "accepted", "waiting", "tentative", "declined"))
        insert(Invitation(event=event, person=person, answer=answer, made=made))
    for room in draw.shuffled(ROOMS) if not event.place and minutes < 240 else ():
        event.place = room
        if not room_clash(event):
            return
    event.place = event.place if event.place not in ROOMS else ""


def make_exceptions(draw: Draw) -> None:
    """In each of some series one of the next times is cancelled, and another is moved to the afternoon."""
    for event in rows(Event, repeats=containing("FREQ=WEEKLY"), zone=ZONE)[:4]:
        spans = engine.occurrences(series_of(event), ZONE, draw.today + DAY, draw.today + 40 * DAY)
        gone, late = draw.sample(spans[1:5], 2)
        leave_out(event, gone)
        if draw.chance(60):
            change = change_of(event, late)
            change.starts = datetime.combine(late.original.date(), time(16, 30))
            if room_clash(event):
                delete(change)


def leave_unanswered(draw: Draw, team: list[Person]) -> None:
    """Two of the team have not got round to some invitations of different people."""
    for person in draw.sample(team, 2):
        ahead = dict.fromkeys(plan.event for _, plan in occurring(draw.today + DAY, draw.today + 21 * DAY, person))
        asked = [one for one in rows(Invitation, person=person) if one.event.id in ahead]
        first_of_each = list({one.event.organiser: one for one in asked}.values())
        for invitation in dict.fromkeys((*first_of_each[:3], *asked[-2:])):
            invitation.answer = "waiting"


# Tasks ---------------------------------------------------------------------------------------------------


def listed(
    first_day: date, last_day: date, *, single: bool = False, repeating: bool = False
) -> list[tuple[Span, Event]]:
    """Times to come that a title and a day tell from all others, of events that one person holds."""
    every = occurring(first_day, last_day)
    days: dict[date, list[str]] = {}
    for span, plan in every:
        days.setdefault(span.starts.date(), []).append(plan.title)
    events = {event.id: event for event in rows(Event)}
    found = []
    for span, plan in every:
        event = events[plan.event]
        same = sum(plan.title in title for title in days[span.starts.date()])
        fits = (not single or not event.repeats) and (not repeating or bool(event.repeats))
        if same == 1 and fits and not event.all_day and span.starts > now() and event.organiser is not None:
            found.append((span, event))
    return found


def colleagues(draw: TaskDraw, number: int) -> list[Person]:
    """Some people who are in the calendar and whose name means nobody else."""
    end = draw.today + 30 * DAY
    return draw.sample([person for person in known_people() if occurring(draw.today, end, person)], number)


def workdays(draw: TaskDraw, soonest: int, latest: int) -> list[date]:
    """The Mondays to Fridays so many days ahead."""
    days = [draw.today + step * DAY for step in range(soonest, latest + 1)]
    return [day for day in days if day.weekday() < 5]


TITLES = (
    "Kick-off",
    "Feedback round",
    "Supplier briefing",
    "Roadmap",
    "Move of the archive",
    "Press call",
    "Hiring round",
)
OFFICE_DAY = time(9), time(17)


@calendar.intent(
    "Arrange a meeting called '{title}' on {day}: {host} holds it, {guests} are invited, {minutes} minutes, in {place}. "
    "Take the earliest start on the full or half hour between 09:00 and 17:00 at which all three and the place are free. It "
    "replaces {old} of {old_day}, which is then cancelled.",
    "{host} wants to meet {guests} on {day} for {minutes} minutes. Enter it as '{title}' with {host} as organiser and the "
    "other two as guests, at the first time (full or half hours, 09:00 to 17:00) when nobody of the three is busy and "
    "{place} is not taken, which is where they meet. Once that stands, cancel {old} on {old_day}.",
    "Find the first gap on {day}, within 9 to 5 and on a half-hour grid, that suits {guests} and {host}, the organiser, with "
    "{place} free as well. Book '{title}' there for {minutes} minutes and send the two guests invitations. {old} on "
    "{old_day} is no longer needed: call it off.",
    "[Please schedule|Schedule|Could you schedule] '{title}' for {day}, {minutes} minutes long, with {host} as organiser and {guests} "
    "as guests. It should begin as early as all three of them and {place}, where they meet, are free, on the hour or half hour, not "
    "before 09:00, and be over by 17:00. In exchange, call off {old} of {old_day}.",
    "Instead of {old} on {old_day}, which goes, {host} meets {guests} on {day}. Put '{title}', {minutes} minutes in {place}, at "
    "the earliest half-hour mark that works for the three of them and the place, inside nine to five; {host} runs it and the "
    "others get an invitation.",
    "Could you see when {host} and {guests} are all free on {day}? The earliest slot of {minutes} minutes (start at :00 "
    "or :30, from 09:00, end by 17:00) in which {place} is free too becomes '{title}', organised by {host}, the "
    "others being asked. Having done so, remove {old} of {old_day} from the plan by cancelling it.",
    "'{title}' is to take place in {place} on {day}. It lasts {minutes} minutes, {host} is in charge, and {guests} take part. "
    "No start is fixed: choose the first between 09:00 and 17:00, at a full or half hour, that collides with nothing of theirs "
    "nor with the place. For that, {old} on {old_day} is given up.",
    "Make an appointment for {guests} with {host}, who organises it: title '{title}', date {day}, duration {minutes} minutes, "
    "venue {place}, time whatever comes first on the half-hour grid from nine until five with all three and the venue "
    "unoccupied. It makes {old} on {old_day} superfluous; cancel that.",
)  # fmt: skip
def arrange_meeting(draw: TaskDraw) -> Task:
    people, minutes = colleagues(draw, 3), draw.choice((30, 45, 60))
    draw.need(len(people) == 3, "fewer than three people are in the calendar")
    place = draw.choice(ROOMS or ("The canteen",))
    starts = {}
    for day in workdays(draw, 1, 14):
        slots = free_slots(people, minutes, day, day, *OFFICE_DAY)
        starts[day] = [start.time() for start, _, rooms in slots if place not in ROOMS or place in rooms]
    later = [day for day in starts if starts[day] and starts[day][0] > OFFICE_DAY[0]]
    day = draw.choice(later or [day for day in starts if starts[day]])
    return meeting_task(draw, people, minutes, place, day)


def meeting_task(
    draw: TaskDraw, people: list[Person], minutes: int, place: str, day: date, impossible: bool = False
) -> Task:
    host, *guests = people
    title, names = draw.choice(TITLES), [guest.name for guest in guests]
    others = listed(draw.today + DAY, draw.today + 35 * DAY, single=True)
    span, old = draw.choice([(span, event) for span, event in others if span.starts.date() != day])

    def solve(do: Do) -> None:
        slots = do.find_meeting_times(people=[host.name, *names], minutes=minutes, first=day)
        fitting = [slot for slot in slots if place not in ROOMS or place in slot.free_rooms]
        if fitting:
            do.create_event(title=title, starts=fitting[0].starts, minutes=minutes, people=names, organiser=host.name,
                            place=place)  # fmt: skip
            found = do.search_events(title=old.title, first=span.starts.date(), last=span.starts.date()).events[0]
            do.cancel_event(event_id=found.event.id)

    return draw.task(solve, impossible=impossible, title=title, host=host.name, guests=names, minutes=minutes,
                     place=place, day=day, old=old.title, old_day=span.starts.date())  # fmt: skip


@calendar.impossible(arrange_meeting)
def arrange_meeting_on_leave(draw: TaskDraw) -> Task:
    known = known_people()
    leave = [(event.organiser, event.starts.date()) for event in rows(Event, all_day=True, shows_busy=True)
             if event.organiser in known and event.starts > draw.now and event.starts.weekday() < 5]  # fmt: skip
    absent, day = draw.choice(leave)
    draw.need(absent is not None, "nobody is away")
    others = [person for person in colleagues(draw, 6) if person != absent][:2]
    draw.need(len(others) == 2, "fewer than three people are in the calendar")
    people = draw.shuffled([absent, *others] if absent else others)
    return meeting_task(draw, people, 30, draw.choice(ROOMS or ("The canteen",)), day, impossible=True)


@calendar.intent(
    "Move the {title} of {day} to {when}. It is only this once, all other dates stay.",
    "{title} on {day} does not suit. Have it take place on {when} instead, without touching the rest of the series.",
    "Just this one time, could the {title} planned for {day} be on {when}?",
    "Shift a single date in the calendar: the {title} from {day} goes to {when}; the later ones keep their usual time.",
    "We agreed that {title} will be held on {when} and not on {day}. Change that date alone, please.",
    "The {title} that falls on {day} needs another time, namely {when}. Leave the series as it is otherwise.",
    "For once {title} is not on {day}: reschedule it to {when} (this occurrence, nothing else).",
    "Set {when} as the new time for the one {title} we would have had on {day}, and for no other.",
)  # fmt: skip
def move_one_time(draw: TaskDraw) -> Task:
    choices = []
    for span, event in listed(draw.today + DAY, draw.today + 20 * DAY, repeating=True):
        for step in range(1, 4):
            starts = datetime.combine(
                span.starts.date() + step * DAY, draw.choice((time(8, 15), time(12, 15), time(17, 30)))
            )
            same_day = occurring(starts.date(), starts.date(), title=event.title)
            ends = starts + (span.ends - span.starts)
            there = [one for one, plan in occurring(starts.date(), starts.date()) if plan.place == event.place]
            if starts.weekday() < 5 and not same_day and all(one.ends <= starts or one.starts >= ends for one in there):
                choices.append((span, event, starts))
    span, event, when = draw.choice(choices)

    def solve(do: Do) -> None:
        found = do.search_events(title=event.title, first=span.starts.date(), last=span.starts.date()).events[0]
        do.move_occurrence(event_id=found.event.id, occurrence=found.starts, starts=when)

    return draw.task(solve, title=event.title, day=span.starts.date(), when=when)


@calendar.intent(
    "The {event.title} that {event.organiser.name} holds comes to an end: {day} is the last time, take what would follow out of "
    "the calendar.",
    "After {day} there will be no more {event.title} with {event.organiser.name} as organiser. Please end the series then; that "
    "date itself still takes place.",
    "Stop {event.organiser.name}'s {event.title} for good once it has been held on {day}.",
    "{event.organiser.name} gives up {event.title}. The meeting on {day} is kept, all those behind it go.",
    "Could you let the series {event.title} (organiser: {event.organiser.name}) run out, with {day} as its final date?",
    "From the calendar, delete every {event.title} of {event.organiser.name}'s that lies after {day}, and leave that day's and the "
    "earlier ones.",
    "We have decided that {day} sees the last {event.title} under {event.organiser.name}. See to it that it does not repeat "
    "any longer than that.",
    "Close the recurring {event.title} which {event.organiser.name} runs: final meeting {day}, nothing from then on.",
)  # fmt: skip
def end_a_series(draw: TaskDraw) -> Task:
    known, choices = known_people(), []
    for event in rows(Event, repeats=containing("FREQ=WEEKLY"), status="confirmed"):
        alike = [one for one in rows(Event, title=containing(event.title), status="confirmed")
                 if one.organiser == event.organiser or count(Invitation, event=one, person=event.organiser)]  # fmt: skip
        spans = engine.occurrences(series_of(event), ZONE, draw.today + DAY, draw.today + 45 * DAY)
        regular = [one for one, other in pairwise(spans) if one.starts.date() < other.starts.date()]
        if event.organiser in known and alike == [event] and "UNTIL" not in event.repeats:
            choices += [(event, span.starts.date()) for span in regular[1:4]]
    event, day = draw.choice(choices)
    holder = event.organiser.name if event.organiser else ""

    def solve(do: Do) -> None:
        found = do.search_events(title=event.title, person=holder, first=do.shift(day, days=1)).events[0]
        do.cancel_event(event_id=found.event.id, which="this_and_following", occurrence=found.starts)

    return draw.task(solve, event=event, day=day)


@calendar.intent(
    "{person.name} has not answered all invitations for the coming three weeks (up to {last}). Accept on {person.name}'s behalf "
    "those that {host.name} organises and decline the others that are still waiting.",
    "Go through what {person.name} is invited to from today until {last} and has left unanswered: yes to everything held by "
    "{host.name}, no to all the rest.",
    "Please clear {person.name}'s open invitations to events from today until {last}. If {host.name} is the organiser, the answer is "
    "accepted; whoever else it is, declined. Answers already given stand.",
    "Which invitations of {person.name}'s are waiting for an answer between now and {last}? Those by {host.name} are to be "
    "accepted, any other is to be turned down.",
    "{person.name} asks us to reply to the invitations still open (events from today until {last}): {host.name}'s meetings suit, all other "
    "organisers' do not.",
    "From today until {last}, {person.name} will only come to events of {host.name}'s. Record that for each invitation nobody has "
    "answered yet: accepted for those, declined for everything else.",
    "On behalf of {person.name}, send answers where there are none so far, for events taking place from today to {last}. Accept in the case "
    "of {host.name} as organiser; in all other cases decline.",
    "Some invitations to events between today and {last} are still waiting for {person.name}'s answer. Decline them all, except "
    "where {host.name} holds the event: those are accepted.",
    kind="batch",
)  # fmt: skip
def answer_what_is_open(draw: TaskDraw) -> Task:
    last, known, choices = draw.today + 21 * DAY, known_people(), []
    for person in known:
        ids = dict.fromkeys(plan.event for _, plan in occurring(draw.today, last, person))
        waiting = [one for one in rows(Invitation, person=person, answer="waiting") if one.event.id in ids]
        holders = list(dict.fromkeys(one.event.organiser for one in waiting))
        if 2 <= len(waiting) <= 8 and len(holders) > 1:
            choices += [(len(ids), person, holder) for holder in holders if holder is not None and holder in known]
    enough = max(14, min(choices, key=lambda one: one[0])[0] if choices else 0)
    _, person, host = draw.choice([one for one in choices if one[0] <= enough])

    def solve(do: Do) -> None:
        found = do.search_events(person=person.name, last=last, limit=50).events
        for event in {one.event.id: one.event for one in found if one.answer == "waiting"}.values():
            answer = "accepted" if event.organiser_name == host.name else "declined"
            do.answer_invitation(event_id=event.id, person=person.name, answer=answer)

    return draw.task(solve, person=person, host=host, last=last)


@calendar.intent(
    "How many minutes of events do {people} have between them from {monday} to {friday}? Count for each what he or she holds or "
    "was invited to and has not declined, overlapping events each in full, and leave all-day entries aside.",
    "Add up the length, in minutes, of everything in the calendars of {people} between {monday} and {friday}, without "
    "whole-day entries and without what was declined. An event that several of them are in counts several times, and events that "
    "overlap each count in full.",
    "Where does the week from {monday} to {friday} go for {people}? Work out each one's minutes in events, apart from those "
    "of whole days and the declined ones, and tell me the sum of the three. Where two events overlap, both count in full.",
    "I need one figure for {people} together: minutes of events, {monday} through {friday}, both own ones and "
    "invitations unless turned down, full days excluded, shared events once per head, double bookings twice.",
    "Sum the durations of all timed events that {people} are in from {monday} until {friday}, person by person (declined ones do "
    "not count, nor do all-day ones; those that overlap count in full). Minutes, please.",
    "{people}: for how many minutes are they in events between {monday} and {friday}, the three totals added together? Whole "
    "days off are not meant; invitations count unless declined, and of events at the same time each counts in full.",
    "For the time sheets of {people}, {monday} to {friday}: organised or attended, not refused, not all-day, each event in full even "
    "where it overlaps another. What is the grand total of minutes over the three sheets?",
    "How many minutes long are the events of {people} from {monday} to {friday}, all three people added? Ignore entries lasting whole "
    "days and anything the person in question declined; events that overlap count in full.",
    kind="aggregate",
)  # fmt: skip
def minutes_in_events(draw: TaskDraw) -> Task:
    monday = draw.today + (7 * draw.integer(1, 3) - draw.today.weekday()) * DAY
    friday, people = monday + 4 * DAY, colleagues(draw, 3)
    spans = [span for one in people for span, plan in occurring(monday, friday, one) if not plan.series.all_day]
    answer = sum((span.ends - span.starts) // timedelta(minutes=1) for span in spans)
    names = [person.name for person in people]
    draw.need(answer and len(people) == 3, "three people with events are needed")

    def solve(do: Do) -> Any:
        minutes = []
        for name in names:
            found = do.search_events(person=name, first=monday, last=friday, limit=50).events
            minutes += [one.minutes for one in found if not one.event.all_day]
        return do.sum(minutes)

    return draw.task(solve, answer=Answer.number(answer), people=names, monday=monday, friday=friday)


@calendar.intent(
    "We are closed on {day}. Cancel whatever takes place that day, but of an event that repeats only that one time; all-day "
    "entries stay.",
    "Nothing can be held on {day}, the heating is being replaced. Take every event of that day off, for series just that date, "
    "and leave the entries for whole days.",
    "Please empty {day} in the calendar: all events with a time are cancelled. Recurring ones skip the day and go on afterwards.",
    "{day} is a holiday that we forgot about. Call off each event that falls on it (one single date where it recurs), "
    "all-day ones excepted.",
    "Everyone stays at home on {day}. Strike what the calendar has at a certain time that day and nothing on other days; "
    "whole-day entries are not concerned.",
    "Clear the calendar for {day}, one event after the other. A series must lose no more than this date, and what lasts all day "
    "is not to be touched.",
    "The building is without power on {day}, so the day's events are off. Other dates of the same series still hold, and so do "
    "all-day entries.",
    "Cancel the appointments of {day}, every last one that has a time of day. If an appointment repeats, then it is cancelled "
    "for {day} only.",
    kind="batch",
)  # fmt: skip
def clear_a_day(draw: TaskDraw) -> Task:
    days = []
    for day in workdays(draw, 1, 25):
        timed = [span for span, plan in occurring(day, day) if not plan.series.all_day]
        if 3 <= len(timed) <= 7 and all(span.starts.date() == day for span in timed):
            days.append(day)
    day = draw.choice(days)

    def solve(do: Do) -> None:
        for one in do.search_events(first=day, last=day, limit=50).events:
            if one.event.all_day:
                continue
            if one.event.repeats:
                do.cancel_event(event_id=one.event.id, which="this", occurrence=one.starts)
            else:
                do.cancel_event(event_id=one.event.id)

    return draw.task(solve, day=day)


@calendar.intent(
    "Whose answer is missing for events that {host.name} organises between now and {last}? Give each name once.",
    "Who has been asked to something of {host.name}'s that takes place between today and {last}, and has not said anything yet?",
    "{host.name} is waiting to hear from some guests. Taking all events {host.name} holds from today up to {last}, what are their names?",
    "I want to chase people on behalf of {host.name}. Which of those invited to {host.name}'s events from today until {last} have "
    "left it open so far, in one or in several cases?",
    "Go through the events from today until {last} with {host.name} as organiser and list everybody who has an unanswered invitation among "
    "them; no name twice.",
    "Before {host.name} orders lunch for the events between today and {last}: who still owes a yes or no to any that {host.name} runs?",
    "Name the people without a reply, over the whole of {host.name}'s own events from today to {last}.",
    "{host.name} holds some events between today and {last}. Who has yet to respond to at least one of them?",
    kind="question",
)  # fmt: skip
def whose_answer_is_missing(draw: TaskDraw) -> Task:
    last, choices = draw.today + draw.integer(14, 28) * DAY, []
    ids = dict.fromkeys(plan.event for _, plan in occurring(draw.today, last))
    for host in known_people():
        own = [event for event in rows(Event, organiser=host) if event.id in ids]
        open_ = [one.person for event in own for one in rows(Invitation, event=event, answer="waiting")]
        asked = sum(count(Invitation, event=event) for event in own)
        if 2 <= len(own) <= 7 and 0 < len(open_) < asked:
            choices.append((host, list(dict.fromkeys(person.name for person in open_))))
    host, names = draw.choice(choices)

    def solve(do: Do) -> list[str]:
        found = do.search_events(person=host.name, last=last, limit=50).events
        missing = []
        for event in dict.fromkeys(one.event.id for one in found if one.event.organiser_name == host.name):
            guests = do.get_event(event_id=event).guests
            missing += [guest.person_name for guest in guests if guest.answer == "waiting"]
        return list(dict.fromkeys(missing))

    return draw.task(solve, answer=Answer.items(names), host=host, last=last)


@calendar.intent(
    "Enter a call '{title}' with {city}, organised by {host}: weekly from {when} by the clocks of {city}, {minutes} minutes, {times} "
    "times. Keep it in that time zone, and remind people {reminder} minutes before.",
    "{host} will ring our partners in {city} every week, the first time on {when} as they count it there, {times} times altogether. "
    "Call it '{title}', {minutes} minutes each, reminder {reminder} minutes ahead.",
    "Please set up '{title}': {times} weekly calls of {minutes} minutes, beginning on {when}. The hour is {city}'s own and "
    "must remain so when clocks change. {host} organises; the reminder comes {reminder} minutes earlier.",
    "A weekly series is needed under the name '{title}'. {city}'s time zone, starting {when} there, ending after {times} "
    "calls; each takes {minutes} minutes; organiser {host}; {reminder} minutes' warning.",
    "'{title}' takes place once a week, {times} times in total, starting {when}, which is local time in {city}. "
    "{host} holds it. Length {minutes} minutes, reminder {reminder} minutes before the start.",
    "I'd like {times} dates for '{title}', one each week, {minutes} minutes long; the first is {when} in the time zone of {city}, "
    "where the others belong too. Organiser is {host}, and people want reminding {reminder} minutes in advance.",
    "For {host}, create the repeating call '{title}' on {city} time with a {reminder}-minute reminder. First call "
    "{when} over there, then weekly, {times} calls, {minutes} minutes apiece.",
    "Our colleagues over in {city} can do {when} their time, and every week after. So: '{title}', weekly, {minutes} minutes, {times} "
    "occurrences in their zone, {host} organising, with a reminder set to {reminder} minutes.",
)  # fmt: skip
def set_up_a_call_abroad(draw: TaskDraw) -> Task:
    city = draw.choice(("Tokyo", "Chicago", "Lisbon", "Toronto", "Singapore", "Los Angeles", "Dublin"))
    host = draw.choice(known_people())
    when = datetime.combine(draw.choice(workdays(draw, 2, 12)), time(draw.integer(9, 16), 15))
    title, minutes, times = draw.choice(TITLES), draw.choice((20, 25, 40)), draw.integer(4, 12)
    reminder = draw.choice((10, 30))

    def solve(do: Do) -> None:
        do.create_event(title=title, starts=when, minutes=minutes, organiser=host.name, repeats="weekly", times=times,
                        zone=city, reminder_minutes=reminder)  # fmt: skip

    return draw.task(solve, title=title, city=city, host=host.name, when=when, minutes=minutes, times=times,
                     reminder=reminder)  # fmt: skip


@calendar.intent(
    "Is {one.name} free all through {title} on {day}? Then invite {one.name} to it, otherwise {other.name}.",
    "{title} on {day} needs one more person. Ask {one.name} if nothing else takes {one.name} up during it; failing that, {other.name}.",
    "Please add a guest to {title} ({day}): {one.name} when the calendar shows that whole time free, and {other.name} when not.",
    "Check {one.name}'s calendar against {day}'s {title}. No overlap with anything: invite {one.name}. Some overlap: {other.name} gets the "
    "invitation.",
    "I'd prefer {one.name} at {title} on {day}, but only if there is no clash. Should there be one, send the invitation to {other.name}.",
    "Someone has to join {title} on {day}. First choice is {one.name}, provided that no other event overlaps; second choice is "
    "{other.name}. Invite the right one.",
    "Either {one.name} or {other.name} is to be invited to the {title} of {day}, the former as long as not busy at any minute of it.",
    "See whether {one.name} has time for the entire {title} on {day}. Depending on that, invite {one.name} (has time) or "
    "{other.name} (has not).",
    kind="conditional",
)  # fmt: skip
def invite_who_is_free(draw: TaskDraw) -> Task:
    known, events = known_people(), listed(draw.today + DAY, draw.today + 25 * DAY, single=True)
    busy: list[tuple[Span, Event, Person, list[Person]]] = []
    free: list[tuple[Span, Event, Person, list[Person]]] = []
    for span, event in events:
        out = [one for one in known if one != event.organiser and not count(Invitation, event=event, person=one)]
        for person in out if len(out) > 1 else []:
            minutes = (span.ends - span.starts) // timedelta(minutes=1)
            (free if is_free(person, span.starts, minutes) else busy).append((span, event, person, out))
    span, event, one, out = draw.choice(busy if busy and draw.chance(60) else free)
    other, day = draw.choice([person for person in out if person != one]), span.starts.date()

    def solve(do: Do) -> None:
        found = do.search_events(title=event.title, first=day, last=day).events[0]
        taken = do.check_free_busy(people=[one.name], first=day, last=day)
        clash = [time for time in taken if time.starts < found.ends and time.ends > found.starts]
        do.invite_people(event_id=found.event.id, people=[other.name if clash else one.name])

    return draw.task(solve, title=event.title, day=day, one=one, other=other)


@calendar.intent(
    "{host.name} sent this file. Put the event in it into our calendar, then invite {guest.name} and set its reminder to {minutes} "
    "minutes.\n\n{file}",
    "Import what is below, ask {guest.name} along, and have people reminded {minutes} minutes before it begins. It came from "
    "{host.name}.\n\n{file}",
    "An .ics text from {host.name} follows. Once it is in the calendar, {guest.name} is to be a guest and the reminder "
    "{minutes} minutes.\n\n{file}",
    "Can you add this to the calendar for {host.name}? {guest.name} should get an invitation, and the reminder is wanted "
    "{minutes} minutes ahead.\n\n{file}",
    "[Please take|Take] the following iCalendar entry over as it stands. Afterwards it needs a {minutes}-minute reminder and "
    "{guest.name} as one more guest. Sender: {host.name}.\n\n{file}",
    "From {host.name}, as an attachment: the event below. Into the calendar with it, with {guest.name} invited and the reminder at "
    "{minutes} minutes.\n\n{file}",
    "Here is the invitation that {host.name} mailed us. Record it, set people's reminder {minutes} minutes before the start, and "
    "extend it to {guest.name}.\n\n{file}",
    "Copy the event that {host.name} wrote down here into our calendar. Two additions: reminder, {minutes} minutes; guest, "
    "{guest.name}.\n\n{file}",
)  # fmt: skip
def take_in_an_invitation(draw: TaskDraw) -> Task:
    host, guest = draw.sample(known_people(), 2)
    starts, title = (
        datetime.combine(draw.choice(workdays(draw, 5, 30)), time(draw.integer(7, 18), 10)),
        draw.choice(TITLES),
    )
    ends = starts + timedelta(minutes=draw.choice((35, 50, 110)))
    file = "\n".join([
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Mailer//Invitations//EN", "BEGIN:VEVENT",
        f"UID:{draw.integer(10_000, 99_999)}@invitations.example", f"DTSTAMP:{draw.today:%Y%m%d}T070000Z",
        f"DTSTART:{starts:%Y%m%dT%H%M}00Z", f"DTEND:{ends:%Y%m%dT%H%M}00Z", f"SUMMARY:{title}",
        f"LOCATION:{draw.choice(('Town hall', 'Quay 4', 'By phone'))}", f"ORGANIZER:mailto:{host.email}", "END:VEVENT",
        "END:VCALENDAR",
    ])  # fmt: skip
    minutes = draw.choice((15, 45, 120))

    def solve(do: Do) -> None:
        event = do.import_calendar(text=file)[0]
        do.invite_people(event_id=event.id, people=[guest.name])
        do.change_event(event_id=event.id, reminder_minutes=minutes)

    return draw.task(solve, host=host, guest=guest, minutes=minutes, file=file)
