"""To-do lists: what repeats comes back, steps come first, and every way in which they say no."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import agentworlds
from agentworlds.engines import EngineError
from agentworlds.engines.todo import Dateutil, Unit

world = agentworlds.load("suite:todo")
engine = Dateutil()


@pytest.fixture
def office() -> Iterator[agentworlds.Instance]:
    with world.instance() as instance:
        yield instance


def call(office: agentworlds.Instance, tool: str, **arguments: Any) -> Any:
    step = office.call(tool, **arguments)
    assert step.ok, step.text
    return step.data


def made(office: agentworlds.Instance, title: str = "Polish the brass", **more: Any) -> Any:
    return call(office, "create_todo", title=title, todo_list_id=1, **more)["todo"]


# What repeats -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "every", "due", "rule", "words", "following"),
    [
        ("day", 1, "2026-03-04", "FREQ=DAILY", "every day", ["2026-03-05", "2026-03-06", "2026-03-07"]),
        ("weekday", 1, "2026-03-05", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "every weekday", ["2026-03-06", "2026-03-09", "2026-03-10"]),
        ("week", 1, "2026-03-04", "FREQ=WEEKLY;BYDAY=WE", "every week on Wednesday", ["2026-03-11", "2026-03-18", "2026-03-25"]),
        ("week", 2, "2026-03-04", "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", "every 2 weeks on Wednesday", ["2026-03-18", "2026-04-01", "2026-04-15"]),
        ("month", 1, "2026-01-15", "FREQ=MONTHLY;BYMONTHDAY=15", "every month on the 15th", ["2026-02-15", "2026-03-15", "2026-04-15"]),
        ("month", 1, "2026-01-31", "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", "every month on the last day", ["2026-02-28", "2026-03-31", "2026-04-30"]),
        ("month", 3, "2025-11-30", "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=28,29,30;BYSETPOS=-1", "every 3 months on the 30th, or a shorter month's last day", ["2026-02-28", "2026-05-30", "2026-08-30"]),
        ("year", 1, "2028-02-29", "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=28,29;BYSETPOS=-1", "every 12 months on the 29th, or a shorter month's last day", ["2029-02-28", "2030-02-28", "2031-02-28"]),
        ("year", 1, "2026-03-04", "FREQ=YEARLY;BYMONTHDAY=4;BYMONTH=3", "every year on 4 March", ["2027-03-04", "2028-03-04", "2029-03-04"]),
    ],
)  # fmt: skip
def test_a_rule_gives_the_days_that_people_mean(
    unit: Unit, every: int, due: str, rule: str, words: str, following: list[str]
) -> None:
    begun = date.fromisoformat(due)
    assert engine.rule(unit, every, begun) == rule
    assert engine.describe(rule) == words
    days, last = [], begun
    for _ in following:
        turn = engine.next_due(rule, begun, last)
        assert turn is not None
        last = turn
        days.append(turn.isoformat())
    assert days == following


def test_a_rule_ends_on_its_last_day() -> None:
    rule = engine.rule("week", 1, date(2026, 3, 4), date(2026, 3, 20))
    assert rule == "FREQ=WEEKLY;BYDAY=WE;UNTIL=20260318"
    assert engine.next_due(rule, date(2026, 3, 4), date(2026, 3, 11)) == date(2026, 3, 18)
    assert engine.next_due(rule, date(2026, 3, 4), date(2026, 3, 18)) is None
    with pytest.raises(EngineError, match="weekend"):
        engine.rule("weekday", 1, date(2026, 3, 7))


def test_completing_what_repeats_makes_the_next_with_fresh_steps(office: agentworlds.Instance) -> None:
    name = call(office, "search_people")["results"][3]["name"]
    todo = made(
        office,
        due="2026-03-05",
        repeats="weekly",
        steps=["Rub", "Rinse"],
        assignee=name,
        priority="low",
        notes="Soft cloth.",
    )
    for step in call(office, "read_todo", todo_id=todo["id"])["steps"]:
        call(office, "tick_todo_step", step_id=step["id"])
    result = call(office, "complete_todo", todo_id=todo["id"])
    assert (result["done"]["status"], result["done"]["completed"]) == ("done", "2026-03-02")
    after = result["next"][0]
    kept = ("title", "assignee_name", "priority", "notes", "repeats", "todo_list_id")
    assert {key: after[key] for key in kept} == {key: todo[key] for key in kept}
    assert (after["due"], after["status"]) == ("2026-03-12", "open")
    steps = call(office, "read_todo", todo_id=after["id"])["steps"]
    assert [(step["position"], step["text"], step["done"]) for step in steps] == [
        (1, "Rub", False),
        (2, "Rinse", False),
    ]


def test_a_late_one_comes_back_after_today_and_not_before(office: agentworlds.Instance) -> None:
    late = office.store.db.execute(
        "SELECT t.id, t.due FROM todo t WHERE status = 'open' AND repeats LIKE 'FREQ=MONTHLY;BYMONTHDAY%' AND due < '2026-03-01' "
        "AND NOT EXISTS (SELECT 1 FROM todo_step WHERE todo_id = t.id AND done = 0) LIMIT 1"
    ).fetchall()[0]
    again = call(office, "complete_todo", todo_id=late[0])["next"][0]
    assert again["due"] == f"2026-03-{late[1][8:]}"


def test_postponing_one_turn_does_not_shift_the_series(office: agentworlds.Instance) -> None:
    todo = made(office, due="2026-03-04", repeats="every_two_weeks")
    call(office, "change_todo", todo_id=todo["id"], due="2026-03-12")
    assert call(office, "read_todo", todo_id=todo["id"])["next_due"] == ["2026-03-18"]
    assert call(office, "complete_todo", todo_id=todo["id"])["next"][0]["due"] == "2026-03-18"


def test_the_last_turn_does_not_come_back(office: agentworlds.Instance) -> None:
    todo = made(office, due="2026-03-04", repeats="weekly", until="2026-03-10")
    assert todo["repeats"] == "FREQ=WEEKLY;BYDAY=WE;UNTIL=20260304"
    assert call(office, "complete_todo", todo_id=todo["id"])["next"] == []


# Changing ---------------------------------------------------------------------------------------------------------


def test_what_is_given_changes_and_what_is_cleared_goes(office: agentworlds.Instance) -> None:
    name = call(office, "search_people")["results"][3]["name"]
    todo = made(office, due="2026-03-05", repeats="monthly", assignee=name)
    changed = call(
        office,
        "change_todo",
        todo_id=todo["id"],
        title="Polish it all",
        todo_list_id=2,
        priority="high",
        clear=["due", "assignee", "repeats"],
    )
    kept = {key: changed[key] for key in ("title", "todo_list_id", "priority", "due", "assignee_id", "repeats")}
    assert kept == {
        "title": "Polish it all",
        "todo_list_id": 2,
        "priority": "high",
        "due": None,
        "assignee_id": None,
        "repeats": "",
    }


def test_steps_are_added_at_the_end_and_go_with_their_todo(office: agentworlds.Instance) -> None:
    before = office.store.db.execute("SELECT count(*) FROM todo_step").get
    todo = made(office, steps=["One"])
    added = call(office, "add_todo_steps", todo_id=todo["id"], steps=["Two", "Three"])["steps"]
    assert [(step["position"], step["text"]) for step in added] == [(1, "One"), (2, "Two"), (3, "Three")]
    call(office, "delete_todo", todo_id=todo["id"])
    assert office.store.db.execute("SELECT count(*) FROM todo_step").get == before
    assert office.call("get_todo", todo_id=todo["id"]).refusal.code == "not_found"


def test_the_overview_counts_as_the_rows_do(office: agentworlds.Instance) -> None:
    found = call(office, "todo_overview")
    open_ = "SELECT count(*) FROM todo WHERE status = 'open'"
    where = {"open": "", "overdue": " AND due < '2026-03-02'", "due_today": " AND due = '2026-03-02'",
             "due_within_a_week": " AND due BETWEEN '2026-03-02' AND '2026-03-08'", "without_date": " AND due IS NULL"}  # fmt: skip
    assert {name: found[name] for name in where} == {
        name: office.store.db.execute(open_ + more).get for name, more in where.items()
    }
    for one in found["lists"]:
        own = f" AND todo_list_id = {one['todo_list']['id']}"
        assert (one["open"], one["overdue"]) == tuple(
            office.store.db.execute(open_ + own + more).get for more in ("", where["overdue"])
        )
    person = found["overdue_todos"][0]["todo"]["assignee_name"]
    mine = call(office, "todo_overview", assignee=person)
    late = call(office, "search_todos", assignee_name=person, status="open", due_to="2026-03-01", limit=50)["results"]
    assert sorted(one["todo"]["id"] for one in mine["overdue_todos"]) == sorted(one["id"] for one in late)
    days = [(date(2026, 3, 2) - date.fromisoformat(one["todo"]["due"])).days for one in mine["overdue_todos"]]
    assert [one["days_late"] for one in mine["overdue_todos"]] == days


# Refusals and rules -----------------------------------------------------------------------------------------------

DONE = "SELECT id FROM todo WHERE status = 'done' ORDER BY id"
UNTICKED = "SELECT todo_id FROM todo_step s JOIN todo t ON t.id = s.todo_id WHERE s.done = 0 AND t.status = 'open'"
REPEATING = "SELECT id FROM todo WHERE status = 'open' AND repeats <> ''"
TAKEN = "SELECT title FROM todo WHERE status = 'open' AND todo_list_id = 1"
X = {"title": "x", "todo_list_id": 1}
REFUSALS = [
    ("create_todo_list", {"name": "Office"}, "conflict", "There is a list Office already."),
    ("create_todo", {**X, "due": "2026-03-01"}, "invalid", "1 March 2026 has passed."),
    ("create_todo", {**X, "until": "2026-05-01"}, "invalid", "until is for what repeats."),
    ("create_todo", {**X, "repeats": "weekly"}, "invalid", "What repeats needs a first due date."),
    ("create_todo", {**X, "due": "2026-03-07", "repeats": "weekdays"}, "invalid", "it is due on a weekend"),
    ("create_todo", {**X, "due": "2026-03-07", "repeats": "weekly", "until": "2026-03-05"}, "invalid", "it would end before it begins"),
    ("create_todo", {**X, "assignee": "Nobody Atall"}, "not_found", "We know nobody called Nobody Atall."),
    ("create_todo", {**X, "assignee": "a"}, "not_found", "a may be "),
    ("create_todo", {**X, "steps": ["s"] * 21}, "limit", "A to-do has at most 20 steps."),
    ("create_todo", {"title": TAKEN, "todo_list_id": 1}, "conflict", "There is an open to-do "),
    ("change_todo", {"todo_id": DONE, "title": "x"}, "conflict", " is done."),
    ("change_todo", {"todo_id": REPEATING}, "invalid", "Nothing is to be changed."),
    ("change_todo", {"todo_id": REPEATING, "due": "2026-03-01"}, "invalid", "1 March 2026 has passed."),
    ("change_todo", {"todo_id": REPEATING, "clear": ["due"]}, "conflict", "repeats, so it needs a due date."),
    ("complete_todo", {"todo_id": DONE}, "conflict", " is done."),
    ("complete_todo", {"todo_id": UNTICKED}, "conflict", "has steps that are not ticked."),
    ("reopen_todo", {"todo_id": REPEATING}, "conflict", " is open."),
    ("add_todo_steps", {"todo_id": DONE, "steps": ["s"]}, "conflict", " is done."),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "arguments", "code", "message"), REFUSALS)
def test_what_cannot_be_is_refused(
    office: agentworlds.Instance, tool: str, arguments: dict[str, Any], code: str, message: str
) -> None:
    given = {
        name: office.store.db.execute(f"{one} LIMIT 1").get if str(one).startswith("SELECT") else one
        for name, one in arguments.items()
    }  # fmt: skip
    step = office.apply(tool, given)
    assert step.refusal is not None
    assert (step.refusal.code, message in step.refusal.message) == (code, True), step.text
    assert office.changes() == []


def test_a_step_of_what_is_done_keeps_its_tick(office: agentworlds.Instance) -> None:
    todo = made(office, steps=["One"])
    step = call(office, "read_todo", todo_id=todo["id"])["steps"][0]["id"]
    call(office, "tick_todo_step", step_id=step)
    call(office, "complete_todo", todo_id=todo["id"])
    assert office.call("tick_todo_step", step_id=step, done=False).refusal.message == "Polish the brass is done."
    assert call(office, "reopen_todo", todo_id=todo["id"])["completed"] is None
    call(office, "tick_todo_step", step_id=step, done=False)


def test_a_due_date_that_passed_may_be_given_again(office: agentworlds.Instance) -> None:
    late = call(office, "search_todos", status="open", due_to="2026-03-01", limit=1)["results"][0]
    assert call(office, "change_todo", todo_id=late["id"], due=late["due"], priority="low")["due"] == late["due"]


# In words, and in a host's hands ----------------------------------------------------------------------------------


def test_results_are_summed_up_in_a_sentence(office: agentworlds.Instance) -> None:
    def said(tool: str, **arguments: Any) -> str:
        return office.call(tool, **arguments).text.splitlines()[0]

    assert said("search_todos", title="brass") == "There is no such to-do."
    todo = made(office, due="2026-03-05", repeats="weekly", steps=["Rub", "Rinse"])["id"]
    assert said("search_todos", title="brass") == "One to-do: Polish the brass (open), due on Thursday 5 March."
    step = call(office, "read_todo", todo_id=todo)["steps"][0]["id"]
    assert said("tick_todo_step", step_id=step).startswith("todo: ")
    assert said("read_todo", todo_id=todo) == (
        "Polish the brass is open, due on Thursday 5 March, 1 of 2 steps ticked, still to do: Rinse. "
        "It comes back every week on Thursday, next on Thursday 12 March."
    )
    call(office, "tick_todo_step", step_id=step + 1)
    assert said("complete_todo", todo_id=todo) == "Polish the brass is done and comes back on Thursday 12 March."
    nobody = call(
        office,
        "create_todo",
        title="Rest",
        todo_list_id=1,
        assignee=call(office, "search_people")["results"][0]["name"],
    )
    assert said("read_todo", todo_id=nobody["todo"]["id"]) == "Rest is open, without a due date, no steps."
    assert said("complete_todo", todo_id=nobody["todo"]["id"]) == "Rest is done."
    assert said("search_todos", title="rest", status="done") == "One to-do: Rest (done)."
    assert said("search_todos", title="brass") == (
        "2 to-dos, 1 of them open; of these, Polish the brass is due first, on Thursday 12 March."
    )
    assert said("search_todos", status="open", limit=2).startswith("The first 2 to-dos, all of them open; of these, ")
    assert said("search_todos", status="done", title="r", limit=2) == "The first 2 to-dos, none of them open."


HOST = '''
from datetime import date
from agentworlds import Draw, Email, PersonName, Row, World, field

world = World("home", title="Elm House", now="2026-03-02 09:00")

@world.table
class Tenant(Row):
    name: PersonName
    email: Email = field(unique=True)

work = world.include("todo", Person=Tenant, intents=False, lists={"House": (("Sweep the stairs", "weekly", ("Top", "Bottom")),)})

@world.tool
def report_damage(tenant: Tenant, what: str) -> work.Todo:
    """Report a damage."""
    house = work.first(work.TodoList, name="House")
    return work.add_todo(f"Repair: {what}", house, date(2026, 3, 9), steps=("Look", "Repair"), priority="high")

@world.data
def fill(draw: Draw) -> None:
    for _ in range(3):
        draw.new(Tenant)
'''


def test_a_host_puts_todos_on_its_lists(tmp_path: Path) -> None:
    script = tmp_path / "home.py"
    script.write_text(HOST)
    with agentworlds.load(script).instance() as home:
        todo = call(home, "report_damage", tenant_id=1, what="roof")
        assert (todo["todo_list_name"], todo["title"], todo["due"]) == ("House", "Repair: roof", "2026-03-09")
        assert (
            home.call("complete_todo", todo_id=todo["id"]).refusal.message
            == "Repair: roof has steps that are not ticked."
        )
        assert [one["todo_list"]["name"] for one in call(home, "todo_overview")["lists"]] == ["House"]


class Yearly(Dateutil):
    """An engine of one's own: whatever repeats does so after a year."""

    def next_due(self, rule: str, begun: date, after: date) -> date | None:
        return after.replace(year=after.year + 1)


def test_another_engine_can_take_its_place() -> None:
    with agentworlds.load("suite:todo", engines={"todo": Yearly}).instance() as office:
        todo = made(office, due="2026-03-05", repeats="daily")
        assert call(office, "complete_todo", todo_id=todo["id"])["next"][0]["due"] == "2027-03-05"
