"""Fuzzing worlds: malformed, hostile and well-typed calls, and which of the scripts' refusals they reach."""

from __future__ import annotations

import ast
from collections import Counter
from typing import Any

import msgspec

from agentworlds.agents.sampler import CallSampler
from agentworlds.errors import Code, Fault
from agentworlds.rng import Stream
from agentworlds.runtime.instance import Instance
from agentworlds.spec.tools import Tool
from agentworlds.worlds.world import LoadedWorld

HOSTILE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**63, -(2**63), 2**70, 10**400, 0.5, -0.0, 1e308,
    float("nan"), float("inf"), -float("inf"),
    "", " ", "0", "1", "null", "None", "true", "' OR 1=1 --", '"; DROP TABLE owner; --', "%", "_", "\\",
    "\x00", "a\x00b", "\ud800", "\U0001f63a",
    "é" * 90, "x" * 100_000, "2026-02-30", "2026-03-02T25:00:00",
    "2026-03-02T09:30:00Z", "2026-03-02 09:30", "0000-00-00", "9999-12-31",
    [], {}, [1], [None], [[1]], {"id": 1}, ["x"] * 60, b"bytes", 1j, object(), (1, 2), {1, 2},
)  # fmt: skip
EPISODE = 60
"""Calls between two resets."""
CODES = {str(code) for code in Code}


class Fuzzed(msgspec.Struct):
    """What a fuzz of one world found."""

    calls: int = 0
    well_typed: int = 0
    ok: int = 0
    refusals: Counter[str] = msgspec.field(default_factory=Counter)
    reached: set[str] = set()
    sites: set[str] = set()
    wrong: list[str] = []

    @property
    def missed(self) -> list[str]:
        """Refusals written in the scripts that no call reached."""
        return sorted(self.sites - self.reached)


def refusal_sites(world: LoadedWorld) -> dict[str, str]:
    """Every place where a world's scripts refuse, with the function it stands in: ``file:line`` → name.

    What only tools that the world left out could reach does not count.
    """
    trees = {source.path: ast.parse(source.text) for source in world.world.sources}
    unused = left_out(world, trees)
    found: dict[str, str] = {}
    for source in world.world.sources:
        for function in ast.walk(trees[source.path]):
            if isinstance(function, ast.FunctionDef) and (source.path, function.name) not in unused:
                for node in ast.walk(function):
                    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "refuse":
                        found[f"{source.path}:{node.lineno}"] = function.name
    for rule in world.world.rules:
        found[f"{rule.file}:{rule.line}"] = rule.name
    return found


def left_out(world: LoadedWorld, trees: dict[str, ast.Module]) -> set[tuple[str, str]]:
    """The functions, by script and name, of tools that the world left out, and those that only these call."""
    offered = {(tool.file, tool.fn.__name__) for tool in world.world.tools.values() if tool.fn is not None}
    functions = {
        (path, node.name): node
        for path, tree in trees.items()
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
    }
    named = {key: names_in(*key, node) for key, node in functions.items()}
    plain = {key for key, node in functions.items() if not node.decorator_list}
    unused = {
        key for key, node in functions.items()
        if declared_as(node, "intent", "impossible") or (declared_as(node, "tool", "query") and key not in offered)
    }  # fmt: skip
    for _ in functions:
        used = set().union(*(names for key, names in named.items() if key not in unused))
        further = {key for key in plain - unused if not {key, ("", key[1])} & used}
        if not further:
            break
        unused |= further
    return unused


def names_in(path: str, function: str, node: ast.FunctionDef) -> set[tuple[str, str]]:
    """What a function names, each with its script; what it takes from another one, as ``drive.store``, without."""
    parts = list(ast.walk(node))
    plain = {(path, part.id) for part in parts if isinstance(part, ast.Name)}
    return plain | {("", part.attr) for part in parts if isinstance(part, ast.Attribute)} - {(path, function)}


def declared_as(function: ast.FunctionDef, *sorts: str) -> bool:
    """Whether a script declares a function as one of some sorts: ``tool``, ``query``, ``intent``."""
    declared = [one.func if isinstance(one, ast.Call) else one for one in function.decorator_list]
    return any(isinstance(one, ast.Attribute) and one.attr in sorts for one in declared)


def fuzz_world(world: LoadedWorld, calls: int, seed: int = 0, well_typed_percent: int = 70) -> Fuzzed:
    """Make so many calls and check each: no fault, no exception, a known code, no change after a refusal."""
    found = Fuzzed(sites=set(refusal_sites(world)))
    with world.instance() as instance:
        fuzzer = _Fuzzer(world, instance, Stream("fuzz", world.id, seed), found)
        for number in range(calls):
            if number % EPISODE == 0:
                fuzzer.restart()
            if fuzzer.stream.chance(well_typed_percent):
                fuzzer.well_typed_call()
            else:
                fuzzer.hostile_call()
    found.calls = calls
    return found


class _Fuzzer:
    def __init__(self, world: LoadedWorld, instance: Instance, stream: Stream, found: Fuzzed) -> None:
        self.world, self.instance, self.stream, self.found = world, instance, stream, found
        self.tools = list(world.world.tools.values())
        self.writes = [tool for tool in self.tools if tool.writes]
        sites = refusal_sites(world)
        self.sites_of = {
            tool.name: {s for s, name in sites.items() if tool.fn and name == tool.fn.__name__} for tool in self.writes
        }

    def restart(self) -> None:
        """A fresh episode, mostly as the operator, sometimes as somebody with less to say."""
        self.instance.reset()
        template = self.instance.template
        self.sampler = CallSampler(self.world.program, self.stream)
        for table in self.world.program.tables:
            last = template.next_ids[table.index] - 1
            some = [self.stream.integer(1, last) for _ in range(3)] if last else []
            self.sampler.ids[table.name] = some if self.stream.chance(40) else list(range(1, last + 1))
            for row in self.instance.store.execute(f'SELECT * FROM "{table.name}" ORDER BY id LIMIT 12').fetchall():
                for value in row[1:]:
                    self.sampler._value(value)
        roles = list(self.world.world.roles.values())
        role = self.stream.choice(roles) if roles and self.stream.chance(30) else None
        actor = None
        if role is not None and role.cls is not None:
            actor = (role.cls, self.stream.integer(1, template.next_ids[role.cls.__table__.index] - 1))
        self.instance.act_as(role.name if role else None, actor)

    def well_typed_call(self) -> None:
        """A call whose arguments are all of their types."""
        missing = [tool for tool in self.writes if self.sites_of[tool.name] - self.found.reached]
        some = missing if missing and self.stream.chance(50) else self.writes
        tool = self.stream.choice(some if self.stream.chance(85) else self.tools)
        arguments = self.sampler.call(tool)
        if arguments is not None:
            self.found.well_typed += 1
            self._apply(tool.name, arguments, tool)

    def hostile_call(self) -> None:
        """A call with something wrong in it."""
        tool = self.stream.choice(self.tools)
        arguments = self.sampler.call(tool) or {}
        name: Any = tool.name
        match self.stream.below(5):
            case 0:
                arguments[self.stream.choice(["nonsense", "", "id", "self", "limit", "\ud800"])] = self.stream.choice(
                    HOSTILE
                )
            case 1 if arguments:
                del arguments[self.stream.choice(list(arguments))]
            case 2:
                name = self.stream.choice(
                    ["", "drop_table", tool.name.upper(), f"{tool.name}s", "finish", "__init__", None, 7]
                )
            case _:
                if tool.params:
                    arguments[self.stream.choice(tool.params).name] = self.stream.choice(HOSTILE)
        self._apply(name, arguments, tool)

    def _apply(self, name: Any, arguments: dict[str, Any], tool: Tool) -> None:
        before = self.instance.snapshot()
        what = f"{name}({arguments!r:.300})"
        try:
            step = self.instance.apply(name, arguments)
        except Fault as fault:
            self.found.wrong.append(f"{what}: fault: {fault}")
            self.restart()
            return
        if step.ok:
            self.found.ok += 1
            self.sampler.learn(step, tool)
            assert step.json
            assert step.text
            return
        refusal = step.refusal
        assert refusal is not None
        self.found.refusals[str(refusal.code)] += 1
        if refusal.site:
            self.found.reached.add(refusal.site)
        if str(refusal.code) not in CODES or not refusal.message:
            self.found.wrong.append(f"{what}: an unknown or empty refusal")
        if _rows_of(before) != _rows_of(self.instance.snapshot()):
            self.found.wrong.append(f"{what}: refused, yet something changed")


def _rows_of(snapshot: bytes) -> Any:
    """A snapshot without its time."""
    saved = msgspec.msgpack.decode(snapshot)
    return saved[2], sorted(map(repr, saved[3]))
