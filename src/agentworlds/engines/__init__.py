"""Engines: the open-source libraries behind the suites.

A suite (`agentworlds.suites`) says what agents can do, and keeps all state in the world's tables. What a library does
for it stands behind a small protocol, one file for each suite here: plain values in, plain values out, the same ones
always. So another library, or a class of your own, can take its place: ``world.include("search", engine="bm25s")``, or
``load("bookshop", engines={"search": MyEngine})`` for a world that somebody else wrote.

Nothing here is imported, nor its library, before a world includes the suite.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any, TypeVar, cast

from agentworlds.errors import nearest

E = TypeVar("E")

ENGINES: dict[str, dict[str, str]] = {
    "email": {"mime": "agentworlds.engines.email:Mime"},
    "files": {"fsspec": "agentworlds.engines.files:Fsspec"},
    "search": {"fts5": "agentworlds.engines.search:Fts5", "bm25s": "agentworlds.engines.search:Bm25s"},
    "calendar": {"icalendar": "agentworlds.engines.calendar:Ical"},
    "contacts": {"vobject": "agentworlds.engines.contacts:Vcard"},
    "notes": {"markdown_it": "agentworlds.engines.notes:MarkdownIt"},
    "sheets": {"ironcalc": "agentworlds.engines.sheets:IronCalc"},
    "calculator": {"pint": "agentworlds.engines.calculator:Pint"},
    "maps": {"networkx": "agentworlds.engines.maps:Networkx"},
    "todo": {"dateutil": "agentworlds.engines.todo:Dateutil"},
    "analyst": {"sqlglot": "agentworlds.engines.analyst:Sqlglot"},
}
"""Suite → engine → ``module:Class``. The first of a suite is its own choice."""


class EngineError(ValueError):
    """A library cannot do what was asked, or an engine cannot be used; the message says why."""


class Engine:
    """What engines say about themselves. An engine of your own needs none of it.

    Attributes:
        wraps: The library, as people call it.
        licence: The library's licence, where its package does not say it rightly.
        requires: The packages it imports; checked when a world includes the suite.
        formats: The standards that its output follows, such as ``"RFC 5545"``.
    """

    wraps: str = ""
    licence: str = ""
    requires: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()


def find_engine(suite: str, chosen: str | type) -> type:
    """The class of an engine given by name, as ``module:Class``, or as itself. Raises EngineError."""
    if isinstance(chosen, type):
        return chosen
    if not isinstance(chosen, str):
        raise EngineError(f"engine: expected a name, 'module:Class' or a class, got {chosen!r}")
    known = ENGINES.get(suite, {})
    place = known.get(chosen, chosen if ":" in chosen else "")
    if not place:
        raise EngineError(f"{suite} has no engine {chosen!r}{nearest(chosen, known)}; known are {', '.join(known)}")
    module, _, name = place.partition(":")
    try:
        return cast(type, getattr(importlib.import_module(module), name))
    except (ImportError, AttributeError) as problem:
        raise EngineError(f"engine {chosen!r} cannot be imported: {problem}") from None


def make_engine(suite: str, protocol: type[E], chosen: Any) -> E:
    """An engine that can do what a protocol asks. Raises EngineError with what is missing."""
    if chosen is None:
        return cast(E, _Missing())
    cls = find_engine(suite, chosen)
    for package in getattr(cls, "requires", ()):
        if importlib.util.find_spec(package) is None:
            raise EngineError(f"the suite {suite} needs {package}: pip install 'agentworlds[suites]'")
    missing = [name for name in vars(protocol) if not name.startswith("_") and not callable(getattr(cls, name, None))]
    if missing:
        raise EngineError(f"{cls.__name__} is no engine for {suite}: it has no {', '.join(missing)}")
    return cast(E, cls())


class _Missing:
    """Stands in while the other problems of a script are collected."""
