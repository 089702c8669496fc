"""The web: what a search finds, pages in parts, links, bookmarks with their rules, and other engines behind it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import agentworlds
from agentworlds.engines import EngineError
from agentworlds.engines.contract import check_engine
from agentworlds.engines.search import Bm25s, Fts5, PageText, excerpt_around, read_query, words_of

EXAMPLE = Path(__file__).parents[2] / "examples" / "own_search_engine.py"
HOST = '''"""A host with pages of its own."""
from agentworlds import Draw, Row, Title, World, insert
world = World("shed", title="Tool Shed", now="2026-03-02 09:00")

@world.table
class Tool(Row):
    name: Title

web = world.include("search", town=False, pages=(
    ("Shed News", "https://shed.example/saws", "Saws", "{text}"),
    ("Shed News", "shed.example/drills/", "Drills", "We lend drills. See [Saws](www.shed.example/saws#top) and [Nails](https://shed.example/nails)."),
))

@world.data
def fill(draw: Draw) -> None:
    draw.new(Tool, name="Saw")
    web.publish("Elsewhere", "https://elsewhere.example/saws", "Saws elsewhere", "Nothing but saws.")

@world.tool
def announce(tool: Tool) -> web.WebPage:
    """Put a page about a tool on the web."""
    return web.publish("Shed News", "https://shed.example/new", tool.name, "It can be borrowed from today.")
'''

world = agentworlds.load("suite:search")


@pytest.fixture
def web() -> Iterator[agentworlds.Instance]:
    with world.instance(seed=3) as instance:
        yield instance


@pytest.fixture
def shed(tmp_path: Path) -> Iterator[agentworlds.Instance]:
    script = tmp_path / "shed.py"
    paragraphs = [f"Saw {number}. " + "It cuts wood along the grain and across it. " * 8 for number in range(12)]
    script.write_text(HOST.replace("{text}", "\\n\\n".join(paragraphs)))
    with agentworlds.load(script).instance() as instance:
        yield instance


def data(instance: agentworlds.Instance, tool: str, **arguments: Any) -> dict[str, Any]:
    step = instance.call(tool, **arguments)
    assert step.ok, step.text
    assert step.data is not None
    return step.data


def refused(instance: agentworlds.Instance, tool: str, **arguments: Any) -> tuple[str, str]:
    step = instance.call(tool, **arguments)
    assert step.refusal is not None, step.text
    return str(step.refusal.code), step.refusal.message


# Searching ----------------------------------------------------------------------------------------------------


def test_a_search_gives_the_page_with_the_words_in_its_title_first(web: agentworlds.Instance) -> None:
    found = data(web, "search_web", query="rhubarb crumble")
    assert found["pages"][0] == {
        "title": "Rhubarb crumble", "site": "Kitchen Notes", "address": "https://kitchennotes.example/rhubarb-crumble",
        "published": found["pages"][0]["published"], "excerpt": found["pages"][0]["excerpt"],
    }  # fmt: skip
    assert "rhubarb" in found["pages"][0]["excerpt"]


def test_pages_of_results_follow_one_another_without_gap_or_overlap(web: agentworlds.Instance) -> None:
    whole = data(web, "search_web", query="price", limit=20)
    parts = [data(web, "search_web", query="price", limit=6, offset=offset) for offset in range(0, whole["total"], 6)]
    together = [page["address"] for part in parts for page in part["pages"]]
    assert together[:20] == [page["address"] for page in whole["pages"]]
    assert len(together) == len(set(together)) == whole["total"] > 12
    assert [part["more"] for part in parts] == [True] * (len(parts) - 1) + [False]


def test_a_search_may_be_narrowed_to_a_site_and_to_recent_pages(web: agentworlds.Instance) -> None:
    by_name = data(web, "search_web", query="bus fares", site="saltby buses")
    assert by_name == data(web, "search_web", query="bus fares", site="https://saltbybuses.example/")
    assert {page["site"] for page in by_name["pages"]} == {"Saltby Buses"}
    recent = data(web, "search_web", query="bus fares", site="Saltby Buses", since="2026-02-01")
    assert {page["published"] >= "2026-02-01" for page in recent["pages"]} == {True}
    assert 0 < recent["total"] < by_name["total"]


def test_quotation_marks_require_and_a_minus_excludes(web: agentworlds.Instance) -> None:
    titles = [page["title"] for page in data(web, "search_web", query='"lemon drizzle" cake', limit=20)["pages"]]
    assert set(titles) == {"Lemon drizzle cake", "Lemon drizzle cake without eggs", "Kitchen Notes"}
    titles = [page["title"] for page in data(web, "search_web", query='"lemon drizzle" -yoghurt', limit=20)["pages"]]
    assert set(titles) == {"Lemon drizzle cake", "Kitchen Notes"}


REFUSALS = [
    ("search_web", {"query": "-only -exclusions"}, "invalid", "The query has no words to look for"),
    ("search_web", {"query": " ".join(f"word{n}" for n in range(25))}, "invalid", "The query has more than 24 words"),
    ("search_web", {"query": "bus", "site": "Nowhere Gazette"}, "not_found", "There is no site 'Nowhere Gazette'"),
    ("list_site_pages", {"site": "nowhere.example"}, "not_found", "There is no site 'nowhere.example'"),
    ("open_page", {"address": "https://nowhere.example"}, "not_found", "There is no page at https://nowhere.example"),
    ("open_page", {"address": "kitchennotes.example", "part": 2}, "invalid", "'Kitchen Notes' has 1 part"),
    ("follow_link", {"address": "kitchennotes.example", "number": 7}, "invalid", "'Kitchen Notes' has 6 links"),
    ("follow_link", {"address": "saltbyherald.example/1", "number": 1}, "invalid", "'Choir looks for tenors' has no links"),
    ("follow_link", {"address": "saltbydirectory.example", "number": 4}, "unavailable",
     "The link 'The Old Tearoom' is broken: https://oldtearoomsaltby.example does not answer"),
    ("save_bookmark", {"address": "nowhere.example"}, "not_found", "There is no page at nowhere.example"),
    ("save_bookmark", {"address": "saltbyherald.example/1"}, "conflict", "There is already a bookmark for https://saltbyherald.example/1"),
    ("change_bookmark", {"bookmark_id": 1}, "invalid", "Nothing is to be changed"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("tool", "arguments", "code", "message"), REFUSALS, ids=[f"{r[0]}-{r[3][:30]}" for r in REFUSALS]
)
def test_what_cannot_be_done_is_refused_with_a_reason(
    web: agentworlds.Instance, tool: str, arguments: dict[str, Any], code: str, message: str
) -> None:
    found = refused(web, tool, **arguments)
    assert found[0] == code
    assert found[1].startswith(message)
    assert web.changes() == []


# Pages and links ----------------------------------------------------------------------------------------------


def test_a_link_shows_as_a_number_that_can_be_followed(shed: agentworlds.Instance) -> None:
    page = data(shed, "open_page", address="HTTPS://www.shed.example/drills")
    assert page["text"] == "We lend drills. See Saws [1] and Nails [2]."
    assert page["links"] == [
        {"number": 1, "words": "Saws", "address": "www.shed.example/saws#top"},
        {"number": 2, "words": "Nails", "address": "https://shed.example/nails"},
    ]
    assert data(shed, "follow_link", address=page["address"], number=1)["title"] == "Saws"
    assert refused(shed, "follow_link", address=page["address"], number=2)[0] == "unavailable"


def test_the_parts_of_a_long_page_are_the_page(shed: agentworlds.Instance) -> None:
    first = data(shed, "open_page", address="shed.example/saws")
    parts = [data(shed, "open_page", address="shed.example/saws", part=n)["text"] for n in range(1, first["parts"] + 1)]
    assert first["parts"] == 6
    assert max(map(len, parts)) <= 1_002
    assert [f"Saw {n}. " in "\n\n".join(parts) for n in range(12)] == [True] * 12


def test_lines_with_some_words_are_found_in_every_part(shed: agentworlds.Instance) -> None:
    lines = data(shed, "find_in_page", address="shed.example/saws", words="SAW 1")["results"]
    assert [(line["part"], line["line"][:7]) for line in lines] == [(1, "Saw 1. "), (6, "Saw 10."), (6, "Saw 11.")]


def test_a_site_lists_its_pages_the_latest_first(web: agentworlds.Instance) -> None:
    found = data(web, "list_site_pages", site="Saltby Buses", limit=3)
    days = [page["published"] for page in found["pages"]]
    assert days == sorted(days, reverse=True)
    rest = data(web, "list_site_pages", site="saltbybuses.example", limit=3, offset=3)
    assert (found["total"], found["more"], len(rest["pages"]), rest["more"]) == (4, True, 1, False)


def test_a_page_that_a_host_publishes_in_an_episode_can_be_found_at_once(shed: agentworlds.Instance) -> None:
    assert data(shed, "search_web", query="borrowed")["total"] == 0
    data(shed, "announce", tool_id=1)
    assert [page["title"] for page in data(shed, "search_web", query="borrowed")["pages"]] == ["Saw"]
    shed.reset()
    assert data(shed, "search_web", query="borrowed")["total"] == 0


def test_no_tool_shows_what_is_known_of_a_page_without_reading_it(web: agentworlds.Instance) -> None:
    shown = data(web, "open_page", address="saltbybuses.example/fares")
    assert "edition" not in str(shown)
    assert all("facts" not in tool.by_name for tool in world.world.tools.values())


# Bookmarks ----------------------------------------------------------------------------------------------------


def test_a_bookmark_takes_the_pages_title_and_full_address(web: agentworlds.Instance) -> None:
    saved = data(web, "save_bookmark", address="kitchennotes.example/ginger-flapjacks/", folder=" Baking ")
    assert (saved["title"], saved["address"], saved["folder"], saved["read"], saved["note"]) == (
        "Ginger flapjacks", "https://kitchennotes.example/ginger-flapjacks", "Baking", False, None
    )  # fmt: skip


def test_a_bookmark_is_changed_in_what_is_given_and_nothing_else(web: agentworlds.Instance) -> None:
    before = data(web, "get_bookmark", bookmark_id=5)
    after = data(web, "change_bookmark", bookmark_id=5, read=True, note="Soup on Thursdays")
    assert after == {**before, "read": True, "note": "Soup on Thursdays"}
    assert data(web, "change_bookmark", bookmark_id=5, note="")["note"] is None


def test_a_deleted_bookmark_leaves_the_page(web: agentworlds.Instance) -> None:
    address = data(web, "get_bookmark", bookmark_id=1)["address"]
    data(web, "delete_bookmark", bookmark_id=1)
    assert refused(web, "get_bookmark", bookmark_id=1)[0] == "not_found"
    assert data(web, "open_page", address=address)["address"] == address


def test_two_bookmarks_of_one_name_need_two_folders(web: agentworlds.Instance) -> None:
    data(web, "save_bookmark", address="brookhardware.example/delivery", folder="Terms")
    code, message = refused(web, "save_bookmark", address="fairfieldhome.example/delivery", folder="Terms")
    assert (code, message) == ("conflict", "The folder Terms already has a bookmark called “Delivery and returns”.")
    data(web, "save_bookmark", address="fairfieldhome.example/delivery", folder="Terms", title="Delivery, Fairfield")


def test_a_full_folder_takes_no_more(web: agentworlds.Instance) -> None:
    assert len(data(web, "search_bookmarks", folder="Reading list")["results"]) == 7
    data(web, "save_bookmark", address="kitchennotes.example")
    code, message = refused(web, "save_bookmark", address="kitchennotes.example/rhubarb-crumble")
    assert (code, message) == ("limit", "A folder holds 8 bookmarks, and Reading list is full.")
    assert refused(web, "change_bookmark", bookmark_id=1, folder="Reading list")[0] == "limit"


def test_who_bookmarks_what_is_bookmarked_is_told_what_to_do_with_the_old_one(web: agentworlds.Instance) -> None:
    again = web.call("save_bookmark", address="saltbyherald.example/1")
    assert again.text.endswith("Try: search_bookmarks finds it, change_bookmark changes it")
    data(web, "save_bookmark", address="brookhardware.example/delivery", folder="Terms")
    other = web.call("save_bookmark", address="fairfieldhome.example/delivery", folder="Terms")
    assert other.text.endswith("Try: give another title, or give the one that is there another with change_bookmark")


# Tasks --------------------------------------------------------------------------------------------------------

SEEDS = range(6)


def test_shops_have_in_stock_what_a_task_wants_of_them() -> None:
    wanted = re.compile(r"In stock: (\d+)")
    for task in (one.spec for seed in SEEDS for one in world.tasks(seed)):
        pages = [call.observation["text"] for call in task.solution if call.tool == "open_page"]
        if task.intent == "save_cheaper_offer":
            assert [int(wanted.search(page)[1]) > 0 for page in pages] == [True, True]
        if task.intent == "order_total":
            price, total = Decimal(re.search(r"Price: £([\d.]+\d)", pages[0])[1]), Decimal(str(task.answer_given))
            assert int(wanted.search(pages[0])[1]) >= int(total / price) >= 2  # delivery costs less than a piece


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("{:.2f}", True),
        ("£{:.2f}", True),
        ("One costs {:g} pounds", True),
        ("{:.2f} GBP", True),
        ("£1", False),
        ("", False),
    ],
)
def test_a_price_is_noted_in_whatever_way_people_write_it(written: str, right: bool) -> None:
    task = next(one.spec for one in world.tasks(0) if one.spec.intent == "bookmark_a_product")
    *before, last = task.solution
    price = float(re.findall(r"\d+\.\d+", last.arguments["note"])[0])
    with world.episode(task=task.index) as episode:
        for call in before:
            episode.call(call.tool, **call.arguments)
        assert episode.call(last.tool, **(last.arguments | {"note": written.format(price)})).ok
        assert episode.finish().success == right


def test_cafes_differ_in_their_closing_days_and_streets_and_shows_in_their_rooms() -> None:
    for seed in SEEDS:
        with world.instance(seed=seed) as web:
            cafes = [f"{name}.example" for name in ("harbourcafe", "harbourkitchen", "theweighbridge")]
            texts = [data(web, "open_page", address=cafe)["text"] for cafe in cafes]
            for pattern in (
                r"March .* closed on (\w+)s",
                r"September .* closed on (\w+)s",
                r", \d+ ([\w ]+), \w+\. Tel",
            ):
                assert len({re.search(pattern, text)[1] for text in texts}) == 3
            shows = data(web, "search_web", query='"Admission is included"')["pages"]
            rooms = [
                re.search(r", in ([\w ]+), until", data(web, "open_page", address=one["address"])["text"])[1]
                for one in shows
            ]
            assert sorted(rooms) == ["the boat hall", "the long gallery"]


# Summaries ----------------------------------------------------------------------------------------------------

SENTENCES = [
    ("search_web", {"query": "zeppelin"}, "Nothing on the web matches 'zeppelin'."),
    ("search_web", {"query": "beetroot"}, "2 pages match 'beetroot'; here first: 'Beetroot salad with walnuts' on Kitchen Notes ("),
    ("search_web", {"query": "beetroot", "limit": 1}, "2 pages match 'beetroot'; here first: 'Beetroot salad with walnuts' on Kitchen Notes ("),
    ("search_web", {"query": "rocket"}, "1 page matches 'rocket'; here first: 'Beetroot salad with walnuts' on Kitchen Notes ("),
    ("search_web", {"query": "rocket", "offset": 1}, "Only 1 page matches 'rocket'."),
    ("open_page", {"address": "kitchennotes.example"}, "'Kitchen Notes' on Kitchen Notes, published "),
    ("follow_link", {"address": "kitchennotes.example", "number": 5}, "The link leads to 'Rhubarb crumble' on Kitchen Notes, published "),
    ("find_in_page", {"address": "kitchennotes.example", "words": "zeppelin"}, "These words do not occur on the page."),
    ("find_in_page", {"address": "kitchennotes.example", "words": "rhubarb"}, "1 line of the page has these words."),
    ("find_in_page", {"address": "kitchennotes.example", "words": "lemon"}, "2 lines of the page have these words."),
    ("list_site_pages", {"site": "Kitchen Notes"}, "Kitchen Notes has 7 pages, the latest first."),
    ("list_site_pages", {"site": "Kitchen Notes", "offset": 9}, "Kitchen Notes has 7 pages, and none beyond those shown before."),
    ("search_bookmarks", {"folder": "Prices"}, "4 bookmarks in Prices, none read yet."),
    ("search_bookmarks", {"folder": "Prices", "limit": 1}, "1 bookmark in Prices, not read yet. There are more."),
    ("search_bookmarks", {"read": True, "folder": "office"}, "2 bookmarks in For the office, all read."),
    ("search_bookmarks", {}, "17 bookmarks in 4 folders, 11 not read yet."),
    ("search_bookmarks", {"title": "zeppelin"}, "No bookmarks found."),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "arguments", "sentence"), SENTENCES, ids=[f"{s[0]}-{s[2][:40]}" for s in SENTENCES])
def test_a_result_opens_with_a_sentence(
    web: agentworlds.Instance, tool: str, arguments: dict[str, Any], sentence: str
) -> None:
    assert web.call(tool, **arguments).text.startswith(sentence)


# Engines ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["fts5", "bm25s", "agentworlds.engines.search:Fts5", Bm25s])
def test_an_engine_keeps_to_the_contract(engine: str | type) -> None:
    check_engine("search", engine)


class Forgetful(Fts5):
    """Ranks another way every time it is asked, and quotes what nobody wrote."""

    asked = 0

    def rank(self, index: Any, query: str) -> list[int]:
        Forgetful.asked += 1
        found = super().rank(index, query)
        return found[::-1] if Forgetful.asked % 2 else found

    def excerpts(self, index: Any, query: str, numbers: Sequence[int]) -> list[str]:
        return ["the best page of all" for _ in numbers]


class Fragile(Bm25s):
    """Falls over a query that it does not like."""

    def rank(self, index: Any, query: str) -> list[int]:
        return super().rank(index, query) if query.strip() else [][0]


def test_an_engine_that_breaks_the_contract_is_told_how() -> None:
    with pytest.raises(EngineError, match=r"Forgetful breaks .*index made anew.*quotes words that are not on page"):
        check_engine("search", Forgetful)
    with pytest.raises(EngineError, match="'' raised IndexError instead of EngineError"):
        check_engine("search", Fragile)
    with pytest.raises(EngineError, match="str is no engine for search: it has no rank, excerpts"):
        check_engine("search", str)
    with pytest.raises(EngineError, match="there is no suite 'serach' with an engine; did you mean 'search'"):
        check_engine("serach", Fts5)


def test_a_world_may_be_loaded_with_another_engine() -> None:
    with agentworlds.load("suite:search", engines={"search": "bm25s"}).instance(seed=3) as other:
        found = data(other, "search_web", query="rhubarb crumble")
        assert found["pages"][0]["title"] == "Rhubarb crumble"
        assert data(other, "search_web", query="walnut")["total"] < data(other, "search_web", query="walnuts")["total"]


def test_the_example_of_an_engine_of_ones_own_plays_a_task() -> None:
    ran = subprocess.run([sys.executable, str(EXAMPLE)], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[0] == "TfIdf keeps to the contract of search engines."
    assert ran.stdout.splitlines()[-1] == "success"


@pytest.mark.parametrize(
    ("query", "words", "phrases", "without"),
    [
        ("Bus fares to Saltby", ("bus", "fares", "saltby"), (), ()),
        ('"day ticket" bus -child', ("bus",), (("day", "ticket"),), ("child",)),
        ("who is it", ("who", "is", "it"), (), ()),
        ("Café-Crème", ("cafe", "creme"), (), ()),
        ("NOT bus OR fares", ("not", "bus", "fares"), (), ()),
    ],
)
def test_a_query_is_read_as_people_type_it(query: str, words: Any, phrases: Any, without: Any) -> None:
    read = read_query(query)
    assert (read.words, read.phrases, read.without) == (words, phrases, without)


def test_an_excerpt_is_the_stretch_with_most_of_the_words() -> None:
    text = "alpha " * 40 + "the ferry sails at noon and the ferry returns " + "omega " * 40
    assert "the ferry sails at noon and the ferry returns" in excerpt_around(text, ["ferry", "noon"])
    assert excerpt_around("A short text.", ["text"]) == "A short text."
    assert excerpt_around("", ["text"]) == ""


def test_both_engines_find_the_same_pages_for_whole_words() -> None:
    pages = [PageText(n, f"Page {n}", "Site", text) for n, text in enumerate(("red boats", "blue boats", "red cars"))]
    for query, expected in (("red", [0, 2]), ("blue cars", [1, 2]), ('"red boats"', [0]), ("boats -red", [1])):
        for engine in (Fts5(), Bm25s()):
            assert sorted(engine.rank(engine.index(pages), query)) == expected, (query, engine.wraps)
    assert words_of("Saint-Étienne, 42°") == ["saint", "etienne", "42"]
