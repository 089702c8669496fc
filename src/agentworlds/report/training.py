"""One self-contained page about a training run: how it went, and where the policy still fails.

All of it is read from the run's folder, so the page can be drawn at any time, also while the run goes on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from agentworlds.errors import NotFound
from agentworlds.report.curves import LinePlot, Scale, Series, line_plot
from agentworlds.report.measures import Rate
from agentworlds.report.page import Panel, template
from agentworlds.report.wording import count, number, percent, words

TRAINED = ("unseen_seeds", "held_out_wordings")
"""The parts of an evaluation that are in the worlds of training."""
HELD_OUT, RANDOM = "held_out_worlds", "random"
LENGTHS = (2, 4, 6, 9, 14)
"""The most calls of a reference in each group of tasks but the last."""
ABOUT = {
    "success": "share of the episodes played",
    "reward": "mean of an episode",
    "prefix": "share of an episode that the reference plays",
    "faults": "episodes in which the environment failed",
    "lr": "step size",
    "steps": "gradient steps of an iteration",
    "rate": "decisions a second",
    "nll": "−log p of what the reference chose, in nats",
    "entropy": "of a decision, in nats",
    "kl": "how far an iteration moved the policy, in nats",
    "clipped": "share of decisions beyond the ratio",
    "explained": "share of the returns’ variance that the critic explains",
    "value_loss": "the critic’s squared error",
    "ratio": "mean importance weight",
    "error": "mean distance from the target",
    "margin": "loss for choices that should stand out and do not",
    "value": "mean expected return",
    "price": "the temperature: what a nat of entropy is worth",
    "critic": "the critics’ squared error",
}
"""What is said of a figure beside its name; an algorithm's other figures are shown by name alone."""
NOT_FIGURES = {"kind", "iteration", "decisions", "episodes", "minutes", "collecting", "learning"}
SHARES = {"success", "prefix"}


class Evaluation(msgspec.Struct, frozen=True):
    """An evaluation, as the progress has it.

    Attributes:
        success: Of greedy play, by part: unseen seeds, held-out wordings, held-out worlds.
        random: Success of the agent `random`; measured at the end.
        outcomes: By part, world and intent: successes, episodes, and the calls that the reference takes.
    """

    iteration: int
    decisions: int
    minutes: float
    success: dict[str, float]
    random: float | None = None
    outcomes: dict[str, dict[str, dict[str, tuple[int, int, float]]]] = {}


@dataclass(frozen=True, slots=True)
class Run:
    """What a folder says of a run.

    Attributes:
        name: The folder's name.
        config: What was asked for.
        iterations: A record of figures for each.
        evaluations: In order.
        finished: Whether it came to its end.
    """

    name: str
    config: dict[str, Any]
    iterations: tuple[dict[str, Any], ...]
    evaluations: tuple[Evaluation, ...]
    finished: bool


@dataclass(frozen=True, slots=True)
class Row:
    """Tasks that belong together, and how the policy and chance do on them; None where they were not played."""

    world: str
    intent: str
    calls: float
    rates: tuple[Rate | None, ...]

    @property
    def policy(self) -> float:
        """Success over all that the policy played."""
        played = [rate for rate in self.rates[:-1] if rate is not None]
        return sum(rate.hits for rate in played) / max(sum(rate.of for rate in played), 1)


def is_training(path: Path) -> bool:
    """Whether a folder holds a training run."""
    return (path / "config.json").is_file() and (path / "policy.json").is_file()


def read_run(path: Path) -> Run:
    """What a run's folder says of it. Raises NotFound where there is none."""
    if not is_training(path):
        raise NotFound(f"there is no training run at {path}: expected a folder with config.json and policy.json")
    progress = path / "progress.jsonl"
    whole = progress.read_bytes() if progress.exists() else b""
    entries = [msgspec.json.decode(line) for line in whole[: whole.rfind(b"\n") + 1].splitlines()]
    evaluations = {one["iteration"]: one for one in entries if one["kind"] == "evaluation"}  # the last of each
    return Run(
        path.resolve().name, msgspec.json.decode((path / "config.json").read_bytes()),
        tuple(one for one in entries if one["kind"] == "iteration"),
        tuple(msgspec.convert(one, Evaluation) for one in evaluations.values()), (path / "result.json").exists(),
    )  # fmt: skip


def render_run(run: Run) -> str:
    """Draw the page; the same run always gives the same text."""
    last = run.iterations[-1] if run.iterations else {}
    latest = run.evaluations[-1] if run.evaluations else None
    parts = tuple(part for part in (*TRAINED, HELD_OUT) if latest and part in latest.success)
    found = latest.outcomes if latest else {}
    trained = {world: ones for world, ones in found.get(RANDOM, {}).items() if world in run.config["worlds"]}
    return template("training.html").render(
        run=run, config=run.config, last=last, latest=latest, parts=parts, title=f"Training: {run.name}",
        settings=_settings(run.config), success=_success_panels(run, parts), figures=_figure_panels(run),
        unchanged=_unchanged(run), times=_time_panel(run), shares=_shares(run),
        totals=[(part, rate) for part, ones in (*((part, found.get(part, {})) for part in parts), (RANDOM, trained))
                if (rate := _total(ones)) is not None],
        worlds=worst_first(_rows(found, lambda world, intent, calls: (world, ""))),
        lengths=_rows(found, lambda world, intent, calls: ("", _length(calls))),
        intents=worst_first(_rows(found, lambda world, intent, calls: (world, intent))),
    )  # fmt: skip


def _rows(
    outcomes: dict[str, dict[str, dict[str, tuple[int, int, float]]]], key: Callable[[str, str, float], tuple[str, str]]
) -> list[Row]:
    """Outcomes put together by a key of world and intent; a held-out world's own count as unseen seeds."""
    hits: dict[tuple[str, str], list[list[float]]] = {}
    calls: dict[tuple[str, str], list[float]] = {}
    for part, worlds in outcomes.items():
        column = {RANDOM: 2, "held_out_wordings": 1}.get(part, 0)
        for world, intents in worlds.items():
            for intent, (successes, of, length) in intents.items():
                at = key(world, intent, length)
                cells = hits.setdefault(at, [[0, 0], [0, 0], [0, 0]])
                cells[column][0] += successes
                cells[column][1] += of
                calls.setdefault(at, []).append(length)
    rows = [
        Row(*at, sum(calls[at]) / len(calls[at]),
            tuple(Rate.wilson(int(successes), int(of)) if of else None for successes, of in cells))
        for at, cells in hits.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: row.calls)


def worst_first(rows: Iterable[Row]) -> list[Row]:
    """Rows by success, those that take many calls first among equals."""
    return sorted(rows, key=lambda row: (row.policy, -row.calls, row.world, row.intent))


def _total(worlds: dict[str, dict[str, tuple[int, int, float]]]) -> Rate | None:
    ones = [one for intents in worlds.values() for one in intents.values()]
    return Rate.wilson(sum(one[0] for one in ones), sum(one[1] for one in ones)) if ones else None


def _length(calls: float) -> str:
    """The group of tasks to which a reference of so many calls belongs."""
    least = 0
    for most in LENGTHS:
        if round(calls) <= most:
            return f"{least} to {most}"
        least = most + 1
    return f"{least} or more"


def _settings(config: dict[str, Any]) -> list[tuple[str, str]]:
    """What was asked for, without what was not."""
    told: list[tuple[str, str]] = []
    for name, value in config.items():
        if value in (None, "", 0, [], {}) and name != "seed":
            continue
        if isinstance(value, dict):
            text = ", ".join(f"{words(key)} {one}" for key, one in value.items() if one not in (None, [], ""))
        else:
            text = ", ".join(value) if isinstance(value, list) else "yes" if value is True else str(value)
        told.append((words(name), text.removesuffix(".0")))
    return told


def _success_panels(run: Run, parts: Iterable[str]) -> list[Panel]:
    """Success over decisions and over minutes."""
    random = next((one.random for one in reversed(run.evaluations) if one.random is not None), None)
    levels = [] if random is None else [("random", random)]
    panels = []
    for name, title, whole, along in (
        ("Over decisions", "decisions", True, [float(one.decisions) for one in run.evaluations]),
        ("Over time", "minutes of training", False, [one.minutes for one in run.evaluations]),
    ):
        series = [
            Series(words(part), tuple((x, one.success[part]) for x, one in zip(along, run.evaluations, strict=True)))
            for part in parts
        ]
        plot = line_plot(series, x_title=title, whole=whole, scale=Scale.SHARE, levels=levels)
        panels.append(Panel(name, "", plot))
    return panels


def _values(run: Run, name: str) -> tuple[tuple[float, float], ...]:
    return tuple((float(one["iteration"]), float(one[name])) for one in run.iterations if name in one)


def _names(run: Run) -> list[str]:
    """The figures of iterations, in the order in which they are told."""
    return [name for name in dict.fromkeys(name for one in run.iterations for name in one) if name not in NOT_FIGURES]


def _figure_panels(run: Run) -> list[Panel]:
    """A plot of each figure that changes."""
    panels = []
    for name in _names(run):
        values = _values(run, name)
        if len({value for _, value in values}) > 1:
            latest = percent(values[-1][1]) + " %" if name in SHARES else _plain(values[-1][1])
            note = f"{ABOUT.get(name, '')}{'; ' if name in ABOUT else ''}last {latest}"
            scale = Scale.SHARE if name in SHARES else Scale.FREE
            panels.append(Panel(name, note, line_plot([Series(name, values)], x_title="iterations", scale=scale)))
    return panels


def _unchanged(run: Run) -> list[tuple[str, str]]:
    """Figures that are the same in all iterations."""
    found = [(name, _values(run, name)) for name in _names(run)]
    return [(words(name), _plain(values[0][1])) for name, values in found if len({value for _, value in values}) == 1]


def _time_panel(run: Run) -> LinePlot:
    series = [Series(name, _values(run, name)) for name in ("collecting", "learning")]
    return line_plot(series, x_title="iterations")


def _shares(run: Run) -> list[tuple[str, float, float]]:
    """Seconds collecting and learning, and their shares."""
    spent = {name: math.fsum(one[name] for one in run.iterations) for name in ("collecting", "learning")}
    return [(name, seconds, seconds / (sum(spent.values()) or 1.0)) for name, seconds in spent.items()]


def _plain(value: float) -> str:
    if value == int(value):
        return count(int(value))
    return number(value) if abs(value) >= 1 else f"{value:.3g}".replace("-", "−")
