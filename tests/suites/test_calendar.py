"""The calendar: repetition and its exceptions, zones, rooms, answers, files, and every way in which it says no."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import icalendar
import pytest

import agentworlds
from agentworlds.engines import EngineError, make_engine
from agentworlds.engines.calendar import CalendarEngine, Ical
from agentworlds.engines.events import Entry, Party, Series

world = agentworlds.load("suite:calendar")
engine = Ical()
TUESDAY = datetime(2026, 3, 3, 10)


@pytest.fixture
def office() -> Iterator[agentworlds.Instance]:
    with world.instance() as instance:
        yield instance


def call(office: agentworlds.Instance, tool: str, **arguments: Any) -> Any:
    step = office.call(tool, **arguments)
    assert step.ok, step.text
    return step.data


def people(office: agentworlds.Instance) -> list[str]:
    return [one["name"] for one in call(office, "search_people")["results"]]


def weekly(office: agentworlds.Instance, **more: Any) -> Any:
    """An event of ours on Tuesdays at ten."""
    given = {"title": "Quiz night", "starts": "2026-03-03T10:00:00", "repeats": "weekly", **more}
    return call(office, "create_event", **given)


def starts(office: agentworlds.Instance, title: str, last: str = "2026-04-01") -> list[str]:
    found = call(office, "search_events", title=title, first="2026-03-02", last=last, limit=50)["events"]
    return [one["starts"] for one in found]


# Repetition -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "rule", "words"),
    [
        ("FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=TU", "every week on Tuesday"),
        ("FREQ=WEEKLY;INTERVAL=1;BYDAY=TU;WKST=MO", "FREQ=WEEKLY;BYDAY=TU", "every week on Tuesday"),
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TH,TU",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH",
            "every 2 weeks on Tuesday and Thursday",
        ),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every weekday"),
        ("FREQ=WEEKLY;COUNT=5", "FREQ=WEEKLY;BYDAY=TU;UNTIL=20260331", "every week on Tuesday until 31 March 2026"),
        (
            "FREQ=WEEKLY;UNTIL=20260405T120000Z",
            "FREQ=WEEKLY;BYDAY=TU;UNTIL=20260331",
            "every week on Tuesday until 31 March 2026",
        ),
        ("FREQ=MONTHLY", "FREQ=MONTHLY;BYMONTHDAY=3", "every month on the 3rd"),
        (
            "FREQ=MONTHLY;BYMONTHDAY=3,11,-1,-2",
            "FREQ=MONTHLY;BYMONTHDAY=3,11,-1,-2",
            "every month on the 3rd, the 11th, the last day and the 2nd last day",
        ),
        ("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=1", "FREQ=MONTHLY;BYDAY=1TU", "every month on the first Tuesday"),
        ("FREQ=YEARLY", "FREQ=YEARLY;BYMONTHDAY=3;BYMONTH=3", "every year on 3 March"),
    ],
)
def test_equal_rules_have_one_spelling_and_are_said_alike(given: str, rule: str, words: str) -> None:
    assert engine.repeat(given, TUESDAY) == rule
    assert engine.repeat(rule, TUESDAY) == rule
    assert engine.describe(rule) == words


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("weekly", "cannot stand in a rule"),
        ("FREQ=HOURLY", "FREQ is one of DAILY, WEEKLY, MONTHLY, YEARLY"),
        ("FREQ=DAILY;COUNT=0", "COUNT is a whole number from 1 to 1000"),
        ("FREQ=WEEKLY;BYDAY=WE", "3 March 2026, is not a day that the rule gives"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "is not a day that the rule gives"),
        ("FREQ=MONTHLY;BYDAY=9TU", "BYDAY has 9TU"),
        ("FREQ=WEEKLY;UNTIL=20260301", "it would end before it begins"),
        ("FREQ=WEEKLY;UNTIL=soon", "UNTIL is a day such as 20260630"),
        ("FREQ=WEEKLY;COUNT=3;UNTIL=20260401", "COUNT or UNTIL, not both"),
        ("FREQ=YEARLY;COUNT=30", "ends within twenty years"),
    ],
)
def test_what_is_no_rule_is_an_engine_error(rule: str, reason: str) -> None:
    with pytest.raises(EngineError, match=reason):
        engine.repeat(rule, TUESDAY)


def test_a_series_abroad_keeps_the_clocks_of_its_zone() -> None:
    series = Series(datetime(2026, 3, 3, 10), 30, "America/New_York", rule="FREQ=WEEKLY;BYDAY=TU")
    spans = engine.occurrences(series, "Europe/London", date(2026, 3, 1), date(2026, 3, 31))
    assert [(one.starts.day, one.starts.hour) for one in spans] == [(3, 15), (10, 14), (17, 14), (24, 14), (31, 15)]


def test_zones_come_from_the_pinned_package_whatever_the_system_has(monkeypatch: pytest.MonkeyPatch) -> None:
    import zoneinfo

    from agentworlds.engines.events import zone_of

    zone_of.cache_clear()
    zoneinfo.reset_tzpath(to=())
    try:
        moment = engine.convert(datetime(2026, 7, 1, 9), engine.zone("los angeles"), "Asia/Tokyo")
    finally:
        zoneinfo.reset_tzpath()
    assert moment == datetime(2026, 7, 2, 1)
    with pytest.raises(EngineError, match="there is no time zone 'Atlantis'"):
        engine.zone("Atlantis")


def test_one_time_can_be_moved_and_one_cancelled_while_the_others_stay(office: agentworlds.Instance) -> None:
    event = weekly(office, times=5)["id"]
    call(
        office,
        "move_occurrence",
        event_id=event,
        occurrence="2026-03-10T10:00:00",
        starts="2026-03-11T16:00:00",
        minutes=90,
    )
    details = call(office, "cancel_event", event_id=event, which="this", occurrence="2026-03-17T10:00:00")
    assert starts(office, "quiz night") == [
        "2026-03-03T10:00:00",
        "2026-03-11T16:00:00",
        "2026-03-24T10:00:00",
        "2026-03-31T10:00:00",
    ]
    assert [(one["original"], one["starts"], one["minutes"], one["cancelled"]) for one in details["changes"]] == [
        ("2026-03-10T10:00:00", "2026-03-11T16:00:00", 90, False),
        ("2026-03-17T10:00:00", None, None, True),
    ]
    said = office.call("get_event", event_id=event).text
    assert "original 17 March 2026 at 10:00, cancelled" in said


def test_a_moved_time_is_named_by_its_new_start(office: agentworlds.Instance) -> None:
    event = weekly(office)["id"]
    call(office, "move_occurrence", event_id=event, occurrence="2026-03-10T10:00:00", starts="2026-03-12T10:00:00")
    call(office, "move_occurrence", event_id=event, occurrence="2026-03-12T10:00:00", starts="2026-03-13T11:00:00")
    assert starts(office, "quiz night", "2026-03-20") == [
        "2026-03-03T10:00:00",
        "2026-03-13T11:00:00",
        "2026-03-17T10:00:00",
    ]


def test_a_series_ends_before_the_time_from_which_it_is_cancelled(office: agentworlds.Instance) -> None:
    event = weekly(office)["id"]
    call(office, "move_occurrence", event_id=event, occurrence="2026-03-24T10:00:00", starts="2026-03-25T10:00:00")
    details = call(office, "cancel_event", event_id=event, which="this_and_following", occurrence="2026-03-17T10:00:00")
    assert details["event"]["repeats"] == "FREQ=WEEKLY;BYDAY=TU;UNTIL=20260310"
    assert details["changes"] == []
    assert starts(office, "quiz night") == ["2026-03-03T10:00:00", "2026-03-10T10:00:00"]


def test_cancelling_from_the_first_time_on_cancels_the_whole(office: agentworlds.Instance) -> None:
    event = weekly(office)["id"]
    details = call(office, "cancel_event", event_id=event, which="this_and_following", occurrence="2026-03-03T10:00:00")
    assert details["event"]["status"] == "cancelled"
    assert starts(office, "quiz night") == []
    assert call(office, "search_events", title="quiz night", cancelled=True)["total"] == 5


def test_a_new_time_of_day_moves_every_time_but_those_moved_before(office: agentworlds.Instance) -> None:
    event = weekly(office, times=4)["id"]
    call(office, "move_occurrence", event_id=event, occurrence="2026-03-10T10:00:00", starts="2026-03-12T18:00:00")
    call(office, "cancel_event", event_id=event, which="this", occurrence="2026-03-17T10:00:00")
    call(office, "change_event", event_id=event, starts="2026-03-03T11:30:00")
    assert starts(office, "quiz night") == ["2026-03-03T11:30:00", "2026-03-12T18:00:00", "2026-03-24T11:30:00"]


# People and rooms -------------------------------------------------------------------------------------------------


def test_people_are_busy_with_what_they_hold_or_have_not_declined(office: agentworlds.Instance) -> None:
    host, guest = people(office)[:2]
    day = {"first": "2026-06-01", "last": "2026-06-01"}
    event = call(office, "create_event", title="Quiz", starts="2026-06-01T10:00:00", organiser=host, people=[guest])
    call(office, "create_event", title="Quiz 2", starts="2026-06-01T11:00:00", minutes=30, organiser=host)
    call(office, "create_event", title="Reading", starts="2026-06-01T15:00:00", organiser=host, shows_busy=False)

    def busy() -> list[tuple[str, str, str]]:
        found = call(office, "check_free_busy", people=[host, guest], **day)["results"]
        return [(one["person"]["name"], one["starts"][11:16], one["ends"][11:16]) for one in found]

    base = [one for one in busy() if one[0] not in (host, guest)]
    assert base == []
    assert (host, "10:00", "11:30") in busy()
    assert (guest, "10:00", "11:00") in busy()
    call(office, "answer_invitation", event_id=event["id"], person=guest, answer="declined")
    assert (guest, "10:00", "11:00") not in busy()
    assert call(office, "search_events", person=guest, title="quiz", **day)["total"] == 0


def test_a_day_off_is_told_apart_from_the_times_within_it(office: agentworlds.Instance) -> None:
    host = people(office)[0]
    for title, given in (
        ("Leave", {"starts": "2026-06-01T00:00:00", "all_day": True}),
        ("Call", {"starts": "2026-06-01T10:00:00", "minutes": 30}),
        ("Talk", {"starts": "2026-06-01T10:15:00", "minutes": 30}),
    ):
        call(office, "create_event", title=title, organiser=host, **given)
    found = call(office, "check_free_busy", people=[host], first="2026-06-01")["results"]
    told = [(one["starts"][5:16], one["ends"][5:16], one["all_day"]) for one in found]
    assert told == [("06-01T00:00", "06-02T00:00", True), ("06-01T10:00", "06-01T10:45", False)]


def test_a_search_for_a_person_tells_what_that_person_answered(office: agentworlds.Instance) -> None:
    host, guest = people(office)[:2]
    day = {"title": "Quiz", "first": "2026-06-01", "last": "2026-06-01"}
    event = call(office, "create_event", title="Quiz", starts="2026-06-01T10:00:00", organiser=host, people=[guest])

    def answers(**person: str) -> list[str]:
        return [one["answer"] for one in call(office, "search_events", **day, **person)["events"]]

    assert (answers(), answers(person=host), answers(person=guest)) == (["no_person_given"], ["organiser"], ["waiting"])
    call(office, "answer_invitation", event_id=event["id"], person=guest, answer="tentative")
    assert answers(person=guest) == ["tentative"]


def test_meeting_times_are_free_of_everybodys_events_and_tell_the_rooms(office: agentworlds.Instance) -> None:
    host, guest = people(office)[:2]
    for at, person in (("09:00", host), ("10:30", guest), ("12:00", host)):
        call(office, "create_event", title="Taken", starts=f"2026-08-03T{at}:00", organiser=person, minutes=60)
    call(office, "create_event", title="Room taken", starts="2026-08-03T13:00:00", place="Library", minutes=30)
    found = call(
        office,
        "find_meeting_times",
        people=[host, guest],
        minutes=60,
        first="2026-08-03",
        earliest="08:45",
        latest="14:30",
    )
    slots = {one["starts"][11:16]: one["free_rooms"] for one in found["results"]}
    assert list(slots) == ["13:00", "13:30"]
    assert "Library" not in slots["13:00"]
    assert "Library" in slots["13:30"]
    assert (
        call(office, "find_meeting_times", people=[host], minutes=30, first="2026-08-08", last="2026-08-09")["results"]
        == []
    )


# Files ------------------------------------------------------------------------------------------------------------


def test_a_file_says_everything_and_reads_back_to_the_same() -> None:
    rule = engine.repeat("FREQ=WEEKLY;COUNT=8", TUESDAY)
    when = Series(TUESDAY, 45, "America/New_York", False, rule, (datetime(2026, 3, 17, 10),),
                  ((datetime(2026, 3, 10, 10), datetime(2026, 3, 11, 9), 30),))  # fmt: skip
    guests = (Party("bo@x.example", "Bo, the elder", "declined"), Party("cy@x.example", "Cy", "waiting"))
    entries = [
        Entry(
            "a@x",
            "Call; with, New York",
            when,
            datetime(2026, 1, 5, 9),
            "Room 1",
            "Two\nlines",
            Party("al@x.example", "Al", "waiting"),
            guests,
            15,
        ),
        Entry(
            "b@x",
            "Leave",
            Series(datetime(2026, 4, 6), 2880, "Europe/London", True),
            datetime(2026, 1, 5, 9),
            busy=False,
            cancelled=True,
        ),
    ]
    text = engine.write("Office", entries)
    assert engine.read(text, "Europe/London") == entries
    assert engine.write("Office", entries) == text


def test_the_library_itself_reads_an_export(office: agentworlds.Instance) -> None:
    text = call(office, "export_calendar", first="2026-03-02", last="2026-03-15")["value"]
    parsed = icalendar.Calendar.from_ical(text)
    titles = {str(event["SUMMARY"]) for event in parsed.walk("VEVENT")}
    found = call(office, "search_events", first="2026-03-02", last="2026-03-15", limit=50)
    assert titles == {one["event"]["title"] for one in found["events"]}
    zones = {str(zone["TZID"]) for zone in parsed.walk("VTIMEZONE")}
    assert zones == {"Europe/London", "America/New_York"}
    assert call(office, "export_calendar", first="2026-03-02", last="2026-03-15")["value"] == text


def test_summer_time_begins_by_the_clocks_before_the_change() -> None:
    text = engine.write("Office", [Entry("a@x", "A", Series(TUESDAY, 60, "Europe/London"), datetime(2026, 1, 5, 9))])
    parsed = icalendar.Calendar.from_ical(text)
    onset = next(part["DTSTART"].dt for part in parsed.walk("DAYLIGHT"))
    assert onset == datetime(2025, 3, 30, 1)
    zone = next(iter(parsed.walk("VTIMEZONE"))).to_tz()
    for month in range(1, 13):
        moment = datetime(2026, month, 15, 12)
        assert moment.replace(tzinfo=zone).utcoffset() == moment.replace(tzinfo=_london()).utcoffset()


def _london() -> Any:
    from agentworlds.engines.events import zone_of

    return zone_of("Europe/London")


def test_a_file_of_another_program_is_taken_in(office: agentworlds.Instance) -> None:
    host, guest = call(office, "search_people")["results"][:2]
    text = "\n".join([
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Mailer//EN", "BEGIN:VEVENT", "UID:7@mailer.example",
        "DTSTAMP:20260301T080000Z", "DTSTART;TZID=Eastern Standard Time:20260303T090000", "DURATION:PT45M",
        "RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE;TZID=Eastern Standard Time:20260310T090000", "SUMMARY:Vendor call",
        f"ORGANIZER:mailto:{host['email']}", f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{guest['email']}",
        "ATTENDEE:mailto:stranger@nowhere.example", "BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:x", "TRIGGER:-PT30M",
        "END:VALARM", "END:VEVENT", "END:VCALENDAR",
    ])  # fmt: skip
    event = call(office, "import_calendar", text=text)["results"][0]
    wanted = ("America/New_York", "FREQ=WEEKLY;BYDAY=TU;UNTIL=20260317", 45, 30, host["name"])
    assert (
        event["zone"],
        event["repeats"],
        event["minutes"],
        event["reminder_minutes"],
        event["organiser_name"],
    ) == wanted
    assert starts(office, "vendor call") == ["2026-03-03T14:00:00", "2026-03-17T13:00:00"]
    guests = call(office, "get_event", event_id=event["id"])["guests"]
    assert [(one["person_name"], one["answer"]) for one in guests] == [(guest["name"], "accepted")]
    assert office.call("import_calendar", text=text).refusal.message == "Vendor call is in the calendar already."


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["SUMMARY:x"], "no DTSTART"),
        (["DTSTART:20260303T090000", "DTEND:20260303T080000"], "less than a minute"),
        (["DTSTART;TZID=Nowhere/At All:20260303T090000", "DURATION:PT1H"], "there is no time zone"),
        (
            ["DTSTART:20260303T090000", "DURATION:PT1H", "RDATE:20260304T090000"],
            "RDATE, which this calendar does not know",
        ),
        (["DTSTART:20260303T090000", "DURATION:PT1H", "RRULE:FREQ=SECONDLY"], "FREQ is one of"),
        (["DTSTART:yesterday"], ""),
    ],
)
def test_a_file_that_cannot_be_followed_is_refused(office: agentworlds.Instance, lines: list[str], reason: str) -> None:
    text = "\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:1@x", *lines, "END:VEVENT", "END:VCALENDAR"]
    )
    refusal = office.call("import_calendar", text=text).refusal
    assert refusal is not None
    assert (refusal.code, refusal.field) == ("invalid", "text")
    assert reason in refusal.message


# Refusals and rules -----------------------------------------------------------------------------------------------

ONE = "SELECT id FROM event WHERE repeats = '' AND status = 'confirmed' AND all_day = 0 AND starts > '2026-03-04'"
SERIES = "SELECT id FROM event WHERE title = 'Team meeting'"
PAST = "SELECT id FROM event WHERE repeats = '' AND starts < '2026-03-01' AND all_day = 0"
SOMEBODY = "SELECT name FROM person"
REFUSALS = [
    ("search_events", {"first": "2026-03-05", "last": "2026-03-04"}, "invalid", "The last day is before the first."),
    ("search_events", {"first": "2026-03-05", "last": "2027-06-01"}, "limit", "That is more than 400 days at once."),
    ("search_events", {"first": "9999-12-31"}, "invalid", "The calendar holds the five years before and after today."),
    ("search_events", {"person": "Nobody Atall"}, "not_found", "We know nobody called Nobody Atall."),
    ("search_events", {"person": "some text @ that is no address"}, "not_found", "We know nobody called some text @"),
    ("check_free_busy", {"people": ["a"], "first": "2026-03-05"}, "not_found", "a may be "),
    ("create_event", {"title": "x", "starts": "2026-03-01T09:00:00"}, "unavailable", "That time has passed."),
    ("create_event", {"title": "x", "starts": "2026-03-05T09:00:00", "times": 3}, "invalid", "are for an event that repeats"),
    ("create_event", {"title": "x", "starts": "2026-03-05T09:00:00", "repeats": "weekly", "times": 3, "until": "2026-04-05"}, "invalid", "Give either until or times"),
    ("create_event", {"title": "x", "starts": "2026-03-05T09:00:00", "repeats": "daily", "weekdays": ["Monday"]}, "invalid", "weekdays go with an event"),
    ("create_event", {"title": "x", "starts": "2026-03-05T09:00:00", "repeats": "weekly", "weekdays": ["Monday"]}, "invalid", "5 March 2026, is not a day that the rule gives"),
    ("create_event", {"title": "x", "starts": "2026-03-05T09:00:00", "zone": "Atlantis"}, "invalid", "there is no time zone 'Atlantis'"),
    ("create_event", {"title": "x", "starts": "2026-03-05T09:00:00", "all_day": True}, "invalid", "An event of whole days starts at midnight"),
    ("change_event", {"event_id": SERIES, "starts": "2026-03-05T09:00:00"}, "conflict", "only its time of day can change"),
    ("change_event", {"event_id": ONE, "starts": "2026-02-05T09:00:00"}, "unavailable", "That time has passed."),
    ("change_event", {"event_id": PAST, "title": "x"}, "conflict", " is over."),
    ("move_occurrence", {"event_id": ONE, "occurrence": "2026-03-05T09:00:00", "starts": "2026-03-06T09:00:00"}, "conflict", "takes place once."),
    ("move_occurrence", {"event_id": SERIES, "occurrence": "2026-03-09T09:30:00", "starts": "2026-03-01T09:00:00"}, "unavailable", "That time has passed."),
    ("move_occurrence", {"event_id": SERIES, "occurrence": "2026-03-05T09:00:00", "starts": "2026-03-06T09:00:00"}, "not_found", "does not take place on 5 March 2026 at 09:00."),
    ("cancel_event", {"event_id": SERIES, "which": "this"}, "invalid", "Which time of it?"),
    ("answer_invitation", {"event_id": SERIES, "person": "SELECT name FROM person WHERE id NOT IN (SELECT person_id FROM invitation)", "answer": "accepted"}, "not_found", "is not invited to Team meeting."),
    ("invite_people", {"event_id": SERIES, "people": ["SELECT p.name FROM person p JOIN invitation i ON i.person_id = p.id WHERE i.event_id = 1"]}, "conflict", "is invited already."),
    ("invite_people", {"event_id": SERIES, "people": ["SELECT p.name FROM person p JOIN event e ON e.organiser_id = p.id WHERE e.id = 1"]}, "conflict", "holds the event, so needs no invitation."),
    ("export_calendar", {"first": "2026-03-02", "last": "2026-07-02"}, "limit", "That is more than 100 days at once."),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "arguments", "code", "message"), REFUSALS)
def test_what_cannot_be_is_refused(
    office: agentworlds.Instance, tool: str, arguments: dict[str, Any], code: str, message: str
) -> None:
    def value(given: Any) -> Any:
        if isinstance(given, list):
            return [value(one) for one in given]
        return office.store.db.execute(f"{given} LIMIT 1").get if str(given).startswith("SELECT") else given

    step = office.apply(tool, {name: value(given) for name, given in arguments.items()})
    assert step.refusal is not None
    assert (step.refusal.code, message in step.refusal.message) == (code, True), step.text
    assert office.changes() == []


def test_a_cancelled_event_cannot_be_changed(office: agentworlds.Instance) -> None:
    event = weekly(office)["id"]
    call(office, "cancel_event", event_id=event)
    for tool, arguments in (
        ("change_event", {"title": "x"}),
        ("invite_people", {"people": people(office)[:1]}),
        ("cancel_event", {}),
    ):
        assert office.call(tool, event_id=event, **arguments).refusal.message == "Quiz night was cancelled."


def test_a_room_holds_one_event_at_a_time_also_for_a_series(office: agentworlds.Instance) -> None:
    weekly(office, starts="2026-07-07T19:00:00", place="Library")
    clash = office.call("create_event", title="Choir", starts="2026-07-21T19:30:00", place="Library")
    assert (clash.refusal.code, clash.refusal.message) == ("conflict", "Library is taken at that time.")
    other = call(office, "create_event", title="Choir", starts="2026-07-21T20:00:00", place="Library")
    assert not office.call("change_event", event_id=other["id"], minutes=30, starts="2026-07-21T18:45:00").ok
    call(office, "change_event", event_id=other["id"], minutes=15, starts="2026-07-21T18:45:00")
    call(office, "create_event", title="Choir", starts="2026-07-21T19:30:00", place="The pub")


def test_two_times_of_an_event_do_not_begin_together(office: agentworlds.Instance) -> None:
    event = weekly(office)["id"]
    step = office.call(
        "move_occurrence", event_id=event, occurrence="2026-03-10T10:00:00", starts="2026-03-17T10:00:00"
    )
    assert step.refusal.message == "Quiz night takes place at that time already."


# In words, and engines ---------------------------------------------------------------------------------------------


def test_results_are_summed_up_in_a_sentence(office: agentworlds.Instance) -> None:
    host, guest = people(office)[:2]

    def said(tool: str, **arguments: Any) -> str:
        return office.call(tool, **arguments).text.splitlines()[0]

    week = {"first": "2026-07-06", "last": "2026-07-19"}
    assert said("search_events", title="quiz", **week) == "Nothing is in the calendar there."
    event = weekly(office, starts="2026-07-07T19:00:00", organiser=host, people=[guest])["id"]
    assert (
        said("search_events", title="quiz", first="2026-07-06", last="2026-07-08")
        == "One: Quiz night on Tuesday 7 July at 19:00."
    )
    many = "2 times: from Quiz night on Tuesday 7 July at 19:00 to Quiz night on Tuesday 14 July at 19:00."
    assert said("search_events", title="quiz", **week) == many
    assert (
        said("search_events", title="quiz", **week, limit=1)
        == "2 times, of which 1 shown: Quiz night on Tuesday 7 July at 19:00. Raise offset for more."
    )
    assert said("search_events", title="quiz", **week, offset=2) == "There are only 2; offset is beyond them."
    assert (
        said("get_event", event_id=event)
        == "Quiz night: every week on Tuesday, not in the next hundred days, 1 guest (1 waiting)."
    )
    assert (
        said("check_free_busy", people=[guest], first="2026-07-07")
        == f"1 busy time of {guest}; the first from Tuesday 7 July at 19:00."
    )
    assert said("check_free_busy", people=[guest], first="2026-07-11") == "Nobody is busy then."
    slots = said("find_meeting_times", people=[guest], minutes=450, first="2026-07-07")
    assert slots == "2 starts are possible, the earliest on Tuesday 7 July at 09:00."
    none = office.call("find_meeting_times", people=[guest], minutes=600, first="2026-07-07").text
    assert none == "There is no time at which all of them are free."


class Monthly(Ical):
    """An engine of one's own: it knows no files."""

    def read(self, text: str, zone: str) -> list[Entry]:
        raise EngineError("files are switched off")


def test_another_engine_can_take_its_place() -> None:
    assert make_engine("calendar", CalendarEngine, Monthly)
    with agentworlds.load("suite:calendar", engines={"calendar": Monthly}).instance() as instance:
        assert instance.call("import_calendar", text="x").refusal.message == "files are switched off."


HOST = '''
from datetime import datetime
from agentworlds import Draw, Email, PersonName, Row, World, field

world = World("club", title="Elm Club", now="2026-10-24 15:00")

@world.table
class Member(Row):
    name: PersonName
    email: Email = field(unique=True)

world.reads(Member, by=("name",))
diary = world.include("calendar", Person=Member, rooms=("Court",), zone="Europe/Berlin", intents=False)

@world.tool
def book_court(member: Member, starts: datetime) -> diary.Event:
    """Book the court for an hour."""
    return diary.add_event("Tennis", starts, organiser=member, place="Court")

@world.query
def is_free(member: Member, starts: datetime) -> bool:
    """Whether a member has an hour."""
    return diary.is_free(member, starts, 60)

@world.data
def fill(draw: Draw) -> None:
    for _ in range(3):
        draw.new(Member)
'''


def test_a_host_puts_events_in_by_its_own_tools(tmp_path: Path) -> None:
    script = tmp_path / "club.py"
    script.write_text(HOST)
    with agentworlds.load(script).instance() as club:
        assert call(club, "is_free", member_id=2, starts="2027-02-06T10:00:00") == {"value": True}
        event = call(club, "book_court", member_id=2, starts="2027-02-06T10:00:00")
        assert (event["zone"], event["place"], event["minutes"]) == ("Europe/Berlin", "Court", 60)
        assert call(club, "is_free", member_id=2, starts="2027-02-06T10:30:00") == {"value": False}
        assert (
            club.call("book_court", member_id=1, starts="2027-02-06T10:30:00").refusal.message
            == "Court is taken at that time."
        )
