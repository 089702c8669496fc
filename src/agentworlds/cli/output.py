"""What verbs share: JSON out, progress on long work, atomic files."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import orjson

from agentworlds.errors import Problem, short

EXIT_USAGE = 2

json_option = click.option("--json", "as_json", is_flag=True, help="Print machine-readable JSON.")


def print_json(value: Any) -> None:
    """Print a value as indented JSON with a stable key order as given."""
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def script_problem(error: Exception) -> Problem | None:
    """An exception that a script's own line raised, as a problem of that line; None for a bug of ours."""
    found, trace = None, error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        if str(frame.f_globals.get("__name__")).startswith("agentworlds.scripts."):
            found = Problem(short(frame.f_code.co_filename), trace.tb_lineno, f"{type(error).__name__}: {error}")
        trace = trace.tb_next
    return found


@contextmanager
def progress(total: int, what: str, *, quiet: bool = False) -> Iterator[Any]:
    """A progress bar on standard error; gives a function to call after each piece of work."""
    if quiet or not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda *_: bar.advance(task)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
