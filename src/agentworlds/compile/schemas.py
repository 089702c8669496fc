"""Tool schemas: JSON Schema, and the shapes that OpenAI-style and MCP clients take."""

from __future__ import annotations

from typing import Any

from agentworlds.compile.views import View
from agentworlds.spec.columns import MISSING, Kind, ListOf, Record, Ref
from agentworlds.spec.rows import Row
from agentworlds.spec.tables import a_noun
from agentworlds.spec.tools import Param, Tool

FINISH_DESCRIPTION = (
    "End the episode when everything asked for is done. Give `answer` if a question was asked; "
    "set `impossible` to true if what was asked cannot be done, and then change nothing."
)
FINISH_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "answer": {
            "description": "the answer, if a question was asked",
            "anyOf": [
                {"type": "string"},
                {"type": "number"},
                {"type": "boolean"},
                {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "number"}]}},
                {"type": "null"},
            ],
        },
        "impossible": {"type": "boolean", "description": "what was asked cannot be done", "default": False},
    },
    "additionalProperties": False,
}
ID: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}


def input_schema(tool: Tool) -> dict[str, Any]:
    """JSON Schema of a tool's arguments."""
    required = [param.name for param in tool.params if param.required]
    result: dict[str, Any] = {
        "type": "object",
        "properties": {param.name: param_schema(param) for param in tool.params},
        "additionalProperties": False,
    }
    return {**result, "required": required} if required else result


def param_schema(param: Param) -> dict[str, Any]:
    """JSON Schema of one argument."""
    if isinstance(param.kind, ListOf):
        item = param.kind.item
        assert not isinstance(item, Record)  # no tool takes records
        items = dict(ID) if isinstance(item, Ref) else item.schema()
        schema: dict[str, Any] = {"type": "array", "items": items, "maxItems": MOST_ITEMS}
    elif isinstance(param.kind, Ref):
        schema = dict(ID)
        target = param.kind.target.__table__.name.replace("_", " ")
        schema["description"] = param.description or f"the id of {a_noun(target)}"
    else:
        schema = param.kind.schema()
    if param.description:
        also = schema.get("description", "")
        schema["description"] = (
            param.description if also in ("", param.description) else f"{param.description} ({also})"
        )
    if param.optional:
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
        schema["type"] = [schema["type"], "null"]
    if param.default is not MISSING and param.default is not None:
        default = param.default
        if not isinstance(param.kind, ListOf | Ref):
            default = param.kind.show(param.kind.dump(default))
        schema["default"] = default
    return schema


MOST_ITEMS = 50


def output_schema(tool: Tool, views: dict[type[Row], View]) -> dict[str, Any]:
    """JSON Schema of a tool's result, always an object."""
    if tool.search is not None:
        return {
            "type": "object",
            "properties": {
                "results": {"type": "array", "items": views[tool.search.cls].schema()},
                "more": {"type": "boolean", "description": "whether there are further results after these"},
            },
            "required": ["results", "more"],
        }
    return kind_schema(tool.returns, views)


def kind_schema(kind: Kind | None, views: dict[type[Row], View]) -> dict[str, Any]:
    """JSON Schema of what `Result` makes of a returned value."""
    match kind:
        case None:
            return {"type": "object", "properties": {"done": {"const": True}}, "required": ["done"]}
        case Ref(target=target):
            return views[target].schema()
        case ListOf(item=item):
            return {
                "type": "object",
                "properties": {
                    "results": {"type": "array", "items": _field_schema(item, views)},
                    "more": {"type": "boolean", "description": "whether there are further results, not shown"},
                },
                "required": ["results", "more"],
            }
        case Record(fields=fields):
            properties = {name: _field_schema(kind, views) for name, kind in fields}
            return {"type": "object", "properties": properties, "required": list(properties)}
        case _:
            return {"type": "object", "properties": {"value": kind.schema()}, "required": ["value"]}


def _field_schema(kind: Kind, views: dict[type[Row], View]) -> dict[str, Any]:
    if isinstance(kind, Ref):
        return views[kind.target].schema()
    if isinstance(kind, ListOf):
        return {"type": "array", "items": _field_schema(kind.item, views)}
    return kind_schema(kind, views) if isinstance(kind, Record) else kind.schema()


def openai_tool(tool: Tool) -> dict[str, Any]:
    """A tool as chat-completion APIs take it."""
    function = {"name": tool.name, "description": tool.description, "parameters": input_schema(tool)}
    return {"type": "function", "function": function}


def mcp_tool(tool: Tool, views: dict[type[Row], View]) -> dict[str, Any]:
    """A tool as the Model Context Protocol lists it, with its hints."""
    return {
        "name": tool.name,
        "description": tool.description,
        "inputSchema": input_schema(tool),
        "outputSchema": output_schema(tool, views),
        "annotations": {
            "readOnlyHint": not tool.writes,
            "destructiveHint": tool.destructive,
            "idempotentHint": tool.idempotent,
            "openWorldHint": False,
        },
    }


def finish_openai() -> dict[str, Any]:
    """The tool that ends an episode, for chat-completion APIs."""
    function = {"name": "finish", "description": FINISH_DESCRIPTION, "parameters": FINISH_SCHEMA}
    return {"type": "function", "function": function}
