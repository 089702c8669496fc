"""Where the packaged content is: worlds, modules and suites by id, without importing any of it."""

from __future__ import annotations

from pathlib import Path

from agentworlds.errors import NotFound, nearest


class Content:
    """The script files under a folder, one file each."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def paths(self, folder: str) -> list[Path]:
        """The scripts in ``domains``, ``modules`` or ``suites``, by name."""
        return sorted(path for path in (self.root / folder).glob("*.py") if not path.stem.startswith("_"))

    def ids(self, folder: str) -> list[str]:
        """Their ids."""
        return [path.stem for path in self.paths(folder)]

    def world(self, id: str) -> Path:
        """The script of a packaged world. Raises NotFound with the nearest id."""
        return self.part("domains", id)

    def part(self, folder: str, id: str) -> Path:
        """The script of a packaged world, module or suite. Raises NotFound with the nearest id."""
        known = {path.stem: path for path in self.paths(folder)}
        if id not in known:
            kind = "world" if folder == "domains" else folder.removesuffix("s")
            raise NotFound(f"there is no {kind} {id!r}{nearest(id, known)}; known are {', '.join(known) or 'none'}")
        return known[id]


CONTENT = Content(Path(__file__).parent)
