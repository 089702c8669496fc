"""The household: what its rules refuse, what each tool changes, and what the robot may not see."""

import re
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

import agentworlds

WORLD = agentworlds.load("household")
KITCHEN, HALL, UTILITY = 1, 4, 5


@pytest.fixture
def house():
    with WORLD.instance() as instance:
        yield instance


def number(house, table, **values):
    """The id of the first row with these values."""
    where = " AND ".join(f'"{name}" IS ?' for name in values)
    return house.store.db.execute(f'SELECT min(id) FROM "{table}" WHERE {where}', tuple(values.values())).get


def place_number(house, name):
    """The id of a piece of furniture; None for the robot's hands."""
    return None if name is None else number(house, "receptacle", name=name)


def do(house, tool, **arguments):
    """A call that succeeds, with names in place of ids of things, places and lamps."""
    step = house.call(tool, **named(house, arguments))
    assert step.ok, step.text
    return step.data


def named(house, arguments):
    tables = {"thing_id": "thing", "place_id": "receptacle", "room_id": "room", "ingredient_id": "ingredient"}
    return {
        key: number(house, tables[key], name=value) if key in tables and isinstance(value, str) else value
        for key, value in arguments.items()
    }


def changed(house):
    """What each row differs in from the start; None for a row that is gone."""
    return {
        (one.table, one.id): None if one.after is None else
        {key: value for key, value in one.after.items() if one.before is None or one.before[key] != value}
        for one in house.changes()
    }  # fmt: skip


def act(house, steps):
    for tool, arguments in steps:
        do(house, tool, **arguments)


LEEK = [("take", {"thing_id": "leek"})]
IN_THE_MICROWAVE = [
    *LEEK, ("open_receptacle", {"place_id": "microwave"}), ("put", {"place_id": "microwave"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "tool", "arguments", "code", "message"),
    [
        (LEEK, "put", {"place_id": "windowsill"}, "limit", "There is not enough room left in or on the windowsill."),
        ([("open_receptacle", {"place_id": "fridge"})], "go_to", {"room_id": "hall"}, "unavailable",
         "An appliance stands open in the room you are leaving."),
        ([("open_receptacle", {"place_id": "dishwasher"}), *LEEK], "put", {"place_id": "dishwasher"}, "conflict",
         "The leek may not go into the dishwasher."),
        ([*LEEK, ("take", {"thing_id": "basil pot"})], "take", {"thing_id": "half melon"}, "limit",
         "Both your hands are full."),
        ([], "take", {"thing_id": "bread knife"}, "unavailable", "You do not see that from here."),
        ([], "take", {"thing_id": "painting overalls"}, "unavailable", "You do not see that from here."),
        ([], "look_inside", {"place_id": "larder"}, "unavailable", "The larder is closed."),
        ([], "look_inside", {"place_id": "bookcase"}, "unavailable", "The bookcase is not in the kitchen."),
        ([], "open_receptacle", {"place_id": "worktop"}, "conflict", "The worktop has no door."),
        ([], "go_to", {"room_id": "bathroom"}, "unavailable", "No doorway leads from the kitchen to the bathroom."),
        ([], "go_to", {"room_id": "kitchen"}, "conflict", "You are in the kitchen already."),
        ([], "run_appliance", {"place_id": "microwave"}, "conflict", "The microwave is empty."),
        (IN_THE_MICROWAVE, "run_appliance", {"place_id": "microwave"}, "conflict", "The microwave is open."),
        ([], "slice_food", {"thing_id": "half melon"}, "conflict", "The half melon is sliced already."),
        ([], "slice_food", {"thing_id": "leek"}, "unavailable", "You hold no knife."),
        (LEEK, "wash_up", {}, "conflict", "You are holding nothing dirty."),
        ([], "put", {"place_id": "worktop"}, "conflict", "You are holding nothing."),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused_and_leaves_all_as_it_was(house, before, tool, arguments, code, message):
    act(house, before)
    state = house.changes()
    step = house.call(tool, **named(house, arguments))
    assert (str(step.refusal.code), step.refusal.message) == (code, message)
    assert house.changes() == state


def test_nobody_gets_more_than_ninety_minutes_of_chores_on_a_day(house):
    sql = """SELECT c.id, m.name FROM chore c, member m WHERE c.status = 'open' AND m.id != c.member_id AND c.minutes +
             (SELECT sum(minutes) FROM chore o WHERE o.member_id = m.id AND o.due = c.due AND o.status = 'open') > 90"""
    chore, name = house.store.db.execute(sql).fetchall()[0]
    step = house.call("hand_over_chore", chore_id=chore, to=name)
    assert (str(step.refusal.code), step.refusal.message) == (
        "limit", f"{name} would have over 90 minutes of open chores that day.")  # fmt: skip
    assert house.changes() == []


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([("go_to", {"room_id": "hall"})], {("robot", 1): {"room_id": HALL}}),
        (LEEK, {("thing", "leek"): {"place_id": None}}),
        ([*LEEK, ("put", {"place_id": "breakfast table"})], {("thing", "leek"): {"place_id": "breakfast table"}}),
        ([*LEEK, ("open_receptacle", {"place_id": "fridge"}), ("put", {"place_id": "fridge"}),
          ("close_receptacle", {"place_id": "fridge"})],
         {("thing", "leek"): {"place_id": "fridge", "temperature": "cold"}}),
        ([*IN_THE_MICROWAVE, ("close_receptacle", {"place_id": "microwave"}),
          ("run_appliance", {"place_id": "microwave"})],
         {("thing", "leek"): {"place_id": "microwave", "temperature": "hot"}}),
        ([("open_receptacle", {"place_id": "knife drawer"}), ("take", {"thing_id": "bread knife"}),
          ("slice_food", {"thing_id": "leek"}), ("put", {"place_id": "knife drawer"}),
          ("close_receptacle", {"place_id": "knife drawer"})],
         {("thing", "leek"): {"cut": "sliced"}}),
        ([("go_to", {"room_id": UTILITY}), ("take", {"thing_id": "painting overalls"}),
          ("open_receptacle", {"place_id": "washing machine"}), ("put", {"place_id": "washing machine"}),
          ("close_receptacle", {"place_id": "washing machine"}), ("run_appliance", {"place_id": "washing machine"}),
          ("go_to", {"room_id": KITCHEN})],
         {("thing", "painting overalls"): {"place_id": "washing machine", "condition": "clean"}}),
    ],
)  # fmt: skip
def test_the_robot_changes_exactly_what_it_handles(house, steps, expected):
    act(house, steps)
    wanted = {
        (table, number(house, table, name=row) if isinstance(row, str) else row):
        {key: place_number(house, value) if key == "place_id" else value for key, value in values.items()}
        for (table, row), values in expected.items()
    }  # fmt: skip
    assert changed(house) == wanted


def test_washing_up_cleans_what_is_held_and_dirty_things_stay_out_of_cupboards(house):
    sink = number(house, "receptacle", name="kitchen sink")
    dish = number(house, "thing", place_id=sink, condition="dirty", kind="crockery")
    cupboard = number(house, "receptacle", name="left wall cupboard")
    do(house, "take", thing_id=dish)
    message = house.call("put", place_id=cupboard).refusal.message
    assert message.endswith("being dirty, may not go into the left wall cupboard.")
    do(house, "wash_up")
    do(house, "put", place_id=cupboard, thing_id=dish)
    assert changed(house) == {("thing", dish): {"condition": "clean", "place_id": cupboard}}


def test_a_lamp_is_switched_once(house):
    lamp, on = house.store.db.execute('SELECT id, "on" FROM lamp WHERE room_id = 1 LIMIT 1').fetchall()[0]
    do(house, "switch_lamp", lamp_id=lamp, on=not on)
    assert changed(house) == {("lamp", lamp): {"on": int(not on)}}
    assert str(house.call("switch_lamp", lamp_id=lamp, on=not on).refusal.code) == "conflict"


def test_binned_food_leaves_the_pantry_inventory(house):
    item, packet = house.store.db.execute(
        "SELECT p.id, t.id FROM pantry_item p JOIN thing t ON t.id = p.thing_id JOIN receptacle r ON r.id = t.place_id "
        "WHERE r.name = 'vegetable rack' LIMIT 1").fetchall()[0]  # fmt: skip
    act(house, [("take", {"thing_id": packet}), ("put", {"place_id": "kitchen bin"})])
    kitchen_bin = number(house, "receptacle", name="kitchen bin")
    assert changed(house) == {("thing", packet): {"place_id": kitchen_bin}, ("pantry_item", item): None}


def test_the_shopping_list_can_be_written_changed_and_cleared(house):
    taken = {tuple(row) for row in house.store.db.execute("SELECT member_id, ingredient_id FROM shopping_item")}
    ingredient = next(one for one in range(1, 25) if (1, one) not in taken)
    item = do(house, "add_shopping_item", member_id=1, ingredient_id=ingredient, amount=200)["id"]
    row = {"member_id": 1, "ingredient_id": ingredient, "amount": 200}
    assert changed(house) == {("shopping_item", item): row}
    again = house.call("add_shopping_item", member_id=1, ingredient_id=ingredient, amount=9)
    assert str(again.refusal.code) == "conflict"
    do(house, "change_shopping_item", item_id=item, amount=350)
    assert changed(house) == {("shopping_item", item): {**row, "amount": 350}}
    do(house, "remove_shopping_item", item_id=item)
    assert changed(house) == {}


def test_chores_are_ticked_off_on_their_day_or_later_and_handed_over(house):
    sql = "SELECT min(id) FROM chore WHERE status = 'open' AND due {} '2026-03-02'"
    late, early = (house.store.db.execute(sql.format(sign)).get for sign in ("<", ">"))
    do(house, "complete_chore", chore_id=late)
    assert changed(house) == {("chore", late): {"status": "done"}}
    assert str(house.call("complete_chore", chore_id=early).refusal.code) == "unavailable"
    assert str(house.call("hand_over_chore", chore_id=late, to="Ivy").refusal.code) == "conflict"


def test_a_chore_changes_hands_and_nothing_else(house):
    drawn = WORLD.task(WORLD.find_task("hand_over_my_chores"))
    arguments = next(call.arguments for call in drawn.spec.solution if call.tool == "hand_over_chore")
    do(house, "hand_over_chore", **arguments)
    taker = number(house, "member", name=arguments["to"])
    assert changed(house) == {("chore", arguments["chore_id"]): {"member_id": taker}}


def members_away(house):
    """Of each member, the days on which the calendar has them away, read without the suite."""
    sql = """SELECT e.starts, e.minutes, m.name FROM event e JOIN member m ON m.id = e.organiser_id
             OR m.id IN (SELECT person_id FROM invitation i WHERE i.event_id = e.id) WHERE e.all_day"""
    return {(name, (date.fromisoformat(starts[:10]) + timedelta(days=step)).isoformat())
            for starts, minutes, name in house.store.db.execute(sql) for step in range(minutes // 1440)}  # fmt: skip


def test_chores_go_to_nobody_whom_the_calendar_has_away_that_day(house):
    away = members_away(house)
    sql = """SELECT c.id, c.due, o.name, (SELECT sum(minutes) FROM chore x WHERE x.member_id = o.id
             AND x.due = c.due AND x.status = 'open') FROM chore c JOIN member o ON o.id != c.member_id
             WHERE c.status = 'open'"""
    tried = {True: 0, False: 0}
    for chore, due, name, load in house.store.db.execute(sql).fetchall():
        step = house.call("hand_over_chore", chore_id=chore, to=name)
        if (name, due) in away:
            assert (str(step.refusal.code), step.refusal.message.split(" on ")[0]) == (
                "unavailable", f"The calendar has {name} away")  # fmt: skip
        elif not load:
            assert step.ok, step.text
        tried[(name, due) in away] += 1
        house.reset()
    assert min(tried.values()) > 10


def test_a_stay_that_is_cancelled_keeps_nobody_from_chores(house):
    away = members_away(house)
    sql = """SELECT c.id, c.due FROM chore c JOIN member m ON m.id = c.member_id WHERE c.status = 'open'
             AND m.name != 'Ivy' AND NOT EXISTS (SELECT 1 FROM chore x JOIN member i ON i.id = x.member_id
             WHERE i.name = 'Ivy' AND x.due = c.due AND x.status = 'open')"""
    chore = next((id for id, due in house.store.db.execute(sql).fetchall() if ("Ivy", due) in away), None)
    assert str(house.call("hand_over_chore", chore_id=chore, to="Ivy").refusal.code) == "unavailable"
    do(house, "cancel_event", event_id=number(house, "event", title="Geography field trip"))
    assert do(house, "hand_over_chore", chore_id=chore, to="Ivy")["member_name"] == "Ivy"


def test_the_dining_room_holds_one_event_at_a_time(house):
    sql = "SELECT starts FROM event WHERE title = 'Family council'"
    starts = f"2026-03-08T{house.store.db.execute(sql).get[11:16]}"
    taken = house.call("create_event", title="Quiz", starts=starts, place="Dining room")
    assert (str(taken.refusal.code), taken.refusal.message) == ("conflict", "Dining room is taken at that time.")
    do(house, "create_event", title="Quiz", starts=starts, place="Living room", people=["Theo", "Thea"])
    assert [key[0] for key in changed(house)] == ["event", "invitation", "invitation"]


@pytest.mark.parametrize("seed", range(4))
def test_of_the_times_that_firms_ask_for_half_suit_the_holder_of_the_visit(seed):
    answers = []
    with WORLD.instance(seed) as house:
        letters = house.store.db.execute("SELECT subject, body FROM message WHERE subject LIKE 'Another time: %'")
        for subject, body in letters.fetchall():
            entry = do(house, "search_events", title=subject.removeprefix("Another time: "))["events"][0]
            day, at = re.findall(r"(\d+) March 2026 at (\d\d:\d\d)", body)[0]
            begins = datetime.fromisoformat(f"2026-03-{int(day):02d}T{at}:00")
            ends = begins + timedelta(minutes=entry["minutes"])
            held = do(house, "search_events", person=entry["event"]["organiser_name"], first=str(begins.date()),
                      last=str(begins.date()))["events"]  # fmt: skip
            answers.append(all(one["ends"] <= begins.isoformat() or one["starts"] >= ends.isoformat() for one in held))
    assert sorted(answers) == [False, False, True, True]


@pytest.mark.parametrize("seed", range(4))
def test_notes_in_the_calendar_name_the_room_where_the_thing_lies(seed):
    with WORLD.instance(seed) as house:
        rooms = (
            "SELECT t.name, r.name FROM thing t JOIN receptacle p ON p.id = t.place_id JOIN room r ON r.id = p.room_id"
        )
        room_of = dict(house.store.db.execute(rooms).fetchall())
        sql = "SELECT notes FROM event WHERE notes != '' AND notes NOT LIKE '%lets them in.'"
        notes = [note for (note,) in house.store.db.execute(sql).fetchall()]
        assert len(notes) >= 3
        for note in notes:
            named = max((name for name in room_of if name in note), key=len)
            assert f"the {room_of[named]}" in note


def test_members_see_and_use_only_what_is_theirs(house):
    member = WORLD.world.roles["member"].cls
    house.act_as("member", (member, 2))
    own = {row[0] for row in house.store.db.execute("SELECT id FROM shopping_item WHERE member_id = 2")}
    other = house.store.db.execute("SELECT min(id) FROM chore WHERE member_id != 2").get
    assert {one["id"] for one in do(house, "shopping_list")["results"]} == own
    assert {one["member_id"] for one in do(house, "search_chores", limit=50)["results"]} == {2}
    assert str(house.call("complete_chore", chore_id=other).refusal.code) == "forbidden"
    assert str(house.call("look_around").refusal.code) == "forbidden"


def test_nothing_tells_where_a_thing_is_but_looking(house):
    shown = do(house, "take", thing_id="leek")
    assert "place_id" not in shown
    assert all("place" not in key for key in do(house, "search_pantry_items")["results"][0])


def test_the_goals_of_aggregates_agree_with_sql():
    checked = 0
    for seed in range(3):
        for index in range(WORLD.task_count):
            drawn = WORLD.task(index, seed)
            if drawn.spec.intent == "count_dirty_things":
                room = str(drawn.task.slots["room"].name)
                sql = ("SELECT count(*) FROM thing t, receptacle p, room r WHERE p.id = t.place_id "
                       "AND r.id = p.room_id AND r.name = ? AND t.condition = 'dirty'")  # fmt: skip
                with WORLD.instance(seed) as house:
                    assert drawn.spec.goal.answer.value == str(house.store.db.execute(sql, (room,)).get)
                checked += 1
    assert checked == 6


def test_what_a_recipe_lacks_agrees_with_sql():
    drawn = WORLD.task(WORLD.find_task("list_missing_ingredients"))
    recipe = str(drawn.task.slots["recipe"].name)
    sql = """SELECT l.ingredient_id, l.amount - coalesce((SELECT sum(amount) FROM pantry_item p
             WHERE p.ingredient_id = l.ingredient_id AND p.expires >= '2026-03-02'), 0) AS lacking
             FROM recipe_line l JOIN recipe r ON r.id = l.recipe_id WHERE r.name = ? AND lacking > 0"""
    with WORLD.instance() as house:
        lacking = {tuple(row) for row in house.store.db.execute(sql, (recipe,))}
    added = [call.arguments for call in drawn.spec.solution if call.tool == "add_shopping_item"]
    assert {(one["ingredient_id"], one["amount"]) for one in added} == lacking


def test_expired_food_is_found_by_date(house):
    yesterday = date(2026, 3, 2) - timedelta(days=1)
    found = do(house, "search_pantry_items", expires_to=yesterday.isoformat(), limit=50)["results"]
    sql = "SELECT id FROM pantry_item WHERE expires < '2026-03-02'"
    assert {one["id"] for one in found} == {row[0] for row in house.store.db.execute(sql)}


def test_putting_something_down_says_where(house):
    act(house, LEEK)
    assert do(house, "put", place_id="breakfast table")["place"]["name"] == "breakfast table"


@pytest.mark.parametrize("seed", range(4))
def test_the_seeded_home_hangs_together(seed):
    with WORLD.instance(seed) as house:
        run = house.store.db.execute
        gaps = {"Change the beds": 7, "Mow the lawn": 8, "Clean the bathroom": 4, "Cook dinner": 1}
        for title, gap in gaps.items():
            days = [date.fromisoformat(day) for (day,) in run(
                "SELECT due FROM chore WHERE title = ? ORDER BY due", (title,)).fetchall()]  # fmt: skip
            assert all((later - day).days >= gap for day, later in pairwise(days))
        keeps = run("SELECT min(p.expires) FROM pantry_item p JOIN ingredient i ON i.id = p.ingredient_id "
                    "WHERE i.name IN ('honey', 'sugar', 'chopped tomatoes')").get  # fmt: skip
        assert keeps is None or keeps > "2026-08-01"
        texts = [body for (body,) in run("SELECT body FROM message WHERE folder = 'inbox'").fetchall()]
        assert max(texts.count(text) for text in texts) <= 2
