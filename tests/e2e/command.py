"""The command as a person calls it: in this process where that is enough, in one of its own where signals matter."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import orjson

from agentworlds.cli.main import main

COMMAND = str(Path(sys.executable).with_name("agentworlds"))


@dataclass(frozen=True)
class Ran:
    """What a call of the command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return orjson.loads(self.out)


def agentworlds(*words: str | Path, stdin: str = "") -> Ran:
    """Call the entry point here. An exception that is not an exit is a traceback to a user, so it fails the test."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    typed = io.TextIOWrapper(io.BytesIO(stdin.encode()), encoding="utf-8")
    argv = ["agentworlds", *map(str, words)]
    code: Any = 0
    with (
        mock.patch.object(sys, "argv", argv), mock.patch.object(sys, "stdin", typed),
        redirect_stdout(out), redirect_stderr(err),
    ):  # fmt: skip
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
    return Ran(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))  # type: ignore[attr-defined]
