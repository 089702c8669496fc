"""Notes: sections, tables, checklists and links in Markdown, and what markdown-it-py makes of them."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt as Reader

import agentworlds
from agentworlds.engines.notes import Grid, Item, Link, MarkdownIt, Section

world = agentworlds.load("suite:notes")
engine = MarkdownIt()


@pytest.fixture
def book() -> Iterator[agentworlds.Instance]:
    with world.instance() as instance:
        yield instance


def note_id(book: agentworlds.Instance, title: str) -> int:
    return next(one["id"] for one in book.call("search_notes", title=title).data["results"] if one["title"] == title)


def text_of(book: agentworlds.Instance, title: str) -> str:
    return book.call("read_note", note_id=note_id(book, title)).data["text"]


REFUSALS = [
    ("create_note", None, {"title": "a [b]", "text": "x"}, "invalid", "A title may not have [ ] | #"),
    ("create_note", None, {"title": "Suppliers", "text": "x"}, "conflict", "There is already a note called Suppliers."),
    ("create_note", None, {"title": "office MOVE", "text": "x"}, "conflict", "There is already a note called office MOVE."),
    ("create_note", None, {"title": "New", "text": "See [[Nowhere]]."}, "not_found", "There is no note Nowhere to link to."),
    ("create_note", None, {"title": "New", "text": "x", "tags": ["a", "b", "c", "d", "e"]}, "limit", "New may have 4 tags at most."),
    ("write_section", "Suppliers 2025", {"section": "Rules", "text": "x"}, "forbidden", "Suppliers 2025 is archived"),
    ("write_section", "Suppliers", {"section": "Rule", "text": "x"}, "not_found", "Suppliers has no section Rule."),
    ("write_section", "Suppliers", {"section": "Rules", "text": "## More\n\nx"}, "invalid", "headings of its own"),
    ("write_section", "Suppliers", {"section": "Contracts", "text": "```\nopen"}, "invalid", "would change other headings"),
    ("write_section", "Suppliers", {"section": "rules", "text": "x", "mode": "new"}, "conflict", "has a section rules already"),
    ("write_section", "Suppliers", {"section": "Rules", "text": "y" * 19_800}, "limit", "would be longer than 20,000 characters"),
    ("write_table_row", "Alarm", {"cells": ["a"]}, "not_found", "Alarm has no table."),
    ("write_table_row", "Suppliers", {"cells": ["a"], "section": "Rules"}, "not_found", "Under Rules there is no table."),
    ("write_table_row", "Opening hours", {"cells": ["Friday", "09:00"]}, "invalid", "The table has 3 columns: Day, From, To; 2 cells were given."),
    ("write_table_row", "Opening hours", {"cells": ["monday", "09:00", "12:00"]}, "conflict", "The table has a row monday already."),
    ("write_table_row", "Opening hours", {"cells": ["Friday", "09:00", "12:00"], "row": "Sunday"}, "not_found", "no single row Sunday"),
    ("add_checklist_item", "Shopping", {"item": "tea"}, "conflict", "Shopping has several checklists."),
    ("add_checklist_item", "Alarm", {"item": "tea"}, "not_found", "Alarm has no checklist."),
    ("add_checklist_item", "Shopping", {"item": "Milk", "section": "Kitchen"}, "conflict", "is on that checklist already"),
    ("tick_item", "Shopping", {"item": "tea"}, "not_found", "Shopping has no checklist item “tea”."),
    ("tick_item", "Shopping", {"item": "milk"}, "conflict", "That item is ticked already."),
    ("tick_item", "Shopping", {"item": "coffee", "done": False}, "conflict", "That item is open already."),
    ("rename_note", "Suppliers", {"title": "Suppliers"}, "conflict", "That is its title."),
    ("rename_note", "Suppliers", {"title": "Kitchen"}, "conflict", "There is already a note called Kitchen."),
    ("organise_note", "Suppliers", {}, "invalid", "Nothing is to be changed."),
    ("organise_note", "Suppliers", {"remove_tag": "kitchen"}, "not_found", "Suppliers has no tag kitchen."),
    ("organise_note", "Shopping", {"archived": True}, "conflict", "Shopping has checklist items that are open"),
    ("organise_note", "Shopping", {"add_tag": "one more"}, "limit", "Shopping may have 4 tags at most."),
    ("read_note", "Suppliers", {"part": 2}, "invalid", "There is 1 part only."),
    ("read_note", "Suppliers", {"section": "Rules > Contracts"}, "not_found", "Suppliers has no section Rules > Contracts."),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "title", "given", "code", "message"), REFUSALS)
def test_what_cannot_be_is_refused_and_changes_nothing(
    book: agentworlds.Instance, tool: str, title: str | None, given: dict[str, Any], code: str, message: str
) -> None:
    arguments = given if title is None else {"note_id": note_id(book, title), **given}
    step = book.apply(tool, arguments)
    assert step.refusal is not None, step.text
    assert (step.refusal.code, message in step.refusal.message) == (code, True), step.text
    assert book.changes() == []


def test_a_heading_that_occurs_twice_is_named_with_its_parent(book: agentworlds.Instance) -> None:
    text = "# One\n\n## Notes\n\na\n\n# Two\n\n## Notes\n\nb"
    made = book.call("create_note", title="Twice", text=text).data["id"]
    step = book.call("read_note", note_id=made, section="Notes")
    assert step.text == "Refused (conflict): Twice has 2 sections Notes. Try: write it as Parent > Heading"
    assert book.call("read_note", note_id=made, section="two > notes").data["text"] == "## Notes\n\nb"
    book.call("write_section", note_id=made, section="One > Notes", text="c")
    assert text_of(book, "Twice") == "# One\n\n## Notes\n\na\n\nc\n\n# Two\n\n## Notes\n\nb"


def test_an_item_that_occurs_twice_cannot_be_ticked_by_its_words(book: agentworlds.Instance) -> None:
    made = book.call("create_note", title="Twice", text="- [ ] tea\n- [x] Tea").data["id"]
    assert book.call("tick_item", note_id=made, item="tea").refusal.message == "Twice has 2 items “tea”."


SECTIONS = [
    ("append", "Goal", "More.\n\nAnd more.", "## Goal\n\nAim.\n\nMore.\n\nAnd more.\n\n### Why\n\nBecause.\n\n## End"),
    ("append", "Why", "More.", "## Goal\n\nAim.\n\n### Why\n\nBecause.\n\nMore.\n\n## End"),
    ("append", "End", "Fin.\n", "## Goal\n\nAim.\n\n### Why\n\nBecause.\n\n## End\n\nFin."),
    ("replace", "Goal", "New aim.", "## Goal\n\nNew aim.\n\n### Why\n\nBecause.\n\n## End"),
    ("new", "Log", "Begun.", "## Goal\n\nAim.\n\n### Why\n\nBecause.\n\n## End\n\n## Log\n\nBegun."),
]


@pytest.mark.parametrize(("mode", "section", "text", "whole"), SECTIONS)
def test_a_section_is_written_and_all_else_stays(
    book: agentworlds.Instance, mode: str, section: str, text: str, whole: str
) -> None:
    made = book.call("create_note", title="Plan", text="## Goal\n\nAim.\n\n### Why\n\nBecause.\n\n## End").data["id"]
    shown = book.call("write_section", note_id=made, section=section, text=text, mode=mode).data
    assert text_of(book, "Plan") == whole
    assert shown["section"] == section and text.strip() in shown["text"]


def test_rows_are_added_last_or_take_the_place_of_one(book: agentworlds.Instance) -> None:
    hours = note_id(book, "Opening hours")
    book.call("write_table_row", note_id=hours, cells=["Friday", "08:00", "a | b"])
    shown = book.call(
        "write_table_row", note_id=hours, cells=["Tuesday", "10:00", "12:00"], row="tuesday", section="Office"
    ).data
    assert shown["text"].split("\n")[2:] == [
        "| Day | From | To |", "| --- | --- | --- |", "| Monday | 09:00 | 17:00 |", "| Tuesday | 10:00 | 12:00 |",
        "| Thursday | 10:00 | 19:00 |", "| Friday | 08:00 | a \\| b |",
    ]  # fmt: skip
    assert engine.tables(text_of(book, "Opening hours"))[0].rows[-1] == ("Friday", "08:00", "a | b")


def test_checklists_grow_at_their_end_and_are_ticked(book: agentworlds.Instance) -> None:
    shopping = note_id(book, "Shopping")
    shown = book.call("add_checklist_item", note_id=shopping, item="green  tea", section="Kitchen").data
    assert shown["text"] == "## Kitchen\n\n- [x] milk\n- [ ] coffee\n- [ ] washing-up liquid\n- [ ] green tea"
    outline = book.call("tick_item", note_id=shopping, item="Green tea").data
    assert (outline["open_items"], outline["done_items"]) == (
        ["coffee", "washing-up liquid", "paper", "batteries for the clock"],
        3,
    )
    again = book.call("tick_item", note_id=shopping, item="milk", done=False).data
    assert again["open_items"][0] == "milk"


def test_a_checklist_begins_where_there_was_none(book: agentworlds.Instance) -> None:
    shown = book.call("add_checklist_item", note_id=note_id(book, "Alarm"), item="new battery", section="Arming").data
    assert shown["text"].endswith("for three seconds.\n\n- [ ] new battery")
    assert book.call("add_checklist_item", note_id=note_id(book, "Alarm"), item="test it").ok
    assert book.call("read_note", note_id=note_id(book, "Alarm")).data["text"].count("\n- [ ] ") == 2


def test_a_new_title_reaches_every_link_but_no_code(book: agentworlds.Instance) -> None:
    text = "See [[office move]], [[Office move#Milestones|the dates]] and `[[Office move]]`.\n\n    [[Office move]]\n\n| To |\n| --- |\n| [[Office move\\|it]] |"
    book.call("create_note", title="Links", text=text)
    before = {
        one["title"] for one in book.call("note_outline", note_id=note_id(book, "Office move")).data["linked_from"]
    }
    changed = book.call("rename_note", note_id=note_id(book, "Office move"), title="Removal").data["results"]
    assert {one["title"] for one in changed} == {"Removal", *before}
    assert text_of(book, "Links") == text.replace("[[office move]]", "[[Removal]]").replace(
        "[[Office move#", "[[Removal#"
    ).replace("[[Office move\\|", "[[Removal\\|")
    assert {
        one["title"] for one in book.call("note_outline", note_id=note_id(book, "Removal")).data["linked_from"]
    } == before
    assert "Office move 2023" in {
        one["title"] for one in book.call("search_notes", title="Office move").data["results"]
    }


def test_notes_are_found_by_words_by_tag_and_by_link(book: agentworlds.Instance) -> None:
    made = book.call(
        "create_note",
        title="Café",
        text="Crème brûlée on Fridays, see [[Kitchen]].",
        notebook="Food",
        tags=["Menu", "menu "],
    ).data
    assert book.call("find_in_notes", words="BRÛLÉE").data["lines"] == [
        "Café:1: Crème brûlée on Fridays, see [[Kitchen]]."
    ]
    assert [one["id"] for one in book.call("find_in_notes", tag=" MENU").data["notes"]] == [made["id"]]
    assert [one["title"] for one in book.call("find_in_notes", links_to_id=note_id(book, "Kitchen")).data["notes"]] == [
        "Café"
    ]
    assert book.call("find_in_notes", words="brûlée", tag="howto").data["total"] == 0
    assert book.call("find_in_notes", links_to_id=made["id"]).data["total"] == 0
    moved = book.call(
        "organise_note", note_id=made["id"], notebook="Kitchen", remove_tag="menu", add_tag="Old", archived=True
    ).data
    assert (moved["notebook"], moved["archived"]) == ("Kitchen", True)
    assert book.call("note_outline", note_id=made["id"]).data["tags"] == ["old"]
    assert book.call("find_in_notes", words="brûlée").data["total"] == 0
    assert book.call("find_in_notes", words="brûlée", archived=True).data["total"] == 1


def test_finds_are_read_page_by_page(book: agentworlds.Instance) -> None:
    whole = book.call("find_in_notes", limit=50).data
    pages = [book.call("find_in_notes", limit=6, offset=offset).data for offset in range(0, whole["total"], 6)]
    assert [one["id"] for page in pages for one in page["notes"]] == [one["id"] for one in whole["notes"]]
    assert [page["more"] for page in pages] == [True] * (len(pages) - 1) + [False]


def test_a_long_note_is_read_in_parts_also_as_html(book: agentworlds.Instance) -> None:
    text = "\n".join(f"Line {number} & so on." for number in range(900))
    made = book.call("create_note", title="Long", text=text).data["id"]
    for form in ("markdown", "html"):
        first = book.call("read_note", note_id=made, form=form).data
        rest = [
            book.call("read_note", note_id=made, form=form, part=part).data["text"]
            for part in range(2, first["parts"] + 1)
        ]
        whole = "".join([first["text"], *rest])
        assert whole == (text if form == "markdown" else engine.html(text))
    assert book.call("read_note", note_id=made, part=9).refusal.message == "There are 3 parts only."


# The engine --------------------------------------------------------------------------------------------------

TEXT = """Intro to [[Plan]] and `[[Code]]`.

One
===

- [ ] first *item*
  - [x] nested

## Two

| A | B |
| --- | --- |
| [[Plan\\|it]] | x \\| y |

```
## no heading, [[no link]]
- [ ] no item
```

> ## quoted"""


def test_the_engine_reads_the_structure_of_a_text() -> None:
    assert engine.sections(TEXT) == [Section("One", 1, 2, 4, 8, 20), Section("Two", 2, 8, 9, 20, 20)]
    assert engine.items(TEXT) == [Item("first *item*", False, 5, 6), Item("nested", True, 6, 7)]
    assert engine.tables(TEXT) == [Grid(("A", "B"), (("[[Plan|it]]", "x | y"),), 12)]
    assert engine.links(TEXT) == [Link("Plan", "", 0), Link("Plan", "", 12)]
    assert engine.relink(TEXT, "plan", "New") == TEXT.replace("[[Plan", "[[New")
    assert engine.links("[[ A # b | c ]] \\[[no]] [[]] [[a\nb]]") == [Link("A", "b", 0)]


class Outline(HTMLParser):
    """What a reader of HTML sees: headings, links and cells."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        self.seen += [("href", str(value)) for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        self.open.remove(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("h1", "h2", "td", "a", "code"):
            self.seen.append((self.open[-1], data))


def test_the_html_says_what_the_markdown_says_and_is_the_same_twice() -> None:
    html = engine.html(TEXT)
    assert html == MarkdownIt().html(TEXT)
    outline = Outline()
    outline.feed(html)
    assert outline.seen == [
        ("href", "Plan.html"), ("a", "Plan"), ("code", "[[Code]]"), ("h1", "One"), ("h2", "Two"), ("href", "Plan.html"), ("a", "it"),
        ("td", "x | y"), ("code", "## no heading, [[no link]]\n- [ ] no item\n"), ("h2", "quoted"),
    ]  # fmt: skip
    plain = "# One\n\nText with *stress*.\n\n1. a\n2. b\n"
    assert engine.html(plain) == Reader("commonmark").render(plain)
    assert "<script>" not in engine.html("<script>alert(1)</script> [[a<b>]]")


# In a host ---------------------------------------------------------------------------------------------------

HOST = '''
"""A workshop that writes its jobs down."""

from agentworlds import Draw, Email, PersonName, Row, Text, World, field, refuse

world = World("workshop", title="Workshop")


@world.table
class Mate(Row):
    name: PersonName
    email: Email = field(unique=True)


jobs = world.include("notes", Person=Mate, pages=(("House rules", "Guides", "## Tools\\n\\nPut them back."),))


@world.tool
def finish_job(mate: Mate, job: Text) -> jobs.Note:
    """Write a job into the book of jobs."""
    book = jobs.titled("jobs") or jobs.write_down("Jobs", "## Done", author=mate, tags=("Work",))
    jobs.append(book, "Done", f"{job}, by {mate.name}")
    return book


@world.data
def people(draw: Draw) -> None:
    draw.new(Mate, name="Bo Ray")
    jobs.write_down("Suppliers", "Our own list.")
'''


def test_a_host_keeps_its_own_notes_beside_those_of_the_suite(tmp_path: Path) -> None:
    script = tmp_path / "workshop.py"
    script.write_text(HOST)
    with agentworlds.load(script).instance() as shop:
        assert (text_of(shop, "Suppliers"), text_of(shop, "House rules")) == (
            "Our own list.",
            "## Tools\n\nPut them back.",
        )
        for job in ("Shelf", "Door"):
            made = shop.call("finish_job", mate_id=1, job=job).data
        assert text_of(shop, "Jobs") == "## Done\n\nShelf, by Bo Ray\n\nDoor, by Bo Ray"
        assert (made["author_name"], shop.call("note_outline", note_id=made["id"]).data["tags"]) == ("Bo Ray", ["work"])


# In a sentence -----------------------------------------------------------------------------------------------


def lead(step: agentworlds.Step) -> str:
    return step.text.splitlines()[0]


def test_results_are_summed_up_in_a_sentence(book: agentworlds.Instance) -> None:
    shopping = note_id(book, "Shopping")
    said = [
        lead(book.call("search_notes", title="no such thing")),
        lead(book.call("search_notes", title="Shopping")),
        lead(book.call("search_notes", notebook="Meetings")),
        lead(book.call("search_notes", notebook="Meetings", limit=2)).partition(";")[0],
        lead(book.call("note_outline", note_id=shopping)),
        lead(book.call("note_outline", note_id=note_id(book, "Suppliers 2025"))),
        lead(book.call("read_note", note_id=shopping, section="kitchen")),
        lead(book.call("find_in_notes", words="no such thing")),
        lead(book.call("find_in_notes", words="washing-up")),
        lead(book.call("find_in_notes", tag="meeting", limit=2)),
        lead(book.call("find_in_notes", tag="meeting", offset=40)),
    ]
    assert said == [
        "No note is like that.",
        "1 note: Shopping, in Office.",
        "6 notes in Meetings; Team meeting 23 February 2026 was the last to change.",
        "2 notes in Meetings, and there are more",
        "Shopping in Office, tagged kitchen, list, office, weekly: 2 sections, 4 of 6 checklist items open.",
        "Suppliers 2025 (archived) in Office, tagged office: 2 sections.",
        "Shopping, Kitchen:",
        "No note was found.",
        "1 note found, beginning with Shopping.",
        "6 notes found, the first ones here, beginning with Board meeting 16 February 2026.",
        "6 notes found, but none on this page.",
    ]
