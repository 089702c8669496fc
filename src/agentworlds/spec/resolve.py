"""Resolving declarations: from annotations and signatures to tables, tools, rules and intents."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from agentworlds.errors import nearest, short
from agentworlds.spec.columns import MISSING, Column, Field, ListOf, Record, Ref, Unreadable, read_annotation
from agentworlds.spec.intents import KINDS, LEAST_WORDINGS, Intent, Task, placeholders, too_alike
from agentworlds.spec.rows import (
    Attribute,
    ListAttribute,
    ReferenceAttribute,
    RefusalCode,
    Row,
    make_constructor,
    now,
    today,
)
from agentworlds.spec.source import Frame
from agentworlds.spec.tables import Table, pluralise, snake_case
from agentworlds.spec.tools import RESERVED, Tool, function_params, search_tools, summary_line, type_hints
from agentworlds.types import Mismatch

if TYPE_CHECKING:
    from agentworlds.spec.world import World


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


def own_annotations(cls: type, namespace: dict[str, Any]) -> dict[str, Any]:
    """A class's own annotations, resolved where they are text. Raises Unreadable for an unknown name."""
    result = {}
    for name, annotation in inspect.get_annotations(cls).items():
        holder = type(cls.__name__, (), {"__annotations__": {name: annotation}})
        result[name] = type_hints(holder, namespace)[name] if isinstance(annotation, str) else annotation
    return result


def resolve_columns(world: World, table: Table, frame: Frame) -> None:
    """Read a table's annotations; every problem is recorded with its line."""
    cls = table.cls
    columns: list[Column] = []
    for name, annotation in inspect.get_annotations(cls).items():
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
                _link_table(world, table, frame, name, kind.item.target)
                continue
            if isinstance(kind, ListOf | Record):
                raise Unreadable("a column holds one value; a list of rows becomes a link table, others need their own")
            column = Column(name, kind, optional, _with_clock(given), line, len(columns), frame.rename.get(name))
            if isinstance(kind, Ref) and not any(t.cls is kind.target for t, _ in world.declared):
                raise Unreadable(f"{kind.target.__name__} is not a table of this world; is @world.table missing?")
            if given.default is not MISSING and given.default is not None and not callable(given.default):
                column.dump(given.default if not isinstance(given.default, int) else _plain(column, given.default))
            columns.append(column)
        except (Unreadable, Mismatch) as problem:
            world.complain(frame, line, f"{cls.__name__}.{name}: {str(problem).removeprefix(f'{name}: ')}")
    table.columns = tuple(columns)
    for column in columns:
        kind_ = ReferenceAttribute if isinstance(column.kind, Ref) else Attribute
        setattr(cls, column.name, kind_(column))
    if columns:
        cls.__init__ = make_constructor(table)  # type: ignore[method-assign]
    if not columns and not world.problems:
        world.complain(frame, table.line, f"table {cls.__name__} has no columns")


def _with_clock(given: Field) -> Field:
    if given.default in (now, today):
        return Field(given.default, given.unique, given.hidden, given.free, given.wording, True)
    return given


def _link_table(world: World, table: Table, frame: Frame, name: str, target: type[Row]) -> None:
    far = snake_case(target.__name__)
    near = table.name
    far = f"other_{far}" if far == near else far
    link = cast(type[Row], type(f"{table.cls.__name__}{name.title().replace('_', '')}", (Row,), {}))
    link.__annotations__ = {near: table.cls, far: target}
    made = Table(link, f"{table.name}_{name}", f"{table.name}_{name}", table.file, table.line,
                 unique=((near, far),), owner=f"{near}.{table.owner}" if table.owner else None)  # fmt: skip
    link.__table__ = made
    table.links[name] = link
    world.declared.append((made, frame))
    resolve_columns(world, made, frame)
    setattr(table.cls, name, ListAttribute(link, near, far))


def resolve_table(world: World, table: Table) -> None:
    """Check what was said about a table, now that every column is known, and take it in. Raises Unreadable."""
    table.index = len(world.tables)
    table.finish_label()
    for path in table.show:
        if table.path(path)[-1].field.hidden:
            raise Unreadable(f"show: {path!r} is hidden, so it cannot be shown")
        if isinstance(table.path(path)[-1].kind, Ref):
            raise Unreadable(f"show: {path!r} is a reference; show a column of it, such as '{path}.name'")
    if table.owner is not None and not isinstance(table.path(table.owner)[-1].kind, Ref):
        raise Unreadable(f"owner: {table.owner!r} is no reference to a person's table")
    for names in table.unique:
        for name in names:
            if name not in table.by_name:
                raise Unreadable(f"unique: {table.name} has no column {name!r}{nearest(name, table.by_name)}")
    world.tables.append(table)


def _plain(column: Column, value: int) -> Any:
    return Decimal(value) if getattr(column.kind, "python", None) is Decimal else value


def _add_tool(world: World, tool: Tool, frame: Frame, own_name: str) -> None:
    if tool.name in world.tools:
        other = world.tools[tool.name]
        raise Unreadable(f"there is already a tool {tool.name!r} ({short(other.file)}:{other.line})")
    if tool.name in RESERVED:
        raise Unreadable(f"the name {tool.name!r} is reserved; others are {', '.join(RESERVED)}")
    for name in tool.roles:
        if name not in world.roles:
            raise Unreadable(f"{tool.name}: there is no role {name!r}{nearest(name, world.roles)}")
    tool.source = frame.label
    world.tools[tool.name] = tool
    frame.tools[own_name] = tool.name


def finish_tool(
    world: World, frame: Frame, name: str, fn: Callable[..., Any], writes: bool, roles: tuple[str, ...],
    idempotent: bool, destructive: bool,
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
    _add_tool(world, tool, frame, fn.__name__)


def finish_reads(
    world: World, frame: Frame, line: int, cls: type[Row], by: tuple[str, ...], sort: tuple[str, ...],
    roles: tuple[str, ...], about: str,
) -> None:  # fmt: skip
    """Resolve a declared read."""
    if not hasattr(cls, "__table__"):
        raise Unreadable(f"reads: {cls.__name__} is not a table; is @world.table missing?")
    for tool in search_tools(cls, by, sort, about, frame.source.path, line):
        own_name = _own_name(tool.name, cls.__table__)
        if own_name in frame.without:
            continue
        tool.name = frame.rename.get(tool.name, tool.name)
        tool.roles = roles
        _add_tool(world, tool, frame, own_name)


def _own_name(tool: str, table: Table) -> str:
    """What the script that declares a table calls its search or get, whatever the including world calls the table."""
    verb, own = tool.partition("_")[0], snake_case(table.cls.__name__)
    return tool if own == table.name else f"{verb}_{pluralise(own) if verb == 'search' else own}"


def finish_says(world: World, frame: Frame, name: str, fn: Callable[[dict[str, Any]], str]) -> None:
    """Give a tool the sentence that sums its results up."""
    if name in frame.without:
        return
    if name not in frame.tools:
        raise Unreadable(f"{fn.__name__}: there is no tool {name!r}{nearest(name, frame.tools)}")
    world.tools[frame.tools[name]].says = fn


def finish_rule(
    world: World, frame: Frame, line: int, cls: type[Row], fn: Callable[[Any], bool], code: RefusalCode, message: str,
    hint: str | None, watch: tuple[str, ...],
) -> None:  # fmt: skip
    """Resolve a rule and the references it watches."""
    if not hasattr(cls, "__table__"):
        raise Unreadable(f"rule {fn.__name__}: {cls.__name__} is not a table")
    for slot in re.findall(r"\{([^}]*)\}", message):
        if not slot.startswith("row."):
            raise Unreadable(f"rule {fn.__name__}: the message may quote the row only, as {{row.name}}, not {{{slot}}}")
        cls.__table__.path(slot.removeprefix("row.").partition(":")[0])
    watched = []
    for path in watch:
        name, _, column = path.partition(".")
        table = next((t for t in world.tables if t.cls.__name__ == name), None)
        if table is None:
            names = [t.cls.__name__ for t in world.tables]
            raise Unreadable(f"rule {fn.__name__}: watch: there is no table {name!r}{nearest(name, names)}")
        kind = table.path(column)[-1].kind
        if not (isinstance(kind, Ref) and kind.target is cls):
            raise Unreadable(f"rule {fn.__name__}: watch: {path} does not refer to {cls.__name__}")
        watched.append((table.cls, column))
    world.rules.append(Rule(fn.__name__, cls, fn, code, message, hint, tuple(watched), frame.source.path, line))


def finish_intent(world: World, intent: Intent) -> None:
    """Check an intent's wordings and take it in."""
    if intent.name in world.intents:
        raise Unreadable(f"there is already an intent {intent.name!r}")
    if intent.kind not in KINDS:
        raise Unreadable(f"{intent.name}: kind {intent.kind!r} is not one of {', '.join(KINDS)}")
    if intent.role is not None and intent.role not in world.roles:
        raise Unreadable(f"{intent.name}: there is no role {intent.role!r}{nearest(intent.role, world.roles)}")
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
                f"{', '.join(f'{{{slot}}}' for slot in sorted(differing))}"
            )
        for earlier in intent.wordings[:position]:
            if too_alike(earlier, wording):
                raise Unreadable(f"{intent.name}: wording {position + 1} is too like another: {wording!r}")
    world.intents[intent.name] = intent


def finish_twin(
    world: World, frame: Frame, line: int, fn: Callable[[Any], Task], possible: Callable[[Any], Task]
) -> None:
    """Take in an impossible twin."""
    origin = next((intent for intent in world.intents.values() if intent.draw is possible), None)
    if origin is None:
        raise Unreadable(f"{fn.__name__}: impossible(...) needs the intent whose wordings it shares")
    name = frame.rename.get(fn.__name__, fn.__name__)
    if name in world.intents:
        raise Unreadable(f"there is already an intent {name!r}")
    world.intents[name] = Intent(name, "impossible", origin.wordings, fn, frame.source.path, line, origin.role,
                                origin.reward, origin.name, frame.label, frame.tools, frame.words)  # fmt: skip
