"""Runs: played, interrupted, continued, graded again, exported and reported."""

from __future__ import annotations

import random
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import orjson
import pytest

from agentworlds.registry import CONTENT
from tests.e2e.command import COMMAND, agentworlds


def episodes(folder: Path) -> list[dict[str, Any]]:
    """A run's trajectories without what is measured."""
    found = [orjson.loads(line) for line in (folder / "episodes.jsonl").read_bytes().splitlines()]
    for one in found:
        for turn in one["turns"]:
            turn.pop("latency_us", None)
    return found


@pytest.fixture(scope="module")
def played(clinic: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of the reference, random and quitter agents."""
    folder = tmp_path_factory.mktemp("runs")
    for agent in ("reference", "random", "quitter"):
        out = folder / agent
        assert agentworlds("run", "--agent", agent, "--worlds", clinic, "--episodes", "10", "--out", out).code == 0
    return folder


def test_a_run_says_how_it_went(clinic: Path) -> None:
    ran = agentworlds("run", "--worlds", clinic, "--episodes", "10", "--json")
    assert ran.json == {"episodes": 10, "success": 1.0, "reward": 1.0, "steps": 2.9, "faults": 0}
    assert list(ran.json) == ["episodes", "success", "reward", "steps", "faults"]
    idle = agentworlds("run", "--agent", "idle", "--worlds", clinic, "--episodes", "5").out
    assert idle == "idle: 5 episodes, success 0.0%, reward 0.000, 0.0 calls each, 0 faults\n"


def test_a_run_holds_every_episode_once_and_continues(clinic: Path, here: Path) -> None:
    run = ("run", "--agent", "random", "--worlds", clinic, "--out", "out")
    agentworlds(*run, "--episodes", "7")
    first = (here / "out" / "episodes.jsonl").read_bytes()
    assert agentworlds(*run, "--episodes", "12", "--json").json["episodes"] == 12
    whole = (here / "out" / "episodes.jsonl").read_bytes()
    assert whole.startswith(first)
    keys = [(one["world"], one["seed"], one["task"]) for one in episodes(here / "out")]
    assert keys == [("clinic", number // 5, number % 5) for number in range(12)]


def test_a_half_written_last_line_is_mended(clinic: Path, here: Path) -> None:
    run = ("run", "--agent", "random", "--worlds", clinic, "--episodes", "10", "--out", "out")
    agentworlds(*run)
    whole = episodes(here / "out")
    file = here / "out" / "episodes.jsonl"
    content = file.read_bytes()
    for cut in (1, 2, 500, len(content) // 2, len(content) - 1):
        file.write_bytes(content[:-cut])
        assert agentworlds(*run).code == 0
        assert episodes(here / "out") == whole


def kill_and_continue(worlds: str, number: int, kills: int, here: Path) -> None:
    """Play a run that is killed at random moments, and compare it with one that is not."""
    run = ["run", "--agent", "random", "--worlds", worlds, "--episodes", str(number), "--out"]
    assert agentworlds(*run, "undisturbed").code == 0
    file, chance = here / "killed" / "episodes.jsonl", random.Random(20260302)
    for _ in range(kills):
        process = subprocess.Popen([COMMAND, *run, "killed"], stdout=subprocess.DEVNULL)
        start = file.stat().st_size if file.exists() else 0
        while process.poll() is None and not (file.exists() and file.stat().st_size > start):
            time.sleep(0.002)
        time.sleep(chance.uniform(0, 0.1))
        process.kill()
        process.wait()
    assert len(file.read_bytes().splitlines()) < number
    assert agentworlds(*run, "killed").code == 0
    assert episodes(here / "killed") == episodes(here / "undisturbed")


def test_a_killed_run_ends_as_an_undisturbed_one(clinic: Path, here: Path) -> None:
    kill_and_continue(str(clinic), 300, 4, here)


@pytest.mark.full
def test_a_run_of_every_world_that_is_killed_often_ends_as_an_undisturbed_one(here: Path) -> None:
    kill_and_continue(",".join(CONTENT.ids("domains")), 600, 20, here)


def test_a_run_of_another_version_of_a_world_is_not_continued(clinic: Path, here: Path) -> None:
    run = ("run", "--worlds", "clinic.py", "--episodes", "5", "--out", "out")
    script = clinic.read_text()
    (here / "clinic.py").write_text(script)
    agentworlds(*run)
    before = (here / "out" / "episodes.jsonl").read_bytes()
    (here / "clinic.py").write_text(script.replace("draw.many(30)", "draw.many(31)"))
    for again in (run, ("score", "out", "--worlds", "clinic.py"), ("export", "out", "--worlds", "clinic.py")):
        ran = agentworlds(*again)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err == "agentworlds: clinic, seed 0: the run was played in another version of this world\n"
    assert (here / "out" / "episodes.jsonl").read_bytes() == before


def test_worlds_and_seeds_take_turns(clinic: Path, here: Path) -> None:
    agentworlds("new", "surgery")
    agentworlds("run", "--worlds", f"{clinic},surgery.py", "--episodes", "14", "--seed", "8", "--out", "out")
    keys = [(one["world"], one["seed"], one["task"]) for one in episodes(here / "out")]
    assert keys[:3] == [("clinic", 8, 0), ("surgery", 8, 0), ("clinic", 8, 1)]
    assert keys[10:] == [("clinic", 9, 0), ("surgery", 9, 0), ("clinic", 9, 1), ("surgery", 9, 1)]


def test_held_out_wordings_are_other_episodes(clinic: Path, here: Path) -> None:
    for wording in ("train", "test"):
        agentworlds("run", "--worlds", clinic, "--episodes", "5", "--wording", wording, "--out", "out")
    found = episodes(here / "out")
    assert [one["wording"] for one in found] == ["train"] * 5 + ["test"] * 5
    assert all(one["instruction"] != other["instruction"] for one, other in zip(found[:5], found[5:], strict=True))


@pytest.mark.parametrize("agent", ["reference", "random", "quitter"])
def test_verdicts_follow_from_the_final_state(agent: str, clinic: Path, played: Path) -> None:
    scored = agentworlds("score", played / agent, "--worlds", clinic, "--json")
    assert (scored.code, scored.json) == (0, {"episodes": 10, "differing": []})


def test_a_changed_verdict_is_found(clinic: Path, played: Path, here: Path) -> None:
    lines = [orjson.loads(line) for line in (played / "quitter" / "episodes.jsonl").read_bytes().splitlines()]
    lines[0]["verdict"]["success"] = True
    (here / "changed.jsonl").write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    scored = agentworlds("score", "changed.jsonl", "--worlds", clinic, "--json")
    assert scored.code == 1
    assert scored.json["differing"] == [{"world": "clinic", "seed": 0, "task": 0, "agent": "quitter"}]
    assert agentworlds("score", "changed.jsonl", "--worlds", clinic).out == "10 episodes graded again, 1 differ\n"


def test_a_packaged_world_needs_no_naming(here: Path) -> None:
    agentworlds("run", "--worlds", "bookshop", "--episodes", "2", "--out", "out")
    assert agentworlds("score", "out").out == "2 episodes graded again, 0 differ\n"
    assert len(agentworlds("export", "out").out.splitlines()) == 2


def check_messages(line: dict[str, Any]) -> None:
    """What chat-completion APIs demand of a conversation with tool calls."""
    assert list(line) == ["messages", "tools", "world", "task", "seed", "success"]
    system, user, *rest = line["messages"]
    assert (system["role"], user["role"]) == ("system", "user")
    assert system["content"]
    assert user["content"]
    names = {tool["function"]["name"] for tool in line["tools"]}
    ids = set()
    for call, answer in zip(rest[::2], rest[1::2], strict=True):
        (wanted,) = call["tool_calls"]
        assert call == {"role": "assistant", "content": None, "tool_calls": [wanted]}
        assert (wanted["type"], wanted["function"]["name"] in names) == ("function", True)
        assert isinstance(orjson.loads(wanted["function"]["arguments"]), dict)
        assert (answer["role"], answer["tool_call_id"]) == ("tool", wanted["id"])
        assert isinstance(orjson.loads(answer["content"]), dict)
        ids.add(wanted["id"])
    assert len(ids) == len(rest) // 2


@pytest.mark.parametrize("agent", ["reference", "random", "quitter"])
def test_exported_messages_are_valid(agent: str, clinic: Path, played: Path, here: Path) -> None:
    ran = agentworlds("export", played / agent, "--format", "messages", "--worlds", clinic, "--out", "train.jsonl")
    assert (ran.code, ran.out) == (0, "")
    lines = [orjson.loads(line) for line in (here / "train.jsonl").read_bytes().splitlines()]
    assert len(lines) == 10
    for line, one in zip(lines, episodes(played / agent), strict=True):
        check_messages(line)
        calls = [call["tool_calls"][0]["function"]["name"] for call in line["messages"][2::2]]
        turns = [turn["tool"] for turn in one["turns"]]
        assert calls == turns + ["finish"] * one.get("finished", True)
    printed = agentworlds("export", played / agent, "--worlds", clinic).out
    assert printed.encode() == (here / "train.jsonl").read_bytes()


def test_failures_can_be_left_out_of_an_export(clinic: Path, played: Path) -> None:
    for agent, kept in (("reference", 10), ("quitter", 2)):
        ran = agentworlds("export", played / agent, "--only-success", "--worlds", clinic)
        lines = [orjson.loads(line) for line in ran.out.splitlines()]
        assert [line["success"] for line in lines] == [True] * kept


def test_a_report_is_one_page_that_loads_nothing(played: Path, here: Path) -> None:
    ran = agentworlds(
        "report", played / "reference", played / "random", "--out", "out", "--title", "Two & two", "--json"
    )
    assert ran.json == {"episodes": 20, "page": "out/report.html", "json": "out/report.json"}
    page = (here / "out" / "report.html").read_text()
    assert "<title>Two &amp; two</title>" in page
    assert re.findall(r"<script|<link|@import|url\(|(?:src|href)=(?![\"']?#)", page) == []
    summary = orjson.loads((here / "out" / "report.json").read_bytes())
    assert {row["agent"] for row in summary["agents"]} == {"reference", "random"}


def test_a_report_lies_beside_its_run(clinic: Path, here: Path) -> None:
    agentworlds("run", "--worlds", clinic, "--episodes", "5", "--out", "out")
    assert agentworlds("report", "out").out == "wrote out/report.html and report.json (5 episodes)\n"
    assert sorted(path.name for path in (here / "out").iterdir()) == ["episodes.jsonl", "report.html", "report.json"]
