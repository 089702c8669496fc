"""Events as calendar engines are given and give them, and the time zones that they keep.

Zones are read from the pinned ``tzdata`` package and never from the system: an hour is the same hour everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from agentworlds.engines import EngineError


@dataclass(frozen=True)
class Series:
    """When an event takes place; its times are those of the clocks in its zone.

    Attributes:
        rule: An RRULE value as `CalendarEngine.repeat` spells it; empty for an event that takes place once.
        skipped: Times that the rule gives and that are cancelled.
        moved: Times that the rule gives, each with the start and the minutes it has instead.
    """

    starts: datetime
    minutes: int
    zone: str
    all_day: bool = False
    rule: str = ""
    skipped: tuple[datetime, ...] = ()
    moved: tuple[tuple[datetime, datetime, int], ...] = ()


@dataclass(frozen=True)
class Span:
    """One time that an event takes place.

    Attributes:
        original: Its start by the rule, in the event's zone: what RECURRENCE-ID names.
        starts: Its start in the zone that was asked for.
        ends: Its end in that zone.
    """

    original: datetime
    starts: datetime
    ends: datetime


@dataclass(frozen=True)
class Party:
    """Somebody who holds an event or is invited; `answer` is waiting, accepted, tentative or declined."""

    email: str
    name: str = ""
    answer: str = "waiting"


@dataclass(frozen=True)
class Entry:
    """An event as an iCalendar file has it. `made` is universal time; `reminder` counts minutes, 0 for none."""

    uid: str
    title: str
    when: Series
    made: datetime
    place: str = ""
    notes: str = ""
    organiser: Party | None = None
    guests: tuple[Party, ...] = ()
    reminder: int = 0
    busy: bool = True
    cancelled: bool = False


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """The names of all zones, in the order of the package's own list."""
    return tuple(resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """A zone by its IANA name. Raises EngineError."""
    if name not in zone_names():
        raise EngineError(f"there is no time zone {name!r}; write one as Europe/London")
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)
