"""The progress for TensorBoard, in out/tensorboard: every number that progress.jsonl has, by iteration."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PLACE = ("kind", "iteration")
"""What says where an entry belongs, and is no figure."""


class Board:
    """Writes event files.

    Args:
        path: The folder of the event files; those of a run that is gone on with stay.
        iteration: Where the run stands. What was written of later iterations, before a crash, is taken back.
    """

    def __init__(self, path: Path, iteration: int = 0) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self._writer = SummaryWriter(str(path), purge_step=iteration + 1)

    def add(self, entry: dict[str, Any]) -> None:
        """Add an entry of the progress."""
        for name, value in figures(entry):
            self._writer.add_scalar(name, value, entry["iteration"])

    def flush(self) -> None:
        """Write out what was added. To be called before a checkpoint is kept, which takes nothing back."""
        self._writer.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._writer.close()


def figures(entry: dict[str, Any]) -> Iterator[tuple[str, float]]:
    """The numbers of an entry by name: its kind and their own, or where they stand in a group that has a name."""
    for name, value in entry.items():
        if isinstance(value, dict):
            yield from _within(name, value)
        elif name not in PLACE and isinstance(value, (int, float)):
            yield f"{entry['kind']}/{name}", value


def _within(name: str, group: dict[str, Any]) -> Iterator[tuple[str, float]]:
    for key, value in group.items():
        if isinstance(value, dict):
            yield from _within(f"{name}/{key}", value)
        elif isinstance(value, (int, float)):
            yield f"{name}/{key}", value
