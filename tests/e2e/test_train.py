"""Training from the command line: what it prints and keeps, what it refuses, and that a kill costs only time."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.e2e.command import COMMAND, agentworlds

SIZE = '{"width": 32, "heads": 2, "word_layers": 1, "layers": 1}'
SMALL = ("--set", "encoder=hashing", "--set", f"size={SIZE}", "--set", "episodes=5", "--set", "batch=5",
         "--set", "keep_every=0")  # fmt: skip
TIMES = {"minutes", "collecting", "learning", "rate"}
"""What differs from run to run."""
PATIENCE = 300


@pytest.fixture(scope="module")
def cloned(clinic: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that is finished."""
    out = tmp_path_factory.mktemp("runs") / "cloned"
    ran = agentworlds("train", "--worlds", clinic, "--executor", "local", "--iterations", "2", *SMALL, "--out", out)
    assert ran.code == 0 and "success: unseen seeds " in ran.out, ran.err
    return out


def test_a_run_prints_its_result(clinic: Path, cloned: Path, here: Path) -> None:
    ran = agentworlds(
        "train", "--worlds", clinic, "--executor", "local", "--iterations", "2", *SMALL, "--out", cloned, "--json"
    )
    assert ran.code == 0 and ran.err == ""
    result = ran.json
    assert list(result)[:3] == ["algo", "minutes", "decisions"]
    assert result["algo"] == "cloning" and result["decisions"] > 0 and result["minutes"] >= 0
    assert list(result["success"]) == ["unseen_seeds", "held_out_wordings"]
    assert all(0 <= rate <= 1 for rate in [*result["success"].values(), result["random"]])
    assert result == orjson.loads((cloned / "result.json").read_bytes())


def test_held_out_worlds_are_evaluated_and_not_trained_in(clinic: Path, here: Path) -> None:
    agentworlds("new", "depot", "--out", "depot.py")
    ran = agentworlds("train", "--worlds", "depot.py", "--hold-out", clinic, "--executor", "local", "--iterations", "1",
                      *SMALL, "--out", "out", "--json")  # fmt: skip
    assert ran.code == 0, ran.err
    assert list(ran.json["success"]) == ["unseen_seeds", "held_out_wordings", "held_out_worlds"]
    assert list(ran.json["by_world"]) == ["depot.py"]
    (trained,) = [orjson.loads(line) for line in (here / "out" / "progress.jsonl").read_bytes().splitlines()][:1]
    assert trained["episodes"] == 5


def test_a_trained_policy_plays_episodes(clinic: Path, cloned: Path) -> None:
    ran = agentworlds("run", "--agent", cloned, "--worlds", clinic, "--episodes", "3", "--json")
    assert ran.code == 0 and ran.json["episodes"] == 3 and ran.json["faults"] == 0, ran.err
    again = agentworlds("run", "--agent", cloned, "--worlds", clinic, "--episodes", "3", "--json")
    assert again.json == ran.json


RUN = ["train", "--worlds", "clinic.py", "--executor", "local", "--out", "out"]
MISTAKES: dict[str, tuple[list[str], str]] = {
    "an unknown world": (["train", "--worlds", "bnk", "--minutes", "1", "--out", "out"], "there is no world 'bnk'; did you mean 'bank'?"),
    "an unknown world held out": ([*RUN, "--hold-out", "bnk", "--minutes", "1"], "there is no world 'bnk'; did you mean 'bank'?"),
    "no such script": (["train", "--worlds", "nope.py", "--minutes", "1", "--out", "out"], "there is no script nope.py"),
    "a world without tasks": ([*RUN, "--hold-out", "module:ledger", "--minutes", "1"], "worlds: module:ledger has no tasks"),
    "no minutes": (RUN, "give minutes or iterations, so that training ends"),
    "an unknown setting": ([*RUN, "--minutes", "1", "--set", "batsh=3"], "cloning has no setting 'batsh'; did you mean 'batch'?"),
    "a setting without a value": ([*RUN, "--minutes", "1", "--set", "batch"], "--set batch: expected NAME=VALUE"),
    "a setting of another type": ([*RUN, "--minutes", "1", "--set", "lr=much"], "cloning: Expected `float`, got `str` - at `$.lr`"),
    "an unknown encoder": ([*RUN, "--minutes", "1", "--set", "encoder=hash"], "there is no text encoder 'hash'; did you mean 'hashing'?"),
    "no such file": ([*RUN, "--minutes", "1", "--config", "nope.toml"], "nope.toml: No such file or directory"),
    "no such warm start": ([*RUN, "--minutes", "1", "--warm-start", "nope"], "there is no policy at nope: expected a folder with policy.json"),
    "a folder with other files": (["train", "--worlds", "clinic.py", "--minutes", "1", "--out", "."], ". is neither empty nor a run; give another folder"),
    "no such agent": (["run", "--agent", "runs/none", "--worlds", "clinic.py"], "there is no policy at runs/none: expected a folder with policy.json"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_clear_line(mistake: str, clinic: Path, here: Path) -> None:
    (here / "clinic.py").write_text(clinic.read_text())
    words, told = MISTAKES[mistake]
    ran = agentworlds(*words)
    assert ran.code == 2
    assert ran.err.startswith(f"agentworlds: {told}") and ran.err.count("\n") == 1
    assert ran.out == "" and not (here / "out").exists()


def test_the_command_line_does_not_import_torch() -> None:
    code = "import sys; import agentworlds.cli.main, agentworlds.cli.train; print(sorted({'torch', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


def test_a_full_disk_is_one_clear_line(clinic: Path, here: Path) -> None:
    words = ["train", "--worlds", str(clinic), "--executor", "local", "--iterations", "2", *SMALL, "--out", "out"]
    most = 500_000  # bytes of a file: enough for the first checkpoint, without the optimiser's figures
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (most, most))
    ran = subprocess.run([COMMAND, *words], preexec_fn=limit, capture_output=True, text=True, timeout=PATIENCE)
    assert ran.returncode == 2
    *_, told = ran.stderr.splitlines()
    assert told == "agentworlds: out/checkpoint.pt cannot be written: File too large; what was kept before is whole"
    assert agentworlds(*words).code == 0


def kept(out: Path) -> tuple[dict[str, Any], list[dict[str, Any]], bytes]:
    """A finished run without what is measured: its result, its progress, and the weights."""
    result = orjson.loads((out / "result.json").read_bytes())
    progress = [orjson.loads(line) for line in (out / "progress.jsonl").read_bytes().splitlines()]
    without = [{name: value for name, value in entry.items() if name not in TIMES} for entry in (result, *progress)]
    return without[0], without[1:], (out / "policy.safetensors").read_bytes()


def lines(out: Path) -> int:
    file = out / "progress.jsonl"
    return file.read_bytes().count(b"\n") if file.exists() else 0


@pytest.mark.parametrize(("algo", "workers", "moments"), [
    ("cloning", 1, 2), pytest.param("cloning", 2, 20, marks=pytest.mark.full), pytest.param("ppo", 2, 20, marks=pytest.mark.full)
])  # fmt: skip
def test_killed_at_any_moment_a_run_goes_on_to_the_same_end(
    algo: str, workers: int, moments: int, clinic: Path, here: Path
) -> None:
    words = ["train", "--algo", algo, "--worlds", str(clinic), "--iterations", str(moments + 1), *SMALL,
             "--evaluate-every", str(moments), "--executor", "local" if workers == 1 else "processes",
             "--workers", str(workers)]  # fmt: skip
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    started = time.monotonic()
    subprocess.run(
        [COMMAND, *words, "--out", "whole"], env=environment, check=True, capture_output=True, timeout=PATIENCE
    )
    whole = time.monotonic() - started
    chance = random.Random(moments)
    killed = 0
    for moment in range(moments):
        before, started = lines(here / "out"), time.monotonic()
        with subprocess.Popen([COMMAND, *words, "--out", "out"], env=environment, stderr=subprocess.DEVNULL) as process:
            while moment and lines(here / "out") <= before and process.poll() is None:
                assert time.monotonic() - started < PATIENCE
                time.sleep(0.02)
            time.sleep(chance.uniform(0, whole / (2 if moment == 0 else moments + 1)))
            process.send_signal(signal.SIGKILL)
            killed += process.wait() == -signal.SIGKILL
    assert killed >= min(moments, 2) - 1
    ran = subprocess.run(
        [COMMAND, *words, "--out", "out"], env=environment, capture_output=True, text=True, timeout=PATIENCE
    )
    assert ran.returncode == 0, ran.stderr
    assert kept(here / "out") == kept(here / "whole")
