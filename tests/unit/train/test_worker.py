"""A worker: it keeps what it must, nothing more, and neither connections nor texts pile up."""

from __future__ import annotations

import pickle
import zlib
from pathlib import Path

import numpy as np
import pytest

from agentworlds.train.collect import demonstrate
from agentworlds.train.config import Config
from agentworlds.train.games import KEPT_SEEDS, Assignment, OfferedArena, WorldArena
from agentworlds.train.worker import Worker, taken
from agentworlds.worlds.world import MOST_SEEDS
from tests.e2e.command import agentworlds
from tests.unit.train.small import SIZE, Errand


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("scripts") / "clinic.py"
    assert agentworlds("new", "clinic", "--out", path).code == 0
    return str(path)


def worker(algo: str, world: str = "errand", **options: float) -> Worker:
    arena = OfferedArena(Errand, 50) if world == "errand" else None
    config = Config(algo=algo, worlds=(world,), iterations=1, encoder="hashing", size=SIZE,
                    options={"episodes": 8, "batch": 4} | options)  # fmt: skip
    return Worker(0, 1, config, arena)


def errands(count: int, first: int = 0) -> list[Assignment]:
    return [Assignment("errand", task, first + task) for task in range(count)]


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_two_hundred_seeds_leave_no_connections_open(clinic: str) -> None:
    one = worker("cloning", clinic)
    assert isinstance(one.arena, WorldArena)
    counts = []
    for seed in range(0, 200, 10):
        one.collect([Assignment(clinic, 0, seed + at) for at in range(10)], 0)
        counts.append(open_files())
    assert max(counts[10:]) <= max(counts[:10]) < counts[0] + 2 * KEPT_SEEDS + 10
    assert len(one.arena.worlds[clinic]._pools) <= MOST_SEEDS
    assert len({key[0] for key in one.arena.worlds[clinic]._drawn}) <= MOST_SEEDS


def test_only_short_tasks_are_played_where_they_are_asked_for() -> None:
    arena, every = WorldArena(["vet_clinic"], longest=3), WorldArena(["vet_clinic"]).tasks("vet_clinic")
    assert 0 < len(arena.tasks("vet_clinic")) < len(every) / 2
    shown = list(demonstrate(arena, [Assignment("vet_clinic", task, 7) for task in every]))
    assert 0 < max(one.length for one in shown) <= 3


def test_texts_of_earlier_iterations_are_let_go_of() -> None:
    one = worker("ppo")
    sizes = []
    for iteration in range(4):
        one.collect(errands(20, 1000 * iteration), iteration)
        sizes.append(len(one.texts.words))
    assert max(sizes) < 1.5 * sizes[0]


def test_cloning_keeps_the_latest_demonstrations() -> None:
    one = worker("cloning", room=12)
    for iteration in range(3):
        one.collect(errands(8, 100 * iteration), iteration)
    assert [kept.assignment for kept in one.algorithm.kept] == [*errands(8, 100)[4:], *errands(8, 200)]


@pytest.mark.parametrize("algo", ["cloning", "dqn", "sac", "vtrace", "ppo"])
def test_a_worker_that_takes_a_state_back_says_the_same(algo: str) -> None:
    one, two = worker(algo, imitate=32), worker(algo, imitate=32)
    one.rehearse(errands(5, 500))
    two.take(taken(one.policy))
    for iteration in range(2):
        one.collect(errands(8, 100 * iteration), iteration)
        one.steps(iteration)
        one.direction(0)
        one.take(taken(one.policy), 0)
    state = one.state()
    two.restore(pickle.loads(pickle.dumps(state)))
    said = []
    for each in (one, two):
        each.collect(errands(8, 300), 2)
        each.steps(2)
        said.append(each.direction(0))
    assert said[0].gradient.tobytes() == said[1].gradient.tobytes()
    assert said[0][1:] == said[1][1:]


def test_a_state_names_demonstrations_without_their_traces() -> None:
    one = worker("cloning")
    one.collect(errands(40), 0)
    assert len(one.state()) < 3_000
    assert pickle.loads(zlib.decompress(one.state()))[0] == errands(40)


def test_a_worker_that_planned_fewer_steps_has_nothing_to_say_of_the_last() -> None:
    one = worker("ppo")
    one.collect(errands(8), 0)
    steps = one.steps(0)
    said = one.direction(steps)
    assert (said.decisions, said.figures, said.enough) == (0, {}, True)
    assert not np.any(said.gradient)
