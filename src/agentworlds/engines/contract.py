"""What an engine of your own must keep to: `check_engine("search", MyEngine)` raises EngineError with every breach.

Besides what each protocol says, an engine is pure: the same input gives the same output, today and anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, cast

from agentworlds.engines import ENGINES, EngineError, find_engine, make_engine
from agentworlds.engines.analyst import AnalystEngine
from agentworlds.engines.search import PageText, SearchEngine, words_of
from agentworlds.errors import nearest


def check_engine(suite: str, engine: str | type) -> None:
    """Try an engine on what its suite will ask of it.

    Args:
        suite: The suite's id.
        engine: A name, ``module:Class`` or a class.

    Raises:
        EngineError: with every breach, or when no contract is written down for the suite.
    """
    if suite not in CONTRACTS:
        if suite not in ENGINES:
            raise EngineError(f"there is no suite {suite!r} with an engine{nearest(suite, ENGINES)}")
        raise EngineError(
            f"no contract is written down for the engines of {suite!r}; there is one for {', '.join(CONTRACTS)}, and "
            f"`agentworlds certify suite:{suite} --engine {suite}=module:Class` plays its tasks with yours"
        )
    protocol, contract = CONTRACTS[suite]
    made = make_engine(suite, protocol, engine)
    breaches = list(contract(made))
    if breaches:
        raise EngineError(
            f"{find_engine(suite, engine).__name__} breaks the contract of {suite}: " + "; ".join(breaches)
        )


PAGES = (
    PageText(
        3, "Ferry times", "Harbour Line", "The ferry sails at nine and at noon from the old pier. Dogs are welcome."
    ),
    PageText(
        4, "Ferry times", "Harbour Line", "The ferry sails at nine and at noon from the old pier. Dogs are welcome."
    ),
    PageText(7, "Ferry fares", "Harbour Line", "A single costs £4.20. Children travel free on Sundays."),
    PageText(9, "Rhubarb crumble", "Kitchen Notes", "Stew the rhubarb, crumble the butter into the oats, and bake."),
    PageText(
        12, "About us", "Kitchen Notes", "We cook on an island that only a ferry reaches, so nothing is wasted. " * 30
    ),
)
QUERIES = ("ferry", "ferry fares", "rhubarb butter", "kitchen notes", "Ferry -rhubarb", '"old pier"', "zeppelin")
HOSTILE = (
    "",
    " ",
    '"',
    '""',
    "-",
    "* OR *",
    "NEAR(a b)",
    "a' OR 1=1 --",
    "ferry AND",
    "(ferry",
    "title:ferry",
    "\U0001f6a2",
    "é " * 90,
)
LETTERS = 400


EXPECTED: tuple[tuple[str, Callable[[list[int]], bool], str], ...] = (
    ("zeppelin", lambda found: not found, "finds pages for a word that stands on none"),
    ("ferry fares", lambda found: found[:1] == [7], "does not put the page of that title first"),
    ("rhubarb butter", lambda found: found[:1] == [9], "does not put the only page with both words first"),
    ("ferry", lambda found: {3, 4, 7} <= set(found), "leaves out a page with the word in its title"),
    ("kitchen notes", lambda found: {9, 12} <= set(found), "leaves out a page of the site of that name"),
    ("ferry", lambda found: [one for one in found if one in (3, 4)] == [3, 4], "does not break a tie by page numbers"),
)


def _search(engine: SearchEngine) -> Iterator[str]:
    """The contract of search engines."""
    index = engine.index(PAGES)
    ranked = {query: engine.rank(index, query) for query in QUERIES}
    numbers = {page.number for page in PAGES}
    for query, found in ranked.items():
        if not isinstance(found, list) or len(set(found)) != len(found) or not set(found) <= numbers:
            yield f"rank({query!r}) gave {found!r}, which is no list of different numbers of pages"
            return
        if engine.rank(engine.index(PAGES), query) != found:
            yield f"rank({query!r}) is not the same with an index made anew"
    for query, holds, complaint in EXPECTED:
        if not holds(ranked[query]):
            yield f"rank({query!r}) {complaint}"
    yield from _quotes(engine, index, ranked)
    yield from _survives(lambda query: engine.rank(index, query))
    if any(engine.rank(index, query) != found for query, found in ranked.items()):
        yield "rank is not the same twice"
    if engine.rank(engine.index(()), "ferry"):
        yield "an index of no pages gives results"


def _quotes(engine: SearchEngine, index: Any, ranked: dict[str, list[int]]) -> Iterator[str]:
    """An excerpt for each page, short, and in the page's own words."""
    for query, found in ranked.items():
        excerpts = engine.excerpts(index, query, found)
        if len(excerpts) != len(found):
            yield f"excerpts({query!r}) gave {len(excerpts)} for {len(found)} pages"
            continue
        for number, text in zip(found, excerpts, strict=True):
            if len(text) > LETTERS:
                yield f"excerpts({query!r}) gave more than {LETTERS} letters for page {number}"
            if not set(words_of(text)) <= set(words_of(_text(number))):
                yield f"excerpts({query!r}) quotes words that are not on page {number}"


def _text(number: int) -> str:
    return next(page.text for page in PAGES if page.number == number)


def _survives(ask: Callable[[str], Any]) -> Iterator[str]:
    """Whatever somebody types, an engine answers, or raises EngineError with a message."""
    for query in HOSTILE:
        try:
            ask(query)
        except EngineError as refused:
            if not str(refused):
                yield f"{query!r} is refused without a word"
        except Exception as error:  # noqa: BLE001 - whatever else it raises is the breach
            yield f"{query!r} raised {type(error).__name__} instead of EngineError: {error}"


VIEWS = {
    "sales": {"id": "INT", "day": "TEXT", "amount": "REAL", "branch_id": "INT"},
    "branches": {"id": "INT", "name": "TEXT"},
}
NOW = datetime(2026, 3, 2, 9)
ACCEPTED: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("SELECT id, amount FROM sales", ("sales",), ("id", "amount")),
    ("select * from branches", ("branches",), ("id", "name")),
    ("SELECT b.name, sum(amount) AS total FROM sales s JOIN branches b ON b.id = s.branch_id GROUP BY 1 ORDER BY 2",
     ("sales", "branches"), ("name", "total")),
    ("WITH big AS (SELECT * FROM sales WHERE amount > 9) SELECT count(*) AS n FROM big", ("sales",), ("n",)),
    ("SELECT strftime('%Y-%m', day) AS month FROM sales", ("sales",), ("month",)),
)  # fmt: skip
REFUSED = (
    "", "SELECT", "SELECT 1; SELECT 2", "DELETE FROM sales", "UPDATE sales SET amount = 0", "PRAGMA table_info(sales)",
    "ATTACH 'x' AS y", "SELECT * FROM sqlite_master", "SELECT * FROM main.sales", "SELECT nothing FROM sales",
    "SELECT * FROM nowhere", "SELECT load_extension('x')", "SELECT random()", "SELECT randomblob(9)",
    "SELECT * FROM pragma_table_info('sales')", "SELECT value FROM json_each('[1]')", "SELECT ?",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
    "SELECT " + "(" * 900 + "1" + ")" * 900,
)  # fmt: skip


def _analyst(engine: AnalystEngine) -> Iterator[str]:
    """The contract of engines that check SQL and write charts."""
    for sql, views, columns in ACCEPTED:
        checked = engine.check(sql, VIEWS, NOW, 200)
        if (checked.views, checked.columns) != (views, columns):
            yield f"check({sql!r}) found {checked.views} and {checked.columns}, not {views} and {columns}"
        if checked.ordered != ("ORDER BY" in sql) or "limit" not in checked.sql.lower():
            yield f"check({sql!r}) says wrongly whether there is an order, or sets no limit"
        if engine.check(sql, VIEWS, NOW, 200) != checked:
            yield f"check({sql!r}) is not the same twice"
    for sql in REFUSED:
        try:
            engine.check(sql, VIEWS, NOW, 200)
        except EngineError:
            continue
        yield f"check({sql!r}) lets it pass"
    if "2026-03-02" not in engine.check("SELECT date('now') AS day", VIEWS, NOW, 200).sql:
        yield "check does not put the given time in the clock's place"
    yield from _survives(lambda sql: engine.check(sql, VIEWS, NOW, 200))
    drawn = json.loads(
        engine.chart("Sales", "bar", "day", "sum", ("day", "sum"), (("2026-03-01", 2.5), ("2026-03-02", 4)))
    )
    if drawn["data"]["values"] != [{"day": "2026-03-01", "sum": 2.5}, {"day": "2026-03-02", "sum": 4}]:
        yield "chart does not hold the rows that it was given"


CONTRACTS: dict[str, tuple[type[Any], Callable[[Any], Iterator[str]]]] = {
    "search": (cast(type[Any], SearchEngine), _search),
    "analyst": (cast(type[Any], AnalystEngine), _analyst),
}
"""Suite → the protocol of its engines, and the checks."""
