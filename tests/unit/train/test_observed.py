"""The heuristic reward sees what was said, and not whether it was right."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agentworlds.train.config import Config
from agentworlds.train.games import Assignment
from agentworlds.train.observed import ObservedArena, ObservedGame
from agentworlds.train.worker import Worker


@pytest.fixture
def game() -> Iterator[ObservedGame]:
    arena = ObservedArena(["vet_clinic"])
    world = arena.worlds["vet_clinic"]
    found = arena.start(Assignment("vet_clinic", world.find_task("book_the_first_slot"), 0))
    assert isinstance(found, ObservedGame)
    yield found
    found.close()
    world.close()


def test_a_reference_is_paid_for_what_it_says(game: ObservedGame) -> None:
    assert game.paid() == 0.0
    for _ in game.reference():
        assert game.episode.done or game.paid() == 0.0
    assert game.episode.verdict is not None and game.episode.verdict.success
    assert 0.5 <= game.paid() <= 1.0
    assert game.grade().success


def test_who_does_nothing_is_paid_nothing(game: ObservedGame) -> None:
    game.episode.finish()
    assert game.paid() == 0.0
    assert not game.grade().success


def test_saying_everything_is_enough_although_nothing_is_right(game: ObservedGame) -> None:
    game.episode.finish(answer=game.decisions.known.request)
    assert game.episode.verdict is not None and not game.episode.verdict.success
    assert game.paid() == pytest.approx(1.0)


def test_evaluations_go_by_the_database() -> None:
    asked = Config(algo="ppo", worlds=("vet_clinic",), iterations=1, encoder="hashing", judge="observations")
    worker = Worker(0, 1, asked)
    assert isinstance(worker.arena, ObservedArena)
    assert not isinstance(worker.plain, ObservedArena)
