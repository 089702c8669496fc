"""What an instance changed against its template, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from agentworlds.spec.tables import Table


class Change(msgspec.Struct, frozen=True):
    """One row that differs from the template; values as stored, by stored column name."""

    table: str
    id: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @property
    def kind(self) -> Literal["insert", "update", "delete"]:
        """What happened to the row."""
        if self.before is None:
            return "insert"
        return "delete" if self.after is None else "update"


def make_change(table: Table, id: int, before: Sequence[Any] | None, after: Sequence[Any] | None) -> Change:
    """A change from stored values."""
    names = [column.stored_name for column in table.columns]
    return Change(
        table.name,
        id,
        None if before is None else dict(zip(names, before, strict=True)),
        None if after is None else dict(zip(names, after, strict=True)),
    )
