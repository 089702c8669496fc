"""From a script's text to a finished `World`: the one place that executes scripts."""

from __future__ import annotations

import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from agentworlds.errors import NotFound, Problem, ScriptError, nearest, short
from agentworlds.registry import CONTENT
from agentworlds.spec.check import check_source
from agentworlds.spec.columns import Unreadable
from agentworlds.spec.source import Frame, Source, executing
from agentworlds.spec.world import World


def load_script(path: str | Path, texts: dict[str, str] | None = None, engines: dict[str, Any] | None = None) -> World:
    """The world that a script declares.

    Args:
        path: The script.
        texts: Sources by file name, for scripts that are not on disk (a bundle's).
        engines: Engines of suites other than those that the script chose, by suite: names or classes.

    Raises:
        ScriptError: with every problem that was found.
        NotFound: for an engine of a suite that the world does not include.
    """
    source = Source.read(path, (texts or {}).get(Path(path).name))
    frame = Frame(source, {}, texts=texts or {}, engines=engines or {})
    namespace = execute(frame)
    world = namespace.get("__world__")
    if not isinstance(world, World):
        raise ScriptError([Problem(short(path), 1, "the script declares no World: world = World('id', title='…')")])
    world.about = " ".join((namespace.get("__doc__") or "").split())
    world.finish()
    for suite in engines or {}:
        if suite not in world.modules:
            raise NotFound(f"{world.id} includes no suite {suite!r}{nearest(suite, world.modules)}")
    return world


def execute(frame: Frame) -> dict[str, Any]:
    """Run a script's source in a namespace of its own. Raises ScriptError with the failing line."""
    source = frame.source
    problems = check_source(source.path, source.text)
    if problems:
        raise ScriptError(problems)
    frame.namespace.update({"__name__": f"agentworlds.scripts.{Path(source.path).stem}", "__file__": source.path})
    token = executing.set(frame)
    try:
        exec(compile(source.text, source.path, "exec", dont_inherit=True), frame.namespace)  # noqa: S102
    except ScriptError:
        raise
    except NameError as error:
        raise _problem(frame, error, f"{error}{nearest(error.name or '', frame.namespace)}") from None
    except (
        ImportError,
        AttributeError,
        TypeError,
        ValueError,
        KeyError,
        IndexError,
        RuntimeError,
        Unreadable,
    ) as error:
        raise _problem(frame, error, f"{type(error).__name__}: {error}") from error
    finally:
        executing.reset(token)
    return frame.namespace


def _problem(frame: Frame, error: Exception, message: str) -> ScriptError:
    """The failing line, after whatever was found wrong before it."""
    source = frame.source
    world = frame.host or frame.namespace.get("__world__")
    before = world.problems if isinstance(world, World) else []
    frames = [entry for entry in traceback.extract_tb(error.__traceback__) if entry.filename == source.path]
    line = (frames[-1].lineno if frames else 1) or 1
    return ScriptError([*before, Problem(short(source.path), line, message)])


def module_path(module: ModuleType | str | Path, near: Path) -> str:
    """The file of a module or suite given as an import, an id or a path. Raises FileNotFoundError."""
    if isinstance(module, ModuleType):
        return str(module.__file__)
    for candidate in (Path(module), near / str(module)):
        if candidate.suffix == ".py" and candidate.is_file():
            return str(candidate)
    known = {path.stem: path for folder in ("modules", "suites") for path in CONTENT.paths(folder)}
    if str(module) in known:
        return str(known[str(module)])
    raise FileNotFoundError(f"there is no module or suite {str(module)!r}{nearest(str(module), known)}")
