"""A table of a world: its columns and what is known about them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from agentworlds.errors import nearest
from agentworlds.spec.columns import Column, Ref, Unreadable
from agentworlds.types import TextType

if TYPE_CHECKING:
    from agentworlds.spec.rows import Row


@dataclass
class Table:
    """A declared table. Built while a script loads, not changed afterwards."""

    cls: type[Row]
    name: str
    plural: str
    file: str
    line: int
    label: str | None = None
    show: tuple[str, ...] = ()
    owner: str | None = None
    unique: tuple[tuple[str, ...], ...] = ()
    transient: bool = False
    columns: tuple[Column, ...] = ()
    index: int = 0
    links: dict[str, Any] = field(default_factory=dict)
    """List columns: name → link row class."""
    aliases: dict[str, str] = field(default_factory=dict)
    """Other names that an included module has for columns."""

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Columns by name."""
        return {column.name: column for column in self.columns}

    @property
    def column_names(self) -> list[str]:
        """Names in order."""
        return [column.name for column in self.columns]

    def finish_label(self) -> None:
        """Choose the column that names a row to people: the first text column unless one was declared."""
        if self.label is None:
            texts = (c.name for c in self.columns if isinstance(c.kind, TextType) and not c.field.hidden)
            self.label = next(texts, None)
        elif self.label not in self.by_name:
            raise Unreadable(f"label: {self.name} has no column {self.label!r}{nearest(self.label, self.by_name)}")

    def path(self, dotted: str) -> tuple[Column, ...]:
        """The columns along a path such as ``pet.owner.name``. Raises Unreadable with the nearest name."""
        table, result = self, []
        for position, name in enumerate(dotted.split(".")):
            name = table.aliases.get(name, name)
            if name not in table.by_name:
                what = f"{table.name} has no column {name!r}{nearest(name, table.by_name)}"
                raise Unreadable(what if position == 0 else f"{dotted!r}: {what}")
            column = table.by_name[name]
            result.append(column)
            if isinstance(column.kind, Ref):
                table = column.kind.target.__table__
            elif position < dotted.count("."):
                raise Unreadable(f"{dotted!r}: {table.name}.{name} is no reference, so nothing can follow it")
        return tuple(result)


def shown_path(columns: tuple[Column, ...], separator: str = "_") -> str:
    """A path as agents see it."""
    return separator.join(column.shown for column in columns)


def snake_case(name: str) -> str:
    """``OrderLine`` as ``order_line``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def a_noun(noun: str) -> str:
    """A noun with its article: ``an owner``, ``a pet``."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


IRREGULAR = {
    "person": "people",
    "child": "children",
    "man": "men",
    "woman": "women",
    "leaf": "leaves",
    "shelf": "shelves",
}


def pluralise(name: str) -> str:
    """The English plural of a snake-case noun."""
    before, mark, noun = name.rpartition("_")
    if noun in IRREGULAR:
        return f"{before}{mark}{IRREGULAR[noun]}"
    if re.search(r"[^aeiou]y$", name):
        return name[:-1] + "ies"
    return name + ("es" if re.search(r"(s|x|z|ch|sh)$", name) else "s")
