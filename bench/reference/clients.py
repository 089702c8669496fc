"""The two ways in: the official MCP client over streamable HTTP, and plain REST."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from app_source import route
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import TextContent

Json = dict[str, Any]
Call = Callable[[str, Json], Awaitable[Any]]


@asynccontextmanager
async def mcp_session(base_url: str) -> AsyncIterator[ClientSession]:
    """Yield an initialised MCP session."""
    async with (
        streamable_http_client(f"{base_url}/mcp") as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()
        yield session


async def tool_names(session: ClientSession) -> list[str]:
    """Return what tools/list answers, as names."""
    return [tool.name for tool in (await session.list_tools()).tools]


def mcp_call(session: ClientSession) -> Call:
    """Return a function that calls a tool over MCP and parses its JSON content."""

    async def call(tool: str, arguments: Json) -> Any:
        result = await session.call_tool(tool, arguments)
        text = "".join(part.text for part in result.content if isinstance(part, TextContent))
        if result.isError:
            raise RuntimeError(f"{tool}({arguments}): {text}")
        return json.loads(text)

    return call


def rest_call(client: httpx.AsyncClient, schema: Json) -> Call:
    """Return a function that calls the endpoint of a tool over REST."""
    tables = {table["name"]: table for table in schema["tables"]}
    tools = {tool["name"]: tool for tool in schema["tools"]}

    async def call(tool: str, arguments: Json) -> Any:
        table = tables[tools[tool]["table"]]
        method, path = route(table, tools[tool])
        id_name = f"{table['singular']}_id"
        address = path.replace(f"{{{id_name}}}", str(arguments.get(id_name)))
        others = arguments if address == path else {k: v for k, v in arguments.items() if k != id_name}
        payload: Json = {"params": others} if method == "get" else {"json": others}
        response = await client.request(method.upper(), address, **payload)
        return response.raise_for_status().json()

    return call
