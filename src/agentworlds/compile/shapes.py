"""What a tool returns, as JSON-able data: one function for each kind of result, written out when first needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agentworlds.spec.columns import Kind, ListOf, Record, Ref
from agentworlds.straight import write_out
from agentworlds.types import ValueType

Shape = Callable[[Any, Callable[..., Any]], Any]
"""A value, and how rows of a table are shown, to JSON-able data."""


class Shapes(dict[Kind, Shape]):
    """The shape of each kind."""

    def __missing__(self, kind: Kind) -> Shape:
        names: dict[str, Any] = {}
        shape: Shape = write_out("shape(value, row)", [f"return {self._source(kind, 'value', names)}"], names)
        self[kind] = shape
        return shape

    def _source(self, kind: Kind, value: str, names: dict[str, Any]) -> str:
        """An expression for a value of a kind; what it refers to is added to `names`."""
        number = len(names)
        match kind:
            case Ref(target=target):
                names[f"target{number}"] = target
                return f"row(target{number}, {value})"
            case ListOf(item=item):
                return f"[{self._source(item, 'one', names)} for one in {value}]"
            case Record(fields=fields):
                pairs = []
                for name, inner in fields:
                    pairs.append(f"{name!r}: {self._source(inner, f'{value}.{name}', names)}")
                return f"{{{', '.join(pairs)}}}"
            case _:
                checked = type(kind).dump is ValueType.dump  # which only parses
                names[f"dump{number}"] = kind.parse if checked else kind.dump
                if not kind.convert:
                    return f"dump{number}({value})"
                names[f"show{number}"] = kind.show
                return f"show{number}(dump{number}({value}))"
