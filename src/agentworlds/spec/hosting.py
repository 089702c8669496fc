"""The smallest world around a module or suite, to try it alone: its placeholders become tables."""

from __future__ import annotations

import ast
from pathlib import Path

from agentworlds.spec.rows import Row


def placeholders(tree: ast.Module) -> list[ast.ClassDef]:
    """The classes of a module's script that stand for a host's tables."""
    return [
        node for node in tree.body
        if isinstance(node, ast.ClassDef)
        and any(isinstance(one, ast.Attribute) and one.attr == "placeholder" for one in node.decorator_list)
    ]  # fmt: skip


def host_script(path: Path) -> str:
    """The script of a world that includes a module or suite and nothing else."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = [ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    classes = placeholders(tree)
    names = [placeholder.name for placeholder in classes]
    tables = []
    for placeholder in classes:
        columns = [line.target.id for line in placeholder.body
                   if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)]  # fmt: skip
        placeholder.decorator_list = [ast.parse("world.table", mode="eval").body]
        by = ", ".join(f"{column!r}" for column in columns)
        tables += [ast.unparse(placeholder), f"world.reads({placeholder.name}, by=[{by}])"]
    filled = [f"    for _ in draw.many(24): draw.new({name})" for name in names]
    return "\n".join(
        [
            f'"""An office in which {path.stem} can be tried by itself."""',
            *imports,
            f"from agentworlds import {Row.__name__}, World",
            f"world = World('try_{path.stem}', title='Harbour Lane Office')",
            *tables,
            f"world.include({path.stem!r}, {', '.join(f'{name}={name}' for name in names)})",
            "@world.data",
            "def people(draw):",
            *(filled or ["    pass"]),
        ]
    )
