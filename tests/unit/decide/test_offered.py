"""Environments that offer whole actions, with a game of three rooms, a key and a door."""

from __future__ import annotations

from collections import deque

import pytest

from agentworlds.decide.known import Candidate
from agentworlds.decide.offered import Offer, Offered
from agentworlds.errors import EpisodeOver
from agentworlds.rng import Stream

EXITS = {"kitchen": {"east": "hall"}, "hall": {"west": "kitchen", "down": "cellar"}, "cellar": {"up": "hall"}}
REQUEST = "Bring the lantern from the cellar to the kitchen. Mind: the cellar door is locked."


class House(Offered):
    """The key lies in the hall, the lantern in the cellar, and one's hands hold one thing at a time."""

    def __init__(self, patience: int = 20) -> None:
        self.patience = patience
        self.room, self.held, self.locked = "kitchen", "", True
        self.lying = {"kitchen": set(), "hall": {"key"}, "cellar": {"lantern"}}
        super().__init__(REQUEST, "You are in a house.")

    def start(self) -> Offer:
        return Offer(self.look(), self.actions())

    def act(self, action: str) -> Offer:
        verb, _, thing = action.partition(" ")
        said = ()
        if verb == "go":
            self.room = EXITS[self.room][thing]
        elif verb == "take":
            self.lying[self.room].remove(thing)
            self.held = thing
        elif verb == "drop":
            self.lying[self.room].add(thing)
            self.held = ""
        elif verb == "unlock":
            self.locked = False
            said = ("The lock gives way.",)
        won = "lantern" in self.lying["kitchen"]
        self.patience -= 1
        done = won or not self.patience
        return Offer((*said, *self.look()), () if done else self.actions(), 1.0 if won else 0.0, done)

    def look(self) -> tuple[str, ...]:
        things = [f"There is a {thing} here." for thing in sorted(self.lying[self.room])]
        return f"You are in the {self.room}.", *things, *([f"You hold the {self.held}."] if self.held else [])

    def actions(self) -> tuple[str, ...]:
        shut = self.room == "hall" and self.locked
        ways = [f"go {way}" for way in EXITS[self.room] if not (shut and way == "down")]
        take = [] if self.held else [f"take {thing}" for thing in sorted(self.lying[self.room])]
        drop = [f"drop {self.held}"] if self.held else []
        return (*ways, *take, *drop, *(["unlock door"] if shut and self.held == "key" else []))


def play(game: Offered, actions: list[str]) -> Offer:
    for action in actions:
        assert game.decision is not None
        offer = game.choose([one.text for one in game.decision.candidates].index(action))
    return offer


SOLUTION = [
    "go east",
    "take key",
    "unlock door",
    "drop key",
    "go down",
    "take lantern",
    "go up",
    "go west",
    "drop lantern",
]


def test_the_first_decision_is_among_the_actions_offered() -> None:
    game = House()
    assert game.known.request == REQUEST
    assert game.known.lines == ["You are in the kitchen."]
    assert game.decision is not None
    assert game.decision.question == "action"
    assert game.decision.candidates == [Candidate("go east", "action", "offered", "go east")]


def test_the_game_is_won_by_choosing() -> None:
    game = House()
    offer = play(game, SOLUTION)
    assert (offer.reward, offer.done) == (1.0, True)
    assert (game.decision, game.earned, game.taken, game.made) == (None, 1.0, SOLUTION, 9)
    with pytest.raises(EpisodeOver):
        game.choose(0)


def test_what_was_observed_is_kept_with_the_action_that_showed_it() -> None:
    game = House()
    play(game, SOLUTION[:3])
    assert [(cell.turn, cell.tool, cell.text) for cell in game.known.cells] == [
        (-1, "", "You are in the kitchen."),
        (0, "go east", "You are in the hall."),
        (0, "go east", "There is a key here."),
        (1, "take key", "You are in the hall."),
        (1, "take key", "You hold the key."),
        (2, "unlock door", "The lock gives way."),
        (2, "unlock door", "You are in the hall."),
        (2, "unlock door", "You hold the key."),
    ]


def test_the_same_choices_give_the_same_decisions_and_a_random_walk_always_ends() -> None:
    walks = []
    for _ in range(2):
        stream, game, seen = Stream("house"), House(patience=200), []
        while game.decision is not None:
            seen.append(game.decision)
            game.choose(stream.below(len(game.decision.candidates)))
        walks.append((seen, game.earned))
    assert walks[0] == walks[1]
    assert len(walks[0][0]) <= 200


def test_the_shortest_solution_is_found_by_searching_over_choices() -> None:
    waiting: deque[list[int]] = deque([[]])
    while True:
        path = waiting.popleft()
        game = House()
        for index in path:
            game.choose(index)
        if game.earned:
            break
        if game.decision is not None and len(path) < len(SOLUTION):
            waiting += [[*path, index] for index in range(len(game.decision.candidates))]
    assert len(path) == len(SOLUTION)


@pytest.mark.parametrize("index", [-1, 1])
def test_an_index_that_is_no_candidates_is_an_error_and_changes_nothing(index: int) -> None:
    game = House()
    with pytest.raises(IndexError, match=f"there are 1 candidates, so {index} is none of them"):
        game.choose(index)
    assert game.taken == []


def test_an_offer_without_a_choice_or_with_one_twice_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="must offer an action"):
        Offer(("A wall.",))
    with pytest.raises(ValueError, match="'open' is offered 2 times"):
        Offer(("Two boxes.",), ("open", "open"))
    assert Offer(("The end.",), done=True).actions == ()
