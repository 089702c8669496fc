"""``agentworlds demo``: the main job on real input, in one go."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from agentworlds.agents.builtin import AGENTS, make_agent
from agentworlds.agents.rollout import roll_out
from agentworlds.certify.survey import certify_worlds
from agentworlds.cli.output import json_option, print_json, progress
from agentworlds.cli.report import write_report
from agentworlds.cli.run import load_worlds, play_all, summary
from agentworlds.registry import CONTENT
from agentworlds.worlds.world import LoadedWorld

BESIDE = ("random", "lexical", "reference")
"""Who plays beside a policy that was trained."""
WORKERS = 2
"""Processes that train: another number would train another policy."""


@click.command("demo")
@click.option("--worlds", help="Comma-separated ids; all packaged worlds by default.")
@click.option("--seeds", default=2, show_default=True, type=click.IntRange(1), help="How many seeds of each world.")
@click.option("--train", "minutes", type=click.FloatRange(0, min_open=True),
              help="Instead, train a policy for so many minutes and show it beside other agents.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path),
              help="Where to write; runs/demo by default, runs/demo-train with --train.")  # fmt: skip
@json_option
def demo_command(worlds: str | None, seeds: int, minutes: float | None, out: Path | None, as_json: bool) -> None:
    """Compile every world, certify every task, let the built-in agents play them all, and report.

    \b
    agentworlds demo
    agentworlds demo --worlds bank --seeds 5 --out runs/bank
    agentworlds demo --train 3
    """
    loaded = load_worlds(worlds)
    if minutes is not None:
        names = [name.strip() for name in worlds.split(",")] if worlds else CONTENT.ids("domains")
        train_and_compare(
            dict(zip(names, loaded, strict=True)), minutes, out or Path("runs/demo-train"), as_json=as_json
        )
    else:
        certify_and_play(loaded, seeds, out or Path("runs/demo"), as_json=as_json)


def certify_and_play(loaded: list[LoadedWorld], seeds: int, out: Path, *, as_json: bool) -> None:
    """Certify every task, let the built-in agents play them all, and report."""
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


def train_and_compare(loaded: dict[str, LoadedWorld], minutes: float, out: Path, *, as_json: bool) -> None:
    """Train a policy by imitation, and say what it solves with data it has never seen beside what others do.

    Args:
        loaded: The worlds by the names that they were given by.
    """
    from agentworlds.cli.train import train
    from agentworlds.train.config import Config

    if not as_json:
        click.echo(f"for {minutes:g} minutes a policy imitates references in {', '.join(loaded)}")
    result = train(Config(worlds=tuple(loaded), minutes=minutes, workers=WORKERS), out, quiet=as_json)
    success: dict[str, dict[str, float]] = {"policy": result["by_world"]}
    count = {name: world.task_count for name, world in loaded.items()}
    with progress(sum(count.values()) * len(BESIDE), "others play", quiet=as_json) as advance:
        for agent in BESIDE:
            success[agent] = {name: share_solved(world, agent, advance) for name, world in loaded.items()}
    if as_json:
        print_json({"train": result, "success": success, "report": str(out / "report.html")})
        return
    click.echo("\nsuccess on every task of an unseen seed\n" + "".join(f"{name:>12}" for name in ("", "", *success)))
    for name in loaded:
        click.echo(f"{name:24}" + "".join(f"{rates[name]:12.1%}" for rates in success.values()))
    if len(loaded) > 1:
        means = [
            sum(rates[name] * of for name, of in count.items()) / sum(count.values()) for rates in success.values()
        ]
        click.echo(f"{'all':24}" + "".join(f"{mean:12.1%}" for mean in means))
    click.echo(f"{'in held-out wordings':24}{result['success']['held_out_wordings']:12.1%}")
    click.echo(f"\nhow it went, and where it fails: {out / 'report.html'}\n"
               f"further: agentworlds train --algo ppo --warm-start {out} --minutes 10 --out runs/ppo")  # fmt: skip


def share_solved(world: LoadedWorld, agent: str, advance: Any) -> float:
    """The share of a world's tasks of seed 0 that an agent solves."""
    player, solved = make_agent(agent), 0
    for task in range(world.task_count):
        verdict = roll_out(world, task, 0, player).verdict
        solved += verdict is not None and verdict.success
        advance()
    return round(solved / world.task_count, 4)
