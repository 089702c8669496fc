"""What a user can get wrong is one clear line, with an exit code that can be trusted; never a traceback."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.command import COMMAND, Ran, agentworlds

MISTAKES: dict[str, tuple[list[str], int, str]] = {
    "no such verb": (["runn"], 2, "No such command 'runn'"),
    "no such option": (["list", "--jsno"], 2, "No such option '--jsno'"),
    "no name": (["new"], 2, "Missing argument 'NAME'"),
    "no such world": (["show", "bnk"], 2, "there is no world 'bnk'; did you mean 'bank'?; known are "),
    "no such script": (["check", "nope.py"], 2, "there is no script nope.py"),
    "a folder": (["check", "folder.py"], 2, "there is no script folder.py"),
    "a folder as a bundle": (["show", "folder.world"], 2, "folder.world is not a bundle"),
    "no such bundle": (["show", "nope.world"], 2, "there is no bundle nope.world"),
    "a script that is no text": (["show", "binary.py"], 1, "binary.py:1: not text in UTF-8"),
    "a script without a world": (["show", "empty.py"], 1, "empty.py:1: the script declares no World"),
    "no such tool": (["show", "bank", "--tool", "get_acount"], 2, "bank has no tool 'get_acount'; did you mean 'get_account'?"),
    "no such task": (["show", "bank", "--task", "999"], 2, "for each seed, not 999"),
    "a task below zero": (["show", "bank", "--task", "-1"], 2, "for each seed, not -1"),
    "a seed that is no number": (["show", "bank", "--seed", "one"], 2, "'one' is not a valid integer"),
    "no such intent": (["play", "clinic.py", "--task", "plan_visit"], 2, "no intent 'plan_visit'; did you mean 'plan_a_visit'?"),
    "no such agent": (["run", "--agent", "rando", "--worlds", "clinic.py"], 2, "there is no agent 'rando'; did you mean 'random'?"),
    "no episodes": (["run", "--episodes", "0"], 2, "0 is not in the range x>=1"),
    "no seeds": (["certify", "--seeds", "0"], 2, "0 is not in the range x>=1"),
    "no scale": (["build", "clinic.py", "--scale", "0"], 2, "scale: expected at least 1, got 0"),
    "no such run": (["score", "nope"], 2, "there is no run at nope: expected a folder with episodes.jsonl, or such a file"),
    "a run that is none": (["score", "clinic.py"], 2, "clinic.py:1: not a trajectory"),
    "an empty run": (["report", "empty.py"], 2, "no episodes in empty.py"),
    "no such format": (["export", "nope", "--format", "csv"], 2, "'csv' is not 'messages'"),
    "a file where a folder is needed": (["run", "--worlds", "clinic.py", "--out", "clinic.py"], 1, "File exists: 'clinic.py'"),
    "a place that cannot be written": (["build", "clinic.py", "--out", "/proc/x.world"], 1, "No such file or directory"),
}  # fmt: skip


@pytest.fixture
def folder(here: Path, clinic: Path) -> Path:
    (here / "clinic.py").write_text(clinic.read_text())
    (here / "binary.py").write_bytes(b"\xff\xfe")
    (here / "empty.py").write_bytes(b"")
    for name in ("folder.py", "folder.world"):
        (here / name).mkdir()
    return here


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_clear_line(mistake: str, folder: Path) -> None:
    words, code, said = MISTAKES[mistake]
    before = sorted(folder.rglob("*"))
    ran = agentworlds(*words)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err.splitlines()[-1]
    assert re.fullmatch(r"(Usage: .*\n(Try .*\n\n)?)?\S.*\n", ran.err)
    assert sorted(folder.rglob("*")) == before


BUGS = {
    "at the top": ("@world.table\nclass Owner(Row):", "{}\n\n\n@world.table\nclass Owner(Row):"),
    "in data": ("    for _ in draw.many(30):", "    {}\n    for _ in draw.many(30):"),
    "in a rule": ("    return visit.status !=", "    {}\n    return visit.status !="),
    "in a draw": ("    owner = draw.pick(Owner)\n", "    {}\n    owner = draw.pick(Owner)\n"),
    "in a solution": ("        found = do.search_owners", "        {}\n        found = do.search_owners"),
}


@pytest.mark.parametrize(
    "bug", ["missing_name", "1 / 0", "Decimal('x')", "None.attribute", "next(iter([]))", "[].pop()"]
)
@pytest.mark.parametrize("where", BUGS)
def test_a_bug_in_a_script_is_a_problem_of_its_file(bug: str, where: str, folder: Path) -> None:
    place, changed = BUGS[where]
    script = (folder / "clinic.py").read_text()
    assert place in script
    (folder / "clinic.py").write_text(script.replace(place, changed.format(bug), 1))
    checked = agentworlds("check", "clinic.py")
    assert (checked.code, checked.err) == (1, "")
    assert re.match(r"clinic\.py:\d+: .*\w", checked.out)
    certified = agentworlds("certify", "clinic.py")
    assert certified.code == 1
    assert re.match(r"clinic\.py:\d+: .*\w", certified.err or certified.out)


def test_a_run_of_a_script_asks_for_the_script(folder: Path) -> None:
    agentworlds("run", "--worlds", "clinic.py", "--episodes", "1", "--out", "out")
    for verb in ("score", "export"):
        ran = agentworlds(verb, "out")
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.endswith("--worlds takes the script or bundle of one that is not packaged\n")


def in_a_process(*words: str, stdout: int = subprocess.PIPE, largest_file: int | None = None) -> Ran:
    def limit() -> None:
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    done = subprocess.run([COMMAND, *words], stdout=stdout, stderr=subprocess.PIPE, text=True, preexec_fn=limit)
    return Ran(done.returncode, done.stdout or "", done.stderr)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize(
    "words", [("show", "clinic.py"), ("run", "--worlds", "clinic.py", "--episodes", "2", "--json")]
)
def test_a_full_disk_is_one_clear_line(words: tuple[str, ...], folder: Path) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        ran = in_a_process(*words, stdout=full)
    finally:
        os.close(full)
    assert (ran.code, ran.err) == (1, "agentworlds: [Errno 28] No space left on device\n")


def test_what_does_not_fit_on_the_disk_leaves_no_half_file(folder: Path) -> None:
    ran = in_a_process("build", "clinic.py", "--out", "clinic.world", largest_file=10_000)
    assert (ran.code, ran.err) == (1, "agentworlds: [Errno 27] File too large\n")
    assert sorted(path.suffix for path in folder.iterdir()) == [".py", ".py", ".py", ".py", ".world"]
    assert not (folder / "clinic.world").exists()


def test_a_run_continues_once_there_is_room_again(folder: Path) -> None:
    run = ("run", "--worlds", "clinic.py", "--episodes", "20", "--out", "out")
    ran = in_a_process(*run, largest_file=20_000)
    assert (ran.code, ran.err) == (1, "agentworlds: [Errno 27] File too large\n")
    assert (folder / "out" / "episodes.jsonl").stat().st_size == 20_000
    assert agentworlds(*run).code == 0
    assert agentworlds("score", "out", "--worlds", "clinic.py").out == "20 episodes graded again, 0 differ\n"


def test_a_reader_that_leaves_early_is_no_trouble(folder: Path) -> None:
    shown = subprocess.Popen([COMMAND, "show", "clinic.py"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert shown.stdout is not None
    shown.stdout.close()
    assert shown.stderr is not None
    assert shown.stderr.read() == ""
    shown.stderr.close()
    shown.wait()


def test_control_c_stops_with_130(folder: Path) -> None:
    words = [COMMAND, "run", "--agent", "random", "--worlds", "clinic.py", "--episodes", "100000", "--out", "out"]
    running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    file = folder / "out" / "episodes.jsonl"
    while not (file.exists() and file.stat().st_size):
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert (running.returncode, out, err) == (130, "", "\nstopped\n")
    assert file.read_bytes().endswith(b"\n")


def test_a_long_run_keeps_few_files_open(folder: Path) -> None:
    words = ("run", "--agent", "idle", "--worlds", "clinic.py", "--episodes", "200", "--json")

    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))

    done = subprocess.run([COMMAND, *words], capture_output=True, text=True, preexec_fn=few)
    assert (done.returncode, done.stderr) == (0, "")
