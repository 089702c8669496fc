"""Every algorithm learns a small problem from scratch; what their losses are exactly is told in `test_losses`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from agentworlds.train.games import Assignment
from tests.unit.train.small import Errand, train

ACTOR = {"value_lr": 3e-3, "episodes": 192, "fresh_critic": 0, "entropy": 0.01}
CASES: dict[str, tuple[int, dict[str, Any]]] = {
    "cloning": (8, {"lr": 3e-3, "episodes": 128, "batch": 32}),
    "ppo": (14, {**ACTOR, "lr": 2e-3, "batch": 96, "epochs": 6, "most_kl": 0.1}),
    "a2c": (36, {**ACTOR, "lr": 3e-3, "batch": 96}),
    "vtrace": (16, {**ACTOR, "lr": 1e-3, "value_lr": 1e-2, "batch": 64, "repeats": 3, "window": 2}),
    "grpo": (18, {"lr": 2e-3, "episodes": 192, "batch": 64, "epochs": 4, "most_kl": 0.1, "entropy": 0.01}),
    "dqn": (14, {"lr": 2e-3, "value_lr": 3e-3, "episodes": 128, "batch": 64, "repeats": 6, "ahead": 1, "target": 10,
                 "explore": 1.0, "explore_for": 6}),
    "sac": (18, {"lr": 2e-3, "value_lr": 1e-2, "episodes": 128, "batch": 64, "repeats": 8, "ahead": 1, "follow": 0.1,
                 "entropy": 0.3, "temperature": 0.05, "temperature_lr": 0.01, "fresh_critic": 2}),
}  # fmt: skip
"""Iterations within which it must have learned, and settings."""


@pytest.mark.parametrize("algo", CASES)
def test_algorithm_learns_from_scratch(algo: str) -> None:
    iterations, options = CASES[algo]
    assert train(algo, iterations, **options) >= 0.9


def test_two_processes_learn_together() -> None:
    iterations, options = CASES["ppo"]
    assert train("ppo", iterations, executor="processes", workers=2, **options) >= 0.9


def test_who_draws_succeeds_once_in_ten_times_and_the_expert_always() -> None:
    random = np.random.default_rng(0)
    earned = {"expert": 0.0, "drawn": 0.0}
    for seed in range(500):
        for who in earned:
            one = Errand(Assignment("errand", 0, seed))
            while one.decision is not None:
                one.choose(one.expert() if who == "expert" else int(random.integers(len(one.decision.candidates))))
            earned[who] += one.earned
    assert earned["expert"] == 500
    assert 0.05 < earned["drawn"] / 500 < 0.15
