"""Which tasks are drawn: the same from the same seed, and more of those from which there is something to learn."""

from __future__ import annotations

import pickle
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentworlds.train.collect import Played
from agentworlds.train.config import FIRST_SEED
from agentworlds.train.curriculum import FIRST_PREFIX, Curriculum, share
from agentworlds.train.games import Assignment

TASKS = {"bank": range(5), "clinic": range(3)}
KINDS = ["even", "difficulty", "reverse"]
PATIENTLY = settings(deadline=None, max_examples=60)


def played(assignment: Assignment, success: bool) -> Played:
    return Played(assignment, "intent", 3, success, float(success), float(success), 3, 9)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_draws_the_same(kind: str) -> None:
    one, two, other = (Curriculum(kind, TASKS, seed) for seed in (4, 4, 5))
    drawn = one.draw(40)
    assert drawn == two.draw(40)
    assert [at[:2] for at in drawn] != [at[:2] for at in other.draw(40)]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_drawn_does_not_depend_on_how_many_at_a_time(kind: str) -> None:
    one, two = Curriculum(kind, TASKS, 0), Curriculum(kind, TASKS, 0)
    assert one.draw(30) == [assignment for _ in range(10) for assignment in two.draw(3)]


def test_every_task_is_drawn_once_for_each_seed_in_an_order_of_its_own() -> None:
    drawn = Curriculum("even", TASKS, 0).draw(24)
    rounds = [drawn[at : at + 8] for at in (0, 8, 16)]
    keys = [(world, task) for world, tasks in TASKS.items() for task in tasks]
    assert [sorted(one[:2] for one in round_) for round_ in rounds] == [keys] * 3
    assert [{one.seed for one in round_} for round_ in rounds] == [{FIRST_SEED}, {FIRST_SEED + 1}, {FIRST_SEED + 2}]
    assert len({tuple(one[:2] for one in round_) for round_ in rounds}) == 3


def test_a_task_is_drawn_for_several_turns_at_once() -> None:
    drawn = Curriculum("even", TASKS, 0).draw(12, turns=4)
    assert [one.turn for one in drawn] == [0, 1, 2, 3] * 3
    assert len({one[:3] for one in drawn}) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_curriculum_goes_on_from_its_state(kind: str) -> None:
    one, two = Curriculum(kind, TASKS, 0), Curriculum(kind, TASKS, 0)
    for at in range(5):
        one.took([played(assignment, (assignment.task + at) % 2 == 0) for assignment in one.draw(16)])
    two.restore(pickle.loads(pickle.dumps(one.state())))
    assert one.draw(50) == two.draw(50)


def test_reverse_lets_the_reference_play_less_the_better_the_rest_is_done() -> None:
    curriculum = Curriculum("reverse", {"bank": range(2)}, 0)
    assert [one.prefix for one in curriculum.draw(2)] == [FIRST_PREFIX] * 2
    seen = []
    for _ in range(200):
        curriculum.took(played(one, one.task == 0) for one in curriculum.draw(2))
        seen.append(curriculum.prefix.get(("bank", 0), FIRST_PREFIX))
    assert seen == sorted(seen, reverse=True) and seen[-1] == 0.0
    assert curriculum.prefix.get(("bank", 1), FIRST_PREFIX) == FIRST_PREFIX
    for _ in range(200):
        curriculum.took(played(one, False) for one in curriculum.draw(2))
    assert {one.task: one.prefix for one in curriculum.draw(2)} == {0: FIRST_PREFIX, 1: FIRST_PREFIX}


def test_difficulty_draws_most_of_what_is_done_half_of_the_time() -> None:
    curriculum = Curriculum("difficulty", {"bank": range(3)}, 0)
    for at in range(100):
        curriculum.took(
            played(Assignment("bank", task, 0), task == 2 or (task == 1 and at % 2 == 0)) for task in range(3)
        )
    never, sometimes, always = (Counter(one.task for one in curriculum.draw(900))[task] for task in range(3))
    assert sometimes > 3 * never > 0
    assert sometimes > 3 * always > 0


PLACES = st.tuples(st.sampled_from(["bank", "clinic"]), st.integers(0, 4), st.integers(0, 3))


@PATIENTLY
@given(st.sets(PLACES), st.integers(1, 6), st.integers(1, 4))
def test_workers_share_everything_and_no_task_is_split(
    places: set[tuple[str, int, int]], workers: int, turns: int
) -> None:
    assignments = [Assignment(*place, turn=turn) for place in sorted(places) for turn in range(turns)]
    shares = share(assignments, workers)
    assert len(shares) == workers
    assert sorted(one for part in shares for one in part) == sorted(assignments)
    homes = [{one[:3] for one in part} for part in shares]
    assert sum(map(len, homes)) == len(set().union(*homes))
    most = -(-len(assignments) // workers)
    assert all(len(part) <= most + turns for part in shares)
