"""Every Python block of the documentation runs, page by page, top to bottom."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from agentworlds.spec.loader import load_script
from agentworlds.worlds.world import LoadedWorld

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


def test_the_page_on_writing_worlds_builds_a_world_that_checks() -> None:
    from agentworlds.certify.survey import certify_worlds

    script = "\n\n".join(blocks("docs/writing-worlds.md"))
    world = LoadedWorld(load_script("clinic.py", {"clinic.py": script}))
    survey = certify_worlds([world], range(3))
    assert survey.failures == []
    assert len(survey.certificates) == 3 * world.task_count
