"""The page of results says what the experiments kept, and every experiment has its part of the page."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from experiments.__main__ import EXPERIMENTS
from experiments.page import PAGE, PARTS, page, percent
from experiments.runs import FIGURES, gain, summary

KEPT = sorted(FIGURES.glob("*.json"))


def test_every_experiment_has_its_part() -> None:
    assert list(EXPERIMENTS) == list(PARTS)


def test_the_page_is_up_to_date() -> None:
    written = PAGE.read_text(encoding="utf-8") if PAGE.exists() else None
    assert written == (page() if KEPT else None)


@pytest.mark.skipif(not KEPT, reason="no experiment has been played")
@pytest.mark.parametrize("file", KEPT, ids=lambda file: str(file.stem))
def test_figures_are_of_an_experiment_and_of_several_runs_or_say_so(file: Any) -> None:
    assert file.stem in EXPERIMENTS
    found = orjson.loads(file.read_bytes())
    assert ("one run" in PARTS[file.stem](found)) == (found["seeds"] == 1)


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


def test_one_run_has_no_interval() -> None:
    assert percent(summary([0.5])) == "50.0% (one run)"
    assert percent(summary([0.5, 0.7])) == "60.0% (50.0% to 70.0%; 50.0%, 70.0%)"
