"""Every certified solution can be expressed as choices over candidates, and playing it so succeeds."""

from __future__ import annotations

import pytest

from agentworlds.decide.decisions import Decisions
from agentworlds.decide.teacher import Teacher
from agentworlds.rng import Stream
from agentworlds.worlds.episode import Episode
from agentworlds.worlds.world import LoadedWorld
from tests.contract.conftest import IDS, loaded


def play_all(world: LoadedWorld, seed: int) -> list[int]:
    """Play every reference of a seed by choices; gives how many each took."""
    lengths = []
    for drawn in world.tasks(seed):
        with Episode(world.pool(seed), drawn) as episode:
            decisions = Decisions(episode)
            lengths.append(sum(1 for _ in Teacher(decisions, drawn).play()))
            assert episode.verdict is not None, drawn.spec.intent
            assert episode.verdict.success, (drawn.spec.intent, episode.verdict)
            assert decisions.decision is None
    return lengths


def test_every_solution_of_a_seed_can_be_expressed(packaged: LoadedWorld) -> None:
    assert len(play_all(packaged, 0)) == packaged.task_count


@pytest.mark.full
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("id", IDS)
def test_every_solution_of_further_seeds_can_be_expressed(id: str, seed: int) -> None:
    assert len(play_all(loaded(id), seed)) == loaded(id).task_count


def test_the_same_history_gives_the_same_candidates(packaged: LoadedWorld) -> None:
    seen = []
    for _ in range(2):
        with packaged.episode(0) as episode:
            seen.append(list(Teacher(Decisions(episode), episode.drawn).play()))
    assert seen[0] == seen[1]
    assert all(decision.candidates for decision, _ in seen[0])


@pytest.mark.parametrize("perturb", [None, "harsh"])
def test_whatever_is_chosen_there_is_a_next_choice_until_the_end(packaged: LoadedWorld, perturb: str | None) -> None:
    for task in range(4):
        stream = Stream("walk", packaged.id, task, perturb or "")
        with packaged.episode(task, perturb=perturb) as episode:
            decisions = Decisions(episode)
            while decisions.decision is not None and decisions.made < 250:
                assert decisions.decision.candidates, decisions.decision.question
                decisions.choose(stream.below(len(decisions.decision.candidates)))
            assert decisions.decision is not None or episode.done
