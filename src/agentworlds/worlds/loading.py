"""`load`: a world by id, script or bundle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agentworlds.errors import NotFound
from agentworlds.registry import CONTENT
from agentworlds.spec.hosting import host_script
from agentworlds.spec.loader import load_script
from agentworlds.worlds.bundle import load_bundle
from agentworlds.worlds.world import LoadedWorld


def load(world: str | Path, *, engines: dict[str, Any] | None = None) -> LoadedWorld:
    """Load a world by id, by a script's path, or by a bundle's path.

    Args:
        world: Which one; ``suite:email`` is a small office that has that suite alone, ``module:ledger`` likewise.
        engines: Other libraries behind its suites, by suite: an engine's name, ``module:Class``, or a class.

    Raises:
        NotFound: with the nearest id.
        ScriptError: with every problem in the script.
    """
    path = Path(world)
    if path.suffix == ".world":
        return load_bundle(path, engines)
    if path.suffix == ".py" or "/" in str(world):
        if not path.is_file():
            raise NotFound(f"there is no script {world}")
        return LoadedWorld(load_script(path, engines=engines))
    kind, _, name = str(world).partition(":")
    if name and kind in ("suite", "module"):
        home = f"{name}_alone.py"
        return LoadedWorld(load_script(home, {home: host_script(CONTENT.part(f"{kind}s", name))}, engines))
    return LoadedWorld(load_script(CONTENT.world(str(world)), engines=engines))
