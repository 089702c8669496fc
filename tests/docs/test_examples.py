"""Every Python block of the documentation runs, page by page, top to bottom."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest

from agentworlds.cli.main import cli
from agentworlds.spec.loader import load_script
from agentworlds.worlds.world import LoadedWorld
from tests.e2e.command import agentworlds

ROOT = Path(__file__).parents[2]


def blocks(page: str) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.M | re.S)


def test_the_readme_declares_a_world_plays_an_episode_and_pays_a_reward(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script, episode, reward = blocks("README.md")
    (tmp_path / "library.py").write_text(script, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(compile(episode, "README.md", "exec"), names)
    printed = capsys.readouterr().out
    assert "You work at Elm Street Library" in printed
    assert "Refused (not found): book_id: there is no book 99. Try: search_books finds books" in printed
    assert "False 0.0" in printed
    assert "missing: a new loan" in printed
    exec(compile(reward, "README.md", "exec"), names)
    assert capsys.readouterr().out == "0.97\n"


def test_the_first_screen_of_the_readme_says_what_it_is_with_a_script() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert lines.index("```python") < 12


@pytest.mark.parametrize(
    "page", ["running-worlds.md", "tool-realism.md", "gymnasium.md", "training-language-models.md"]
)
def test_the_page_runs(page: str) -> None:
    names: dict[str, Any] = {}
    for block in blocks(f"docs/{page}"):
        exec(compile(block, page, "exec"), names)


def test_the_page_on_training_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    agentworlds("new", "clinic")
    page = ModuleType("training_page")  # workers import what the page declares, as they would from a script
    monkeypatch.setitem(sys.modules, page.__name__, page)
    for block in blocks("docs/training.md"):
        exec(compile(block, "training.md", "exec"), vars(page))
    assert set(page.result["success"]) == {"unseen_seeds", "held_out_wordings"}
    assert page.practised["algo"] == "ppo"
    assert page.opened["success"]["unseen_seeds"] == 1.0
    played = agentworlds("run", "--agent", "runs/cloned", "--worlds", "clinic.py", "--episodes", "2", "--json")
    assert played.json["episodes"] == 2
    reported = agentworlds("report", "runs/ppo")
    assert (reported.code, reported.out) == (0, "wrote runs/ppo/report.html\n")


@pytest.mark.parametrize("page", ["README.md", "docs/training.md"])
def test_commands_have_the_options_that_the_page_gives_them(page: str, tmp_path: Path) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.findall(
        r"^agentworlds (.*?)(?: +#.*)?$", "\n".join(re.findall(r"^```console\n(.*?)^```", text, re.M | re.S)), re.M
    )
    assert found
    context = click.Context(cli, **cli.context_settings)
    for verb, *words in map(shlex.split, found):
        command = cli.get_command(context, verb)
        assert command is not None, verb
        command.make_context(verb, words, context)  # raises for what the verb does not know


def test_the_page_on_writing_worlds_builds_a_world_that_checks() -> None:
    from agentworlds.certify.survey import certify_worlds

    script = "\n\n".join(blocks("docs/writing-worlds.md"))
    world = LoadedWorld(load_script("clinic.py", {"clinic.py": script}))
    survey = certify_worlds([world], range(3))
    assert survey.failures == []
    assert len(survey.certificates) == 3 * world.task_count
