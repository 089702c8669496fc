"""Reading an agent's arguments: the compiled form of a tool's parameters."""

from __future__ import annotations

from typing import Any

from agentworlds.compile.schemas import MOST_ITEMS
from agentworlds.errors import Code, Refusal, Refused, nearest
from agentworlds.spec.columns import ListOf, Ref
from agentworlds.spec.rows import Row
from agentworlds.spec.tools import Param, Tool
from agentworlds.types import MAX_INTEGER, Date, Mismatch, Moment, ValueType, brief


def read_arguments(tool: Tool, given: dict[str, Any], find: Any) -> dict[str, Any]:
    """The values for a tool's body, by Python name.

    Args:
        tool: The tool.
        given: What the agent sent.
        find: Gives the row for (row class, id, parameter), or refuses.

    Raises:
        Refused: naming the field, what was expected and the nearest valid thing.
    """
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
    values = {}
    for param in tool.params:
        value = given.get(param.name)
        kind = param.kind
        if value is None:
            values[param.python_name] = _absent(tool, param, param.name in given)
        elif type(kind) is Ref:
            id = value if type(value) is int and 0 < value <= MAX_INTEGER else read_id(param, value)
            values[param.python_name] = find(kind.target, id, param)
        elif isinstance(kind, ValueType):
            try:
                stored = kind.parse(value)
            except Mismatch as problem:
                raise invalid(f"{param.name}: {problem}", param.name) from None
            values[param.python_name] = stored if kind.plain else kind.load(stored)
        else:
            values[param.python_name] = _read_list(param, kind, value, find)  # type: ignore[arg-type]
    return values


def read_filters(tool: Tool, given: dict[str, Any], find: Any) -> dict[str, Any]:
    """The stored values of a search tool's arguments; what was not given is left out. Raises Refused."""
    assert tool.search is not None
    by_name = tool.by_name
    values = {}
    for param in tool.params if type(given) is dict else ():
        name = param.name
        value = given.get(name)
        if value is None:
            continue
        kind = param.kind
        if isinstance(kind, Ref):
            values[name] = find(kind.target, read_id(param, value), param).id
        else:
            values[name] = _parse_bound(param, kind, value, tool)
    unknown = type(given) is not dict or any(name not in by_name for name in given)
    if unknown or given.get("limit", 0) is None or given.get("offset", 0) is None:
        read_arguments(tool, given, find)
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
