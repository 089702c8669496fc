"""Environments that offer whole actions, played by the same choices: commands of a text game, elements of a page."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass
from typing import Any

from agentworlds.decide.choices import Decision
from agentworlds.decide.known import Candidate, Cell, Outcome, Shown, tokens
from agentworlds.errors import EpisodeOver


@dataclass(frozen=True)
class Offer:
    """What an environment shows, and what can be done next.

    Attributes:
        lines: What is observed, line by line.
        actions: What can be done now, each in words and once; of no account when it is over.
        reward: What the last action earned.
        done: Whether it is over.
    """

    lines: tuple[str, ...]
    actions: tuple[str, ...] = ()
    reward: float = 0.0
    done: bool = False

    def __post_init__(self) -> None:
        if self.done:
            return
        if not self.actions:
            raise ValueError("an environment that is not over must offer an action")
        action, times = Counter(self.actions).most_common(1)[0]
        if times > 1:
            raise ValueError(f"the action {action!r} is offered {times} times, so that choosing it says too little")


class Observed:
    """What is known of such an episode: the request, and the lines observed, each a row with one text in it.

    It has the parts of `Known` that make sense without tables. A line's `turn` is the number of the action after which
    it was observed, -1 at the start, and its `tool` that action.
    """

    def __init__(self, request: str, briefing: str = "") -> None:
        self.request, self.briefing = request, briefing
        self.tokens = tokens(request)
        self.values: dict[str, dict[Any, Candidate]] = {}
        self.cells: list[Cell] = []
        self.rows: list[Shown] = []
        self.now = None

    def get(self, kind: str, value: Any) -> Candidate | None:
        """A value, if it is known: there are none."""
        return None

    def describe(self, tool: str) -> str:
        """An action in words: as it is."""
        return tool

    @property
    def lines(self) -> list[str]:
        """Everything observed so far, in order."""
        return [cell.text for cell in self.cells]

    def learn(self, lines: tuple[str, ...], action: str, turn: int) -> None:
        """Take in what was observed."""
        for place, line in enumerate(lines):
            self.rows.append(Shown("line", len(self.rows), action, turn, place, len(lines)))
            self.cells.append(Cell("text", line, line, action, "line", len(self.rows) - 1, turn))


class Offered(ABC):
    """One episode of an environment that says what can be done. `decision` is None when it is over.

    A subclass says how it starts and what an action does; its own `__init__` calls this one last, which starts it.

    Attributes:
        decision: The next choice to make: ``action``, out of what is offered.
        known: The request, and what has been observed.
        offer: What the environment showed last.
        taken: The actions chosen so far.
        earned: The sum of rewards so far.
    """

    def __init__(self, request: str, briefing: str = "") -> None:
        self.known = Observed(request, briefing)
        self.taken: list[str] = []
        self.outcomes: list[Outcome] = []
        self.earned = 0.0
        self._take_in(self.start(), "", -1)

    @abstractmethod
    def start(self) -> Offer:
        """What is seen and offered at the start."""

    @abstractmethod
    def act(self, action: str) -> Offer:
        """Do one of the actions offered last."""

    left = 1.0
    """The share of a budget that is left; without one, all of it."""

    @property
    def made(self) -> int:
        """How many choices were made."""
        return len(self.taken)

    def choose(self, index: int) -> Offer:
        """Choose a candidate of the decision; gives what the environment shows then.

        Raises:
            IndexError: for an index that is none of a candidate's.
            EpisodeOver: when it is over.
        """
        if self.decision is None:
            raise EpisodeOver("this episode has ended")
        candidates = self.decision.candidates
        if not 0 <= index < len(candidates):
            raise IndexError(f"there are {len(candidates)} candidates, so {index} is none of them")
        action = candidates[index].text
        offer = self.act(action)
        self.taken.append(action)
        self.outcomes.append(Outcome(action))
        self._take_in(offer, action, len(self.taken) - 1)
        return offer

    def _take_in(self, offer: Offer, action: str, turn: int) -> None:
        self.offer = offer
        self.earned += offer.reward
        self.known.learn(offer.lines, action, turn)
        options = [Candidate(one, "action", "offered", one) for one in offer.actions]
        self.decision: Decision | None = None if offer.done else Decision("action", options)
