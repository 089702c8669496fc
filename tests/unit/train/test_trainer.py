"""Training: the same run comes out again, however often it was stopped, wherever its workers are."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agentworlds.errors import AgentworldsError
from agentworlds.train.algorithms.algorithm import ALGORITHMS
from agentworlds.train.checkpoint import Incompatible, RunFolder
from agentworlds.train.config import Config
from agentworlds.train.games import OfferedArena
from agentworlds.train.policy import Size
from agentworlds.train.trainer import Trainer
from agentworlds.train.worker import taken
from tests.unit.train.small import SIZE, Errand

ARENA = OfferedArena(Errand, 8)
BATCHES = {"episodes": 6, "batch": 3, "imitate": 16}


class Stopped(BaseException):
    """As by a key that is pressed."""


def config(algo: str = "ppo", **changes: Any) -> Config:
    options = BATCHES | changes.pop("options", {})
    settings = {"iterations": 3, "executor": "local", "encoder": "hashing", "size": SIZE, "keep_every": 0.0} | changes
    return Config(algo=algo, worlds=("errand",), options=options, **settings)


def trained(asked: Config, out: Path | None = None, **changes: Any) -> tuple[np.ndarray, dict[str, Any]]:
    """The weights and the result of a run."""
    trainer = Trainer(asked, out, arena=ARENA, **changes)
    result = trainer.run()
    return taken(trainer.policy), {name: value for name, value in result.items() if name != "minutes"}


def stopped(asked: Config, out: Path, at: int, kind: str = "iteration") -> None:
    """A run that is stopped when it tells of an iteration, before that is kept."""

    def report(entry: dict[str, Any]) -> None:
        if (entry["kind"], entry["iteration"]) == (kind, at):
            raise Stopped

    with pytest.raises(Stopped):
        trained(asked, out, report=report)


@pytest.mark.parametrize("algo", ALGORITHMS)
def test_the_same_seed_gives_the_same_weights_also_when_a_run_was_stopped(algo: str, tmp_path: Path) -> None:
    asked = config(algo)
    weights, result = trained(asked)
    stopped(asked, tmp_path, 2)
    again, resumed = trained(asked, tmp_path)
    assert weights.tobytes() == again.tobytes()
    assert result == resumed


def test_another_seed_gives_other_weights() -> None:
    one, two = (trained(config("cloning", iterations=1, seed=seed))[0] for seed in (0, 1))
    assert one.tobytes() != two.tobytes()


@pytest.mark.parametrize("curriculum", ["difficulty", "reverse"])
def test_a_curriculum_goes_on_where_it_was(curriculum: str, tmp_path: Path) -> None:
    asked = config(curriculum=curriculum, workers=2)
    weights, result = trained(asked)
    stopped(asked, tmp_path, 2)
    again, resumed = trained(asked, tmp_path)
    assert weights.tobytes() == again.tobytes() and result == resumed


def test_workers_in_processes_give_the_weights_of_workers_here(tmp_path: Path) -> None:
    here, result = trained(config(workers=2, iterations=2))
    there, same = trained(config(workers=2, iterations=2, executor="processes"), tmp_path)
    assert here.tobytes() == there.tobytes()
    assert result == same


def test_no_iteration_is_noted_twice(tmp_path: Path) -> None:
    asked = config(evaluate_every=2)
    stopped(asked, tmp_path, 2, "evaluation")
    stopped(asked, tmp_path, 3)
    stopped(asked, tmp_path, 3, "evaluation")  # the last of all, after the last checkpoint
    trained(asked, tmp_path)
    noted = [(entry["iteration"], entry["kind"]) for entry in RunFolder(tmp_path).progress()]
    assert noted == [(1, "iteration"), (2, "iteration"), (2, "evaluation"), (3, "iteration"), (3, "evaluation")]


def test_a_finished_run_gives_its_result_at_once(tmp_path: Path) -> None:
    _, result = trained(config(), tmp_path)
    before = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")}
    entries: list[Any] = []
    trainer = Trainer(config(), tmp_path, entries.append, arena=ARENA)
    assert {name: value for name, value in trainer.run().items() if name != "minutes"} == result
    assert entries == [] and {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*")} == before


def test_another_configuration_is_refused(tmp_path: Path) -> None:
    trained(config(iterations=1), tmp_path)
    with pytest.raises(Incompatible, match=r"holds a run with other settings \(seed\); give another folder$"):
        trained(config(iterations=1, seed=3), tmp_path)
    with pytest.raises(Incompatible, match=r"other settings \(iterations, options\)"):
        trained(config(iterations=2, options={"lr": 0.5}), tmp_path)


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(AgentworldsError, match=r"is neither empty nor a run; give another folder$"):
        trained(config(), tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_run_that_was_killed_while_it_began_can_begin(tmp_path: Path) -> None:
    (tmp_path / ".config.json.new").write_text("{")
    trained(config(iterations=1), tmp_path)
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("full_after", [2, 6])
def test_a_full_disk_is_one_line_and_loses_nothing(
    full_after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights, result = trained(config())
    written, sync = 0, os.fsync

    def fsync(file: int) -> None:
        nonlocal written
        written += 1
        if written > full_after:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(file)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fsync)
        with pytest.raises(AgentworldsError, match=r"^.* cannot be written: No space left on device; .* whole$"):
            trained(config(), tmp_path)
    again, resumed = trained(config(), tmp_path)
    assert weights.tobytes() == again.tobytes() and result == resumed


def test_a_warm_start_begins_with_the_policy_of_a_run(tmp_path: Path) -> None:
    weights, _ = trained(config("cloning"), tmp_path)
    assert taken(Trainer(config(warm_start=str(tmp_path)), arena=ARENA).policy).tobytes() == weights.tobytes()


def test_a_warm_start_of_another_size_is_refused(tmp_path: Path) -> None:
    trained(config("cloning", iterations=1), tmp_path)
    with pytest.raises(
        Incompatible, match=r"^warm_start: the policy at .* has Size\(width=32, .*, this run Size\(width=48"
    ):
        Trainer(config(warm_start=str(tmp_path), size=Size(48, 2, 1, 1)), arena=ARENA)
    with pytest.raises(AgentworldsError, match=r"there is no policy at nowhere: expected a folder with policy\.json"):
        Trainer(config(warm_start="nowhere"), arena=ARENA)
