"""``agentworlds certify``: prove by execution that tasks are sound."""

from __future__ import annotations

import sys

import click

from agentworlds.certify.survey import certify_worlds
from agentworlds.cli.output import json_option, print_json, progress
from agentworlds.registry import CONTENT
from agentworlds.worlds.loading import load


@click.command("certify")
@click.argument("worlds", nargs=-1)
@click.option("--seed", default=0, show_default=True, help="The first seed.")
@click.option("--seeds", default=1, show_default=True, type=click.IntRange(1), help="How many seeds.")
@click.option("--engine", "engines", multiple=True, metavar="SUITE=ENGINE",
              help="Another engine behind a suite: its name, or module:Class of your own.")  # fmt: skip
@json_option
def certify_command(worlds: tuple[str, ...], seed: int, seeds: int, engines: tuple[str, ...], as_json: bool) -> None:
    """Execute every certificate of every task. WORLDS are ids, scripts or bundles; all packaged worlds by default.

    Exit code 1 when anything fails.

    \b
    agentworlds certify
    agentworlds certify vet_clinic --seeds 5
    agentworlds certify my_world.py --json
    agentworlds certify suite:search --engine search=my_package.engines:MyEngine
    """
    for one in engines:
        if not all(one.partition("=")):
            raise click.BadParameter(f"expected SUITE=ENGINE, got {one!r}", param_hint="--engine")
    chosen = dict(one.split("=", 1) for one in engines)
    loaded = [load(world, engines=chosen) for world in worlds or CONTENT.ids("domains")]
    with progress(len(loaded) * seeds, "certifying", quiet=as_json) as advance:
        survey = certify_worlds(loaded, range(seed, seed + seeds), advance)
    if as_json:
        print_json(survey.as_json())
    else:
        result = survey.as_json()
        for failure in result["failures"]:
            click.echo(failure)
        rates = ", ".join(f"{agent} {rate:.1%}" for agent, rate in result["success"].items())
        mutants = result["mutants"]
        lengths = sorted(certificate.length for certificate in survey.certificates) or [0]
        click.echo(
            f"{result['certified']} of {result['tasks']} tasks certified; {result['rejected_draws']} draws rejected"
        )
        click.echo(f"success: {rates}")
        click.echo(
            f"mutants: {mutants['tried']} tried, {mutants['equivalent']} equivalent, "
            f"{mutants['failed']} failed as they must"
        )
        click.echo(f"solutions: median {lengths[len(lengths) // 2]} contributing calls, longest {lengths[-1]}")
    if survey.failures:
        sys.exit(1)
