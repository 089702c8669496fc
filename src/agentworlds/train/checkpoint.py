"""Runs on disk: what was trained, how far it came, and the policy that came out.

out/config.json           what was asked for
out/progress.jsonl        a line for every iteration and every evaluation
out/checkpoint.pt         all that is needed to go on after a crash
out/policy.safetensors    the policy's weights, with
out/policy.json           what is needed to make the policy
out/result.json           the outcome, once it is finished
"""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import orjson
import torch
from safetensors.torch import load_file, save

from agentworlds.errors import AgentworldsError, NotFound
from agentworlds.train.policy import Policy, Size

FORMAT, CHECKPOINT_FORMAT = 1, 2
"""Change whenever policies, or runs in the middle, of before can no longer be read."""


class Incompatible(AgentworldsError):
    """A run that cannot be gone on with, or a policy that this version cannot play."""


class RunFolder:
    """The folder of one run. Every file is written whole or not at all."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def is_of_others(self) -> bool:
        """Whether there is something in the folder that no run has begun to write."""
        return self.path.exists() and any(
            not (file.name.startswith(".") and file.name.endswith(".new")) for file in self.path.iterdir()
        )

    def write(self, name: str, fill: Callable[[BinaryIO], Any]) -> None:
        """Write a file beside its place, and put it there once it is whole.

        Raises:
            AgentworldsError: it cannot be written, such as when the disk is full; what was there before stays.
        """
        new = self.path / f".{name}.new"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with new.open("wb") as file:
                fill(file)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path / name)
        except OSError as problem:
            new.unlink(missing_ok=True)
            raise AgentworldsError(
                f"{self.path / name} cannot be written: {problem.strerror}; what was kept before is whole"
            ) from None

    def write_json(self, name: str, value: Any) -> None:
        """Write a value as JSON."""
        self.write(name, lambda file: file.write(orjson.dumps(msgspec.to_builtins(value), option=orjson.OPT_INDENT_2)))

    def read_json(self, name: str) -> Any:
        """A value, or None where there is no such file."""
        file = self.path / name
        return orjson.loads(file.read_bytes()) if file.exists() else None

    def log(self, entry: dict[str, Any]) -> None:
        """Add a line to the progress."""
        try:
            with (self.path / "progress.jsonl").open("ab") as file:
                file.write(orjson.dumps(entry) + b"\n")
        except OSError as problem:
            raise AgentworldsError(f"{self.path / 'progress.jsonl'} cannot be written: {problem.strerror}") from None

    def progress(self) -> list[dict[str, Any]]:
        """The lines of the progress; one that a crash cut short is left out."""
        file = self.path / "progress.jsonl"
        if not file.exists():
            return []
        whole = file.read_bytes()
        return [orjson.loads(line) for line in whole[: whole.rfind(b"\n") + 1].splitlines()]

    def forget_after(self, lines: int) -> None:
        """Take back the progress that a checkpoint does not know of."""
        kept = self.progress()[:lines]
        self.write("progress.jsonl", lambda file: file.write(b"".join(orjson.dumps(one) + b"\n" for one in kept)))

    def save_checkpoint(self, state: dict[str, Any]) -> None:
        """Keep all that is needed to go on."""
        whole = BytesIO()  # torch would not say that a disk is full
        torch.save(state | {"format": CHECKPOINT_FORMAT}, whole)
        self.write("checkpoint.pt", lambda file: file.write(whole.getbuffer()))

    def load_checkpoint(self) -> dict[str, Any] | None:
        """What was kept last, or None. Raises Incompatible for one of another version."""
        file = self.path / "checkpoint.pt"
        if not file.exists():
            return None
        state: dict[str, Any] = torch.load(file, weights_only=False)
        if state.get("format") != CHECKPOINT_FORMAT:
            raise Incompatible(f"{file} is of another version; start a new run in another folder")
        return state

    def save_policy(self, policy: Policy, about: dict[str, Any]) -> None:
        """Keep the policy so that it can be played anywhere."""
        weights = save({name: one.contiguous() for name, one in policy.state_dict().items()})
        self.write("policy.safetensors", lambda file: file.write(weights))
        self.write_json("policy.json", about | {"format": FORMAT, "size": policy.size})


def load_policy(path: Path) -> tuple[Policy, dict[str, Any]]:
    """The policy of a run's folder, and what its `policy.json` says.

    Raises:
        NotFound: there is none.
        Incompatible: it is of another version.
    """
    folder = RunFolder(path)
    about = folder.read_json("policy.json")
    if about is None or not (path / "policy.safetensors").exists():
        raise NotFound(f"there is no policy at {path}: expected a folder with policy.json and policy.safetensors")
    if about["format"] != FORMAT:
        raise Incompatible(f"the policy at {path} is of another version of agentworlds; train it anew")
    policy = Policy(about["phrase_size"], about["word_size"], msgspec.convert(about["size"], Size))
    try:
        policy.load_state_dict(load_file(path / "policy.safetensors"))
    except RuntimeError as problem:
        raise Incompatible(f"the policy at {path} does not fit this version: {str(problem).splitlines()[0]}") from None
    policy.eval()
    return policy, about
