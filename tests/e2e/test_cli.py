"""The verbs for authors, for looking around and for certifying."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import agentworlds as library
from agentworlds.cli.main import VERBS
from agentworlds.registry import CONTENT
from tests.e2e.command import agentworlds

BAD_INTENT = """

@world.intent(
    "Greet {owner.name}.",
    "Please say hello to {owner.name} for us.",
    "A friendly word for {owner.name} would be nice.",
    "{owner.name} likes being greeted; do so.",
    "Would you welcome {owner.name} today?",
    "Bid {owner.name} good morning.",
    "Our regards go to the client {owner.name}, pass them on.",
    "Hi there: wave at {owner.name} when you can.",
)
def greet(draw: TaskDraw) -> Task:
    def solve(do: Do) -> None:
        do.search_owners()

    return draw.task(solve, owner=draw.pick(Owner))
"""
"""An intent whose reference changes nothing, so that doing nothing succeeds."""


def test_the_command_lists_its_verbs_and_each_explains_itself_with_an_example() -> None:
    listed = agentworlds("--help").out
    for verb in VERBS:
        assert re.search(rf"^  {verb} ", listed, re.M), verb
        ran = agentworlds(verb, "--help")
        assert ran.code == 0
        assert re.search(rf"^  (.*\| )?agentworlds {verb}\b", ran.out, re.M), verb


def test_the_version_is_the_packages() -> None:
    assert agentworlds("--version").out.strip().endswith(library.__version__)


def test_a_new_world_checks_and_certifies(here: Path) -> None:
    assert agentworlds("new", "corner_shop").out == (
        "wrote corner_shop.py; next: agentworlds check corner_shop.py, agentworlds play corner_shop.py\n"
    )
    checked = agentworlds("check", "corner_shop.py")
    assert (checked.code, checked.out) == (0, "1 script checked, no problem found\n")
    certified = agentworlds("certify", "corner_shop.py", "--json")
    assert certified.code == 0
    assert certified.json["certified"] == certified.json["tasks"] > 0


def test_new_refuses_to_overwrite(here: Path) -> None:
    (here / "mine.py").write_text("precious")
    ran = agentworlds("new", "mine")
    assert (ran.code, ran.out, ran.err) == (2, "", "Error: mine.py is there already; nothing was written\n")
    assert (here / "mine.py").read_text() == "precious"


@pytest.mark.parametrize("name", ["Bad-Name", "2nd", "a/b", "", "with space"])
def test_new_takes_only_snake_case(name: str, here: Path) -> None:
    ran = agentworlds("new", name)
    assert ran.code == 2
    assert f"expected snake_case such as 'my_clinic', got {name!r}" in ran.err
    assert list(here.iterdir()) == []


def test_check_names_file_and_line_of_every_problem(here: Path, clinic: Path) -> None:
    lines = clinic.read_text().splitlines()
    table, reads = (lines.index(line) for line in ("class Owner(Row):", next(x for x in lines if "reads(Pet" in x)))
    lines[table + 1] = "    name: float"
    lines[reads] = lines[reads].replace('"species"', '"speceis"')
    (here / "bad.py").write_text("\n".join(lines))
    ran = agentworlds("check", "bad.py")
    assert ran.code == 1
    assert re.fullmatch(rf"bad\.py:{table + 2}: .*float.*\n", ran.out)
    lines[table + 1] = "    name: PersonName"
    (here / "bad.py").write_text("\n".join(lines))
    found = agentworlds("check", "bad.py", "--json")
    assert found.code == 1
    (problem,) = found.json
    assert (problem["file"], problem["line"]) == ("bad.py", reads + 1)
    assert "did you mean 'species'?" in problem["message"]


def test_check_goes_through_several_scripts(here: Path, clinic: Path) -> None:
    (here / "broken.py").write_text("world = (\n")
    ran = agentworlds("check", clinic, "broken.py")
    assert ran.code == 1
    assert ran.out == "broken.py:1: not Python: '(' was never closed\n"


def test_a_bundle_is_the_same_bytes_twice_and_runs(here: Path, clinic: Path) -> None:
    built = agentworlds("build", clinic, "--seed", "3", "--out", "one.world", "--json")
    assert agentworlds("build", clinic, "--seed", "3", "--out", "two.world").code == 0
    assert (here / "one.world").read_bytes() == (here / "two.world").read_bytes()
    summary = built.json
    assert summary["tasks"] == summary["certified"] == 5
    assert summary["bytes"] == (here / "one.world").stat().st_size
    ran = agentworlds("run", "--worlds", "one.world", "--episodes", "5", "--seed", "3", "--out", "out", "--json")
    assert ran.json["success"] == 1.0
    for source in ("one.world", clinic):
        assert agentworlds("score", "out", "--worlds", source).out == "5 episodes graded again, 0 differ\n"
    assert agentworlds("build", "one.world", "--seed", "3", "--out", "again.world").code == 0
    assert (here / "again.world").read_bytes() == (here / "one.world").read_bytes()


def test_a_damaged_bundle_is_one_clear_line(here: Path, clinic: Path) -> None:
    assert agentworlds("build", clinic, "--out", "whole.world").code == 0
    content = (here / "whole.world").read_bytes()
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 1
    for name, damaged in {"half": content[:20_000], "flipped": bytes(flipped), "empty": b""}.items():
        (here / f"{name}.world").write_bytes(damaged)
        ran = agentworlds("show", f"{name}.world")
        assert (ran.code, ran.out) == (2, "")
        assert re.fullmatch(rf"agentworlds: {name}\.world is (not a bundle: .*|damaged: .*)\n", ran.err)


def test_list_describes_every_packaged_world() -> None:
    listed = agentworlds("list", "--json").json
    assert [one["id"] for one in listed] == CONTENT.ids("domains")
    assert {tuple(one) for one in listed} == {("id", "title", "tables", "tools", "writes", "rows", "intents")}
    table = agentworlds("list").out
    assert all(one["id"] in table for one in listed)


def test_list_describes_every_suite() -> None:
    listed = agentworlds("list", "--suites", "--json").json
    assert [one["id"] for one in listed] == CONTENT.ids("suites")
    assert {tuple(one) for one in listed} == {("id", "tools", "tables", "intents", "wraps")}
    assert all(one["tools"] >= 5 and one["tables"] and one["intents"] >= 5 for one in listed)
    assert "SQLite FTS5" in agentworlds("list", "--suites").out


def test_a_suite_is_certified_alone_with_another_engine() -> None:
    found = agentworlds("certify", "suite:search", "--engine", "search=bm25s", "--json")
    assert found.code == 0
    assert found.json["certified"] == found.json["tasks"] >= 15
    wrong = agentworlds("certify", "suite:search", "--engine", "search=bm52s")
    assert wrong.code == 1
    assert "search has no engine 'bm52s'; did you mean 'bm25s'" in wrong.err
    assert agentworlds("certify", "suite:search", "--engine", "bm25s").code == 2


def test_show_gives_a_world_and_each_of_its_parts(clinic: Path) -> None:
    page = agentworlds("show", clinic).out
    assert page.startswith("Willow Street Vets (clinic): A neighbourhood veterinary clinic")
    assert [line for line in page.splitlines() if line and line[0] != " "][1:] == [
        "Tables",
        "Tools",
        "Rules",
        "Intents",
    ]
    assert agentworlds("show", clinic, "--tool", "plan_visit").json["inputSchema"]["required"] == [
        "pet_id", "starts", "reason",
    ]  # fmt: skip
    whole = agentworlds("show", clinic, "--json").json
    assert {"id", "tables", "tool_schemas"} <= whole.keys()
    assert agentworlds("show", clinic, "--schema").out.count("CREATE TABLE") == whole["tables"] == 3
    task = agentworlds("show", clinic, "--task", "0", "--seed", "1").out
    assert task.startswith("clinic, seed 1, task 0: plan_a_visit (write), 2 contributing calls\n")
    assert "  2. plan_visit(" in task
    assert (
        agentworlds("show", clinic, "--task", "0", "--seed", "1", "--json").json["solution"][1]["tool"] == "plan_visit"
    )


def test_certify_says_what_it_found(clinic: Path) -> None:
    found = agentworlds("certify", clinic, "--seeds", "2", "--json")
    assert found.code == 0
    assert list(found.json) == ["tasks", "certified", "rejected_draws", "success", "mutants", "failures"]
    assert list(found.json["success"]) == ["reference", "idle", "quitter", "random"]
    assert list(found.json["mutants"]) == ["tried", "equivalent", "failed"]
    assert (found.json["tasks"], found.json["certified"], found.json["failures"]) == (10, 10, [])
    assert "5 of 5 tasks certified" in agentworlds("certify", clinic).out


def test_certify_fails_for_a_task_that_is_no_task(here: Path, clinic: Path) -> None:
    script = clinic.read_text() + BAD_INTENT
    (here / "bad.py").write_text(script)
    line = script[: script.index('    "Greet {owner.name}."')].count("\n")
    ran = agentworlds("certify", "bad.py")
    assert ran.code == 1
    assert (
        f"bad.py:{line}: greet (seed 0, task 3 and 1 more): doing nothing succeeds: the goal is true at the start"
        in ran.out
    )


def test_the_demo_certifies_plays_and_reports(here: Path, clinic: Path) -> None:
    ran = agentworlds("demo", "--worlds", clinic, "--seeds", "1", "--out", "out", "--json")
    assert ran.code == 0
    assert list(ran.json) == ["certify", "runs", "report"]
    assert ran.json["certify"]["certified"] == ran.json["certify"]["tasks"] == 5
    rates = {agent: found["success"] for agent, found in ran.json["runs"].items()}
    assert rates == {"reference": 1.0, "idle": 0.0, "quitter": 0.2, "random": 0.0, "lexical": 0.2}
    assert Path(ran.json["report"]).is_file()
    again = agentworlds("demo", "--worlds", clinic, "--seeds", "1", "--out", "out")
    assert "1 world, 5 of 5 tasks certified over 1 seed\n" in again.out


def test_the_demo_of_training_shows_the_policy_beside_other_agents(here: Path, clinic: Path) -> None:
    words = ("demo", "--worlds", clinic, "--train", "0.001", "--out", "out")
    ran = agentworlds(*words)
    assert ran.code == 0, ran.err
    header, row = ran.out.splitlines()[3:5]
    assert header.split() == ["policy", "random", "lexical", "reference"]
    assert row.split()[0] == str(clinic)
    assert row.split()[-1] == "100.0%"
    assert "Finished." in (here / "out" / "report.html").read_text()
    again = agentworlds(*words, "--json")  # a finished run is not trained again
    assert list(again.json["success"]) == ["policy", "random", "lexical", "reference"]
    assert again.json["success"]["policy"] == again.json["train"]["by_world"]
    assert again.json["report"] == "out/report.html"
