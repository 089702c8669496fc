"""A tool: a typed function over rows, or a declared search of a table."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from agentworlds.errors import nearest
from agentworlds.spec.columns import MISSING, Kind, ListOf, Record, Ref, Unreadable, read_annotation
from agentworlds.spec.tables import shown_path
from agentworlds.types import Boolean, Choice, Integer, Mismatch, TextType, ValueType, _Calendar

if TYPE_CHECKING:
    from agentworlds.spec.rows import Row


@dataclass(frozen=True)
class Param:
    """One argument of a tool as agents see it: a row parameter ``pet`` is ``pet_id`` to them."""

    name: str
    python_name: str
    kind: ValueType | Ref | ListOf
    optional: bool
    default: Any = MISSING
    description: str = ""

    @property
    def required(self) -> bool:
        """Whether a call must give it."""
        return self.default is MISSING


@dataclass(frozen=True)
class Filter:
    """How one parameter of a search narrows it."""

    path: str
    operator: Literal["=", ">=", "<=", "contains"]


@dataclass
class Search:
    """A declared read of one table: filters, sorting and paging."""

    cls: type[Row]
    filters: dict[str, Filter]
    sort: dict[str, str]
    """What agents may send for `sort`, and the order it stands for."""


@dataclass(eq=False)
class Tool:
    """A tool of a world."""

    name: str
    description: str
    params: tuple[Param, ...]
    writes: bool
    file: str
    line: int
    fn: Callable[..., Any] | None = None
    search: Search | None = None
    getter: type[Row] | None = None
    returns: Kind | None = None
    roles: tuple[str, ...] = ()
    idempotent: bool = False
    destructive: bool = False
    says: Callable[[dict[str, Any]], str] | None = None
    """Sums a result up in a sentence that precedes it in the natural-language observation."""
    source: str = ""
    """The module or suite it came from; empty for the world's own."""
    by_name: dict[str, Param] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_name = {param.name: param for param in self.params}


RESERVED = ("finish", "reset", "step", "state", "close", "list_tools")
PAGE = Integer(1, 50)
OFFSET = Integer(0, 1_000_000)


def function_params(fn: Callable[..., Any], hints: dict[str, Any], rename: dict[str, str]) -> tuple[Param, ...]:
    """The parameters of a tool's function, under other names where the including world says so. Raises Unreadable."""
    documented = argument_docs(fn.__doc__ or "")
    result = []
    for parameter in inspect.signature(fn).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise Unreadable(f"{fn.__name__}: *{parameter.name} cannot be shown to agents; name every parameter")
        if parameter.name not in hints:
            raise Unreadable(f"{fn.__name__}: parameter {parameter.name!r} needs a type")
        try:
            kind, optional = read_annotation(hints[parameter.name])
        except Unreadable as problem:
            raise Unreadable(f"{fn.__name__}({parameter.name}): {problem}") from None
        if isinstance(kind, Record) or (isinstance(kind, ListOf) and isinstance(kind.item, Record)):
            raise Unreadable(f"{fn.__name__}({parameter.name}): a record can be returned but not passed; keep it flat")
        default: Any = parameter.default
        if default is inspect.Parameter.empty:
            default = MISSING
        elif default is not None and isinstance(kind, ValueType):
            try:
                kind.dump(default)
            except Mismatch as problem:
                raise Unreadable(f"{fn.__name__}({parameter.name}): the default does not fit: {problem}") from None
        elif default is None and not optional:
            raise Unreadable(f"{fn.__name__}({parameter.name}): defaults to None, so its type needs '| None'")
        description = documented.get(parameter.name, "")
        result.append(
            Param(
                agent_name(rename.get(parameter.name, parameter.name), kind),
                parameter.name,
                kind,
                optional,
                default,
                description,
            )
        )
    for name in documented:
        if name not in {param.python_name for param in result}:
            raise Unreadable(
                f"{fn.__name__}: the docstring describes {name!r}, which is no parameter"
                f"{nearest(name, [param.python_name for param in result])}"
            )
    return tuple(result)


def agent_name(name: str, kind: Kind) -> str:
    """What agents call a parameter: ``pet`` → ``pet_id``, ``pets`` → ``pet_ids``."""
    if isinstance(kind, Ref):
        return name if name.endswith("_id") else f"{name}_id"
    if isinstance(kind, ListOf) and isinstance(kind.item, Ref):
        return f"{name[:-1] if name.endswith('s') else name}_ids"
    return name


def argument_docs(docstring: str) -> dict[str, str]:
    """The ``Args:`` section of a Google-style docstring."""
    section = re.search(r"^\s*Args:\s*\n(.*?)(?=^\s*(?:Returns|Raises|Yields):|\Z)", docstring, re.M | re.S)
    if not section:
        return {}
    found: dict[str, str] = {}
    for line in section.group(1).splitlines():
        start = re.match(r"\s*(\w+):\s+(.*)", line)
        if start:
            found[start.group(1)] = start.group(2).strip()
        elif line.strip() and found:
            last = list(found)[-1]
            found[last] = f"{found[last]} {line.strip()}"
    return found


def fitting(text: str, names: dict[str, str | None]) -> str:
    """A text about tools with other names for them, without the sentences about those that have none."""
    kept = []
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        mentioned = [word for word in re.findall(r"\w+", sentence) if word in names]
        if all(names[own] is not None for own in mentioned):
            kept.append(re.sub(r"\w+", lambda word: names.get(word[0], word[0]) or "", sentence))
    return " ".join(kept)


def summary_line(docstring: str) -> str:
    """The text of a docstring before its sections, on one line."""
    text = re.split(r"^\s*(?:Args|Returns|Raises):", docstring, maxsplit=1, flags=re.M)[0]
    return " ".join(text.split())


def type_hints(fn: Callable[..., Any] | type, namespace: dict[str, Any]) -> dict[str, Any]:
    """Resolved annotations, names looked up in the script. Raises Unreadable for an unknown name."""
    try:
        return typing.get_type_hints(fn, globalns=namespace, include_extras=True)
    except NameError as problem:
        name = problem.name or ""
        raise Unreadable(f"{fn.__name__}: {name!r} is not defined{nearest(name, namespace)}") from None
    except (TypeError, SyntaxError) as problem:
        raise Unreadable(f"{fn.__name__}: an annotation cannot be read: {problem}") from None


def search_tools(
    cls: type[Row], by: tuple[str, ...], sort: tuple[str, ...], about: str, file: str, line: int
) -> tuple[Tool, Tool]:
    """The tools ``search_<plural>`` and ``get_<name>`` of a table. Raises Unreadable for a bad column."""
    table = cls.__table__
    params: list[Param] = []
    filters: dict[str, Filter] = {}

    def add(name: str, kind: Any, path: str, operator: Any, description: str) -> None:
        params.append(Param(name, name, kind, True, None, description))
        filters[name] = Filter(path, operator)

    for path in by:
        column = table.path(path)[-1]
        shown = shown_path(table.path(path))
        if column.field.hidden:
            raise Unreadable(f"{table.name}.{path} is hidden, so agents cannot search by it")
        name, words = shown, shown.replace("_", " ")
        if isinstance(column.kind, Ref):
            target = column.kind.target.__table__
            add(f"{name}_id", column.kind, path, "=", f"only those of this {target.name.replace('_', ' ')}")
        elif isinstance(column.kind, Boolean):
            add(name, column.kind, path, "=", f"{words}: true for only those, false for only the others")
        elif isinstance(column.kind, Choice):
            add(name, column.kind, path, "=", f"only those with this {words}")
        elif isinstance(column.kind, TextType):
            text = TextType("words", 80, 1)
            add(name, text, path, "contains", f"{words} contains this, in either case")
        else:
            low, high = ("from", "to") if isinstance(column.kind, _Calendar) else ("min", "max")
            add(
                f"{name}_{low}",
                column.kind,
                path,
                ">=",
                f"{words} at or after this" if low == "from" else f"least {words}",
            )
            add(
                f"{name}_{high}",
                column.kind,
                path,
                "<=",
                f"{words} at or before this" if low == "from" else f"most {words}",
            )
    for path in sort:
        if isinstance(table.path(path)[-1].kind, Ref):
            raise Unreadable(f"sort: {path!r} is a reference; sort by a column of it, such as '{path}.name'")
    options: dict[str, str] = {}
    for path in sort:
        if table.path(path)[-1].field.hidden:
            raise Unreadable(f"sort: {table.name}.{path} is hidden, and an order would show it")
        shown = shown_path(table.path(path), ".")
        options |= {shown: path, f"-{shown}": f"-{path}"}
    if options:
        description = "order of the results; '-' before a column sorts from high to low"
        params.append(Param("sort", "sort", Choice(tuple(options)), True, None, description))
    params.append(Param("limit", "limit", PAGE, False, 20, "results per page"))
    params.append(Param("offset", "offset", OFFSET, False, 0, "how many to skip: as many as were shown so far"))
    words = table.plural.replace("_", " ")
    singular = table.name.replace("_", " ")
    search = Tool(
        name=f"search_{table.plural}",
        description=about or f"Find {words}. All filters must hold; without any, all {words} are listed page by page.",
        params=tuple(params), writes=False, file=file, line=line,
        search=Search(cls, filters, options), returns=ListOf(Ref(cls)), idempotent=True,
    )  # fmt: skip
    get = Tool(
        name=f"get_{table.name}",
        description=f"Everything known about one {singular}.",
        params=(Param(f"{table.name}_id", table.name, Ref(cls), False, MISSING, f"the {singular}'s id"),),
        writes=False, file=file, line=line, getter=cls, returns=Ref(cls), idempotent=True,
    )  # fmt: skip
    return search, get
