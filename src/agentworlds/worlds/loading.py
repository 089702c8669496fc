"""`load`: a world by id, script or bundle."""

from __future__ import annotations

from pathlib import Path

from agentworlds.errors import NotFound
from agentworlds.registry import CONTENT
from agentworlds.spec.loader import load_script
from agentworlds.worlds.bundle import load_bundle
from agentworlds.worlds.world import LoadedWorld


def load(world: str | Path) -> LoadedWorld:
    """Load a world by id, by a script's path, or by a bundle's path.

    Raises:
        NotFound: with the nearest id.
        ScriptError: with every problem in the script.
    """
    path = Path(world)
    if path.suffix == ".world":
        return load_bundle(path)
    if path.suffix == ".py" or "/" in str(world):
        if not path.is_file():
            raise NotFound(f"there is no script {world}")
        return LoadedWorld(load_script(path))
    return LoadedWorld(load_script(CONTENT.world(str(world))))
