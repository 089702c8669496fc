"""``agentworlds demo``: the main job on real input, in one go."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from agentworlds.agents.builtin import AGENTS
from agentworlds.certify.survey import certify_worlds
from agentworlds.cli.output import json_option, print_json, progress
from agentworlds.cli.report import write_report
from agentworlds.cli.run import load_worlds, play_all, summary


@click.command("demo")
@click.option("--worlds", help="Comma-separated ids; all packaged worlds by default.")
@click.option("--seeds", default=2, show_default=True, type=click.IntRange(1), help="How many seeds of each world.")
@click.option(
    "--out", default=Path("runs/demo"), show_default=True, type=click.Path(path_type=Path), help="Where to write."
)
@json_option
def demo_command(worlds: str | None, seeds: int, out: Path, as_json: bool) -> None:
    """Compile every world, certify every task, let the built-in agents play them all, and report.

    \b
    agentworlds demo
    agentworlds demo --worlds bank --seeds 5 --out runs/bank
    """
    loaded = load_worlds(worlds)
    with progress(len(loaded) * seeds, "certifying", quiet=as_json) as advance:
        survey = certify_worlds(loaded, range(seeds), advance)
    if not as_json:
        certified = sum(certificate.certified for certificate in survey.certificates)
        click.echo(
            f"{len(loaded)} world{'s' * (len(loaded) != 1)}, {certified} of {len(survey.certificates)} tasks certified "
            f"over {seeds} seed{'s' * (seeds != 1)}"
        )
        for failure in survey.failures:
            click.echo(f"  {failure}")
    episodes = max(world.task_count for world in loaded) * len(loaded) * seeds
    results, everything = {}, []
    for agent in AGENTS:
        played = play_all(loaded, agent, episodes, 0, "train", out / agent / "episodes.jsonl", quiet=as_json)
        everything += played
        results[agent] = summary(played)
        if not as_json:
            click.echo(
                f"  {agent:10} success {results[agent]['success']:7.1%}   "
                f"{results[agent]['steps']:5.1f} calls an episode"
            )
    page = write_report(everything, out, "Eight worlds, five agents" if len(loaded) == 8 else "Agents in worlds")
    if as_json:
        print_json({"certify": survey.as_json(), "runs": results, "report": str(page)})
    else:
        click.echo(f"report: {page}")
    if survey.failures:
        sys.exit(1)
