"""The plots of docs/results.md, out of the figures that the experiments kept: one file beside each figures file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.ticker
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

PERCENT = mpl.ticker.PercentFormatter(1.0, decimals=0)
PLAIN = {"svg.hashsalt": "results", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False,
         "axes.grid": True, "grid.alpha": 0.3, "axes.axisbelow": True}  # fmt: skip
POINTS = 40
"""Places at which curves of several runs are averaged."""


def draw(name: str, figures: dict[str, Any], folder: Path) -> None:
    """Draw an experiment's plot into `folder`; what the same figures give is the same, byte for byte."""
    with mpl.rc_context(PLAIN):
        figure = PLOTS[name](figures)
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None}, bbox_inches="tight")


def curves(
    axes: Axes, found: dict[str, list[list[dict[str, Any]]]], part: str = "unseen_seeds",
    where: str = "on unseen seeds", over: str = "minutes",
) -> None:  # fmt: skip
    """Success over time: for each label the mean of its runs, and a band from the worst to the best."""
    for label, every in found.items():
        runs = [known for one in every if (known := [point for point in one if part in point])]
        if not runs:
            continue
        at = np.linspace(max(one[0][over] for one in runs), min(one[-1][over] for one in runs), POINTS)
        values = np.array([np.interp(at, [p[over] for p in one], [p[part] for p in one]) for one in runs])
        (line,) = axes.plot(at, values.mean(0), label=label)
        axes.fill_between(at, values.min(0), values.max(0), color=line.get_color(), alpha=0.12, linewidth=0)
    axes.set_xlabel(f"{over} of training")
    axes.set_ylabel(f"success {where}")
    axes.yaxis.set_major_formatter(PERCENT)
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False)


def dots(axes: Axes, rows: dict[str, Any], label: str) -> None:
    """One row for each summary: its mean, its 95 % interval, and a dot for each run. A plain number is one dot."""
    axes.set_yticks(range(len(rows)), list(rows))
    axes.invert_yaxis()
    for at, one in enumerate(rows.values()):
        if not isinstance(one, dict):
            axes.plot([one], [at], "|", color="0.4", markersize=9)
            continue
        axes.plot([one["low"], one["high"]], [at, at], color="C0", linewidth=2)
        axes.plot(one["values"], [at] * len(one["values"]), "o", color="C0", alpha=0.35, markersize=4)
        axes.plot([one["mean"]], [at], "|", color="C0", markersize=11, markeredgewidth=2)
    axes.set_xlabel(label)
    axes.xaxis.set_major_formatter(PERCENT)


def panels(count: int = 1, height: float = 3.0) -> tuple[Figure, list[Axes]]:
    """A figure with panels side by side."""
    figure = Figure(figsize=(4.6 * count, height), layout="constrained")
    return figure, list(np.atleast_1d(figure.subplots(1, count)))


def main_plot(found: dict[str, Any]) -> Figure:
    """Success of the main result beside other agents, and by world."""
    figure, (left, right) = panels(2)
    success = found["success"]
    rows = {"policy": success["unseen_seeds"], "… at most four calls": success["short"],
            "… held-out wordings": success["held_out_wordings"]}  # fmt: skip
    dots(left, rows | {name: one["all"] for name, one in found["agents"].items()}, "success on unseen seeds")
    dots(right, found["by_world"], "success on unseen seeds")
    return figure


def reinforcement_plot(found: dict[str, Any]) -> Figure:
    """Learning curves of the algorithms, and what they gained."""
    figure, (unseen, worlds, training, gains) = panels(4, 3.4)
    runs = {name: one["curves"] for name, one in found["algorithms"].items()}
    curves(unseen, runs)
    curves(worlds, runs, "held_out_worlds", "in worlds held out")
    curves(training, runs, "training", "of training episodes")
    dots(gains, {name: one["gain"] for name, one in found["algorithms"].items()}, "gain in success on unseen seeds")
    gains.axvline(0, color="0.4", linewidth=1)
    return figure


def demonstrations_plot(found: dict[str, Any]) -> Figure:
    """Success over the number of demonstrations."""
    figure, (axes,) = panels()
    counts = [int(count) for count in found["success"]]
    for part, label in (("unseen_seeds", "unseen seeds"), ("held_out_wordings", "held-out wordings")):
        ones = [one[part] for one in found["success"].values()]
        error = np.array([[one["mean"] - one["low"], one["high"] - one["mean"]] for one in ones]).T
        axes.errorbar(counts, [one["mean"] for one in ones], error, marker="o", capsize=3, label=label)
    axes.set_xscale("log")
    axes.set_xlabel("demonstrations, over eight worlds")
    axes.set_ylabel("success")
    axes.yaxis.set_major_formatter(PERCENT)
    axes.legend(frameon=False)
    return figure


def hold_out_plot(found: dict[str, Any]) -> Figure:
    """Success in worlds trained in, and in those held out."""
    figure, axes = panels(2, 2.2)
    for one, part, label in zip(axes, ("unseen_seeds", "held_out_worlds"), ("in the others", "there"), strict=True):
        dots(one, {f"without {out}": each[part] for out, each in found["splits"].items()}, f"success {label}")
    return figure


def inputs_plot(found: dict[str, Any]) -> Figure:
    """Success with a part of the input left out."""
    figure, (axes,) = panels()
    dots(axes, {f"without {part}": one["unseen_seeds"] for part, one in found["without"].items()},
         "success on unseen seeds")  # fmt: skip
    return figure


def noise_plot(found: dict[str, Any]) -> Figure:
    """Learning curves with and without noise."""
    figure, (axes,) = panels()
    curves(axes, {name: one["curves"] for name, one in found["training"].items()}, over="decisions")
    return figure


def rewards_plot(found: dict[str, Any]) -> Figure:
    """Success after training by either reward."""
    figure, (axes,) = panels(1, 1.6)
    rows = {"the start": found["start"]} | {f"reward by {name}": one for name, one in found["training"].items()}
    dots(axes, rows, "success on unseen seeds")
    return figure


def scratch_plot(found: dict[str, Any]) -> Figure:
    """The learning curve from no demonstrations."""
    figure, (axes,) = panels()
    curves(axes, {"from no demonstrations": found["curves"]})
    axes.axhline(found["random"]["mean"], color="0.4", linewidth=1, linestyle="--", label="random")
    axes.legend(frameon=False)
    return figure


PLOTS: dict[str, Callable[[dict[str, Any]], Figure]] = {
    "main": main_plot, "reinforcement": reinforcement_plot, "demonstrations": demonstrations_plot,
    "hold-out": hold_out_plot, "inputs": inputs_plot, "noise": noise_plot, "rewards": rewards_plot,
    "scratch": scratch_plot,
}  # fmt: skip
