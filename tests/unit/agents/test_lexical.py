"""The word-matching rule: the same play always, in every world, and a yardstick that is not zero."""

import os
import re
import subprocess
from pathlib import Path

import orjson
import pytest

import agentworlds
from agentworlds.agents.builtin import make_agent
from agentworlds.agents.lexical import stems
from agentworlds.agents.rollout import roll_out
from agentworlds.registry import CONTENT
from tests.e2e.command import COMMAND

README = Path(__file__).parents[3] / "README.md"


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """The world of the front page: one kind of task, two searches and a loan."""
    script = tmp_path_factory.mktemp("library") / "library.py"
    script.write_text(re.search(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)[1])
    return script


def calls(played):
    return [(turn.tool, turn.arguments) for turn in played.turns]


def test_it_lends_most_books_of_the_library(library):
    world, agent = agentworlds.load(library), make_agent("lexical")
    played = [roll_out(world, task, seed, agent) for task in range(world.task_count) for seed in range(1000, 1020)]
    assert sum(one.verdict.success for one in played) > 0.7 * len(played)
    assert not any(roll_out(world, 0, seed, make_agent("idle")).verdict.success for seed in range(1000, 1020))


@pytest.mark.parametrize("id", CONTENT.ids("domains"))
def test_it_plays_every_world_without_a_fault_and_the_same_way_again(id):
    world, agent = agentworlds.load(id), make_agent("lexical")
    for task in range(4):
        first, again = (roll_out(world, task, 1000, agent, agent_seed) for agent_seed in (0, 1))
        assert first.fault is None
        assert first.verdict is not None
        assert (calls(first), first.answer, first.impossible) == (calls(again), again.answer, again.impossible)


def test_it_plays_where_tools_behave_as_real_services_do():
    world, agent = agentworlds.load("vet_clinic"), make_agent("lexical")
    assert [roll_out(world, task, 1000, agent, perturb="harsh").fault for task in range(4)] == [None] * 4


def test_the_command_plays_it_alike_under_any_hash_seed(library, tmp_path):
    found = []
    for seed in ("1", "2"):
        out = tmp_path / seed
        arguments = ["run", "--agent", "lexical", "--worlds", str(library), "--episodes", "8", "--out", str(out)]
        environment = os.environ | {"PYTHONHASHSEED": seed}
        subprocess.run([COMMAND, *arguments], env=environment, check=True)
        lines = (out / "episodes.jsonl").read_bytes().splitlines()
        found.append([[(turn["tool"], turn["arguments"]) for turn in orjson.loads(line)["turns"]] for line in lines])
    assert len(found[0]) == 8
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Cancel the booking", {"cancel", "book"}),
        ("cancelled bookings", {"cancel", "book"}),
        ("Send an e-mail", {"send", "email"}),
        ("search_owners", {"search", "owner"}),
        ("is it on", set()),
    ],
)
def test_words_lose_their_endings(text, found):
    assert stems(text) == found
