"""The layer between an agent and an instance: every call passes it, and the world's truth lies beneath it."""

from __future__ import annotations

from copy import copy
from math import ceil
from typing import Any, NamedTuple

from agentworlds.compile.program import Program
from agentworlds.errors import Code, Refusal, Refused
from agentworlds.rng import Stream
from agentworlds.runtime.instance import Instance
from agentworlds.runtime.step import Step
from agentworlds.spec.tools import Tool
from agentworlds.tasks.drawing import TaskSpec
from agentworlds.worlds.perturb.kinds import Perturb
from agentworlds.worlds.perturb.surface import surface_of


class Held(Step):
    """A call that the layer refused for now. It never reached the world, and it costs the agent nothing but time."""

    __slots__ = ()


class Hidden(NamedTuple):
    """A write that reads do not show yet: until when, in seconds or calls, and the state before it."""

    until: int
    before: bytes


class Layer:
    """Perturbs the calls of one episode.

    Nothing is drawn from a running stream: what happens to a call is derived from the perturbation's seed, the task
    and the call's number, so a fork has the same future and a reset starts again. What a layer remembers is replaced,
    never changed in place, so a copy is a fork.

    A call passes the rate limit, then the failures; then it is carried out, or answered for an idle tool, and takes
    its latency. Only calls that are carried out count towards the rate limit.
    """

    def __init__(self, perturb: Perturb, program: Program, spec: TaskSpec) -> None:
        self.perturb, self.program, self.spec = perturb, program, spec
        self.surface = surface_of(program, perturb)
        self.reset()

    def reset(self) -> None:
        """Start again from the first call."""
        self.turn = 0
        self._carried_out: tuple[int, ...] = ()
        self._limited = 0
        self._failed: dict[str, int] = {}
        self._hidden: tuple[Hidden, ...] = ()

    def fork(self) -> Layer:
        """Another layer with the same past and the same future."""
        return copy(self)

    def apply(self, instance: Instance, tool: str, arguments: Any) -> Step:
        """Make a call. Raises Fault, and then nothing has happened."""
        given = sorted(map(repr, arguments.items())) if isinstance(arguments, dict) else arguments
        call = f"{tool} {given}"
        refusal = self._limit(instance) or self._fail(instance, call)
        if refusal is not None:
            step: Step = Held(str(tool), arguments, None, refusal, None, instance.prose)
        else:
            started = instance.wait(0)
            step = self._carry_out(instance, tool, arguments)
            if self.perturb.latency is not None:
                instance.wait(self._stream("latency").integer(self.perturb.latency.low, self.perturb.latency.high))
            if self.perturb.limit is not None:
                self._carried_out = (*self._carried_out, started)[-self.perturb.limit.calls :]
            self._failed = {other: times for other, times in self._failed.items() if other != call}
        self.turn += 1
        return step

    def _stream(self, what: str) -> Stream:
        return Stream("perturb", self.perturb.seed, self.spec.world, self.spec.seed, self.spec.index, what, self.turn)

    # Refused for now ------------------------------------------------------------------------------------

    def _limit(self, instance: Instance) -> Refusal | None:
        limit = self.perturb.limit
        if limit is None or len(self._carried_out) < limit.calls:
            return None
        left = self._carried_out[0] + limit.seconds - instance.wait(0)
        if left <= 0:
            self._limited = 0
            return None
        takes = max(instance.tick, ceil(left / max(limit.tries - self._limited, 1)))
        self._limited += 1
        instance.wait(takes)
        when = f"the same call again{f' in {left - takes} seconds' if left > takes else ''}"
        return Refusal(Code.LIMIT, f"At most {limit.calls} calls in {limit.seconds} seconds are allowed.", when)

    def _fail(self, instance: Instance, call: str) -> Refusal | None:
        failures, times = self.perturb.failures, self._failed.get(call, 0)
        if failures is None or times >= failures.most or not self._stream("failure").chance(failures.percent):
            return None
        self._failed = {**self._failed, call: times + 1}
        instance.wait(instance.tick)
        return Refusal(Code.UNAVAILABLE, "The service did not answer; nothing was done.", "the same call again")

    # Carried out ----------------------------------------------------------------------------------------

    def _carry_out(self, instance: Instance, tool: str, arguments: Any) -> Step:
        shown = self.surface.tools.get(tool) if isinstance(tool, str) else None
        if shown is None:
            return instance.apply(tool, arguments)
        if tool in self.surface.idle:
            instance.wait(instance.tick)
            refusal = Refusal(Code.UNAVAILABLE, f"{tool} is not enabled for this account.")
            return Step(tool, arguments, None, refusal, None, instance.prose)
        declared = instance.tools[tool]
        try:
            sent = self.surface.receive(shown, arguments)
        except Refused as refused:
            instance.wait(instance.tick)
            return Step(tool, arguments, None, refused.refusal, declared, instance.prose)
        if self.perturb.pages is not None and declared.search is not None:
            sent = self._shorten(sent)
        step = self._write(instance, tool, sent) if declared.writes else self._read(instance, tool, sent)
        return self.surface.dress(step, arguments, declared, self._stream("request").seed)

    def _shorten(self, arguments: Any) -> Any:
        """Ask for a page that is no longer than drawn; what is malformed is left for the world to refuse."""
        limit = arguments.get("limit", 20) if type(arguments) is dict else None
        if type(limit) is not int or not 1 <= limit <= 50:
            return arguments
        pages = self.perturb.pages
        assert pages is not None
        return {**arguments, "limit": min(limit, self._stream("page").integer(pages.least, pages.most))}

    def _write(self, instance: Instance, tool: str, arguments: Any) -> Step:
        stale = self.perturb.stale
        if stale is None:
            return instance.apply(tool, arguments)
        before = instance.snapshot()
        step = instance.apply(tool, arguments)
        if step.ok:
            until = self.turn + 1 + stale.calls if stale.calls else instance.wait(0) + (stale.seconds or 0)
            self._hidden = (*self._hidden, Hidden(until, before))
        return step

    def _read(self, instance: Instance, tool: str, arguments: Any) -> Step:
        stale = self.perturb.stale
        now = instance.wait(0)
        if stale is not None:
            self._hidden = tuple(one for one in self._hidden if one.until > (self.turn if stale.calls else now))
        if not self._hidden:
            return instance.apply(tool, arguments)
        with instance.fork() as past:
            past.restore(self._hidden[0].before)
            past.wait(now - past.wait(0))
            step = past.apply(tool, arguments)
        instance.wait(instance.tick)
        return step

    # The budget -----------------------------------------------------------------------------------------

    def budget(self) -> int:
        """The task's budget, grown as its reference grows when all goes as badly as declared.

        Each call may have to be tried again as often as declared, each search may come in the shortest pages, and after
        each change one may have to wait until reads show it.
        """
        perturb, solution = self.perturb, self.spec.solution
        tries = 1 + (perturb.limit.tries if perturb.limit else 0) + (perturb.failures.most if perturb.failures else 0)
        wait = 0
        if perturb.stale is not None:
            wait = perturb.stale.calls or ceil((perturb.stale.seconds or 0) / max(self.program.world.tick, 1))
        calls = 0
        for call in solution:
            rows = len(call.observation.get("results", ())) if self._searches(call.tool) else 0
            pages = ceil(rows / perturb.pages.least) if perturb.pages is not None else 1
            calls += tries * max(pages, 1) + wait * call.changed
        return ceil(self.spec.budget * calls / len(solution)) if solution else self.spec.budget * tries

    def _searches(self, name: str) -> bool:
        tool: Tool | None = self.program.world.tools.get(name)
        return tool is not None and tool.search is not None
