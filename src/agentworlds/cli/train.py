"""``agentworlds train``: train a policy in worlds."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

from agentworlds.cli.output import json_option, print_json
from agentworlds.errors import AgentworldsError
from agentworlds.registry import CONTENT
from agentworlds.report.training import read_run, render_run

if TYPE_CHECKING:
    from agentworlds.train.config import Config

NAMES = ("cloning", "ppo", "dqn", "a2c", "vtrace", "sac", "grpo")
DRAWN_EVERY = 60.0
"""Seconds after which a run's page is written anew, evaluations apart."""


@click.command("train")
@click.option("--algo", type=click.Choice(NAMES), help="The algorithm; cloning by default.")
@click.option("--worlds", help="Comma-separated ids, scripts or bundles to train in; all packaged worlds by default.")
@click.option("--hold-out", help="Comma-separated worlds that are only evaluated on.")
@click.option("--minutes", type=click.FloatRange(0, min_open=True), help="How long to train, evaluations apart.")
@click.option(
    "--iterations", type=click.IntRange(1), help="How many iterations to train, instead of minutes or at most."
)
@click.option("--seed", type=int, help="Fixes weights, tasks and draws. 0 by default.")
@click.option("--workers", type=click.IntRange(1), help="Processes that play and learn; 1 by default.")
@click.option(
    "--executor", type=click.Choice(["local", "processes", "ray"]), help="Where they run; processes by default."
)
@click.option("--warm-start", type=click.Path(path_type=Path), help="A finished run whose policy to begin with.")
@click.option("--evaluate-every", type=click.IntRange(0), help="Iterations between evaluations; 0 for one at the end.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE",
              help="A setting of the run or of the algorithm, such as lr=0.0001 or curriculum=reverse.")  # fmt: skip
@click.option("--config", type=click.Path(path_type=Path), help="A TOML file with settings; options go before it.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The run's folder; a run there is gone on with."
)
@json_option
def train_command(
    worlds: str | None, hold_out: str | None, settings: tuple[str, ...], config: Path | None, out: Path, as_json: bool,
    **given: Any,
) -> None:  # fmt: skip
    """Train a policy in worlds and evaluate it on unseen seeds, held-out wordings and held-out worlds.

    A run that was stopped, however it was, goes on where it was kept last when the same command is given again.

    \b
    agentworlds train --worlds bank,vet_clinic --minutes 5 --workers 2 --out runs/cloned
    agentworlds train --algo ppo --warm-start runs/cloned --minutes 10 --worlds bank,vet_clinic --out runs/ppo
    agentworlds run --agent runs/ppo --worlds bank --episodes 64
    """
    from agentworlds.train.config import read_config, read_toml

    values = read_toml(config) if config else {}
    values |= {name: value for name, value in given.items() if value is not None}
    for setting in settings:
        _set(values, setting)
    for name, text in (("worlds", worlds), ("hold_out", hold_out)):
        if text is not None:
            values[name] = [one.strip() for one in text.split(",") if one.strip()]
    values.setdefault("worlds", [one for one in CONTENT.ids("domains") if one not in values.get("hold_out", ())])
    if "warm_start" in values:
        values["warm_start"] = str(values["warm_start"])
    asked = read_config(values, str(config) if config else "the run")
    result = train(asked, out, quiet=as_json)
    if as_json:
        print_json(result)
        return
    success = ", ".join(f"{name.replace('_', ' ')} {rate:.1%}" for name, rate in result["success"].items())
    click.echo(f"{result['algo']}: {result['minutes']} minutes, {result['decisions']:,} decisions; success: {success}; "
               f"random {result['random']:.1%}")  # fmt: skip
    click.echo(f"the policy is in {out}: agentworlds run --agent {out}; how it went: {out / 'report.html'}")


def train(config: Config, out: Path, *, quiet: bool) -> dict[str, Any]:
    """Train, show how it goes, and keep the run's page up to date. Gives the result."""
    from agentworlds.train.checkpoint import RunFolder
    from agentworlds.train.trainer import Trainer

    folder = RunFolder(out)

    def draw() -> None:
        page = render_run(read_run(out)).encode()
        folder.write("report.html", lambda file: file.write(page))

    drawn = time.monotonic()
    with _shown(quiet=quiet) as show:

        def report(entry: dict[str, Any]) -> None:
            nonlocal drawn
            show(entry)
            if entry["kind"] == "evaluation" or time.monotonic() - drawn > DRAWN_EVERY:
                draw()
                drawn = time.monotonic()

        result = Trainer(config, out, report).run()
    draw()
    return result


def _set(values: dict[str, Any], setting: str) -> None:
    """Take in NAME=VALUE, as a setting of the run where it has one of that name and of the algorithm otherwise."""
    from dataclasses import fields

    from agentworlds.train.config import Config

    name, sign, text = setting.partition("=")
    if not sign:
        raise AgentworldsError(f"--set {setting}: expected NAME=VALUE")
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = text
    if name in {one.name for one in fields(Config)}:
        values[name] = value
    else:
        values["options"] = values.get("options", {}) | {name: value}


@contextmanager
def _shown(*, quiet: bool) -> Iterator[Any]:
    """Progress on standard error: a bar with the time left where a person looks, else a line now and then."""
    if quiet:
        yield lambda entry: None
        return
    if not sys.stderr.isatty():
        yield lambda entry: click.echo(_line(entry), err=True)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("training", total=1.0)

        def report(entry: dict[str, Any]) -> None:
            if entry["kind"] == "evaluation":
                console.print(_line(entry))
            bar.update(task, completed=entry["done"], description=_line(entry))

        yield report


def _line(entry: dict[str, Any]) -> str:
    """An entry of the progress in words."""
    where = f"{entry['minutes']:6.1f} min, iteration {entry['iteration']}"
    if entry["kind"] == "evaluation":
        return f"{where}: " + ", ".join(
            f"{name.replace('_', ' ')} {rate:.1%}" for name, rate in entry["success"].items()
        )
    told = [f"{name} {entry[name]:.3f}" for name in ("nll", "kl", "entropy") if name in entry]
    if entry["rate"]:  # else what was played before is learned from again
        played = [f"success {entry['success']:.0%}", f"reward {entry['reward']:.3f}", f"{entry['rate']} decisions/s"]
        told = played + told
    return f"{where}: " + ", ".join(told)
