"""The language: `World` and `Module`, whose decorators a script declares its content with.

Declarations are only collected while the script runs; `finish` then resolves them all and reports every
problem with its file and line, so that one bad line does not hide the next.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, cast, overload

from agentworlds.errors import Problem, ScriptError, nearest, short
from agentworlds.spec.columns import MISSING, Column, Field, ListOf, Record, Ref, Unreadable, read_annotation
from agentworlds.spec.intents import LEAST_WORDINGS, Intent, IntentKind, Task, placeholders, too_alike
from agentworlds.spec.rewards import Reward
from agentworlds.spec.rows import Attribute, ListAttribute, RefusalCode, ReferenceAttribute, Row
from agentworlds.spec.tables import Table, pluralise, snake_case
from agentworlds.spec.tools import RESERVED, Tool, function_params, search_tools, summary_line, type_hints
from agentworlds.types import Mismatch, TextType

C = TypeVar("C", bound=type[Row])
F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Role:
    """Who acts: a kind of person, bound to a table where the acting person has a row."""

    name: str
    cls: type[Row] | None
    about: str


@dataclass
class Rule:
    """A business rule: what must hold for a row of `cls` after every call that touched it."""

    name: str
    cls: type[Row]
    holds: Callable[[Any], bool]
    code: RefusalCode
    message: str
    hint: str | None
    watch: tuple[tuple[type[Row], str], ...]
    file: str
    line: int


@dataclass
class Source:
    """One file of a script, with the places of its declarations."""

    path: str
    text: str
    columns: dict[tuple[str, str], int] = field(default_factory=dict)
    classes: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, path: str | Path, text: str | None = None) -> Source:
        """Parse a file. Raises ScriptError for a syntax error."""
        text = Path(path).read_text(encoding="utf-8") if text is None else text
        source = cls(str(path), text)
        try:
            tree = ast.parse(text, filename=str(path))
        except SyntaxError as error:
            raise ScriptError([Problem(short(path), error.lineno or 1, f"not Python: {error.msg}")]) from None
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                source.classes[node.name] = node.lineno
                for item in node.body:
                    if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                        source.columns[node.name, item.target.id] = item.lineno
        return source


@dataclass
class Frame:
    """The script that is being executed now, for the declarations in it to find."""

    source: Source
    namespace: dict[str, Any]
    host: World | None = None
    bindings: dict[str, Any] = field(default_factory=dict)
    rename: dict[str, str] = field(default_factory=dict)
    label: str = ""
    used: set[str] = field(default_factory=set)
    included_at: tuple[Frame, int] | None = None
    """For a module: the script that includes it, and the line."""
    texts: dict[str, str] = field(default_factory=dict)
    """Sources by file name, for scripts that are not on disk: a bundle's."""


executing: ContextVar[Frame | None] = ContextVar("executing", default=None)


class Included:
    """The names of an included module, for the host's own tools to use: ``bills.Entry``, ``bills.post(...)``."""

    def __init__(self, namespace: dict[str, Any], name: str) -> None:
        self._namespace, self._name = namespace, name

    def __getattr__(self, name: str) -> Any:
        try:
            return self._namespace[name]
        except KeyError:
            public = [key for key in self._namespace if not key.startswith("_")]
            raise AttributeError(f"{self._name} has no {name!r}{nearest(name, public)}") from None


@dataclass(frozen=True)
class Bound:
    """A table to bind a module's placeholder to, with other names for its columns."""

    cls: type[Row]
    columns: dict[str, str]


def bound(cls: type[Row], **columns: str) -> Bound:
    """Bind a placeholder to a table whose columns have other names: ``bound(Owner, balance="credit")``."""
    return Bound(cls, columns)


class Script:
    """What worlds and modules share: the declarations."""

    world: World

    def _frame(self) -> Frame | None:
        """The script being executed, if this declares into it; None when it is merely imported."""
        return executing.get()

    # Declaring ------------------------------------------------------------------------------------------

    @overload
    def table(self, cls: C, /) -> C: ...
    @overload
    def table(
        self, /, *, plural: str | None = None, label: str | None = None, show: Iterable[str] = (), owner: str | None = None,
        unique: Iterable[tuple[str, ...]] = (), transient: bool = False,
    ) -> Callable[[C], C]: ...  # fmt: skip

    def table(
        self,
        cls: Any = None,
        /,
        *,
        plural: str | None = None,
        label: str | None = None,
        show: Iterable[str] = (),
        owner: str | None = None,
        unique: Iterable[tuple[str, ...]] = (),
        transient: bool = False,
    ) -> Any:
        """Declare a table: a class of typed columns.

        Args:
            cls: The class, when used without brackets.
            plural: The plural of its name, where the regular one is wrong.
            label: The column that names a row to people; the first text column by default.
            show: Columns of related rows shown with each row, such as ``"slot.starts"``.
            owner: The path to the person whom a row belongs to, such as ``"pet.owner"``: roles bound to
                that person's table see and use only their own.
            unique: Sets of columns whose values together are unique.
            transient: Rows are no outcome (the page one is on), so goals ignore them.
        """

        def declare(cls: C) -> C:
            frame = self._frame()
            if frame is None:
                return cls
            name = snake_case(cls.__name__)
            name = frame.rename.get(cls.__name__, name)
            name = snake_case(name)
            line = frame.source.classes.get(cls.__name__, 1)
            table = Table(cls, name, plural or pluralise(name), frame.source.path, line, label, tuple(show),
                          owner, tuple(map(tuple, unique)), transient)  # fmt: skip
            if not issubclass(cls, Row):
                self.world.complain(frame, line, f"table {cls.__name__} must be written class {cls.__name__}(Row)")
                return cls
            cls.__table__ = table
            self.world.declare_table(table, frame)
            return cls

        return declare if cls is None else declare(cls)

    @overload
    def tool(self, fn: F, /) -> F: ...
    @overload
    def tool(
        self, /, *, roles: str | Iterable[str] = (), idempotent: bool = False, destructive: bool = False
    ) -> Callable[[F], F]: ...

    def tool(
        self, fn: Any = None, /, *, roles: str | Iterable[str] = (), idempotent: bool = False, destructive: bool = False
    ) -> Any:
        """Declare a write tool: a typed function whose docstring becomes its description.

        Args:
            fn: The function, when used without brackets.
            roles: Who may use it; everyone by default.
            idempotent: Calling it twice with the same arguments leaves what calling it once leaves.
            destructive: It removes or overwrites something that cannot be brought back.
        """
        return self._declare_tool(fn, True, roles, idempotent, destructive)

    @overload
    def query(self, fn: F, /) -> F: ...
    @overload
    def query(self, /, *, roles: str | Iterable[str] = ()) -> Callable[[F], F]: ...

    def query(self, fn: Any = None, /, *, roles: str | Iterable[str] = ()) -> Any:
        """Declare a read tool: like `tool`, but it may change nothing."""
        return self._declare_tool(fn, False, roles, True, False)

    def _declare_tool(self, fn: Any, writes: bool, roles: Any, idempotent: bool, destructive: bool) -> Any:
        def declare(fn: F) -> F:
            frame = self._frame()
            if frame is not None:
                name = frame.rename.get(fn.__name__, fn.__name__)
                line = fn.__code__.co_firstlineno
                self.world.pending.append((frame, line, lambda: self.world.finish_tool(
                    frame, name, fn, writes, as_names(roles), idempotent, destructive)))  # fmt: skip
            return fn

        return declare if fn is None else declare(fn)

    def reads(
        self, cls: type[Row], /, by: Iterable[str] = (), sort: Iterable[str] = (), *,
        roles: str | Iterable[str] = (), about: str = "",
    ) -> None:  # fmt: skip
        """Declare ``search_<plural>`` and ``get_<name>`` for a table.

        Args:
            cls: The table.
            by: Columns to filter by; text by containing, numbers and dates by range, the rest by equality.
                ``"owner.name"`` follows a reference.
            sort: Columns that results can be sorted by.
            roles: Who may use them; everyone by default.
            about: The search's description, where the standard one does not say enough.
        """
        frame = self._frame()
        if frame is not None:
            line = sys._getframe(1).f_lineno
            self.world.pending.append((frame, line, lambda: self.world.finish_reads(
                frame, line, cls, tuple(by), tuple(sort), as_names(roles), about)))  # fmt: skip

    def rule(
        self, cls: type[Row], code: RefusalCode, message: str, hint: str | None = None, *, watch: Iterable[str] = ()
    ) -> Callable[[F], F]:
        """Declare what must hold for every row of a table, always.

        The function gets a row and says whether it holds. It runs after every call over the rows that the
        call touched, and over all rows when the world is compiled; if it does not hold, the whole call is refused.

        Args:
            cls: The table.
            code: The refusal's code.
            message: The refusal's message; ``{row.name}`` may quote the row.
            hint: What to do instead.
            watch: References to this table, as ``"Entry.account"``, whose rows' changes also call for a check.
        """

        def declare(fn: F) -> F:
            frame = self._frame()
            if frame is not None:
                line = fn.__code__.co_firstlineno
                self.world.pending.append((frame, line, lambda: self.world.finish_rule(
                    frame, line, cls, fn, code, message, hint, tuple(watch))))  # fmt: skip
            return fn

        return declare

    def data(self, fn: F) -> F:
        """Declare the function that fills the world: it gets a `Draw`."""
        frame = self._frame()
        if frame is not None:
            self.world.seeders.append((frame.host is not None, fn))
        return fn

    def intent(
        self, *wordings: str, kind: IntentKind = "write", role: str | None = None, reward: Reward | None = None
    ) -> Callable[[Callable[[Any], Task]], Callable[[Any], Task]]:
        """Declare a kind of task: its wordings and a function that draws one from the data.

        Args:
            *wordings: At least eight clearly different ways to ask, each stating the same ``{slots}``;
                every fourth is held out for testing.
            kind: What sort of task it is.
            role: Who acts; a role that was declared, or the operator.
            reward: What the trainer gets; one for success by default.
        """

        def declare(fn: Callable[[Any], Task]) -> Callable[[Any], Task]:
            frame = self._frame()
            if frame is not None:
                line = fn.__code__.co_firstlineno
                name = frame.rename.get(fn.__name__, fn.__name__)
                intent = Intent(name, kind, wordings, fn, frame.source.path, line, role, reward or Reward(),
                                source=frame.label)  # fmt: skip
                self.world.pending.append((frame, line, lambda: self.world.finish_intent(frame, intent)))
            return fn

        return declare

    def impossible(self, possible: Callable[[Any], Task], /) -> Callable[[Callable[[Any], Task]], Callable[[Any], Task]]:
        """Declare the impossible twin of an intent: the same wordings over data where it cannot be done."""

        def declare(fn: Callable[[Any], Task]) -> Callable[[Any], Task]:
            frame = self._frame()
            if frame is not None:
                line = fn.__code__.co_firstlineno
                self.world.pending.append((frame, line, lambda: self.world.finish_twin(
                    frame, line, fn, possible)))  # fmt: skip
            return fn

        return declare

    def include(
        self, module: ModuleType | str | Path, /, *, rename: dict[str, str] | None = None, **bindings: Any
    ) -> Any:
        """Include a module or suite: its tables, tools, rules, data and intents become the world's own.

        Args:
            module: The imported module, its id, or a file.
            rename: Other names for its tables (class names) and tools.
            **bindings: The tables that its placeholders stand for (``Account=Owner``, or
                ``Account=bound(Owner, balance="credit")``) and its settings (``prefix="INV"``).
        """
        frame = self._frame()
        if frame is None:
            return Included({}, str(module))
        return self.world.run_include(frame, sys._getframe(1).f_lineno, module, rename or {}, bindings)


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
            self.complain(frame, table.line, f"there is already a table {table.name!r} ({short(same.file)}:{same.line})")
        self.declared.append((table, frame))

    def finish(self) -> None:
        """Resolve every declaration. Raises ScriptError with all problems."""
        for table, frame in list(self.declared):
            self._finish_columns(table, frame)
        self._raise()
        for table, frame in self.declared:
            self._attempt(frame, table.line, partial(self._finish_table, table))
        self._raise()
        for frame, line, finish in self.pending:
            self._attempt(frame, line, finish)
        frame = self.declared[0][1] if self.declared else Frame(self.sources[0], {})
        if not self.declared:
            self.complain(frame, 1, "a world needs at least one table")
        for role in self.roles.values():
            if role.cls is not None and not hasattr(role.cls, "__table__"):
                self.complain(frame, 1, f"role {role.name!r}: {role.cls.__name__} is not a table of this world")
        if not self.seeders:
            self.complain(frame, 1, "a world needs a function under @world.data that fills it")
        self._raise()

    def _raise(self) -> None:
        if self.problems:
            raise ScriptError(self.problems)

    def _attempt(self, frame: Frame, line: int, step: Callable[[], None]) -> None:
        try:
            step()
        except Unreadable as problem:
            self.complain(frame, line, str(problem))

    def _finish_columns(self, table: Table, frame: Frame) -> None:
        cls = table.cls
        columns: list[Column] = []
        for name, annotation in cls.__dict__.get("__annotations__", {}).items():
            line = frame.source.columns.get((cls.__name__, name), table.line)
            declared = cls.__dict__.get(name, MISSING)
            try:
                if name in ("id", "rowid", "oid") or name.startswith("_") or "__" in name:
                    raise Unreadable(f"{cls.__name__}.{name}: this name is taken by the runtime")
                if isinstance(annotation, str):
                    annotation = own_annotations(cls, frame.namespace)[name]
                kind, optional = read_annotation(annotation)
                given = declared if isinstance(declared, Field) else Field(default=declared)
                if isinstance(kind, ListOf) and isinstance(kind.item, Ref):
                    self._link_table(table, frame, name, kind.item.target)
                    continue
                if isinstance(kind, ListOf | Record):
                    raise Unreadable("a column holds one value; a list of rows becomes a link table, others need their own")
                column = Column(name, kind, optional, self._with_clock(given), line, len(columns), frame.rename.get(name))
                if isinstance(kind, Ref) and not any(t.cls is kind.target for t, _ in self.declared):
                    raise Unreadable(f"{kind.target.__name__} is not a table of this world; is @world.table missing?")
                if given.default is not MISSING and given.default is not None and not callable(given.default):
                    column.dump(given.default if not isinstance(given.default, int) else _plain(column, given.default))
                columns.append(column)
            except (Unreadable, Mismatch) as problem:
                self.complain(frame, line, f"{cls.__name__}.{name}: {str(problem).removeprefix(f'{name}: ')}")
        table.columns = tuple(columns)
        for column in columns:
            kind_ = ReferenceAttribute if isinstance(column.kind, Ref) else Attribute
            setattr(cls, column.name, kind_(column))
        if not columns and not self.problems:
            self.complain(frame, table.line, f"table {cls.__name__} has no columns")

    @staticmethod
    def _with_clock(given: Field) -> Field:
        from agentworlds.spec.rows import now, today

        if given.default in (now, today):
            return Field(given.default, given.unique, given.hidden, given.free, given.wording, True)
        return given

    def _link_table(self, table: Table, frame: Frame, name: str, target: type[Row]) -> None:
        far = snake_case(target.__name__)
        near = table.name
        far = f"other_{far}" if far == near else far
        link = cast(type[Row], type(f"{table.cls.__name__}{name.title().replace('_', '')}", (Row,), {}))
        link.__annotations__ = {near: table.cls, far: target}
        made = Table(link, f"{table.name}_{name}", f"{table.name}_{name}", table.file, table.line,
                     unique=((near, far),), owner=f"{near}.{table.owner}" if table.owner else None)  # fmt: skip
        link.__table__ = made
        table.links[name] = link
        self.declared.append((made, frame))
        self._finish_columns(made, frame)
        setattr(table.cls, name, ListAttribute(link, near, far))

    def _finish_table(self, table: Table) -> None:
        table.index = len(self.tables)
        table.finish_label()
        for path in table.show:
            if isinstance(table.path(path)[-1].kind, Ref):
                raise Unreadable(f"show: {path!r} is a reference; show a column of it, such as '{path}.name'")
        if table.owner is not None and not isinstance(table.path(table.owner)[-1].kind, Ref):
            raise Unreadable(f"owner: {table.owner!r} is no reference to a person's table")
        for names in table.unique:
            for name in names:
                if name not in table.by_name:
                    raise Unreadable(f"unique: {table.name} has no column {name!r}{nearest(name, table.by_name)}")
        self.tables.append(table)

    def _add_tool(self, tool: Tool, frame: Frame) -> None:
        if tool.name in self.tools:
            other = self.tools[tool.name]
            raise Unreadable(f"there is already a tool {tool.name!r} ({short(other.file)}:{other.line})")
        if tool.name in RESERVED:
            raise Unreadable(f"the name {tool.name!r} is reserved; others are {', '.join(RESERVED)}")
        for name in tool.roles:
            if name not in self.roles:
                raise Unreadable(f"{tool.name}: there is no role {name!r}{nearest(name, self.roles)}")
        tool.source = frame.label
        self.tools[tool.name] = tool

    def finish_tool(
        self, frame: Frame, name: str, fn: Callable[..., Any], writes: bool, roles: tuple[str, ...], idempotent: bool,
        destructive: bool,
    ) -> None:  # fmt: skip
        """Resolve a function tool."""
        description = summary_line(fn.__doc__ or "")
        if not description:
            raise Unreadable(f"{fn.__name__}: a tool needs a docstring; agents read it")
        hints = type_hints(fn, frame.namespace)
        if "return" not in hints:
            raise Unreadable(f"{fn.__name__}: say what it returns ('-> None' if nothing)")
        returned = hints.pop("return")
        kind = None
        if returned is not type(None):
            kind, optional = read_annotation(returned)
            if optional:
                raise Unreadable(f"{fn.__name__}: a tool returns a value or refuses; it does not return None sometimes")
        params = function_params(fn, hints, frame.rename)
        while inspect.isfunction(getattr(fn, "__wrapped__", None)):
            fn = fn.__wrapped__  # type: ignore[attr-defined]
        tool = Tool(name, description, params, writes, frame.source.path, fn.__code__.co_firstlineno, fn=fn,
                    returns=kind, roles=roles, idempotent=idempotent, destructive=destructive)  # fmt: skip
        self._add_tool(tool, frame)

    def finish_reads(
        self, frame: Frame, line: int, cls: type[Row], by: tuple[str, ...], sort: tuple[str, ...],
        roles: tuple[str, ...], about: str,
    ) -> None:  # fmt: skip
        """Resolve a declared read."""
        if not hasattr(cls, "__table__"):
            raise Unreadable(f"reads: {cls.__name__} is not a table; is @world.table missing?")
        for tool in search_tools(cls, by, sort, about, frame.source.path, line):
            tool.name = frame.rename.get(tool.name, tool.name)
            tool.roles = roles
            self._add_tool(tool, frame)

    def finish_rule(
        self, frame: Frame, line: int, cls: type[Row], fn: Callable[[Any], bool], code: RefusalCode, message: str,
        hint: str | None, watch: tuple[str, ...],
    ) -> None:  # fmt: skip
        """Resolve a rule and the references it watches."""
        if not hasattr(cls, "__table__"):
            raise Unreadable(f"rule {fn.__name__}: {cls.__name__} is not a table")
        watched = []
        for path in watch:
            name, _, column = path.partition(".")
            table = next((t for t in self.tables if t.cls.__name__ == name), None)
            if table is None:
                names = [t.cls.__name__ for t in self.tables]
                raise Unreadable(f"rule {fn.__name__}: watch: there is no table {name!r}{nearest(name, names)}")
            kind = table.path(column)[-1].kind
            if not (isinstance(kind, Ref) and kind.target is cls):
                raise Unreadable(f"rule {fn.__name__}: watch: {path} does not refer to {cls.__name__}")
            watched.append((table.cls, column))
        self.rules.append(Rule(fn.__name__, cls, fn, code, message, hint, tuple(watched), frame.source.path, line))

    def finish_intent(self, frame: Frame, intent: Intent) -> None:
        """Check an intent's wordings and take it in."""
        if intent.name in self.intents:
            raise Unreadable(f"there is already an intent {intent.name!r}")
        if intent.role is not None and intent.role not in self.roles:
            raise Unreadable(f"{intent.name}: there is no role {intent.role!r}{nearest(intent.role, self.roles)}")
        if len(intent.wordings) < LEAST_WORDINGS:
            raise Unreadable(
                f"{intent.name}: expected at least {LEAST_WORDINGS} wordings, got {len(intent.wordings)}; "
                "agents that see few ways to ask learn the words and not the task"
            )
        slots = placeholders(intent.wordings[0])
        for position, wording in enumerate(intent.wordings):
            differing = placeholders(wording) ^ slots
            if differing:
                raise Unreadable(
                    f"{intent.name}: wording {position + 1} and the first do not state the same slots: "
                    f"{', '.join('{%s}' % slot for slot in sorted(differing))}"
                )
            for earlier in intent.wordings[:position]:
                if too_alike(earlier, wording):
                    raise Unreadable(f"{intent.name}: wording {position + 1} is too like another: {wording!r}")
        self.intents[intent.name] = intent

    def finish_twin(self, frame: Frame, line: int, fn: Callable[[Any], Task], possible: Callable[[Any], Task]) -> None:
        """Take in an impossible twin."""
        origin = next((intent for intent in self.intents.values() if intent.draw is possible), None)
        if origin is None:
            raise Unreadable(f"{fn.__name__}: impossible(...) needs the intent whose wordings it shares")
        name = frame.rename.get(fn.__name__, fn.__name__)
        if name in self.intents:
            raise Unreadable(f"there is already an intent {name!r}")
        self.intents[name] = Intent(name, "impossible", origin.wordings, fn, frame.source.path, line, origin.role,
                                    origin.reward, origin.name, frame.label)  # fmt: skip

    def run_include(
        self, frame: Frame, line: int, module: ModuleType | str | Path, rename: dict[str, str], bindings: dict[str, Any]
    ) -> Included:
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
                      included_at=(frame, line), texts=frame.texts)  # fmt: skip
        namespace = execute(inner)
        for name in bindings:
            if name not in inner.used:
                self.complain(frame, line, f"include: {inner.label} has nothing called {name!r}{nearest(name, inner.used)}")
        names = self._renamable(inner)
        for name in rename:
            if name not in names:
                self.complain(frame, line, f"include: {inner.label} has nothing called {name!r} to rename{nearest(name, names)}")
        return Included(namespace, inner.label)


    def _renamable(self, inner: Frame) -> set[str]:
        """The names of an included module that the host may change: tables, columns, tools, parameters."""
        names = {name for name, value in inner.namespace.items() if callable(value)}
        for table, frame in self.declared:
            if frame is inner:
                names |= {table.cls.__name__, *table.cls.__dict__.get("__annotations__", {})}
                names |= {f"{verb}_{name}" for verb in ("get", "search") for name in (table.name, table.plural)}
        for value in inner.namespace.values():
            if inspect.isfunction(value):
                names |= set(value.__code__.co_varnames[: value.__code__.co_argcount])
        return names


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
            if actual != column:
                setattr(target, column, _alias(actual))
        return cast(C, target)

    def setting(self, name: str, default: Any) -> Any:
        """A value that the including world may give, such as ``prefix="INV"``."""
        frame = self.frame
        if frame is None or frame.host is None:
            return default
        frame.used.add(name)
        return frame.bindings.get(name, default)


def own_annotations(cls: type, namespace: dict[str, Any]) -> dict[str, Any]:
    """A class's own annotations, resolved where they are text. Raises Unreadable for an unknown name."""
    result = {}
    for name, annotation in cls.__dict__.get("__annotations__", {}).items():
        holder = type(cls.__name__, (), {"__annotations__": {name: annotation}})
        result[name] = type_hints(holder, namespace)[name] if isinstance(annotation, str) else annotation
    return result


def _alias(name: str) -> property:
    return property(lambda row: getattr(row, name), lambda row, value: setattr(row, name, value))


def _plain(column: Column, value: int) -> Any:
    from decimal import Decimal

    return Decimal(value) if getattr(column.kind, "python", None) is Decimal else value


def as_names(value: str | Iterable[str]) -> tuple[str, ...]:
    """One name or several, as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value)


__all__ = ["TextType"]
