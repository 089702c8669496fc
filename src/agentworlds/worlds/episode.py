"""An episode: one instance, one task, one agent, a budget of calls."""

from __future__ import annotations

from typing import Any, Self

from msgspec.structs import replace

from agentworlds.compile.schemas import FINISH_SCHEMA, finish_openai, openai_tool
from agentworlds.errors import Code, EpisodeOver, Refusal
from agentworlds.judge.changes import Change
from agentworlds.judge.verdict import Verdict, judge
from agentworlds.runtime.pool import Pool
from agentworlds.runtime.step import Step
from agentworlds.spec.rewards import Reward, Shaping
from agentworlds.tasks.drawing import DrawnTask, Split
from agentworlds.worlds.perturb.kinds import Perturb
from agentworlds.worlds.perturb.layer import Held, Layer


class Episode:
    """One try at one task.

    Attributes:
        instruction: What the agent reads.
        steps: The calls made so far.
        done: Whether it has ended.
        verdict: The grade once it has ended; for the trainer, never for the agent.
        budget: How many calls are allowed.
        layer: What perturbs the tools; None when nothing does.
    """

    def __init__(
        self, pool: Pool, drawn: DrawnTask, *, wording: Split = "train", reward: Reward | None = None,
        shaping: Shaping | None = None, budget: int | None = None, perturb: Perturb | str | None = None,
    ) -> None:  # fmt: skip
        if wording not in ("train", "test"):
            raise ValueError(f"wording: expected 'train' or 'test', got {wording!r}")
        self.pool = pool
        self.drawn = drawn
        self.task = drawn.spec
        self.wording = wording
        self.instruction = self.task.held_out if wording == "test" else self.task.instruction
        self.reward = reward or self.task.goal.reward
        self.shaping = shaping
        self.program = pool.template.program
        self.perturb = Perturb.read(perturb)
        self.layer = Layer(self.perturb, self.program, self.task) if self.perturb is not None else None
        self.budget = budget or (self.layer.budget() if self.layer is not None else self.task.budget)
        self._tables = {table.name: table for table in self.program.tables}
        self.instance = pool.acquire()
        self.instance.act_as(self.task.role, drawn.actor)
        self.reset()

    def reset(self) -> None:
        """Start again from the beginning."""
        self.instance.reset()
        if self.layer is not None:
            self.layer.reset()
        self.steps: list[Step] = []
        self.done = False
        self.verdict: Verdict | None = None
        self.answer: Any = None
        self.said_impossible = False
        self._progress = 0.0

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The tools that the acting role may use, with ``finish``, as chat-completion APIs take them."""
        role = self.task.role
        if self.layer is not None:
            return self.layer.surface.openai_tools(role)
        allowed = (
            tool for tool in self.program.world.tools.values() if not tool.roles or role is None or role in tool.roles
        )
        return [*(openai_tool(tool) for tool in allowed), finish_openai()]

    def call(self, tool: str, /, **arguments: Any) -> Step:
        """Call a tool; ``finish`` ends the episode.

        Raises:
            EpisodeOver: when the episode has ended.
            Fault: when the environment failed; such an episode is not scored.
        """
        return self.apply(tool, arguments)

    def apply(self, tool: str, arguments: dict[str, Any]) -> Step:
        """Call a tool with its arguments as one dictionary; see `call`."""
        if self.done:
            raise EpisodeOver("this episode has ended; reset() starts it again")
        if tool == "finish":
            return self._finish_call(arguments)
        if len(self.steps) >= self.budget:
            step = Step(tool, arguments, None, Refusal(Code.LIMIT, f"the budget of {self.budget} calls is spent"), None,
                        self.instance.prose)  # fmt: skip
            self._end(step)
            return step
        if self.layer is None:
            step = self.instance.apply(tool, arguments)
        else:
            step = self.layer.apply(self.instance, tool, arguments)
        self._charge(step)
        return step

    def _charge(self, step: Step) -> None:
        """Count a call and pay what it earns."""
        self.steps.append(step)
        step.reward = 0.0 if isinstance(step, Held) else self.reward.step
        if self.shaping is not None:
            progress = self.judge(None, False).progress
            step.reward += self.shaping.step(self._progress, progress, done=False)
            self._progress = progress

    def _finish_call(self, arguments: dict[str, Any]) -> Step:
        known = FINISH_SCHEMA["properties"]
        given: dict[str, Any] = arguments if type(arguments) is dict else {}
        unknown = [str(name)[:60].encode(errors="replace").decode() for name in given if name not in known]
        impossible = given.get("impossible", False)
        refusal = None
        if given is not arguments:
            message = "arguments: expected an object of named arguments"
            refusal = Refusal(Code.INVALID, message, field="arguments")
        elif unknown:
            refusal = Refusal(Code.INVALID, f"{unknown[0]}: finish takes answer and impossible", field=unknown[0])
        elif impossible not in (True, False, None):
            refusal = Refusal(Code.INVALID, "impossible: expected true or false", field="impossible")
        if refusal is not None:
            step = Step("finish", arguments, None, refusal, None, self.instance.prose)
            if len(self.steps) + 1 < self.budget:
                self._charge(step)
            else:
                self.steps.append(step)
                step.reward = self.reward.step
                self._end(step)
            return step
        step = Step("finish", arguments, {"finished": True}, None, None, self.instance.prose)
        self.answer, self.said_impossible = arguments.get("answer"), bool(impossible)
        self._end(step)
        return step

    def finish(self, answer: Any = None, *, impossible: bool = False) -> Verdict:
        """End the episode and grade it. Ending it twice gives the same verdict."""
        if not self.done:
            self.apply("finish", {"answer": answer, "impossible": impossible})
        assert self.verdict is not None
        return self.verdict

    def _end(self, step: Step) -> None:
        self.verdict = self.judge(self.answer, self.said_impossible)
        self.done = step.done = True
        step.reward += self.verdict.reward - self.reward.step * self.verdict.calls
        if self.shaping is not None:
            step.reward += self.shaping.step(self._progress, 0.0, done=True)

    def judge(self, answer: Any = None, impossible: bool = False) -> Verdict:
        """What the verdict would be if the episode ended now; for the trainer."""
        goal = self.task.goal
        if self.reward is not goal.reward:
            goal = replace(goal, reward=self.reward)
        return judge(goal, self.instance.changes(), self._tables, calls=self.calls, answer=answer,
                     impossible=impossible, holds=self.holds())  # fmt: skip

    @property
    def calls(self) -> int:
        """How many calls count: those that a layer refused for now do not."""
        return len(self.steps) if self.layer is None else sum(not isinstance(step, Held) for step in self.steps)

    def holds(self) -> dict[str, bool] | None:
        """Whether each of the goal's predicates holds now; None for a goal without any."""
        return self.drawn.holds(self.instance)

    def changes(self) -> list[Change]:
        """What differs from the start."""
        return self.instance.changes()

    def fork(self) -> Episode:
        """Another episode in the same state; the two share no writes."""
        twin = object.__new__(Episode)
        twin.__dict__.update(self.__dict__)
        twin.instance = self.instance.fork()
        twin.layer = self.layer and self.layer.fork()
        twin.steps = list(self.steps)
        return twin

    def close(self) -> None:
        """Give the instance back."""
        self.instance.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
