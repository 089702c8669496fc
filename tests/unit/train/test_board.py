"""What TensorBoard reads back is what progress.jsonl says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agentworlds.decide.offered import Offer, Offered
from agentworlds.train.board import Board, figures
from agentworlds.train.checkpoint import RunFolder
from agentworlds.train.config import read_config
from agentworlds.train.games import Assignment, OfferedArena
from agentworlds.train.trainer import Trainer


def entry(iteration: int, reward: float) -> dict[str, Any]:
    return {"kind": "iteration", "iteration": iteration, "decisions": 100 * iteration, "reward": reward}


def evaluation(iteration: int) -> dict[str, Any]:
    return {"kind": "evaluation", "iteration": iteration, "success": {"unseen_seeds": 0.5}, "short": 0.75, "random": None,
            "by_intent": {"bank": {"pay_bills": 1.0}}, "outcomes": {"unseen_seeds": {"bank": {"pay_bills": (1, 1, 3.0)}}}}  # fmt: skip


def read_back(path: Path) -> dict[str, list[tuple[int, float]]]:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    accumulator = EventAccumulator(str(path), {"scalars": 0})
    accumulator.Reload()
    return {name: [(event.step, round(event.value, 6)) for event in accumulator.Scalars(name)]
            for name in accumulator.Tags()["scalars"]}  # fmt: skip


def test_every_number_of_an_entry_has_a_name_and_nothing_else_has() -> None:
    assert dict(figures(entry(3, 0.25))) == {"iteration/decisions": 300, "iteration/reward": 0.25}
    assert dict(figures(evaluation(3))) == {
        "success/unseen_seeds": 0.5, "evaluation/short": 0.75, "by_intent/bank/pay_bills": 1.0,
    }  # fmt: skip


def test_event_files_read_back(tmp_path: Path) -> None:
    with Board(tmp_path) as board:
        for iteration in (1, 2):
            board.add(entry(iteration, iteration / 4))
        board.add(evaluation(2))
    assert read_back(tmp_path) == {
        "iteration/decisions": [(1, 100.0), (2, 200.0)], "iteration/reward": [(1, 0.25), (2, 0.5)],
        "success/unseen_seeds": [(2, 0.5)], "evaluation/short": [(2, 0.75)], "by_intent/bank/pay_bills": [(2, 1.0)],
    }  # fmt: skip


def test_going_on_takes_back_what_the_checkpoint_does_not_know(tmp_path: Path) -> None:
    with Board(tmp_path) as board:
        for iteration in (1, 2, 3, 4):
            board.add(entry(iteration, 0.0))
    with Board(tmp_path, 2) as board:
        board.add(entry(3, 1.0))
    assert read_back(tmp_path)["iteration/reward"] == [(1, 0.0), (2, 0.0), (3, 1.0)]


def test_what_was_flushed_is_there_without_an_orderly_end(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from agentworlds.train.board import Board\n"
        "board = Board(Path(sys.argv[1])); board.add({'kind': 'iteration', 'iteration': 1, 'reward': 0.5}); board.flush()\n"
        "os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", script, tmp_path]).returncode == -9
    assert read_back(tmp_path) == {"iteration/reward": [(1, 0.5)]}


class Lamp(Offered):
    """A lamp that is to be switched on."""

    def start(self) -> Offer:
        return Offer(("the lamp is off",), ("wait", "switch on"))

    def act(self, action: str) -> Offer:
        return Offer((action,), reward=float(action == "switch on"), done=True)

    def expert(self) -> int:
        return 1


def lamp(assignment: Assignment) -> Lamp:
    return Lamp("Switch the lamp on.")


def test_a_training_run_writes_what_its_progress_says(tmp_path: Path) -> None:
    size = {"width": 32, "heads": 2, "word_layers": 1, "layers": 1}
    config = read_config({
        "worlds": ["lamp"], "iterations": 3, "evaluate_every": 2, "executor": "local", "encoder": "hashing",
        "size": size, "options": {"episodes": 4, "batch": 4, "repeats": 1},
    })  # fmt: skip
    folder = tmp_path / "run"
    Trainer(config, folder, arena=OfferedArena(lamp)).run()
    expected: dict[str, list[tuple[int, Any]]] = {}
    for one in RunFolder(folder).progress():
        for name, value in figures(one):
            expected.setdefault(name, []).append((one["iteration"], pytest.approx(value, rel=1e-5, abs=1e-6)))
    assert [step for step, _ in expected["iteration/nll"]] == [1, 2, 3]
    assert [step for step, _ in expected["success/unseen_seeds"]] == [2, 3]
    assert read_back(folder / "tensorboard") == expected
