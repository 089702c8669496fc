"""No argument of a reference may be something that an agent could not know; messages say what they hold."""

from __future__ import annotations

from typing import Any

import pytest

from agentworlds.tasks.solver import Do, SolutionFailed
from agentworlds.tasks.tracing import untraceable
from tests.unit.shelter import shelter


def peeks(slots: dict[str, Any], solve: Any) -> list[str]:
    world = shelter()
    with world.instance() as instance:
        do = Do(instance)
        solve(do)
        return untraceable(world.program, "", slots, None, do.called, do.derived)


def told(do: Do) -> None:
    owner = do.search_owners(name="Ada")[0]
    pet = do.search_pets(owner_id=owner.id)[0]
    do.set_weight(pet_id=pet.id, weight=3.5)


CASES: list[tuple[str, dict[str, Any], Any, list[str]]] = [
    ("all is known", {"owner": "Ada Lovelace", "weight": 3.5}, told, []),
    ("a peeked number", {"owner": "Ada"}, told, ["set_weight(weight=3.5): nothing tells the agent this value"]),
    ("a peeked name", {"weight": 3.5}, told, ["search_owners(name='Ada'): nothing tells the agent this value; if its words are free, make it with do.compose(…)"]),
    ("a peeked id", {}, lambda do: do.get_pet(pet_id=2), ["get_pet(pet_id=2): nothing tells the agent this value"]),
    ("an id of another table", {}, lambda do: (do.search_owners(), do.get_visit(visit_id=1)),
     ["get_visit(visit_id=1): nothing tells the agent this value"]),
    ("an id that a row shows", {}, lambda do: (do.search_pets(), do.get_owner(owner_id=2)), []),
    ("a choice and a page", {}, lambda do: do.search_pets(species="dog", neutered=True, limit=7, sort="-name"), []),
    ("a sum of known numbers", {}, lambda do: (do.search_pets(), do.search_pets(weight_min=do.sum([12.5, 0.9]))), []),
    ("a sum of unknown ones", {}, lambda do: do.search_pets(weight_min=do.sum([30, 31])),
     ["sum(…) uses 30, which the agent cannot know", "search_pets(weight_min=61): nothing tells the agent this value"]),
    ("a number in a text that was seen", {}, lambda do: (do.search_pets(), do.set_weight(pet_id=1, weight=12.5)), []),
    ("a number that only the reference's own message states", {"owner": "Ada Lovelace"},
     lambda do: (do.search_owners(), do.search_visits(), do.compose("It weighs 77.5 kg."), do.search_pets(weight_min=77.5)),
     ["search_pets(weight_min=77.5): nothing tells the agent this value"]),
    ("today", {}, lambda do: do.search_visits(starts_from="2026-03-02"), []),
    ("days after today", {"days": 2}, lambda do: do.search_visits(starts_from=do.shift("2026-03-02", days=2)), []),
    ("days that nobody said", {}, lambda do: do.search_visits(starts_from=do.shift("2026-03-02", days=9)),
     ["shift(…) uses 9, which the agent cannot know",
      "search_visits(starts_from='2026-03-11'): nothing tells the agent this value"]),
]  # fmt: skip


@pytest.mark.parametrize(("slots", "solve", "problems"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_what_nobody_told_is_named(slots: dict[str, Any], solve: Any, problems: list[str]) -> None:
    assert peeks(slots, solve) == problems


def test_values_are_worked_out_exactly() -> None:
    with shelter().instance() as instance:
        do = Do(instance)
        assert [
            do.sum([0.1, 0.2]), do.difference(1.1, 1), do.product(12.35, 3), do.percent(15, 12.5), do.count([1, 2]),
            do.shift("2028-02-28", days=1), do.shift("2026-03-01T00:10:00", minutes=-20),
        ] == [0.3, 0.1, 37.05, 1.88, 2, "2028-02-29", "2026-02-28T23:50:00"]  # fmt: skip


def test_a_composed_message_reads_well_and_keeps_its_facts() -> None:
    with shelter().instance() as instance:
        do = Do(instance)
        text = do.compose(
            "{who}: {day}, {when}, {cost}.", who="Tom", day="2026-03-02", when="2026-03-02T09:30:00", cost=12.5
        )
    assert str(text) == "Tom: 2 March 2026, 2 March 2026 at 09:30, 12.50."
    assert text.facts == ["Tom", "2026-03-02", "2026-03-02T09:30:00", 12.5]


def test_an_unexpected_refusal_fails_the_solution_and_an_attempt_does_not() -> None:
    with shelter().instance() as instance:
        do = Do(instance)
        with pytest.raises(SolutionFailed, match="was refused"):
            do.get_pet(pet_id=99)
        assert do.attempt("get_pet", pet_id=98) is None
        with pytest.raises(SolutionFailed, match="found 0 rows"):
            do.search_pets(name="Nobody")[0]
        with pytest.raises(SolutionFailed, match="gave no 'nam'"):
            _ = do.search_pets()[0].nam
        assert [call.ok for call in do.called] == [False, False, True, True]
