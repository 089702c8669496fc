"""``agentworlds new``, ``check`` and ``build``: for people who write worlds."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from agentworlds.cli.output import json_option, print_json, script_problem, write_atomically
from agentworlds.errors import NotFound, ScriptError
from agentworlds.tasks.drawing import BadIntent
from agentworlds.worlds.loading import load


@click.command("new")
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path), help="The file to write; NAME.py by default.")
@json_option
def new_command(name: str, out: Path | None, as_json: bool) -> None:
    """Write a working starter for a new world.

    \b
    agentworlds new clinic
    agentworlds check clinic.py && agentworlds certify clinic.py
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise click.BadParameter(f"expected snake_case such as 'my_clinic', got {name!r}", param_hint="NAME")
    path = out or Path(f"{name}.py")
    if path.exists():
        raise click.ClickException(f"{path} is there already; nothing was written")
    starter = (Path(__file__).parent / "starter.py.txt").read_text(encoding="utf-8")
    write_atomically(path, starter.replace("WORLD_ID", name).encode())
    if as_json:
        print_json({"path": str(path)})
        return
    click.echo(f"wrote {path}; next: agentworlds check {path}, agentworlds play {path}")


@click.command("check")
@click.argument("paths", nargs=-1, required=True)
@json_option
def check_command(paths: tuple[str, ...], as_json: bool) -> None:
    """Check world scripts: declarations, data, rules, and one draw of every task. Prints file:line: message.

    \b
    agentworlds check my_world.py
    """
    problems: list[str] = []
    for path in paths:
        problems += find_problems(path)
    if as_json:
        print_json([dict(zip(("file", "line", "message"), _split(problem), strict=True)) for problem in problems])
    else:
        for problem in problems:
            click.echo(problem)
        if not problems:
            click.echo(f"{len(paths)} script{'s' * (len(paths) != 1)} checked, no problem found")
    if problems:
        sys.exit(1)


def find_problems(path: str) -> list[str]:
    """Every problem of one script, as ``file:line: message``."""
    problems: list[str] = []
    with collecting(problems):
        world = load(path)
        world.template(0)
        for index in range(world.task_count):
            with collecting(problems):
                drawn = world.task(index)
                where = f"{drawn.intent.file}:{drawn.intent.line}"
                problems += [f"{where}: intent {drawn.intent.name}: {one}" for one in drawn.spec.untraceable]
    return list(dict.fromkeys(problems))


@contextmanager
def collecting(problems: list[str]) -> Iterator[None]:
    """Add what is wrong with a script to a list, and go on."""
    try:
        yield
    except ScriptError as error:
        problems += [str(problem) for problem in error.problems]
    except BadIntent as error:
        problems.append(str(error))
    except Exception as error:
        raised = script_problem(error)
        if raised is None:
            raise
        problems.append(str(raised))


def _split(problem: str) -> tuple[str, int, str]:
    match = re.match(r"(.*?):(\d+): (.*)", problem, re.S)
    return (match.group(1), int(match.group(2)), match.group(3)) if match else ("", 0, problem)


@click.command("build")
@click.argument("world")
@click.option("--seed", default=0, show_default=True, help="Which data and tasks.")
@click.option("--scale", default=1, show_default=True, help="How large; 1 for a few hundred rows.")
@click.option("--out", type=click.Path(path_type=Path), help="The bundle to write; ID-SEED.world by default.")
@json_option
def build_command(world: str, seed: int, scale: int, out: Path | None, as_json: bool) -> None:
    """Compile a world into a bundle: source, schema, data, tool schemas, tasks, certificates and a content hash.

    \b
    agentworlds build vet_clinic --seed 3 --out clinic.world
    """
    from agentworlds.certify.bundling import build_bundle

    if scale < 1:
        raise NotFound(f"scale: expected at least 1, got {scale}")
    content, summary = build_bundle(load(world), seed, scale)
    path = out or Path(f"{summary['id']}-{seed}.world")
    write_atomically(path, content)
    summary = {**summary, "path": str(path), "bytes": len(content)}
    if as_json:
        print_json(summary)
    else:
        click.echo(
            f"wrote {path}: {summary['tasks']} tasks, {summary['certified']} certified, "
            f"{len(content):,} bytes, {summary['hash']}"
        )
