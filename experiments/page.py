"""docs/results.md out of the figures that the experiments kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from experiments.runs import FIGURES

PAGE = Path(__file__).parent.parent / "docs" / "results.md"
INTRODUCTION = """# Results

What agents learn here, measured without a GPU, each run on one core, two at a time. Every part names the command that made it and that
writes this page anew, from the figures in [results](results). Success is of greedy play, on all tasks of two
seeds that no training saw. An interval is of the mean over runs, at 95 %, by the bootstrap; with few runs it is narrow by
luck or wide by luck, so each run stands beside it.
"""


def percent(one: dict[str, Any] | float) -> str:
    """A figure for a table: its mean, and its interval where it has one."""
    if not isinstance(one, dict):
        return f"{one:.1%}"
    runs = ", ".join(f"{v:.1%}" for v in one["values"]) if len(one["values"]) > 1 else "one run"
    known = one["low"] < one["high"]
    return (
        f"{one['mean']:.1%} ({one['low']:.1%} to {one['high']:.1%}; {runs})" if known else f"{one['mean']:.1%} ({runs})"
    )


def main_part(found: dict[str, Any]) -> str:
    """The main result."""
    success, agents = found["success"], found["agents"]
    rows = [("cloned policy, unseen seeds", success["unseen_seeds"]), ("… tasks of at most four calls", success["short"]),
            ("… held-out wordings", success["held_out_wordings"])]  # fmt: skip
    rows += [(f"{name}, unseen seeds", one["all"]) for name, one in agents.items()]
    rows += [(f"{name}, tasks of at most four calls", one["short"]) for name, one in agents.items()]
    table = "\n".join(f"| {name} | {percent(one)} |" for name, one in rows)
    worlds = "\n".join(f"| {world} | {percent(one)} |" for world, one in found["by_world"].items())
    worst = "\n".join(f"| {name} | {rate:.0%} |" for name, rate in found["worst"])
    return f"""## One policy for eight worlds

Cloned for {found["minutes"]:g} minutes on one core, from {", ".join(f"{one:,}" for one in found["demonstrations"])}
demonstrations: `python -m experiments main --minutes {found["minutes"]:g} --seeds {found["seeds"]}`.

| who plays | success |
| --- | --- |
{table}

| world | success on unseen seeds |
| --- | --- |
{worlds}

Where it fails most:

| intent | success |
| --- | --- |
{worst}
"""


def reinforcement_part(found: dict[str, Any]) -> str:
    """Reinforcement learning against its warm start."""
    rows = {"the start, cloned from 100 demonstrations a world": found["start"]} | found["algorithms"]
    table = "\n".join(
        f"| {name} | {one.get('minutes', '')} | {percent(one['unseen_seeds'])} "
        f"| {percent(one['gain']) if 'gain' in one else ''} | {percent(one['held_out_worlds'])} |"
        for name, one in rows.items()
    )
    return f"""## Reinforcement learning from a small warm start

{found["episodes"]:,} episodes each in six worlds, two held out: `python -m experiments reinforcement --episodes
{found["episodes"]} --seeds {found["seeds"]}`. “cloning” goes on with the same demonstrations for the mean of the others'
time. The interval of a gain is by the bootstrap over intents, each with its episodes of all runs before and after.
Training episodes are drawn by difficulty, so their success is no measure beside the others'.

| algorithm | minutes | success on unseen seeds | gain | in worlds held out |
| --- | ---: | --- | --- | --- |
{table}
"""


def demonstrations_part(found: dict[str, Any]) -> str:
    """Demonstrations against success."""
    table = "\n".join(f"| {int(count):,} | {', '.join(f'{shown:,}' for shown in one['shown'])} "
                      f"| {percent(one['unseen_seeds'])} | {percent(one['held_out_wordings'])} |"
                      for count, one in found["success"].items())  # fmt: skip
    return f"""## Demonstrations against success

{found["minutes"]:g} minutes each: `python -m experiments demonstrations --minutes {found["minutes"]:g} --seeds
{found["seeds"]}`.

| demonstrations, over eight worlds | shown in that time | unseen seeds | held-out wordings |
| --- | --- | --- | --- |
{table}
"""


def hold_out_part(found: dict[str, Any]) -> str:
    """Worlds held out."""
    table = "\n".join(f"| {out} | {percent(one['unseen_seeds'])} | {percent(one['held_out_worlds'])} |"
                      for out, one in found["splits"].items())  # fmt: skip
    return f"""## Worlds held out

{found["minutes"]:g} minutes each: `python -m experiments hold-out --minutes {found["minutes"]:g} --seeds {found["seeds"]}`.

| held out | worlds trained in, unseen seeds | worlds held out |
| --- | --- | --- |
{table}
"""


def inputs_part(found: dict[str, Any]) -> str:
    """Parts of the input left out."""
    table = "\n".join(f"| {part} | {percent(one['unseen_seeds'])} | {percent(one['held_out_wordings'])} |"
                      for part, one in found["without"].items())  # fmt: skip
    return f"""## What each part of the input is worth

Cloned for {found["minutes"]:g} minutes each with one part left out: `python -m experiments inputs --minutes
{found["minutes"]:g} --seeds {found["seeds"]}`.

| without | unseen seeds | held-out wordings |
| --- | --- | --- |
{table}
"""


def noise_part(found: dict[str, Any]) -> str:
    """Deterministic transitions against seeded noise."""
    rows = [("the start", found["start"], "")]
    for name, one in found["training"].items():
        needed = ", ".join("never" if count is None else f"{count:,}" for count in one["decisions"])
        rows.append((name, one["unseen_seeds"], needed))
    table = "\n".join(f"| {name} | {percent(one)} | {needed} |" for name, one, needed in rows)
    return f"""## Noise in what tools do

PPO for {found["episodes"]:,} episodes each, in the worlds as they are and with seeded noise, evaluated without noise:
`python -m experiments noise --episodes {found["episodes"]} --seeds {found["seeds"]}`.

| trained with | success on unseen seeds | decisions of training until {percent(found["level"])} |
| --- | --- | --- |
{table}
"""


def rewards_part(found: dict[str, Any]) -> str:
    """The database's reward against a heuristic."""
    rows = [("the start", found["start"], "")]
    rows += [(f"reward by {name}", one, f"{one['spread']:.1%}") for name, one in found["training"].items()]
    table = "\n".join(f"| {name} | {percent(one)} | {spread} |" for name, one, spread in rows)
    return f"""## What pays

PPO for {found["episodes"]:,} episodes each, paid by the database or by a heuristic that reads observations alone
(`agentworlds.train.observed`); success is the database's: `python -m experiments rewards --episodes {found["episodes"]}
--seeds {found["seeds"]}`.

| trained with | success on unseen seeds | standard deviation |
| --- | --- | --- |
{table}
"""


def scratch_part(found: dict[str, Any]) -> str:
    """From no demonstrations."""
    success = found["success"]
    return f"""## From no demonstrations

PPO on tasks of at most three calls, with a reverse curriculum and shaping, {found["minutes"]:g} minutes: `python -m
experiments scratch --minutes {found["minutes"]:g} --seeds {found["seeds"]}`. The reference plays the beginning of
training episodes, ever less of it; the policy learns from its own choices alone, and is evaluated from the first one on.

| who plays | success |
| --- | --- |
| the policy, unseen seeds | {percent(success["unseen_seeds"])} |
| … held-out wordings | {percent(success["held_out_wordings"])} |
| random | {percent(found["random"])} |
"""


PARTS = {
    "main": main_part, "reinforcement": reinforcement_part, "demonstrations": demonstrations_part,
    "hold-out": hold_out_part, "inputs": inputs_part, "noise": noise_part,
    "rewards": rewards_part, "scratch": scratch_part,
}  # fmt: skip


def page() -> str:
    """The page, of the experiments whose figures are there."""
    found = [INTRODUCTION]
    for name, part in PARTS.items():
        file = FIGURES / f"{name}.json"
        if file.exists():
            heading, _, rest = part(orjson.loads(file.read_bytes())).partition("\n")
            found.append(f"{heading}\n\n![{heading[3:]}](results/{name}.svg)\n{rest}")
    return "\n".join(found)
