"""The generated pages name everything there is and say what the code says now."""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path

import pytest

from agentworlds.cli.main import VERBS
from agentworlds.registry import CONTENT
from agentworlds.train.algorithms.algorithm import ALGORITHMS

DOCS = Path(__file__).parents[2] / "docs"


@cache
def generated() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pages: dict[str, str] = module.pages()
    return pages


def written(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def headings(page: str) -> list[str]:
    return re.findall(r"^#{2,3} (\w+)$", written(page), re.M)


def test_every_verb_is_documented() -> None:
    assert headings("cli.md") == list(VERBS)


def test_every_world_module_and_suite_is_documented() -> None:
    worlds, modules, suites = (CONTENT.ids(folder) for folder in ("domains", "modules", "suites"))
    assert headings("worlds.md") == [*worlds, "Modules", *modules]
    assert headings("suites.md") == ["Engines", *suites]  # "Every suite" is two words


def test_every_algorithm_is_documented() -> None:
    assert headings("algorithms.md") == list(ALGORITHMS)


def test_every_verb_shows_an_example() -> None:
    sections = re.split(r"^## \w+$", written("cli.md"), flags=re.M)[1:]
    without = [verb for verb, section in zip(VERBS, sections, strict=True) if "```console\n" not in section]
    assert without == []


@pytest.mark.parametrize(
    "page", ["cli.md", "worlds.md", "suites.md", "algorithms.md", "../src/agentworlds/cli/starter.py.txt"]
)
def test_pages_are_up_to_date(page: str) -> None:
    assert written(page) == generated()[page], f"docs/{page} is stale: run make docs"
