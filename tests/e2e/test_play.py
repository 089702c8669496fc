"""Playing by hand: from a pipe, and in a real terminal."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from tests.e2e.command import COMMAND, agentworlds


@pytest.fixture(scope="module")
def solution(clinic: Path) -> list[str]:
    """The first task's reference, as a person types it."""
    spec = agentworlds("show", clinic, "--task", "0", "--json").json
    return [
        " ".join([call["tool"], *(f"{name}={shlex.quote(str(value))}" for name, value in call["arguments"].items())])
        for call in spec["solution"]
    ]


def test_an_episode_from_a_pipe_reaches_success(clinic: Path, solution: list[str]) -> None:
    ran = agentworlds("play", clinic, stdin="\n".join([*solution, "finish", ":changes"]))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("You are the receptionist of Willow Street Vets.")
    assert "10 tools, 30 calls." in ran.out
    assert ran.out.split("\n\n")[-1].startswith("Success: progress 100%, reward 1.\n")
    assert ":changes" not in ran.out


def test_an_intent_can_be_named(clinic: Path) -> None:
    ran = agentworlds("play", clinic, "--task", "visits_planned", "--seed", "2", stdin="finish answer=-1\n")
    assert ran.code == 0
    assert ran.out.split("\n\n")[-1].startswith("Not solved: progress 0%, reward 0.\n  the answer is wrong")


def test_changes_are_shown_and_undone(clinic: Path, solution: list[str]) -> None:
    ran = agentworlds(
        "play",
        clinic,
        stdin="\n".join([":changes", *solution, ":changes", ":undo", ":undo", ":restart", ":changes", "finish"]),
    )
    lines = ran.out.splitlines()
    assert lines.count("  nothing so far") == 2
    (change,) = [line for line in lines if line.startswith("  insert visit ")]
    assert "status=planned" in change
    last_two = [line.split()[0] for line in solution[:-3:-1]]
    assert [line.removeprefix("took back ") for line in lines if line.startswith("took back ")] == last_two
    assert "back at the start" in lines
    assert "Not solved: progress 0%, reward 0." in ran.out


def test_commands_tell_about_tools_and_the_task(clinic: Path) -> None:
    ran = agentworlds(
        "play", clinic, stdin="\n".join([":tools visit", ":tool plan_visit", ":task", ":help", ":quit", "x"])
    )
    listed = [line.split()[0] for line in ran.out.splitlines() if line.startswith("  ") and "visit" in line.split()[0]]
    assert {"search_visits", "get_visit", "plan_visit", "cancel_visit"} <= set(listed)
    assert '"name": "plan_visit"' in ran.out
    assert ran.out.count("You are the receptionist") == 2
    assert ran.out.rstrip().endswith(":quit leaves it.")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("serch_pets", "there is no tool 'serch_pets'; did you mean 'search_pets'?"),
        ("search_pets Milo", "not a call: expected name=value, got 'Milo'; :help tells how"),
        ('search_pets name="Milo', "not a call: No closing quotation; :help tells how"),
        (":tool plan_vist", "there is no tool 'plan_vist'; did you mean 'plan_visit'?"),
        ("get_pet pet_id=9999", "Refused (not found): pet_id: there is no pet 9999. Try: search_pets finds pets"),
        (
            "get_pet pet_id=Milo",
            "Refused (invalid): pet_id: expected an id, which is a positive whole number, got 'Milo'.",
        ),
        ("finish reply=3", "Refused (invalid): reply: finish takes answer and impossible."),
    ],
)
def test_a_bad_line_says_what_was_expected_and_the_game_goes_on(line: str, said: str, clinic: Path) -> None:
    ran = agentworlds("play", clinic, stdin=f"{line}\nfinish\n")
    assert ran.code == 0
    assert said in ran.out.splitlines()
    assert "Not solved: progress 0%, reward 0." in ran.out


def test_results_are_words_or_json(clinic: Path) -> None:
    ran = agentworlds("play", clinic, stdin="get_owner owner_id=1\n:json\nget_owner owner_id=1\n")
    first, second = ran.out.split("\nJSON\n")
    assert orjson.loads(second)["id"] == 1
    assert "{" not in first.split(":help tells how.")[1]


def test_the_budget_ends_the_game(clinic: Path) -> None:
    ran = agentworlds("play", clinic, stdin="get_owner owner_id=1\n" * 1000)
    assert ran.code == 0
    assert "calls is spent" in ran.out
    assert "Not solved: progress 0%, reward 0." in ran.out


# A real terminal -----------------------------------------------------------------------------------------


class Terminal:
    """A terminal in which the command runs, by tmux."""

    def __init__(self, folder: Path, command: str) -> None:
        self._socket = str(folder / "tmux")
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", "150", "-y", "50", f"{command}; echo exit $?; sleep 60"
        )

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(["tmux", "-S", self._socket, *words], check=True, capture_output=True, text=True)
        return done.stdout

    def type(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def wait_for(self, shown: Callable[[str], bool]) -> str:
        """The screen once it shows something."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            screen = self._tmux("capture-pane", "-p")
            if shown(screen):
                return screen
            time.sleep(0.05)
        raise AssertionError(screen)

    def close(self) -> None:
        self._tmux("kill-server")


@pytest.fixture
def terminal(clinic: Path, tmp_path: Path) -> Iterator[Terminal]:
    if shutil.which("tmux") is None:
        pytest.skip("needs tmux")
    opened = Terminal(tmp_path, shlex.join([COMMAND, "play", str(clinic)]))
    yield opened
    opened.close()


def test_a_terminal_completes_tools_and_arguments(terminal: Terminal, solution: list[str]) -> None:
    terminal.wait_for(lambda screen: "\n>" in screen)
    for typed, completed, then in (
        (":un", ":undo", "Enter"),
        ("search_p", "search_pets", "Space"),
        ("spec", "species=", ""),
    ):
        terminal.type(typed)
        terminal.wait_for(lambda screen, wanted=completed: screen.rstrip().endswith(wanted))
        terminal.type("Tab")
        terminal.wait_for(lambda screen, wanted=completed: f"{wanted}\n" in screen.split("\n>")[-1])
        terminal.type(then)
    terminal.type("cat", "Space", "limit=1", "Enter")
    assert "species cat" in terminal.wait_for(lambda screen: screen.count("\n>") == 3)
    for line in solution:
        terminal.type("-l", line)
        terminal.type("Enter")
    terminal.type("finish", "Enter")
    assert "Success: progress 100%, reward 1." in terminal.wait_for(lambda screen: "exit 0" in screen)


def test_a_terminal_leaves_on_control_c(terminal: Terminal) -> None:
    terminal.wait_for(lambda screen: "\n>" in screen)
    terminal.type("C-c")
    assert "Traceback" not in terminal.wait_for(lambda screen: "exit 0" in screen)


def test_a_list_that_the_shell_has_unquoted_is_refused_rather_than_taken_as_text(clinic: Path) -> None:
    ran = agentworlds("play", clinic, stdin='finish answer=["a","b"]\n')
    assert "answer: a list or an object goes in single quotes" in ran.out


def test_with_json_every_line_is_json(clinic: Path, solution: list[str]) -> None:
    ran = agentworlds("play", clinic, "--json", stdin="\n".join([*solution, "finish"]))
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert set(lines[0]) == {"instruction", "tools", "budget"}
    assert lines[-1]["success"] is True
