"""The decorators of the language, which worlds and modules share.

Declarations are only collected while a script runs. When it has run, `World.finish` resolves them all and reports every
problem with its file and line, so that one bad line does not hide the next.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from agentworlds.errors import nearest
from agentworlds.spec.intents import Intent, IntentKind, Task
from agentworlds.spec.resolve import finish_intent, finish_reads, finish_rule, finish_says, finish_tool, finish_twin
from agentworlds.spec.rewards import Reward
from agentworlds.spec.rows import RefusalCode, Row
from agentworlds.spec.source import Frame, executing
from agentworlds.spec.tables import Table, pluralise, snake_case

if TYPE_CHECKING:
    from agentworlds.spec.world import World

C = TypeVar("C", bound=type[Row])
F = TypeVar("F", bound=Callable[..., Any])


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
        self, /, *, plural: str | None = None, label: str | None = None, show: Iterable[str] = (),
        owner: str | None = None, unique: Iterable[tuple[str, ...]] = (), transient: bool = False,
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
            if frame is not None and fn.__name__ not in frame.without:
                name = frame.rename.get(fn.__name__, fn.__name__)
                line = fn.__code__.co_firstlineno
                self.world.pending.append((frame, line, lambda: finish_tool(
                    self.world, frame, name, fn, writes, as_names(roles), idempotent, destructive)))  # fmt: skip
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
            self.world.pending.append((frame, line, lambda: finish_reads(
                self.world, frame, line, cls, tuple(by), tuple(sort), as_names(roles), about)))  # fmt: skip

    def says(self, tool: str, /) -> Callable[[F], F]:
        """Declare the sentence that sums a tool's result up, before what is said of its rows.

        The function gets the result as its JSON has it, and returns a sentence, or nothing to say: "".

        Args:
            tool: The tool's name.
        """

        def declare(fn: F) -> F:
            frame = self._frame()
            if frame is not None:
                line = fn.__code__.co_firstlineno
                self.world.pending.append((frame, line, lambda: finish_says(self.world, frame, tool, fn)))
            return fn

        return declare

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
                self.world.pending.append((frame, line, lambda: finish_rule(
                    self.world, frame, line, cls, fn, code, message, hint, tuple(watch))))  # fmt: skip
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
            if frame is not None and frame.intents:
                line = fn.__code__.co_firstlineno
                name = frame.rename.get(fn.__name__, fn.__name__)
                intent = Intent(name, kind, wordings, fn, frame.source.path, line, role, reward or Reward(),
                                source=frame.label, tools=frame.tools, rename=frame.words)  # fmt: skip
                self.world.pending.append((frame, line, lambda: finish_intent(self.world, intent)))
            return fn

        return declare

    def impossible(
        self, possible: Callable[[Any], Task], /
    ) -> Callable[[Callable[[Any], Task]], Callable[[Any], Task]]:
        """Declare the impossible twin of an intent: the same wordings over data where it cannot be done."""

        def declare(fn: Callable[[Any], Task]) -> Callable[[Any], Task]:
            frame = self._frame()
            if frame is not None and frame.intents:
                line = fn.__code__.co_firstlineno
                self.world.pending.append((frame, line, lambda: finish_twin(
                    self.world, frame, line, fn, possible)))  # fmt: skip
            return fn

        return declare

    def include(
        self, module: ModuleType | str | Path, /, *, rename: dict[str, str] | None = None,
        without: str | Iterable[str] = (), intents: bool = True, **bindings: Any,
    ) -> Any:  # fmt: skip
        """Include a module or suite: its tables, tools, rules, data and intents become the world's own.

        Args:
            module: The imported module, its id, or a file.
            rename: Other names for its tables (class names) and tools.
            without: Tools of its that this world does not offer.
            intents: Whether its own intents become the world's too; they may need every tool.
            **bindings: The tables that its placeholders stand for (``Account=Owner``, or
                ``Account=bound(Owner, balance="credit")``) and its settings (``prefix="INV"``).
        """
        frame = self._frame()
        if frame is None:
            return Included({}, str(module))
        line = sys._getframe(1).f_lineno
        return self.world.run_include(frame, line, module, rename or {}, as_names(without), intents, bindings)


def as_names(value: str | Iterable[str]) -> tuple[str, ...]:
    """One name or several, as a tuple."""
    return (value,) if isinstance(value, str) else tuple(value)
