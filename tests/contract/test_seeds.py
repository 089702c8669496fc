"""No seed may break a world: its data keep every rule, and every task can be drawn, played and known."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from agentworlds.errors import AgentworldsError
from agentworlds.runtime.template import make_template
from agentworlds.worlds.world import LoadedWorld

pytestmark = pytest.mark.full


def failures(of: Callable[[int], Iterable[str]], seeds: range) -> list[str]:
    """What is wrong at some of the seeds; an exception that is no report of a script's mistake comes through."""
    found: list[str] = []
    for seed in seeds:
        try:
            found += of(seed)
        except AgentworldsError as error:
            found.append(str(error))
    return found


def test_two_hundred_seeds_give_data_that_keep_every_rule_and_fill_the_same_tables(world: LoadedWorld) -> None:
    def filled(seed: int) -> set[str]:
        return {table for table, rows in make_template(world.program, seed).row_counts.items() if rows}

    def empty(seed: int) -> list[str]:
        return [f"{world.id} at seed {seed}: no {table}" for table in sorted(usual - filled(seed))]

    usual = filled(0)
    assert failures(empty, range(1, 200)) == []


def test_every_task_of_twenty_seeds_can_be_drawn_and_none_needs_a_guess(world: LoadedWorld) -> None:
    def guessed(seed: int) -> list[str]:
        return [
            f"{world.id} at seed {seed}: {task.spec.intent}: {one}"
            for task in world.tasks(seed)
            for one in task.spec.untraceable
        ]

    assert failures(guessed, range(20)) == []
