"""Other names for arguments and keys, one to one, and the things that are written in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from agentworlds.compile.views import View
from agentworlds.errors import Refusal
from agentworlds.observe.prose import Prose
from agentworlds.rng import Stream
from agentworlds.spec.columns import Kind, ListOf, Record
from agentworlds.spec.rows import Row
from agentworlds.spec.tools import Tool
from agentworlds.worlds.perturb.kinds import Renaming

SYNONYMS = {
    "amount": ("sum",), "category": ("group", "section"), "code": ("symbol",), "colour": ("shade",), "day": ("date",),
    "due": ("deadline",), "email": ("mail",), "expires": ("ends",), "from": ("since",), "id": ("ref", "key"),
    "kind": ("type",), "label": ("caption",), "limit": ("cap", "max"), "max": ("most", "highest"),
    "memo": ("remark", "note"), "min": ("least", "lowest"), "minutes": ("duration",), "more": ("further",),
    "name": ("label", "title"), "number": ("no", "code"), "offset": ("skip", "start"), "phone": ("telephone",),
    "posted": ("booked",), "price": ("cost",), "quantity": ("qty", "pieces"), "results": ("items", "records"),
    "sort": ("order",), "starts": ("begins",), "status": ("state",), "title": ("heading",), "to": ("until",),
    "value": ("result",),
}  # fmt: skip
"""Words of names, and words that may stand for them."""
ENVELOPE = ("results", "more", "value", "done")

Views = dict[type[Row], View]


def names_of(tools: Iterable[Tool], views: Views) -> set[str]:
    """Every argument of some tools, and every key of their results."""
    names = {*ENVELOPE, *(field.key for view in views.values() for field in view.fields)}
    for tool in tools:
        names |= {param.name for param in tool.params} | set(_keys(tool.returns))
    return names


def _keys(kind: Kind | None) -> Iterator[str]:
    if isinstance(kind, ListOf):
        yield from _keys(kind.item)
    elif isinstance(kind, Record):
        for name, inner in kind.fields:
            yield name
            yield from _keys(inner)


def renaming(names: set[str], declared: Renaming, stream: Stream) -> dict[str, str]:
    """Another name for each, one to one. A name keeps its words, or stays, where it would take another's."""
    chosen = {word: stream.choice(others) for word, others in SYNONYMS.items() if stream.chance(declared.synonyms)}
    renamed: dict[str, str] = {}
    taken = set(names)
    for name in sorted(names):
        words = name.split("_")
        for candidate in (styled([chosen.get(word, word) for word in words], declared.style),
                          styled(words, declared.style)):  # fmt: skip
            if candidate == name or candidate not in taken:
                break
        else:
            candidate = name
        renamed[name] = candidate
        taken.add(candidate)
    return renamed


def styled(words: list[str], style: str) -> str:
    """Words as one name."""
    if style == "snake":
        return "_".join(words)
    first = words[0].capitalize() if style == "pascal" else words[0]
    return "".join([first, *(word.capitalize() for word in words[1:])])


def rename(value: Any, names: dict[str, str], *, deep: bool = True) -> Any:
    """A value with the keys of its objects renamed, or those of the outermost one alone."""
    if isinstance(value, dict):
        return {names.get(key, key): rename(one, names) if deep else one for key, one in value.items()}
    return [rename(one, names) for one in value] if isinstance(value, list) else value


def rename_schema(schema: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A JSON Schema of renamed data."""
    renamed = dict(schema)
    if "properties" in schema:
        inner = schema["properties"].items()
        renamed["properties"] = {names.get(name, name): rename_schema(one, names) for name, one in inner}
        renamed["required"] = [names.get(name, name) for name in schema["required"]]
    if "items" in schema:
        renamed["items"] = rename_schema(schema["items"], names)
    return renamed


def respell(refusal: Refusal, tool: Tool, names: dict[str, str]) -> Refusal:
    """A refusal under other names: its field, and names of several words in what it says."""
    if not names:
        return refusal

    field, message = refusal.field, refusal.message
    if field in tool.by_name and field is not None:
        if message.startswith(f"{field}:"):
            message = f"{names[field]}{message.removeprefix(field)}"
        field = names[field]
    hint = refusal.hint and spelled(refusal.hint, names)
    return replace(refusal, field=field, message=spelled(message, names), hint=hint)


def spelled(text: str, names: dict[str, str]) -> str:
    """A text with the names in it that cannot be taken for words, ``owner_id`` say, as agents know them."""

    def spell(found: re.Match[str]) -> str:
        shown = names.get(found[0], found[0])
        return shown if "_" in found[0] + shown else found[0]

    return re.sub(r"\w+", spell, text)


class RenamedProse(Prose):
    """Results in words, with the names that agents see."""

    def __init__(self, views: dict[type[Row], View], currency: str, names: dict[str, str]) -> None:
        super().__init__(views, currency)
        self.names = names

    def words(self, name: str) -> str:
        """A name as words: ``ownerId`` is *owner id*."""
        shown = self.names.get(name, name)
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", shown).replace("_", " ").lower()
