"""A training run's folder as the trainer writes it, with figures that are made up."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import orjson

CONFIG = {
    "algo": "ppo", "worlds": ["bank", "vet_clinic"], "hold_out": ["bookshop"], "minutes": 10.0, "iterations": 0,
    "seed": 0, "workers": 2, "executor": "processes", "encoder": "minilm",
    "size": {"width": 128, "heads": 4, "word_layers": 2, "layers": 3}, "warm_start": "runs/cloned",
    "curriculum": "even", "shaping": 0.0, "perturb": "", "options": {"lr": 0.0002}, "reward": None,
}  # fmt: skip


def write_run(folder: Path, *, iterations: int = 40, every: int = 5, finished: bool = True, **config: Any) -> Path:
    """Write a run of so many iterations, evaluated every so often and at its end."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_bytes(orjson.dumps(CONFIG | config))
    (folder / "policy.json").write_bytes(b"{}")
    draw = random.Random(1)
    lines = []
    for number in range(1, iterations + 1):
        where = {"iteration": number, "decisions": 4000 * number, "episodes": 256 * number,
                 "minutes": round(0.25 * number, 3)}  # fmt: skip
        skill = 1 - math.exp(-number / 15)
        lines.append({
            "kind": "iteration", **where, "success": round(0.3 + 0.5 * skill + draw.uniform(-0.03, 0.03), 4),
            "reward": round(0.2 + 0.5 * skill, 4), "faults": 0, "prefix": 0.0,
            "collecting": round(9 + draw.random(), 2), "learning": round(6 + draw.random(), 2), "rate": 265, "lr": 0.0002,
            "kl": round(0.01 * draw.random(), 5), "entropy": round(0.4 - 0.2 * skill, 5), "clipped": 0.05 * draw.random(),
            "steps": 16,
        })  # fmt: skip
        if number % every == 0 or (finished and number == iterations):
            lines.append({"kind": "evaluation", **where, **evaluation(skill, last=finished and number == iterations)})
    (folder / "progress.jsonl").write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    if finished:
        (folder / "result.json").write_bytes(b"{}")
    return folder


def evaluation(skill: float, *, last: bool) -> dict[str, Any]:
    """What the trainer notes of an evaluation, of a policy that does the shorter tasks."""
    outcomes = {
        "unseen_seeds": {"bank": intents(14, skill), "vet_clinic": intents(10, skill - 0.1)},
        "held_out_wordings": {"bank": intents(14, skill - 0.1), "vet_clinic": intents(10, skill - 0.2)},
        "held_out_worlds": {"bookshop": intents(12, skill / 3)},
    }
    found: dict[str, Any] = {"outcomes": outcomes, "success": {part: share(one) for part, one in outcomes.items()}}
    if last:
        outcomes["random"] = {"bank": intents(14, 0.1), "vet_clinic": intents(10, 0.0), "bookshop": intents(12, 0.0)}
        found["random"] = share({name: outcomes["random"][name] for name in ("bank", "vet_clinic")})
    return found


def intents(number: int, skill: float) -> dict[str, tuple[int, int, float]]:
    return {f"task_of_{calls + 1}_calls": (round(4 * max(0.0, min(1.0, skill * 1.6 - calls / number))), 4, calls + 1.0)
            for calls in range(number)}  # fmt: skip


def share(worlds: dict[str, dict[str, tuple[int, int, float]]]) -> float:
    ones = [one for found in worlds.values() for one in found.values()]
    return round(sum(one[0] for one in ones) / sum(one[1] for one in ones), 4)
