"""Executors: the same results wherever workers are, and nothing left behind however they end."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import agentworlds
from agentworlds.errors import AgentworldsError
from agentworlds.rng import Stream
from agentworlds.train.executors import Executor, WorkerDied, WorkerFailed, make_executor
from agentworlds.train.executors.processes import PATIENCE

ROOT = Path(__file__).parents[3]
HERE = ["local", "processes"]
SECONDS = 20


class Simple:
    """A worker with random numbers of its own and weights that arrive."""

    def __init__(self, number: int, workers: int) -> None:
        self.number, self.workers = number, workers
        self.random = Stream("simple", number)
        self.weights = np.zeros(1)

    def place(self) -> tuple[int, int, int]:
        return self.number, self.workers, os.getpid()

    def take(self, weights: bytes, scale: np.ndarray) -> float:
        scale *= 2  # one's own copy
        self.weights = np.frombuffer(weights) * scale
        return float(self.weights.sum())

    def halve(self, numbers: np.ndarray) -> np.ndarray:
        numbers /= 2
        return numbers

    def seen(self, what: Any) -> Any:
        return what

    def draw_unless(self, failing: set[int]) -> int:
        if self.number in failing:
            raise LookupError(f"no page {self.number}")
        return self.random.below(1000)

    def unpicklable(self) -> Any:
        return lambda: None

    def sleep(self, *seconds: float) -> int:
        time.sleep(seconds[self.number])
        return self.number

    def exit(self) -> None:
        sys.exit(3)

    def threads(self) -> tuple[str | None, int]:
        import torch

        return os.environ.get("OMP_NUM_THREADS"), torch.get_num_threads()


class Player(Simple):
    """A worker that also holds a live world, as in training."""

    def __init__(self, number: int, workers: int, world: str) -> None:
        super().__init__(number, workers)
        self.episode = agentworlds.load(world).episode(task=number, seed=0)

    def play(self, calls: int) -> dict[str, Any]:
        steps = [self.episode.call("search_pets", limit=self.random.integer(1, 19)) for _ in range(calls)]
        return {"seen": [step.text for step in steps], "drawn": np.array([self.random.below(1000) for _ in range(3)])}


class Unmade:
    """A worker that cannot be made, if it is the second."""

    def __init__(self, number: int, workers: int) -> None:
        if number == 1:
            raise RuntimeError("no second one")


def pids(executor: Executor) -> list[int]:
    """The process of each worker."""
    return [place[2] for place in executor.broadcast("place")]


def alive(process: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked after does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith("Z")


def all_end(processes: list[int]) -> bool:
    """Whether all of them have ended within the time."""
    end = time.monotonic() + SECONDS
    while any(map(alive, processes)) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(map(alive, processes))


def played(executor: Executor) -> list[Any]:
    """What a few calls gave, as plain values."""
    first = executor.broadcast("play", 3)
    second = executor.each("play", [(number,) for number in range(executor.workers)])
    weights = np.arange(100_000.0).tobytes()
    sums = executor.broadcast("take", weights, np.ones(1))
    halves = executor.each("halve", [(np.full(200_000, float(number)),) for number in range(executor.workers)])
    return [[(one["seen"], one["drawn"].tolist()) for one in (*first, *second)], sums, [half.sum() for half in halves]]


def test_processes_give_what_local_workers_give_in_the_same_order() -> None:
    player = partial(Player, world="vet_clinic")
    with (
        make_executor(workers=3, factory=player) as local,
        make_executor("processes", workers=3, factory=player) as far,
    ):
        assert [place[:2] for place in far.broadcast("place")] == [(0, 3), (1, 3), (2, 3)]
        assert len({os.getpid(), *pids(far)}) == 4
        assert set(pids(local)) == {os.getpid()}
        given = played(local)
        assert given == played(far)
        assert len(set(map(str, given[0]))) == 6  # every worker plays its own episode and goes on where it was
        assert given[1:] == [[2 * 99_999 * 50_000.0] * 3, [0.0, 100_000.0, 200_000.0]]


def test_results_come_in_the_order_of_workers_not_of_speed() -> None:
    with make_executor("processes", workers=3, factory=Simple) as executor:
        start = time.monotonic()
        assert executor.broadcast("sleep", 0.9, 0.6, 0.3) == [0, 1, 2]
        assert time.monotonic() - start < 1.7  # all at once


@pytest.mark.parametrize("kind", HERE)
def test_neither_side_sees_the_other_change_an_array(kind: str) -> None:
    numbers = np.full(4, 8.0)
    with make_executor(kind, workers=2, factory=Simple) as executor:
        halves = executor.broadcast("halve", numbers)
        halves[0] += 1  # writable here
        assert (numbers.tolist(), halves[0].tolist(), halves[1].tolist()) == ([8.0] * 4, [5.0] * 4, [4.0] * 4)


def test_tensors_are_copied_not_shared() -> None:
    torch = pytest.importorskip("torch")
    with make_executor("processes", workers=1, factory=Simple) as executor:
        (back,) = executor.broadcast("seen", {"weight": torch.ones(3)})
    assert back["weight"].tolist() == [1.0, 1.0, 1.0]
    assert not back["weight"].is_shared()


@pytest.mark.parametrize("kind", HERE)
def test_an_error_of_a_worker_is_raised_with_its_traceback_and_the_others_go_on(kind: str) -> None:
    with make_executor(kind, workers=3, factory=Simple) as executor, make_executor(workers=3, factory=Simple) as twin:
        with pytest.raises(WorkerFailed, match=r"worker 1 of 3 failed in draw_unless:\nTraceback") as raised:
            executor.broadcast("draw_unless", {1, 2})
        assert raised.value.number == 1
        assert 'raise LookupError(f"no page {self.number}")\nLookupError: no page 1\n' in raised.value.traceback
        assert isinstance(raised.value.__cause__, LookupError if kind == "local" else type(None))
        drawn = twin.broadcast("draw_unless", set())
        assert executor.broadcast("draw_unless", set())[1:] == drawn[1:]  # they drew nothing in the call that failed
        assert executor.broadcast("draw_unless", set())[0] != drawn[0]  # the first was called in full
        for method, said in (("unpicklable", "pickle"), ("nothing", "has no attribute 'nothing'")):
            with pytest.raises(WorkerFailed, match=said):
                executor.broadcast(method)


@pytest.mark.parametrize("kind", HERE)
def test_a_factory_that_fails_leaves_no_workers(kind: str) -> None:
    with pytest.raises(WorkerFailed, match=r"(?s)worker 1 of 2 failed in its making:.*RuntimeError: no second one"):
        make_executor(kind, workers=2, factory=Unmade)


@pytest.mark.parametrize("kind", HERE)
def test_a_factory_must_pickle_and_arguments_must_fit_the_workers(kind: str) -> None:
    with pytest.raises((pickle.PicklingError, AttributeError)):
        make_executor(kind, workers=2, factory=lambda number, workers: number)
    with pytest.raises(ValueError, match="at least one worker, not 0"):
        make_executor(kind, workers=0, factory=Simple)
    with make_executor(kind, workers=2, factory=Simple) as executor:
        with pytest.raises(ValueError, match="arguments for 1 workers, but there are 2"):
            executor.each("place", [()])
        assert len(executor.broadcast("place")) == 2
    with pytest.raises(AgentworldsError, match="the executor is closed"):
        executor.broadcast("place")
    executor.close()


def test_an_unknown_kind_names_the_nearest() -> None:
    with pytest.raises(AgentworldsError, match="no executor 'process', only local, processes, ray; did you mean 'proc"):
        make_executor("process", workers=1, factory=Simple)


def test_a_killed_worker_is_named_and_closes_the_executor() -> None:
    with make_executor("processes", workers=3, factory=Simple) as executor:
        places = pids(executor)
        os.kill(places[1], signal.SIGKILL)
        with pytest.raises(
            WorkerDied, match=r"worker 1 of 3 died in sleep: killed by SIGKILL \(perhaps for lack"
        ) as died:
            executor.broadcast("sleep", 0.0, 0.0, 60.0)
        assert died.value.number == 1
        assert executor.closed
        assert not any(map(alive, places))


def test_a_worker_that_exits_is_named() -> None:
    with (
        make_executor("processes", workers=2, factory=Simple) as executor,
        pytest.raises(WorkerDied, match=r"worker 0 of 2 died in exit: exited with code 3"),
    ):
        executor.broadcast("exit")


def test_closing_ends_the_processes() -> None:
    executor = make_executor("processes", workers=2, factory=Simple)
    places = pids(executor)
    start = time.monotonic()
    executor.close()
    assert not any(map(alive, places))
    assert time.monotonic() - start < PATIENCE  # they ended by themselves


def test_a_process_has_one_thread_and_the_parent_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    with make_executor("processes", workers=1, factory=Simple) as executor:
        assert executor.broadcast("threads") == [("1", 1)]
    assert os.environ["OMP_NUM_THREADS"] == "2"


PARENT = """
from agentworlds.train.executors import make_executor
from tests.unit.train.test_executors import Simple, pids

if __name__ == "__main__":
    with make_executor("processes", workers=2, factory=Simple) as executor:
        print(*pids(executor), flush=True)
        executor.broadcast("sleep", 60.0, 60.0)
"""


@pytest.fixture
def parent(tmp_path: Path) -> Any:
    """A program whose two workers are in the middle of a call, and their processes."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT, "utf-8")
    words = [sys.executable, str(script)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, env=environment, start_new_session=True, **pipes) as process:  # type: ignore[call-overload]
        places = [int(word) for word in process.stdout.readline().split()]
        assert len(places) == 2, process.stderr.read()
        time.sleep(0.2)
        yield process, places
        process.kill()


def test_a_parent_that_is_killed_leaves_no_orphans(parent: Any) -> None:
    process, places = parent
    process.kill()
    assert all_end(places)


def test_an_interrupt_is_said_once_and_ends_all(parent: Any) -> None:
    process, places = parent
    os.killpg(process.pid, signal.SIGINT)  # as a terminal sends it: to the parent and to the workers
    assert process.wait(SECONDS) != 0
    assert process.stderr.read().count("KeyboardInterrupt") == 1
    assert all_end(places)


def test_a_script_without_a_guard_is_told_so(tmp_path: Path) -> None:
    script = tmp_path / "unguarded.py"
    script.write_text(PARENT.replace('if __name__ == "__main__":', "if True:"), "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=60)
    assert "died in its making: exited with code 1" in ran.stderr
    assert 'under `if __name__ == "__main__":`?' in ran.stderr


@pytest.fixture(scope="module")
def ray() -> Any:
    """Ray, with a cluster of its own of two CPUs."""
    ray = pytest.importorskip("ray")
    os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"  # what a later version will do; else ray.init warns of it
    ray.init(num_cpus=2, object_store_memory=200_000_000, log_to_driver=False)
    yield ray
    ray.shutdown()


def test_ray_gives_what_local_workers_give(ray: Any) -> None:
    player = partial(Player, world="vet_clinic")
    with make_executor(workers=2, factory=player) as local, make_executor("ray", workers=2, factory=player) as far:
        assert played(local) == played(far)
        assert len({os.getpid(), *pids(far)}) == 3
        assert [environment for environment, _ in far.broadcast("threads")] == ["1", "1"]
        with pytest.raises(WorkerFailed, match=r"(?s)worker 1 of 2 failed in draw_unless:.*LookupError: no page 1"):
            far.broadcast("draw_unless", {1})
        assert len(far.broadcast("draw_unless", set())) == 2
    assert ray.is_initialized()  # it was connected before


def test_a_killed_ray_worker_is_named(ray: Any) -> None:
    with make_executor("ray", workers=2, factory=Simple) as executor:
        os.kill(pids(executor)[1], signal.SIGKILL)
        with pytest.raises(WorkerDied, match=r"worker 1 of 2 died in sleep: ") as died:
            executor.broadcast("sleep", 0.0, 0.0)
        assert died.value.number == 1
        assert executor.closed


def test_more_ray_workers_than_cpus_are_refused(ray: Any) -> None:
    with pytest.raises(AgentworldsError, match="3 workers need a CPU each, and the Ray cluster has 2"):
        make_executor("ray", workers=3, factory=Simple)


def test_ray_that_is_missing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(AgentworldsError, match=r"pip install 'agentworlds\[ray\]'"):
        make_executor("ray", workers=1, factory=Simple)


def test_processes_need_no_numpy_and_no_torch() -> None:
    code = "import sys, agentworlds.train.executors.processes; print({'torch', 'numpy', 'ray'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "set()"
