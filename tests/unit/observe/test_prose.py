"""Results in words: rows, lists, records and lists of records, and what is cut."""

from __future__ import annotations

import jsonschema

from agentworlds.compile.schemas import output_schema
from agentworlds.errors import Code, Refusal
from agentworlds.observe.prose import BUDGET, say_refusal
from agentworlds.spec.loader import load_script
from agentworlds.worlds.world import LoadedWorld

SCRIPT = '''"""A freight office."""
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated
from agentworlds import Draw, Money, Places, Range, Row, Text, Word, World, other_than, rows

world = World("freight", title="Freight")


@world.table(plural="boxes")
class Box(Row):
    name: Word
    weight_kg: Annotated[Decimal, Places(1), Range(0, 90)]
    fragile: bool
    note: Text | None = None


@dataclass
class Quote:
    carrier: Word
    price: Money


@dataclass
class Offer:
    box: Box
    quotes: list[Quote]
    none: list[Quote]


world.reads(Box, by=("name",))


@world.query
def quotes() -> list[Quote]:
    """Quotes."""
    return [Quote("Swift", Decimal(5)), Quote("Slow", Decimal("2.5"))]


@world.query
def offer(box: Box) -> Offer:
    """An offer."""
    return Offer(box, [Quote("Swift", Decimal(5))], [])


@world.query
def other_notes(note: Text) -> list[Box]:
    """Boxes with another note or none."""
    return rows(Box, note=other_than(note))


@world.data
def fill(draw: Draw) -> None:
    draw.new(Box, name="Crate", weight_kg=Decimal("12.5"), fragile=True, note="top floor")
    draw.new(Box, name="Tin", weight_kg=Decimal(3), fragile=False, note=None)
    for number in range(48):
        draw.new(Box, name=f"Chest {number}", weight_kg=Decimal(1), fragile=False, note="x" * 120)
'''
WORLD = LoadedWorld(load_script("freight.py", {"freight.py": SCRIPT}))


def test_rows_are_said_with_units_and_without_what_is_empty() -> None:
    with WORLD.instance() as instance:
        assert instance.call("get_box", box_id=1).text == "box 1 Crate: weight 12.5 kg, fragile, note top floor"
        assert instance.call("get_box", box_id=2).text == "box 2 Tin: weight 3 kg, not fragile"


def test_lists_of_records_are_lines_and_fit_their_schema() -> None:
    with WORLD.instance() as instance:
        step = instance.call("quotes")
        assert step.text == "- carrier: Swift; price: £5.00\n- carrier: Slow; price: £2.50"
        jsonschema.validate(step.data, output_schema(WORLD.world.tools["quotes"], WORLD.program.views))
        step = instance.call("offer", box_id=2)
        assert (
            step.text == "box: box 2 Tin: weight 3 kg, not fragile\nquotes:\n- carrier: Swift; price: £5.00\nnone: none"
        )
        jsonschema.validate(step.data, output_schema(WORLD.world.tools["offer"], WORLD.program.views))


def test_a_long_page_says_how_many_rows_only_the_json_holds() -> None:
    with WORLD.instance() as instance:
        step = instance.call("search_boxes", limit=50)
        assert len(step.text) <= BUDGET + 40
        shown = sum(line.startswith("- box ") for line in step.text.splitlines())
        assert step.text.splitlines()[-1] == f"- and {50 - shown} more in the JSON."
        assert instance.call("search_boxes", limit=2).text.startswith("2 boxes (raise offset for more):\n- box 1 Crate")
        assert instance.call("search_boxes", name="nothing").text == "No boxes found."


def test_other_than_also_finds_rows_without_a_value() -> None:
    with WORLD.instance() as instance:
        data = instance.call("other_notes", note="x" * 120).data
        assert data is not None
        assert [row["id"] for row in data["results"]] == [1, 2]


def test_refusals_end_their_sentence_before_the_hint() -> None:
    assert say_refusal(Refusal(Code.NOT_FOUND, "there is no box 9", "search_boxes")) == (
        "Refused (not found): there is no box 9. Try: search_boxes"
    )
    assert say_refusal(Refusal(Code.CONFLICT, "It is taken.")) == "Refused (conflict): It is taken."
