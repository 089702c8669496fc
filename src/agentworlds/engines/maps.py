"""Behind the suite `maps`: quickest ways through a town's roads, the best order of stops, GeoJSON, opening hours."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from functools import lru_cache
from itertools import pairwise, permutations
from math import cos, radians
from typing import Any, Literal, Protocol

from agentworlds.engines import Engine, EngineError

Mode = Literal["car", "bike", "foot"]
MODES: tuple[Mode, ...] = ("car", "bike", "foot")
SPEED = {"bike": 15, "foot": 5}
"""Kilometres an hour; cars go as fast as a road allows."""
METRES_PER_DEGREE = 111_320
MOST_STOPS = 7


@dataclass(frozen=True)
class Point:
    """Where roads meet: metres east and north of the town's origin."""

    id: int
    east: int
    north: int


@dataclass(frozen=True)
class Stretch:
    """A road from one point to the next; `speed` in kilometres an hour, for cars."""

    id: int
    start: int
    end: int
    metres: int
    speed: int
    one_way: bool = False
    foot_only: bool = False
    closed: bool = False


@dataclass(frozen=True)
class Way:
    """A way through the network: the points it passes, the stretches between them, its length and time."""

    points: tuple[int, ...]
    stretches: tuple[int, ...]
    metres: int
    milliseconds: int


class MapsEngine(Protocol):
    """What the suite asks of a library.

    Of two ways the quicker is taken, and of two equally quick ones the shorter. One-way roads bind cars and bikes;
    foot-only paths are for walking; closed stretches are for nobody.
    """

    def network(self, points: Sequence[Point], stretches: Sequence[Stretch]) -> Any:
        """Whatever the other methods need to know of the roads. It is made once and never changed."""

    def ways(self, network: Any, start: int, ends: Sequence[int], mode: Mode) -> list[Way | None]:
        """The quickest way from a point to each of some points; None where there is none."""

    def best_order(self, milliseconds: Sequence[Sequence[int]], back: bool) -> tuple[int, ...]:
        """The order of stops that takes the least time, the first in order of their numbers where several do.

        Args:
            milliseconds: From each place (row) to each (column); the start is number 0, the stops are 1 and up.
            back: Whether the trip ends where it starts.
        """

    def geojson(self, line: Sequence[tuple[int, int]], origin: tuple[float, float], properties: dict[str, Any]) -> str:
        """A line of metres east and north of an origin (latitude, longitude) as a GeoJSON feature."""


class Networkx(Engine):
    """networkx: Dijkstra's algorithm on one graph for each way of travelling."""

    wraps = "networkx"
    requires = ("networkx",)
    formats = ("RFC 7946 (GeoJSON)",)

    def network(self, points: Sequence[Point], stretches: Sequence[Stretch]) -> Any:
        """See MapsEngine. Nodes and edges go in by number, so that ties fall alike whatever the order given."""
        import networkx

        graphs = {}
        for mode in MODES:
            graph = graphs[mode] = networkx.DiGraph()
            graph.add_nodes_from(sorted(point.id for point in points))
            for one in sorted(stretches, key=lambda stretch: stretch.id):
                if one.closed or (one.foot_only and mode != "foot"):
                    continue
                pace = one.metres * 3600 // SPEED.get(mode, one.speed)
                edge = {"weight": pace * 1_000_000 + one.metres, "id": one.id, "metres": one.metres, "time": pace}
                ends = [(one.start, one.end)]
                if mode == "foot" or not one.one_way:
                    ends.append((one.end, one.start))
                for start, end in ends:
                    if not graph.has_edge(start, end) or edge["weight"] < graph.edges[start, end]["weight"]:
                        graph.add_edge(start, end, **edge)
        return graphs

    def ways(self, network: Any, start: int, ends: Sequence[int], mode: Mode) -> list[Way | None]:
        """See MapsEngine."""
        import networkx

        graph = network[mode]
        _, paths = networkx.single_source_dijkstra(graph, start, weight="weight", backend="networkx")
        return [_way(graph, paths[end]) if end in paths else None for end in ends]

    def best_order(self, milliseconds: Sequence[Sequence[int]], back: bool) -> tuple[int, ...]:
        """See MapsEngine. Every order is tried."""
        stops = range(1, len(milliseconds))
        if len(stops) > MOST_STOPS:
            raise EngineError(f"{len(stops)} stops are more than the {MOST_STOPS} that can be put into the best order")

        def cost(order: tuple[int, ...]) -> int:
            legs = sum(milliseconds[one][other] for one, other in zip((0, *order), order, strict=False))
            return legs + (milliseconds[order[-1]][0] if back and order else 0)

        return min(permutations(stops), key=cost)

    def geojson(self, line: Sequence[tuple[int, int]], origin: tuple[float, float], properties: dict[str, Any]) -> str:
        """See MapsEngine. Longitude before latitude, to about ten centimetres."""
        latitude, longitude = origin
        places = [
            [
                round(longitude + east / (METRES_PER_DEGREE * cos(radians(latitude))), 6),
                round(latitude + north / METRES_PER_DEGREE, 6),
            ]
            for east, north in line
        ]
        if len(places) < 2:
            raise EngineError("a line needs two points")
        edges = [
            min(x for x, _ in places),
            min(y for _, y in places),
            max(x for x, _ in places),
            max(y for _, y in places),
        ]
        feature = {
            "type": "Feature",
            "bbox": edges,
            "properties": properties,
            "geometry": {"type": "LineString", "coordinates": places},
        }
        return json.dumps(feature, ensure_ascii=False)


def _way(graph: Any, points: Sequence[int]) -> Way:
    edges = [graph.edges[one, other] for one, other in pairwise(points)]
    return Way(
        tuple(points),
        tuple(edge["id"] for edge in edges),
        sum(edge["metres"] for edge in edges),
        sum(edge["time"] for edge in edges),
    )


# Opening hours ------------------------------------------------------------------------------------------------

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d"
RULE = re.compile(rf"(?P<days>\w\w(?:[-,]\w\w)*) (?P<times>off|{CLOCK}-{CLOCK}(?:,{CLOCK}-{CLOCK})*)")
MIDNIGHT = time(23, 59, 59)


@lru_cache(maxsize=4096)
def opening_times(hours: str, weekday: int) -> tuple[tuple[time, time], ...]:
    """When a place is open on a weekday (Monday is 0), from its hours as OpenStreetMap writes them.

    Read are ``24/7`` and rules such as ``Mo-Fr 09:00-12:30,13:30-17:00; Sa off``; of two for a day the later one holds.
    Raises EngineError for any other.
    """
    if hours == "24/7":
        return ((time(0), MIDNIGHT),)
    found: tuple[tuple[time, time], ...] = ()
    for rule in hours.split(";"):
        match = RULE.fullmatch(rule.strip())
        if match is None:
            raise EngineError(f"{rule.strip()!r} is no rule of opening hours, such as 'Mo-Fr 09:00-17:00'")
        if any(_covers(days, weekday) for days in match["days"].split(",")):
            spans = [] if match["times"] == "off" else match["times"].split(",")
            found = tuple((time.fromisoformat(span[:5]), time.fromisoformat(span[6:])) for span in spans)
    return found


def _covers(days: str, weekday: int) -> bool:
    first, _, last = days.partition("-")
    if first not in DAYS or (last or first) not in DAYS:
        raise EngineError(f"{days!r} are no weekdays, such as 'Mo-Fr'")
    start, end = DAYS.index(first), DAYS.index(last or first)
    return start <= weekday <= end if start <= end else weekday >= start or weekday <= end
