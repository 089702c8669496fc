"""The agent's side of a perturbed episode as though nothing were perturbed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agentworlds.judge.verdict import Verdict
from agentworlds.runtime.step import Step
from agentworlds.worlds.perturb.layer import Held

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
        layer, instance = self.episode.layer, self.episode.instance
        if layer is None or tool == "finish":
            return self.episode.apply(tool, arguments)
        sent = layer.surface.send(tool, arguments)
        step = self.episode.apply(tool, sent)
        while isinstance(step, Held) and not self.episode.done:
            step = self.episode.apply(tool, sent)
        return layer.surface.undress(step, arguments, instance.tools.get(tool), instance.prose)

    def replay(self) -> Verdict:
        """Play the task's reference solution as it was recorded, and finish."""
        task = self.episode.task
        for call in task.solution:
            if not self.episode.done:
                self.apply(call.tool, dict(call.arguments))
        return self.episode.finish(task.answer_given, impossible=task.goal.impossible)
