"""The plain view: an action is a tool call in JSON, an observation is its outcome in words and in JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import orjson
from gymnasium import spaces
from gymnasium.error import CustomSpaceError
from gymnasium.vector.utils import create_shared_memory

from agentworlds.errors import Code, Fault, Refusal
from agentworlds.runtime.step import Step
from agentworlds.serve.gym_episodes import WorldEnv

MOST_TEXT = 32_768
FORM = '{"tool": "…", "arguments": {…}}'


def _letters(*ranges: tuple[int, int]) -> str:
    return "".join(chr(code) for first, last in ranges for code in range(first, last + 1))


CHARSET = "\n" + _letters(
    (0x20, 0x7E), (0xA0, 0x17F), (0x2010, 0x2027), (0x20A0, 0x20C0), (0x2190, 0x2193), (0x2212, 0x2212),
    (0x2260, 0x2265),
)  # fmt: skip
"""ASCII, Latin letters with accents, dashes and quotation marks, currencies, arrows and signs of arithmetic."""
KNOWN = frozenset(CHARSET)

Observation = dict[str, Any]
"""``text`` and ``json``, both texts."""


class ToolCall(msgspec.Struct, forbid_unknown_fields=True):
    """An action."""

    tool: str
    arguments: dict[str, Any] = {}


class Words(spaces.Text):
    """A text that goes between processes through pipes.

    Texts in shared memory are read by Gymnasium (1.2 to 1.4) once, before the first reset, and never again.
    """


@create_shared_memory.register(Words)
def _refuse_shared_memory(space: Words, n: int = 1, ctx: Any = None) -> Any:
    raise CustomSpaceError("texts need vector_kwargs={'shared_memory': False}")


class CallEnv(WorldEnv[str]):
    """A world as tool calls.

    An action is ``{"tool": …, "arguments": {…}}``, ``finish`` included; the observation has the outcome as ``text``
    and as ``json``. The first observation is the instruction. ``info["tools"]`` of a reset lists the tools as
    chat-completion APIs take them. An action that is no such JSON is refused like a call that is malformed, and counts
    as a call. An episode is truncated when its budget of calls is spent; it is then graded as it stands.

    Characters beyond `CHARSET` are shown as JSON escapes them. A text longer than `most_text` is cut, and JSON that
    is longer becomes ``{"too_long": <characters>}``.

    Args:
        world: Its id, or the path of a script or a bundle.
        most_text: How many characters an action and each part of an observation have at most.
        **settings: As for `WorldEnv`.
    """

    def __init__(self, world: str | Path, *, most_text: int = MOST_TEXT, **settings: Any) -> None:
        if most_text < 1024:
            raise ValueError(f"most_text: expected at least 1024, got {most_text}")
        super().__init__(world, **settings)
        self.most_text = most_text
        text = Words(most_text, min_length=0, charset=CHARSET)
        self.action_space = spaces.Text(most_text, charset=CHARSET)
        self.observation_space = spaces.Dict({"text": text, "json": text})

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode; ``options`` may name its ``task`` and ``world_seed``."""
        episode = self._start(seed, options)
        said = episode.instruction
        return self._observation(said, orjson.dumps({"instruction": said}).decode()), {
            **self._facts(), "tools": episode.tools,
        }  # fmt: skip

    def step(self, action: str) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Make a call.

        Raises:
            ResetNeeded: when the episode is over.
            Fault: when the environment failed; such an episode is not scored.
        """
        episode = self._running()
        call = self._read(action)
        try:
            step = episode.apply("", {}) if isinstance(call, Refusal) else episode.apply(call.tool, call.arguments)
        except Fault:
            self.close()
            raise
        shown = step
        if isinstance(call, Refusal) and not step.done:
            shown = Step("", {}, None, call, None, episode.instance.prose)
        terminated = step.done and step.ok
        return (
            self._observation(shown.text, shown.json), float(step.reward), terminated, step.done and not terminated,
            self._facts(),
        )  # fmt: skip

    def _read(self, action: Any) -> ToolCall | Refusal:
        """The call that an action asks for, or what is wrong with it."""
        if not isinstance(action, str):
            problem = f"expected a text, got {type(action).__name__}"
        elif len(action) > self.most_text:
            problem = f"expected at most {self.most_text} characters, got {len(action)}"
        else:
            try:
                return msgspec.json.decode(action, type=ToolCall)
            except (msgspec.DecodeError, UnicodeError) as error:
                problem = str(error)
            except RecursionError:
                problem = "nested too deeply"
        return Refusal(Code.INVALID, f"action: {problem}", hint=f"send {FORM}", field="action")

    def _observation(self, text: str, json: str) -> Observation:
        words, data = within(text), within(json)
        if len(words) > self.most_text:
            words = words[: self.most_text - 1] + "…"
        if len(data) > self.most_text:
            data = orjson.dumps({"too_long": len(data)}).decode()
        return {"text": words, "json": data}


def within(text: str) -> str:
    """A text in characters of `CHARSET`: others as JSON escapes them, so that JSON stays the same JSON."""
    if KNOWN.issuperset(text):
        return text
    return "".join(one if one in KNOWN else escaped(one) for one in text)


def escaped(letter: str) -> str:
    """A character as an escape of JSON."""
    units = letter.encode("utf-16-be", errors="surrogatepass")
    return "".join(f"\\u{units[at] << 8 | units[at + 1]:04x}" for at in range(0, len(units), 2))
