"""The same operations here and in the reference system's way, outputs matched before any ratio is printed.

python bench/reference/measure.py     # once: writes bench/reference/{results,outputs}.json
python bench/compare.py               # writes bench/comparison.json
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from agentworlds.bench.measure import SHOP, median_time
from agentworlds.compile.program import Program
from agentworlds.data.draw import Draw
from agentworlds.runtime.pool import Pool
from agentworlds.runtime.template import Template, make_template
from agentworlds.spec.columns import Ref
from agentworlds.spec.loader import load_script
from agentworlds.spec.rows import Row, insert
from agentworlds.spec.world import World

HERE = Path(__file__).parent
EPISODE_START = "episode_start.direct.mcp"


def shared_rows(world: World) -> Callable[[Draw], None]:
    """A data function that inserts the rows of ``rows.json``, the very rows that the reference app serves."""
    data = json.loads((HERE / "rows.json").read_text(encoding="utf-8"))
    content = data.get("rows", data)
    classes: dict[str, type[Row]] = {table.plural: table.cls for table in world.tables}

    def fill(draw: Draw) -> None:
        made: dict[tuple[str, int], Row] = {}
        for table in world.tables:
            for row in content[table.plural]:
                values: dict[str, Any] = {}
                for column in table.columns:
                    value = row[column.stored_name]
                    if value is not None and isinstance(column.kind, Ref):
                        value = made[column.kind.target.__table__.name, value]
                    elif value is not None:
                        kind = column.kind
                        value = kind.load(kind.parse(value))  # type: ignore[union-attr]
                    values[column.name] = value
                new = insert(classes[table.plural](**values))
                assert new.id == row["id"], f"{table.plural} {row['id']} got id {new.id}"
                made[table.name, new.id] = new

    return fill


def build() -> Template:
    """The shop with the shared rows."""
    world = load_script(SHOP)
    world.seeders = [(False, shared_rows(world))]
    return make_template(Program(world))


def contains(ours: Any, theirs: Any) -> bool:
    """Whether our output holds everything that theirs does, with equal values; ours also names the rows referred to."""
    if isinstance(theirs, dict):
        return isinstance(ours, dict) and all(name in ours and contains(ours[name], theirs[name]) for name in theirs)
    if isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(contains, ours, theirs))
    return bool(ours == theirs)


def main() -> None:
    """Match outputs, measure, print and keep the ratios."""
    outputs = json.loads((HERE / "reference/outputs.json").read_text(encoding="utf-8"))
    theirs = {one["figure"]: one for one in json.loads((HERE / "reference/results.json").read_text(encoding="utf-8"))}
    pool = Pool(build())
    instance = pool.acquire()
    rows = []
    for name in ("call_get", "call_list", "call_insert", "call_update"):
        request, expected = outputs[name]["request"], outputs[name]["response"]
        instance.reset()
        got = orjson.loads(instance.apply(request["tool"], request["arguments"]).json)
        if name == "call_list":
            got, expected = got["results"], next(iter(expected.values()))
        if not contains(got, expected):
            raise SystemExit(f"{name}: outputs differ, so there is no ratio:\n{got}\n{expected}")
        ours = median_time(partial(_json, instance, request), 2000, instance.reset if name == "call_insert" else None)
        rows += [(name, ours, theirs[f"{name}.{way}"], way) for way in ("mcp", "rest")]
    start = median_time(lambda: pool.acquire().close(), 1000)
    rows.append(("episode start", start, theirs[EPISODE_START], "one server process"))
    found = [
        {
            "figure": name, "way": way, "ours_us": round(ours, 1), "theirs_us": round(their["value"] * 1000, 1),
            "ratio": round(their["value"] * 1000 / ours), "command": "python bench/compare.py",
        }
        for name, ours, their, way in rows
    ]  # fmt: skip
    (HERE / "comparison.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    for one in found:
        times = f"{one['ours_us']:>9} µs   {one['theirs_us']:>11} µs   {one['ratio']:>7} times"
        print(f"{one['figure']:14} {one['way']:20} {times}")


def _json(instance: Any, request: dict[str, Any]) -> str:
    return str(instance.apply(request["tool"], request["arguments"]).json)


if __name__ == "__main__":
    main()
