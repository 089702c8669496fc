"""``agentworlds bench``: speed and memory."""

from __future__ import annotations

import sys
from itertools import chain

import click
import msgspec

from agentworlds.bench.measure import Figure, measure
from agentworlds.bench.suites import measure_suites
from agentworlds.cli.output import json_option, print_json


@click.command("bench")
@json_option
def bench_command(as_json: bool) -> None:
    """Measure calls, reset, fork, memory, verdicts, compiling and suites, each beside a limit from the same run.

    Exit code 1 when a figure misses its target. Takes about a minute.

    \b
    agentworlds bench
    agentworlds bench --json
    """
    figures: list[Figure] = []
    for one in chain(measure(lambda what: click.echo(f"measuring {what} …", err=True)), measure_suites()):
        figures.append(one)
        if not as_json:
            mark = "" if one.holds else "   MISSED"
            target = f"at most {one.target}" if one.target else ""
            click.echo(f"{one.figure:18} {one.value:10.1f} {one.unit:5}  limit {one.limit:10.1f}  "
                       f"ratio {one.ratio:6.2f}  "
                       f"{target:16} {one.against}{mark}")  # fmt: skip
    if as_json:
        print_json(msgspec.to_builtins(figures))
    if not all(one.holds for one in figures):
        sys.exit(1)
