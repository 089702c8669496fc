"""What agents see of a world's tools under a perturbation: other names, further keys, further tools."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

import msgspec
import orjson

from agentworlds.compile.arguments import check_names
from agentworlds.compile.program import Program
from agentworlds.compile.schemas import finish_openai, mcp_tool, openai_tool
from agentworlds.compile.views import View, views_of
from agentworlds.errors import Refusal
from agentworlds.observe.prose import Prose
from agentworlds.registry import CONTENT
from agentworlds.rng import Stream, derive_seed
from agentworlds.runtime.step import Step
from agentworlds.spec.columns import Kind, ListOf, Record
from agentworlds.spec.loader import load_script
from agentworlds.spec.rows import Row
from agentworlds.spec.tools import Tool
from agentworlds.worlds.perturb.kinds import ExtraFields, Perturb, Renaming

SYNONYMS = {
    "amount": ("sum", "total"), "at": ("time",), "category": ("group", "section"), "code": ("symbol",),
    "colour": ("shade",), "created": ("added",), "customer": ("client",), "day": ("date",), "due": ("deadline",),
    "email": ("mail",), "expires": ("ends",), "from": ("since", "after"), "id": ("ref", "key"), "kind": ("type",),
    "label": ("caption",), "limit": ("count", "size"), "max": ("most", "highest"), "memo": ("remark", "note"),
    "min": ("least", "lowest"), "minutes": ("duration",), "more": ("further",), "name": ("label", "title"),
    "number": ("no", "count"), "offset": ("skip", "start"), "owner": ("holder",), "phone": ("telephone",),
    "posted": ("booked",), "price": ("cost",), "quantity": ("qty", "pieces"), "results": ("items", "records"),
    "sort": ("order",), "starts": ("begins",), "status": ("state",), "title": ("heading",), "to": ("until", "before"),
    "value": ("result",),
}  # fmt: skip
"""Words of names, and words that may stand for them."""
VERSIONS = ("2024-10-01", "2025-02-15", "2025-06-30", "2025-11-12")
ENVELOPE = ("results", "more", "value", "done")
FROM_ONE_WORLD = 3
"""Most idle tools that one other world gives, so that they are of several kinds."""

Views = Mapping[type[Row], View]


class Reshaped(Step):
    """A step whose data have other names or further keys; its words are made of the world's own data."""

    __slots__ = ("_extra", "_truth")

    def __init__(self, step: Step, data: dict[str, Any], extra: str, declared: Tool, prose: Prose) -> None:
        super().__init__(step.tool, step.arguments, data, None, declared, prose)
        self._truth, self._extra = step.data or {}, extra

    @property
    def text(self) -> str:
        """The same facts in a few words."""
        assert self._declared is not None
        said = self._prose.result(self._declared, self._truth)
        return f"{said}\n{self._extra}" if self._extra else said


class RenamedProse(Prose):
    """Results in words, with the names that agents see."""

    def __init__(self, views: dict[type[Row], View], currency: str, names: dict[str, str]) -> None:
        super().__init__(views, currency)
        self.names = names

    def words(self, name: str) -> str:
        """A name as words: ``ownerId`` is *owner id*."""
        shown = self.names.get(name, name)
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", shown).replace("_", " ").lower()


class Surface:
    """A world's tools as a perturbation shows them; it depends on the world and the perturbation alone.

    Attributes:
        names: What each argument and key is called, one to one; empty when nothing is renamed.
        back: The names that they have in the world.
        tools: All tools, idle ones among them, as agents see them.
        idle: The names of the tools that are listed and not enabled.
    """

    def __init__(self, program: Program, perturb: Perturb) -> None:
        world = program.world
        path = "perturb", perturb.seed, world.id
        own = world.tools
        foreign = distractors(program, perturb.distractors.count, Stream(*path, "tools")) if perturb.distractors else {}
        views: Views = {
            **program.views,
            **{cls: view for _, others in foreign.values() for cls, view in others.items()},
        }
        plain = names_of([*own.values(), *(tool for tool, _ in foreign.values())], views)
        wanted = (perturb.extra or ExtraFields()).keys if perturb.extra else ()
        self.extra = tuple(key for key in wanted if key not in plain)
        self.names = renaming({*plain, *self.extra}, perturb.names, Stream(*path, "names")) if perturb.names else {}
        self.back = {shown: name for name, shown in self.names.items()}
        self.prose = RenamedProse(program.views, world.currency, self.names) if self.names else None
        self.version = Stream(*path, "version").choice(VERSIONS)
        self.idle = frozenset(foreign)
        stream, listed = Stream(*path, "order"), list(own.values())
        for tool, _ in foreign.values():
            listed.insert(stream.integer(0, len(listed)), tool)
        self.tools = {tool.name: self._shown(tool) for tool in listed}
        self._views = views

    def _shown(self, tool: Tool) -> Tool:
        if not self.names:
            return tool
        return replace(tool, params=tuple(replace(one, name=self.names[one.name]) for one in tool.params), by_name={})

    def _allowed(self, role: str | None) -> Iterator[Tool]:
        return (tool for tool in self.tools.values() if role is None or not tool.roles or role in tool.roles)

    def openai_tools(self, role: str | None) -> list[dict[str, Any]]:
        """The tools that a role may use, with ``finish``, as chat-completion APIs take them."""
        return [*(openai_tool(tool) for tool in self._allowed(role)), finish_openai()]

    def mcp_tools(self, role: str | None) -> list[dict[str, Any]]:
        """The tools that a role may use, as the Model Context Protocol lists them."""
        listed = []
        for tool in self._allowed(role):
            shown = mcp_tool(tool, dict(self._views))
            output = rename_schema(shown["outputSchema"], self.names)
            extra = {self.names.get(key, key): {"type": "string"} for key in self.extra}
            listed.append({**shown, "outputSchema": {**output, "properties": output["properties"] | extra}})
        return listed

    def send(self, tool: str, arguments: Any) -> Any:
        """A call's arguments as an agent who reads these schemas sends them, from the world's own names."""
        if not self.names or type(arguments) is not dict or tool not in self.tools:
            return arguments
        return rename(arguments, self.names, deep=False)

    def receive(self, tool: Tool, arguments: Any) -> Any:
        """The arguments in the world's own names. Raises Refused for a name that the tool does not have here."""
        if not self.names or type(arguments) is not dict:
            return arguments
        check_names(tool, arguments)
        return rename(arguments, self.back, deep=False)

    def dress(self, step: Step, arguments: Any, declared: Tool, request: int) -> Step:
        """A step as the agent sees it; `request` is a number that no other call of the episode has."""
        step.arguments = arguments
        if step.refusal is not None:
            step.refusal = respell(step.refusal, declared, self.names)
        elif self.names or self.extra:
            data = rename(step.data, self.names)
            values = {
                "request_id": f"req_{request:016x}",
                "etag": f'W/"{derive_seed("etag", orjson.dumps(data).decode()):016x}"',
                "api_version": self.version,
            }
            data |= {self.names.get(key, key): values[key] for key in self.extra}
            prose = self.prose or step._prose
            said = ", ".join(f"{prose.words(key)} {values[key]}" for key in self.extra)
            return Reshaped(step, data, said, declared, prose)
        return step

    def undress(self, step: Step, arguments: Any, declared: Tool | None, prose: Prose) -> Step:
        """The step as it would be without this surface."""
        data, refusal = step.data, step.refusal
        if data is not None:
            extra = {self.names.get(key, key) for key in self.extra}
            data = rename({key: value for key, value in data.items() if key not in extra}, self.back)
        if refusal is not None and declared is not None:
            refusal = respell(refusal, self.tools[step.tool], self.back)
        plain = Step(step.tool, arguments, data, refusal, declared, prose)
        plain.done, plain.reward = step.done, step.reward
        return plain


@lru_cache(maxsize=64)
def surface_of(program: Program, perturb: Perturb) -> Surface:
    """The surface of a world under a perturbation; it is the same for all tasks, and kept."""
    return Surface(program, perturb)


# Other names --------------------------------------------------------------------------------------------


def names_of(tools: Iterable[Tool], views: Views) -> set[str]:
    """Every argument of some tools, and every key of their results."""
    names = {*ENVELOPE, *(field.key for view in views.values() for field in view.fields)}
    for tool in tools:
        names |= {param.name for param in tool.params} | set(_keys(tool.returns))
    return names


def _keys(kind: Kind | None) -> Iterator[str]:
    if isinstance(kind, ListOf):
        yield from _keys(kind.item)
    elif isinstance(kind, Record):
        for name, inner in kind.fields:
            yield name
            yield from _keys(inner)


def renaming(names: set[str], declared: Renaming, stream: Stream) -> dict[str, str]:
    """Another name for each, one to one. A name keeps its words, or stays, where it would take another's."""
    chosen = {word: stream.choice(others) for word, others in SYNONYMS.items() if stream.chance(declared.synonyms)}
    renamed: dict[str, str] = {}
    taken = set(names)
    for name in sorted(names):
        words = name.split("_")
        for candidate in (styled([chosen.get(word, word) for word in words], declared.style),
                          styled(words, declared.style)):  # fmt: skip
            if candidate == name or candidate not in taken:
                break
        else:
            candidate = name
        renamed[name] = candidate
        taken.add(candidate)
    return renamed


def styled(words: list[str], style: str) -> str:
    """Words as one name."""
    if style == "snake":
        return "_".join(words)
    first = words[0].capitalize() if style == "pascal" else words[0]
    return "".join([first, *(word.capitalize() for word in words[1:])])


def rename(value: Any, names: dict[str, str], *, deep: bool = True) -> Any:
    """A value with the keys of its objects renamed, or those of the outermost one alone."""
    if isinstance(value, dict):
        return {names.get(key, key): rename(one, names) if deep else one for key, one in value.items()}
    return [rename(one, names) for one in value] if isinstance(value, list) else value


def rename_schema(schema: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A JSON Schema of renamed data."""
    renamed = dict(schema)
    if "properties" in schema:
        inner = schema["properties"].items()
        renamed["properties"] = {names.get(name, name): rename_schema(one, names) for name, one in inner}
        renamed["required"] = [names.get(name, name) for name in schema["required"]]
    if "items" in schema:
        renamed["items"] = rename_schema(schema["items"], names)
    return renamed


def respell(refusal: Refusal, tool: Tool, names: dict[str, str]) -> Refusal:
    """A refusal under other names: its field, and names of several words in what it says."""
    if not names:
        return refusal

    def spell(found: re.Match[str]) -> str:
        shown = names.get(found[0], found[0])
        return shown if "_" in found[0] + shown else found[0]

    field, message = refusal.field, refusal.message
    if field in tool.by_name and field is not None:
        if message.startswith(f"{field}:"):
            message = f"{names[field]}{message.removeprefix(field)}"
        field = names[field]
    hint = refusal.hint and re.sub(r"\w+", spell, refusal.hint)
    return msgspec.structs.replace(refusal, field=field, message=re.sub(r"\w+", spell, message), hint=hint)


# Further tools ------------------------------------------------------------------------------------------


@cache
def _world_tools(id: str) -> tuple[list[Tool], dict[type[Row], View]]:
    world = load_script(CONTENT.world(id))
    return list(world.tools.values()), views_of(world.tables)


def distractors(program: Program, count: int, stream: Stream) -> dict[str, tuple[Tool, Views]]:
    """Tools of other packaged worlds whose names are free here, with the views of their worlds."""
    found: dict[str, tuple[Tool, Views]] = {}
    for id in stream.shuffled([id for id in CONTENT.ids("domains") if id != program.world.id]):
        tools, views = _world_tools(id)
        free = [tool for tool in tools if tool.name not in program.world.tools and tool.name not in found]
        for tool in stream.sample(free, min(FROM_ONE_WORLD, count - len(found))):
            found[tool.name] = replace(tool, roles=(), by_name={}), views
    return found
