import re
from pathlib import Path

import orjson
import pytest

from agentworlds.errors import NotFound
from agentworlds.report.measures import Rate
from agentworlds.report.training import Row, is_training, read_run, render_run, worst_first

from .sample_run import write_run
from .test_page import _Page


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "ppo")


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    return render_run(read_run(folder))


def caption(page: str, begins: str) -> str:
    """The body of the table whose caption begins so, without marks and charts."""
    (table,) = [one for one in re.findall(r"<table.*?</table>", page, re.S) if f"<caption>{begins}" in one]
    body = re.sub(r"<svg.*?</svg>", "", table.split("<tbody>")[1], flags=re.S)
    rows = [re.sub(r"<[^>]*>", "|", row) for row in body.split("<tr>")[1:]]
    return "\n".join(" ".join(cell.strip() for cell in row.split("|") if cell.strip()) for row in rows)


def test_a_run_is_read_as_the_trainer_wrote_it(folder: Path) -> None:
    run = read_run(folder)
    assert (run.name, run.config["algo"], run.finished) == ("ppo", "ppo", True)
    assert [one["iteration"] for one in run.iterations] == list(range(1, 41))
    assert [one.iteration for one in run.evaluations] == list(range(5, 41, 5))
    assert [one.random is None for one in run.evaluations] == [True] * 7 + [False]


def test_the_page_needs_nothing_but_itself(page: str) -> None:
    tags = {name for name, _ in _Page(page).tags}
    assert tags.isdisjoint({"script", "link", "img", "iframe", "object", "base"})
    assert re.findall(r"https?:|url\(|@import", page) == []
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="([^"]*)"', page)) <= {f"#{one}" for one in ids}


def test_every_table_has_a_caption_and_every_chart_a_label(page: str) -> None:
    parsed = _Page(page)
    assert parsed.count("caption") == parsed.count("table") == 8
    charts = [attrs for name, attrs in parsed.tags if name == "svg" and "aria-hidden" not in attrs]
    assert all(attrs["role"] == "img" and attrs["aria-label"] for attrs in charts)
    assert all(
        {"fill", "stroke", "style"}.isdisjoint(attrs) for name, attrs in parsed.tags if name in {"path", "circle"}
    )


def test_what_was_asked_is_told_without_what_was_not(page: str) -> None:
    assert caption(page, "Settings of the run").splitlines() == [
        "algo ppo", "worlds bank, vet_clinic", "hold out bookshop", "minutes 10", "seed 0", "workers 2",
        "executor processes", "encoder minilm", "size width 128, heads 4, word layers 2, layers 3",
        "warm start runs/cloned", "curriculum even", "options lr 0.0002",
    ]  # fmt: skip


def test_success_is_told_with_its_interval_and_beside_random(page: str) -> None:
    assert caption(page, "Success at the last evaluation, after iteration 40").splitlines() == [
        "unseen seeds 86.5 78.2–91.9 96", "held out wordings 75.0 65.5–82.6 96", "held out worlds 14.6 7.2–27.2 48",
        "random 1.0 0.2–5.7 96",
    ]  # fmt: skip
    assert "unseen seeds: 86.5 % at 160k decisions" in page
    assert "held out wordings: 75.0 % at 10 minutes of training" in page


def test_worlds_come_worst_first_and_say_which_are_held_out(page: str) -> None:
    assert caption(page, "Success in % by world").splitlines() == [
        "bookshop held out 14.6 7.2–27.2 – 0.0 0.0–7.4",
        "vet clinic 82.5 68.1–91.3 67.5 52.0–79.9 0.0 0.0–8.8",
        "bank 89.3 78.5–95.0 80.4 68.2–88.7 1.8 0.3–9.4",
    ]


def test_tasks_are_grouped_by_the_calls_of_their_reference(page: str) -> None:
    rows = caption(page, "Success in % by calls").splitlines()
    assert [" ".join(row.split()[:3]) for row in rows] == ["0 to 2", "3 to 4", "5 to 6", "7 to 9", "10 to 14"]


def test_intents_are_sorted_by_what_the_policy_does_with_them(page: str) -> None:
    rows = caption(page, "Tasks solved in vet clinic").splitlines()
    assert rows[0] == "task of 10 calls 10 2 of 4 1 of 4 0 of 4"
    assert rows[-1] == "task of 1 calls 1 4 of 4 4 of 4 0 of 4"
    assert "<b>bookshop</b> 7 of 12 intents never solved, 0 always" in page


def test_among_intents_that_fail_alike_those_with_many_calls_come_first() -> None:
    def row(intent: str, calls: float, hits: int) -> Row:
        return Row("bank", intent, calls, (Rate.wilson(hits, 4), None, Rate.wilson(4, 4)))

    rows = [row("a", 2, 4), row("b", 3, 0), row("c", 9, 0), row("d", 3, 1)]
    assert [one.intent for one in worst_first(rows)] == ["c", "b", "d", "a"]


def test_figures_that_never_change_are_told_and_not_drawn(page: str) -> None:
    assert "The same throughout: faults 0, prefix 0, rate 265, lr 0.0002, steps 16." in " ".join(page.split())
    drawn = re.findall(r'aria-label="(\w+) over iterations', page)
    assert drawn == ["success", "reward", "kl", "entropy", "clipped"]


def test_a_figure_that_only_some_iterations_have_is_drawn(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "grpo", iterations=3)
    lines = [orjson.loads(line) for line in (folder / "progress.jsonl").read_bytes().splitlines()]
    del lines[0]["kl"]
    (folder / "progress.jsonl").write_bytes(b"\n".join(map(orjson.dumps, lines)) + b"\n")
    assert 'aria-label="kl over iterations' in render_run(read_run(folder))


@pytest.mark.parametrize("iterations", [0, 1, 3])
def test_a_run_that_has_only_begun_can_be_drawn(tmp_path: Path, iterations: int) -> None:
    page = render_run(read_run(write_run(tmp_path / "young", iterations=iterations, finished=False)))
    _Page(page)
    assert "Not finished" in page
    assert 'id="success"' not in page


def test_a_line_that_was_cut_short_is_left_out_and_a_repeated_evaluation_counts_once(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "killed", iterations=5)
    with (folder / "progress.jsonl").open("ab") as file:
        lines = (folder / "progress.jsonl").read_bytes().splitlines()
        file.write(lines[-1] + b"\n" + lines[0][:40])
    run = read_run(folder)
    assert [one.iteration for one in run.evaluations] == [5]
    assert len(run.iterations) == 5


def test_names_are_escaped(tmp_path: Path) -> None:
    page = render_run(read_run(write_run(tmp_path / "a <b>", worlds=["<i>.py"])))
    assert "<title>Training: a &lt;b&gt;</title>" in page
    assert "<i>" not in page


def test_a_page_of_a_long_run_stays_small(tmp_path: Path) -> None:
    assert len(render_run(read_run(write_run(tmp_path / "long", iterations=1200, every=100)))) < 160_000


def test_a_folder_that_holds_no_run_is_none(tmp_path: Path) -> None:
    assert not is_training(tmp_path)
    with pytest.raises(NotFound, match=r"there is no training run at .*: expected a folder with config\.json"):
        read_run(tmp_path)
