"""Answers are compared after sensible normalisation, and an answer of the wrong sort is wrong, never an error."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentworlds.judge.answers import is_right
from agentworlds.spec.answers import Answer, AnswerKind
from agentworlds.spec.rows import using
from tests.unit.shelter import shelter

MONEY = Answer.money(Decimal("1250"))
NUMBER = Answer.number(12)
DAY = Answer.day(date(2026, 3, 2))
YES = Answer.choice("yes", ("yes", "no"))
NO = Answer.choice("no", ("yes", "no"))
TRUE = Answer.choice("true", ("true", "false"))
DOG = Answer.choice("guinea pig", ("dog", "guinea pig"))
NAMES = Answer.items(["Milo", "Luna"])
RANKED = Answer.items(["Milo", "Luna"], ordered=True)
AMOUNTS = Answer.items([Decimal("12.50"), 3])
TITLE = Answer.text("The Salt Road")
ROW = Answer(AnswerKind.ROW, 3, labels=("Night Trains",))
UNNAMED = Answer(AnswerKind.ROW, 3)

RIGHT: list[tuple[Answer, Any]] = [
    *((MONEY, given) for given in ("£1,250.00", "1250", 1250, 1250.0, "1,250", "£1250", "1250.00 GBP", "GBP 1,250.00",
                                   " £ 1,250.00. ", Decimal(1250), "1250£", "about 1250", "1250 pounds")),
    *((NUMBER, given) for given in (12, 12.0, "12", "12.0", " 12. ", "12%", "It is 12.")),
    *((DAY, given) for given in ("2026-03-02", "2 March 2026", "March 2, 2026", "2nd of March 2026", "Mar 2nd 2026",
                                 "Monday, 2 March 2026", "2026-03-02T09:30:00", "02 mar 2026.", "the 2nd of March, 2026", "2/3/2026", "2 March")),
    *((YES, given) for given in ("yes", "Yes.", True, "true", "Y", " YES ")),
    *((NO, given) for given in ("no", False, "false", "N")),
    *((TRUE, given) for given in (True, "true", "yes", "True.")),
    *((DOG, given) for given in ("guinea pig", "Guinea Pig", "a guinea pig")),
    *((NAMES, given) for given in (["Luna", "Milo"], ["milo", "LUNA"], "Milo, Luna", "Luna and Milo", "Luna; Milo", "Luna\nMilo")),
    *((RANKED, given) for given in (["Milo", "Luna"], "Milo, Luna")),
    *((AMOUNTS, given) for given in ([12.5, "3"], ["£12.50", 3.0], "12.50, 3")),
    *((TITLE, given) for given in ("The Salt Road", "salt road", '"The Salt Road".', "THE  SALT ROAD")),
    *((ROW, given) for given in (3, "3", 3.0, "Night Trains", "night trains.")),
    (UNNAMED, 3),
]  # fmt: skip

WRONG: list[tuple[Answer, Any]] = [
    *((MONEY, given) for given in ("£1,250.01", "1,25", "12,50", "1250 or 1251", "", "1.250,00", True, None,
                                   float("nan"), float("inf"), [1250], {"amount": 1250}, "£", "-1250")),
    *((NUMBER, given) for given in (13, "twelve", True, "1 2", "-12", "٣", "12 of 13", [12])),
    *((DAY, given) for given in ("2026-03-03", "3/2/2026", "March 2026", "3 March", "32 March 2026", "30 February 2026",
                                 20260302, "² March 2026", "2 or 3 March 2026, maybe 4 March", ["2026-03-02"])),
    *((YES, given) for given in ("no", False, "maybe", 1, "", "yes and no", ["yes"])),
    *((TRUE, given) for given in (False, "no", "false")),
    *((NAMES, given) for given in (["Milo"], ["Milo", "Luna", "Rex"], ["Milo", "Milo"], {"Milo": 1}, [["Milo"], "Luna"], 7, [])),
    *((RANKED, given) for given in (["Luna", "Milo"], "Luna and Milo")),
    *((AMOUNTS, given) for given in ([12.51, 3], [12.5], [True, 12.5])),
    *((TITLE, given) for given in ("Salt", "The Salt Road and more", ["The Salt Road"], None, "")),
    *((ROW, given) for given in (4, "Night", True, None, "3.5", [3])),
    *((UNNAMED, given) for given in ("None", "", "Night Trains")),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "given"), RIGHT, ids=ascii)
def test_a_right_answer_is_right_however_it_is_put(expected: Answer, given: Any) -> None:
    assert is_right(expected, given)


@pytest.mark.parametrize(("expected", "given"), WRONG, ids=ascii)
def test_a_wrong_answer_is_wrong(expected: Answer, given: Any) -> None:
    assert not is_right(expected, given)


ALL = [MONEY, NUMBER, DAY, YES, TRUE, DOG, NAMES, RANKED, AMOUNTS, TITLE, ROW, UNNAMED]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=150)
@given(JSON)
def test_no_answer_is_an_error(given: Any) -> None:
    for expected in ALL:
        assert is_right(expected, given) in (True, False)


@pytest.mark.parametrize(
    "given",
    ["1" * 200_000 + "x", "1," * 100_000 + "x", 10**5000, "1" * 5000 + " March 2026", [10**5000], "-" * 100_000,
     " " * 100_000 + "x", "2 " * 100_000],
    ids=["digits", "commas", "number", "day", "list", "dashes", "spaces", "words"],
)  # fmt: skip
def test_a_monstrous_answer_is_wrong_and_costs_little(given: Any) -> None:
    start = time.process_time()
    assert not any(is_right(expected, given) for expected in ALL)
    assert time.process_time() - start < 1.0


HINTS = [
    (NUMBER, "Answer with the number only."),
    (MONEY, "Answer with the amount only."),
    (DAY, "Answer with the date only."),
    (YES, "Answer with yes or no."),
    (NAMES, "Answer with a list."),
    (RANKED, "Answer with a list in that order."),
    (ROW, "Answer with its name or id only."),
    (TITLE, "Answer with that word or name only."),
]


@pytest.mark.parametrize(("expected", "hint"), HINTS)
def test_the_hint_gives_only_the_form_away(expected: Answer, hint: str) -> None:
    assert expected.hint == hint


def test_a_choice_must_be_one_of_its_options() -> None:
    with pytest.raises(ValueError, match="'perhaps' is not one of yes, no"):
        Answer.choice("perhaps", ("yes", "no"))


def test_a_row_is_answered_by_its_name_where_that_is_unique() -> None:
    with shelter().instance() as instance:
        instance.call("add_pet", owner_id=2, name="Rex", species="dog")
        pet = next(table.cls for table in instance.program.tables if table.name == "pet")
        with using(instance.store):
            answers = [Answer.row(instance.store.ghost(pet, id)) for id in (1, 3)]
    assert answers == [Answer(AnswerKind.ROW, 1, labels=("Milo",)), Answer(AnswerKind.ROW, 3)]
