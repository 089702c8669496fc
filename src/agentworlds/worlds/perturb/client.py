"""The agent's side of a perturbed episode as though nothing were perturbed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentworlds.judge.verdict import Verdict
from agentworlds.runtime.step import Step
from agentworlds.worlds.perturb.layer import Held
from agentworlds.worlds.perturb.names import rename, respell
from agentworlds.worlds.perturb.surface import Surface

if TYPE_CHECKING:
    from agentworlds.worlds.episode import Episode


class Client:
    """Makes calls in the world's own names, and again while they are refused for now; steps are as without a layer.

    What was recorded without a layer plays through a client as it stands. Without a layer it changes nothing.
    """

    def __init__(self, episode: Episode) -> None:
        self.episode = episode

    def call(self, tool: str, /, **arguments: Any) -> Step:
        """Call a tool; see `Episode.call`."""
        return self.apply(tool, arguments)

    def apply(self, tool: str, arguments: dict[str, Any]) -> Step:
        """Call a tool with its arguments as one dictionary, until it is carried out or the budget is spent."""
        layer = self.episode.layer
        if layer is None or tool == "finish":
            return self.episode.apply(tool, arguments)
        sent = renamed(layer.surface, tool, arguments)
        step = self.episode.apply(tool, sent)
        while isinstance(step, Held):
            step = self.episode.apply(tool, sent)
        return self._plain(layer.surface, step, arguments)

    def _plain(self, surface: Surface, step: Step, arguments: Any) -> Step:
        """The step as it would be without the layer."""
        instance = self.episode.instance
        declared, data, refusal = instance.tools.get(step.tool), step.data, step.refusal
        if data is not None:
            extra = {surface.names.get(key, key) for key in surface.extra}
            data = rename({key: value for key, value in data.items() if key not in extra}, surface.back)
        if refusal is not None and declared is not None:
            refusal = respell(refusal, surface.tools[step.tool], surface.back)
        plain = Step(step.tool, arguments, data, refusal, declared, instance.prose)
        plain.done, plain.reward = step.done, step.reward
        return plain

    def replay(self) -> Verdict:
        """Play the task's reference solution as it was recorded, and finish."""
        task = self.episode.task
        for call in task.solution:
            if self.episode.done:
                break
            self.apply(call.tool, dict(call.arguments))
        return self.episode.finish(task.answer_given, impossible=task.goal.impossible)


def renamed(surface: Surface, tool: str, arguments: Any) -> Any:
    """A call's arguments, in the world's own names, as they are sent through a surface."""
    if not isinstance(arguments, dict) or tool not in surface.tools:
        return arguments
    sent: dict[str, Any] = rename(arguments, surface.names, deep=False)
    for order, option in surface.orders.get(tool, {}).items():
        if arguments.get("sort") == option:
            sent[surface.names["sort"]] = order
    return sent
