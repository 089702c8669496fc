"""``agentworlds report``: what happened in some runs, as one page and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
import msgspec

from agentworlds.agents.rollout import Trajectory
from agentworlds.cli.output import json_option, print_json, write_atomically
from agentworlds.cli.run import read_trajectories
from agentworlds.errors import AgentworldsError, NotFound
from agentworlds.report import EpisodeRecord, Kind, render, summarise
from agentworlds.report.training import is_training, read_run, render_run


def records_of(trajectories: Iterable[Trajectory]) -> list[EpisodeRecord]:
    """What the report needs of trajectories."""
    return [
        EpisodeRecord(
            world=one.world, intent=one.intent, kind=Kind(one.kind), task=one.task, seed=one.seed, agent=one.agent,
            success=one.verdict.success if one.verdict else False,
            progress=one.verdict.progress if one.verdict else 0.0,
            reward=one.verdict.reward if one.verdict else 0.0,
            calls=len(one.turns), refusals=sum(not turn.ok for turn in one.turns), solution_length=one.solution_length,
            faults=int(one.fault is not None), latencies_us=[turn.latency_us for turn in one.turns],
        )
        for one in trajectories
    ]  # fmt: skip


def write_report(trajectories: Iterable[Trajectory], out: Path, title: str) -> Path:
    """Write ``report.html`` and ``report.json`` into a folder, and return the page's path."""
    summary = summarise(records_of(trajectories))
    write_atomically(out / "report.json", msgspec.json.format(msgspec.json.encode(summary)))
    write_atomically(out / "report.html", render(summary, title=title).encode())
    return out / "report.html"


def write_training_report(folder: Path, out: Path | None = None) -> Path:
    """Write ``report.html`` about a training run, into its own folder by default, and return the page's path."""
    page = (out or folder) / "report.html"
    write_atomically(page, render_run(read_run(folder)).encode())
    return page


@click.command("report")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="The folder to write into; the first run's by default.")
@click.option("--title", default="Agents in worlds", show_default=True, help="The page's title.")
@json_option
def report_command(runs: tuple[Path, ...], out: Path | None, title: str, as_json: bool) -> None:
    """Report on one or more runs: one self-contained page with tables and plots, and the same as JSON.

    A training run has a page of its own: curves, and where the policy still fails.

    \b
    agentworlds report runs/reference runs/random --out runs
    agentworlds report runs/ppo
    """
    training = [run for run in runs if is_training(run)]
    if training:
        if len(runs) > 1:
            raise AgentworldsError(f"{training[0]} is a training run, which has a page of its own: give it alone")
        page = write_training_report(training[0], out)
        if as_json:
            print_json({"page": str(page)})
        else:
            click.echo(f"wrote {page}")
        return
    trajectories = [one for run in runs for one in read_trajectories(run)]
    if not trajectories:
        raise NotFound(f"no episodes in {', '.join(map(str, runs))}")
    page = write_report(trajectories, out or (runs[0] if runs[0].is_dir() else runs[0].parent), title)
    if as_json:
        print_json({"episodes": len(trajectories), "page": str(page), "json": str(page.with_suffix(".json"))})
    else:
        click.echo(f"wrote {page} and {page.with_suffix('.json').name} ({len(trajectories)} episodes)")
