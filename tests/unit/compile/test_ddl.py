"""Spec in, exact SQL and schemas out."""

from __future__ import annotations

from agentworlds.compile.schemas import input_schema, mcp_tool, openai_tool, output_schema
from agentworlds.types import MAX_INTEGER
from tests.unit.shelter import shelter

DDL = [
    'CREATE TABLE "owner" (\n  id INTEGER PRIMARY KEY,\n  "name" TEXT NOT NULL CHECK (length("name") BETWEEN 1 AND 80),\n'
    '  "email" TEXT NOT NULL UNIQUE CHECK (length("email") BETWEEN 3 AND 120),\n'
    '  "balance" INTEGER NOT NULL CHECK (abs("balance") <= 100000000000),\n'
    '  "pin" TEXT NOT NULL CHECK (length("pin") BETWEEN 1 AND 40)\n) STRICT',
    'CREATE TABLE "tag" (\n  id INTEGER PRIMARY KEY,\n  "word" TEXT NOT NULL CHECK (length("word") BETWEEN 1 AND 40)\n) STRICT',
    'CREATE TABLE "pet" (\n  id INTEGER PRIMARY KEY,\n  "owner_id" INTEGER NOT NULL REFERENCES "owner" (id),\n'
    '  "name" TEXT NOT NULL CHECK (length("name") BETWEEN 1 AND 40),\n'
    "  \"species\" TEXT NOT NULL CHECK (\"species\" IN ('dog', 'guinea_pig')),\n"
    '  "weight" INTEGER NOT NULL CHECK ("weight" BETWEEN 2 AND 900),\n'
    '  "born" TEXT CHECK ("born" GLOB \'????-??-??\'),\n'
    '  "mother_id" INTEGER REFERENCES "pet" (id),\n'
    '  "neutered" INTEGER NOT NULL CHECK ("neutered" IN (0, 1))\n) STRICT',
    'CREATE INDEX "pet_owner_id" ON "pet" ("owner_id")',
    'CREATE INDEX "pet_mother_id" ON "pet" ("mother_id")',
    'CREATE TABLE "visit" (\n  id INTEGER PRIMARY KEY,\n  "pet_id" INTEGER NOT NULL REFERENCES "pet" (id),\n'
    '  "starts" TEXT NOT NULL CHECK ("starts" GLOB \'????-??-??T??:??:??\'),\n'
    '  "opens" TEXT NOT NULL CHECK ("opens" GLOB \'??:??\'),\n'
    '  "length" INTEGER CHECK ("length" BETWEEN 0 AND 527040),\n'
    '  "note" TEXT NOT NULL CHECK (length("note") <= 2000),\n'
    '  "rank" INTEGER NOT NULL,\n'
    '  "made" TEXT NOT NULL CHECK ("made" GLOB \'????-??-??T??:??:??\'),\n'
    '  UNIQUE ("pet_id", "starts")\n) STRICT',
    'CREATE TABLE "page" (\n  id INTEGER PRIMARY KEY,\n  "word" TEXT NOT NULL CHECK (length("word") BETWEEN 1 AND 40)\n) STRICT',
    'CREATE TABLE "bulk" (\n  id INTEGER PRIMARY KEY,\n  "number" INTEGER NOT NULL\n) STRICT',
    'CREATE TABLE "pet_tags" (\n  id INTEGER PRIMARY KEY,\n  "pet_id" INTEGER NOT NULL REFERENCES "pet" (id),\n'
    '  "tag_id" INTEGER NOT NULL REFERENCES "tag" (id),\n  UNIQUE ("pet_id", "tag_id")\n) STRICT',
    'CREATE INDEX "visit_pet_id" ON "visit" ("pet_id")',
    'CREATE INDEX "pet_tags_pet_id" ON "pet_tags" ("pet_id")',
    'CREATE INDEX "pet_tags_tag_id" ON "pet_tags" ("tag_id")',
]


def test_the_tables_are_exactly_these() -> None:
    assert sorted(shelter().program.ddl) == sorted(DDL)


ID = {"type": "integer", "minimum": 1, "maximum": MAX_INTEGER}
ADD_PET = {
    "type": "object",
    "properties": {
        "owner_id": {**ID, "description": "the id of an owner"},
        "name": {"type": "string", "maxLength": 40, "minLength": 1, "description": "what it answers to"},
        "species": {"type": "string", "enum": ["dog", "guinea_pig"]},
        "weight": {
            "type": "number", "minimum": 0.2, "maximum": 90.0, "description": "at most 1 decimal place", "default": 5.0,
        },
        "born": {"type": ["string", "null"], "format": "date", "description": "its birthday, if known"},
        "mother_id": {**ID, "type": ["integer", "null"], "description": "the id of a pet"},
        "tag_ids": {"type": ["array", "null"], "items": ID, "maxItems": 50},
    },
    "additionalProperties": False,
    "required": ["owner_id", "name", "species"],
}  # fmt: skip
TAGS = {
    "type": "object",
    "properties": {"id": {"type": "integer"}, "word": {"type": "string", "maxLength": 40, "minLength": 1}},
    "required": ["id", "word"],
}


def test_the_schema_of_a_tools_arguments_is_exact() -> None:
    assert input_schema(shelter().world.tools["add_pet"]) == ADD_PET


def test_the_shapes_for_clients_are_exact() -> None:
    tool = shelter().world.tools["tag_pet"]
    arguments = {
        "type": "object",
        "properties": {
            "pet_id": {**ID, "description": "the id of a pet"},
            "tag_ids": {"type": "array", "items": ID, "maxItems": 50},
        },
        "additionalProperties": False,
        "required": ["pet_id", "tag_ids"],
    }
    about = "Give a pet exactly these tags."
    assert openai_tool(tool) == {
        "type": "function", "function": {"name": "tag_pet", "description": about, "parameters": arguments},
    }  # fmt: skip
    shown = mcp_tool(tool, shelter().program.views)
    assert shown["outputSchema"]["properties"]["results"] == {"type": "array", "items": TAGS}
    del shown["outputSchema"]
    assert shown == {
        "name": "tag_pet", "description": about, "inputSchema": arguments,
        "annotations": {
            "readOnlyHint": False, "destructiveHint": False, "idempotentHint": False, "openWorldHint": False,
        },
    }  # fmt: skip


def test_hidden_columns_are_in_no_schema_and_no_result() -> None:
    world = shelter()
    for tool in world.world.tools.values():
        assert "pin" not in str(output_schema(tool, world.program.views)).replace("mapping", "")
        assert "pin" not in {param.name for param in tool.params}
    view = next(view for view in world.program.views.values() if view.table.name == "visit")
    assert view.keys == [
        "id", "pet_id", "pet_name", "starts", "opens", "length", "note", "rank", "made", "pet_owner_name", "pet_species",
    ]  # fmt: skip
    assert view.joins.sql == [
        '"visit" AS t', 'LEFT JOIN "pet" AS r1 ON r1.id = t."pet_id"', 'LEFT JOIN "owner" AS r2 ON r2.id = r1."owner_id"',
    ]  # fmt: skip
