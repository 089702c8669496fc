"""A problem that every algorithm must learn within seconds: two choices, and one reward after the second.

The first choice is the thing that the request names, out of two to eight, some of which share a word with it. What sounds
then says which of two or three ways to leave by; the request and the ways themselves say nothing of that, so the second
choice needs what was observed in between. Whoever draws succeeds about once in ten times.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from agentworlds.decide.offered import Offer, Offered
from agentworlds.rng import Stream
from agentworlds.train.config import Config
from agentworlds.train.games import Assignment, OfferedArena
from agentworlds.train.policy import Size
from agentworlds.train.trainer import Trainer

COLOURS = ("red", "blue", "green", "amber", "white")
THINGS = ("lamp", "jar", "kite", "drum", "glove", "spoon")
WAYS = {"bell": "door", "horn": "window", "whistle": "tunnel"}
SIZE = Size(width=32, heads=2, word_layers=1, layers=1)
TASKS = 100


class Errand(Offered):
    """One episode, of reward 1 where both choices were right."""

    def __init__(self, assignment: Assignment) -> None:
        draw = Stream("errand", assignment.world, assignment.task, assignment.seed)
        things = draw.shuffled([f"{colour} {thing}" for colour in COLOURS for thing in THINGS])
        self.wanted = draw.choice(things[: draw.integer(2, 8)])
        alike = [one for one in things if set(one.split()) & set(self.wanted.split())]
        count = draw.integer(1, 7)
        others = [*draw.shuffled([one for one in alike if one != self.wanted])[: count // 2], *things]
        others = [one for one in dict.fromkeys(others) if one != self.wanted][:count]
        self.things = draw.shuffled([self.wanted, *others])
        self.sound = draw.choice(tuple(WAYS))
        self.way = WAYS[self.sound]
        others = draw.shuffled([one for one in WAYS.values() if one != self.way])[: draw.integer(1, 2)]
        self.ways = draw.shuffled([self.way, *others])
        super().__init__(f"Please take the {self.wanted} and leave.")

    def start(self) -> Offer:
        return Offer(("You are in a shed.",), tuple(f"take {one}" for one in self.things))

    def act(self, action: str) -> Offer:
        if not self.taken:
            return Offer((f"A {self.sound} sounds.",), tuple(f"use {one}" for one in self.ways))
        right = (*self.taken, action) == (f"take {self.wanted}", f"use {self.way}")
        return Offer(("You are outside.",), reward=float(right), done=True)

    def expert(self) -> int:
        assert self.decision is not None
        right = f"use {self.way}" if self.taken else f"take {self.wanted}"
        return [one.text for one in self.decision.candidates].index(right)


def arena() -> OfferedArena:
    return OfferedArena(Errand, TASKS)


class Reached(Exception):
    """An evaluation was good enough."""


def train(
    algo: str, iterations: int, *, enough: float = 0.9, executor: str = "local", workers: int = 1, **options: Any
) -> float:
    """Train from scratch, until greedy play on unseen seeds succeeds often enough; gives the best that it came to."""
    best = 0.0

    def watch(entry: dict[str, Any]) -> None:
        nonlocal best
        if entry["kind"] == "evaluation":
            best = max(best, entry["success"]["unseen_seeds"])
            if best >= enough:
                raise Reached

    config = Config(algo=algo, worlds=("errand",), iterations=iterations, evaluate_every=2, executor=executor,
                    workers=workers, encoder="hashing", size=SIZE, options={"imitate": 0, **options})  # fmt: skip
    with suppress(Reached):
        Trainer(config, report=watch, arena=arena()).run()
    return best


class Wander(Offered):
    """Three to six choices of no consequence, with rewards that come as they come; to see what a loss makes of them."""

    def __init__(self, assignment: Assignment) -> None:
        self.draw = Stream("wander", assignment.task, assignment.turn)
        self.length = self.draw.integer(3, 6)
        super().__init__(f"Go about for {self.length} rooms.")

    def start(self) -> Offer:
        return self.room(0.0)

    def act(self, action: str) -> Offer:
        return self.room(self.draw.choice((-1.0, -0.25, 0.0, 0.5, 1.0)), done=self.made + 1 == self.length)

    def room(self, reward: float, *, done: bool = False) -> Offer:
        ways = self.draw.shuffled(THINGS)[: self.draw.integer(1, 6)]
        return Offer((f"There is a {ways[0]} here.",), tuple(f"pass the {one}" for one in ways), reward, done)

    def expert(self) -> int:
        return 0


def wandering() -> OfferedArena:
    return OfferedArena(Wander, TASKS)
