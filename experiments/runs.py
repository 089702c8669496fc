"""Runs of an experiment: each is a training run in a folder of its own, gone on with where it was left."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from agentworlds.agents.builtin import make_agent
from agentworlds.agents.rollout import roll_out
from agentworlds.registry import CONTENT
from agentworlds.worlds.loading import load
from experiments.plots import draw

RUNS = Path("runs/experiments")
FIGURES = Path(__file__).parent.parent / "docs" / "results"
WORLDS = tuple(CONTENT.ids("domains"))
RESAMPLED = 10_000


@dataclass
class Run:
    """One training run.

    Attributes:
        label: What it stands for; runs of one label differ in their seed.
        settings: As in a configuration file.
    """

    label: str
    settings: dict[str, Any] = field(default_factory=dict)

    def folder(self, experiment: str) -> Path:
        """Where it is kept."""
        return RUNS / experiment / f"{self.label.replace(' ', '-')}-{self.settings.get('seed', 0)}"


def train_all(experiment: str, runs: list[Run]) -> list[dict[str, Any]]:
    """Train, as many runs at once as there are cores, and give the results in order."""
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return list(pool.map(partial(train, experiment), runs))


def train(experiment: str, run: Run) -> dict[str, Any]:
    """Train, unless it was done before; gives the result with the curve of its evaluations."""
    folder = run.folder(experiment)
    if not (folder / "result.json").exists():
        print(f"{experiment}: {run.label}, seed {run.settings.get('seed', 0)}", file=sys.stderr, flush=True)
        threads = {"OMP_NUM_THREADS": "1"}  # a run has a core of its own
        command = [sys.executable, "-c", "from agentworlds.cli.main import main; main()", "train", "--out", str(folder),
                   "--executor", "local"]  # fmt: skip
        for name, value in ({"worlds": list(WORLDS)} | run.settings).items():
            command += ["--set", f"{name}={orjson.dumps(value).decode()}"]
        subprocess.run(command, check=True, env=os.environ | threads)
    result: dict[str, Any] = orjson.loads((folder / "result.json").read_bytes())
    lines = (folder / "progress.jsonl").read_bytes().splitlines()
    entries = [orjson.loads(line) for line in lines]
    result["curve"] = curve(entries)
    result["outcomes"] = [one for one in entries if one["kind"] == "evaluation"][-1]["outcomes"]["unseen_seeds"]
    return result


def curve(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each evaluation of a run, with the mean success of the training episodes since the one before."""
    found, since = [], []
    for one in entries:
        if one["kind"] == "iteration" and one["rate"]:
            since.append(one["success"])
        elif one["kind"] == "evaluation":
            at = {"minutes": one["minutes"], "decisions": one["decisions"], **one["success"]}
            found.append(at | ({"training": round(sum(since) / len(since), 4)} if since else {}))
            since = []
    return found


def summary(values: list[float]) -> dict[str, Any]:
    """Mean, values, and a 95 % interval of the mean by the bootstrap over runs."""
    found = np.array(values, float)
    random = np.random.default_rng(0)
    means = random.choice(found, (RESAMPLED, len(found))).mean(1)
    low, high = np.quantile(means, [0.025, 0.975])
    return {"mean": round(float(found.mean()), 4), "low": round(float(low), 4), "high": round(float(high), 4),
            "values": [round(float(one), 4) for one in found]}  # fmt: skip


def gain(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> dict[str, Any]:
    """How much more often runs succeed on unseen seeds after something than before, with a 95 % interval.

    The interval is by the bootstrap over intents, each with its episodes of all runs before and after: an intent's
    episodes fare alike, so they are no independent draws.
    """
    keys = sorted({(world, intent) for one in before for world, found in one["outcomes"].items() for intent in found})
    counts = np.array(
        [
            [[one["outcomes"][world].get(intent, (0, 0, 0))[:2] for one in each] for each in (before, after)]
            for world, intent in keys
        ],
        float,
    )  # [intents, before and after, runs, successes and episodes]
    each = counts.sum(0)
    values = each[1, :, 0] / each[1, :, 1] - each[0, :, 0] / each[0, :, 1]
    pooled = counts.sum(2)
    random = np.random.default_rng(0)
    drawn = pooled[random.integers(len(keys), size=(RESAMPLED, len(keys)))].sum(1)
    gains = drawn[:, 1, 0] / drawn[:, 1, 1] - drawn[:, 0, 0] / drawn[:, 0, 1]
    low, high = np.quantile(gains, [0.025, 0.975])
    return {"mean": round(float(values.mean()), 4), "low": round(float(low), 4), "high": round(float(high), 4),
            "values": [round(float(one), 4) for one in values]}  # fmt: skip


def decisions_to(level: float, curve: list[dict[str, Any]]) -> int | None:
    """The decisions of training after which a run was first seen to succeed so often; None where it never was."""
    return next((one["decisions"] for one in curve if one["unseen_seeds"] >= level), None)


def success_of(agent: str, seeds: int = 2) -> dict[str, Any]:
    """A built-in agent's success on all tasks of the evaluation's seeds."""
    player = make_agent(agent)
    rows: list[tuple[bool, int, str]] = []
    for id in WORLDS:
        world = load(id)
        for seed in range(seeds):
            for task in range(world.task_count):
                one = roll_out(world, task, seed, player)
                rows.append((one.verdict is not None and one.verdict.success, one.solution_length, one.kind))
        world.close()
    short = [one for one, length, _ in rows if length <= 4]
    possible = [one for one, _, kind in rows if kind != "impossible"]
    return {"all": round(sum(one for one, *_ in rows) / len(rows), 4), "short": round(sum(short) / len(short), 4),
            "possible": round(sum(possible) / len(possible), 4)}  # fmt: skip


def write(name: str, figures: dict[str, Any]) -> None:
    """Keep an experiment's figures for the page, and draw them."""
    FIGURES.mkdir(parents=True, exist_ok=True)
    (FIGURES / f"{name}.json").write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2) + b"\n")
    draw(name, figures, FIGURES)
