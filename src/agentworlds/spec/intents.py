"""An intent: a kind of task, with wordings, a way to draw it from the data and a reference solution."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from agentworlds.spec.answers import Answer
from agentworlds.spec.rewards import Reward

IntentKind = Literal["write", "question", "conditional", "aggregate", "batch", "repair", "impossible"]

KINDS: tuple[str, ...] = get_args(IntentKind)
LEAST_WORDINGS = 8
HELD_OUT_SHARE = 4  # every fourth wording is kept for testing


@dataclass
class Intent:
    """A declared intent."""

    name: str
    kind: IntentKind
    wordings: tuple[str, ...]
    draw: Callable[[Any], Task]
    file: str
    line: int
    role: str | None = None
    reward: Reward = field(default_factory=Reward)
    twin: str | None = None
    """For an impossible intent: the possible one that shares its wordings."""
    source: str = ""
    tools: dict[str, str] = field(default_factory=dict)
    """What the world calls each tool that the script of this intent declares."""
    rename: dict[str, list[str]] = field(default_factory=dict)
    """Other words that the world has for that script's columns and parameters."""

    def wordings_of(self, split: Literal["train", "test", "all"]) -> tuple[str, ...]:
        """The wordings for training, those held out for testing, or both."""
        held_out = self.wordings[HELD_OUT_SHARE - 1 :: HELD_OUT_SHARE]
        if split == "test":
            return held_out
        return tuple(w for w in self.wordings if split == "all" or w not in held_out)


@dataclass
class Task:
    """What an intent draws: see `TaskDraw.task`."""

    slots: dict[str, Any]
    solve: Callable[[Any], Any]
    answer: Answer | None = None
    impossible: bool = False
    requires: dict[str, Callable[[], bool]] | None = None
    may_change: tuple[Any, ...] = ()
    actor: Any = None


PLACEHOLDER = re.compile(r"\{([a-z_][\w.]*)\}")


def placeholders(wording: str) -> set[str]:
    """The slot paths that a wording states."""
    return set(PLACEHOLDER.findall(wording))


def content_words(wording: str) -> set[str]:
    """The words of a wording apart from its slots."""
    return set(re.findall(r"[a-z']+", PLACEHOLDER.sub(" ", wording).lower()))


def too_alike(one: str, other: str) -> bool:
    """Whether two wordings are no clearly different wordings: four fifths of their words are shared."""
    a, b = content_words(one), content_words(other)
    return len(a & b) >= 0.8 * len(a | b)
