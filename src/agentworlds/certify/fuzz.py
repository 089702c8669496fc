"""Fuzzing worlds: malformed, hostile and well-typed calls, and which of the scripts' refusals they reach."""

from __future__ import annotations

import ast
from collections import Counter
from typing import Any

import msgspec

from agentworlds.agents.sampler import CallSampler
from agentworlds.errors import Code, Fault
from agentworlds.registry import CONTENT
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
EPISODES = (40, 60, 300)
"""How many calls lie between two resets: some refusals need a fresh world, others one in which much has happened."""
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
    """Every place where a tool or a rule of a world can refuse, with the function it stands in: ``file:line`` → name.

    What only tools that the world left out, its data or its tasks could reach does not count; nor does, in a world with
    tools of its own, what its suites refuse: much of that depends on what a world leaves out, so it is tried in
    each suite's own office, where all of it can happen.
    """
    office = not any(tool.fn is not None and not tool.source for tool in world.world.tools.values())
    suites = set() if office else {str(CONTENT.part("suites", id)) for id in CONTENT.ids("suites")}
    trees = {source.path: ast.parse(source.text) for source in world.world.sources}
    reached = functions_of_tools(world, trees)
    found = {
        f"{path}:{node.lineno}": function.name
        for path, function in reached
        if path not in suites
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "refuse"
    }
    rules = [rule for rule in world.world.rules if rule.file not in suites]
    return found | {f"{rule.file}:{rule.line}": rule.name for rule in rules}


def functions_of_tools(world: LoadedWorld, trees: dict[str, ast.Module]) -> list[tuple[str, ast.FunctionDef]]:
    """The functions, each with its script, that carry out a world's tools and rules, and whatever these call."""
    functions: dict[str, list[tuple[str, ast.FunctionDef]]] = {}
    for path, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                functions.setdefault(node.name, []).append((path, node))
    tools = {(tool.file, tool.fn.__name__) for tool in world.world.tools.values() if tool.fn is not None}
    rules = {(rule.file, rule.name) for rule in world.world.rules}
    found: list[tuple[str, ast.FunctionDef]] = []
    waiting = [one for ones in functions.values() for one in ones if (one[0], one[1].name) in tools | rules]
    while waiting:
        path, function = waiting.pop()
        found.append((path, function))
        names = {getattr(part, "id", None) or getattr(part, "attr", None) for part in ast.walk(function)}
        called = [one for name in names if name in functions for one in functions[name] if not is_declared(one[1])]
        waiting += [one for one in called if one not in found and one not in waiting]
    return found


def is_declared(function: ast.FunctionDef) -> bool:
    """Whether a script declares a function to the world, as a tool, data or a task, rather than for its own use."""
    declared = [one.func if isinstance(one, ast.Call) else one for one in function.decorator_list]
    return any(isinstance(one, ast.Attribute) for one in declared)


def fuzz_world(world: LoadedWorld, calls: int, seed: int = 0, well_typed_percent: int = 70) -> Fuzzed:
    """Make so many calls and check each: no fault, no exception, a known code, no change after a refusal."""
    found = Fuzzed(sites=set(refusal_sites(world)))
    with world.instance() as instance:
        fuzzer = _Fuzzer(world, instance, Stream("fuzz", world.id, seed), found)
        left = 0
        for _ in range(calls):
            if not left:
                fuzzer.restart()
                left = fuzzer.stream.choice(EPISODES)
            left -= 1
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
