"""Worlds as environments of TRL's ``GRPOTrainer``: a class for each world and role, whose methods are the tools.

The trainer makes instances of such a class, calls ``reset(**row)`` with a row of its data set, shows the model the
class's public methods by their type hints and docstrings, calls those that the model names, and in the end asks
``get_reward()``. Nothing here imports TRL; `tool_schemas` and `conversations` import transformers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from inspect import Parameter, Signature
from typing import Any, ClassVar, Literal, Union

from agentworlds.errors import Fault
from agentworlds.spec.rewards import Reward
from agentworlds.tasks.drawing import Split
from agentworlds.types import MAX_INTEGER
from agentworlds.worlds.episode import Episode
from agentworlds.worlds.perturb.kinds import Perturb
from agentworlds.worlds.world import LoadedWorld

PLAIN: dict[str, Any] = {"string": str, "integer": int, "number": float, "boolean": bool, "null": None}
RESERVED = ("episode", "fault", "get_reward", "reset")
"""What an environment has besides its tools."""
OVER = '{"refused":{"code":"limit","message":"the episode is over"}}'
CLOSING = {"role": "assistant", "content": "Done."}
"""What a model says after ``finish``: the trainer goes on until a message calls no tool."""


class Environment:
    """Plays one episode after another; `environments` makes a subclass with the tools of a world and a role.

    Attributes:
        episode: The episode being played; None before the first reset.
        fault: What the world failed with in this episode, or None.
    """

    _world: ClassVar[LoadedWorld]
    _reward: ClassVar[Reward | None]
    _perturb: ClassVar[Perturb | None]

    def __init__(self) -> None:
        self.episode: Episode | None = None
        self.fault: Fault | None = None

    def reset(self, *, task: int, seed: int, wording: Split = "train", **_: Any) -> None:
        """Start the episode of a row that `rows` made; its further columns say nothing new."""
        if self.episode is not None:
            self.episode.close()
        self.fault = None
        self.episode = self._world.episode(task, seed, wording=wording, reward=self._reward, perturb=self._perturb)

    def get_reward(self) -> float | None:
        """The verdict's reward; an episode that was not finished is graded as it stands, without an answer.

        None, which the trainer leaves out of account, where the world failed.
        """
        assert self.episode is not None, "reset comes first"
        return None if self.fault is not None else self.episode.finish().reward

    def _call(self, tool: str, arguments: dict[str, Any]) -> str:
        assert self.episode is not None, "reset comes first"
        if self.episode.done:
            return OVER
        try:
            return self.episode.apply(tool, arguments).json
        except Fault as fault:
            self.fault = fault
            raise


def environments(
    worlds: Iterable[LoadedWorld], *, reward: Reward | None = None, perturb: Perturb | str | None = None
) -> dict[str, type[Environment]]:
    """What to give `GRPOTrainer` as ``environment_factory``: a class for each role in which a world's tasks are set.

    Args:
        worlds: Worlds with ids of their own.
        reward: Another reward than the intents declare.
        perturb: How the tools differ from the world's own; see `LoadedWorld.episode`.

    Raises:
        ValueError: for two worlds of one id, and for a tool that has the name of something else here.
    """
    declared, made = Perturb.read(perturb), {}
    for world in worlds:
        for role in sorted({intent.role for intent in world.world.intents.values()}, key=str):
            name = _name_of(world, role)
            if name in made:
                raise ValueError(f"two worlds have the id {world.id!r}")
            tools = [tool["function"] for tool in world.openai_tools(role, declared)]
            for tool in tools:
                if tool["name"] in RESERVED:
                    raise ValueError(f"{world.id}: TRL's environments cannot have a tool named {tool['name']!r}")
            methods = {tool["name"]: _method(tool) for tool in tools}
            title = "".join(word.capitalize() for word in f"{world.id}_{role or ''}".split("_"))
            settings = {"_world": world, "_reward": reward, "_perturb": declared, "__doc__": world.title}
            made[name] = type(title, (Environment,), {**methods, **settings})
    return made


def rows(
    worlds: Iterable[LoadedWorld], seeds: Iterable[int] = (0,), *, wording: Split = "train"
) -> list[dict[str, Any]]:
    """Every task of some worlds and seeds, as rows of a data set for `GRPOTrainer`.

    A row has ``prompt`` (messages), ``environment``, ``world``, ``intent``, ``task``, ``seed`` and ``wording``.
    """
    return list(_rows(list(worlds), list(seeds), wording))


def _rows(worlds: list[LoadedWorld], seeds: list[int], wording: Split) -> Iterator[dict[str, Any]]:
    for world in worlds:
        for seed in seeds:
            for drawn in world.tasks(seed):
                task = drawn.spec
                briefing, _, request = (task.held_out if wording == "test" else task.instruction).partition("\n\n")
                yield {
                    "prompt": [{"role": "system", "content": briefing}, {"role": "user", "content": request}],
                    "environment": _name_of(world, task.role),
                    "world": world.id,
                    "intent": task.intent,
                    "task": task.index,
                    "seed": seed,
                    "wording": wording,
                }


def conversations(
    exported: Iterable[dict[str, Any]], worlds: Iterable[LoadedWorld], *, perturb: Perturb | str | None = None
) -> list[dict[str, Any]]:
    """What ``agentworlds export`` wrote, as rows for TRL's ``SFTTrainer``: word for word what `GRPOTrainer` will show.

    A row has ``messages`` and ``tools``. Arguments are objects, as chat templates take them, and a last message closes.

    Args:
        exported: The lines, read as JSON.
        worlds: The worlds that they are from.
        perturb: As it was when they were played.
    """
    by_id = {world.id: world for world in worlds}
    tools = {name: tool_schemas(made) for name, made in environments(by_id.values(), perturb=perturb).items()}
    found = []
    for line in exported:
        world = by_id[line["world"]]
        role = world.task(line["task"], line["seed"]).spec.role
        messages = [*map(_spoken, line["messages"]), CLOSING]
        found.append({"messages": messages, "tools": tools[_name_of(world, role)]})
    return found


def _spoken(message: dict[str, Any]) -> dict[str, Any]:
    """A message of an export as chat templates take it."""
    if "tool_calls" not in message:
        return {"role": message["role"], "content": message["content"]}
    calls = []
    for call in message["tool_calls"]:
        function = call["function"]
        arguments = json.loads(function["arguments"])
        calls.append({"type": "function", "function": {"name": function["name"], "arguments": arguments}})
    return {"role": "assistant", "content": message["content"] or "", "tool_calls": calls}


def tool_schemas(environment: type[Environment]) -> list[dict[str, Any]]:
    """An environment's tools as the trainer shows them to a model, in its order."""
    from transformers.utils.chat_template_utils import get_json_schema

    names = sorted(name for name in dir(environment) if not name.startswith("_") and name not in RESERVED)
    return [get_json_schema(getattr(environment, name)) for name in names]


def _name_of(world: LoadedWorld, role: str | None) -> str:
    return world.id if role is None else f"{world.id}/{role}"


def _method(tool: dict[str, Any]) -> Callable[..., str]:
    """A method that calls a tool.

    It takes any arguments, so that what is missing or unknown is refused by the world in its own words, and says by
    its signature which ones the tool has.
    """
    name, schema = tool["name"], tool["parameters"]
    required = schema.get("required", ())
    hints = {key: _hint(each) for key, each in schema["properties"].items()}

    def call(self: Environment, /, **arguments: Any) -> str:
        return self._call(name, arguments)

    parameters = [
        Parameter(key, Parameter.KEYWORD_ONLY, annotation=hint,
                  default=Parameter.empty if key in required else schema["properties"][key].get("default"))
        for key, hint in hints.items()
    ]  # fmt: skip
    about = [f"    {key}: {_describe(key, each)}" for key, each in schema["properties"].items()]
    call.__name__ = call.__qualname__ = name
    call.__doc__ = "\n".join([tool["description"], *(["", "Args:"] if about else []), *about])
    call.__annotations__ = hints
    call.__signature__ = Signature([Parameter("self", Parameter.POSITIONAL_ONLY), *parameters])  # type: ignore[attr-defined]
    return call


def _hint(schema: dict[str, Any]) -> Any:
    """The type hint of a JSON Schema, as far as worlds use it."""
    if "enum" in schema:
        return Literal[tuple(schema["enum"])]
    if "anyOf" in schema:
        return Union[tuple(_hint(each) for each in schema["anyOf"])]  # noqa: UP007 - of as many as there are
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    hints = [list[_hint(schema["items"])] if kind == "array" else PLAIN[kind] for kind in kinds]  # type: ignore[misc]
    return Union[tuple(hints)]  # noqa: UP007


def _describe(name: str, schema: dict[str, Any]) -> str:
    """An argument's description, with what no type hint can say. Lengths and patterns are left to refusals."""
    said = " ".join(schema.get("description", name.replace("_", " ")).split())
    low, high, default = schema.get("minimum"), schema.get("maximum"), schema.get("default")
    more = ["as 2026-03-31"] if schema.get("format") == "date" else []
    if high is not None and high < MAX_INTEGER:
        more.append(f"at most {high:.15g}" if low in (None, -MAX_INTEGER) else f"from {low:.15g} to {high:.15g}")
    if default not in (None, ""):
        more.append(f"{json.dumps(default, ensure_ascii=False)} by default")
    return f"{said} ({', '.join(more)})" if more else said
