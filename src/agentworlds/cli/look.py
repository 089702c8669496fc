"""``agentworlds list`` and ``show``: what there is."""

from __future__ import annotations

from typing import Any

import click
import orjson

from agentworlds.cli.output import json_option, print_json
from agentworlds.registry import CONTENT
from agentworlds.worlds.loading import load
from agentworlds.worlds.world import LoadedWorld


def overview(world: LoadedWorld) -> dict[str, Any]:
    """A world in figures."""
    tools = world.world.tools.values()
    return {
        "id": world.id,
        "title": world.title,
        "tables": len(world.world.tables),
        "tools": len(tools),
        "writes": sum(tool.writes for tool in tools),
        "rows": sum(world.template().row_counts.values()),
        "intents": len(world.world.intents),
    }


def suite_overview(id: str) -> dict[str, Any]:
    """A suite in figures, without the tables and tools of the office that it is tried in."""
    world = load(f"suite:{id}").world
    path = str(CONTENT.part("suites", id))
    return {
        "id": id,
        "tools": sum(tool.source == id for tool in world.tools.values()),
        "tables": sum(table.file == path for table in world.tables),
        "intents": sum(intent.source == id for intent in world.intents.values()),
        "wraps": world.modules[id].wraps,
    }


@click.command("list")
@click.option("--suites", is_flag=True, help="The suites that worlds include.")
@json_option
def list_command(suites: bool, as_json: bool) -> None:
    """List the packaged worlds, or the suites.

    \b
    agentworlds list --json
    agentworlds list --suites
    """
    if suites:
        found = [suite_overview(id) for id in CONTENT.ids("suites")]
    else:
        found = [overview(load(id)) for id in CONTENT.ids("domains")]
    if as_json:
        print_json(found)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None)
    for name, value in found[0].items():
        table.add_column(name, justify="right" if isinstance(value, int) else "left")
    for row in found:
        table.add_row(*(str(value) for value in row.values()))
    Console().print(table)


@click.command("show")
@click.argument("world")
@click.option("--tool", "tool_name", help="One tool's schema.")
@click.option("--task", type=int, help="One task: instruction, goal and reference solution.")
@click.option("--seed", default=0, show_default=True, help="Which data and tasks.")
@click.option("--schema", is_flag=True, help="The tables as SQL.")
@json_option
def show_command(world: str, tool_name: str | None, task: int | None, seed: int, schema: bool, as_json: bool) -> None:
    """Show a world: its tables, tools and intents, or one of them in full.

    \b
    agentworlds show bank
    agentworlds show bank --tool transfer_money
    agentworlds show bank --task 3 --seed 1
    """
    loaded = load(world)
    if tool_name is not None:
        _show_tool(loaded, tool_name)
    elif task is not None:
        _show_task(loaded, task, seed, as_json)
    elif schema:
        click.echo(";\n".join(loaded.program.ddl) + ";")
    elif as_json:
        print_json({**overview(loaded), "tool_schemas": loaded.mcp_tools()})
    else:
        _show_world(loaded)


def _show_tool(world: LoadedWorld, name: str) -> None:
    from agentworlds.errors import NotFound, nearest

    tools = {tool["name"]: tool for tool in world.mcp_tools()}
    if name not in tools:
        raise NotFound(f"{world.id} has no tool {name!r}{nearest(name, tools)}")
    print_json(tools[name])


def _show_task(world: LoadedWorld, index: int, seed: int, as_json: bool) -> None:
    spec = world.task(index, seed).spec
    if as_json:
        import msgspec

        print_json(msgspec.to_builtins(spec))
        return
    click.echo(
        f"{world.id}, seed {seed}, task {index}: {spec.intent} ({spec.kind}), {spec.length} contributing calls\n"
    )
    click.echo(f"{spec.instruction}\n\nThe same, held out for testing:\n{spec.held_out}\n\nReference:")
    for number, call in enumerate(spec.solution, 1):
        click.echo(f"  {number}. {call.tool}({orjson.dumps(call.arguments).decode()})")
    click.echo("\nGoal:")
    for requirement in spec.goal.required:
        click.echo(f"  {requirement.say}")
    if spec.goal.answer is not None:
        click.echo(f"  the answer is {spec.goal.answer.value}")
    if spec.goal.impossible:
        click.echo("  change nothing and say that it cannot be done")


def _show_world(world: LoadedWorld) -> None:
    click.echo(f"{world.title} ({world.id}): {world.world.about}\n")
    counts = world.template().row_counts
    click.echo("Tables")
    for table in world.world.tables:
        click.echo(f"  {table.name:22} {counts[table.name]:5} rows   {', '.join(c.stored_name for c in table.columns)}")
    click.echo("\nTools")
    for tool in world.world.tools.values():
        roles = f" [{', '.join(tool.roles)}]" if tool.roles else ""
        click.echo(f"  {'write' if tool.writes else 'read ':5} {tool.name:28} {tool.description[:90]}{roles}")
    click.echo("\nRules")
    for rule in world.world.rules:
        click.echo(f"  {rule.cls.__table__.name:12} {rule.message}")
    click.echo("\nIntents")
    for intent in world.world.intents.values():
        click.echo(f"  {intent.kind:12} {intent.name:32} {intent.wordings[0][:90]}")
