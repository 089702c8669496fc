"""The page of results says what the experiments kept, and every experiment has its part of the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import experiments.__main__ as main
import pytest
from experiments.__main__ import EXPERIMENTS
from experiments.page import PAGE, PARTS, page, percent
from experiments.plots import PLOTS, draw
from experiments.runs import FIGURES, WORLDS, Run, decisions_to, gain, summary

from agentworlds.train.config import read_config


def test_every_experiment_has_its_part() -> None:
    assert list(EXPERIMENTS) == list(PARTS) == list(PLOTS)


def test_the_page_is_up_to_date() -> None:
    written = PAGE.read_text(encoding="utf-8") if PAGE.exists() else None
    kept = {one.stem for one in FIGURES.glob("*.json")}
    assert written == (page() if kept else None)
    assert {one.stem for one in FIGURES.glob("*.svg")} == kept


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_asks_for_runs_that_can_be_made_and_its_part_shows_what_came_of_them(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: dict[Path, Run] = {}

    def played(experiment: str, runs: list[Run]) -> list[dict[str, Any]]:
        for one in runs:
            read_config({"worlds": WORLDS, "executor": "local"} | one.settings)
            assert asked.setdefault(one.folder(experiment), one) == one
        success = dict.fromkeys(("unseen_seeds", "held_out_wordings", "held_out_worlds"), 0.123)
        curve = [{"minutes": minutes, "decisions": 900, **success} for minutes in (1.0, 2.0)]
        return [{"success": success, "short": 0.5, "random": 0.01, "decisions": 9, "episodes": 3, "curve": curve,
                 "minutes": 2.5, "by_world": dict.fromkeys(WORLDS, 0.25), "by_intent": {"bank": {"pay_bills": 0.5}},
                 **outcome({"pay_bills": 0.5})} for _ in runs]  # fmt: skip

    monkeypatch.setattr(main, "train_all", played)
    monkeypatch.setattr(main, "success_of", lambda agent: {"all": 0.1, "short": 0.2, "possible": 0.1})
    monkeypatch.setattr(main, "write", lambda experiment, figures: None)
    what, measure, _ = EXPERIMENTS[name]
    figures = what(512, 3)
    part = PARTS[name](figures)
    assert asked
    assert f"python -m experiments {name} --{measure} 512" in part.replace("\n", " ")
    assert "12.3%" in part
    for again in range(2):
        (tmp_path / f"{again}").mkdir()
        draw(name, figures, tmp_path / f"{again}")
    first, second = ((tmp_path / f"{again}" / f"{name}.svg").read_bytes() for again in range(2))
    assert first == second
    assert first.rstrip().endswith(b"</svg>")


def outcome(rates: dict[str, float], of: int = 4) -> dict[str, Any]:
    return {"outcomes": {"bank": {intent: (round(rate * of), of, 3.0) for intent, rate in rates.items()}}}


def test_a_gain_is_the_difference_of_the_shares_and_its_interval_is_over_intents() -> None:
    before = [outcome({"pay": 0.5, "close": 0.0}), outcome({"pay": 0.0, "close": 0.0})]
    after = [outcome({"pay": 1.0, "close": 0.5}), outcome({"pay": 0.5, "close": 0.5})]
    found = gain(before, after)
    assert found["values"] == [0.5, 0.5]
    assert (found["mean"], found["low"], found["high"]) == (0.5, 0.5, 0.5)
    mixed = gain(before[:1], [outcome({"pay": 1.0, "close": 0.0})])
    assert (mixed["low"], mixed["mean"], mixed["high"]) == (0.0, 0.25, 0.5)


def test_how_long_a_run_took_to_a_level() -> None:
    curve = [{"decisions": 10, "unseen_seeds": 0.2}, {"decisions": 20, "unseen_seeds": 0.4}]
    assert [decisions_to(level, curve) for level in (0.1, 0.3, 0.5)] == [10, 20, None]


def test_one_run_has_no_interval() -> None:
    assert percent(summary([0.5])) == "50.0% (one run)"
    assert percent(summary([0.5, 0.7])) == "60.0% (50.0% to 70.0%; 50.0%, 70.0%)"
