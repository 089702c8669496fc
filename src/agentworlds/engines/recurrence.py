"""Recurrence rules (RFC 5545, RRULE) with dateutil: one spelling for equal rules, their days, and their words.

A rule is kept without COUNT: where it ends, UNTIL names the day of its last time. What was worked out is kept, since
many episodes ask for the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import islice

from dateutil.rrule import rrulestr

from agentworlds.engines import EngineError
from agentworlds.types import MONTHS, WEEKDAYS, say_date

UNITS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
PARTS = ("FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "COUNT", "UNTIL", "WKST")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
TURNS = {"1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth", "-1": "last"}
MONTH_DAYS = (*map(str, range(1, 32)), *map(str, range(-31, 0)))
NUMBERS = {"INTERVAL": 100, "COUNT": 1000}
"""Parts that are whole numbers, with the most that they may be."""
LONGEST = timedelta(days=20 * 366)


@lru_cache(maxsize=1024)
def repeat(rule: str, starts: datetime) -> str:
    """The one spelling of a rule for its first time.

    Raises:
        EngineError: for what is no rule, has no end within twenty years though it names one, or does not
            give its own first time.
    """
    parts = _parts(rule)
    _settle(parts, starts)
    times, until = parts.pop("COUNT", None), parts.pop("UNTIL", None)
    endless = ";".join(f"{name}={parts[name]}" for name in PARTS if name in parts)
    turns = rrulestr(endless, dtstart=starts)
    if not _gives(parts, starts.date()) or list(turns.replace(until=starts)) != [starts]:
        raise EngineError(f"the first time, {say_date(starts.date())}, is not a day that the rule gives")
    if times is None and until is None:
        return endless
    limit = min(last_day(until) if until else date.max, (starts + LONGEST).date())
    found = list(islice(turns.replace(until=datetime.combine(limit, starts.time())), int(times) if times else None))
    if not found:
        raise EngineError("it would end before it begins")
    if times and len(found) < int(times):
        raise EngineError("a series ends within twenty years")
    return f"{endless};UNTIL={found[-1]:%Y%m%d}"


@lru_cache(maxsize=1024)
def following(rule: str, starts: datetime, after: datetime) -> datetime | None:
    """The first time of a rule after another time; None when it has ended."""
    found: datetime | None = rrulestr(rule, dtstart=starts).after(after)
    return found


@lru_cache(maxsize=1024)
def describe(rule: str) -> str:
    """A rule in words."""
    if not rule:
        return "once"
    parts = _parts(rule)
    unit, every = UNITS[parts["FREQ"]], int(parts.get("INTERVAL", 1))
    days = parts["BYDAY"].split(",") if "BYDAY" in parts else []
    dates = parts["BYMONTHDAY"].split(",") if "BYMONTHDAY" in parts else []
    text = f"every {unit}" if every == 1 else f"every {every} {unit}s"
    if days == [*DAYS[:5]] and text == "every week":
        text = "every weekday"
    elif days:
        text += f" on {_and(_say_day(day) for day in days)}"
    elif dates and "BYMONTH" in parts:
        text += f" on {dates[-1]} {_and(MONTHS[int(month) - 1] for month in parts['BYMONTH'].split(','))}"
    elif dates:
        shorter = len(dates) > 1 and parts.get("BYSETPOS") == "-1"
        if shorter:
            text += (
                " on the last day"
                if dates[-1] == "31"
                else f" on {_say_date(dates[-1])}, or a shorter month's last day,"
            )
        else:
            text += f" on {_and(map(_say_date, dates))}"
        text = text if "UNTIL" in parts else text.removesuffix(",")
    return f"{text} until {say_date(last_day(parts['UNTIL']))}" if "UNTIL" in parts else text


def last_day(until: str) -> date:
    """The day that UNTIL names."""
    return datetime.strptime(until[:8], "%Y%m%d").date()


def _parts(rule: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in rule.upper().replace(" ", "").split(";"):
        name, _, value = part.partition("=")
        if name not in PARTS or not value or name in parts:
            raise EngineError(f"{part[:60]!r} cannot stand in a rule such as FREQ=WEEKLY;BYDAY=MO")
        parts[name] = value.replace("-", "") if name == "UNTIL" else value
    if parts.get("FREQ") not in UNITS:
        raise EngineError(f"a rule needs its frequency first: FREQ is one of {', '.join(UNITS)}")
    for name, most in NUMBERS.items():
        value = parts.get(name, "1")
        if not (value.isascii() and value.isdecimal() and len(value) < 5 and 1 <= int(value) <= most):
            raise EngineError(f"{name} is a whole number from 1 to {most}")
    for name, allowed in (("BYMONTHDAY", MONTH_DAYS), ("BYMONTH", MONTH_DAYS[:12]), ("BYSETPOS", tuple(TURNS))):
        if not set(parts.get(name, allowed[0]).split(",")) <= set(allowed):
            raise EngineError(f"{name}={parts[name][:60]} is out of range")
    if "BYSETPOS" in parts and (parts["FREQ"] != "MONTHLY" or ("BYDAY" in parts) == ("BYMONTHDAY" in parts)):
        raise EngineError("BYSETPOS goes with FREQ=MONTHLY and either BYDAY or BYMONTHDAY")
    if parts["FREQ"] == "WEEKLY" and "BYMONTHDAY" in parts:
        raise EngineError("a weekly rule has no BYMONTHDAY")
    if "UNTIL" in parts and "COUNT" in parts:
        raise EngineError("a rule has COUNT or UNTIL, not both")
    try:
        last_day(parts.get("UNTIL", "20000101"))
    except ValueError:
        raise EngineError("UNTIL is a day such as 20260630") from None
    return parts


def _settle(parts: dict[str, str], starts: datetime) -> None:
    """Say what the first time implies and drop what changes nothing, so that equal rules are spelled alike."""
    if parts.get("INTERVAL") == "1":
        del parts["INTERVAL"]
    by = {name for name in parts if name.startswith("BY")}
    if parts["FREQ"] == "DAILY" and by == {"BYDAY"} and "INTERVAL" not in parts:
        parts["FREQ"] = "WEEKLY"
    elif parts["FREQ"] == "WEEKLY" and not by:
        parts["BYDAY"] = DAYS[starts.weekday()]
    elif parts["FREQ"] == "MONTHLY" and not by:
        parts["BYMONTHDAY"] = str(starts.day)
    elif parts["FREQ"] == "YEARLY" and not by:
        parts |= {"BYMONTHDAY": str(starts.day), "BYMONTH": str(starts.month)}
    if "BYDAY" in parts:
        days = parts["BYDAY"].split(",")
        counted = parts["FREQ"] == "MONTHLY" or (parts["FREQ"] == "YEARLY" and "BYMONTH" in parts)
        known = ["", *TURNS] if counted else [""]
        unknown = [day for day in days if day[-2:] not in DAYS or day[:-2] not in known]
        if unknown:
            raise EngineError(f"BYDAY has {', '.join(unknown)[:60]}, which does not fit; days are {', '.join(DAYS)}")
        if len(days) == 1 and len(days[0]) == 2 and parts.get("BYSETPOS") in TURNS:
            days = [f"{parts.pop('BYSETPOS')}{days[0]}"]
        parts["BYDAY"] = ",".join(sorted(dict.fromkeys(days), key=lambda day: (DAYS.index(day[-2:]), day)))
    if "WKST" in parts and (parts["WKST"] == "MO" or "INTERVAL" not in parts):
        del parts["WKST"]


def _gives(parts: dict[str, str], day: date) -> bool:
    """Whether a day passes each part of a rule by itself; a rule that none passes would be searched without end."""
    left = (day.replace(day=28) + timedelta(days=4)).replace(day=1) - day  # up to the next month's first day
    turns = ("", str((day.day + 6) // 7), "-1" if left.days <= 7 else "")
    own = {
        "BYMONTH": {str(day.month)},
        "BYMONTHDAY": {str(day.day), str(-left.days)},
        "BYDAY": {f"{turn}{DAYS[day.weekday()]}" for turn in turns},
    }
    return all(name not in parts or own[name] & set(parts[name].split(",")) for name in own)


def _say_day(day: str) -> str:
    name, turn = WEEKDAYS[DAYS.index(day[-2:])], day[:-2]
    return f"the {TURNS.get(turn, turn)} {name}" if turn else name


def _say_date(day: str) -> str:
    """A day of the month: the 3rd, the last day, the 2nd last day."""
    number = day.removeprefix("-")
    ending = "th" if number in ("11", "12", "13") else {"1": "st", "2": "nd", "3": "rd"}.get(number[-1], "th")
    if number != day:
        return "the last day" if number == "1" else f"the {number}{ending} last day"
    return f"the {number}{ending}"


def _and(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
