"""Where episodes come from: the worlds, or any environment that offers whole actions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Protocol

from agentworlds.decide.choices import Decision
from agentworlds.decide.decisions import Decisions
from agentworlds.decide.offered import Offered
from agentworlds.decide.teacher import Teacher
from agentworlds.tasks.drawing import BadIntent, Split
from agentworlds.worlds.episode import Episode
from agentworlds.worlds.loading import load
from agentworlds.worlds.world import LoadedWorld

KEPT_SEEDS = 4
"""Seeds of a world whose templates are kept open."""


class Assignment(NamedTuple):
    """An episode to play.

    Attributes:
        world: The world's id.
        task: The task's number.
        seed: Which data and tasks.
        wording: Wordings for training, or held out.
        turn: Tells several episodes of one task apart.
        prefix: The share of the reference's decisions that are made for the policy, as in a reverse curriculum.
    """

    world: str
    task: int
    seed: int
    wording: Split = "train"
    turn: int = 0
    prefix: float = 0.0


class Grade(NamedTuple):
    """How an episode stands: whether the goal is reached, the share of it that is met, and the calls that count."""

    success: bool
    progress: float
    calls: int


class Game(Protocol):
    """One episode, and what a trainer may ask of it.

    Attributes:
        intent: What is asked, by the environment's own name.
        length: The calls that a good solution takes; 0 where that is not known.
    """

    intent: str
    length: int

    @property
    def decisions(self) -> Decisions | Offered:
        """The choices to make."""

    def paid(self) -> float:
        """What was earned since this was asked last."""

    def grade(self) -> Grade:
        """How the episode stands."""

    def reference(self) -> Iterator[tuple[Decision, int]]:
        """The reference's decisions and choices; each is made before the next is named."""

    def close(self) -> None:
        """Let go of what the episode holds."""


class Arena(Protocol):
    """Starts episodes."""

    def start(self, assignment: Assignment) -> Game:
        """A fresh episode."""

    def tasks(self, world: str) -> Sequence[int]:
        """The numbers of the tasks that each seed of a world has."""


class WorldGame:
    """An episode of a world."""

    def __init__(self, world: LoadedWorld, assignment: Assignment, **settings: Any) -> None:
        drawn = world.task(assignment.task, assignment.seed)
        self.episode = Episode(world.pool(assignment.seed), drawn, wording=assignment.wording, **settings)
        self.decisions = Decisions(self.episode)
        self.intent, self.length = drawn.spec.intent, drawn.spec.length
        self._paid = 0.0

    def paid(self) -> float:
        """See Game."""
        steps = self.episode.steps
        total = sum(step.reward for step in steps)
        if self.decisions.step is not None and (not steps or steps[-1] is not self.decisions.step):
            total += self.decisions.step.reward  # finishing is no step
        new, self._paid = total - self._paid, total
        return new

    def grade(self) -> Grade:
        """See Game. An episode that was not finished is graded as it stands, and is no success."""
        verdict = self.episode.verdict or self.episode.judge()
        return Grade(verdict.success and self.episode.done, verdict.progress, self.episode.calls)

    def reference(self) -> Iterator[tuple[Decision, int]]:
        """See Game."""
        return Teacher(self.decisions, self.episode.drawn).play()

    def close(self) -> None:
        """See Game."""
        self.episode.close()


class WorldArena:
    """Episodes of worlds.

    Args:
        worlds: Ids, scripts or bundles.
        longest: Leave out tasks whose reference takes more calls than this; 0 for none.
        settings: Settings of every episode: `reward`, `shaping`, `budget`, `perturb`.
    """

    game: ClassVar[type[WorldGame]] = WorldGame
    """What an episode is."""

    def __init__(self, worlds: Sequence[str | Path], longest: int = 0, **settings: Any) -> None:
        self.worlds = {str(name): load(name) for name in worlds}
        self.longest = longest
        self.settings = settings
        self._seeds: list[int] = []

    def start(self, assignment: Assignment) -> WorldGame:
        """See Arena. Raises BadIntent where the seed's data do not allow the task, or it is too long."""
        if assignment.seed not in self._seeds:
            self._seeds.append(assignment.seed)
            if len(self._seeds) > KEPT_SEEDS:  # a connection is an open file, and each seed has its own
                self._seeds = [assignment.seed]
                for world in self.worlds.values():
                    world.close()
        game = self.game(self.worlds[assignment.world], assignment, **self.settings)
        if self.longest and game.length > self.longest:
            game.close()
            raise BadIntent(f"{game.intent} takes {game.length} calls with seed {assignment.seed}")
        return game

    def tasks(self, world: str) -> Sequence[int]:
        """See Arena. Where only short tasks are asked for, those that are short with the first seed."""
        numbers = range(self.worlds[world].task_count)
        return [task for task in numbers if self._is_short(world, task)] if self.longest else numbers

    def _is_short(self, world: str, task: int) -> bool:
        try:
            return self.worlds[world].task(task, 0).spec.length <= self.longest
        except BadIntent:
            return False


class OfferedGame:
    """An episode of an environment that offers whole actions; a positive sum of rewards is a success."""

    def __init__(self, decisions: Offered, intent: str = "") -> None:
        self.decisions, self.intent, self.length = decisions, intent or type(decisions).__name__, 0
        self._paid = 0.0

    def paid(self) -> float:
        """See Game."""
        new, self._paid = self.decisions.earned - self._paid, self.decisions.earned
        return new

    def grade(self) -> Grade:
        """See Game."""
        success = self.decisions.decision is None and self.decisions.earned > 0
        return Grade(success, float(success), self.decisions.made)

    def reference(self) -> Iterator[tuple[Decision, int]]:
        """See Game; there is none unless the environment has a method `expert` that names the number to choose."""
        while self.decisions.decision is not None:
            index = self.decisions.expert()  # type: ignore[attr-defined]
            yield self.decisions.decision, index
            self.decisions.choose(index)

    def close(self) -> None:
        """See Game."""


class OfferedArena:
    """Episodes of environments that offer whole actions, each made by a function of the assignment."""

    def __init__(self, make: Callable[[Assignment], Offered], tasks: int = 1) -> None:
        self._make, self._tasks = make, tasks

    def start(self, assignment: Assignment) -> OfferedGame:
        """See Arena."""
        return OfferedGame(self._make(assignment), assignment.world)

    def tasks(self, world: str) -> Sequence[int]:
        """See Arena."""
        return range(self._tasks)
