"""A town map: places and their opening hours, ways by car, bike or foot, saved places, trips of several stops, closed roads.

The town is generated with the world: streets between crossings, some one-way, footpaths, a place at most crossings.
The host may name the town's streets and places; its own tools may use `add_place`, `way_between`, `crow_flies` and `is_open`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import permutations
from math import isqrt
from typing import Annotated, Any, Literal

from agentworlds import (
    Answer,
    Do,
    Document,
    Draw,
    Module,
    Places,
    Range,
    Row,
    Street,
    Task,
    TaskDraw,
    Text,
    Title,
    Word,
    containing,
    count,
    delete,
    derived,
    first,
    insert,
    now,
    refuse,
    rows,
)
from agentworlds.engines.maps import MOST_STOPS, MapsEngine, Mode, Point, Stretch, Way, opening_times

maps = Module("maps", title="Town map", wraps="networkx")
STAFF = maps.setting("staff", ())
ORIGIN: tuple[float, float] = maps.setting("origin", (54.0, -2.5))
"""Latitude and longitude of the town's south-west corner."""
STREETS: tuple[str, ...] = maps.setting(
    "streets", ("Southway", "Mill Lane", "Market Street", "Abbey Street", "Northway")
)
"""Streets from west to east, the southernmost first."""
CROSS_STREETS: tuple[str, ...] = maps.setting(
    "cross_streets", ("Station Road", "Oak Street", "Church Street", "School Lane", "Park Road", "Harbour Road")
)
"""Streets from south to north, the westernmost first."""
PLACES: tuple[tuple[str, str, str], ...] = maps.setting("places", (
    ("Town Hall", "administration", "Mo-We 09:00-16:00; Th 09:00-18:00; Fr 09:00-12:30"),
    ("Corner Café", "café", "Mo-Fr 08:00-17:00; Sa 09:00-16:00"),
    ("The Corner Café", "café", "Tu-Su 10:00-18:00"),
    ("Café Lindgren", "café", "Mo-Sa 07:30-18:30"),
    ("Harbour Café", "café", "We-Su 09:30-17:30"),
    ("Tea & Toast", "café", "Mo-Fr 07:00-15:00"),
    ("The Blue Jug", "café", "Mo-Su 10:00-20:00"),
    ("Bell's Pharmacy", "pharmacy", "Mo-Fr 08:30-12:30,14:00-18:00; Sa 09:00-13:00"),
    ("Market Pharmacy", "pharmacy", "Mo-Sa 09:00-19:00"),
    ("Lamp Pharmacy", "pharmacy", "24/7"),
    ("Green Cross Pharmacy", "pharmacy", "Mo-Fr 08:00-18:30; Sa 08:00-12:00"),
    ("Hartley's Bakery", "bakery", "Tu-Sa 06:30-13:00"),
    ("Oven & Grain", "bakery", "Mo-Sa 07:00-18:00; Su 08:00-11:00"),
    ("Old Mill Bakery", "bakery", "Mo,We,Fr 07:00-12:00"),
    ("Crust", "bakery", "We-Su 07:30-14:00"),
    ("Post Office", "post office", "Mo-Fr 09:00-17:30; Sa 09:00-12:30"),
    ("Parcel Point", "post office", "Mo-Su 07:00-21:00"),
    ("Letters & More", "post office", "Mo-Fr 08:30-12:00,14:00-17:00"),
    ("Public Library", "library", "Tu-Fr 10:00-18:00; Sa 10:00-14:00"),
    ("Toy Library", "library", "We 14:00-17:00; Sa 10:00-12:00"),
    ("Harbour Museum", "museum", "Tu-Su 10:00-17:00"),
    ("Museum of Rope", "museum", "We-Su 11:00-16:00"),
    ("Green Grocers", "supermarket", "Mo-Sa 08:00-20:00; Su 10:00-16:00"),
    ("Quickmart", "supermarket", "Mo-Su 06:00-23:00"),
    ("Pantry", "supermarket", "Mo-Sa 07:00-22:00"),
    ("Ford's Stores", "supermarket", "Mo-Fr 07:30-19:00; Sa 08:00-16:00"),
    ("Dr Osei's Surgery", "doctor", "Mo,Tu,Th 08:00-12:00,15:00-18:00; Fr 08:00-12:00"),
    ("Central Station", "station", "24/7"),
))  # fmt: skip
"""Name, category, and hours as OpenStreetMap writes them. The tasks need several categories of two places or more."""
ISLAND: tuple[str, str, str] = maps.setting("island", ("Weir Island Boathouse", "boat hire", "Mo-Su 09:00-19:00"))
"""A place that only a footbridge leads to."""
TREES = ("Ash", "Beech", "Cedar", "Elder", "Fir", "Hazel", "Larch", "Maple", "Rowan", "Willow", "Yew", "Alder")
COLLECTIONS = ("favourites", "want to go", "errands")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOST_WAYS = 50
Collection = Literal["favourites", "want to go", "errands"]
Minutes = Annotated[Decimal, Places(1)]
engine = maps.engine(MapsEngine, "networkx")


@maps.table
class Crossing(Row):
    name: Text
    east: int
    north: int


@maps.table(label="street")
class RoadStretch(Row):
    street: Street
    start: Crossing
    end: Crossing
    metres: int
    speed_limit: int
    one_way: bool = False
    foot_only: bool = False
    closed: bool = False


@maps.table
class Place(Row):
    name: Title
    category: Word
    address: Street
    opens: Text
    crossing: Crossing


@maps.table(label="collection", show=("place.category", "place.opens"))
class SavedPlace(Row):
    collection: Collection
    place: Place


@maps.table
class Trip(Row):
    name: Title
    mode: Literal["car", "bike", "foot"]
    start: Place


@maps.table(unique=[("trip", "position")])
class TripStop(Row):
    trip: Trip
    position: int
    place: Place


@dataclass(frozen=True)
class PlacePage:
    results: list[Place]
    more: bool


@dataclass(frozen=True)
class PlaceCard:
    place: Place
    open: bool
    until: Text
    saved: list[SavedPlace]


@dataclass(frozen=True)
class RouteStep:
    street: Text
    heading: Text
    metres: int


@dataclass(frozen=True)
class Route:
    start: Text
    destination: Text
    mode: Mode
    metres: int
    minutes: Minutes
    steps: list[RouteStep]


@dataclass(frozen=True)
class TravelTime:
    start: Place
    destination: Place
    metres: int
    minutes: Minutes


@dataclass(frozen=True)
class TravelTimes:
    results: list[TravelTime]
    unreachable: list[Text]


@dataclass(frozen=True)
class Leg:
    stop: Place
    metres: int
    minutes: Minutes


@dataclass(frozen=True)
class TripPlan:
    mode: Mode
    metres: int
    minutes: Minutes
    legs: list[Leg]


@dataclass(frozen=True)
class TripStops:
    trip: Trip
    stops: list[Place]


# Places -------------------------------------------------------------------------------------------------------


@maps.query(roles=STAFF)
def search_places(
    name: Word | None = None,
    category: Word | None = None,
    address: Word | None = None,
    open_at: datetime | None = None,
    near: Place | None = None,
    within_metres: Annotated[int, Range(1, 100_000)] | None = None,
    limit: Annotated[int, Range(1, 50)] = 20,
    offset: Annotated[int, Range(0, 100_000)] = 0,
) -> PlacePage:
    """Find places, by name, or the nearest first if near is given. All filters must hold.

    Args:
        name: the name contains this, in either case
        category: such as café, pharmacy, bakery, library, supermarket; one that no place has is answered with those there are
        address: the address contains this, in either case
        open_at: only places that are open then
        near: a place from which the distance is measured, as the crow flies; it is not a result itself
        within_metres: only places no farther from it
        limit: results per page
        offset: how many to skip: as many as were shown so far
    """
    if within_metres is not None and near is None:
        refuse(
            "invalid", "within_metres needs a place to measure from.", hint="give near_id too", field="within_metres"
        )
    texts = (("name", name), ("category", category), ("address", address))
    filters: dict[str, Any] = {column: containing(text) for column, text in texts if text is not None}
    if category is not None and count(Place, category=filters["category"]) == 0:
        known = sorted({place.category for place in rows(Place)})
        refuse(
            "not_found", f"No place is of the category {category}.",
            hint=f"there are {', '.join(known)}"[:400], field="category",
        )  # fmt: skip
    found = rows(Place, order="name", **filters)
    if open_at is not None:
        found = [place for place in found if is_open(place, open_at)]
    if near is not None:
        away = {place.id: crow_flies(near, place) for place in found if place != near}
        found = sorted((place for place in found if place != near), key=lambda place: away[place.id])
        found = [place for place in found if within_metres is None or away[place.id] <= within_metres]
    return PlacePage(found[offset : offset + limit], len(found) > offset + limit)


@maps.says("search_places")
def say_places(data: dict[str, Any]) -> str:
    found = data["results"]
    if not found:
        return "No place fits."
    names = f"{found[0]['name']}, {found[0]['address']}"
    if len(found) == 1:
        return f"One place{', and there are more' if data['more'] else ''}: {names}."
    return f"{len(found)} places{', and there are more' if data['more'] else ''}; first {names}."


@maps.query(roles=STAFF)
def get_place(place: Place, at: datetime | None = None) -> PlaceCard:
    """A place's address and hours, whether it is open, and in which collections it is saved.

    Hours are written as on OpenStreetMap: days such as Mo-Fr or Tu,Th, then times; 'off' is closed, 24/7 is always open.

    Args:
        at: the time that is asked about; now if not given
    """
    at = at or now()
    return PlaceCard(place, is_open(place, at), next_change(place, at), rows(SavedPlace, place=place))


@maps.says("get_place")
def say_place(data: dict[str, Any]) -> str:
    return f"{data['place']['name']}, {data['place']['address']}, is {'open' if data['open'] else 'closed'}; {data['until']}."


# Ways ---------------------------------------------------------------------------------------------------------


@maps.query(roles=STAFF)
def get_route(start: Place, destination: Place, mode: Mode) -> Route:
    """The quickest way from one place to another, and of equally quick ones the shortest.

    Cars keep to speed limits, bikes do 15 km/h, walkers 5 km/h. One-way roads bind cars and bikes; closed roads are for nobody.
    """
    way = way_between(start, destination, mode)
    return Route(start.name, destination.name, mode, way.metres, in_minutes(way.milliseconds), steps_of(way))


@maps.says("get_route")
def say_route(data: dict[str, Any]) -> str:
    how = {"car": "by car", "bike": "by bike", "foot": "on foot"}[data["mode"]]
    roads = ", ".join(step["street"] for step in data["steps"])
    whence = f"From {data['start']} to {data['destination']}"
    return f"{whence} {how} it is {data['metres']} metres, {so_long(data['minutes'])}, by {roads}."


def so_long(minutes: float) -> str:
    """So many minutes, in words."""
    return "1 minute" if minutes == 1 else f"{minutes:g} minutes"


@maps.query(roles=STAFF)
def compare_travel_times(starts: list[Place], destinations: list[Place], mode: Mode) -> TravelTimes:
    """How long the quickest way takes from each of some places to each of some others, the shortest times first."""
    if not 1 <= len(starts) * len(destinations) <= MOST_WAYS:
        refuse(
            "limit",
            f"From 1 to {MOST_WAYS} ways are compared at once.",
            hint="starts times destinations is their number",
        )
    found, lost = [], []
    for start in starts:
        for place, way in zip(destinations, ways_or_none(start, destinations, mode), strict=True):
            if way is None:
                lost.append(f"{place.name} from {start.name}")
            else:
                found.append((way.milliseconds, way.metres, start, place, way))
    found.sort(key=lambda one: one[:2])
    return TravelTimes(
        [TravelTime(start, place, way.metres, in_minutes(way.milliseconds)) for *_, start, place, way in found], lost
    )


@maps.says("compare_travel_times")
def say_times(data: dict[str, Any]) -> str:
    if not data["results"]:
        return "There is no way to any of them."
    best = data["results"][0]
    said = (
        f"{best['destination']['name']} is soonest reached, from {best['start']['name']} in {so_long(best['minutes'])}."
    )
    return f"{said} There is no way to {', '.join(data['unreachable'])}." if data["unreachable"] else said


@maps.query(roles=STAFF)
def plan_trip(start: Place, stops: list[Place], mode: Mode, back: bool = False) -> TripPlan:
    """The order of stops that takes the least time in all, travelling from the start through every one of them.

    Nothing is saved by this; save_trip does that.

    Args:
        stops: up to 7 places, in any order
        back: whether the trip returns to its start
    """
    check_stops(stops)
    places = [start, *stops]
    table = [[way.milliseconds for _, way in ways_from(one, places, mode)] for one in places]
    order = [places[number] for number in engine.best_order(table, back)]
    ways = ways_along(start, [*order, start] if back else order, mode)
    legs = [Leg(stop, way.metres, in_minutes(way.milliseconds)) for stop, way in ways]
    whole = in_minutes(sum(way.milliseconds for _, way in ways))
    return TripPlan(mode, sum(leg.metres for leg in legs), whole, legs)


@maps.says("plan_trip")
def say_plan(data: dict[str, Any]) -> str:
    stops = ", then ".join(leg["stop"]["name"] for leg in data["legs"])
    return f"{so_long(data['minutes']).capitalize()} and {data['metres']} metres in all: {stops}."


@maps.query(roles=STAFF)
def export_route(start: Place, destination: Place, mode: Mode) -> Document:
    """The quickest way from one place to another as GeoJSON (RFC 7946): a line, longitude before latitude."""
    way = way_between(start, destination, mode)
    known = derived(build_network, Crossing, RoadStretch).points
    about = {
        "from": start.name,
        "to": destination.name,
        "mode": mode,
        "metres": way.metres,
        "minutes": float(in_minutes(way.milliseconds)),
    }
    return engine.geojson([(known[one].east, known[one].north) for one in way.points], ORIGIN, about)


# Roads --------------------------------------------------------------------------------------------------------


@maps.query(roles=STAFF)
def find_roads(street: Word | None = None, closed: bool | None = None) -> list[RoadStretch]:
    """The stretches of road between one crossing and the next, by street. A crossing is named after the streets that meet.

    Args:
        street: the street's name contains this, in either case
        closed: only those that are closed, or only those that are not
    """
    filters: dict[str, Any] = {} if street is None else {"street": containing(street)}
    filters |= {} if closed is None else {"closed": closed}
    return rows(RoadStretch, order="street", **filters)


@maps.says("find_roads")
def say_roads(data: dict[str, Any]) -> str:
    found = data["results"]
    shut = sum(one["closed"] for one in found)
    if len(found) < 2:
        return f"One stretch of road, {'closed' if shut else 'open'}." if found else "No road fits."
    return f"{len(found)} stretches of road{', and there are more' if data['more'] else ''}; {shut or 'none'} of them closed."


@maps.tool(roles=STAFF)
def set_road_closed(stretch: RoadStretch, closed: bool) -> RoadStretch:
    """Close a stretch of road to everybody, or open it again; routes then go another way."""
    if stretch.closed == closed:
        refuse(
            "conflict", f"That stretch of {stretch.street} is {'closed' if closed else 'open'} already.", field="closed"
        )
    stretch.closed = closed
    return stretch


# Saved places and trips ---------------------------------------------------------------------------------------


@maps.query(roles=STAFF)
def list_saved_places(collection: Collection | None = None) -> list[SavedPlace]:
    """The places that were saved, of one collection or of all."""
    filters: dict[str, Any] = {} if collection is None else {"collection": collection}
    return rows(SavedPlace, order="collection", **filters)


@maps.says("list_saved_places")
def say_saved(data: dict[str, Any]) -> str:
    number = len(data["results"])
    return {0: "No place is saved there.", 1: "One saved place."}.get(number, f"{number} saved places.")


@maps.tool(roles=STAFF)
def save_place(place: Place, collection: Collection) -> SavedPlace:
    """Save a place in a collection."""
    return insert(SavedPlace(place=place, collection=collection))


@maps.tool(roles=STAFF, destructive=True)
def remove_saved_place(saved: SavedPlace) -> PlaceCard:
    """Take a place out of the collection that it is saved in; the place itself stays on the map."""
    place = saved.place
    delete(saved)
    return get_place(place)


@maps.query(roles=STAFF)
def list_trips(name: Word | None = None) -> list[TripStops]:
    """The trips that were saved, each with its stops in order.

    Args:
        name: the trip's name contains this, in either case
    """
    filters: dict[str, Any] = {} if name is None else {"name": containing(name)}
    return [stops_of(trip) for trip in rows(Trip, order="name", **filters)]


@maps.says("list_trips")
def say_trips(data: dict[str, Any]) -> str:
    names = ", ".join(one["trip"]["name"] for one in data["results"])
    return f"{len(data['results'])} trip{'s' * (len(data['results']) != 1)}: {names}." if names else "No trip fits."


@maps.tool(roles=STAFF)
def save_trip(name: Title, start: Place, stops: list[Place], mode: Mode, replace: bool = False) -> TripStops:
    """Save a trip under a name, with its stops in the order given.

    Args:
        stops: up to 7 places, the first to visit first
        replace: put it in the place of the trip that has this name
    """
    check_stops(stops)
    ways_along(start, stops, mode)
    trip = first(Trip, name=name) if replace else None
    if replace and trip is None:
        refuse("not_found", f"There is no trip “{name}” to replace.", hint="list_trips names them", field="name")
    if trip is None:
        trip = insert(Trip(name=name, mode=mode, start=start))
    trip.mode, trip.start = mode, start
    old = rows(TripStop, order="position", trip=trip)
    for stop, place in zip(old, stops, strict=False):
        stop.place = place
    for stop in old[len(stops) :]:
        delete(stop)
    for position in range(len(old), len(stops)):
        insert(TripStop(trip=trip, position=position + 1, place=stops[position]))
    return stops_of(trip)


# Used above, and by hosts -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Network:
    """The roads as the engine knows them, with what is said of a way."""

    graph: Any
    points: dict[int, Point]
    streets: dict[int, tuple[str, int]]


def build_network() -> Network:
    """The roads as they are now."""
    points = [Point(one.id, one.east, one.north) for one in rows(Crossing)]
    stretches = rows(RoadStretch)
    plain = [
        Stretch(one.id, one.start.id, one.end.id, one.metres, one.speed_limit, one.one_way, one.foot_only, one.closed)
        for one in stretches
    ]
    streets = {one.id: (one.street, one.metres) for one in stretches}
    return Network(engine.network(points, plain), {point.id: point for point in points}, streets)


def ways_or_none(start: Place, ends: list[Place], mode: Mode) -> list[Way | None]:
    """The quickest way from a place to each of some others; None where there is none."""
    network = derived(build_network, Crossing, RoadStretch)
    return engine.ways(network.graph, start.crossing.id, [place.crossing.id for place in ends], mode)


def ways_from(start: Place, ends: list[Place], mode: Mode) -> list[tuple[Place, Way]]:
    """The quickest way from a place to each of some others. Refuses where there is none."""
    found = []
    for place, way in zip(ends, ways_or_none(start, ends, mode), strict=True):
        if way is None:
            how = {"car": "by car", "bike": "by bike", "foot": "on foot"}[mode]
            refuse(
                "unavailable",
                f"There is no way {how} from {start.name} to {place.name}.",
                hint="another mode of travelling",
            )
        found.append((place, way))
    return found


def way_between(start: Place, destination: Place, mode: Mode) -> Way:
    """The quickest way from one place to another. Refuses where there is none, and where nobody has to move."""
    if start.crossing == destination.crossing:
        both = f"{start.name} and {destination.name} are at the same corner."
        refuse(
            "invalid",
            f"Start and destination are both {start.name}." if start == destination else both,
            field="destination_id",
        )
    return ways_from(start, [destination], mode)[0][1]


def ways_along(start: Place, stops: list[Place], mode: Mode) -> list[tuple[Place, Way]]:
    """The ways from stop to stop. Refuses where there is none."""
    return [ways_from(one, [other], mode)[0] for one, other in zip([start, *stops], stops, strict=False)]


def check_stops(stops: list[Place]) -> None:
    """Refuse a trip without stops, or with too many."""
    if not 1 <= len(stops) <= MOST_STOPS:
        refuse("limit", f"A trip has 1 to {MOST_STOPS} stops.", hint="make two trips of a longer one", field="stop_ids")


def stops_of(trip: Trip) -> TripStops:
    """A trip with its stops in order."""
    return TripStops(trip, [stop.place for stop in rows(TripStop, order="position", trip=trip)])


def steps_of(way: Way) -> list[RouteStep]:
    """What to follow: a step for each street, with its heading as it begins."""
    network = derived(build_network, Crossing, RoadStretch)
    steps: list[RouteStep] = []
    for position, number in enumerate(way.stretches):
        street, metres = network.streets[number]
        if steps and steps[-1].street == street:
            steps[-1] = RouteStep(street, steps[-1].heading, steps[-1].metres + metres)
        else:
            start, end = (network.points[way.points[position + one]] for one in (0, 1))
            steps.append(RouteStep(street, heading(end.east - start.east, end.north - start.north), metres))
    return steps


def heading(east: int, north: int) -> str:
    """The point of the compass, of eight."""
    if abs(north) * 100 <= abs(east) * 41:
        return "east" if east > 0 else "west"
    if abs(east) * 100 <= abs(north) * 41:
        return "north" if north > 0 else "south"
    return f"{'north' if north > 0 else 'south'}-{'east' if east > 0 else 'west'}"


def in_minutes(milliseconds: int) -> Decimal:
    """A time in minutes, to the tenth."""
    return (Decimal(milliseconds) / 60_000).quantize(Decimal("0.1"), ROUND_HALF_UP)


def crow_flies(one: Place, other: Place) -> int:
    """Metres from one place to another in a straight line."""
    points = derived(build_network, Crossing, RoadStretch).points
    here, there = points[one.crossing.id], points[other.crossing.id]
    return isqrt((here.east - there.east) ** 2 + (here.north - there.north) ** 2)


def is_open(place: Place, at: datetime) -> bool:
    """Whether a place is open at a time; at the minute it closes it is closed."""
    return any(start <= at.time() < end for start, end in opening_times(place.opens, at.weekday()))


def next_change(place: Place, at: datetime) -> str:
    """Until when a place is open, or when it opens next."""
    if place.opens == "24/7":
        return "it never closes"
    for start, end in opening_times(place.opens, at.weekday()):
        if start <= at.time() < end:
            return f"it closes at {end:%H:%M}"
    for days in range(8):
        day = at + timedelta(days=days)
        for start, _ in opening_times(place.opens, day.weekday()):
            if days or start > at.time():
                return f"it opens {'today' if not days else f'on {WEEKDAYS[day.weekday()]}'} at {start:%H:%M}"
    return "it does not open"


def add_place(name: str, category: str, hours: str, address: str, crossing: Crossing) -> Place:
    """Put a place on the map; hours as OpenStreetMap writes them."""
    return insert(Place(name=name, category=category, address=address, opens=hours, crossing=crossing))


@maps.rule(SavedPlace, "conflict", "{row.place.name} is in {row.collection} already.")
def saved_once_in_a_collection(saved: SavedPlace) -> bool:
    return count(SavedPlace, place=saved.place, collection=saved.collection) == 1


@maps.rule(Trip, "conflict", "There is a trip {row.name} already.", "replace=true changes it, or choose another name")
def trip_names_differ(trip: Trip) -> bool:
    return sum(one.name.casefold() == trip.name.casefold() for one in rows(Trip)) == 1


@maps.rule(TripStop, "invalid", "A trip does not stop at {row.place.name}, where it starts.")
def stops_lie_elsewhere(stop: TripStop) -> bool:
    return stop.place != stop.trip.start


# Data ---------------------------------------------------------------------------------------------------------


@maps.data
def town(draw: Draw) -> None:
    """Streets that cross, a place at most crossings, an island, saved places and trips. A host's own roads stay as they are."""
    if count(Crossing):
        return
    streets = [*STREETS]
    across = [cross_street(number) for number in draw.many(len(CROSS_STREETS))]
    grid = [
        [corner(draw, x, y, f"{street} / {other}") for x, other in enumerate(across)]
        for y, street in enumerate(streets)
    ]
    edge = len(streets) - 1, len(across) - 1
    for y, street in enumerate(streets):
        for x in range(len(across) - 1):
            road(draw, street, grid[y][x], grid[y][x + 1], 50 if y in (0, edge[0]) else 30)
    for x, street in enumerate(across):
        for y in range(len(streets) - 1):
            ends = (grid[y][x], grid[y + 1][x]) if x % 4 == 1 else (grid[y + 1][x], grid[y][x])
            inside = 0 < x < edge[1]
            road(draw, street, *ends, 30 if inside else 50, one_way=inside and x % 2 == 1)
    if min(edge) > 1:
        road(draw, "Church Walk", grid[1][1], grid[2][2], 30, foot_only=True)
    inner = rows(RoadStretch, speed_limit=30, one_way=False, foot_only=False)
    for stretch in draw.sample(inner, len(draw.many(1))):
        stretch.closed = True
    corners = draw.shuffled([crossing for line in grid for crossing in line])
    for number in draw.many(len(PLACES)):
        name, category, hours = PLACES[number % len(PLACES)]
        name = name if number < len(PLACES) else f"{draw.text('first_name')}'s {category.capitalize()}"
        crossing = corners[number % len(corners)]
        add_place(
            name[:120], category, hours, f"{draw.integer(1, 140)} {draw.choice(crossing.name.split(' / '))}", crossing
        )
    island(draw, grid[0][-1])
    saved_places_and_trips(draw)


def cross_street(number: int) -> str:
    """The name of a street from south to north."""
    if number < len(CROSS_STREETS):
        return CROSS_STREETS[number]
    number -= len(CROSS_STREETS)
    kind = ("Road", "Lane", "Avenue", "Row", "Close", "Way")[number // len(TREES) % 6]
    return f"{TREES[number % len(TREES)]} {kind}"


def corner(draw: Draw, x: int, y: int, name: str) -> Crossing:
    """A crossing, not quite on a grid: a town of six streets by five is four kilometres wide and two and a half deep."""
    return draw.new(Crossing, name=name, east=800 * x + draw.integer(0, 250), north=600 * y + draw.integer(0, 200))


def road(
    draw: Draw,
    street: str,
    start: Crossing,
    end: Crossing,
    limit: int,
    *,
    one_way: bool = False,
    foot_only: bool = False,
) -> RoadStretch:
    """A stretch of road, a little longer than the straight line."""
    straight = isqrt((start.east - end.east) ** 2 + (start.north - end.north) ** 2)
    return draw.new(
        RoadStretch, street=street, start=start, end=end, metres=straight * draw.integer(100, 112) // 100,
        speed_limit=limit, one_way=one_way, foot_only=foot_only, closed=False,
    )  # fmt: skip


def island(draw: Draw, shore: Crossing) -> None:
    """A place in the river, at the end of a footbridge."""
    name, category, hours = ISLAND
    crossing = draw.new(Crossing, name="Weir Island", east=shore.east + 280, north=shore.north - 150)
    road(draw, "Weir Footbridge", shore, crossing, 30, foot_only=True)
    add_place(name, category, hours, "Weir Island", crossing)


def saved_places_and_trips(draw: Draw) -> None:
    """What was saved before today."""
    for collection, number in zip(COLLECTIONS, (4, 4, 3), strict=True):
        for place in draw.sample(reached_by_all(), number):
            draw.new(SavedPlace, place=place, collection=collection)
    for name, mode in (
        ("Saturday errands", "bike"),
        ("Saturday errands with the car", "car"),
        ("Evening walk", "foot"),
    ):
        start, *stops = draw.sample(reached_by_all(), draw.integer(3, 4))
        trip = draw.new(Trip, name=name, mode=mode, start=start)
        for position, place in enumerate(stops, 1):
            draw.new(TripStop, trip=trip, position=position, place=place)


def reached_by_all() -> list[Place]:
    """Places that cars, bikes and walkers can reach: those on a street with a name of its own."""
    roads = rows(RoadStretch, foot_only=False, closed=False)
    drivable = {one.id for road in roads for one in (road.start, road.end)}
    return [place for place in rows(Place) if place.crossing.id in drivable]


# Tasks --------------------------------------------------------------------------------------------------------

MEANS: dict[Mode, str] = {"car": "by car", "bike": "by bike", "foot": "on foot"}


def known_places(mode: Mode = "car") -> list[Place]:
    """Places whose names are theirs alone and that everybody can reach; on foot the island's too."""
    reached = reached_by_all() + (rows(Place, name=ISLAND[0]) if mode == "foot" else [])
    return [place for place in reached if count(Place, name=place.name) == 1]


def quickest(start: Place, mode: Mode, but: RoadStretch | None = None) -> dict[int, tuple[int, int]]:
    """Milliseconds and metres to every crossing, by relaxing all roads until nothing changes (Bellman and Ford)."""
    edges = []
    for one in rows(RoadStretch, closed=False):
        if one != but and (mode == "foot" or not one.foot_only):
            speed = {"bike": 15, "foot": 5}.get(mode, one.speed_limit)
            edges.append((one.start.id, one.end.id, one.metres * 3600 // speed, one.metres))
            if mode == "foot" or not one.one_way:
                edges.append((one.end.id, one.start.id, one.metres * 3600 // speed, one.metres))
    best = {start.crossing.id: (0, 0)}
    for _ in range(count(Crossing)):
        before = dict(best)
        for here, there, pace, metres in edges:
            if here in best:
                way = (best[here][0] + pace, best[here][1] + metres)
                best[there] = min(best.get(there, way), way)
        if best == before:
            break
    return best


def ranked(start: Place, places: list[Place], mode: Mode) -> list[tuple[int, Place]]:
    """Places by the time that the way to them takes, with it, in tenths of minutes."""
    best = quickest(start, mode)
    return sorted(
        ((best[one.crossing.id][0] // 6000, one) for one in places if one.crossing.id in best), key=lambda one: one[0]
    )


def clear_winner(start: Place, places: list[Place], mode: Mode) -> Place | None:
    """The place that is reached soonest, where none of the others is about as near."""
    order = ranked(start, [place for place in places if place != start], mode)
    return order[0][1] if order and (len(order) == 1 or order[1][0] > order[0][0] + 3) else None


def of_kind(category: str, places: list[Place]) -> list[Place]:
    """Those that a search for a category finds."""
    return [place for place in places if category.casefold() in place.category.casefold()]


def several_of_a_kind() -> list[str]:
    """Categories of which there are two places or more."""
    kinds = dict.fromkeys(place.category for place in known_places())
    return [kind for kind in kinds if count(Place, category=containing(kind)) > 1]


def a_moment(draw: TaskDraw) -> datetime:
    """A quarter past some hour, in the coming days."""
    return datetime.combine(draw.day(1, 8), draw.now.time()).replace(hour=draw.integer(8, 18), minute=15)


def find(do: Do, name: str) -> Any:
    """The place of exactly that name."""
    return next(one for one in do.search_places(name=name) if one.name == name)


@maps.intent(
    "How many metres is the quickest way {means} from {start.name} to {end.name}?",
    "I travel {means} from {start.name} to {end.name}. Tell me the length of the quickest way in metres.",
    "What distance, in metres, lies between {start.name} and {end.name} if one goes the quickest way {means}?",
    "Find the quickest route {means} that leads from {start.name} to {end.name} and give its metres.",
    "Someone at {start.name} wants to get to {end.name} {means} as quickly as possible. How long is that way in metres?",
    "{start.name} to {end.name}, {means}, quickest way: number of metres?",
    "Measure the way {means} from {start.name} to {end.name}; it is the quickest one whose metres I need.",
    "Starting at {start.name}, how far in metres do I go {means} until I am at {end.name}, losing no time?",
    kind="question",
)
def length_of_a_way(draw: TaskDraw) -> Task:
    mode: Mode = draw.choice(("car", "bike", "foot"))
    start, end = draw.sample(known_places(mode), 2)
    draw.need(start.crossing != end.crossing, "they are at the same corner")
    best = quickest(start, mode)
    draw.need(end.crossing.id in best, "there is no way")

    def solve(do: Do) -> int:
        return int(
            do.get_route(start_id=find(do, start.name).id, destination_id=find(do, end.name).id, mode=mode).metres
        )

    return draw.task(solve, answer=Answer.number(best[end.crossing.id][1]), start=start, end=end, means=MEANS[mode])


@maps.intent(
    "Of the places in the category {kind} that are open on {when}, which is the quickest to reach on foot from {start.name}?",
    "I leave {start.name} on foot and want to be at a {kind} that is open on {when}. Which one is reached soonest?",
    "Going on foot from {start.name}: what is the name of the {kind} that is nearest in walking time, among those open on {when}?",
    "On {when} somebody at {start.name} needs a {kind}. Name the open one with the shortest walking time.",
    "Which {kind} with open doors on {when} has the least walking time from {start.name}?",
    "Walking from {start.name}, I look for the closest {kind} by time. It must be open on {when}. Which is it?",
    "Tell me the {kind} that one walks to fastest from {start.name}; closed ones do not help, it is for {when}.",
    "Shortest walk from {start.name} to a {kind} open on {when}: where does it lead?",
    kind="question",
)
def nearest_that_is_open(draw: TaskDraw) -> Task:
    options = []
    for when in [a_moment(draw) for _ in range(4)]:
        for start in draw.sample(known_places(), 4):
            for kind in several_of_a_kind():
                fitting = [place for place in of_kind(kind, rows(Place)) if is_open(place, when)]
                winner = clear_winner(start, fitting, "foot") if start not in fitting else None
                if winner is not None and len(fitting) > 1 and count(Place, name=winner.name) == 1:
                    options.append((when, start, kind, winner))
    when, start, kind, winner = draw.choice(options)

    def solve(do: Do) -> str:
        here = find(do, start.name).id
        ends = [one.id for one in do.every("search_places", category=kind, open_at=when)]
        return str(
            do.compare_travel_times(start_ids=[here], destination_ids=ends, mode="foot").results[0].destination.name
        )

    return draw.task(solve, answer=Answer.row(winner), start=start, kind=kind, when=when)


@maps.intent(
    "Save the {kind} that is quickest to reach {means} from {start.name} under “{collection}”.",
    "Which {kind} takes the least time {means} from {start.name}? Put it into the collection “{collection}”.",
    "Add to our “{collection}” the {kind} with the shortest travelling time {means}, counted from {start.name}.",
    "We set out {means} from {start.name}. The {kind} that we get to first in time belongs in “{collection}”.",
    "Find the nearest {kind} to {start.name} in terms of time {means}, and keep it in “{collection}”.",
    "Compare the places of the category {kind} by how long one takes {means} from {start.name}, then save the best in “{collection}”.",
    "In “{collection}” I want the {kind} to which the way {means} from {start.name} takes least long.",
    "Pick the {kind} that is the fewest minutes away {means} from {start.name}. It goes into “{collection}”.",
)
def save_the_nearest(draw: TaskDraw) -> Task:
    mode: Mode = draw.choice(("car", "bike", "foot"))
    collection: Collection = draw.choice(("favourites", "want to go", "errands"))
    options = []
    for start in draw.sample(known_places(), 8):
        for kind in several_of_a_kind():
            winner = clear_winner(start, of_kind(kind, rows(Place)), mode) if not of_kind(kind, [start]) else None
            if winner is not None and count(SavedPlace, place=winner, collection=collection) == 0:
                options.append((start, kind))
    start, kind = draw.choice(options)

    def solve(do: Do) -> None:
        here = find(do, start.name).id
        ends = [one.id for one in do.every("search_places", category=kind)]
        best = do.compare_travel_times(start_ids=[here], destination_ids=ends, mode=mode).results[0]
        do.save_place(place_id=best.destination.id, collection=collection)

    return draw.task(solve, start=start, kind=kind, means=MEANS[mode], collection=collection)


@maps.intent(
    "If {one.name} is open on {when}, save it under “{collection}”; if not, save {other.name} there instead.",
    "I would like to visit {one.name} on {when}. Put it into “{collection}” if it is open then, and {other.name} otherwise.",
    "On {when}, is {one.name} closed? In that case {other.name} goes into “{collection}”, else {one.name} does.",
    "Check the hours of {one.name} for {when}. Open means that it is saved in “{collection}”, closed that {other.name} is.",
    "Our “{collection}” shall get {one.name}, provided one can go in on {when}. Failing that, take {other.name}.",
    "{when}: should {one.name} be open at that time, add it to “{collection}”. Should it be shut, add {other.name}.",
    "Either {one.name} or {other.name} belongs in “{collection}”: the former only if its doors are open on {when}.",
    "Save {other.name} in “{collection}” only in the event that {one.name} is not open on {when}; normally it is {one.name} to save.",
    kind="conditional",
)
def save_what_is_open(draw: TaskDraw) -> Task:
    collection: Collection = draw.choice(("favourites", "want to go", "errands"))
    free = [place for place in known_places("foot") if count(SavedPlace, place=place, collection=collection) == 0]
    one = draw.choice([place for place in free if place.opens != "24/7"])
    other = draw.choice([place for place in free if place != one])
    moments = [a_moment(draw) for _ in range(12)]
    wanted = draw.chance(50)
    fitting = [moment for moment in moments if is_open(one, moment) == wanted]
    when = fitting[0] if fitting else moments[0]

    def solve(do: Do) -> None:
        first_choice = find(do, one.name).id
        chosen = first_choice if do.get_place(place_id=first_choice, at=when).open else find(do, other.name).id
        do.save_place(place_id=chosen, collection=collection)

    return draw.task(solve, one=one, other=other, when=when, collection=collection)


@maps.intent(
    "Plan a trip {means} that starts at {start.name}, stops at {stops} in the order that takes the least time, and ends at the "
    "last stop. Save it as “{name}”.",
    "Save a trip called “{name}”: {means} from {start.name} to {stops}, in whichever order is quickest, without the way back.",
    "I have to go to {stops}, {means}, beginning at {start.name}. Find the fastest order (I do not return) and save the trip "
    "under the name “{name}”.",
    "From {start.name} {means} to each of {stops}: order the stops so that the whole takes the shortest time, one way, then keep "
    "it as the trip “{name}”.",
    "Make “{name}”, a trip {means}. It sets out from {start.name} and calls at {stops}; the order is yours, as long as no other "
    "is quicker. No return.",
    "A new trip is needed, “{name}”, starting from {start.name}. Travelling {means}, arrange the stops {stops} for the least time "
    "and do not come back.",
    "Work out in which order to visit {stops} {means} when one starts at {start.name} and finishes at the last of them, losing "
    "as little time as possible; save that as “{name}”.",
    "Please store a one-way trip “{name}” for me: {means}, first {start.name}, afterwards {stops} in the time-saving order.",
    kind="batch",
)
def plan_a_trip(draw: TaskDraw) -> Task:
    mode: Mode = draw.choice(("car", "bike", "foot"))
    island = rows(Place, name=ISLAND[0]) if mode == "foot" and draw.chance(60) else []
    tries = [draw.sample(known_places(), 4 - len(island)) for _ in range(6)]
    routes = [[start, *draw.shuffled([*stops, *island])] for start, *stops in tries]
    start, *stops = draw.choice([one for one in routes if one_order_is_best(one[0], one[1:], mode)])
    name = draw.choice(("Monday round", "Letter round", "Fair preparations", "Visit of the inspectors"))

    def solve(do: Do) -> None:
        here, places = find(do, start.name).id, [find(do, stop.name).id for stop in stops]
        plan = do.plan_trip(start_id=here, stop_ids=places, mode=mode)
        do.save_trip(name=name, start_id=here, stop_ids=[leg.stop.id for leg in plan.legs], mode=mode)

    return draw.task(solve, means=MEANS[mode], start=start, stops=stops, name=name)


def one_order_is_best(start: Place, stops: list[Place], mode: Mode) -> bool:
    """Whether one order of stops is quicker by half a minute than any other."""
    places = [start, *stops]
    best = {one.id: quickest(one, mode) for one in places}
    times = []
    for order in permutations(stops):
        legs = [best[one.id].get(other.crossing.id) for one, other in zip((start, *order), order, strict=False)]
        if None in legs:
            return False
        times.append(sum(leg[0] for leg in legs if leg is not None))
    times.sort()
    return times[0] + 30_000 < times[1]


@maps.impossible(plan_a_trip)
def plan_a_trip_to_an_island(draw: TaskDraw) -> Task:
    mode: Mode = draw.choice(("car", "bike"))
    start, *stops = draw.sample(known_places(), 3)
    stops.insert(draw.integer(0, 2), rows(Place, name=ISLAND[0])[0])
    name = draw.choice(("Monday round", "Letter round", "Fair preparations", "Visit of the inspectors"))

    def solve(do: Do) -> None:
        here, places = find(do, start.name).id, [find(do, stop.name).id for stop in stops]
        do.attempt("plan_trip", start_id=here, stop_ids=places, mode=mode)

    return draw.task(solve, impossible=True, means=MEANS[mode], start=start, stops=stops, name=name)


@maps.intent(
    "{street} is closed from today between {one} and {two}. Enter that, and tell me by how many metres the quickest way by car "
    "from {start.name} to {end.name} gets longer.",
    "Road works on {street}, on the stretch from {one} to {two}: close it on the map. How many metres more does the quickest way by "
    "car from {start.name} to {end.name} then have?",
    "How much longer, in metres, is the quickest drive from {start.name} to {end.name} once {street} is shut between {one} and "
    "{two}? Put the closure on the map for good.",
    "Mark {street} between {one} and {two} as closed. I also need the detour it means for the quickest drive from {start.name} to "
    "{end.name}: metres after less metres before.",
    "They are digging up {street} where it runs from {one} to {two}. Close that stretch, then work out the extra metres of the "
    "quickest route by car between {start.name} (start) and {end.name} (destination).",
    "Close the part of {street} that lies between {one} and {two}, and give me the difference in metres that this makes for whoever "
    "drives the quickest way from {start.name} to {end.name}.",
    "No passage on {street} between {one} and {two} until further notice - record it. The quickest way by car from {start.name} to "
    "{end.name} grows by how many metres?",
    "By what number of metres does closing {street} between {one} and {two} lengthen the quickest car journey from {start.name} to "
    "{end.name}? Do close it.",
)
def close_a_road(draw: TaskDraw) -> Task:
    options = []
    for start in draw.sample(known_places(), 5):
        before = quickest(start, "car")
        for stretch in rows(RoadStretch, closed=False, foot_only=False):
            after = quickest(start, "car", but=stretch)
            for end in known_places():
                old, new = before.get(end.crossing.id), after.get(end.crossing.id)
                if old is not None and new is not None and new[1] > old[1]:
                    options.append((start, end, stretch, new[1] - old[1]))
    start, end, stretch, longer = draw.choice(options)
    one, two = (other_street(crossing, stretch.street) for crossing in (stretch.start, stretch.end))

    def solve(do: Do) -> int | float:
        here, there = find(do, start.name).id, find(do, end.name).id
        old = do.get_route(start_id=here, destination_id=there, mode="car").metres
        known = next(
            each for each in do.find_roads(street=stretch.street)
            if one in each.start_name and two in each.end_name and each.street == stretch.street
        )  # fmt: skip
        do.set_road_closed(stretch_id=known.id, closed=True)
        return do.difference(do.get_route(start_id=here, destination_id=there, mode="car").metres, old)

    return draw.task(
        solve, answer=Answer.number(longer), street=stretch.street, one=one, two=two, start=start, end=end
    )  # fmt: skip


def other_street(crossing: Crossing, street: str) -> str:
    """The street that crosses a street there."""
    names = [name for name in crossing.name.split(" / ") if name != street]
    return names[0]


@maps.intent(
    "Take every place that is closed on {when} out of “{collection}”.",
    "Go through “{collection}” and remove what will not be open on {when}.",
    "Only places that are open on {when} may stay in our “{collection}”; the others go.",
    "Clear “{collection}” of all the places where one would stand before a locked door on {when}.",
    "On {when} we want to choose from “{collection}”. Throw out the places that are shut then.",
    "Which of the places saved under “{collection}” are not open on {when}? Remove those from it.",
    "Please weed “{collection}”: anything closed on {when} is to be removed, all else is left in.",
    "Keep in “{collection}” nothing but what has its doors open on {when}.",
    kind="batch",
)
def remove_what_is_closed(draw: TaskDraw) -> Task:
    options = []
    for moment in [a_moment(draw) for _ in range(10)]:
        for collection in COLLECTIONS:
            saved = rows(SavedPlace, collection=collection)
            shut = sum(not is_open(one.place, moment) for one in saved)
            if 0 < shut < len(saved):
                options.append((moment, collection))
    when, collection = draw.choice(options)

    def solve(do: Do) -> None:
        for saved in do.list_saved_places(collection=collection):
            if not do.get_place(place_id=saved.place_id, at=when).open:
                do.remove_saved_place(saved_id=saved.id)

    return draw.task(solve, when=when, collection=collection)


@maps.intent(
    "How many places of the category {kind} are within {most} minutes {means} of {start.name}?",
    "Count each {kind} that can be reached {means} from {start.name} in at most {most} minutes.",
    "Setting out {means} from {start.name}, how many places in the category {kind} does one get to in {most} minutes or less?",
    "I am at {start.name} and have {most} minutes. How many places of the category {kind} can I get to {means} in that time?",
    "Everything that the map lists as {kind} counts if the way there {means} from {start.name} takes {most} minutes at most. How many is that?",
    "How many places under {kind} does the map show no farther than {most} minutes {means} from {start.name}?",
    "Number of places wanted: category {kind}, at most {most} minutes {means} away, measured from {start.name}.",
    "Starting from {start.name} and going {means}, how many of the places listed under {kind} are {most} minutes away at most?",
    kind="aggregate",
)
def count_within_reach(draw: TaskDraw) -> Task:
    mode: Mode = draw.choice(("bike", "foot"))
    options: dict[int, list[tuple[Place, str, int]]] = {}
    for start in draw.sample(known_places(), 8):
        for kind in dict.fromkeys(place.category for place in known_places()):
            times = [time for time, _ in ranked(start, of_kind(kind, rows(Place)), mode)]
            if len(times) < 3 or of_kind(kind, [start]):
                continue
            for most in range(3, 40):
                if all(abs(time - 10 * most) > 2 for time in times):
                    inside = sum(time < 10 * most for time in times)
                    options.setdefault(inside, []).append((start, kind, most))
    inside = draw.choice(sorted(number for number in options if number))
    start, kind, most = draw.choice(options[inside])

    def solve(do: Do) -> int:
        here = find(do, start.name).id
        ends = [one.id for one in do.every("search_places", category=kind)]
        times = do.compare_travel_times(start_ids=[here], destination_ids=ends, mode=mode).results
        return do.count([one for one in times if one.minutes <= most])

    return draw.task(solve, answer=Answer.number(inside), start=start, kind=kind, most=most, means=MEANS[mode])


@maps.intent(
    "Add {place.name} to the saved trip “{trip.name}” as its last stop; everything else about the trip stays.",
    "The trip “{trip.name}” gets one more stop at the end: {place.name}.",
    "After the stops it has, “{trip.name}” shall go on to {place.name}. Change the saved trip.",
    "Please extend “{trip.name}”: once it has called at the other stops, it calls at {place.name}.",
    "Let the saved trip “{trip.name}” finish at {place.name}, behind its present stops.",
    "{place.name} is missing from “{trip.name}”. Put it behind all the other stops of that trip.",
    "Save “{trip.name}” anew, with the same start, the same means and stops, and then {place.name}.",
    "There is a trip called “{trip.name}”. Append {place.name}.",
)
def extend_a_trip(draw: TaskDraw) -> Task:
    trip = draw.choice(rows(Trip))
    visited = [trip.start, *(stop.place for stop in rows(TripStop, trip=trip))]
    place = draw.choice([one for one in known_places(trip.mode) if one not in visited])

    def solve(do: Do) -> None:
        known = next(one for one in do.list_trips(name=trip.name) if one.trip.name == trip.name)
        stops = [*(stop.id for stop in known.stops), find(do, place.name).id]
        do.save_trip(name=trip.name, start_id=known.trip.start_id, stop_ids=stops, mode=known.trip.mode, replace=True)

    return draw.task(solve, trip=trip, place=place)


@maps.intent(
    "Which of the places saved in “{collection}” takes the longest to reach {means} from {start.name}?",
    "Of our “{collection}”, name the one that is farthest in time {means} from {start.name}.",
    "I start at {start.name} and go {means}. To which place in “{collection}” do I travel longest?",
    "Look at “{collection}”: from {start.name}, {means}, the way to one of them takes more time than to the others. Which one?",
    "What is the most distant place among “{collection}”, counted in minutes {means} from {start.name}?",
    "Name the place in “{collection}” with the greatest travelling time {means}, setting out from {start.name}.",
    "Ranking “{collection}” by how long one takes {means} from {start.name}, which comes last, being the farthest?",
    "From {start.name} {means}: tell me the place under “{collection}” that needs the most minutes.",
    kind="question",
)
def farthest_saved_place(draw: TaskDraw) -> Task:
    mode: Mode = draw.choice(("car", "bike", "foot"))
    options = []
    for collection in COLLECTIONS:
        places = [one.place for one in rows(SavedPlace, collection=collection)]
        for start in draw.sample(known_places(), 8):
            order = ranked(start, places, mode) if start not in places else []
            if len(order) > 1 and len(order) == len(places) and order[-1][0] > order[-2][0] + 3:
                options.append((collection, start, order[-1][1]))
    collection, start, last = draw.choice(options)

    def solve(do: Do) -> str:
        places = [one.place_id for one in do.list_saved_places(collection=collection)]
        times = do.compare_travel_times(start_ids=[find(do, start.name).id], destination_ids=places, mode=mode).results
        return str(times[-1].destination.name)

    return draw.task(solve, answer=Answer.row(last), collection=collection, start=start, means=MEANS[mode])
