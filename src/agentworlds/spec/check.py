"""Static checks of a script's syntax tree, before any of it runs.

They keep honest scripts deterministic and terminating, and catch the careless ones. They are no sandbox:
a script from a stranger is untrusted code and belongs in a sandboxed process besides.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from agentworlds.errors import Problem, nearest, short

ALLOWED_IMPORTS = (
    "agentworlds", "calendar", "collections", "dataclasses", "datetime", "decimal", "enum", "fractions", "functools",
    "itertools", "math", "re", "statistics", "string", "textwrap", "types", "typing", "__future__", "unicodedata",
    "zoneinfo",
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
OUTSIDE_MODULES = ("random", "os", "sys", "io", "subprocess", "pathlib", "threading")
CLOCK_CALLS = {
    "now": "the wall clock is not the world's; use now()",
    "today": "the wall clock is not the world's; use today()",
    "utcnow": "the wall clock is not the world's; use now()",
    "timestamp": "depends on the machine's time zone; subtract dates instead",
    "fromtimestamp": "depends on the machine's time zone; use dates",
    "astimezone": "depends on the machine's time zone; a world has one local time",
}
CACHES = ("cache", "lru_cache", "cached_property")
CHANGING = (
    "append", "add", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "reverse", "setdefault",
    "sort", "update",
)  # fmt: skip
MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
MAKERS = ("list", "dict", "set", "Counter", "defaultdict", "deque", "OrderedDict", "count", "cycle", "iter")

ORDERED = ("list", "tuple", "enumerate", "iter", "next", "join", "choice", "sample", "shuffled", "skewed")
UNORDERED = "the order of a set differs from run to run; use sorted(...), or dict.fromkeys(...) to drop repetitions"

Complain = Callable[[ast.AST, str], None]


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
        elif isinstance(node, ast.Call):
            _check_call(node, complain)
        elif isinstance(node, ast.FunctionDef):
            _check_defaults(node, complain)
        elif isinstance(node, ast.For | ast.comprehension) and _is_set(node.iter):
            complain(node.iter, UNORDERED)
    _check_shared_state(tree, complain)
    return problems


def _check_import(node: ast.Import | ast.ImportFrom, complain: Complain) -> None:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    for name in names:
        if name.split(".")[0] not in ALLOWED_IMPORTS:
            complain(node, f"import of {name!r} is not allowed{nearest(name, ALLOWED_IMPORTS)}; "
                     "scripts use agentworlds and pure parts of the standard library")  # fmt: skip
    if isinstance(node, ast.Import):
        return
    for alias in node.names:
        if alias.name in OUTSIDE_MODULES or (alias.name == "time" and node.module != "datetime"):
            complain(node, f"{alias.name!r} reaches outside the world")
        if node.module == "functools" and alias.name in CACHES:
            complain(node, f"{alias.name} would keep values from one episode to the next")


def _check_attribute(node: ast.Attribute, complain: Complain) -> None:
    if node.attr.startswith("__") and node.attr not in ("__name__",):
        complain(node, f"{node.attr} reaches under the language")
    if isinstance(node.value, ast.Name) and node.value.id == "functools" and node.attr in CACHES:
        complain(node, f"{node.attr} would keep values from one episode to the next")


def _check_call(node: ast.Call, complain: Complain) -> None:
    if isinstance(node.func, ast.Name) and node.func.id == "refuse":
        _check_refuse(node, complain)
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in ORDERED and node.args and _is_set(node.args[0]):
        complain(node, UNORDERED)
    if isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK_CALLS:
        complain(node, f".{node.func.attr}(): {CLOCK_CALLS[node.func.attr]}")


def _check_defaults(node: ast.FunctionDef, complain: Complain) -> None:
    for default in (*node.args.defaults, *node.args.kw_defaults):
        if isinstance(default, MUTABLE):
            complain(default, f"{node.name}: a default that can change is shared by all episodes; use None or a tuple")


def _check_shared_state(tree: ast.Module, complain: Complain) -> None:
    """Flag functions that change what the module holds: it would leak from one episode into the next."""
    shared: set[str] = set()
    for statement in tree.body:
        if isinstance(statement, ast.ClassDef):
            shared.add(statement.name)
        if isinstance(statement, ast.Assign | ast.AnnAssign) and _can_change(statement.value):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            shared |= {target.id for target in targets if isinstance(target, ast.Name)}
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            own = {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)}
            own |= {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
            for node in ast.walk(function):
                name = _changed(node)
                if name in shared - own:
                    complain(node, f"{name} is shared by all episodes; what changes belongs in a table")


def _is_set(value: ast.expr) -> bool:
    made = isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id in ("set", "frozenset")
    return made or isinstance(value, ast.Set | ast.SetComp)


def _can_change(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        name = value.func.attr if isinstance(value.func, ast.Attribute) else getattr(value.func, "id", "")
        return name in MAKERS
    return isinstance(value, MUTABLE)


def _changed(node: ast.AST) -> str | None:
    """The name whose value a node changes in place."""
    holder: ast.AST | None = None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING:
        holder = node.func.value
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "next" and node.args:
        holder = node.args[0]
    elif isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
        holder = node.value
    return holder.id if isinstance(holder, ast.Name) else None


def _check_refuse(node: ast.Call, complain: Complain) -> None:
    codes = ("not_found", "invalid", "forbidden", "conflict", "insufficient", "unavailable", "limit")
    first = node.args[0] if node.args else None
    if isinstance(first, ast.Constant) and first.value not in codes:
        complain(node, f"refuse: {first.value!r} is not a code{nearest(str(first.value), codes)}; "
                 f"codes are {', '.join(codes)}")  # fmt: skip
    if len(node.args) + len([k for k in node.keywords if k.arg == "message"]) < 2:
        complain(node, "refuse needs a code and a message")


def _names(node: ast.expr) -> set[str]:
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}
