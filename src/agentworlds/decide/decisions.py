"""An episode as a sequence of decisions over candidates.

First a tool, or to finish; then a value out of what is known for each argument that is required; then which further
argument to give, and its value, until it is called. Where one thing alone can be chosen it is no choice and is taken.
A value that is not known as it stands is pointed at (the first and the last word of a part of the request, or of
a text that was seen), joined from such parts, written (a message: one fact after another), listed (one item after
another), or worked out beforehand (a count, a sum …), which makes it known.
"""

from __future__ import annotations

import re
from typing import Any

from agentworlds.decide.choices import (
    ANSWER,
    CALL,
    FINISH,
    FURTHER,
    IMPOSSIBLE,
    JOIN,
    PLAIN,
    SEVERAL,
    STOP,
    WORDS,
    WRITE,
    Choosing,
    Decision,
)
from agentworlds.decide.known import Candidate, Known, Outcome, runs, tokens
from agentworlds.decide.working_out import OPERATIONS, can_work_out, work_out
from agentworlds.runtime.step import Step
from agentworlds.spec.columns import ListOf, Ref
from agentworlds.spec.tools import Param, Tool
from agentworlds.types import (
    Boolean,
    Choice,
    Clock,
    Date,
    Fixed,
    Integer,
    Minutes,
    Mismatch,
    Moment,
    TextType,
    ValueType,
)
from agentworlds.worlds.episode import Episode
from agentworlds.worlds.perturb.client import Client

MOST_WORDS = 24
"""The longest run of words and marks that can be pointed at."""
MOST_WORKED_OUT = 60
"""Values that can be worked out in one episode."""
MOST_FACTS = 40
MOST_PARTS = 6
FREE_TEXT = 200
"""Letters from which on a text parameter may be a message."""


class Decisions:
    """Plays an episode by choices. `decision` is the next one to make, None when the episode is over."""

    def __init__(self, episode: Episode) -> None:
        self.episode = episode
        self.known = Known(episode.program, episode.instruction)
        if episode.drawn.actor is not None:
            cls, id = episode.drawn.actor
            name = cls.__table__.name
            called = re.search(r"You act for (.+) \(", self.known.briefing)
            who = f"{name.replace('_', ' ')} {called[1] if called else id}, for whom I act"
            self.known.add(Candidate(who, f"row:{name}", "clock", id, row=(name, id)))
            if called:
                self.known.add(Candidate(called[1], "text", "clock", called[1], row=(name, id)))
        role = episode.task.role
        tools = episode.program.world.tools.values()
        self.tools = [tool for tool in tools if role is None or not tool.roles or role in tool.roles]
        self.client = Client(episode)
        self.taken: list[Step] = []
        """The calls made so far, in the world's own names."""
        self.outcomes: list[Outcome] = []
        """How each of them ended."""
        self.made = 0
        self.worked_out = 0
        self.step: Step | None = None
        """The last call's outcome."""
        self._fitting: dict[tuple[int, Any], bool] = {}
        self._callable: dict[str, Candidate] = {}
        self._spans: dict[Candidate, Candidate | None] = {}
        self._choosing = self._play()
        self.decision: Decision | None = next(self._choosing)

    def choose(self, index: int) -> Step | None:
        """Choose a candidate of the decision; gives the call's outcome where that completes one.

        Raises:
            IndexError: for an index that is none of a candidate's.
        """
        assert self.decision is not None
        if not 0 <= index < len(self.decision.candidates):
            raise IndexError(f"there are {len(self.decision.candidates)} candidates, so {index} is none of them")
        before = len(self.episode.steps)
        self.made += 1
        try:
            self.decision = self._choosing.send(self.decision.candidates[index])
        except StopIteration:
            self.decision = None
        return self.step if len(self.episode.steps) > before or self.decision is None else None

    @property
    def left(self) -> float:
        """The share of the budget of calls that is left."""
        return 1 - len(self.episode.steps) / self.episode.budget

    # Calls ----------------------------------------------------------------------------------------------

    def _play(self) -> Choosing:
        while not self.episode.done:
            chosen = yield Decision("tool", self._actions())
            if chosen.kind == "operation":
                self.worked_out += 1
                yield from work_out(self.known, chosen.value, len(self.episode.steps))
            elif chosen.kind == "finish":
                answer = (yield from self._answer()) if chosen is ANSWER else None
                given = {} if answer is None else {"answer": answer}
                impossible = {"impossible": True} if chosen is IMPOSSIBLE else {}
                self.step = self.client.apply("finish", given | impossible)
            else:
                tool = self.episode.program.world.tools[chosen.value]
                arguments = yield from self._arguments(tool)
                self.step = self.client.apply(tool.name, arguments)
                self.taken.append(self.step)
                self.outcomes.append(outcome_of(self.step))
                self.known.learn(self.step, tool, len(self.taken) - 1)

    def _actions(self) -> list[Candidate]:
        for tool in self.tools:  # what was known once stays known
            if tool.name not in self._callable and all(
                self._is_known(tool, param) for param in tool.params if param.required
            ):
                text = f"{tool.name.replace('_', ' ')}: {tool.description}"
                self._callable[tool.name] = Candidate(text, "tool", "schema", tool.name)
        found = [self._callable[tool.name] for tool in self.tools if tool.name in self._callable]
        if self.worked_out < MOST_WORKED_OUT:
            found += [Candidate(text, "operation", "schema", name) for name, text in OPERATIONS.items()
                      if can_work_out(self.known, name)]  # fmt: skip
        return [*found, FINISH, ANSWER, IMPOSSIBLE]

    def _arguments(self, tool: Tool) -> Choosing:
        arguments: dict[str, Any] = {}
        for param in tool.params:
            if param.required:
                arguments[param.name] = yield from self._argument(tool, param)
        left = [param for param in tool.params if not param.required and self._is_known(tool, param)]
        while left:
            said = [f"{param.name.replace('_', ' ')}: {param.description}" for param in left]
            further = [
                Candidate(text, "param", "schema", at, tool.name, param.name)
                for at, (text, param) in enumerate(zip(said, left, strict=True))
            ]
            chosen = yield Decision("which else", [CALL, *further], tool.name, tool.description)
            if chosen is CALL:
                break
            param = left[chosen.value]
            arguments[param.name] = yield from self._argument(tool, param)
            left = left[chosen.value + 1 :]
        return arguments

    def _argument(self, tool: Tool, param: Param) -> Choosing:
        options = self._options(tool, param)
        if isinstance(param.kind, ListOf):
            return (yield from self._several(param.name, options, tool, param))
        if len(options) == 1 and options[0].kind not in FURTHER:
            return options[0].value
        chosen = yield Decision(param.name, options, tool.name, param.description)
        return (yield from self._resolved(chosen, tool.name))

    def _several(self, question: str, options: list[Candidate], tool: Tool | None, param: Param | None) -> Choosing:
        """One item after another, each once."""
        values: list[Any] = []
        name, about = tool.name if tool else "", param.description if param else ""
        left = options
        for _ in range(MOST_FACTS):
            chosen = yield Decision(question, [*left, STOP] if values else left, name, about)
            if chosen is STOP:
                break
            values.append((yield from self._resolved(chosen, name)))
            left = [one for one in left if one is not chosen or one.kind in FURTHER]
            if not left:
                break
        return values

    def _resolved(self, chosen: Candidate, tool: str) -> Choosing:
        """The value of a candidate, after the further choices that it may need."""
        if chosen.kind == "write":
            return (yield from self._message(tool))
        if chosen is JOIN:
            return (yield from self._joined(tool))
        if chosen.kind == "span":
            return (yield from self._span(chosen.value, chosen.source))
        if chosen.kind == "words":
            return (yield from self._span(self.known.request, "request"))
        return chosen.value

    def _span(self, text: str, source: str) -> Choosing:
        """A part of a text, by its first word and its last."""
        words = [text[start:end] for start, end in tokens(text)]
        asked = text == self.known.request
        spans = [(at, at + 1) if asked else None for at in range(len(words))]
        starts = [Candidate(word, "word", source, at, span=spans[at]) for at, word in enumerate(words)]
        first = (yield Decision("first word", starts)).value
        parts = runs(text, first, MOST_WORDS)
        ends = [spans[min(first + at, len(words) - 1)] for at in range(len(parts))]
        found = [Candidate(part, "word", source, part, span=end) for part, end in zip(parts, ends, strict=True)]
        return (yield Decision("last word", found)).value

    def _message(self, tool: str) -> Choosing:
        """A message that states one fact after another."""
        facts: list[str] = []
        for _ in range(MOST_FACTS):
            options = [*self._scalars(), *self._pointers()]
            chosen = yield Decision("fact", [STOP, *options] if facts else options, tool)
            if chosen is STOP:
                break
            facts.append(readable((yield from self._resolved(chosen, tool))))
        return "; ".join(facts)

    def _joined(self, tool: str) -> Choosing:
        """A text put together from parts of others, nothing between them: an address from a name and a domain."""
        parts: list[str] = []
        for _ in range(MOST_PARTS):
            chosen = yield Decision("part", [*self._pointers(), *([STOP] if parts else [])], tool)
            if chosen is STOP:
                break
            parts.append((yield from self._resolved(chosen, tool)))
        return "".join(parts)

    def _answer(self) -> Choosing:
        words = [Candidate(word, "text", "schema", word) for word in ("yes", "no")]
        options = [*words, *self._scalars(), *self._rows(), *self._pointers()]
        chosen = yield Decision("answer", [SEVERAL, *options])
        if chosen is SEVERAL:
            return (yield from self._several("answer", options, None, None))
        return (yield from self._resolved(chosen, ""))

    # Candidates -----------------------------------------------------------------------------------------

    def _scalars(self) -> list[Candidate]:
        return self.known.of("text", "number", "date", "moment", "time")

    def _rows(self) -> list[Candidate]:
        return self.known.of(*(kind for kind in self.known.values if kind.startswith("row:")))

    def _pointers(self) -> list[Candidate]:
        """Texts of several words, of which a part can be pointed at: the request, and what was seen."""
        seen = []
        for text in self.known.of("text"):
            if text not in self._spans:
                several = not text.value.isalnum() and tokens(text.value)
                self._spans[text] = Candidate(f"part of: {text.text}", "span", *text[2:]) if several else None
            seen.append(self._spans[text])
        return [WORDS, *(one for one in seen if one is not None)]

    def _is_known(self, tool: Tool, param: Param) -> bool:
        """Whether there is anything to choose for an argument."""
        kind = param.kind.item if isinstance(param.kind, ListOf) else param.kind
        if isinstance(kind, Ref) and self.known.values.get(f"row:{kind.target.__table__.name}"):
            return True
        return isinstance(kind, TextType | Choice | Boolean) or bool(self._options(tool, param))

    def _options(self, tool: Tool, param: Param) -> list[Candidate]:
        """What can be chosen for an argument, leaving it out apart."""
        if param.name == "offset" and tool.search is not None:
            return self._next_page(tool)
        kind = param.kind.item if isinstance(param.kind, ListOf) else param.kind
        if isinstance(kind, Ref):
            table = kind.target.__table__.name
            words = table.replace("_", " ")
            stated = [
                number._replace(kind=f"row:{table}", text=f"{words} {number.value}")
                for number in self.known.of("number")
                if number.source == "request" and type(number.value) is int and number.value > 0
            ]
            return self.known.of(f"row:{table}") + [c for c in stated if self.known.get(c.kind, c.value) is None]
        assert isinstance(kind, ValueType)
        return self._values(kind, tool, param)

    def _values(self, kind: ValueType, tool: Tool, param: Param) -> list[Candidate]:
        match kind:
            case Choice(options=options):
                return [Candidate(str(option).replace("_", " "), "choice", "schema", option) for option in options]
            case Boolean():
                return [Candidate("yes", "yes_no", "schema", True), Candidate("no", "yes_no", "schema", False)]
            case Integer() | Fixed() | Minutes():
                most = [Candidate("50", "number", "schema", 50)] if param.name == "limit" else []
                return [*most, *(c for c in self.known.of("number") if self._fits(kind, c.value))]
            case Date():
                return self.known.of("date")
            case Moment():
                return self.known.of("moment", "date") if tool.search is not None else self.known.of("moment")
            case Clock():
                return self.known.of("time")
            case TextType():
                whole = [c for c in self.known.of("text") if self._fits(kind, c.value)]
                write = [WRITE, PLAIN, JOIN] if kind.most >= FREE_TEXT and kind.pattern is None else [JOIN]
                return [*write, *whole, *self._pointers()]
        raise AssertionError(f"no candidates for {kind}")

    def _fits(self, kind: ValueType, value: Any) -> bool:
        key = id(kind), value
        if key not in self._fitting:
            self._fitting[key] = fits(kind, value)
        return self._fitting[key]

    def _next_page(self, tool: Tool) -> list[Candidate]:
        """Where the next page of the search's last results begins."""
        last = next((step for step in reversed(self.taken) if step.tool == tool.name and step.ok and step.data), None)
        if last is None or last.data is None or not last.data.get("more"):
            return []
        start = last.arguments.get("offset", 0) + len(last.data["results"])
        return [Candidate(f"from {start}: the next page", "number", "seen", start, tool.name)]


def outcome_of(step: Step) -> Outcome:
    """How a call ended."""
    more = isinstance(step.data, dict) and bool(step.data.get("more"))
    if step.refusal is None:
        return Outcome(step.tool, more=more)
    return Outcome(step.tool, step.refusal.code.value, step.refusal.message, more)


def fits(kind: ValueType, value: Any) -> bool:
    """Whether a value is of a type."""
    try:
        kind.parse(value)
    except Mismatch:
        return False
    return True


def readable(value: Any) -> str:
    """A value as a message states it."""
    return str(value).replace("T", " ") if isinstance(value, str) and value[4:5] == "-" else str(value)
