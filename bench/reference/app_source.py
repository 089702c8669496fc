"""Render the neutral schema as one FastAPI + SQLAlchemy script, the form that the reference system runs.

The rules it keeps: declarative ORM models, a session opened and closed in every async endpoint, Pydantic
models whose every field has a description and an example, one operation id per endpoint, no error handling.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

ORM_TYPES = {
    "text": "String",
    "int": "Integer",
    "money": "Float",
    "bool": "Boolean",
    "date": "String",
    "datetime": "String",
    "choice": "String",
    "ref": "Integer",
}
PYTHON_TYPES = {
    "text": "str",
    "int": "int",
    "money": "float",
    "bool": "bool",
    "date": "str",
    "datetime": "str",
    "choice": "str",
    "ref": "int",
}
CONDITIONS = {
    "equals": "{model}.{column} == {name}",
    "contains": "{model}.{column}.contains({name})",
    "min": "{model}.{column} >= {name}",
    "max": "{model}.{column} <= {name}",
}

HEADER = """\
import os
from typing import List, Optional
from fastapi import FastAPI, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Boolean, Column, Float, ForeignKey, Integer, String, create_engine
from sqlalchemy.orm import declarative_base, sessionmaker

DATABASE_URL = os.getenv("DATABASE_PATH") or "sqlite:///{name}.db"
engine = create_engine(DATABASE_URL, connect_args={{"check_same_thread": False}})
SessionLocal = sessionmaker(bind=engine)
Base = declarative_base()
"""

MOUNT = """\
    from fastapi_mcp import FastApiMCP
    FastApiMCP(app).mount_http()
"""

FOOTER = """
if __name__ == "__main__":
    import uvicorn
    host = os.getenv("HOST", "127.0.0.1")
    port = int(os.getenv("PORT", "8000"))
{mount}    uvicorn.run(app, host=host, port=port)
"""


def render_app(schema: Json, rows: dict[str, list[Json]], *, mount_mcp: bool) -> str:
    """Return the script's text; the first seed row of each table supplies the examples.

    `mount_mcp` adds the lines that expose the app over MCP; the reference system's launcher adds its own.
    """
    tables = {table["name"]: table for table in schema["tables"]}
    parts = [HEADER.format(name=schema["name"])]
    parts += [_orm_model(table) for table in tables.values()]
    parts.append("Base.metadata.create_all(engine)\n")
    parts += [_row_model(table, rows[table["name"]][0]) for table in tables.values()]
    parts.append(f'app = FastAPI(title="{schema["name"]}")\n')
    for tool in schema["tools"]:
        table = tables[tool["table"]]
        parts.append(_ENDPOINTS[tool["kind"]](schema, table, tool, rows[table["name"]][0]))
    return "\n\n".join(parts) + FOOTER.format(mount=MOUNT if mount_mcp else "")


def route(table: Json, tool: Json) -> tuple[str, str]:
    """Return the HTTP method and the path template at which a tool is served."""
    collection = f"/api/{table['name']}"
    one = f"{collection}/{{{table['singular']}_id}}"
    return {
        "search": ("get", collection),
        "get": ("get", one),
        "insert": ("post", collection),
        "update": ("patch", one),
    }[tool["kind"]]


def _class_name(table: Json) -> str:
    return "".join(word.title() for word in table["singular"].split("_"))


def _words(name: str) -> str:
    return name.replace("_", " ")


def _annotation(column: Json) -> str:
    python = PYTHON_TYPES[column["type"]]
    return f"Optional[{python}]" if column.get("nullable") else python


def _orm_model(table: Json) -> str:
    lines = [f"class {_class_name(table)}(Base):", f'    __tablename__ = "{table["name"]}"']
    for column in table["columns"]:
        arguments = [ORM_TYPES[column["type"]]]
        if column["name"] == "id":
            arguments.append("primary_key=True")
        elif column["type"] == "ref":
            arguments.append(f'ForeignKey("{column["references"]}.id")')
        if column["name"] != "id":
            arguments.append(f"nullable={bool(column.get('nullable'))}")
        lines.append(f"    {column['name']} = Column({', '.join(arguments)})")
    return "\n".join(lines)


def _example(value: object) -> str:
    return f"json_schema_extra={{'example': {value!r}}}"


def _field(column: Json, example: object, subject: str) -> str:
    default = "None" if column.get("nullable") else "..."
    described = f'description="{_words(column["name"]).capitalize()} of the {subject}"'
    return f"Field({default}, {described}, {_example(example)})"


def _row_model(table: Json, example: Json) -> str:
    name, subject = _class_name(table), _words(table["singular"])
    lines = [f"class {name}Row(BaseModel):", "    model_config = ConfigDict(from_attributes=True)"]
    lines += [
        f"    {column['name']}: {_annotation(column)} = {_field(column, example[column['name']], subject)}"
        for column in table["columns"]
    ]
    lines += [
        "",
        "",
        f"class {name}List(BaseModel):",
        f'    {table["name"]}: List[{name}Row] = Field(..., description="The rows that match")',
    ]
    return "\n".join(lines)


def _decorator(table: Json, tool: Json, response: str) -> str:
    method, path = route(table, tool)
    return (
        f'@app.{method}("{path}", summary="{tool["description"]}", description="{tool["description"]}", '
        f'tags=["{table["name"]}"], operation_id="{tool["name"]}", response_model={response})'
    )


def _as_dict(table: Json, variable: str) -> str:
    return "{" + ", ".join(f'"{c["name"]}": {variable}.{c["name"]}' for c in table["columns"]) + "}"


def _id_parameter(table: Json) -> str:
    name = f"{table['singular']}_id"
    return f'{name}: int = Path(..., description="Id of the {_words(table["singular"])}", {_example(1)})'


def _search(schema: Json, table: Json, tool: Json, example: Json) -> str:
    types = {column["name"]: PYTHON_TYPES[column["type"]] for column in table["columns"]}
    model, limit = _class_name(table), schema["search"]["limit"]
    parameters = [
        f"{f['name']}: Optional[{types[f['column']]}] = Query(None, "
        f'description="Filter: {_words(f["name"])}", {_example(example[f["column"]])})'
        for f in tool["filters"]
    ]
    parameters += [
        f'limit: int = Query({limit["default"]}, le={limit["max"]}, description="Most rows")',
        'offset: int = Query(0, description="Rows to skip")',
    ]
    lines = [
        _decorator(table, tool, f"{model}List"),
        f"async def {tool['name']}(",
        *(f"    {parameter}," for parameter in parameters),
        "):",
        "    session = SessionLocal()",
        f"    query = session.query({model})",
    ]
    for f in tool["filters"]:
        condition = CONDITIONS[f["op"]].format(model=model, **f)
        lines += [f"    if {f['name']} is not None:", f"        query = query.filter({condition})"]
    lines += [
        f"    found = query.order_by({model}.id).offset(offset).limit(limit).all()",
        f'    result = {{"{table["name"]}": [{_as_dict(table, "row")} for row in found]}}',
        "    session.close()",
        "    return result",
    ]
    return "\n".join(lines)


def _get(schema: Json, table: Json, tool: Json, example: Json) -> str:
    model = _class_name(table)
    return "\n".join(
        [
            _decorator(table, tool, f"{model}Row"),
            f"async def {tool['name']}({_id_parameter(table)}):",
            "    session = SessionLocal()",
            f"    row = session.query({model}).filter({model}.id == {table['singular']}_id).first()",
            f"    result = {_as_dict(table, 'row')}",
            "    session.close()",
            "    return result",
        ]
    )


def _request_model(table: Json, tool: Json, example: Json) -> str:
    columns = {column["name"]: column for column in table["columns"]}
    lines = [f"class {_request_name(tool)}(BaseModel):"]
    lines += [
        f"    {name}: {_annotation(columns[name])} = {_field(columns[name], example[name], _words(table['singular']))}"
        for name in tool["arguments"]
    ]
    return "\n".join(lines) + "\n\n\n"


def _request_name(tool: Json) -> str:
    return "".join(word.title() for word in tool["name"].split("_")) + "Request"


def _assigned(schema: Json, tool: Json) -> dict[str, str]:
    values = {name: f"request.{name}" for name in tool["arguments"]}
    values |= {name: repr(schema["now"] if value == "$now" else value) for name, value in tool["constants"].items()}
    return values


def _insert(schema: Json, table: Json, tool: Json, example: Json) -> str:
    model = _class_name(table)
    values = ", ".join(f"{name}={value}" for name, value in _assigned(schema, tool).items())
    return _request_model(table, tool, example) + "\n".join(
        [
            _decorator(table, tool, f"{model}Row"),
            f"async def {tool['name']}(request: {_request_name(tool)}):",
            "    session = SessionLocal()",
            f"    row = {model}({values})",
            "    session.add(row)",
            "    session.commit()",
            "    session.refresh(row)",
            f"    result = {_as_dict(table, 'row')}",
            "    session.close()",
            "    return result",
        ]
    )


def _update(schema: Json, table: Json, tool: Json, example: Json) -> str:
    model = _class_name(table)
    return _request_model(table, tool, example) + "\n".join(
        [
            _decorator(table, tool, f"{model}Row"),
            f"async def {tool['name']}(request: {_request_name(tool)}, {_id_parameter(table)}):",
            "    session = SessionLocal()",
            f"    row = session.query({model}).filter({model}.id == {table['singular']}_id).first()",
            *(f"    row.{name} = {value}" for name, value in _assigned(schema, tool).items()),
            "    session.commit()",
            f"    result = {_as_dict(table, 'row')}",
            "    session.close()",
            "    return result",
        ]
    )


_ENDPOINTS = {"search": _search, "get": _get, "insert": _insert, "update": _update}
