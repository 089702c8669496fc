"""World scripts made at random, so that the laws are not only held by worlds that somebody wrote."""

from __future__ import annotations

from agentworlds.rng import Stream
from agentworlds.spec.loader import load_script
from agentworlds.worlds.world import LoadedWorld

TYPES = (
    ("Word", "draw.text('word')"), ("Annotated[int, Range(0, 50)]", "draw.integer(0, 50)"),
    ("Money", "draw.money(0, 90)"),
    ("bool", "draw.chance(50)"), ("Literal['red', 'green', 'blue']", "draw.choice(('red', 'green', 'blue'))"),
    ("date", "draw.day(-9, 9)"), ("datetime", "draw.moment(-9, 9)"), ("Text | None", "None"),
    ("Annotated[Decimal, Places(3), Range(-5, 5)]", "draw.money(-5, 5, '0.001')"),
)  # fmt: skip

HEAD = '''"""A random world."""
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from agentworlds import Draw, Money, Places, Range, Row, Text, Word, World
from agentworlds import count, delete, field, insert, now, refuse, rows

world = World("random_{seed}", title="Random {seed}")
'''


def random_script(seed: int) -> str:
    """A script with two to five tables, reads for all, and tools that insert, change, move and delete."""
    stream = Stream("random world", seed)
    names = ["Ada", "Ben", "Cleo", "Dov", "Eve"][: stream.integer(2, 5)]
    parts = [HEAD.format(seed=seed)]
    data = ["@world.data\ndef fill(draw: Draw) -> None:"]
    for position, name in enumerate(names):
        columns = [(f"c{n}", *stream.choice(TYPES)) for n in range(stream.integer(1, 4))]
        target = stream.choice(names[:position]) if position else None
        lines = [f"@world.table\nclass {name}(Row):"]
        lines += [f"    parent: {target}"] if target else []
        lines += [f"    {column}: {kind}" for column, kind, _ in columns]
        lines += ["    touched: int = field(default=0)", "    made: datetime = field(default=now)"]
        parts.append("\n".join(lines))
        low = name.lower()
        by = [f'"{column}"' for column, _, _ in columns] + (['"parent"'] if target else [])
        parts.append(f"world.reads({name}, by=({', '.join(by)},), sort=({by[0]},))")
        params = ([f"parent: {target}"] if target else []) + [f"{column}: {kind}" for column, kind, _ in columns]
        given = (["parent=parent"] if target else []) + [f"{column}={column}" for column, _, _ in columns]
        parts.append(f'@world.tool\ndef add_{low}({", ".join(params)}) -> {name}:\n    """Add."""\n'
                     f'    return insert({name}({", ".join(given)}))')  # fmt: skip
        column, kind, _ = columns[0]
        parts.append(f'@world.tool\ndef change_{low}({low}: {name}, value: {kind}) -> {name}:\n    """Change."""\n'
                     f"    {low}.touched += 1\n    {low}.{column} = value\n"
                     f'    if {low}.touched > 3:\n        refuse("limit", "Touched too often.")\n'
                     f"    return {low}")  # fmt: skip
        parts.append(f'@world.tool(destructive=True)\ndef drop_{low}({low}: {name}) -> None:\n    """Drop."""\n'
                     f'    if CHILDREN_{name}({low}):\n        refuse("conflict", "In use.")\n'
                     f"    delete({low})")  # fmt: skip
        values = (["parent=draw.pick(" + target + ")"] if target else []) + [f"{c}={v}" for c, _, v in columns]
        data.append(f"    for _ in draw.many({stream.integer(3, 12)}):\n        insert({name}({', '.join(values)}))")
        parts.append(f"# end {name} {target}")
    script = "\n\n\n".join([*parts, "\n".join(data)])
    for name in names:
        users = [child for child in names if f"# end {child} {name}" in script]
        counted = " or ".join(f"count({child}, parent={{0}})" for child in users) or "False"
        script = script.replace(f"CHILDREN_{name}({name.lower()})", counted.format(name.lower()))
    script += '\n\n\n@world.rule(Ada, "conflict", "Touched at most twice.")\n'
    script += "def rarely_touched(ada: Ada) -> bool:\n    return ada.touched <= 2\n"
    return script


def random_world(seed: int) -> LoadedWorld:
    """The loaded world of a random script."""
    return LoadedWorld(load_script("random.py", {"random.py": random_script(seed)}))
