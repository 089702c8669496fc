import re
from html.parser import HTMLParser

import pytest

from agentworlds.report import render, summarise

from .builders import episode
from .sample import sample_records

_VOID = {"meta", "input", "br", "rect", "line"}


class _Page(HTMLParser):
    """Checks that tags nest, and gathers those that the tests ask about."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


@pytest.fixture(scope="module")
def page() -> str:
    return render(summarise(sample_records(tasks=40)), title="Nightly <run>")


def test_the_page_needs_nothing_but_itself(page: str) -> None:
    tags = {name for name, _ in _Page(page).tags}
    assert tags.isdisjoint({"script", "link", "img", "iframe", "object", "base"})
    assert re.findall(r"https?:|url\(|@import", page) == []
    assert [found for found in re.findall(r'(?:href|src)="([^"]*)"', page) if not found.startswith("#")] == []


def test_links_within_the_page_lead_somewhere(page: str) -> None:
    tags = _Page(page).tags
    ids = [attrs["id"] for _, attrs in tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {attrs["href"] for name, attrs in tags if name == "a"} <= {f"#{name}" for name in ids}


def test_every_table_has_a_caption_and_every_chart_a_label(page: str) -> None:
    parsed = _Page(page)
    assert parsed.count("caption") == parsed.count("table") > 0
    charts = [attrs for name, attrs in parsed.tags if name == "svg" and "aria-hidden" not in attrs]
    assert all(attrs["role"] == "img" and attrs["aria-label"] for attrs in charts)


def test_charts_take_their_colours_from_the_style_sheet(page: str) -> None:
    drawn = [attrs for name, attrs in _Page(page).tags if name in {"rect", "line", "text"}]
    assert all({"fill", "stroke", "style"}.isdisjoint(attrs) for attrs in drawn)
    body = page.split("</style>")[1]
    assert re.findall(r"#[0-9a-f]{6}\b", body) == []


def test_names_are_escaped(page: str) -> None:
    assert "<title>Nightly &lt;run&gt;</title>" in page


def test_the_same_summary_gives_the_same_page(page: str) -> None:
    assert render(summarise(sample_records(tasks=40)), title="Nightly <run>") == page


def test_faults_come_first_and_in_the_colour_of_alarm() -> None:
    page = render(summarise([episode(task=0), episode(task=1, faults=2)]))
    assert '<div class="bad"><dt>faults</dt><dd>2</dd></div>' in page
    assert page.index('<section class="alarm" id="faults">') < page.index('<section id="agents">')
    assert "Episodes that met one: 1 of 2." in page


def test_a_run_without_faults_raises_no_alarm(page: str) -> None:
    assert 'class="alarm"' not in page
    assert "<div><dt>faults</dt><dd>0</dd></div>" in page


def test_a_run_of_nothing_but_faults_can_be_drawn() -> None:
    page = render(summarise([episode(faults=1)]))
    assert "Every episode met a fault." in page
    _Page(page)


def test_a_run_without_calls_can_be_drawn() -> None:
    page = render(summarise([episode()]))
    assert 'id="latency"' not in page
    assert "Never solved: 1 of 1 intent." in page


def test_what_a_mostly_failing_agent_solves_is_listed_and_what_ties_is_not() -> None:
    page = render(
        summarise(
            [
                episode(agent="idle", intent="transfer"),
                episode(agent="idle", intent="close_account"),
                episode(agent="random", intent="transfer", success=True, progress=1.0),
                episode(agent="random", intent="close_account", progress=0.2),
                episode(agent="random", intent="freeze", progress=0.1),
            ]
        )
    )
    assert "<caption>Hardest for random</caption>" in page
    assert "<caption>Most often solved by random</caption>" in page
    assert "Never solved: 2 of 2 intents. None was harder than another." in page
    assert "<caption>Hardest for idle</caption>" not in page
