"""What agents see of a world's tools under a perturbation: other names, further keys, further tools."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

import orjson

from agentworlds.compile.arguments import check_names, read_one
from agentworlds.compile.program import Program
from agentworlds.compile.schemas import finish_openai, mcp_tool, openai_tool
from agentworlds.compile.views import views_of
from agentworlds.errors import ScriptError
from agentworlds.observe.prose import Prose
from agentworlds.registry import CONTENT
from agentworlds.rng import Stream, derive_seed
from agentworlds.runtime.step import Step
from agentworlds.spec.loader import load_script
from agentworlds.spec.tools import Tool
from agentworlds.types import Choice
from agentworlds.worlds.perturb.kinds import Perturb
from agentworlds.worlds.perturb.names import (
    RenamedProse,
    Views,
    names_of,
    rename,
    rename_schema,
    renaming,
    respell,
    spelled,
)

VERSIONS = ("2024-10-01", "2025-02-15", "2025-06-30", "2025-11-12")
FROM_ONE_WORLD = 3
"""Most idle tools that one other world gives, so that they are of several kinds."""


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


class Surface:
    """A world's tools as a perturbation shows them; it depends on the world and the perturbation alone.

    Attributes:
        names: What each argument and key is called, one to one; empty when nothing is renamed.
        back: The names that they have in the world.
        tools: All tools, idle ones among them, as agents see them.
        idle: The names of the tools that are listed and not enabled.
        extra: The further keys of results, where the world has none of that name.
        orders: What agents may send to each search's `sort`, and what that is in the world.
    """

    def __init__(self, program: Program, perturb: Perturb) -> None:
        world = program.world
        path = "perturb", perturb.seed, world.id
        own = world.tools
        foreign = distractors(program, perturb.distractors.count, Stream(*path, "tools")) if perturb.distractors else {}
        self._views = dict(program.views)
        for _, views in foreign.values():
            self._views |= views
        plain = names_of([*own.values(), *(tool for tool, _ in foreign.values())], self._views)
        self.extra = tuple(key for key in perturb.extra.keys if key not in plain) if perturb.extra is not None else ()
        self.names = renaming({*plain, *self.extra}, perturb.names, Stream(*path, "names")) if perturb.names else {}
        self.back = {shown: name for name, shown in self.names.items()}
        self.prose = RenamedProse(program.views, world.currency, self.names) if self.names else None
        self.version = Stream(*path, "version").choice(VERSIONS)
        self.idle = frozenset(foreign)
        self.orders: dict[str, dict[str, Any]] = {}
        stream, listed = Stream(*path, "order"), list(own.values())
        for tool, _ in foreign.values():
            listed.insert(stream.integer(0, len(listed)), tool)
        self.tools = {tool.name: self._shown(tool) for tool in listed}

    def _shown(self, tool: Tool) -> Tool:
        if not self.names:
            return tool
        params = []
        for param in tool.params:
            kind = param.kind
            if tool.search is not None and param.name == "sort":
                assert isinstance(kind, Choice)
                orders = {self._order(str(option)): option for option in kind.options}
                self.orders[tool.name] = orders
                kind = replace(kind, options=tuple(orders))
            about = spelled(param.description, self.names)
            params.append(replace(param, name=self.names[param.name], kind=kind, description=about))
        about = spelled(tool.description, self.names)
        return replace(tool, description=about, params=tuple(params), by_name={})

    def _order(self, option: str) -> str:
        """What agents send for ``-owner.name``: the name of the key that shows the column, where there is one."""
        sign, path = ("-", option[1:]) if option.startswith("-") else ("", option)
        return sign + self.names.get(path.replace(".", "_"), path)

    def _allowed(self, role: str | None) -> Iterator[Tool]:
        return (tool for tool in self.tools.values() if role is None or not tool.roles or role in tool.roles)

    def openai_tools(self, role: str | None) -> list[dict[str, Any]]:
        """The tools that a role may use, with ``finish``, as chat-completion APIs take them."""
        return [*(openai_tool(tool) for tool in self._allowed(role)), finish_openai()]

    def mcp_tools(self, role: str | None) -> list[dict[str, Any]]:
        """The tools that a role may use, as the Model Context Protocol lists them."""
        listed = []
        for tool in self._allowed(role):
            shown = mcp_tool(tool, self._views)
            output = rename_schema(shown["outputSchema"], self.names)
            extra = {self.names.get(key, key): {"type": "string"} for key in self.extra}
            listed.append({**shown, "outputSchema": {**output, "properties": output["properties"] | extra}})
        return listed

    def receive(self, tool: Tool, arguments: Any) -> Any:
        """The arguments in the world's own names. Raises Refused for a name or an order that is not known here."""
        if not self.names or type(arguments) is not dict:
            return arguments
        check_names(tool, arguments)
        received = rename(arguments, self.back, deep=False)
        if "sort" in received and tool.name in self.orders:
            order = read_one(tool, tool.by_name[self.names["sort"]], arguments, None)
            received["sort"] = self.orders[tool.name].get(order)
        return received

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


@lru_cache(maxsize=64)
def surface_of(program: Program, perturb: Perturb) -> Surface:
    """The surface of a world under a perturbation; it is the same for all tasks, and kept."""
    return Surface(program, perturb)


@cache
def _world_tools(id: str) -> tuple[list[Tool], Views]:
    try:
        world = load_script(CONTENT.world(id))
    except ScriptError:
        return [], {}  # it includes a suite whose library is not installed
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
