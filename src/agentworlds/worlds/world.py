"""A loaded world: templates, tasks, instances and episodes by seed."""

from __future__ import annotations

from typing import Any

from agentworlds.compile.program import Program
from agentworlds.compile.schemas import finish_openai, mcp_tool, openai_tool
from agentworlds.errors import NotFound, nearest
from agentworlds.runtime.instance import Instance
from agentworlds.runtime.pool import Pool
from agentworlds.runtime.template import Template, make_template
from agentworlds.spec.intents import Intent
from agentworlds.spec.rewards import Reward, Shaping
from agentworlds.spec.world import World
from agentworlds.tasks.drawing import DrawnTask, Split, draw_task
from agentworlds.worlds.episode import Episode
from agentworlds.worlds.perturb.kinds import Perturb
from agentworlds.worlds.perturb.surface import surface_of

MOST_SEEDS = 32
"""Templates kept for each world, with their connections and drawn tasks."""
DRAWS = 2
"""Tasks drawn of an intent for each seed; an impossible one is drawn once, so that giving up seldom pays."""


class LoadedWorld:
    """A compiled world. Seeds are compiled when first asked for and kept.

    Attributes:
        id: The world's id.
        title: What people call it.
        world: The declarations.
        program: The compiled statements and views.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.id, self.title = world.id, world.title
        self.program = Program(world)
        self._pools: dict[tuple[int, int], Pool] = {}
        self._drawn: dict[tuple[int, int], DrawnTask] = {}
        self.plan = plan_of(list(world.intents.values()))

    def pool(self, seed: int = 0, scale: int = 1) -> Pool:
        """The pool of instances of one seed's template."""
        key = seed, scale
        if key not in self._pools:
            while len(self._pools) >= MOST_SEEDS:
                self._forget(next(iter(self._pools)))
            self._pools[key] = Pool(make_template(self.program, seed, scale))
        self._pools[key] = self._pools.pop(key)  # the latest used stands last
        return self._pools[key]

    def _forget(self, key: tuple[int, int]) -> None:
        """Let go of the seed that has not been used for longest; its open instances live on."""
        self._pools.pop(key).close()
        if key[1] == 1:
            self._drawn = {drawn: task for drawn, task in self._drawn.items() if drawn[0] != key[0]}

    def adopt(self, pool: Pool) -> None:
        """Use a template that was made before, such as a bundle's."""
        self._pools[pool.template.seed, pool.template.scale] = pool

    def template(self, seed: int = 0, scale: int = 1) -> Template:
        """The seeded database image."""
        return self.pool(seed, scale).template

    def instance(self, seed: int = 0, scale: int = 1) -> Instance:
        """A live copy without a task; the caller acts as the operator."""
        return self.pool(seed, scale).acquire()

    @property
    def task_count(self) -> int:
        """How many tasks each seed has."""
        return len(self.plan)

    def task(self, index: int, seed: int = 0) -> DrawnTask:
        """A task by number. Raises NotFound for a number out of range, BadIntent if it cannot be drawn."""
        if not 0 <= index < len(self.plan):
            raise NotFound(f"{self.id} has tasks 0 to {len(self.plan) - 1} for each seed, not {index}")
        if (seed, index) not in self._drawn:
            intent, number = self.plan[index]
            before = self.task(self.plan.index((intent, number - 1)), seed) if number else None
            self._drawn[seed, index] = draw_task(self.pool(seed), intent, number, index, before)
        return self._drawn[seed, index]

    def tasks(self, seed: int = 0) -> list[DrawnTask]:
        """All tasks of a seed."""
        return [self.task(index, seed) for index in range(self.task_count)]

    def episode(
        self, task: int | str = 0, seed: int = 0, *, wording: Split = "train", reward: Reward | None = None,
        shaping: Shaping | None = None, budget: int | None = None, perturb: Perturb | str | None = None,
    ) -> Episode:  # fmt: skip
        """Start an episode.

        Args:
            task: The task's number, or an intent's name for its first task.
            seed: Which data and tasks.
            wording: A wording for training, or one held out for testing.
            reward: Another reward than the intent declares.
            shaping: Potential-based shaping of each call's reward.
            budget: How many calls are allowed; the task's own by default, more where `perturb` asks for more.
            perturb: How the tools differ from the world's own: ``"mild"``, ``"harsh"`` or a `Perturb`.
        """
        drawn = self.task(self.find_task(task) if isinstance(task, str) else task, seed)
        return Episode(self.pool(seed), drawn, wording=wording, reward=reward, shaping=shaping, budget=budget,
                       perturb=perturb)  # fmt: skip

    def find_task(self, intent: str) -> int:
        """The number of an intent's first task. Raises NotFound with the nearest name."""
        for index, (known, _) in enumerate(self.plan):
            if known.name == intent:
                return index
        raise NotFound(f"{self.id} has no intent {intent!r}{nearest(intent, self.world.intents)}")

    def openai_tools(self, role: str | None = None, perturb: Perturb | None = None) -> list[dict[str, Any]]:
        """The tools that a role may use, with ``finish``, as chat-completion APIs take them."""
        if perturb is not None:
            return surface_of(self.program, perturb).openai_tools(role)
        return [*(openai_tool(tool) for tool in self.tools_of(role)), finish_openai()]

    def mcp_tools(self, role: str | None = None, perturb: Perturb | None = None) -> list[dict[str, Any]]:
        """The tools that a role may use, as the Model Context Protocol lists them."""
        if perturb is not None:
            return surface_of(self.program, perturb).mcp_tools(role)
        return [mcp_tool(tool, self.program.views) for tool in self.tools_of(role)]

    def tools_of(self, role: str | None = None) -> list[Any]:
        """The tools that a role may use."""
        return [tool for tool in self.world.tools.values() if role is None or not tool.roles or role in tool.roles]

    def close(self) -> None:
        """Free all connections."""
        for pool in self._pools.values():
            pool.close()


def plan_of(intents: list[Intent]) -> list[tuple[Intent, int]]:
    """Which intent each task number is drawn from: a round of every intent, then second draws."""
    first = [(intent, 0) for intent in intents]
    return first + [(intent, n) for n in range(1, DRAWS) for intent in intents if intent.kind != "impossible"]
