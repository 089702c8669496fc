"""`World`: what one script declares."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from agentworlds.errors import Problem, ScriptError, nearest, short
from agentworlds.spec.columns import Unreadable
from agentworlds.spec.declare import Included, Script
from agentworlds.spec.intents import Intent
from agentworlds.spec.resolve import Role, Rule, resolve_columns, resolve_table
from agentworlds.spec.rows import Row
from agentworlds.spec.source import Frame, Source, executing
from agentworlds.spec.tables import Table
from agentworlds.spec.tools import Tool, fitting

if TYPE_CHECKING:
    from agentworlds.spec.module import Module


class World(Script):
    """A world, declared by one script.

    Args:
        id: The world's id, snake_case; the file's name.
        title: What people call it.
        now: The world's time when an episode starts.
        tick: Seconds that each call takes.
        currency: ISO 4217 code of its money.
        locale: The locale whose names and addresses its data have.
    """

    def __init__(
        self, id: str, *, title: str, now: str = "2026-03-02 08:00", tick: int = 20, currency: str = "GBP",
        locale: str = "en-gb",
    ) -> None:  # fmt: skip
        self.id, self.title, self.tick, self.currency, self.locale = id, title, tick, currency, locale
        self.world = self
        self.tables: list[Table] = []
        self.tools: dict[str, Tool] = {}
        self.roles: dict[str, Role] = {}
        self.rules: list[Rule] = []
        self.intents: dict[str, Intent] = {}
        self.seeders: list[tuple[bool, Callable[[Any], None]]] = []
        self.sources: list[Source] = []
        self.problems: list[Problem] = []
        self.pending: list[tuple[Frame, int, Callable[[], None]]] = []
        self.modules: dict[str, Module] = {}
        self.included: list[Frame] = []
        self.other_names: dict[str, dict[str, str | None]] = {}
        """By module's file: tools that it calls otherwise than the world does; None for those that are left out."""
        self.declared: list[tuple[Table, Frame]] = []
        self.about = ""
        frame = executing.get()
        self.now = datetime(2026, 3, 2, 8)
        if frame is not None:
            line = sys._getframe(1).f_lineno
            if frame.namespace.get("__world__") is not None:
                self.complain(frame, line, "a script declares one World")
            frame.namespace["__world__"] = self
            self.sources.append(frame.source)
            if not re.fullmatch(r"[a-z][a-z0-9_]*", id):
                self.complain(frame, line, f"the id {id!r} is not snake_case, such as 'vet_clinic'")
            try:
                self.now = datetime.fromisoformat(now)
            except ValueError:
                self.complain(frame, line, f"now: expected a date and time such as '2026-03-02 08:00', got {now!r}")
            if tick < 0 or tick > 86_400:
                self.complain(frame, line, f"tick: expected seconds from 0 to 86400, got {tick}")

    def role(self, name: str, cls: type[Row] | None = None, /, *, about: str) -> None:
        """Declare who may act.

        Args:
            name: The role's name, such as ``"clerk"``.
            cls: The table of the people in that role, if each has a row; they then see only what is theirs.
            about: A sentence for the agent: "You are the receptionist of …".
        """
        self.roles[name] = Role(name, cls, about)

    def complain(self, frame: Frame, line: int, message: str) -> None:
        """Record a problem."""
        self.problems.append(Problem(short(frame.source.path), line, message))

    # Resolving ------------------------------------------------------------------------------------------

    def declare_table(self, table: Table, frame: Frame) -> None:
        """Take a table in; its columns are resolved by `finish`."""
        same = next((t for t, _ in self.declared if t.name == table.name), None)
        if same:
            self.complain(
                frame, table.line, f"there is already a table {table.name!r} ({short(same.file)}:{same.line})"
            )
        self.declared.append((table, frame))

    def finish(self) -> None:
        """Resolve every declaration. Raises ScriptError with all problems."""
        for table, frame in list(self.declared):
            resolve_columns(self, table, frame)
        self._raise()
        for table, frame in self.declared:
            self._attempt(frame, table.line, partial(resolve_table, self, table))
        self._raise()
        for frame, line, finish in self.pending:
            self._attempt(frame, line, finish)
        self._speak_of_tools()
        self.intents = dict(sorted(self.intents.items(), key=lambda one: bool(one[1].source)))  # the world's own first
        frame = self.declared[0][1] if self.declared else Frame(self.sources[0], {})
        if not self.declared:
            self.complain(frame, 1, "a world needs at least one table")
        for role in self.roles.values():
            if role.cls is not None and not hasattr(role.cls, "__table__"):
                self.complain(frame, 1, f"role {role.name!r}: {role.cls.__name__} is not a table of this world")
        if not self.seeders:
            self.complain(frame, 1, "a world needs a function under @world.data that fills it")
        self._raise()

    def _speak_of_tools(self) -> None:
        """Let what modules say of tools fit the tools that this world has, under its names."""
        for frame in self.included:
            names: dict[str, str | None] = {own: name for own, name in frame.tools.items() if own != name}
            names |= dict.fromkeys(frame.without)
            before = self.other_names.setdefault(frame.source.path, names)
            if before != names:  # included twice, so a text of its own cannot tell which is meant
                before.clear()
            for name in frame.tools.values() if names else ():
                tool = self.tools[name]
                tool.description = fitting(tool.description, names)
                tool.params = tuple(
                    replace(param, description=fitting(param.description, names)) for param in tool.params
                )
                tool.by_name = {param.name: param for param in tool.params}

    def _raise(self) -> None:
        if self.problems:
            raise ScriptError(self.problems)

    def _attempt(self, frame: Frame, line: int, step: Callable[[], None]) -> None:
        try:
            step()
        except Unreadable as problem:
            self.complain(frame, line, str(problem))

    def run_include(
        self, frame: Frame, line: int, module: ModuleType | str | Path, rename: dict[str, str],
        without: tuple[str, ...], intents: bool, bindings: dict[str, Any],
    ) -> Included:  # fmt: skip
        """Execute a module's source with its placeholders bound to this world's tables."""
        from agentworlds.spec.loader import execute, module_path

        name = f"{Path(str(module)).stem}.py"
        if name in frame.texts:
            source = Source.read(str(Path(frame.source.path).parent / name), frame.texts[name])
        else:
            try:
                source = Source.read(module_path(module, Path(frame.source.path).parent))
            except FileNotFoundError as problem:
                self.complain(frame, line, str(problem))
                return Included({}, str(module))
        if all(known.path != source.path for known in self.sources):
            self.sources.append(source)
        inner = Frame(source, {}, host=self, bindings=bindings, rename=rename, label=Path(source.path).stem,
                      included_at=(frame, line), texts=frame.texts, without=without, intents=intents,
                      engines=frame.engines, words={own: [word] for own, word in rename.items()})  # fmt: skip
        self.included.append(inner)
        namespace = execute(inner)
        for name in bindings:
            if name not in inner.used:
                self.complain(
                    frame, line, f"include: {inner.label} has nothing called {name!r}{nearest(name, inner.used)}"
                )
        names = self._renamable(inner)
        for name in rename:
            if name not in names:
                self.complain(
                    frame, line, f"include: {inner.label} has nothing called {name!r} to rename{nearest(name, names)}"
                )
        for name in without:
            if name not in names:
                self.complain(
                    frame, line, f"include: {inner.label} has no tool {name!r} to leave out{nearest(name, names)}"
                )
        return Included(namespace, inner.label)

    def _renamable(self, inner: Frame) -> set[str]:
        """The names of an included module that the host may change: tables, columns, tools, parameters."""
        names = {name for name, value in inner.namespace.items() if callable(value)}
        for table, frame in self.declared:
            if frame is inner:
                names |= {table.cls.__name__, *inspect.get_annotations(table.cls)}
                names |= {f"{verb}_{name}" for verb in ("get", "search") for name in (table.name, table.plural)}
        for value in inner.namespace.values():
            if inspect.isfunction(value):
                names |= set(value.__code__.co_varnames[: value.__code__.co_argcount])
        return names
