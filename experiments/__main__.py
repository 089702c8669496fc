"""``python -m experiments NAME``: play one experiment, keep its figures in docs/results and write docs/results.md.

Without a name, all of them, which takes a day. Runs are kept in runs/experiments: stopped ones go on.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np

from agentworlds.train.algorithms.algorithm import algorithm_of
from agentworlds.train.policy import INPUTS
from experiments.page import PAGE, page
from experiments.runs import RUNS, WORLDS, Run, decisions_to, gain, success_of, summary, train_all, write

ALGORITHMS = ("ppo", "a2c", "vtrace", "dqn", "sac", "grpo")
SPLITS = (
    ("bank", "household"),
    ("airline_desk", "project_tracker"),
    ("bookshop", "vet_clinic"),
    ("form_desk", "storefront"),
)
START, PRACTICE = "start", "practice"
"""Where warm starts are kept, and runs that go on from them: experiments share both."""
HELD_OUT = SPLITS[2]
"""The worlds that neither warm starts nor what goes on from them trains in."""
PRACTISED = [world for world in WORLDS if world not in HELD_OUT]
FEW = {"demonstrations": 100, "episodes": 100 * len(PRACTISED), "repeats": 1}
"""Demonstrations that are all played first."""


def cloned(minutes: float, seed: int) -> Run:
    """One policy for all worlds, from as many demonstrations as there is time for."""
    settings = {"minutes": minutes, "seed": seed, "evaluation_seeds": 2}
    return Run("cloned", settings)


def main_figures(minutes: float, seeds: int) -> dict[str, Any]:
    """One policy for all eight worlds, cloned; beside agents that learn nothing."""
    runs = [cloned(minutes, seed) for seed in range(seeds)]
    results = train_all("main", runs)
    found = {name: summary([one["success"][name] for one in results]) for name in ("unseen_seeds", "held_out_wordings")}
    found["short"] = summary([one["short"] for one in results])
    intents: dict[str, list[float]] = {}
    for one in results:
        for world, rates in one["by_intent"].items():
            for intent, rate in rates.items():
                intents.setdefault(f"{world}: {intent}", []).append(rate)
    worst = sorted((sum(rates) / len(rates), name) for name, rates in intents.items())
    return {
        "minutes": minutes, "seeds": seeds, "success": found,
        "demonstrations": [one["episodes"] for one in results], "decisions": [one["decisions"] for one in results],
        "by_world": {world: summary([one["by_world"][world] for one in results]) for world in WORLDS},
        "worst": [[name, round(rate, 3)] for rate, name in worst[:25]],
        "agents": {agent: success_of(agent) for agent in ("random", "lexical", "quitter", "reference")},
    }  # fmt: skip


def start(seed: int) -> Run:
    """A cloned policy from 100 demonstrations of each world, played first and then learned from 18 times each."""
    settings = {"worlds": PRACTISED, "hold_out": HELD_OUT, "iterations": 18, "seed": seed, "options": FEW,
                "evaluation_seeds": 2}  # fmt: skip
    return Run("cloned from 100", settings)


def started(seeds: int) -> list[dict[str, Any]]:
    """The warm starts, which several experiments go on from."""
    return train_all(START, [start(seed) for seed in range(seeds)])


def reinforcement(episodes: int, seeds: int) -> dict[str, Any]:
    """Every algorithm from the same warm start of 100 demonstrations a world, beside more cloning."""
    name = "reinforcement"
    found: dict[str, Any] = {"episodes": episodes, "seeds": seeds, "algorithms": {}}
    starts = started(seeds)
    parts = ("unseen_seeds", "held_out_wordings", "held_out_worlds")
    found["start"] = {part: summary([one["success"][part] for one in starts]) for part in parts}
    for algo in (*ALGORITHMS, "cloning"):
        if algo == "cloning":  # for the mean of the others' time
            minutes = round(float(np.mean([one["minutes"] for one in found["algorithms"].values()])))
            runs = [cloned_on(minutes, seed) for seed in range(seeds)]
        else:
            runs = [practised(algo, episodes, seed) for seed in range(seeds)]
        results = train_all(PRACTICE, runs)
        found["algorithms"][algo] = {part: summary([one["success"][part] for one in results]) for part in parts} | {
            "gain": gain(starts, results), "curves": [one["curve"] for one in results],
            "minutes": round(float(np.mean([one["minutes"] for one in results])), 1),
        }  # fmt: skip
        write(name, found)
    return found


def practised(algo: str, episodes: int, seed: int, **changes: Any) -> Run:
    """An algorithm that goes on from the warm start for so many episodes."""
    iterations = episodes // algorithm_of(algo).settings_class().episodes
    settings = {"algo": algo, "iterations": iterations, "evaluate_every": max(iterations // 6, 1), "sharpen": 2.0,
                "curriculum": "difficulty", "reward": {"progress": 0.3}}  # fmt: skip
    return Run(changes.pop("label", algo), going_on(seed) | settings | changes)


def cloned_on(minutes: float, seed: int) -> Run:
    """Cloning that goes on with the demonstrations of the warm start."""
    return Run("cloning", going_on(seed) | {"minutes": minutes, "evaluate_every": 5, "options": FEW | {"lr": 0.0005}})


def going_on(seed: int) -> dict[str, Any]:
    """Settings of what goes on from a warm start."""
    return {"worlds": PRACTISED, "hold_out": HELD_OUT, "seed": seed, "warm_start": str(start(seed).folder(START)),
            "evaluation_seeds": 2}  # fmt: skip


def demonstrations(minutes: float, seeds: int) -> dict[str, Any]:
    """How many demonstrations of each world make how good a policy, for the same time of training."""
    found: dict[str, Any] = {"minutes": minutes, "seeds": seeds, "success": {}}
    for count in (12, 125, 1250):
        few = {"episodes": count * len(WORLDS), "repeats": 1} if count < 200 else {}  # all of them are played first
        settings = {"minutes": minutes, "evaluation_seeds": 2,
                    "options": {"demonstrations": count, **few}}  # fmt: skip
        runs = [Run(f"cloned from {count}", settings | {"seed": seed}) for seed in range(seeds)]
        results = train_all("demonstrations", runs)
        found["success"][str(count * len(WORLDS))] = {
            part: summary([one["success"][part] for one in results]) for part in ("unseen_seeds", "held_out_wordings")
        } | {"shown": [one["episodes"] for one in results]}
        write("demonstrations", found)
    return found


def hold_out(minutes: float, seeds: int) -> dict[str, Any]:
    """Worlds in turn are held out: success there."""
    found: dict[str, Any] = {"minutes": minutes, "seeds": seeds, "splits": {}}
    for out in SPLITS:
        inside = [world for world in WORLDS if world not in out]
        settings = {
            "worlds": inside,
            "hold_out": list(out),
            "minutes": minutes,
            "evaluation_seeds": 2,
        }
        runs = [Run("without " + " ".join(out), settings | {"seed": seed}) for seed in range(seeds)]
        results = train_all("hold-out", runs)
        found["splits"][", ".join(out)] = {
            part: summary([one["success"][part] for one in results]) for part in ("unseen_seeds", "held_out_worlds")
        }
    return found


def inputs(minutes: float, seeds: int) -> dict[str, Any]:
    """What each part of the policy's input is worth: one left out at a time."""
    found: dict[str, Any] = {"minutes": minutes, "seeds": seeds, "without": {}}
    for part in ("", *INPUTS):
        size = {"without": [part] if part else []}
        settings = {"minutes": minutes, "size": size, "evaluation_seeds": 2}
        runs = [Run(f"without {part or 'nothing'}", settings | {"seed": seed}) for seed in range(seeds)]
        results = train_all("inputs", runs)
        found["without"][part or "nothing"] = {
            name: summary([one["success"][name] for one in results]) for name in ("unseen_seeds", "held_out_wordings")
        }
        write("inputs", found)
    return found


def noise(episodes: int, seeds: int) -> dict[str, Any]:
    """Deterministic transitions against the same worlds with seeded noise: tools that refuse for now, and the like."""
    found: dict[str, Any] = {"episodes": episodes, "seeds": seeds, "training": {}}
    starts = started(seeds)
    found["start"] = summary([one["success"]["unseen_seeds"] for one in starts])
    for label, perturb in (("deterministic", ""), ("mild noise", "mild"), ("harsh noise", "harsh")):
        changes = {"perturb": perturb, "label": label} if perturb else {}  # without noise it is as in `reinforcement`
        results = train_all(PRACTICE, [practised("ppo", episodes, seed, **changes) for seed in range(seeds)])
        found["training"][label] = {"unseen_seeds": summary([one["success"]["unseen_seeds"] for one in results]),
                                    "curves": [one["curve"] for one in results]}  # fmt: skip
    usual = found["training"]["deterministic"]["unseen_seeds"]["mean"]
    found["level"] = round((found["start"]["mean"] + usual) / 2, 4)
    for one in found["training"].values():
        one["decisions"] = [decisions_to(found["level"], curve) for curve in one["curves"]]
    return found


def rewards(episodes: int, seeds: int) -> dict[str, Any]:
    """The database's reward against a heuristic that reads observations: success by the database, and its spread."""
    found: dict[str, Any] = {"episodes": episodes, "seeds": seeds, "training": {}}
    starts = started(seeds)
    found["start"] = summary([one["success"]["unseen_seeds"] for one in starts])
    for judge in ("database", "observations"):
        changes = {"judge": judge, "label": judge} if judge != "database" else {}  # else it is as in `reinforcement`
        results = train_all(PRACTICE, [practised("ppo", episodes, seed, **changes) for seed in range(seeds)])
        found["training"][judge] = summary([one["success"]["unseen_seeds"] for one in results])
        found["training"][judge]["spread"] = round(float(np.std(found["training"][judge]["values"])), 4)
    return found


def scratch(minutes: float, seeds: int) -> dict[str, Any]:
    """The shortest tasks from no demonstrations: the reference plays less and less of the beginning."""
    settings = {"algo": "ppo", "minutes": minutes, "longest": 3, "curriculum": "reverse",
                "shaping": 0.5, "evaluation_seeds": 2, "evaluate_every": 10,
                "options": {"lr": 1e-3, "imitate_lr": 1e-3, "turns": 8, "fresh_critic": 0}}  # fmt: skip
    results = train_all("scratch", [Run("from scratch", settings | {"seed": seed}) for seed in range(seeds)])
    return {
        "minutes": minutes, "seeds": seeds,
        "success": {part: summary([one["success"][part] for one in results])
                    for part in ("unseen_seeds", "held_out_wordings")},
        "random": summary([one["random"] for one in results]), "by_intent": results[0]["by_intent"],
        "curves": [one["curve"] for one in results],
    }  # fmt: skip


EPISODES = 12_288
"""Of runs that go on from a warm start."""
EXPERIMENTS: dict[str, tuple[Callable[[Any, int], dict[str, Any]], str, float]] = {
    "main": (main_figures, "minutes", 60), "reinforcement": (reinforcement, "episodes", EPISODES),
    "demonstrations": (demonstrations, "minutes", 15), "hold-out": (hold_out, "minutes", 15),
    "inputs": (inputs, "minutes", 10), "noise": (noise, "episodes", EPISODES),
    "rewards": (rewards, "episodes", EPISODES), "scratch": (scratch, "minutes", 25),
}  # fmt: skip
"""Each with the measure of its runs' length, and how long they are."""


@click.command()
@click.argument("name", required=False, type=click.Choice(list(EXPERIMENTS)))
@click.option("--minutes", type=float, help="Of training, for each run of an experiment that goes by time.")
@click.option("--episodes", type=int, help="Of training, for each run of the others.")
@click.option("--seeds", default=3, show_default=True, help="Runs of each kind.")
def run(name: str | None, seeds: int, **lengths: float | None) -> None:
    """Play one experiment, or all of them, and write the page."""
    Path(RUNS).mkdir(parents=True, exist_ok=True)
    for one in [name] if name else EXPERIMENTS:
        what, measure, usual = EXPERIMENTS[one]
        write(one, what(lengths[measure] or usual, seeds))
        PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    run()
