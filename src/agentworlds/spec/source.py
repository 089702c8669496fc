"""The script that is being executed: its text, its names, and where its declarations stand."""

from __future__ import annotations

import ast
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentworlds.errors import Problem, ScriptError, short

if TYPE_CHECKING:
    from agentworlds.spec.world import World


@dataclass
class Source:
    """One file of a script, with the places of its declarations."""

    path: str
    text: str
    columns: dict[tuple[str, str], int] = field(default_factory=dict)
    classes: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, path: str | Path, text: str | None = None) -> Source:
        """Parse a file. Raises ScriptError for a syntax error."""
        if text is None:
            try:
                text = Path(path).read_text(encoding="utf-8")
            except UnicodeDecodeError as error:
                raise ScriptError([Problem(short(path), 1, f"not text in UTF-8: {error.reason}")]) from None
        source = cls(str(path), text)
        try:
            tree = ast.parse(text, filename=str(path))
        except SyntaxError as error:
            raise ScriptError([Problem(short(path), error.lineno or 1, f"not Python: {error.msg}")]) from None
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                source.classes[node.name] = node.lineno
                for item in node.body:
                    if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                        source.columns[node.name, item.target.id] = item.lineno
        return source


@dataclass
class Frame:
    """The script that is being executed now, for the declarations in it to find."""

    source: Source
    namespace: dict[str, Any]
    host: World | None = None
    bindings: dict[str, Any] = field(default_factory=dict)
    rename: dict[str, str] = field(default_factory=dict)
    label: str = ""
    used: set[str] = field(default_factory=set)
    tools: dict[str, str] = field(default_factory=dict)
    """What the world calls each tool of this script."""
    words: dict[str, list[str]] = field(default_factory=dict)
    """For a module: what the world calls columns and parameters that its intents name."""
    without: tuple[str, ...] = ()
    """For a module: tools that the including world does not want."""
    intents: bool = True
    """For a module: whether its intents become the world's."""
    included_at: tuple[Frame, int] | None = None
    """For a module: the script that includes it, and the line."""
    engines: dict[str, Any] = field(default_factory=dict)
    """Engines that whoever loads the world chose, by suite."""
    texts: dict[str, str] = field(default_factory=dict)
    """Sources by file name, for scripts that are not on disk: a bundle's."""


executing: ContextVar[Frame | None] = ContextVar("executing", default=None)
