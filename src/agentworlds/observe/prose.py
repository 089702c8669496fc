"""Results as a few words: the natural-language half of an observation, made from the same data as the JSON."""

from __future__ import annotations

from typing import Any

from agentworlds.compile.views import View
from agentworlds.errors import Fault, Refusal, short
from agentworlds.spec.columns import Kind, ListOf, Record, Ref
from agentworlds.spec.rows import Row
from agentworlds.spec.tools import Tool
from agentworlds.types import Boolean, Cash, TextType, ValueType

BUDGET = 4_000
"""Most characters of a text observation."""
UNITS = ("kg", "g", "km", "cm", "mm", "ml", "minutes", "hours", "days", "years", "gb", "points", "percent")
CUT = " … (cut; the JSON has all of it)"


class Prose:
    """Writes results of one world's tools."""

    def __init__(self, views: dict[type[Row], View], currency: str) -> None:
        self.views = views
        self.currency = currency

    def result(self, tool: Tool, data: dict[str, Any]) -> str:
        """A tool's result in words, within the budget. Where nothing was found, the tool's own sentence says it all."""
        lead = ""
        if tool.says is not None:
            try:
                lead = tool.says(data)
            except (ArithmeticError, AttributeError, LookupError, NameError, TypeError, ValueError) as error:
                what = f"{type(error).__name__}: {error}"
                raise Fault(f"{short(tool.file)}: what sums {tool.name} up failed: {what}") from error
        if lead and data.get("results") == []:
            return lead
        return _clip(f"{lead}\n{self._whole(tool, data)}") if lead else self._whole(tool, data)

    def _whole(self, tool: Tool, data: dict[str, Any]) -> str:
        if tool.search is not None:
            return self._rows(
                self.views[tool.search.cls],
                data["results"],
                f"raise {self.words('offset')} for more" if data["more"] else "",
            )
        return self._kind(tool.returns, data)

    def words(self, name: str) -> str:
        """A key or an argument's name as words."""
        return name.replace("_", " ")

    def _kind(self, kind: Kind | None, data: dict[str, Any]) -> str:
        match kind:
            case None:
                return "Done."
            case Ref(target=target):
                return self.row(self.views[target], data)
            case ListOf(item=item):
                return self._list(item, data)
            case Record(fields=fields):
                return _clip("\n".join(self._field(name, inner, data[name]) for name, inner in fields))
            case ValueType() as plain:
                return self._value(plain, data["value"])

    def _list(self, item: ValueType | Ref | Record, data: dict[str, Any]) -> str:
        if isinstance(item, Ref):
            return self._rows(self.views[item.target], data["results"], "the first ones only" if data["more"] else "")
        if isinstance(item, Record):
            return _clip("\n".join(self._record(item, one) for one in data["results"]) or "Nothing.")
        return _clip(", ".join(self._value(item, value) for value in data["results"]) or "Nothing.")

    def _record(self, kind: Record, data: dict[str, Any]) -> str:
        return "- " + "; ".join(self._field(name, inner, data[name]) for name, inner in kind.fields)

    def _field(self, name: str, kind: Kind, value: Any) -> str:
        words = self.words(name)
        if isinstance(kind, Ref):
            return f"{words}: {self.row(self.views[kind.target], value)}"
        if isinstance(kind, ListOf):
            item = kind.item
            if isinstance(item, Ref):
                return self._rows(self.views[item.target], value, "", words) if value else f"{words}: none"
            if isinstance(item, Record):
                return (
                    "\n".join([f"{words}:", *(self._record(item, one) for one in value)]) if value else f"{words}: none"
                )
            return f"{words}: {', '.join(self._value(item, one) for one in value) or 'none'}"
        return f"{words}: {self._value(kind, value)}" if isinstance(kind, ValueType) else words

    def row(self, view: View, data: dict[str, Any]) -> str:
        """One row: what it is, its name, and what is known about it."""
        table = view.table
        head = f"{table.name.replace('_', ' ')} {data['id']}"
        label = table.by_name[table.label].shown if table.label else None
        name = data.get(label) if label else None
        if name:
            head += f" {name!r}" if len(str(name)) > 40 else f" {name}"
        parts = []
        for field in view.fields[1:]:
            value = data[field.key]
            if field.column is None or value in (None, "") or field.key == label:
                continue
            words = self.words(field.key)
            if isinstance(field.column.kind, Ref):
                if field.column.name not in view.named:
                    parts.append(f"{words.removesuffix(' id')} {value}")
            elif isinstance(field.column.kind, Boolean):
                parts.append(words if value else f"not {words}")
            else:
                said = self._value(field.column.kind, value)
                if field.names is not None:
                    parts.append(f"{self.words(field.names.shown)} {said} ({data[field.names.stored_name]})")
                else:
                    counted = not isinstance(field.column.kind, TextType)
                    parts.append(_with_unit(words, said) if counted else f"{words} {said}")
        return _clip(f"{head}: {', '.join(parts)}" if parts else head)

    def _rows(self, view: View, results: list[dict[str, Any]], more: str, heading: str = "") -> str:
        table = view.table
        if not results:
            return f"No {table.plural.replace('_', ' ')} found."
        noun = (table.name if len(results) == 1 else table.plural).replace("_", " ")
        text = f"{heading}: " if heading and heading != noun else ""
        text += f"{len(results)} {noun}{f' ({more})' if more else ''}:"
        for position, data in enumerate(results):
            line = f"\n- {self.row(view, data)}"
            left = len(results) - position
            if len(text) + len(line) > BUDGET and left > 1:
                return text + f"\n- and {left} more in the JSON."
            text += line
        return text

    def _value(self, kind: ValueType, value: Any) -> str:
        if value is None:
            return "none"
        if isinstance(kind, Cash):
            return kind.say(round(value * 100), self.currency)
        if kind.convert:
            return kind.say(kind.parse(value), self.currency)
        return kind.say(value, self.currency)


def _with_unit(words: str, said: str) -> str:
    """``weight 4 kg`` rather than ``weight kg 4``."""
    name, _, unit = words.rpartition(" ")
    if unit in UNITS:
        return f"{name} {said} {unit}".strip()
    return f"{words} {said}"


def say_refusal(refusal: Refusal) -> str:
    """A refusal in words."""
    stop = "" if refusal.message[-1:] in ".!?" else "."
    hint = f" Try: {refusal.hint}" if refusal.hint else ""
    return f"Refused ({refusal.code.replace('_', ' ')}): {refusal.message}{stop}{hint}"


def _clip(text: str) -> str:
    return text if len(text) <= BUDGET else f"{text[: BUDGET - len(CUT)]}{CUT}"
