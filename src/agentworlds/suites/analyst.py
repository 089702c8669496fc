"""Figures out of tables: views to read with SQL, queries that are kept, charts drawn from them.

The views are the host's tables as its other tools show them. Nothing but these views can be read, and nothing changed.
What counts of a saved query is what it gives, however it is written.
"""

# ruff: noqa: S608 - SQL is what this suite is about, and views are all it can reach

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from agentworlds import (
    Answer,
    Do,
    Document,
    Draw,
    Email,
    EngineError,
    Module,
    Money,
    Paragraph,
    PersonName,
    Range,
    Row,
    Task,
    TaskDraw,
    Text,
    Title,
    actor,
    at_least,
    count,
    delete,
    derived,
    field,
    first,
    insert,
    now,
    refuse,
    rows,
    select,
    total,
    view_of,
)
from agentworlds.engines.analyst import AnalystEngine, Checked, Value

analyst = Module("analyst", title="Reporting", wraps="sqlglot")
STAFF = analyst.setting("staff", ())
SALES: bool = analyst.setting("sales", True)
"""Whether sales of a bakery are made up, which the tasks of this suite are about."""
engine = analyst.engine(AnalystEngine, "sqlglot")

MOST_ROWS = 200
LONGEST_CELL = 500
Mark = Literal["bar", "line", "point", "area"]
Product = Literal["bread", "cakes", "coffee", "sandwiches"]
Region = Literal["North", "South", "Coast"]


@analyst.placeholder
class Person(Row):
    name: PersonName
    email: Email


@analyst.table(plural="sales_branches", transient=not SALES)
class SalesBranch(Row):
    """A branch of the bakery."""

    name: Title = field(unique=True)
    region: Region
    opened: date


@analyst.table(show=("branch.region",), transient=not SALES)
class SalesRecord(Row):
    """A day's sales of one product at one branch. What was refunded is no takings."""

    branch: SalesBranch
    day: date
    product: Product
    units: Annotated[int, Range(1, 500)]
    amount: Money
    status: Literal["paid", "refunded"] = "paid"
    handled_by: Person


@analyst.table(plural="sales_waste", show=("branch.region",), transient=not SALES)
class SalesWaste(Row):
    """Waste: pieces of one product that a branch threw away on a day."""

    branch: SalesBranch
    day: date
    product: Product
    pieces: Annotated[int, Range(1, 100)]


@analyst.table(plural="sales_shifts", show=("branch.region",), transient=not SALES)
class SalesShift(Row):
    """Working hours of one colleague at one branch on a day."""

    branch: SalesBranch
    day: date
    worked_by: Person
    hours: Annotated[int, Range(1, 12)]


VIEWS: tuple[type[Row], ...] = analyst.setting("views", (Person,))
"""Tables that can be read; the bakery's are added where it is there."""
READABLE = tuple(dict.fromkeys((*VIEWS, SalesBranch, SalesRecord, SalesWaste, SalesShift) if SALES else VIEWS))


@analyst.table(plural="saved_queries")
class SavedQuery(Row):
    name: Title
    sql: Paragraph = field(free=True)
    columns: Text = field(free=True)
    about: Text | None = field(default=None, wording=True)
    result: Document = field(default="", hidden=True)
    saved: datetime = field(default=now)


@analyst.table(label="title")
class SavedChart(Row):
    title: Title
    saved_query: SavedQuery
    mark: Mark
    x: Title
    y: Title
    saved: datetime = field(default=now)


analyst.reads(SavedQuery, by=("name", "sql", "columns", "saved"), sort=("name", "saved"), roles=STAFF)
analyst.reads(SavedChart, by=("title", "saved_query", "saved_query.name", "mark"), sort=("title",), roles=STAFF)


# Views --------------------------------------------------------------------------------------------------------


@dataclass
class ViewSummary:
    view: Title
    about: Text
    rows: int
    columns: list[Title]


@dataclass
class ColumnSummary:
    column: Title
    kind: Title
    options: list[Title]


@dataclass
class ViewDetails:
    view: Title
    about: Text
    rows: int
    columns: list[ColumnSummary]


def read_views() -> dict[str, tuple[type[Row], Any]]:
    """Every view by name, with its table."""
    return {view.name: (cls, view) for cls in READABLE for view in [view_of(cls)]}


def the_views() -> dict[str, tuple[type[Row], Any]]:
    return derived(read_views)


def read_schema() -> dict[str, dict[str, str]]:
    """The views' columns with their SQL types, as engines take them."""
    types = {"whole number": "INT", "minutes": "INT", "1 or 0": "INT", "number": "REAL", "amount": "REAL"}
    return {
        name: {
            one.name: "INT" if one.kind.startswith("id in ") else types.get(one.kind, "TEXT") for one in view.columns
        }
        for name, (_, view) in the_views().items()
    }


@analyst.query(roles=STAFF)
def list_views() -> list[ViewSummary]:
    """The views that queries can read, with their columns and how many rows each has."""
    views = the_views()
    numbers = rows_in([cls for cls, _ in views.values()])
    return [
        ViewSummary(name, view.about[:300], number, [one.name for one in view.columns])
        for (name, (_, view)), number in zip(views.items(), numbers, strict=True)
    ]


@analyst.query(roles=STAFF)
def describe_view(view: Title) -> ViewDetails:
    """One view: what a row is, and of what kind each column is, with the words it may hold where these are fixed.

    Dates are text such as 2026-03-02, amounts are numbers such as 12.5.
    """
    known = the_views().get(view.strip().lower())
    if known is None:
        refuse("not_found", f"There is no view {view!r}.", hint=f"use one of {', '.join(the_views())}", field="view")
    cls, shape = known
    columns = [ColumnSummary(one.name, one.kind, list(one.options)) for one in shape.columns]
    return ViewDetails(shape.name, shape.about[:300], rows_in([cls])[0], columns)


def rows_in(tables: list[type[Row]]) -> list[int]:
    """How many rows of some tables whoever acts can read."""
    if actor(Row) is None:
        return [count(cls) for cls in tables]  # all of them
    numbers = ", ".join(f'(SELECT count(*) FROM "{view_of(cls).name}")' for cls in tables)
    return [int(one or 0) for one in select(f"SELECT {numbers}", tables)[0]]


# Queries ------------------------------------------------------------------------------------------------------


@dataclass
class ResultRow:
    values: list[Paragraph]


@dataclass
class QueryResult:
    columns: list[Title]
    rows: list[ResultRow]
    more: bool


Page = Annotated[int, Range(1, 50)]
Skip = Annotated[int, Range(0, MOST_ROWS)]


@analyst.query(roles=STAFF)
def run_query(sql: Paragraph, limit: Page = 20, offset: Skip = 0) -> QueryResult:
    """Run one SQL SELECT over the views, in SQLite's dialect.

    Joins, subqueries, WITH, GROUP BY, window functions and the usual functions can be used; `'now'` is the present day.
    Values come as text: amounts such as 12.5, and nothing where there is no value. A query gives at most 200 rows.

    Args:
        sql: the statement, over views that list_views names
        limit: rows per page
        offset: how many rows to skip
    """
    return page_of(sql, limit, offset)


@analyst.query(roles=STAFF)
def run_saved_query(saved_query: SavedQuery, limit: Page = 20, offset: Skip = 0) -> QueryResult:
    """Run a saved query over the rows as they are now."""
    return page_of(saved_query.sql, limit, offset)


def run(sql: str, limit: int = MOST_ROWS, offset: int = 0) -> tuple[Checked, list[tuple[Value, ...]]]:
    """A statement as it may be run, and what it gives; or a refusal with what is wrong with it."""
    try:
        query = engine.check(sql, derived(read_schema), now(), MOST_ROWS)
        return query, select(query.sql, [the_views()[name][0] for name in query.views], limit, offset)
    except EngineError as problem:
        refuse("invalid", complaint(problem), hint="list_views and describe_view name views and columns", field="sql")


def complaint(problem: EngineError) -> str:
    """What is wrong, as a sentence."""
    text = str(problem)
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('?') else '.'}"


def page_of(sql: str, limit: int, offset: int) -> QueryResult:
    """One page of what a statement gives."""
    query, found = run(sql, limit + 1, offset)
    shown = [ResultRow([cell(value) for value in row]) for row in found[:limit]]
    return QueryResult([name[:120] for name in query.columns], shown, len(found) > limit)


def cell(value: Value) -> str:
    """A value as text: the shortest way to write a number."""
    if isinstance(value, float):
        return f"{Decimal(str(value)).normalize():f}"
    return "" if value is None else str(value)[:LONGEST_CELL]


@analyst.tool(roles=STAFF)
def save_query(name: Title, sql: Paragraph, about: Text | None = None) -> SavedQuery:
    """Save a query under a name, for others to run.

    Args:
        sql: as run_query takes it
        about: what the query tells
    """
    return store_query(name, sql, about)


def store_query(name: str, sql: str, about: str | None = None) -> SavedQuery:
    """Save a query, for hosts too."""
    columns, result = outcome(sql)
    return insert(SavedQuery(name=name, sql=sql, columns=columns, about=about, result=result))


def outcome(sql: str) -> tuple[str, str]:
    """The columns of a statement and all that it gives, as text; rows that it leaves in no order are sorted."""
    query, found = run(sql)
    lines = [" | ".join(cell(value) for value in row) for row in found]
    return ", ".join(query.columns)[:300], "\n".join(lines if query.ordered else sorted(lines))[:20_000]


@analyst.tool(roles=STAFF, idempotent=True)
def change_saved_query(
    saved_query: SavedQuery, name: Title | None = None, sql: Paragraph | None = None, about: Text | None = None
) -> SavedQuery:
    """Rename a saved query, or write it or its description anew; what is not given stays."""
    if name is None and sql is None and about is None:
        refuse("invalid", "Nothing is to be changed.", hint="give name, sql or about")
    if sql is not None:
        saved_query.sql = sql
        saved_query.columns, saved_query.result = outcome(sql)
    saved_query.name = saved_query.name if name is None else name
    saved_query.about = saved_query.about if about is None else about
    return saved_query


@analyst.tool(roles=STAFF, destructive=True)
def delete_saved_query(saved_query: SavedQuery) -> None:
    """Delete a saved query from which no chart is drawn."""
    charts = count(SavedChart, saved_query=saved_query)
    if charts:
        some = f"{charts} chart{'s are' if charts > 1 else ' is'}"
        refuse("conflict", f"{some} drawn from {saved_query.name!r}.", hint="search_saved_charts finds them")
    delete(saved_query)


# Charts -------------------------------------------------------------------------------------------------------


@analyst.tool(roles=STAFF)
def save_chart(
    saved_query: SavedQuery, title: Title, mark: Mark = "bar", x: Title | None = None, y: Title | None = None
) -> SavedChart:
    """Save a chart of a saved query: it always shows the rows as they are.

    Args:
        mark: how rows are drawn
        x: the result column that goes across; the first one if left out
        y: the result column that goes upwards, with numbers as its values; the last one if left out
    """
    columns = saved_query.columns.split(", ")
    chart = SavedChart(title=title, saved_query=saved_query, mark=mark, x=x or columns[0], y=y or columns[-1])
    draw_chart(chart)
    return insert(chart)


@analyst.query(roles=STAFF)
def export_chart(saved_chart: SavedChart) -> Document:
    """A chart with its data as a Vega-Lite specification in JSON, which browsers and notebooks can draw."""
    return draw_chart(saved_chart)


def draw_chart(chart: SavedChart) -> str:
    """A chart as Vega-Lite, or a refusal."""
    query, found = run(chart.saved_query.sql)
    try:
        return engine.chart(chart.title, chart.mark, chart.x, chart.y, query.columns, found)
    except EngineError as problem:
        refuse("invalid", complaint(problem), hint="run_saved_query shows what the query gives")


@analyst.tool(roles=STAFF, destructive=True)
def delete_chart(saved_chart: SavedChart) -> None:
    """Delete a chart; the query stays."""
    delete(saved_chart)


@analyst.rule(
    SavedQuery, "conflict", "There is already a saved query called “{row.name}”.",
    hint="change_saved_query changes that one; a new one needs another name",
)  # fmt: skip
def queries_have_names_of_their_own(query: SavedQuery) -> bool:
    return count(SavedQuery, name=query.name) == 1


@analyst.rule(
    SavedChart, "conflict", "There is already a chart called “{row.title}”.",
    hint="use another title, or take that one away first with delete_chart",
)  # fmt: skip
def charts_have_titles_of_their_own(chart: SavedChart) -> bool:
    return count(SavedChart, title=chart.title) == 1


@analyst.rule(
    SavedQuery, "conflict", "A chart of “{row.name}” shows a column that the query would no longer give.",
    hint="keep the names of its columns, or delete the chart",
)  # fmt: skip
def charts_have_their_columns(query: SavedQuery) -> bool:
    known = query.columns.split(", ")
    return all(chart.x in known and chart.y in known for chart in rows(SavedChart, saved_query=query))


# Summaries ----------------------------------------------------------------------------------------------------


@analyst.says("run_query")
def say_result(data: dict[str, Any]) -> str:
    found, names = data["rows"], data["columns"]
    if not found:
        return "The query gives no rows."
    if len(found) == 1 and len(names) == 1:
        return f"{names[0]} is {found[0]['values'][0] or 'empty'}."
    start = ", ".join(f"{name} {value or 'empty'}" for name, value in zip(names, found[0]["values"], strict=True))
    amount = f"{len(found)} row{'s' * (len(found) != 1)}{' and more' if data['more'] else ''}"
    return f"{amount}{'; first: ' if len(found) > 1 or data['more'] else ': '}{start[:300]}."


@analyst.says("run_saved_query")
def say_saved_result(data: dict[str, Any]) -> str:
    return say_result(data)


@analyst.says("list_views")
def say_views(data: dict[str, Any]) -> str:
    known = [f"{one['view']} ({one['rows']} row{'s' * (one['rows'] != 1)})" for one in data["results"]]
    return f"There {'is 1 view' if len(known) == 1 else f'are {len(known)} views'}: {', '.join(known)}."


@analyst.says("describe_view")
def say_view(data: dict[str, Any]) -> str:
    return f"{data['view']} has {data['rows']} row{'s' * (data['rows'] != 1)} of {len(data['columns'])} columns."


@analyst.says("search_saved_queries")
def say_queries(data: dict[str, Any]) -> str:
    return named(data, "saved quer", "y", "ies", "name")


@analyst.says("search_saved_charts")
def say_charts(data: dict[str, Any]) -> str:
    return named(data, "chart", "", "s", "title")


def named(data: dict[str, Any], noun: str, one: str, many: str, key: str) -> str:
    """How many there are, and what the first ones are called."""
    names = [found[key] for found in data["results"]]
    if not names:
        return f"No such {noun}{one} is saved."
    listed = ", ".join(names[:3]) + (" and others" if len(names) > 3 or data["more"] else "")
    return f"{len(names)}{' or more' if data['more'] else ''} {noun}{one if names[1:] == [] else many}: {listed}."


# Data ---------------------------------------------------------------------------------------------------------

BRANCHES: tuple[tuple[str, Region], ...] = (
    ("Mill Lane", "North"), ("Mill Road", "North"), ("Station Square", "South"), ("Harbour Steps", "Coast"),
    ("Castle Green", "South"), ("Pier Head", "Coast"),
)  # fmt: skip
PRICES: tuple[tuple[Product, str], ...] = (
    ("bread", "3.20"),
    ("cakes", "2.75"),
    ("coffee", "2.90"),
    ("sandwiches", "4.60"),
)
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
BY_PRODUCT = "SELECT product, sum(amount) AS takings FROM sales_records{} GROUP BY product ORDER BY product"
BY_BRANCH = (
    "SELECT branch_name AS branch, sum(amount) AS takings FROM sales_records WHERE status = 'paid' "
    "GROUP BY branch_name ORDER BY takings DESC, branch"
)
BY_MONTH = (
    "SELECT strftime('%Y-%m', day) AS month, sum(units) AS units, sum(amount) AS takings FROM sales_records "
    "WHERE status = 'paid' GROUP BY month ORDER BY month"
)
BY_REGION = (
    "SELECT branch_region AS region, sum(units) AS units FROM sales_records GROUP BY region ORDER BY units DESC, region"
)


@analyst.data
def open_branches(draw: Draw) -> None:
    """The bakery's branches with three months of sales, and queries and charts that somebody saved."""
    if not SALES:
        return
    branches = [
        draw.new(SalesBranch, name=name, region=region, opened=draw.day(-4000, -900)) for name, region in BRANCHES
    ]
    for number in draw.many(60):
        product, price = PRICES[number // 6 % 4]
        day = month_start(draw.today, draw.below(3)) + timedelta(days=draw.integer(0, 27))
        units = draw.integer(4, 60)
        status: Literal["paid", "refunded"] = "refunded" if draw.chance(15) else "paid"
        draw.new(SalesRecord, branch=branches[number % 6], day=day, product=product, units=units,
                 amount=units * Decimal(price), status=status, handled_by=draw.pick(Person))  # fmt: skip
    for number in draw.many(36):
        day = month_start(draw.today, draw.below(3)) + timedelta(days=draw.integer(0, 27))
        draw.new(
            SalesWaste,
            branch=branches[number % 6],
            day=day,
            product=PRICES[number // 6 % 4][0],
            pieces=draw.integer(1, 15),
        )
        draw.new(
            SalesShift, branch=branches[number % 6], day=day, worked_by=draw.pick(Person), hours=draw.integer(3, 9)
        )
    for name, sql, about in (
        ("Takings by product", BY_PRODUCT.format(""), "Everything that went over the counter"),
        ("Takings by branch", BY_BRANCH, "Without refunds"),
        ("Takings by month", BY_MONTH, None),
        ("Units by region", BY_REGION, "With refunds"),
    ):
        store_query(name, sql, about).saved = draw.moment(-40, -9)
    for title, name, mark, x in (("Branches compared", "Takings by branch", "bar", "branch"),
                                 ("Branches, dotted", "Takings by branch", "point", "branch"),
                                 ("Counter sales", "Takings by product", "bar", "product")):  # fmt: skip
        draw.new(
            SavedChart,
            title=title,
            saved_query=first(SavedQuery, name=name),
            mark=mark,
            x=x,
            y="takings",
            saved=draw.moment(-8, -1),
        )


def month_start(day: date, back: int) -> date:
    """The first of a month: of last month, or of one so many months before it."""
    months = day.year * 12 + day.month - 2 - back
    return date(months // 12, months % 12 + 1, 1)


# Tasks --------------------------------------------------------------------------------------------------------

SALES_VIEW = "sales_records"


def drawn_month(draw: TaskDraw) -> tuple[str, str, date, date]:
    """A month with sales: as people and as SQL write it, its first day and the next month's."""
    start = month_start(draw.today, draw.below(3))
    return f"{MONTHS[start.month - 1]} {start.year}", f"{start:%Y-%m}", start, month_start(start, -2)


def in_month(start: date, end: date, **filters: Any) -> list[SalesRecord]:
    """The sales of a month."""
    return [sale for sale in rows(SalesRecord, **filters) if start <= sale.day < end]


def columns_known(do: Do, view: str = SALES_VIEW) -> list[str]:
    """Find a view, and read what its columns are."""
    name = next(one.view for one in do.list_views() if one.view == view)
    return [one.column for one in do.describe_view(view=name).columns]


def ask(do: Do, sql: str) -> list[list[str]]:
    """What a query gives, once its columns were looked up."""
    assert columns_known(do)
    return [row["values"] for row in do.run_query(sql=do.compose(sql)).rows]


@analyst.intent(
    "What did {branch.name} take in {month}, refunds left out?",
    "Give me the takings of the branch {branch.name} for {month}. Refunded sales do not count.",
    "How much money stayed in the till of {branch.name} over {month}, that is, without what was refunded?",
    "Sum up the paid sales of {month} at {branch.name}.",
    "{month}, {branch.name}: amount of all sales with the status paid, please.",
    "I need the turnover of {branch.name} in {month}; leave out every refund.",
    "For the monthly report: paid sales, total amount, branch {branch.name}, {month}.",
    "Please query what {branch.name} earned during {month}, counting paid sales only.",
    kind="question",
)
def takings_of_a_branch(draw: TaskDraw) -> Task:
    branch = draw.pick(SalesBranch)
    month, short, start, end = drawn_month(draw)
    sales = in_month(start, end, branch=branch, status="paid")
    draw.need(sales, "nothing was sold there in that month")

    def solve(do: Do) -> Decimal:
        sql = f"SELECT sum(amount) FROM {SALES_VIEW} WHERE branch_name = '{branch.name}' AND status = 'paid'"
        return Decimal(ask(do, f"{sql} AND strftime('%Y-%m', day) = '{short}'")[0][0])

    answer = Answer.money(sum((sale.amount for sale in sales), Decimal(0)))
    return draw.task(solve, answer=answer, branch=branch, month=month)


@analyst.intent(
    "How many sales records of at least {least} units do the branches in {region} have, refunds left out?",
    "Count the paid sales of {least} units or more in the region {region}.",
    "Region {region}, status paid, {least} units at the least: what is the number of such sales?",
    "Tell me how often a branch in {region} has a sale of {least} units or more on record that was not refunded.",
    "Of the sales records from the {region}, how many are paid and not below {least} units?",
    "I want the number of larger sales in {region}: paid ones only, from {least} units upwards.",
    "Look through the sales of the {region} branches. On how many records are there {least} or more units, with the status paid?",
    "For {region}, give me the count of sales that were not refunded and ran to {least} units or beyond.",
    kind="question",
)
def larger_sales_counted(draw: TaskDraw) -> Task:
    region, least = draw.choice(("North", "South", "Coast")), 5 * draw.integer(3, 8)

    def solve(do: Do) -> int:
        where = f"branch_region = '{region}' AND status = 'paid' AND units >= {least}"
        return int(ask(do, f"SELECT count(*) FROM {SALES_VIEW} WHERE {where}")[0][0])

    number = count(SalesRecord, branch__region=region, status="paid", units=at_least(least))
    return draw.task(solve, answer=Answer.number(number), region=region, least=least)


@analyst.intent(
    "On which day did {branch.name} sell the most units, all products and all sales taken together?",
    "Find the busiest day of {branch.name}: the date with the highest number of units sold, refunded or not.",
    "Which date saw more units go over the counter at {branch.name} than any other?",
    "Add the units of {branch.name} up by day, whatever their status. Which day has the most?",
    "When was the record day of {branch.name}, measured in units of everything?",
    "{branch.name} wants to know its strongest day by units (refunds included).",
    "What is the date of the largest daily total of units at {branch.name}?",
    "By units per day, the top day of {branch.name} was which one? Count every sale.",
    kind="aggregate",
)
def busiest_day(draw: TaskDraw) -> Task:
    known = {}
    for branch in rows(SalesBranch):
        days = units_by_day(rows(SalesRecord, branch=branch))
        best = max(days.values(), default=0)
        if list(days.values()).count(best) == 1:
            known[branch] = next(day for day, units in days.items() if units == best)
    branch = draw.choice(list(known))

    def solve(do: Do) -> str:
        sql = f"SELECT day, sum(units) AS units FROM {SALES_VIEW} WHERE branch_name = '{branch.name}'"
        return ask(do, f"{sql} GROUP BY day ORDER BY units DESC LIMIT 1")[0][0]

    return draw.task(solve, answer=Answer.day(known[branch]), branch=branch)


def units_by_day(sales: list[SalesRecord]) -> dict[date, int]:
    """Units of all sales on each day."""
    days: dict[date, int] = {}
    for sale in sales:
        days[sale.day] = days.get(sale.day, 0) + sale.units
    return days


@analyst.intent(
    "Which branches took more than {amount} in {month}? Paid sales only.",
    "List the branches whose paid sales of {month} come to over {amount}.",
    "Name every branch with takings above {amount} in {month}, refunds not counted.",
    "Where did we take more than {amount} during {month}, going by what was paid and not refunded?",
    "I need the names of those branches that exceeded {amount} in {month} (status paid).",
    "{month}: which of our branches got past {amount} in paid sales?",
    "Filter the branches by their paid total of {month}; keep those over {amount} and give me the names.",
    "A bonus goes to each branch with more than {amount} of paid sales in {month}. Which are they?",
    kind="aggregate",
)
def branches_above(draw: TaskDraw) -> Task:
    month, short, start, end = drawn_month(draw)
    totals = {branch.name: Decimal(0) for branch in rows(SalesBranch)}
    for sale in in_month(start, end, status="paid"):
        totals[sale.branch.name] += sale.amount
    ranked = sorted(totals.values())
    draw.need(ranked[3] - ranked[2] > 2, "the branches took much the same")
    amount = (ranked[2] + 1).quantize(Decimal(1))

    def solve(do: Do) -> list[str]:
        sql = f"SELECT branch_name FROM {SALES_VIEW} WHERE status = 'paid' AND strftime('%Y-%m', day) = '{short}'"
        return [row[0] for row in ask(do, f"{sql} GROUP BY branch_name HAVING sum(amount) > {amount}")]

    names = [name for name, value in totals.items() if value > amount]
    return draw.task(solve, answer=Answer.items(names), month=month, amount=amount)


MEASURES: dict[str, tuple[type[Row], str]] = {
    "units": (SalesRecord, "units"),
    "amount": (SalesRecord, "amount"),
    "waste": (SalesWaste, "pieces"),
    "working hours": (SalesShift, "hours"),
}
"""What can be added up: the table of it, and its column."""
DIMENSIONS = {
    "product": ("product",),
    "branch": ("branch_name",),
    "region": ("branch_region",),
    "colleague": ("handled_by_name", "worked_by_name"),
}
"""What it can be added up by: what the column is called, where a view has it."""
NAMES = ("Friday figures", "For the accountant", "Owner's summary", "Board pack", "Weekly look")


def column_of(dimension: str, measure: str) -> str | None:
    """The column that a measure can be added up by; None where that is not recorded."""
    known = [one.name for one in view_of(MEASURES[measure][0]).columns]
    return next((name for name in DIMENSIONS[dimension] if name in known), None)


@analyst.intent(
    "Save a query called “{name}” that gives the total {measure} by {dimension} over all records: first the {dimension}, then the total, the highest on top.",
    "I want a saved query “{name}”: two columns, the {dimension} and the sum of its {measure}, nothing filtered out, from high to low.",
    "Please keep a query under the name “{name}”. For each {dimension} on record it has a row with the {dimension} and, beside it, the total {measure} of all time, in descending order.",
    "Make “{name}” available as a saved query showing total {measure} per {dimension} (no filter), largest on top; first the {dimension}, then the total.",
    "Set up a query for others to run, named “{name}”: {measure} added up by {dimension} over the whole time, the {dimension} in column one, the sum in column two, biggest at the top.",
    "We look up total {measure} by {dimension} too often. Save that as “{name}”, {dimension} first, sorted downwards by the total, nothing filtered out, no further columns.",
    "Could you store a query as “{name}”? Columns: {dimension}, total {measure}. Every record counts. Order: by the total, from the top down.",
    "Write a query that sums the {measure} of all records by {dimension}, descending, with the {dimension} before the sum and no other column, and save it: “{name}”.",
)
def save_a_query(draw: TaskDraw) -> Task:
    measure = draw.choice(list(MEASURES))
    dimension, name = draw.choice([word for word in DIMENSIONS if no_ties(word, measure)]), draw.choice(NAMES)

    def solve(do: Do) -> None:
        cls, value = MEASURES[measure]
        view = view_of(cls).name
        column = next(one for one in columns_known(do, view) if one in DIMENSIONS[dimension])
        sql = f"SELECT {column}, sum({value}) AS total FROM {view} GROUP BY {column} ORDER BY total DESC"
        do.save_query(name=name, sql=do.compose(sql))

    return draw.task(solve, name=name, dimension=dimension, measure=measure)


def no_ties(dimension: str, measure: str) -> bool:
    """Whether the totals of a measure all differ, so that their order is one, and names tell people apart."""
    column, (cls, value) = column_of(dimension, measure), MEASURES[measure]
    if column is None:
        return False
    view = view_of(cls).name
    totals = [row[0] for row in select(f"SELECT sum({value}) FROM {view} GROUP BY {column}", [cls])]
    people = [row[0] for row in select(f"SELECT {column} FROM {view} GROUP BY {column.replace('_name', '_id')}", [cls])]
    return len(set(totals)) == len(totals) <= 50 and (dimension != "colleague" or len(set(people)) == len(people))


@analyst.impossible(save_a_query)
def save_a_query_of_what_is_not_recorded(draw: TaskDraw) -> Task:
    pairs = [(one, other) for one in DIMENSIONS for other in MEASURES if column_of(one, other) is None]
    dimension, measure = draw.choice(pairs)

    def solve(do: Do) -> None:
        known = columns_known(do, view_of(MEASURES[measure][0]).name)
        assert not set(DIMENSIONS[dimension]) & set(known)

    return draw.task(solve, impossible=True, name=draw.choice(NAMES), dimension=dimension, measure=measure)


@analyst.intent(
    "The saved query “{query.name}” counts sales of every status. Let it count {status} sales only; everything else stays.",
    "Please correct “{query.name}”: only records with the status {status} belong in it. Keep its columns and its order.",
    "“{query.name}” should look at {status} sales and no others. Change the saved query, but not what it shows.",
    "Someone forgot a condition in the query “{query.name}”. Add that the status must be {status}.",
    "Restrict “{query.name}” to {status} sales. Same columns as now, same order as now.",
    "We only want {status} ones in “{query.name}”; at present the query takes every record.",
    "Repair our query “{query.name}” so that sales with any other status than {status} are left out.",
    "What “{query.name}” gives is too much, since every status counts in it. Put a filter in, so that only {status} sales are left.",
    kind="repair",
)
def add_a_condition(draw: TaskDraw) -> Task:
    query = draw.choice([one for one in rows(SavedQuery) if one.sql in (BY_PRODUCT.format(""), BY_REGION)])
    status = draw.choice(("paid", "refunded"))

    def solve(do: Do) -> None:
        found = do.search_saved_queries(name=query.name)[0]
        before, after = found.sql.split(" GROUP BY ")
        sql = do.compose("{start} WHERE status = '{status}' GROUP BY {end}", start=before, status=status, end=after)
        do.change_saved_query(saved_query_id=found.id, sql=sql)

    return draw.task(solve, query=query, status=status)


@analyst.intent(
    "Save a chart of type {mark} from the query “{query.name}”, {x} across and {y} upwards, titled “{title}”.",
    "Draw “{query.name}” as a chart of type {mark}: {x} on the x axis, {y} on the y axis. Its title is “{title}”.",
    "I'd like a chart called “{title}” from the saved query “{query.name}” ({mark}; horizontally {x}, vertically {y}).",
    "Please make the {mark} chart “{title}”. The data come from “{query.name}”; {y} goes up, {x} goes along.",
    "“{title}” is to be a new chart: type {mark}, query “{query.name}”, x = {x}, y = {y}.",
    "Turn our query “{query.name}” into a picture with {y} over {x}, {mark} type, and call it “{title}”.",
    "Put {y} by {x} from “{query.name}” into a chart, type {mark}, and keep it as “{title}”.",
    "Chart wanted. Source: “{query.name}”. Kind: {mark}. Axes: {x} (across) and {y} (up). Title: “{title}”.",
)
def chart_a_query(draw: TaskDraw) -> Task:
    query, mark = draw.pick(SavedQuery), draw.choice(("bar", "line", "point", "area"))
    x, *numbers = query.columns.split(", ")
    y, title = draw.choice(numbers), draw.choice(("At a glance", "For the wall", "Our shop in figures", "Slide three"))

    def solve(do: Do) -> None:
        found = do.search_saved_queries(name=query.name)[0]
        do.save_chart(saved_query_id=found.id, title=title, mark=mark, x=x, y=y)

    return draw.task(solve, query=query, mark=mark, x=x, y=y, title=title)


@analyst.intent(
    "Delete the saved query “{query.name}” and all charts drawn from it.",
    "“{query.name}” is not needed any more. Remove the query, and its charts with it.",
    "Please get rid of every chart based on “{query.name}”, then of that saved query itself.",
    "Nobody uses “{query.name}”: take out the query together with whatever charts show it.",
    "Clean up: saved query “{query.name}” goes, and so does each chart of it.",
    "Throw away “{query.name}” completely, charts included; other queries and charts stay.",
    "I no longer want “{query.name}” among the saved queries, nor any chart that depends on it.",
    "The query “{query.name}” and the charts made from its rows should be erased.",
    kind="batch",
)
def drop_a_query(draw: TaskDraw) -> Task:
    query = draw.choice([one for one in rows(SavedQuery) if count(SavedChart, saved_query=one)])

    def solve(do: Do) -> None:
        found = do.search_saved_queries(name=query.name)[0]
        for chart in do.search_saved_charts(saved_query_id=found.id, limit=50):
            do.delete_chart(saved_chart_id=chart.id)
        do.delete_saved_query(saved_query_id=found.id)

    return draw.task(solve, query=query)


@analyst.intent(
    "If {branch.name} took more than {other.name} in paid sales overall, rename the query “{query.name}” to “{one_name}”, otherwise to “{other_name}”.",
    "Compare the paid totals of {branch.name} and {other.name}. Where the first is larger, “{query.name}” becomes “{one_name}”; where it is not, “{other_name}”.",
    "“{query.name}” needs a new name: “{one_name}” should {branch.name} be ahead of {other.name} in paid sales of all time, else “{other_name}”.",
    "Who is ahead in paid amounts, {branch.name} or {other.name}? Call the saved query “{query.name}” “{one_name}” in the former case and “{other_name}” in the latter.",
    "Please rename “{query.name}”. The new name depends on the paid sales, all months together: {branch.name} above {other.name} means “{one_name}”, the opposite means “{other_name}”.",
    "Work out whether {branch.name} has earned more than {other.name} (status paid, no limit of time). Yes: “{query.name}” is now “{one_name}”. No: it is “{other_name}”.",
    "Our query “{query.name}” gets the title “{one_name}” provided that {branch.name} beats {other.name} in the sum of paid sales; failing that, “{other_name}”.",
    "Give “{query.name}” the name “{other_name}”, unless the paid sales of {branch.name} add up to more than those of {other.name}: then the name is “{one_name}”.",
    kind="conditional",
)
def rename_by_result(draw: TaskDraw) -> Task:
    branch, other = draw.sample(rows(SalesBranch), 2)
    query = draw.choice(rows(SavedQuery))
    one_name, other_name = draw.sample(("Owl", "Heron", "Swift", "Wren", "Plover"), 2)
    sums = [total(SalesRecord, "amount", branch=one, status="paid") for one in (branch, other)]
    draw.need(sums[0] != sums[1], "both took the same")

    def solve(do: Do) -> None:
        sql = f"SELECT branch_name, sum(amount) FROM {SALES_VIEW} WHERE status = 'paid' GROUP BY branch_name"
        totals = {name: Decimal(amount) for name, amount in ask(do, sql)}
        found = do.search_saved_queries(name=query.name)[0]
        ahead = totals[branch.name] > totals[other.name]
        do.change_saved_query(saved_query_id=found.id, name=one_name if ahead else other_name)

    return draw.task(solve, branch=branch, other=other, query=query, one_name=one_name, other_name=other_name)
