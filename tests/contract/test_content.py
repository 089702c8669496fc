"""What every packaged world must have."""

from __future__ import annotations

import statistics

from agentworlds.registry import CONTENT
from agentworlds.spec.columns import ListOf, Record, Ref
from agentworlds.worlds.world import LoadedWorld

KINDS = {"write", "question", "conditional", "aggregate", "batch", "repair", "impossible"}


def test_there_are_eight_worlds_two_modules_and_suites() -> None:
    assert len(CONTENT.ids("domains")) >= 8
    assert {"booking", "ledger"} <= set(CONTENT.ids("modules"))
    assert "email" in CONTENT.ids("suites")


def test_a_world_is_large_enough(packaged: LoadedWorld) -> None:
    tools = packaged.world.tools.values()
    own = [table for table in packaged.world.tables if table.file.endswith(f"{packaged.id}.py")]
    assert len(own) >= 8
    assert len(tools) >= 20
    assert sum(tool.writes for tool in tools) >= 8
    assert 150 <= sum(packaged.template().row_counts.values()) <= 700
    empty = [
        table.name
        for table in packaged.world.tables
        if not table.transient and not packaged.template().row_counts[table.name]
    ]
    assert empty == []


def test_a_world_has_rules_roles_and_ownership(packaged: LoadedWorld) -> None:
    assert sum(rule.file.endswith(f"{packaged.id}.py") for rule in packaged.world.rules) >= 3
    assert len(packaged.world.roles) >= 2
    assert any(role.cls is not None for role in packaged.world.roles.values())
    assert any(tool.roles for tool in packaged.world.tools.values())


def test_a_world_has_every_kind_of_intent_and_an_impossible_twin(packaged: LoadedWorld) -> None:
    intents = packaged.world.intents
    assert len(intents) >= 10
    assert {intent.kind for intent in intents.values()} == KINDS
    for intent in intents.values():
        if intent.kind == "impossible":
            assert intent.twin is not None
            assert intent.wordings == intents[intent.twin].wordings
        assert intent.wordings_of("test")
        assert not set(intent.wordings_of("test")) & set(intent.wordings_of("train"))


def test_modules_and_the_suite_are_shared() -> None:
    from tests.contract.conftest import IDS, loaded

    included = {id: {tool.source for tool in loaded(id).world.tools.values()} for id in IDS}
    assert all("email" in sources for sources in included.values())
    for module in ("booking", "ledger"):
        assert sum(module in sources for sources in included.values()) >= 3


def test_reference_solutions_are_long_enough() -> None:
    from tests.contract.conftest import IDS, loaded

    lengths = [task.spec.length for id in IDS for task in loaded(id).tasks(0)]
    assert statistics.median(lengths) >= 5
    assert max(lengths) > 12


def test_every_id_that_a_tool_asks_for_is_shown_by_a_read(world: LoadedWorld) -> None:
    views = world.program.views

    def shown(kind: object) -> set[str]:
        match kind:
            case Ref(target=target):
                refs = {
                    c.kind.target.__table__.name for _, c, *_ in views[target].fields if c and isinstance(c.kind, Ref)
                }
                return {target.__table__.name} | refs
            case ListOf(item=item):
                return shown(item)
            case Record(fields=fields):
                return set().union(*(shown(inner) for _, inner in fields))
        return set()

    found: set[str] = set()
    for tool in world.world.tools.values():
        if not tool.writes:
            found |= shown(tool.returns)
    for tool in world.world.tools.values():
        for param in tool.params:
            kind = param.kind.item if isinstance(param.kind, ListOf) else param.kind
            if isinstance(kind, Ref):
                assert kind.target.__table__.name in found, f"{tool.name}({param.name})"
