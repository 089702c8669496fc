"""One call and what came of it."""

from __future__ import annotations

from typing import Any

import orjson

from agentworlds.errors import Refusal
from agentworlds.observe.prose import Prose, say_refusal
from agentworlds.spec.tools import Tool


class Step:
    """The outcome of one call: a result or a refusal. JSON and text are made when first asked for.

    Attributes:
        tool: The tool's name.
        arguments: What the agent sent.
        data: The result as JSON-able data; None when refused.
        refusal: The typed "no", or None.
        done: Whether the episode is over after this call.
        reward: For the trainer: what this call earned. Never part of what the agent reads.
    """

    __slots__ = ("_declared", "_prose", "arguments", "data", "done", "refusal", "reward", "tool")

    def __init__(
        self, tool: str, arguments: dict[str, Any], data: dict[str, Any] | None, refusal: Refusal | None,
        declared: Tool | None, prose: Prose,
    ) -> None:  # fmt: skip
        self.tool = tool
        self.arguments = arguments
        self.data = data
        self.refusal = refusal
        self.done = False
        self.reward = 0.0
        self._declared = declared
        self._prose = prose

    @property
    def ok(self) -> bool:
        """Whether the call was carried out."""
        return self.refusal is None

    @property
    def observation(self) -> dict[str, Any]:
        """What the agent is told, as JSON-able data."""
        if self.refusal is None:
            return self.data or {}
        refusal: dict[str, Any] = {"code": str(self.refusal.code), "message": self.refusal.message}
        if self.refusal.hint:
            refusal["hint"] = self.refusal.hint
        if self.refusal.field:
            refusal["field"] = self.refusal.field
        return {"refused": refusal}

    @property
    def json(self) -> str:
        """What the agent is told, as JSON."""
        return orjson.dumps(self.data if self.refusal is None else self.observation).decode()

    @property
    def text(self) -> str:
        """The same facts in a few words."""
        if self.refusal is not None:
            return say_refusal(self.refusal)
        if self._declared is None:
            return "The episode is over."
        return self._prose.result(self._declared, self.data or {})

    def __repr__(self) -> str:
        outcome = "ok" if self.ok else f"refused {self.refusal.code}"  # type: ignore[union-attr]
        return f"<Step {self.tool} {outcome}>"
