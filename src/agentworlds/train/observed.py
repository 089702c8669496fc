"""A reward that reads observations alone, to set beside the database's: how much of what was asked an agent has said.

Without a database to look into, environments are often scored by what a transcript shows. This is such a heuristic: of
the names, codes, numbers and dates that a request states, the share that accepted calls or the answer give, paid when
the episode ends; nothing where the last call was refused, or where nothing was written and nothing answered. Half of it
counts as a success. Whether the right row was changed, it cannot see.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from agentworlds.judge.facts import find_dates
from agentworlds.train.games import Assignment, Grade, WorldArena, WorldGame
from agentworlds.worlds.world import LoadedWorld

STATED = ("text", "number", "date", "time")
ENOUGH = 0.5
"""The share that counts as a success."""


class ObservedGame(WorldGame):
    """An episode of a world that is paid by what can be observed of it."""

    def __init__(self, world: LoadedWorld, assignment: Assignment, **settings: Any) -> None:
        super().__init__(world, assignment, **settings)
        known = self.decisions.known
        stated = [one for kind in STATED for one in known.of(kind) if one.source == "request"]
        self.stated = {normal(one.value) for one in stated if one.kind != "text" or not one.value.isalpha()}
        """Single words are left out: most are no names, only the first of a sentence."""

    def paid(self) -> float:
        """See Game: the share that was said, once the episode is over."""
        return self.share() if self.episode.done else 0.0

    def grade(self) -> Grade:
        """See Game."""
        share = self.share()
        return Grade(self.episode.done and share >= ENOUGH, share, self.episode.calls)

    def share(self) -> float:
        """The share of the stated values that were said, as far as there is anything to be paid for."""
        episode, tools = self.episode, self.episode.program.world.tools
        wrote = any(step.ok and tools[step.tool].writes for step in episode.steps if step.tool in tools)
        if (episode.steps and not episode.steps[-1].ok) or not (wrote or episode.answer is not None):
            return 0.0
        given = [step.arguments for step in episode.steps if step.ok]
        said = " ".join(normal(one) for one in plain([*given, episode.answer]))
        days = {one.value for one in find_dates(said)}
        return sum(one in said or one in days for one in self.stated) / len(self.stated) if self.stated else 1.0


class ObservedArena(WorldArena):
    """Episodes of worlds that are paid by what can be observed."""

    game = ObservedGame


def plain(value: Any) -> Iterator[Any]:
    """The values inside lists and objects."""
    if isinstance(value, dict | list | tuple):
        for one in value.values() if isinstance(value, dict) else value:
            yield from plain(one)
    elif value is not None:
        yield value


def normal(value: Any) -> str:
    """A value as it is compared."""
    if isinstance(value, float) and value == int(value):
        value = int(value)
    return str(value).casefold()
