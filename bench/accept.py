"""Every public figure at full size: measures, then writes docs/figures.json and docs/benchmarks.md.

python bench/accept.py            # about ten minutes on two cores
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

import agentworlds
from agentworlds.bench.measure import Figure, measure
from agentworlds.bench.suites import measure_suites
from agentworlds.certify.fuzz import fuzz_world
from agentworlds.certify.survey import certify_worlds
from agentworlds.registry import CONTENT

ROOT = Path(__file__).parents[1]
SEEDS = 5
FUZZ_CALLS = 100_000
SUITE_FUZZ_CALLS = 20_000


def say(what: str) -> None:
    """Progress, on standard error."""
    print(f"{what} …", file=sys.stderr)


def certified() -> list[dict[str, Any]]:
    """Certificates and built-in agents over five seeds of every world."""
    say(f"certifying {SEEDS} seeds of every world")
    survey = certify_worlds([agentworlds.load(id) for id in CONTENT.ids("domains")], range(SEEDS), say)
    for failure in survey.failures:
        print(failure)
    lengths = [one.length for one in survey.certificates]
    command = f"agentworlds certify --seeds {SEEDS}"
    sound = sum(one.certified for one in survey.certificates)
    rows = [
        ("tasks certified", sound, "tasks", len(lengths)),
        ("solutions: median contributing calls", statistics.median(lengths), "calls", 5),
        ("solutions: longest", max(lengths), "calls", 12),
        ("mutants tried", survey.mutants.tried, "mutants", 3 * len(lengths)),
    ]
    rows += [(f"success of {agent}", survey.rate(agent), "share", limit) for agent, limit in
             (("reference", 1.0), ("idle", 0.0), ("quitter", 0.05), ("random", 0.02))]  # fmt: skip
    return [as_figure(*row, command) for row in rows]


def certified_suites() -> list[dict[str, Any]]:
    """Certificates and built-in agents over five seeds of every suite, alone in an office."""
    say(f"certifying {SEEDS} seeds of every suite")
    suites = [f"suite:{id}" for id in CONTENT.ids("suites")]
    survey = certify_worlds([agentworlds.load(suite) for suite in suites], range(SEEDS), say)
    for failure in survey.failures:
        print(failure)
    command = f"agentworlds certify {' '.join(suites)} --seeds {SEEDS}"
    sound = sum(one.certified for one in survey.certificates)
    rows = [
        ("suites: tasks certified", sound, "tasks", len(survey.certificates)),
        ("suites: mutants tried", survey.mutants.tried, "mutants", 3 * len(survey.certificates)),
        *((f"suites: success of {agent}", survey.rate(agent), "share", limit) for agent, limit in
          (("reference", 1.0), ("idle", 0.0), ("quitter", 0.05), ("random", 0.02))),
    ]  # fmt: skip
    return [as_figure(*row, command) for row in rows]


def fuzzed_suites() -> list[dict[str, Any]]:
    """Twenty thousand calls on every suite."""
    say(f"fuzzing {SUITE_FUZZ_CALLS} calls of every suite")
    found = [fuzz_world(agentworlds.load(f"suite:{id}"), SUITE_FUZZ_CALLS) for id in CONTENT.ids("suites")]
    for one in found:
        print("\n".join([*one.wrong[:5], *one.missed]))
    reached, sites = sum(len(one.reached & one.sites) for one in found), sum(len(one.sites) for one in found)
    wrong, calls = sum(len(one.wrong) for one in found), sum(one.calls for one in found)
    command = "python -m pytest -m full tests/contract/test_certificates.py"
    return [
        as_figure("suites: fuzz calls", calls, "calls", SUITE_FUZZ_CALLS * len(found), command),
        as_figure("suites: faults or changes after a refusal", wrong, "calls", 0, command),
        as_figure("suites: refusals reached", reached / sites, "share", 0.9, command),
    ]


def fuzzed() -> list[dict[str, Any]]:
    """A hundred thousand calls over all worlds."""
    say(f"fuzzing {FUZZ_CALLS} calls")
    ids = CONTENT.ids("domains")
    found = [fuzz_world(agentworlds.load(id), FUZZ_CALLS // len(ids) + 1) for id in ids]
    for one in found:
        print("\n".join([*one.wrong[:5], *one.missed]))
    sites = sum(len(one.sites) for one in found)
    reached = sum(len(one.reached & one.sites) for one in found)
    command = "python -m pytest -m full tests/contract/test_certificates.py"
    return [
        as_figure("fuzz: calls", sum(one.calls for one in found), "calls", FUZZ_CALLS, command),
        as_figure("fuzz: well-typed", sum(one.well_typed for one in found) / FUZZ_CALLS, "share", 0.3, command),
        as_figure("fuzz: faults or changes after a refusal", sum(len(one.wrong) for one in found), "calls", 0, command),
        as_figure("fuzz: refusals reached", reached / sites, "share", 0.95, command),
    ]


def import_time() -> dict[str, Any]:
    """Milliseconds of ``import agentworlds`` in a fresh process, the interpreter's own start taken off."""
    say("importing")

    def median_ms(code: str) -> float:
        times = []
        for _ in range(15):
            before = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            times.append((time.perf_counter() - before) * 1000)
        return statistics.median(times)

    whole = median_ms("import agentworlds")
    return as_figure("import", round(whole, 1), "ms", 150, 'python -c "import agentworlds"')


def training() -> list[dict[str, Any]]:
    """Decisions and tool calls a second."""
    say("decisions and tool calls a second")
    command = [sys.executable, "bench/training.py"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = json.loads(told)
    rows = [
        ("training: decisions collected", "decisions_per_second", "a second", 600),
        ("training: share of environments", "environment_share", "share", 0.1),
        ("training: decisions learned from", "learned_per_second", "a second", 0),
        ("training: tool calls of the shop", "tool_calls_per_second", "a second", 15_000),
        ("training: tool calls of references", "reference_calls_per_second", "a second", 15_000),
    ]
    return [as_figure(name, found[key], unit, limit, "python bench/training.py") for name, key, unit, limit in rows]


def learned() -> list[dict[str, Any]]:
    """What policies learned, as the experiments kept it in docs/results."""
    rows: list[tuple[str, float, float, str]] = []
    for name, part, limit in (
        ("unseen seeds", "unseen_seeds", 0.6), ("at most four calls", "short", 0.85),
        ("held-out wordings", "held_out_wordings", 0.45),
    ):  # fmt: skip
        for found in kept("main"):
            rows.append((f"cloned: success, {name}", found["success"][part]["mean"], limit, "main"))
    for found in kept("reinforcement"):
        for algo, one in found["algorithms"].items():
            rows.append((f"{algo}: gain over its warm start", one["gain"]["mean"], 0.08, "reinforcement"))
    for found in kept("scratch"):
        rows.append(("ppo from scratch: success", found["success"]["unseen_seeds"]["mean"], 0.5, "scratch"))
    return [as_figure(name, value, "share", limit, f"python -m experiments {by}") for name, value, limit, by in rows]


def kept(experiment: str) -> list[dict[str, Any]]:
    """An experiment's figures, if it was played."""
    file = ROOT / "docs/results" / f"{experiment}.json"
    return [json.loads(file.read_bytes())] if file.exists() else []


def as_figure(figure: str, value: float, unit: str, limit: float, command: str) -> dict[str, Any]:
    """One figure with its limit and the command that makes it."""
    ratio = round(value / limit, 4) if limit else None
    return {
        "figure": figure,
        "value": round(value, 4),
        "unit": unit,
        "limit": limit,
        "ratio": ratio,
        "command": command,
    }


def benchmarks_page(figures: list[Figure], comparison: list[dict[str, Any]]) -> str:
    """docs/benchmarks.md, from its template and the figures."""
    bench = [
        f"| {one.figure} | {one.value:,.1f} {one.unit} | {one.limit:,.1f} {one.unit} | {one.ratio:.2f} | "
        f"{target_of(one)} | {one.against} |"
        for one in figures
    ]
    beside = [
        f"| {one['figure']} | {one['way']} | {one['ours_us']:,.1f} µs | {one['theirs_us']:,.0f} µs | {one['ratio']:,} |"
        for one in comparison
    ]
    template = (ROOT / "bench/benchmarks.md.txt").read_text(encoding="utf-8")
    return template.replace("{bench}", "\n".join(bench)).replace("{beside}", "\n".join(beside))


def target_of(one: Figure) -> str:
    """A figure's target in words."""
    if one.target.startswith("x"):
        return f"ratio ≤ {one.target[1:]}"
    return f"≤ {float(one.target):,.0f} {one.unit}" if one.target else ""


def main() -> None:
    """Measure everything and write both files."""
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    bench = list(measure(say))
    say("calls of suites")
    bench += measure_suites()
    comparison = json.loads((ROOT / "bench/comparison.json").read_text(encoding="utf-8"))
    rows = [{**msgspec.to_builtins(one), "command": "agentworlds bench"} for one in bench]
    rows += [
        import_time(),
        *training(),
        *learned(),
        *certified(),
        *fuzzed(),
        *certified_suites(),
        *fuzzed_suites(),
        *comparison,
    ]
    figures = [{**row, "commit": commit} for row in rows]
    (ROOT / "docs/figures.json").write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    (ROOT / "docs/benchmarks.md").write_text(benchmarks_page(bench, comparison), encoding="utf-8")
    for row in rows:
        print(f"{row['figure']:42} {row.get('value', row.get('ratio'))}")


if __name__ == "__main__":
    main()
