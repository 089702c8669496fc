"""The project tracker: its rules, what each tool changes, and its figures against SQL."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

import agentworlds
from agentworlds.runtime.instance import Instance
from agentworlds.worlds.world import LoadedWorld

OPEN = "status IN ('to_do', 'in_progress', 'in_review')"
BACKLOG = "status = 'to_do' AND sprint_id IS NULL"
OF_PROJECT_1 = "SELECT i.id FROM issue i JOIN project j ON j.id = i.project_id WHERE j.id = 1 AND i."
FREE_SPRINT = "SELECT id FROM sprint WHERE state = '{}' AND project_id = {}"
MEMBERS = "person p JOIN project j ON j.team_id = p.team_id"


@pytest.fixture(scope="module")
def world() -> LoadedWorld:
    return agentworlds.load("project_tracker")


@pytest.fixture
def tracker(world: LoadedWorld) -> Iterator[Instance]:
    with world.instance() as instance:
        yield instance


def one(tracker: Instance, sql: str) -> Any:
    """The first value, or the first row of several columns."""
    found = tracker.store.db.execute(sql).fetchall()
    assert found, sql
    return found[0] if len(found[0]) > 1 else found[0][0]


def act_as_developer(world: LoadedWorld, tracker: Instance, person: int) -> None:
    table = next(table for table in world.program.tables if table.name == "person")
    tracker.act_as("developer", (table.cls, person))


def changed(tracker: Instance) -> dict[str, dict[str, Any]]:
    """What differs from the start, by table and id: a row's new values, all of them where it is new."""
    return {
        f"{c.table} {c.id}" if c.before else f"new {c.table}": {
            name: value for name, value in (c.after or {}).items() if not c.before or c.before[name] != value
        }
        for c in tracker.changes()
    }


RULES = {
    "only members are assigned": (
        "assign_issue", {"issue_id": OF_PROJECT_1 + OPEN,
                         "assignee_id": "SELECT id FROM person WHERE team_id = 2 AND away_until IS NULL"},
        "forbidden", "is not on",
    ),
    "work under way keeps an assignee": (
        "assign_issue", {"issue_id": "SELECT id FROM issue WHERE status = 'in_progress'"},
        "conflict", "needs an assignee",
    ),
    "an unassigned issue cannot start": (
        "change_status", {"issue_id": f"SELECT id FROM issue WHERE {BACKLOG} AND assignee_id IS NULL",
                          "status": "in_progress"},
        "conflict", "needs an assignee",
    ),
    "a blocked issue cannot be done": (
        "change_status", {"issue_id": "SELECT i.id FROM issue i JOIN link l ON l.other_id = i.id AND l.kind = 'blocks' "
                                      "WHERE i.status = 'in_review'", "status": "done"},
        "conflict", "cannot be done while",
    ),
    "an open issue cannot block a done one": (
        "link_issues", {"issue_id": f"SELECT id FROM issue WHERE {BACKLOG}", "kind": "blocks",
                        "other_id": "SELECT id FROM issue WHERE status = 'done'"},
        "conflict", "cannot be done while",
    ),
    "an issue stays within its project": (
        "plan_issue", {"issue_id": f"SELECT id FROM issue WHERE {BACKLOG} AND points > 0 AND project_id = 1",
                       "sprint_id": FREE_SPRINT.format("planned", 2)},
        "invalid", "must be those of its project",
    ),
    "labels are the project's": (
        "update_issue", {"issue_id": f"SELECT id FROM issue WHERE {BACKLOG} AND project_id = 1",
                         "label_ids": "SELECT id FROM label WHERE project_id = 2"},
        "invalid", "must be those of its project",
    ),
    "a sprint has a capacity": (
        "plan_issue", {"issue_id": f"SELECT id FROM issue WHERE {BACKLOG} AND points >= 3 AND project_id = 1",
                       "sprint_id": FREE_SPRINT.format("active", 1)},
        "insufficient", "would add",
    ),
    "a sprint with open issues is not closed": (
        "set_sprint_state", {"sprint_id": "SELECT id FROM sprint WHERE state = 'active'", "state": "closed"},
        "conflict", "still has open issues",
    ),
    "one sprint is active": (
        "set_sprint_state", {"sprint_id": "SELECT id FROM sprint WHERE state = 'planned'", "state": "active"},
        "conflict", "is active",
    ),
    "a release with open issues is not published": (
        "publish_release", {"release_id": f"SELECT release_id FROM issue WHERE {OPEN} AND release_id > 0"},
        "conflict", "still has open issues",
    ),
    "a day has ten hours": (
        "log_time", {"issue_id": "SELECT id FROM issue WHERE project_id = 1", "day": "2026-03-01", "hours": 10.25,
                     "person_id": "SELECT id FROM person WHERE team_id = 1"},
        "limit", "more than 10 hours",
    ),
}  # fmt: skip


def given(tracker: Instance, arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments in which a query stands for the first id that it finds."""
    found = {k: one(tracker, v) if str(v).startswith("SELECT") else v for k, v in arguments.items()}
    return {name: [value] if name.endswith("_ids") else value for name, value in found.items()}


@pytest.mark.parametrize("name", RULES)
def test_rule_refuses_and_nothing_remains(tracker: Instance, name: str) -> None:
    tool, arguments, code, message = RULES[name]
    step = tracker.apply(tool, given(tracker, arguments))
    assert step.refusal is not None
    assert (step.refusal.code, message in step.refusal.message) == (code, True), step.text
    assert tracker.changes() == []


def test_work_in_progress_is_limited(tracker: Instance) -> None:
    doing = "SELECT count(*) FROM issue WHERE assignee_id = p.id AND status = 'in_progress'"
    person, limit = one(
        tracker, f"SELECT id, wip_limit FROM person p WHERE away_until IS NULL AND wip_limit = ({doing})"
    )
    theirs = f"SELECT i.id FROM issue i JOIN {MEMBERS} WHERE j.id = i.project_id AND p.id = {person}"
    waiting = one(tracker, f"{theirs} AND {BACKLOG}")
    tracker.call("assign_issue", issue_id=waiting, assignee_id=person)
    before = tracker.changes()
    step = tracker.call("change_status", issue_id=waiting, status="in_progress")
    assert step.refusal is not None and step.refusal.code == "limit"
    assert f"only {limit} in progress" in step.refusal.message
    assert tracker.changes() == before


def test_an_issue_duplicates_one_other(tracker: Instance) -> None:
    issue, first, second = (row[0] for row in tracker.store.db.execute(f"SELECT id FROM issue WHERE {BACKLOG} LIMIT 3"))
    assert tracker.call("link_issues", issue_id=issue, kind="duplicates", other_id=first).ok
    step = tracker.call("link_issues", issue_id=issue, kind="duplicates", other_id=second)
    assert step.refusal is not None and step.refusal.code == "conflict"
    assert "already a duplicate" in step.refusal.message


TODO = f"SELECT id FROM issue WHERE {BACKLOG} AND project_id = 1 AND points > 0"
WRITES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "update_issue": ("issue", {"issue_id": TODO, "points": 13, "title": "Faster refunds"},
                     {"points": 13, "title": "Faster refunds"}),
    "assign_issue": ("issue", {"issue_id": TODO, "assignee_id": "SELECT id FROM person WHERE team_id = 1"},
                     {"assignee_id": 1}),
    "change_status": ("issue", {"issue_id": TODO, "status": "dropped"}, {"status": "dropped"}),
    "plan_issue": ("issue", {"issue_id": TODO, "sprint_id": FREE_SPRINT.format("planned", 1)}, {"sprint_id": 4}),
    "edit_comment": ("comment", {"comment_id": "SELECT id FROM comment WHERE written > '2026-02-26'",
                                 "body": "Solved."}, {"body": "Solved."}),
}  # fmt: skip


@pytest.mark.parametrize("tool", WRITES)
def test_a_change_touches_one_row(tracker: Instance, tool: str) -> None:
    table, arguments, expected = WRITES[tool]
    arguments = given(tracker, arguments)
    assert tracker.apply(tool, arguments).ok
    changes = changed(tracker)
    assert changes == {f"{table} {arguments[f'{table}_id']}": expected}


def test_new_rows_hold_what_was_given(tracker: Instance) -> None:
    asked = {"project_id": 1, "kind": "story", "title": "Refund by link", "reporter_id": 7, "points": 3}
    issue = tracker.apply("create_issue", asked).data
    number = one(tracker, "SELECT last_number FROM project WHERE id = 1")
    assert issue is not None and (issue["key"], issue["status"], issue["points"]) == (f"PAY-{number}", "to_do", 3)
    tracker.call("add_comment", issue_id=issue["id"], author_id=7, body="For the shops.")
    tracker.call("log_time", issue_id=issue["id"], person_id=1, day="2026-03-02", hours=1.5)
    tracker.call("link_issues", issue_id=issue["id"], kind="blocks", other_id=one(tracker, TODO))
    found = changed(tracker)
    assert set(found) == {"project 1", "new issue", "new comment", "new time_log", "new link"}
    assert found["new time_log"] == {"issue_id": issue["id"], "person_id": 1, "day": "2026-03-02", "hours": 150}
    assert found["new link"] == {"issue_id": issue["id"], "kind": "blocks", "other_id": one(tracker, TODO)}


def test_sprints_change_and_a_release_is_published(tracker: Instance) -> None:
    for (issue,) in tracker.store.db.execute(f"SELECT id FROM issue WHERE {OPEN} AND sprint_id = 3").fetchall():
        assert tracker.call("plan_issue", issue_id=issue).ok
    for sprint, state in ((3, "closed"), (4, "active")):
        assert tracker.call("set_sprint_state", sprint_id=sprint, state=state).ok
        assert changed(tracker)[f"sprint {sprint}"] == {"state": state}
    for (issue,) in tracker.store.db.execute(f"SELECT id FROM issue WHERE {OPEN} AND release_id = 2").fetchall():
        assert tracker.call("update_issue", issue_id=issue, release_id=3).ok
    assert tracker.call("publish_release", release_id=2).ok
    assert changed(tracker)["release 2"] == {"status": "released", "released_on": "2026-03-02"}


def test_an_issue_that_moves_gets_a_key_and_loses_its_labels(tracker: Instance) -> None:
    labelled = "SELECT i.id FROM issue i JOIN issue_labels l ON l.issue_id = i.id WHERE project_id = 1"
    issue = one(tracker, f"{labelled} AND {BACKLOG}")
    moved = tracker.call("update_issue", issue_id=issue, project_id=5).data
    assert moved is not None and moved["labels"] == []
    assert moved["issue"]["key"].startswith("PLT-") and moved["issue"]["assignee_id"] is None
    details = tracker.call("issue_details", issue_id=issue).data
    assert details is not None and details["labels"] == []


def test_nobody_away_is_assigned(tracker: Instance) -> None:
    person = "SELECT id FROM person WHERE away_until > 0 AND team_id = 2"
    issue = f"SELECT id FROM issue WHERE {BACKLOG} AND project_id = 2"
    step = tracker.apply("assign_issue", given(tracker, {"issue_id": issue, "assignee_id": person}))
    assert step.refusal is not None and step.refusal.code == "unavailable"
    assert tracker.changes() == []


def test_developers_see_and_change_only_what_is_theirs(world: LoadedWorld, tracker: Instance) -> None:
    mine, theirs = one(tracker, "SELECT a.id, min(t.id) FROM person a JOIN time_log t ON t.person_id <> a.id")
    act_as_developer(world, tracker, mine)
    assert [row["id"] for row in tracker.call("search_people").data["results"]] == [mine]  # type: ignore[index]
    issue = one(tracker, f"SELECT id FROM issue WHERE {OPEN} AND assignee_id <> {mine}")
    other = one(tracker, f"SELECT id FROM comment WHERE author_id <> {mine}")
    for tool, arguments in (
        ("change_status", {"issue_id": issue, "status": "dropped"}),
        ("log_time", {"issue_id": issue, "person_id": mine, "day": "2026-03-02", "hours": 1, "replaces_id": theirs}),
        ("edit_comment", {"comment_id": other, "body": "?"}),
        ("publish_release", {"release_id": 2}),
    ):
        step = tracker.apply(tool, arguments)
        assert step.refusal is not None and step.refusal.code == "forbidden", step.text
    for (about,) in tracker.store.db.execute("SELECT DISTINCT issue_id FROM comment").fetchall():
        comments = tracker.call("issue_details", issue_id=about).data["comments"]  # type: ignore[index]
        assert {comment["author_id"] for comment in comments} <= {mine}


@pytest.mark.parametrize("seed", range(3))
def test_figures_agree_with_sql(world: LoadedWorld, seed: int) -> None:
    for drawn in world.tasks(seed):
        with world.instance(seed) as tracker:
            slots = drawn.task.slots
            if drawn.spec.intent == "hours_on_bugs":
                hours = one(
                    tracker,
                    "SELECT sum(t.hours) / 100.0 FROM time_log t JOIN issue i ON i.id = t.issue_id "
                    f"JOIN person p ON p.id = t.person_id WHERE i.kind = 'bug' AND p.team_id = {slots['team'].id} "
                    f"AND t.day BETWEEN '{slots['begin']}' AND '{slots['end']}'",
                )
                assert float(drawn.spec.goal.answer.value) == hours  # type: ignore[union-attr]
            elif drawn.spec.intent == "blockers_of_release":
                keys = tracker.store.db.execute(
                    "SELECT DISTINCT b.key FROM link l JOIN issue b ON b.id = l.issue_id "
                    "JOIN issue i ON i.id = l.other_id "
                    f"WHERE l.kind = 'blocks' AND b.{OPEN} AND i.{OPEN} AND i.release_id = {slots['release'].id}"
                ).fetchall()
                assert sorted(drawn.spec.goal.answer.value) == sorted(key for (key,) in keys)  # type: ignore[union-attr]


@pytest.mark.parametrize("seed", range(3))
def test_active_sprints_are_within_capacity_by_sql(world: LoadedWorld, seed: int) -> None:
    with world.instance(seed) as tracker:
        loads = tracker.store.db.execute(
            "SELECT s.capacity, sum(i.points) FROM sprint s JOIN issue i ON i.sprint_id = s.id "
            "WHERE s.state <> 'closed' GROUP BY s.id"
        ).fetchall()
        assert len(loads) == 10 and all(load <= capacity for capacity, load in loads)


def test_the_history_is_plausible(tracker: Instance) -> None:
    created = tracker.store.db.execute("SELECT project_id, created FROM issue ORDER BY project_id, id").fetchall()
    assert created == sorted(created)
    early = "SELECT count(*) FROM comment c JOIN issue i ON i.id = c.issue_id WHERE date(c.written) < i.created"
    assert one(tracker, early) == 0
    assert one(tracker, "SELECT min(capacity) FROM sprint") >= 20


def test_an_estimate_that_bursts_its_sprint_is_refused(tracker: Instance) -> None:
    small = "SELECT i.id FROM issue i JOIN sprint s ON s.id = i.sprint_id WHERE s.state = 'active'"
    step = tracker.call("update_issue", issue_id=one(tracker, f"{small} AND i.project_id = 1 AND i.{OPEN}"), points=13)
    assert step.refusal is not None and step.refusal.code == "insufficient"
    assert "would add 13" in step.refusal.message


def posts(tracker: Instance) -> list[tuple[str, str, int]]:
    """The channel and the text of what was posted in the chat since the start, and whether it is ours."""
    new = [c.after for c in tracker.changes() if c.table == "chat_message" and c.before is None]
    channels = dict(tracker.store.db.execute("SELECT id, name FROM chat_channel").fetchall())
    return [(channels[after["channel_id"]], after["text"], after["ours"]) for after in new if after]


def test_the_start_of_a_sprint_is_posted_in_the_channel_of_its_project(tracker: Instance) -> None:
    for (issue,) in tracker.store.db.execute(f"SELECT id FROM issue WHERE {OPEN} AND sprint_id = 3").fetchall():
        assert tracker.call("plan_issue", issue_id=issue).ok
    assert tracker.call("set_sprint_state", sprint_id=3, state="closed").ok
    assert posts(tracker) == []
    assert tracker.call("set_sprint_state", sprint_id=4, state="active").ok
    name = one(tracker, "SELECT name FROM sprint WHERE id = 4")
    assert posts(tracker) == [("card-payments", f"{name} has started. It ends on 17 March 2026.", 1)]


def test_a_published_release_is_posted_and_one_that_is_refused_is_not(tracker: Instance) -> None:
    assert tracker.call("publish_release", release_id=2).refusal is not None
    assert posts(tracker) == []
    for (issue,) in tracker.store.db.execute(f"SELECT id FROM issue WHERE {OPEN} AND release_id = 2").fetchall():
        assert tracker.call("update_issue", issue_id=issue, release_id=3).ok
    assert tracker.call("publish_release", release_id=2).ok
    name = one(tracker, "SELECT name FROM release WHERE id = 2")
    assert posts(tracker) == [("card-payments", f"{name} is out.", 1)]


def test_the_chat_is_the_leads(world: LoadedWorld, tracker: Instance) -> None:
    act_as_developer(world, tracker, 1)
    for tool in (name for name, tool in world.world.tools.items() if tool.source == "chat"):
        assert str(tracker.call(tool).refusal.code) == "forbidden"  # type: ignore[union-attr]


def test_only_members_of_a_channel_are_mentioned_there(tracker: Instance) -> None:
    person = one(
        tracker, "SELECT id FROM person WHERE id NOT IN (SELECT person_id FROM channel_member WHERE channel_id = 1)"
    )
    post = {"channel_id": 1, "text": "Please have a look at the board.", "mention_ids": [person]}
    assert str(tracker.apply("post_message_to_channel", post).refusal.code) == "conflict"  # type: ignore[union-attr]
    assert tracker.call("add_to_channel", channel_id=1, person_id=person).ok
    assert tracker.apply("post_message_to_channel", post).ok
    assert set(changed(tracker)) == {"new channel_member", "new chat_message", "new chat_mention"}


@pytest.mark.parametrize("seed", range(4))
def test_threads_settle_issues_that_their_teams_can_take(world: LoadedWorld, seed: int) -> None:
    with world.instance(seed) as tracker:
        threads = tracker.store.db.execute(
            "SELECT m.text, c.name, min(r.posted), count(*), group_concat(r.author_id) FROM chat_message m "
            "JOIN chat_message r ON r.thread_id = m.id JOIN chat_channel c ON c.id = m.channel_id GROUP BY m.id"
        ).fetchall()
        assert len(threads) == 5
        states = []
        for text, channel, posted, replies, authors in threads:
            key = re.findall(r"[A-Z]+-\d+", text)[0]
            issue = f"FROM issue i JOIN project j ON j.id = i.project_id WHERE i.key = '{key}'"
            status, project, created, team = one(tracker, f"SELECT status, j.name, created, team_id {issue}")
            away = f"SELECT count(*) FROM person WHERE id IN ({authors}) AND (away_until > 0 OR team_id <> {team})"
            assert (channel, replies, one(tracker, away)) == (project.lower().replace(" ", "-"), 4, 0)
            assert created <= posted < "2026-03-02T08"
            states.append(status)
        assert sorted(states) == ["dropped", "dropped", "to_do", "to_do", "to_do"]


@pytest.mark.parametrize("seed", range(4))
def test_posts_on_releases_are_wrong_where_somebody_doubts_them(world: LoadedWorld, seed: int) -> None:
    with world.instance(seed) as tracker:
        due = dict(tracker.store.db.execute("SELECT name, due FROM release").fetchall())
        said = tracker.store.db.execute(
            "SELECT text FROM chat_message WHERE ours AND text LIKE '%is due on%'"
        ).fetchall()
        doubted = [text for (text,) in tracker.store.db.execute(
            "SELECT text FROM chat_message WHERE text LIKE 'Is % really due on %'").fetchall()]  # fmt: skip
        assert len(said) == 5 and len(doubted) == 3
        for (text,) in said:
            release, day = re.fullmatch(r"(.*) is due on (.*)\.", text).groups()  # type: ignore[union-attr]
            right = day == spoken(date.fromisoformat(due[release]))
            assert right == (not any(release in doubt for doubt in doubted))


def test_nothing_is_posted_in_the_archived_channel(tracker: Instance) -> None:
    channel = one(tracker, "SELECT id FROM chat_channel WHERE archived")
    step = tracker.call("post_message_to_channel", channel_id=channel, text="Is anybody still here?")
    assert step.refusal is not None and step.refusal.message == "#web-app-beta is archived; it can only be read."
    assert tracker.changes() == []


def spoken(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
