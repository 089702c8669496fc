"""Law 9: tools tell the truth. Searches agree with a naive reading of every row, results with their schemas."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest

from agentworlds.agents.sampler import CallSampler
from agentworlds.compile.schemas import input_schema, output_schema
from agentworlds.rng import Stream
from agentworlds.runtime.instance import Instance
from agentworlds.spec.columns import Ref
from agentworlds.spec.tables import Table
from agentworlds.spec.tools import Search
from agentworlds.worlds.world import LoadedWorld

SEARCHES = 60


def all_rows(instance: Instance) -> dict[str, dict[int, dict[str, Any]]]:
    found: dict[str, dict[int, dict[str, Any]]] = {}
    for table in instance.program.tables:
        names = ["id", *(column.name for column in table.columns)]
        rows = instance.store.db.execute(f'SELECT * FROM "{table.name}"').fetchall()
        found[table.name] = {row[0]: dict(zip(names, row, strict=True)) for row in rows}
    return found


def follow(rows: dict[str, dict[int, dict[str, Any]]], table: Table, row: dict[str, Any], path: str) -> Any:
    for name in path.split("."):
        if row is None:
            return None
        column = table.by_name[name]
        value = row[name]
        if isinstance(column.kind, Ref) and name != path.split(".")[-1]:
            table = column.kind.target.__table__
            row = rows[table.name].get(value)  # type: ignore[assignment]
        else:
            return value
    return None


def passes(
    search: Search, rows: Any, row: dict[str, Any], arguments: dict[str, Any], world: LoadedWorld, name: str
) -> bool:
    table = search.cls.__table__
    rule = search.filters[name]
    value = follow(rows, table, row, rule.path)
    wanted = arguments[name]
    kind = table.path(rule.path)[-1].kind
    if not isinstance(kind, Ref) and rule.operator != "contains":
        wanted = kind.parse(wanted)
    if value is None:
        return False
    match rule.operator:
        case "=":
            return bool(value == wanted)
        case ">=":
            return bool(value >= wanted)
        case "<=":
            return bool(value <= wanted)
    return sqlite_lower(wanted) in sqlite_lower(value)


def sqlite_lower(text: str) -> str:
    """Case as LIKE folds it: ASCII only."""
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)


def test_searches_agree_with_a_naive_reading_of_every_row(world: LoadedWorld) -> None:
    stream = Stream("search truth", world.id)
    with world.instance() as instance:
        rows = all_rows(instance)
        sampler = CallSampler(world.program, stream)
        for table in world.program.tables:
            sampler.ids[table.name] = list(rows[table.name])
            for row in list(rows[table.name].values())[:10]:
                for value in row.values():
                    sampler._value(value)
        searches = [tool for tool in world.world.tools.values() if tool.search]
        if not searches:
            pytest.skip("it declares no search")
        compared = 0
        for _ in range(SEARCHES):
            tool = stream.choice(searches)
            assert tool.search is not None
            arguments = sampler.call(tool)
            assert arguments is not None
            arguments = {k: v for k, v in arguments.items() if k not in ("limit", "offset", "sort")}
            step = instance.apply(tool.name, {**arguments, "limit": 50})
            assert step.ok, step.text
            expected = [
                id for id, row in rows[tool.search.cls.__table__.name].items()
                if all(passes(tool.search, rows, row, arguments, world, name) for name in arguments)
            ]  # fmt: skip
            assert step.data is not None
            assert [row["id"] for row in step.data["results"]] == expected[:50], (tool.name, arguments)
            assert step.data["more"] == (len(expected) > 50)
            compared += bool(expected)
        assert compared >= 10


def test_pages_of_a_search_make_up_the_whole_without_gaps(world: LoadedWorld) -> None:
    with world.instance() as instance:
        for tool in world.world.tools.values():
            if tool.search is None:
                continue
            table = tool.search.cls.__table__
            seen: list[int] = []
            for page in range(40):
                data = instance.apply(tool.name, {"limit": 50, "offset": 50 * page}).data
                assert data is not None
                seen += [row["id"] for row in data["results"]]
                if not data["more"]:
                    break
            assert seen == sorted(all_rows(instance)[table.name])


def test_results_and_arguments_fit_their_schemas(world: LoadedWorld) -> None:
    tools = world.world.tools
    inputs = {name: jsonschema.Draft202012Validator(input_schema(tool)) for name, tool in tools.items()}
    outputs = {
        name: jsonschema.Draft202012Validator(output_schema(tool, world.program.views)) for name, tool in tools.items()
    }
    for validator in (*inputs.values(), *outputs.values()):
        validator.check_schema(validator.schema)
    checked = 0
    for index in range(world.task_count):
        drawn = world.task(index)
        for call in drawn.spec.solution:
            inputs[call.tool].validate(call.arguments)
            if call.ok:
                outputs[call.tool].validate(call.observation)
                checked += 1
    assert checked > 20


@pytest.mark.parametrize("seed", [0, 1])
def test_what_the_schema_refuses_the_tool_refuses(world: LoadedWorld, seed: int) -> None:
    from agentworlds.certify.fuzz import HOSTILE

    stream = Stream("schema", world.id, seed)
    with world.instance() as instance:
        sampler = CallSampler(world.program, stream)
        for table in world.program.tables:
            sampler.ids[table.name] = list(range(1, 4))
        for _ in range(150):
            tool = stream.choice(list(world.world.tools.values()))
            arguments = sampler.call(tool)
            if not arguments:
                continue
            name = stream.choice(list(arguments))
            value = stream.choice([one for one in HOSTILE if isinstance(one, str | int | float | list | dict | None)])
            if isinstance(value, float) and value != value:
                continue
            changed = {**arguments, name: value}
            step = instance.apply(tool.name, changed)
            valid = jsonschema.Draft202012Validator(input_schema(tool)).is_valid(changed)
            if not valid:
                assert step.refusal is not None, (tool.name, changed)
            instance.reset()
