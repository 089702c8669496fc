"""Static checks of a script's syntax tree, before any of it runs.

They keep honest scripts deterministic and terminating, and catch the careless ones. They are no sandbox:
a script from a stranger is untrusted code and belongs in a sandboxed process besides.
"""

from __future__ import annotations

import ast

from agentworlds.errors import Problem, nearest, short

ALLOWED_IMPORTS = (
    "agentworlds", "calendar", "collections", "dataclasses", "datetime", "decimal", "enum", "fractions", "functools",
    "itertools", "math", "re", "statistics", "string", "textwrap", "types", "typing", "__future__", "unicodedata",
    "zoneinfo", "email",
)  # fmt: skip
FORBIDDEN_NAMES = {
    "open": "files are outside the world",
    "exec": "scripts do not run other code",
    "eval": "scripts do not run other code",
    "compile": "scripts do not run other code",
    "input": "nobody is there to answer",
    "print": "tools return what they say",
    "globals": "use names directly",
    "locals": "use names directly",
    "vars": "use names directly",
    "breakpoint": "scripts run unattended",
    "id": "object addresses differ from run to run; use row.id",
    "hash": "hashes differ from run to run",
    "__import__": "use import",
}
FORBIDDEN_ATTRIBUTES = {
    "now": ("datetime", "the wall clock is not the world's; use now()"),
    "today": ("date", "the wall clock is not the world's; use today()"),
    "utcnow": ("datetime", "the wall clock is not the world's; use now()"),
}


def check_source(path: str, text: str) -> list[Problem]:
    """Every problem found in a script's text."""
    problems: list[Problem] = []

    def complain(node: ast.AST, message: str) -> None:
        problems.append(Problem(short(path), getattr(node, "lineno", 1), message))

    try:
        tree = ast.parse(text, filename=path)
    except SyntaxError as error:
        return [Problem(short(path), error.lineno or 1, f"not Python: {error.msg}")]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            _check_import(node, complain)
        elif isinstance(node, ast.While):
            complain(node, "'while' may never end; loop over rows or a range")
        elif isinstance(node, ast.AsyncFunctionDef | ast.Await):
            complain(node, "tools are plain functions, not async ones")
        elif isinstance(node, ast.Global):
            complain(node, "global state would leak between episodes; keep it in a table")
        elif isinstance(node, ast.ExceptHandler) and (
            node.type is None or _names(node.type) & {"Exception", "BaseException"}
        ):
            complain(node, "a blanket except would swallow refusals; name what you expect")
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in FORBIDDEN_NAMES:
            complain(node, f"{node.id}() is not part of the language: {FORBIDDEN_NAMES[node.id]}")
        elif isinstance(node, ast.Attribute):
            _check_attribute(node, complain)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "refuse":
            _check_refuse(node, complain)
    return problems


def _check_import(node: ast.Import | ast.ImportFrom, complain: object) -> None:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    for name in names:
        if name.split(".")[0] not in ALLOWED_IMPORTS:
            complain(node, f"import of {name!r} is not allowed{nearest(name, ALLOWED_IMPORTS)}; "  # type: ignore[operator]
                     "scripts use agentworlds and pure parts of the standard library")  # fmt: skip


def _check_attribute(node: ast.Attribute, complain: object) -> None:
    if node.attr.startswith("__") and node.attr not in ("__name__",):
        complain(node, f"{node.attr} reaches under the language")  # type: ignore[operator]
    owner = FORBIDDEN_ATTRIBUTES.get(node.attr)
    if owner and isinstance(node.value, ast.Name) and node.value.id in ("datetime", "date"):
        complain(node, f"{node.value.id}.{node.attr}(): {owner[1]}")  # type: ignore[operator]


def _check_refuse(node: ast.Call, complain: object) -> None:
    codes = ("not_found", "invalid", "forbidden", "conflict", "insufficient", "unavailable", "limit")
    first = node.args[0] if node.args else None
    if isinstance(first, ast.Constant) and first.value not in codes:
        complain(node, f"refuse: {first.value!r} is not a code{nearest(str(first.value), codes)}; "  # type: ignore[operator]
                 f"codes are {', '.join(codes)}")  # fmt: skip
    if len(node.args) + len([k for k in node.keywords if k.arg == "message"]) < 2:
        complain(node, "refuse needs a code and a message")  # type: ignore[operator]


def _names(node: ast.expr) -> set[str]:
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
