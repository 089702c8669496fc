"""The three outcomes of a call that are not a result, and the errors a user can cause.

A *refusal* is a value: the world's typed "no". A *fault* is the environment's own failure and is
never scored. Everything else here is an exception with a message for a person.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from enum import StrEnum
from pathlib import Path

import msgspec


class Code(StrEnum):
    """Why a call was refused. The set is closed; no code is ever derived from a message."""

    INVALID = "invalid"  # an argument is missing, unknown or malformed
    NOT_FOUND = "not_found"  # an id names nothing
    FORBIDDEN = "forbidden"  # the acting role or person may not do this
    CONFLICT = "conflict"  # the state of things does not allow it
    INSUFFICIENT = "insufficient"  # too little money, stock, room or time
    UNAVAILABLE = "unavailable"  # closed, expired, out of season, out of service
    LIMIT = "limit"  # too much work, or the episode's budget is spent
    UNKNOWN_TOOL = "unknown_tool"  # there is no tool of that name


class Refusal(msgspec.Struct, frozen=True, omit_defaults=True):
    """A typed "no". `site` (``file:line`` of the script) is for coverage and never shown to agents."""

    code: Code
    message: str
    hint: str | None = None
    field: str | None = None
    site: str | None = None


class Refused(Exception):
    """Carries a refusal out of a tool's body; the runtime turns it back into a value."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class AgentworldsError(Exception):
    """Base of every error that a user of the library can cause."""


class Fault(AgentworldsError):
    """The environment failed: a bug in a script or in the runtime. An episode with a fault is not scored."""


class InstanceBusy(AgentworldsError):
    """Two callers used one instance at the same time; an instance belongs to one caller at a time."""


class EpisodeOver(AgentworldsError):
    """A call was made on an episode that has ended."""


class NotFound(AgentworldsError):
    """A world, task or file that does not exist, with the nearest names."""


class Problem(msgspec.Struct, frozen=True, order=True):
    """One mistake in a world script."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class ScriptError(AgentworldsError):
    """A world script does not make sense; holds every problem found, in order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


MISTAKES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NameError,
    RuntimeError,
    StopIteration,
    TypeError,
    ValueError,
)
"""What a mistake in a script's function raises; a `next` that finds nothing raises StopIteration."""


def in_words(error: BaseException) -> str:
    """A script's exception as messages show it."""
    if isinstance(error, StopIteration) or isinstance(error.__cause__, StopIteration):
        return "StopIteration: next() found nothing"  # by itself it says nothing, and in a generator something else
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def nearest(name: str, options: Iterable[str]) -> str:
    """A phrase such as ``; did you mean 'booked'?`` for the closest option, or the empty string."""
    known = [str(option) for option in options]
    close = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5) if known else []
    return f"; did you mean {close[0]!r}?" if close else ""


def place_of(error: BaseException, files: Collection[str]) -> tuple[str, int] | None:
    """The innermost line of some files that an exception passed through."""
    found, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in files:
            found = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
    return found


def short(path: str | Path) -> str:
    """A path as messages show it: relative to the working directory where that is shorter."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return str(path)
