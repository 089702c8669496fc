"""Reporting: views, SQL checked and run, saved queries and what they give, charts as Vega-Lite."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import agentworlds
from agentworlds.engines import EngineError
from agentworlds.engines.analyst import Checked, Sqlglot
from agentworlds.engines.contract import check_engine

HOST = '''"""A host whose tables are read."""
from agentworlds import Draw, Email, Money, PersonName, Row, Text, World, field
world = World("club", title="Rowing Club", now="2026-03-02 09:00")
world.role("member", about="You help.")

@world.table
class Rower(Row):
    name: PersonName
    email: Email
    pin: Text = field(hidden=True)

@world.table
class Boat(Row):
    """A boat in the shed."""
    name: Text
    cost: Money

desk = world.include("analyst", Person=Rower, views=(Boat, Rower), sales=False, intents=False)

@world.data
def fill(draw: Draw) -> None:
    draw.new(Rower, name="Ada Low", email="ada@example.com", pin="1234")
    for name, cost in (("Swift", 900), ("Heron", 1250)):
        draw.new(Boat, name=name, cost=cost)
    desk.store_query("Dear boats", "SELECT name FROM boats WHERE cost > 1000")
'''
BRANCH_SUM = "SELECT branch_name, sum(amount) AS takings FROM sales_records GROUP BY branch_name ORDER BY branch_name"
VIEWS = {"sales": {"id": "INT", "day": "TEXT", "amount": "REAL"}, "branches": {"id": "INT", "name": "TEXT"}}
NOW = datetime(2026, 3, 2, 9, 30)

world = agentworlds.load("suite:analyst")


@pytest.fixture
def desk() -> Iterator[agentworlds.Instance]:
    with world.instance() as instance:
        yield instance


def data(instance: agentworlds.Instance, tool: str, **arguments: Any) -> dict[str, Any]:
    step = instance.call(tool, **arguments)
    assert step.ok, step.text
    assert step.data is not None
    return step.data


def table(instance: agentworlds.Instance, sql: str, **page: Any) -> list[list[str]]:
    return [row["values"] for row in data(instance, "run_query", sql=sql, **page)["rows"]]


# Views and queries --------------------------------------------------------------------------------------------


def test_views_are_listed_and_described(desk: agentworlds.Instance) -> None:
    views = {one["view"]: one for one in data(desk, "list_views")["results"]}
    assert {name: one["rows"] for name, one in views.items()} == {
        "people": 24,
        "sales_branches": 6,
        "sales_records": 60,
        "sales_waste": 36,
        "sales_shifts": 36,
    }
    details = data(desk, "describe_view", view="sales_records")
    assert details["about"] == "A day's sales of one product at one branch. What was refunded is no takings."
    assert [one["column"] for one in details["columns"]] == views["sales_records"]["columns"]
    assert {one["column"]: one["options"] for one in details["columns"]}["status"] == ["paid", "refunded"]


def test_a_query_agrees_with_the_rows(desk: agentworlds.Instance) -> None:
    stored = desk.store.execute(
        "SELECT b.name, sum(s.amount) FROM sales_record s JOIN sales_branch b ON b.id = s.branch_id GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert table(desk, BRANCH_SUM) == [[name, f"{pence / 100:g}"] for name, pence in stored]
    assert data(desk, "run_query", sql=BRANCH_SUM)["columns"] == ["branch_name", "takings"]


def test_a_long_result_comes_in_pages(desk: agentworlds.Instance) -> None:
    sql = "SELECT id FROM sales_records ORDER BY id"
    first, second = (data(desk, "run_query", sql=sql, limit=40, offset=offset) for offset in (0, 40))
    assert [row["values"] for row in first["rows"] + second["rows"]] == [[str(n)] for n in range(1, 61)]
    assert (first["more"], second["more"]) == (True, False)


def test_the_present_day_of_a_query_is_the_worlds(desk: agentworlds.Instance) -> None:
    assert table(
        desk, "SELECT date('now') AS day, current_date AS again, strftime('%Y', 'now', '-1 year') AS before"
    ) == [["2026-03-02", "2026-03-02", "2025"]]


def test_nothing_hidden_is_in_a_view(tmp_path: Path) -> None:
    script = tmp_path / "club.py"
    script.write_text(HOST)
    with agentworlds.load(script).instance() as club:
        assert [one["view"] for one in data(club, "list_views")["results"]] == ["boats", "rowers"]
        assert [one["column"] for one in data(club, "describe_view", view=" Rowers ")["columns"]] == [
            "id",
            "name",
            "email",
        ]
        assert table(club, "SELECT * FROM boats ORDER BY cost DESC") == [["2", "Heron", "1250"], ["1", "Swift", "900"]]
        assert data(club, "run_saved_query", saved_query_id=1)["rows"] == [{"values": ["Heron"]}]
        assert (
            club.call("run_query", sql="SELECT pin FROM rowers").refusal.message
            == "Column 'pin' could not be resolved."
        )
        assert club.call("run_query", sql="SELECT * FROM sales_records").refusal.message.startswith(
            "There is no view 'sales_records'"
        )


REFUSALS = [
    ("run_query", {"sql": "DELETE FROM sales_records"}, "invalid", "Only a SELECT can be run: nothing can be changed here."),
    ("run_query", {"sql": " "}, "invalid", "The SQL is empty."),
    ("run_query", {"sql": "SELECT 1; SELECT 2"}, "invalid", "Give one statement."),
    ("run_query", {"sql": "SELECT * FROM sales_record"}, "invalid", "There is no view 'sales_record' among people, sales_branches, sales_records, sales_waste, sales_shifts; did you mean 'sales_records'?"),
    ("run_query", {"sql": "SELECT ammount FROM sales_records"}, "invalid", "Column 'ammount' could not be resolved; did you mean 'amount'?"),
    ("run_query", {"sql": "SELECT randm() FROM sales_records"}, "invalid", "The function RANDM is not offered"),
    ("run_query", {"sql": "SELECT * FROM main.sales_records"}, "invalid", "There is no view main.sales_records."),
    ("run_query", {"sql": "SELECT id AS a, day AS a FROM sales_records"}, "invalid", "Two result columns are called a"),
    ("run_query", {"sql": "SELECT printf('%200000d', 1)"}, "invalid", "Not authorized to use function: PRINTF."),
    ("run_query", {"sql": "SELECT count(*) AS n FROM " + ", ".join(f"sales_records s{n}" for n in range(6))}, "limit", "this call takes too many steps"),
    ("describe_view", {"view": "saved_queries"}, "not_found", "There is no view 'saved_queries'."),
    ("save_query", {"name": "Odd", "sql": "SELECT"}, "invalid", "The SELECT names no columns."),
    ("save_query", {"name": "Takings by month", "sql": "SELECT 1 AS n"}, "conflict", "There is already a saved query called “Takings by month”."),
    ("change_saved_query", {"saved_query_id": 1}, "invalid", "Nothing is to be changed."),
    ("change_saved_query", {"saved_query_id": 1, "sql": "SELECT product FROM sales_records"}, "conflict",
     "A chart of “Takings by product” shows a column that the query would no longer give."),
    ("delete_saved_query", {"saved_query_id": 2}, "conflict", "2 charts are drawn from 'Takings by branch'."),
    ("delete_saved_query", {"saved_query_id": 1}, "conflict", "1 chart is drawn from 'Takings by product'."),
    ("save_chart", {"saved_query_id": 1, "title": "New", "x": "produkt"}, "invalid", "The query has no column 'produkt' among product, takings; did you mean 'product'?"),
    ("save_chart", {"saved_query_id": 1, "title": "New", "y": "product"}, "invalid", "The column product is not a number in every row"),
    ("save_chart", {"saved_query_id": 1, "title": "Counter sales"}, "conflict", "There is already a chart called “Counter sales”."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("tool", "arguments", "code", "message"), REFUSALS, ids=[f"{r[0]}-{r[3][:30]}" for r in REFUSALS]
)
def test_what_cannot_be_done_is_refused_with_a_reason(
    desk: agentworlds.Instance, tool: str, arguments: dict[str, Any], code: str, message: str
) -> None:
    refusal = desk.call(tool, **arguments).refusal
    assert refusal is not None
    assert (str(refusal.code), refusal.message[: len(message)]) == (code, message)
    assert desk.changes() == []


def test_a_complaint_is_a_sentence_that_ends_once(desk: agentworlds.Instance) -> None:
    for sql in (
        "SELECT 1; SELECT 2",
        "SELECT ammount FROM sales_records",
        "SELECT foo(1)",
        "SELECT sum(sum(units)) FROM sales_records",
    ):
        message = desk.call("run_query", sql=sql).refusal.message
        assert message[:1].isupper()
        assert re.search(r"[^.?][.?]$", message), message


def test_a_name_that_is_taken_leads_to_what_has_it(desk: agentworlds.Instance) -> None:
    query = desk.call("save_query", name="Takings by month", sql="SELECT 1 AS n")
    assert query.text.endswith("Try: change_saved_query changes that one; a new one needs another name")
    chart = desk.call("save_chart", saved_query_id=1, title="Counter sales")
    assert chart.text.endswith("Try: use another title, or take that one away first with delete_chart")


def test_what_is_not_recorded_is_asked_for_in_words_that_are_elsewhere_possible() -> None:
    slots = {"save_a_query": set(), "save_a_query_of_what_is_not_recorded": set()}
    words = ("units", "amount", "waste", "working hours", "product", "branch", "region", "colleague")
    for task in (one.spec for seed in range(20) for one in world.tasks(seed)):
        if task.intent in slots:
            request = task.instruction.partition("\n\n")[2]
            slots[task.intent].add(frozenset(word for word in words if re.search(rf"\b{word}\b", request)))
    possible, impossible = slots.values()
    assert impossible == {frozenset(("colleague", "waste")), frozenset(("product", "working hours"))}
    assert not possible & impossible
    assert frozenset.union(*impossible) <= frozenset.union(*possible)


def test_no_answer_to_how_many_larger_sales_there_are_is_right_most_of_the_time() -> None:
    tasks = [one.spec for seed in range(20) for one in world.tasks(seed) if one.spec.intent == "larger_sales_counted"]
    answers = [task.answer_given for task in tasks]
    assert len(set(answers)) >= 8
    assert max(map(answers.count, answers)) <= len(answers) // 4


def test_what_counts_of_a_saved_query_is_what_it_gives(desk: agentworlds.Instance) -> None:
    data(
        desk,
        "save_query",
        name="A",
        sql="SELECT branch_region, sum(units) AS u FROM sales_records GROUP BY 1 ORDER BY u DESC",
    )
    data(desk, "save_query", name="B", sql="WITH r AS (SELECT branch_region AS region, units FROM sales_records) "
                                           "SELECT region, sum(units) AS all_units FROM r GROUP BY region ORDER BY 2 DESC")  # fmt: skip
    data(
        desk,
        "save_query",
        name="C",
        sql="SELECT branch_region, sum(units) AS u FROM sales_records GROUP BY 1 ORDER BY u",
    )
    one, same, other = (change.after["result"] for change in desk.changes() if change.after is not None)
    assert one == same != other
    assert one.splitlines() == list(reversed(other.splitlines()))
    assert "result" not in data(desk, "get_saved_query", saved_query_id=5)


def test_a_saved_query_can_be_found_changed_run_and_deleted(desk: agentworlds.Instance) -> None:
    made = data(
        desk, "save_query", name="Loaves", sql="SELECT sum(units) AS loaves FROM sales_records WHERE product = 'bread'"
    )
    found = data(desk, "search_saved_queries", name="loav")["results"]
    assert [one["id"] for one in found] == [made["id"]]
    changed = data(desk, "change_saved_query", saved_query_id=made["id"], name="Cups", about="Coffee",
                   sql="SELECT sum(units) AS cups FROM sales_records WHERE product = 'coffee'")  # fmt: skip
    assert (changed["name"], changed["columns"], changed["about"]) == ("Cups", "cups", "Coffee")
    expected = desk.store.execute("SELECT sum(units) FROM sales_record WHERE product = 'coffee'").get
    assert data(desk, "run_saved_query", saved_query_id=made["id"])["rows"] == [{"values": [str(expected)]}]
    data(desk, "delete_saved_query", saved_query_id=made["id"])
    assert desk.changes() == []


# Charts -------------------------------------------------------------------------------------------------------


def test_a_chart_is_exported_as_vega_lite_with_its_data(desk: agentworlds.Instance) -> None:
    chart = data(desk, "save_chart", saved_query_id=3, title="Units", mark="line", x="month", y="units")
    text = data(desk, "export_chart", saved_chart_id=chart["id"])["value"]
    assert text == data(desk, "export_chart", saved_chart_id=chart["id"])["value"]
    spec = json.loads(text)
    result = data(desk, "run_saved_query", saved_query_id=3)
    assert spec["$schema"] == "https://vega.github.io/schema/vega-lite/v5.json"
    assert (spec["title"], spec["mark"]) == ("Units", "line")
    assert spec["encoding"] == {
        "x": {"field": "month", "type": "nominal", "sort": None}, "y": {"field": "units", "type": "quantitative"},
    }  # fmt: skip
    assert [[row["month"], str(row["units"])] for row in spec["data"]["values"]] == [
        row["values"][:2] for row in result["rows"]
    ]


def test_a_chart_takes_the_first_and_the_last_column_unless_told_otherwise(desk: agentworlds.Instance) -> None:
    chart = data(desk, "save_chart", saved_query_id=3, title="Plain")
    assert (chart["mark"], chart["x"], chart["y"]) == ("bar", "month", "takings")
    data(desk, "delete_chart", saved_chart_id=chart["id"])
    assert desk.changes() == []


# Summaries ----------------------------------------------------------------------------------------------------

SENTENCES = [
    ("run_query", {"sql": "SELECT count(*) AS sales FROM sales_records"}, "sales is 60."),
    ("run_query", {"sql": "SELECT NULL AS nothing"}, "nothing is empty."),
    ("run_query", {"sql": "SELECT id FROM sales_records WHERE units > 999"}, "The query gives no rows."),
    ("run_query", {"sql": "SELECT 'x' AS a, 2 AS b"}, "1 row: a x, b 2."),
    ("run_query", {"sql": "SELECT id, name FROM sales_branches ORDER BY id"}, "6 rows; first: id 1, name Mill Lane."),
    ("run_query", {"sql": "SELECT id, name FROM sales_branches ORDER BY id", "limit": 1}, "1 row and more; first: id 1, name Mill Lane."),
    ("run_saved_query", {"saved_query_id": 1}, "4 rows; first: product bread, takings "),
    ("describe_view", {"view": "sales_branches"}, "sales_branches has 6 rows of 4 columns."),
    ("search_saved_queries", {"name": "by month"}, "1 saved query: Takings by month."),
    ("search_saved_queries", {}, "4 saved queries: Takings by product, Takings by branch, Takings by month and others."),
    ("search_saved_queries", {"limit": 2}, "2 or more saved queries: Takings by product, Takings by branch and others."),
    ("search_saved_queries", {"name": "zeppelin"}, "No such saved query is saved."),
    ("search_saved_charts", {"mark": "point"}, "1 chart: Branches, dotted."),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "arguments", "sentence"), SENTENCES, ids=[f"{s[0]}-{s[2][:40]}" for s in SENTENCES])
def test_a_result_opens_with_a_sentence(
    desk: agentworlds.Instance, tool: str, arguments: dict[str, Any], sentence: str
) -> None:
    assert desk.call(tool, **arguments).text.startswith(sentence)


# The engine ---------------------------------------------------------------------------------------------------


def test_the_engine_keeps_to_the_contract() -> None:
    check_engine("analyst", "sqlglot")


class Lenient(Sqlglot):
    """Lets everything pass."""

    def check(self, sql: str, views: Any, now: datetime, most: int) -> Checked:
        try:
            return super().check(sql, views, now, most)
        except EngineError:
            return Checked(sql, tuple(views), ("x",), ordered=False)


def test_an_engine_that_lets_everything_pass_breaks_the_contract_and_still_reaches_nothing() -> None:
    with pytest.raises(EngineError, match=r"SELECT load_extension.* lets it pass"):
        check_engine("analyst", Lenient)
    with agentworlds.load("suite:analyst", engines={"analyst": Lenient}).instance() as desk:
        for sql in (
            "SELECT sql FROM sqlite_master",
            "SELECT result FROM main.saved_query",
            "SELECT 1; DELETE FROM saved_chart",
        ):
            refusal = desk.call("run_query", sql=sql).refusal
            assert refusal is not None
            assert str(refusal.code) == "invalid"
        assert desk.changes() == []


@pytest.mark.parametrize(
    ("sql", "written"),
    [
        ("select id from sales", 'SELECT "sales"."id" AS "id" FROM "sales" AS "sales" LIMIT 200'),
        ("select id from sales limit 3", 'SELECT "sales"."id" AS "id" FROM "sales" AS "sales" LIMIT 3'),
        ("select id from sales limit 900", 'SELECT "sales"."id" AS "id" FROM "sales" AS "sales" LIMIT 200'),
        ("select count(*) from sales", 'SELECT COUNT(*) AS "count(*)" FROM "sales" AS "sales" LIMIT 200'),
        ("select date('NOW') as d", "SELECT DATE('2026-03-02 09:30:00') AS \"d\" LIMIT 200"),
        ("select 'now' as word", "SELECT 'now' AS \"word\" LIMIT 200"),
    ],
)
def test_a_statement_is_written_anew_with_names_and_a_limit(sql: str, written: str) -> None:
    assert Sqlglot().check(sql, VIEWS, NOW, 200).sql == written


def test_many_joins_and_deep_nesting_are_refused_before_the_parser_labours() -> None:
    for sql in (
        "SELECT 1 FROM " + "sales JOIN " * 9 + "sales",
        "SELECT " + "abs(" * 13 + "1" + ")" * 13,
        "SELECT " + "- " * 20 + "1",
    ):
        with pytest.raises(EngineError, match="too long or nested too deeply"):
            Sqlglot().check(sql, VIEWS, NOW, 200)


def test_days_and_numbers_make_axes_of_their_kind() -> None:
    days = json.loads(Sqlglot().chart("T", "line", "day", "n", ("day", "n"), (("2026-03-01", 1), ("2026-03-02", 2))))
    numbers = json.loads(Sqlglot().chart("T", "point", "m", "n", ("m", "n"), ((1.5, 1), (2, 2))))
    assert (days["encoding"]["x"]["type"], numbers["encoding"]["x"]["type"]) == ("temporal", "quantitative")
    with pytest.raises(EngineError, match="no rows to draw"):
        Sqlglot().chart("T", "bar", "m", "n", ("m", "n"), ())
    with pytest.raises(EngineError, match="a chart may have 20,000 characters"):
        Sqlglot().chart("T", "bar", "m", "n", ("m", "n"), [("x" * 120, n) for n in range(200)])
