"""What to train: read from a file or a command line, kept, and compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from agentworlds.errors import AgentworldsError
from agentworlds.spec.rewards import Reward
from agentworlds.train.config import BadConfig, Config, read_config, read_toml
from agentworlds.train.policy import Size

ONE = {"worlds": ["bank"], "iterations": 1}

MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown setting": (ONE | {"sed": 1}, r"^the run has no setting 'sed'; did you mean 'seed'\?; it has algo, "),
    "an unknown setting of the algorithm": (ONE | {"options": {"episode": 1}}, r"^cloning has no setting 'episode'; did you mean 'episodes'\?"),
    "a setting of another algorithm": (ONE | {"options": {"most_kl": 1}}, r"^cloning has no setting 'most_kl'"),
    "an unknown algorithm": (ONE | {"algo": "pp"}, r"^there is no algorithm 'pp'; did you mean 'ppo'\?"),
    "text for a number": (ONE | {"seed": "one"}, r"^the run: Expected `int`, got `str` - at `\$\.seed`$"),
    "text for a number of the algorithm": (ONE | {"options": {"lr": "much"}}, r"^cloning: Expected `float`, got `str` - at `\$\.lr`$"),
    "an unknown size": (ONE | {"size": {"width": "wide"}}, r"^the run: Expected `int`, got `str` - at `\$\.size\.width`$"),
    "no worlds": ({"iterations": 1}, r"^worlds: name at least one world to train in$"),
    "trained and held out": (ONE | {"hold_out": ["bank"]}, r"^hold_out: bank cannot be trained in and held out$"),
    "no end": ({"worlds": ["bank"]}, r"^give minutes or iterations, so that training ends$"),
    "no workers": (ONE | {"workers": 0}, r"^workers: expected at least 1, got 0$"),
    "a length below zero": (ONE | {"longest": -1}, r"^longest: expected a number of calls, or 0 for all, got -1$"),
    "an unknown curriculum": (ONE | {"curriculum": "revers"}, r"^curriculum: expected even, difficulty or reverse, got 'revers'$"),
    "an unknown part of the input": (ONE | {"size": {"without": ["cell"]}}, r"^size: there is no input 'cell'; did you mean 'cells'\?; there are phrases, "),
    "a width that heads cannot share": (ONE | {"size": {"width": 30, "heads": 4}}, r"^size: expected an even width that can be shared by 4 heads, got 30$"),
    "no episodes": (ONE | {"options": {"episodes": 0}}, r"^cloning: episodes: expected at least 1, got 0"),
    "no batch": (ONE | {"options": {"batch": 0}}, r"^cloning: batch: expected at least 1, got 0"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_in_one_line(mistake: str) -> None:
    data, told = MISTAKES[mistake]
    with pytest.raises(AgentworldsError, match=told) as raised:
        read_config(data, "the run")
    assert "\n" not in str(raised.value)


def test_a_configuration_is_read_from_toml(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(
        'algo = "ppo"\nworlds = ["bank", "vet_clinic"]\nhold_out = ["bookshop"]\nminutes = 5\n'
        "[size]\nwidth = 64\n[options]\nlr = 1e-4\n"
    )
    assert read_config(read_toml(file)) == Config(
        algo="ppo", worlds=("bank", "vet_clinic"), hold_out=("bookshop",), minutes=5.0, size=Size(width=64),
        options={"lr": 1e-4},
    )  # fmt: skip


@pytest.mark.parametrize(("text", "told"), [(None, "No such file"), ("a = ", "Invalid value"), (b"\xff", "UTF-8")])
def test_a_file_that_is_no_toml_is_told_in_one_line(text: str | bytes | None, told: str, tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadConfig, match=rf"run\.toml: .*{told}"):
        read_toml(file)


def test_a_configuration_comes_back_from_json() -> None:
    asked = Config(
        algo="sac", worlds=("bank",), hold_out=("bookshop",), minutes=2.5, seed=3, size=Size(32, 2, 1, 1),
        reward=Reward(step=-0.01), shaping=0.5, options={"lr": 0.01, "memory": 64},
    )  # fmt: skip
    assert read_config(msgspec.json.decode(msgspec.json.encode(asked.as_json()))) == asked


def test_numbers_may_come_as_text_from_the_command_line() -> None:
    asked = read_config({"worlds": ["bank"], "minutes": "2.5", "seed": "3", "options": {"batch": "8"}})
    assert (asked.minutes, asked.seed, asked.settings().batch) == (2.5, 3, 8)
