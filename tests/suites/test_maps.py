"""The town map: places and hours, quickest ways, closed roads, saved places and trips, GeoJSON, and the engine behind it."""

import json
from collections.abc import Iterator
from datetime import time
from itertools import pairwise, permutations
from typing import Any

import pytest

import agentworlds
from agentworlds.engines import EngineError
from agentworlds.engines.maps import Networkx, Point, Stretch, opening_times

world = agentworlds.load("suite:maps")
engine = Networkx()


@pytest.fixture
def town() -> Iterator[agentworlds.Instance]:
    with world.instance() as instance:
        yield instance


def call(town: agentworlds.Instance, tool: str, **given: Any) -> Any:
    step = town.call(tool, **given)
    assert step.ok, step.text
    return step.data


def place(town: agentworlds.Instance, name: str) -> int:
    return next(one["id"] for one in call(town, "search_places", name=name)["results"] if one["name"] == name)


def rows_of(town: agentworlds.Instance, sql: str) -> list[Any]:
    return town.store.db.execute(sql).fetchall()


def test_refusals_leave_nothing_behind(town):
    hall, island, station = (place(town, name) for name in ("Town Hall", "Weir Island Boathouse", "Central Station"))
    saved = call(town, "list_saved_places")["results"][0]
    (shut,) = rows_of(town, "SELECT id FROM road_stretch WHERE closed")[0]
    refusals = [
        ("search_places", {"within_metres": 200}, "invalid", "needs a place to measure from"),
        ("get_route", {"start_id": hall, "destination_id": hall, "mode": "foot"}, "invalid", "Start and destination are both Town Hall"),
        ("search_places", {"category": "chemist"}, "not_found", "No place is of the category chemist"),
        ("get_route", {"start_id": hall, "destination_id": island, "mode": "bike"}, "unavailable", "There is no way by bike"),
        ("export_route", {"start_id": island, "destination_id": hall, "mode": "car"}, "unavailable", "There is no way by car"),
        ("compare_travel_times", {"start_ids": [], "destination_ids": [hall], "mode": "car"}, "limit", "From 1 to 50 ways"),
        ("compare_travel_times", {"start_ids": list(range(1, 9)), "destination_ids": list(range(9, 16)), "mode": "car"},
         "limit", "From 1 to 50 ways"),
        ("plan_trip", {"start_id": hall, "stop_ids": [], "mode": "car"}, "limit", "has 1 to 7 stops"),
        ("plan_trip", {"start_id": hall, "stop_ids": list(range(2, 10)), "mode": "car"}, "limit", "has 1 to 7 stops"),
        ("plan_trip", {"start_id": hall, "stop_ids": [island], "mode": "car"}, "unavailable", "from Town Hall to Weir Island"),
        ("set_road_closed", {"stretch_id": shut, "closed": True}, "conflict", "is closed already"),
        ("save_place", {"place_id": saved["place_id"], "collection": saved["collection"]}, "conflict", "already"),
        ("save_trip", {"name": "evening WALK", "start_id": hall, "stop_ids": [station], "mode": "car"}, "conflict",
         "There is a trip evening WALK already"),
        ("save_trip", {"name": "Loop", "start_id": hall, "stop_ids": [station, hall], "mode": "car"}, "invalid",
         "does not stop at Town Hall, where it starts"),
        ("save_trip", {"name": "Loop", "start_id": hall, "stop_ids": [station, island], "mode": "car"}, "unavailable",
         "from Central Station to Weir Island"),
        ("save_trip", {"name": "Loop", "start_id": hall, "stop_ids": [], "mode": "foot"}, "limit", "has 1 to 7 stops"),
        ("save_trip", {"name": "Loop", "start_id": hall, "stop_ids": [station], "mode": "foot", "replace": True},
         "not_found", "There is no trip “Loop” to replace"),
    ]  # fmt: skip
    for tool, given, code, message in refusals:
        step = town.call(tool, **given)
        assert step.refusal is not None, (tool, given)
        assert (step.refusal.code, message in step.refusal.message) == (code, True), step.refusal.message
        assert town.changes() == []


def test_a_route_takes_the_roads_that_its_steps_name(town):
    route = call(
        town, "get_route", start_id=place(town, "Town Hall"), destination_id=place(town, "Post Office"), mode="foot"
    )
    assert sum(step["metres"] for step in route["steps"]) == route["metres"]
    assert route["minutes"] == pytest.approx(route["metres"] * 60 / 5000, abs=0.06)
    assert all(one["street"] != other["street"] for one, other in pairwise(route["steps"]))


def test_walkers_go_either_way_through_a_one_way_road_and_cars_do_not(town):
    start, end = rows_of(town, "SELECT s.id, e.id FROM road_stretch r JOIN place s ON s.crossing_id = r.start_id "
                               "JOIN place e ON e.crossing_id = r.end_id WHERE r.one_way LIMIT 1")[0]  # fmt: skip
    along = call(town, "get_route", start_id=start, destination_id=end, mode="car")["metres"]
    against = call(town, "get_route", start_id=end, destination_id=start, mode="car")["metres"]
    walked = call(town, "get_route", start_id=end, destination_id=start, mode="foot")["metres"]
    assert against > along
    assert walked <= along


def test_only_the_footbridge_leads_to_the_island(town):
    hall, island = place(town, "Town Hall"), place(town, "Weir Island Boathouse")
    steps = call(town, "get_route", start_id=hall, destination_id=island, mode="foot")["steps"]
    assert (steps[-1]["street"], steps[-1]["heading"]) == ("Weir Footbridge", "south-east")
    times = call(
        town, "compare_travel_times", start_ids=[hall], destination_ids=[island, place(town, "Post Office")], mode="car"
    )
    assert times["unreachable"] == ["Weir Island Boathouse from Town Hall"]
    assert [one["destination"]["name"] for one in times["results"]] == ["Post Office"]


def test_a_closed_road_sends_everybody_another_way_until_it_opens(town):
    hall, post = place(town, "Town Hall"), place(town, "Post Office")
    before = call(town, "get_route", start_id=hall, destination_id=post, mode="foot")
    street = before["steps"][0]["street"]
    for stretch in call(town, "find_roads", street=street, closed=False)["results"]:
        call(town, "set_road_closed", stretch_id=stretch["id"], closed=True)
    around = call(town, "get_route", start_id=hall, destination_id=post, mode="foot")
    assert all(step["street"] != street for step in around["steps"])
    for stretch in call(town, "find_roads", street=street, closed=True)["results"]:
        call(town, "set_road_closed", stretch_id=stretch["id"], closed=False)
    assert call(town, "get_route", start_id=hall, destination_id=post, mode="foot")["minutes"] <= before["minutes"]


def test_a_corner_whose_roads_are_all_closed_is_cut_off(town):
    hall = place(town, "Town Hall")
    (corner,) = rows_of(town, f"SELECT crossing_id FROM place WHERE id = {hall}")[0]
    sql = f"SELECT id FROM road_stretch WHERE {corner} IN (start_id, end_id) AND NOT closed"
    for (stretch,) in rows_of(town, sql):
        call(town, "set_road_closed", stretch_id=stretch, closed=True)
    step = town.call("get_route", start_id=hall, destination_id=place(town, "Post Office"), mode="foot")
    assert step.refusal.code == "unavailable"
    step = town.call(
        "compare_travel_times", start_ids=[hall], destination_ids=[place(town, "Post Office")], mode="foot"
    )
    assert step.text.startswith("There is no way to any of them.")


def test_travel_times_agree_with_routes_and_come_sorted(town):
    starts, ends = (
        [place(town, "Town Hall"), place(town, "Central Station")],
        [place(town, "Post Office"), place(town, "Parcel Point")],
    )
    times = call(town, "compare_travel_times", start_ids=starts, destination_ids=ends, mode="bike")["results"]
    assert [one["minutes"] for one in times] == sorted(one["minutes"] for one in times)
    for one in times:
        route = call(
            town, "get_route", start_id=one["start"]["id"], destination_id=one["destination"]["id"], mode="bike"
        )
        assert (route["metres"], route["minutes"]) == (one["metres"], one["minutes"])


@pytest.mark.parametrize("back", [False, True])
def test_no_other_order_of_stops_is_quicker_than_the_planned_one(town, back):
    start, *stops = [
        place(town, name) for name in ("Town Hall", "Post Office", "Quickmart", "Toy Library", "Café Lindgren")
    ]
    plan = call(town, "plan_trip", start_id=start, stop_ids=stops, mode="bike", back=back)
    assert sorted(leg["stop"]["id"] for leg in plan["legs"][: len(stops)]) == sorted(stops)
    assert (plan["legs"][-1]["stop"]["id"] == start) == back
    pairs = call(town, "compare_travel_times", start_ids=[start, *stops], destination_ids=[start, *stops], mode="bike")[
        "results"
    ]
    minutes = {(one["start"]["id"], one["destination"]["id"]): one["minutes"] for one in pairs}
    orders = ((start, *order, *((start,) if back else ())) for order in permutations(stops))
    best = min(sum(minutes[leg] for leg in pairwise(order)) for order in orders)
    assert plan["minutes"] == pytest.approx(best, abs=0.3)
    assert plan["metres"] == sum(leg["metres"] for leg in plan["legs"])


def test_a_trip_is_saved_found_and_changed(town):
    hall, post, library = (place(town, name) for name in ("Town Hall", "Post Office", "Public Library"))
    call(town, "save_trip", name="Letters", start_id=hall, stop_ids=[post, library], mode="bike")
    found = call(town, "list_trips", name="letter")["results"]
    assert [[stop["id"] for stop in one["stops"]] for one in found] == [[post, library]]
    call(town, "save_trip", name="Letters", start_id=library, stop_ids=[post], mode="foot", replace=True)
    (found,) = call(town, "list_trips", name="letter")["results"]
    assert (found["trip"]["start_id"], found["trip"]["mode"], [stop["id"] for stop in found["stops"]]) == (
        library,
        "foot",
        [post],
    )
    assert [(change.table, change.kind) for change in town.changes()] == [("trip", "insert"), ("trip_stop", "insert")]


def test_places_are_saved_and_taken_out_again(town):
    hall = place(town, "Parcel Point")
    for one in call(town, "get_place", place_id=hall)["saved"]:
        call(town, "remove_saved_place", saved_id=one["id"])
    assert call(town, "get_place", place_id=hall)["saved"] == []
    saved = call(town, "save_place", place_id=hall, collection="want to go")
    assert saved["place_opens"] == "Mo-Su 07:00-21:00"
    assert [one["collection"] for one in call(town, "get_place", place_id=hall)["saved"]] == ["want to go"]


def test_near_places_come_nearest_first_and_within_the_radius(town):
    hall = place(town, "Town Hall")
    near = call(town, "search_places", near_id=hall, limit=50)["results"]
    assert len(near) == 28
    assert all(one["id"] != hall for one in near)
    where = {one: (east, north) for one, east, north in rows_of(
        town, "SELECT p.id, c.east, c.north FROM place p JOIN crossing c ON c.id = p.crossing_id")}  # fmt: skip
    away = [sum((a - b) ** 2 for a, b in zip(where[hall], where[one["id"]], strict=True)) ** 0.5 for one in near]
    assert away == sorted(away)
    some = call(town, "search_places", near_id=hall, within_metres=1500, limit=50)["results"]
    assert 0 < len(some) == sum(one < 1501 for one in away) < 28
    pages = [call(town, "search_places", near_id=hall, limit=10, offset=offset) for offset in (0, 10, 20)]
    assert [one["id"] for page in pages for one in page["results"]] == [one["id"] for one in near]
    assert [page["more"] for page in pages] == [True, True, False]


OPEN = [
    ("Town Hall", "2026-03-06T12:29:00", True, "it closes at 12:30"),
    ("Town Hall", "2026-03-06T12:30:00", False, "it opens on Monday at 09:00"),
    ("Bell's Pharmacy", "2026-03-02T13:00:00", False, "it opens today at 14:00"),
    ("Bell's Pharmacy", "2026-03-07T12:00:00", True, "it closes at 13:00"),
    ("Lamp Pharmacy", "2026-03-08T03:00:00", True, "it never closes"),
    ("Toy Library", "2026-03-04T17:00:00", False, "it opens on Saturday at 10:00"),
    ("Oven & Grain", "2026-03-08T10:59:00", True, "it closes at 11:00"),
]


@pytest.mark.parametrize(("name", "at", "is_open", "until"), OPEN)
def test_a_place_says_whether_it_is_open_and_until_when(town, name, at, is_open, until):
    card = call(town, "get_place", place_id=place(town, name), at=at)
    assert (card["open"], card["until"]) == (is_open, until)
    found = call(town, "search_places", name=name, open_at=at)["results"]
    assert (name in [one["name"] for one in found]) == is_open


HOURS = [
    ("24/7", 6, ((time(0), time(23, 59, 59)),)),
    ("Mo-Fr 09:00-17:00", 5, ()),
    ("Fr-Mo 09:00-17:00", 6, ((time(9), time(17)),)),
    ("Mo,We 09:00-12:00,13:30-17:00", 2, ((time(9), time(12)), (time(13, 30), time(17)))),
    ("Mo-Su 09:00-17:00; We 10:00-12:00; Su off", 2, ((time(10), time(12)),)),
    ("Mo-Su 09:00-17:00; We 10:00-12:00; Su off", 6, ()),
]


@pytest.mark.parametrize(("hours", "weekday", "times"), HOURS)
def test_hours_are_read_as_openstreetmap_writes_them(hours, weekday, times):
    assert opening_times(hours, weekday) == times


@pytest.mark.parametrize(
    "hours", ["", "daily", "Mo-Fr", "Mo-Fr 9-17", "Xx 09:00-17:00", "Mo-Xx 09:00-17:00", "Mo 25:00-26:00"]
)
def test_other_hours_are_refused(hours):
    with pytest.raises(EngineError):
        opening_times(hours, 0)


SUMMARIES = [
    ("search_places", {"name": "zzz"}, "No place fits."),
    ("search_places", {"category": "station"}, "One place: Central Station, "),
    ("search_places", {"category": "café"}, "6 places; first Café Lindgren, "),
    ("search_places", {"category": "café", "limit": 1}, "One place, and there are more: Café Lindgren, "),
    ("search_places", {"limit": 2}, "2 places, and there are more; first Bell's Pharmacy, "),
    ("find_roads", {"street": "zzz"}, "No road fits."),
    ("find_roads", {"street": "Church Walk"}, "One stretch of road, open."),
    ("find_roads", {"street": "Southway"}, "5 stretches of road; none of them closed."),
    ("list_saved_places", {"collection": "errands"}, "3 saved places."),
    ("list_trips", {"name": "zzz"}, "No trip fits."),
    ("list_trips", {"name": "walk"}, "1 trip: Evening walk."),
    ("list_trips", {}, "3 trips: Evening walk, Saturday errands, Saturday errands with the car."),
]


@pytest.mark.parametrize(("tool", "given", "said"), SUMMARIES)
def test_results_are_summed_up(town, tool, given, said):
    assert town.call(tool, **given).text.split("\n")[0].startswith(said)


def test_ways_are_summed_up(town):
    hall, post = place(town, "Town Hall"), place(town, "Post Office")
    route = town.call("get_route", start_id=hall, destination_id=post, mode="bike")
    data = route.data
    streets = ", ".join(step["street"] for step in data["steps"])
    assert route.text.startswith(
        f"From Town Hall to Post Office by bike it is {data['metres']} metres, {data['minutes']:g} minutes, by {streets}."
    )
    plan = town.call("plan_trip", start_id=hall, stop_ids=[post], mode="bike")
    assert plan.text.startswith(f"{data['minutes']:g} minutes and {data['metres']} metres in all: Post Office.")
    times = town.call("compare_travel_times", start_ids=[hall], destination_ids=[post], mode="bike")
    assert times.text.startswith(f"Post Office is soonest reached, from Town Hall in {data['minutes']:g} minutes.")


def test_one_minute_is_no_plural(town):
    says = town.program.world.tools["plan_trip"].says
    assert (
        says({"minutes": 1.0, "metres": 90, "legs": [{"stop": {"name": "Depot"}}]})
        == "1 minute and 90 metres in all: Depot."
    )


def test_an_unknown_category_is_answered_with_those_there_are(town):
    refusal = town.call("search_places", category="chemist").refusal
    assert refusal.hint == (
        "there are administration, bakery, boat hire, café, doctor, library, museum, pharmacy, post office, station, supermarket"
    )


def test_places_at_one_corner_need_no_way(town):
    town.store.db.execute("UPDATE place SET crossing_id = (SELECT crossing_id FROM place WHERE id = 1) WHERE id = 2")
    step = town.call("get_route", start_id=1, destination_id=2, mode="car")
    assert step.refusal.message == "Town Hall and Corner Café are at the same corner."


def test_the_town_is_some_kilometres_across(town):
    ways = [
        call(town, "get_route", start_id=1, destination_id=other, mode="foot")["metres"]
        for other in range(2, 29)
    ]  # fmt: skip
    assert 2_000 < max(ways) < 8_000


def test_how_many_are_within_reach_varies():
    answers = {
        task.spec.answer_given for seed in range(8) for task in world.tasks(seed) if task.spec.intent == "count_within_reach"
    }  # fmt: skip
    assert len(answers) >= 4


def test_the_island_is_visited_by_walkers_and_is_out_of_reach_only_for_the_others():
    asked = {
        (task.spec.intent, "on foot" in text)
        for seed in range(8) for number, task in enumerate(world.tasks(seed)) if task.spec.intent.startswith("plan_a_trip")
        for text in [world.episode(number, seed).instruction] if "Weir Island Boathouse" in text
    }  # fmt: skip
    assert asked == {("plan_a_trip", True), ("plan_a_trip_to_an_island", False)}


def test_an_exported_route_is_the_same_line_in_geojson(town):
    hall, post = place(town, "Town Hall"), place(town, "Post Office")
    text = call(town, "export_route", start_id=hall, destination_id=post, mode="car")["value"]
    assert text == call(town, "export_route", start_id=hall, destination_id=post, mode="car")["value"]
    feature, route = json.loads(text), call(town, "get_route", start_id=hall, destination_id=post, mode="car")
    assert set(feature) == {"type", "bbox", "properties", "geometry"}
    assert (feature["type"], feature["geometry"]["type"]) == ("Feature", "LineString")
    assert feature["properties"] == {
        "from": "Town Hall", "to": "Post Office", "mode": "car", "metres": route["metres"], "minutes": route["minutes"]}  # fmt: skip
    line = feature["geometry"]["coordinates"]
    west, south, east, north = feature["bbox"]
    assert all(west <= x <= east and south <= y <= north for x, y in line)
    corners = [rows_of(town, f"SELECT c.east, c.north FROM crossing c JOIN place p ON p.crossing_id = c.id WHERE p.id = {one}")[0]
               for one in (hall, post)]  # fmt: skip
    for (x, y), (metres_east, metres_north) in zip((line[0], line[-1]), corners, strict=True):
        assert (x + 2.5) * 111_320 * 0.587785 == pytest.approx(metres_east, abs=0.2)
        assert (y - 54) * 111_320 == pytest.approx(metres_north, abs=0.2)


# The engine ---------------------------------------------------------------------------------------------------

SQUARE = [Point(1, 0, 0), Point(2, 100, 0), Point(3, 100, 100), Point(4, 0, 100)]
ROADS = [Stretch(1, 1, 2, 100, 50), Stretch(2, 2, 3, 100, 50), Stretch(3, 3, 4, 100, 50), Stretch(4, 4, 1, 100, 50)]


def test_of_equal_ways_the_same_one_is_taken_whatever_the_order_of_the_roads():
    taken = {
        engine.ways(engine.network(points, roads), 1, [3], "car")[0].stretches
        for points in (SQUARE, SQUARE[::-1]) for roads in permutations(ROADS)
    }  # fmt: skip
    assert len(taken) == 1


def test_of_equally_quick_ways_the_shorter_is_taken():
    roads = [Stretch(1, 1, 2, 100, 50), Stretch(2, 1, 2, 60, 30), Stretch(3, 2, 3, 50, 50)]
    (way,) = engine.ways(engine.network(SQUARE, roads), 1, [3], "car")
    assert (way.stretches, way.metres, way.milliseconds) == ((2, 3), 110, 60 * 120 + 50 * 72)
    (way,) = engine.ways(engine.network(SQUARE, roads[:1] + roads[2:]), 1, [3], "car")
    assert way.milliseconds == 100 * 72 + 50 * 72


def test_one_way_foot_only_and_closed_roads_bind_whom_they_should():
    roads = [
        Stretch(1, 1, 2, 100, 50, one_way=True),
        Stretch(2, 2, 3, 100, 50, foot_only=True),
        Stretch(3, 3, 4, 9, 50, closed=True),
    ]
    network = engine.network(SQUARE, roads)
    reached = {
        mode: [start for start in (1, 2, 3) for way in engine.ways(network, start, [start % 4 + 1, (start + 2) % 4 + 1], mode) if way]
        for mode in ("car", "bike", "foot")
    }  # fmt: skip
    assert reached == {"car": [1], "bike": [1], "foot": [1, 2, 2, 3]}


def test_the_first_of_equally_good_orders_is_taken():
    assert engine.best_order([[0, 5, 5, 5], [5, 0, 5, 5], [5, 5, 0, 5], [5, 5, 5, 0]], back=False) == (1, 2, 3)
    assert engine.best_order([[0, 9, 1], [1, 0, 9], [9, 1, 0]], back=True) == (2, 1)
    assert engine.best_order([[0]], back=True) == ()
    with pytest.raises(EngineError, match="8 stops are more than the 7"):
        engine.best_order([[0] * 9] * 9, back=False)


def test_a_point_is_no_line():
    with pytest.raises(EngineError, match="a line needs two points"):
        engine.geojson([(0, 0)], (54.0, -2.5), {})


HOST = '''
from agentworlds import World
world = World("rail", title="Railway office")
town = world.include("maps", streets=("Low Road", "High Road"), cross_streets=("First Row", "Second Row"),
                     places=(("Depot", "depot", "24/7"), ("Kiosk", "kiosk", "Mo-Fr 06:00-10:00")))
@world.tool
def open_kiosk(near: town.Place) -> town.Place:
    """Put up a kiosk at the corner of a place."""
    return town.add_place("New Kiosk", "kiosk", "24/7", "1 Low Road", near.crossing)
@world.data
def fill(draw):
    pass
'''


def test_a_host_names_its_streets_and_places_and_adds_more(tmp_path):
    script = tmp_path / "rail.py"
    script.write_text(HOST)
    with agentworlds.load(script).instance() as rail:
        streets = {one["street"] for one in call(rail, "find_roads")["results"]}
        assert streets == {"Low Road", "High Road", "First Row", "Second Row", "Weir Footbridge"}
        call(rail, "open_kiosk", near_id=place(rail, "Depot"))
        assert [one["name"] for one in call(rail, "search_places", category="kiosk")["results"]] == [
            "Kiosk",
            "New Kiosk",
        ]
