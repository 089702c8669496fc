"""Reading an agent's arguments: the compiled form of a tool's parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agentworlds.compile.schemas import MOST_ITEMS
from agentworlds.errors import Code, Refusal, Refused, nearest
from agentworlds.spec.columns import ListOf, Ref
from agentworlds.spec.rows import Row
from agentworlds.spec.tools import Param, Tool
from agentworlds.straight import write_out
from agentworlds.types import MAX_INTEGER, Date, Mismatch, Moment, ValueType, brief

Reader = Callable[[dict[str, Any], Any], dict[str, Any]]
"""How a tool's arguments are read: what the agent sent, and what finds rows, to values by Python name."""


def make_reader(tool: Tool) -> Reader:
    """The reader of a tool, ``read(given, find)``, written out for it; it sees to the usual case itself.

    `find` gives the row for (row class, id, parameter), or refuses. The reader raises Refused, which names the field,
    what was expected and the nearest valid thing.
    """
    names: dict[str, Any] = {"by_name": tool.by_name.keys(), "check": check_names, "one": read_one, "tool": tool,
                             "MAX": MAX_INTEGER, "Mismatch": Mismatch}  # fmt: skip
    lines = ["if type(given) is not dict or not given.keys() <= by_name:", "    check(tool, given)", "get = given.get"]
    for number, param in enumerate(tool.params):
        value, kind = f"value{number}", param.kind
        names[f"param{number}"] = param
        lines.append(f"{value} = get({param.name!r})")
        carefully = f"{value} = one(tool, param{number}, given, find)"
        if isinstance(kind, Ref):
            names[f"target{number}"] = kind.target
            lines += [
                f"if type({value}) is int and 0 < {value} <= MAX:",
                f"    {value} = find(target{number}, {value}, param{number})",
                "else:",
                f"    {carefully}",
            ]
        elif isinstance(kind, ValueType):
            names[f"parse{number}"], names[f"load{number}"] = kind.parse, kind.load
            read = f"parse{number}({value})" if kind.plain else f"load{number}(parse{number}({value}))"
            lines += [
                f"if {value} is None:",
                f"    {carefully}",
                "else:",
                f"    try: {value} = {read}",
                f"    except Mismatch: {carefully}",
            ]
        else:
            lines.append(carefully)
    pairs = ", ".join(f"{param.python_name!r}: value{number}" for number, param in enumerate(tool.params))
    return write_out("read(given, find)", [*lines, f"return {{{pairs}}}"], names)


def check_names(tool: Tool, given: object) -> None:
    """Refuse arguments that the tool does not have."""
    if type(given) is not dict:
        raise invalid("arguments: expected an object of named arguments", "arguments")
    by_name = tool.by_name
    for name in given:
        if name not in by_name:
            shown = str(name)[:60].encode(errors="replace").decode()
            raise invalid(
                f"{shown}: {tool.name} has no such argument{nearest(shown, by_name)}; "
                f"arguments are {', '.join(by_name) or 'none'}",
                shown,
            )


def read_one(tool: Tool, param: Param, given: dict[str, Any], find: Any) -> Any:
    """The value of one argument. Raises Refused."""
    value, kind = given.get(param.name), param.kind
    if value is None:
        return _absent(tool, param, param.name in given)
    if isinstance(kind, Ref):
        return find(kind.target, read_id(param, value), param)
    if isinstance(kind, ValueType):
        return kind.load(_parse(param, kind, value))
    return _read_list(param, kind, value, find)


def read_filters(tool: Tool, given: dict[str, Any], find: Any) -> dict[str, Any]:
    """The stored values of a search tool's arguments; what was not given is left out. Raises Refused."""
    assert tool.search is not None
    if type(given) is not dict or not given.keys() <= tool.by_name.keys():
        check_names(tool, given)
    values = {}
    for param in tool.params:
        name = param.name
        value = given.get(name)
        if value is None:
            continue
        kind = param.kind
        if isinstance(kind, Ref):
            values[name] = find(kind.target, read_id(param, value), param).id
        else:
            values[name] = _parse_bound(param, kind, value, tool)
    for name in ("limit", "offset"):
        if given.get(name, 0) is None:
            read_one(tool, tool.by_name[name], given, find)  # which may not be null
    return values


def _parse_bound(param: Param, kind: Any, value: object, tool: Tool) -> Any:
    """A range's end may be a whole day where times are compared: its start, or its last second."""
    if type(kind) is Moment and type(value) is str and len(value) == 10:
        day = _parse(param, Date(), value)
        return f"{day}T23:59:59" if tool.search.filters[param.name].operator == "<=" else f"{day}T00:00:00"  # type: ignore[union-attr]
    return _parse(param, kind, value)


def _parse(param: Param, kind: ValueType, value: object) -> Any:
    try:
        return kind.parse(value)
    except Mismatch as problem:
        raise invalid(f"{param.name}: {problem}", param.name) from None


def _absent(tool: Tool, param: Param, null: bool) -> Any:
    if param.required and not (null and param.optional):
        missing = f"{param.name}: {'may not be null' if null else 'is missing'}"
        expected = param.kind.expected if isinstance(param.kind, ValueType) else "an id"
        raise invalid(f"{missing}; {tool.name} needs {expected}", param.name)
    if null and not param.optional:
        raise invalid(f"{param.name}: may not be null; leave it out for the default", param.name)
    return None if null or param.required else param.default


def read_id(param: Param, value: object) -> int:
    """A row's id. Raises Refused."""
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is not int or not 0 < value <= MAX_INTEGER:
        raise invalid(f"{param.name}: expected an id, which is a positive whole number, got {brief(value)}", param.name)
    return value


def _read_list(param: Param, kind: ListOf, value: object, find: Any) -> list[Any]:
    if type(value) is not list or len(value) > MOST_ITEMS:
        raise invalid(f"{param.name}: expected a list of at most {MOST_ITEMS} items", param.name)
    if isinstance(kind.item, Ref):
        rows: list[Row] = [find(kind.item.target, read_id(param, one), param) for one in value]
        return list(dict.fromkeys(rows))
    assert isinstance(kind.item, ValueType)  # no tool takes records
    return [kind.item.load(_parse(param, kind.item, one)) for one in value]


def invalid(message: str, field: str) -> Refused:
    """A refusal for a malformed argument."""
    return Refused(Refusal(Code.INVALID, message, field=field))
