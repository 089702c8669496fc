"""Drawing a task: an intent's draw, the wording, the reference played once, and the goal it amounts to."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, TypeVar

import msgspec

from agentworlds.data.draw import Draw, Rejected
from agentworlds.errors import MISTAKES, AgentworldsError, Fault, in_words, place_of, short
from agentworlds.judge.goal import requirements
from agentworlds.judge.verdict import Goal
from agentworlds.rng import Stream
from agentworlds.runtime.instance import Instance
from agentworlds.runtime.pool import Pool
from agentworlds.spec.answers import Answer
from agentworlds.spec.intents import Intent, Task, placeholders
from agentworlds.spec.rows import Row, using
from agentworlds.spec.world import World
from agentworlds.tasks.solver import Called, Derived, Do, SolutionFailed
from agentworlds.tasks.tracing import untraceable
from agentworlds.tasks.wording import SlotError, briefing, fill, read_slot, vary

T = TypeVar("T")
TRIES = 30
LEAST_BUDGET = 30

Split = Literal["train", "test"]


class BadIntent(AgentworldsError):
    """An intent cannot be drawn, or its reference does not work. The message names the intent's file and line."""


class TaskDraw(Draw):
    """What an intent draws from: a `Draw` that also makes the task."""

    def choice(self, options: Sequence[T]) -> T:
        """One of `options`; rejects the draw when there is none."""
        self.need(options, "there is nothing to choose from")
        return super().choice(options)

    def task(
        self, solve: Callable[[Do], Any], *, answer: Answer | None = None, impossible: bool = False,
        requires: dict[str, Callable[[], bool]] | None = None, may_change: tuple[type[Row], ...] = (),
        actor: Row | None = None, **slots: Any,
    ) -> Task:  # fmt: skip
        """The task of this draw.

        Args:
            solve: The reference solution; it gets a `Do` and returns the answer, if there is one.
            answer: The right answer, worked out from the rows here and not by calling tools.
            impossible: What is asked cannot be done; `solve` then shows how to find that out. Where its twin asks for
                an answer, give any of the same form, so that the two requests end alike.
            requires: Further conditions on the final state, by what they say; the changes that the reference makes
                are required in any case, but for the tables in `may_change`.
            may_change: Tables that `requires` judges alone.
            actor: The row of the person who acts, for a role bound to a table.
            **slots: What the wording's ``{slots}`` stand for.
        """
        return Task(slots, solve, answer, impossible, requires, may_change, actor)


class TaskSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """A drawn task, as plain data.

    Attributes:
        index: Its number within the world and seed.
        instruction: What the agent reads, in a wording for training.
        held_out: The same request in a wording kept for testing.
        solution: The calls of the reference.
        length: How many of them contribute: they change what counts, or their result is looked at.
        budget: How many calls an episode allows.
    """

    index: int
    world: str
    seed: int
    intent: str
    kind: str
    instruction: str
    held_out: str
    role: str | None
    actor: int | None
    goal: Goal
    answer_given: Any
    solution: list[Called]
    length: int
    budget: int
    untraceable: list[str] = []


class DrawnTask:
    """A drawn task with what cannot be written down: its intent and live predicates."""

    def __init__(
        self, spec: TaskSpec, intent: Intent, task: Task, derived: list[Derived], rejected: list[str], request: str
    ) -> None:
        self.spec, self.intent, self.task, self.derived, self.rejected = spec, intent, task, derived, rejected
        self.request = request
        """The request in the intent's first wording, to tell draws apart."""
        self.actor: tuple[type[Row], int] | None = (type(task.actor), task.actor.id) if task.actor is not None else None
        self._captured: list[Row] = []
        self._lock = threading.Lock()

    def capture(self, rows: Iterable[Row]) -> None:
        """Remember the rows that the intent drew: predicates hold on to them, and must see them as they are then."""
        self._captured = list(rows)

    def holds(self, instance: Instance) -> dict[str, bool] | None:
        """Whether each of the goal's predicates holds in an instance; None for a goal without any."""
        if not self.spec.goal.predicates:
            return None
        store = instance.store
        store.begin(writable=False)
        with self._lock, using(store):
            for row in self._captured:
                row._store, row._stored = store, None
            return {name: bool(test()) for name, test in (self.task.requires or {}).items()}


def draw_task(pool: Pool, intent: Intent, number: int, index: int, unlike: DrawnTask | None = None) -> DrawnTask:
    """Draw an intent's `number`-th task for a world and seed.

    Args:
        pool: Instances of the world and seed.
        intent: What to draw.
        number: Which draw of the intent.
        index: The task's number within the world and seed.
        unlike: An earlier task that this one should not repeat, as long as the data have another.

    Raises:
        BadIntent: when no draw is accepted, or the reference does not work.
    """
    template = pool.template
    world = template.program.world
    rejected: list[str] = []
    with pool.acquire() as still:
        still.store.limited = False
        for attempt in range(TRIES):
            draw = TaskDraw(world, template.seed, "task", intent.name, number, attempt, scale=template.scale)
            still.store.begin(writable=False)
            try:
                with using(still.store):
                    task = intent.draw(draw)
                    if unlike is not None and attempt < TRIES // 2 and unlike.request == _request(intent, task, world):
                        continue
                    drawn = _play(pool, intent, task, index, number, rejected)
                    drawn.capture(still.store.known.values())
                    return drawn
            except Rejected as reason:
                rejected.append(str(reason))
            except (SolutionFailed, SlotError, Fault, *MISTAKES) as error:
                raise _bad_intent(intent, template.seed, error) from error
            finally:
                still.store.limited = True
    reasons = ", ".join(sorted(set(rejected)))
    raise BadIntent(f"{_where(intent)} at seed {template.seed}: no draw of {TRIES} was accepted: {reasons}")


def _bad_intent(intent: Intent, seed: int, error: Exception) -> BadIntent:
    """What is wrong with an intent, at the line of its function where it went wrong."""
    place = place_of(error, {intent.file})
    where = f"{short(intent.file)}:{place[1] if place else intent.line}: intent {intent.name} at seed {seed}"
    what = str(error) if isinstance(error, SolutionFailed | SlotError | Fault) else in_words(error)
    return BadIntent(f"{where}: {what}")


def _request(intent: Intent, task: Task, world: World) -> str:
    return fill(intent.wordings[0], task.slots, world.currency)


def _where(intent: Intent) -> str:
    return f"{short(intent.file)}:{intent.line}: intent {intent.name}"


def _play(pool: Pool, intent: Intent, task: Task, index: int, number: int, rejected: list[str]) -> DrawnTask:
    template = pool.template
    program, world = template.program, template.program.world
    role = world.roles[intent.role] if intent.role else None
    if role is not None and role.cls is not None and not isinstance(task.actor, role.cls):
        raise BadIntent(f"{_where(intent)}: the role {role.name!r} acts as a {role.cls.__name__}; give actor=…")
    said = {}
    splits: tuple[Split, Split] = ("train", "test")
    for split in splits:
        stream = Stream(world.id, template.seed, "wording", intent.name, number, split)
        wording = vary(stream.choice(intent.wordings_of(split)), stream)
        before = briefing(world.title, role.about if role else "", task.actor, world.now, world.currency)
        hint = f" {task.answer.hint}" if task.answer else ""
        said[split] = f"{before}\n\n{fill(wording, task.slots, world.currency)}{hint}"
    slots = {path: read_slot(path, task.slots)[0] for path in sorted(placeholders(intent.wordings[0]))}
    with pool.acquire() as instance:
        instance.act_as(intent.role, (type(task.actor), task.actor.id) if task.actor is not None else None)
        do = Do(instance, intent.tools, intent.rename)
        answer = task.solve(do)
        changes = instance.changes()
        free = [cls.__table__.name for cls in task.may_change]
        by_name = {table.name: table for table in program.tables}
        required = requirements(
            [c for c in changes if c.table not in free], by_name, do.composed, program.default_texts
        )
        right = None if task.impossible else task.answer
        goal = Goal(required, right, task.impossible, list(task.requires or {}), free, intent.reward)
        length = sum(call.contributes for call in do.called)
        spec = TaskSpec(
            index=index, world=world.id, seed=template.seed, intent=intent.name, kind=intent.kind,
            instruction=said["train"], held_out=said["test"], role=intent.role,
            actor=task.actor.id if task.actor is not None else None, goal=goal, answer_given=_answer(answer),
            solution=do.called, length=length, budget=max(LEAST_BUDGET, 3 * len(do.called)),
            untraceable=untraceable(program, "", slots, task.actor, do.called, do.derived),
        )  # fmt: skip
    return DrawnTask(spec, intent, task, do.derived, rejected, _request(intent, task, world))


def _answer(value: Any) -> Any:
    from agentworlds.tasks.solver import as_json

    value = as_json(value)
    return dict(value) if isinstance(value, dict) else value
