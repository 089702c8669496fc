"""`Module`: a reusable part of worlds, with placeholders for the tables of the world that includes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar, cast

from agentworlds.engines import EngineError, make_engine
from agentworlds.errors import nearest
from agentworlds.spec.columns import read_annotation
from agentworlds.spec.declare import Script
from agentworlds.spec.resolve import own_annotations
from agentworlds.spec.rows import Row
from agentworlds.spec.source import Frame, executing

C = TypeVar("C", bound=type[Row])
E = TypeVar("E")


@dataclass(frozen=True)
class Bound:
    """A table to bind a module's placeholder to, with other names for its columns."""

    cls: type[Row]
    columns: dict[str, str]


def bound(cls: type[Row], **columns: str) -> Bound:
    """Bind a placeholder to a table whose columns have other names: ``bound(Owner, balance="credit")``."""
    return Bound(cls, columns)


class Module(Script):
    """A reusable part of worlds: a module of business practice, or a suite of everyday tools.

    Its script declares tables, tools and intents as a world's does, and placeholders for the tables of
    the world that includes it. Every inclusion executes the script anew, so that two inclusions share nothing.
    """

    def __init__(self, id: str, *, title: str, wraps: str = "") -> None:
        self.id, self.title, self.wraps = id, title, wraps
        frame = executing.get()
        self.frame = frame
        if frame is not None and frame.host is not None:
            self.world = frame.host
            self.world.modules[id] = self

    def _frame(self) -> Frame | None:
        return self.frame if self.frame is not None and self.frame.host is not None else None

    def placeholder(self, cls: C) -> C:
        """Declare a table that the including world provides; its columns are those the module needs."""
        frame = self.frame
        if frame is None or frame.host is None:
            return cls
        name = cls.__name__
        frame.used.add(name)
        given = frame.bindings.get(name)
        host, (at, line) = frame.host, frame.included_at or (frame, 1)
        columns: dict[str, str] = given.columns if isinstance(given, Bound) else {}
        for column, actual in columns.items():
            frame.words.setdefault(column, []).append(actual)
        target = given.cls if isinstance(given, Bound) else given
        if not (isinstance(target, type) and issubclass(target, Row)):
            host.complain(at, line, f"including {frame.label} needs a table for {name}: include(..., {name}=…)")
            return cls
        home = next((f for table, f in host.declared if table.cls is target), None)
        if home is None:
            host.complain(at, line, f"{name}: {target.__name__} is no table yet; include after @world.table")
            return cast(C, target)
        wanted, have = own_annotations(cls, frame.namespace), own_annotations(target, home.namespace)
        for column, annotation in wanted.items():
            actual = columns.get(column, column)
            if actual not in have:
                host.complain(
                    at, line, f"{name}: {target.__name__} has no column {actual!r}{nearest(actual, have)}; "
                    f"bound({target.__name__}, {column}=…) can give its name",
                )  # fmt: skip
                continue
            mine = read_annotation(annotation)[0]
            theirs = read_annotation(have[actual])[0]
            if type(mine) is not type(theirs):
                host.complain(
                    at, line, f"{name}.{column} is {type(mine).__name__.lower()}, "
                    f"but {target.__name__}.{actual} is {type(theirs).__name__.lower()}",
                )  # fmt: skip
            if actual != column and not _alias_to(target, column, actual, have):
                host.complain(at, line, f"{name}: {target.__name__} already calls another column {column!r}")
        return cast(C, target)

    def setting(self, name: str, default: Any) -> Any:
        """A value that the including world may give, such as ``prefix="INV"``."""
        frame = self.frame
        if frame is None or frame.host is None:
            return default
        frame.used.add(name)
        return frame.bindings.get(name, default)

    def engine(self, protocol: type[E], default: str) -> E:
        """The library behind a suite: the including world's ``engine=…``, or the suite's own choice.

        Args:
            protocol: What an engine can do.
            default: The suite's own choice, by name.
        """
        frame = self.frame
        chosen: Any = default
        if frame is not None and frame.host is not None:
            frame.used.add("engine")
            chosen = frame.engines.get(self.id, frame.bindings.get("engine", default))
        try:
            return make_engine(self.id, protocol, chosen)
        except EngineError as problem:
            if frame is not None and frame.host is not None:
                at, line = frame.included_at or (frame, 1)
                frame.host.complain(at, line, str(problem))
                return make_engine(self.id, protocol, None)
            raise


class _Alias(property):
    """A column under the name that a module knows it by."""

    def __init__(self, name: str) -> None:
        super().__init__(lambda row: getattr(row, name), lambda row, value: setattr(row, name, value))
        self.name = name


def _alias_to(target: type[Row], column: str, actual: str, have: dict[str, Any]) -> bool:
    """Give a column another name, unless that name already means another one."""
    if column in have or target.__table__.aliases.setdefault(column, actual) != actual:
        return False
    setattr(target, column, _Alias(actual))
    return True
