"""What certifying a whole world finds beside the certificates of its tasks."""

from __future__ import annotations

import re

from agentworlds.certify.survey import certify_worlds
from tests.unit.shelter import world_of

SCRIPT = '''"""Counting."""
from agentworlds import Answer, Do, Draw, Row, Task, TaskDraw, Word, World, count, insert, rows

world = World("shelter", title="Counting")


@world.table
class Pet(Row):
    name: Word


@world.tool
def rename_pet(pet: Pet, name: Word) -> Pet:
    """Give a pet another name."""
    pet.name = name
    return pet


world.reads(Pet, by=("name",))


@world.data
def fill(draw: Draw) -> None:
    for name in ("Milo", "Milo", "Rex", "Nala"):
        insert(Pet(name=name))


@world.intent(
    "How many pets are called {name}?", "Count the animals by the name of {name}.", "{name}: what number of pets answers to that?",
    "Tell me the total for the name {name}.", "Of all our pets, how often does {name} occur?", "I need a figure: pets, named {name}.",
    "Find out in what quantity we keep animals that listen to {name}.", "Is there one {name} or are there more, and how many then?",
    kind="question",
)
def how_many(draw: TaskDraw) -> Task:
    name = draw.choice(["Milo", "Rex"])

    def solve(do: Do) -> int:
        return do.count(do.search_pets(name=name))

    return draw.task(solve, answer=Answer.number(count(Pet, name=name)), name=name)


@world.impossible(how_many)
def how_many_of_none(draw: TaskDraw) -> Task:
    def solve(do: Do) -> None:
        do.count(do.search_pets(name="Zed"))

    return draw.task(solve, FORM impossible=True, name="Zed")
'''


def problems(form: str) -> list[str]:
    return certify_worlds([world_of(SCRIPT.replace("FORM", form))], [0]).problems


def test_a_twin_whose_request_ends_differently_gives_itself_away() -> None:
    (problem,) = problems("")
    assert re.fullmatch(
        r"shelter.how_many_of_none: the twin's request ends 'Answer with the number only.', and this one's '': "
        r"give answer=Answer.… for its form",
        problem,
    )


def test_a_twin_gives_an_answer_for_its_form_and_none_is_right() -> None:
    assert problems("answer=Answer.number(0),") == []
    world = world_of(SCRIPT.replace("FORM", "answer=Answer.number(0),"))
    with world.episode("how_many_of_none") as episode:
        assert episode.instruction.endswith("Answer with the number only.")
        assert not episode.finish(0).success
        episode.reset()
        assert episode.finish(impossible=True).success
