"""Files: paths, patterns and file systems, by fsspec.

The tools ask an engine about paths and names. People outside ask for the drive of a live world itself, as a file
system that whatever speaks fsspec can read::

    fs = agentworlds.engines.files.filesystem(instance)
    with fs.open("/Reports/Sales 2026-01.csv", "r") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
"""

from __future__ import annotations

import errno
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from agentworlds.engines import Engine, EngineError

LONGEST_PATH = 200
MOST_WILDCARDS = 4
"""Stars in one part of a pattern: each multiplies the ways in which a name may match."""
UNUSUAL = re.compile(r'[/\\:*?"<>|\x00-\x1f]')
MEDIA_TYPES = {
    "": "text/plain", "txt": "text/plain", "log": "text/plain", "md": "text/markdown", "csv": "text/csv",
    "html": "text/html", "ics": "text/calendar", "vcf": "text/vcard", "json": "application/json",
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "svg": "image/svg+xml", "mp4": "video/mp4",
    "mp3": "audio/mpeg", "pdf": "application/pdf", "zip": "application/zip", "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
"""IANA media types by extension; the standard library's table differs from machine to machine."""


@dataclass(frozen=True)
class Entry:
    """A file or a folder: what a listing says of it.

    Attributes:
        size: Bytes; None for a folder.
        changed: When its content last changed, in the world's local time; None for a folder.
    """

    path: str
    size: int | None = None
    changed: datetime | None = None


class FilesEngine(Protocol):
    """What the suite needs of a library for files. Paths begin with a slash and end without one, the root apart."""

    def folder(self, path: str) -> str:
        """A folder's path in its one normal form. Raises EngineError."""

    def name(self, name: str) -> str:
        """A file's name without the blanks around it. Raises EngineError for one that no file can have."""

    def media_type(self, name: str) -> str:
        """The IANA media type that a file's name tells."""

    def tree(self, entries: Iterable[Entry]) -> Any:
        """What `find` searches: all files and folders of a drive. It is shared, so nothing may change it."""

    def find(self, tree: Any, pattern: str) -> list[str]:
        """The paths that a glob pattern matches, in order of the alphabet. Raises EngineError for a bad pattern."""


class Fsspec(Engine):
    """fsspec's paths, and its globs over a file system that is made of entries."""

    wraps = "fsspec"
    requires = ("fsspec",)

    def folder(self, path: str) -> str:
        """See FilesEngine. ``drive://`` may stand before it; it may not climb with ``..``."""
        clean = str(drive_class()._strip_protocol(path.strip()))
        parts = clean[1:].split("/") if clean != "/" else []
        for part in parts:
            if self.name(part) != part:
                raise EngineError(f"{part[:60]!r} has blanks around it")
        if len(clean) > LONGEST_PATH:
            raise EngineError(f"a path has at most {LONGEST_PATH} characters")
        return clean

    def name(self, name: str) -> str:
        """See FilesEngine."""
        clean = name.strip()
        if not clean.strip(".") or UNUSUAL.search(clean):
            raise EngineError(f'{name[:60]!r} cannot be a name; it may not have / \\ : * ? " < > | or be dots alone')
        return clean

    def media_type(self, name: str) -> str:
        """See FilesEngine."""
        _, dot, extension = name.rpartition(".")
        return MEDIA_TYPES.get(extension.casefold() if dot else "", "application/octet-stream")

    def tree(self, entries: Iterable[Entry]) -> Any:
        """See FilesEngine."""
        listed = {entry.path: entry for entry in entries}
        return drive_class()(lambda: listed)

    def find(self, tree: Any, pattern: str) -> list[str]:
        """See FilesEngine. ``*`` and ``?`` stay within a part of the path, ``**`` is any number of folders."""
        parts = pattern.strip().split("/")
        if any(part != "**" and part.count("*") > MOST_WILDCARDS for part in parts) or parts.count("**") > 2:
            raise EngineError(f"use at most {MOST_WILDCARDS} stars in one part of a pattern, and ** twice at most")
        try:
            found = tree.glob(pattern.strip())
        except (ValueError, re.error) as problem:
            raise EngineError(f"not a pattern: {problem}") from None
        return sorted(found)


Listing = Callable[[], Mapping[str, Entry]]


@cache
def drive_class() -> Any:
    """The class of file systems over entries; made when first needed, as it derives from fsspec's."""
    from fsspec import AbstractFileSystem

    class Drive(AbstractFileSystem):  # type: ignore[misc]
        """A drive of a world, to be read. The world's tools change it, so that its rules hold."""

        protocol = "drive"
        root_marker = "/"
        cachable = False

        def __init__(self, listing: Listing, content: Callable[[str], bytes] | None = None) -> None:
            super().__init__()
            self._listing, self._content = listing, content

        @classmethod
        def _strip_protocol(cls, path: Any) -> Any:
            if isinstance(path, list):
                return [cls._strip_protocol(one) for one in path]
            return "/" + super()._strip_protocol(path).strip("/")

        def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
            """The files and folders in a folder, by path; of a file, itself."""
            path, listed = self._strip_protocol(path), self._listing()
            if path not in listed:
                raise FileNotFoundError(errno.ENOENT, "no such file or folder", path)
            here = [path] if listed[path].size is not None else sorted(
                one for one in listed if one != "/" and one.rpartition("/")[0] == path.rstrip("/"))  # fmt: skip
            return [_info(listed[one]) for one in here] if detail else here

        def info(self, path: str, **_: Any) -> dict[str, Any]:
            """What is known of a file or folder: name, size, type and when it was modified."""
            path = self._strip_protocol(path)
            entry = self._listing().get(path)
            if entry is None:
                raise FileNotFoundError(errno.ENOENT, "no such file or folder", path)
            return _info(entry)

        def find(
            self, path: str, maxdepth: int | None = None, withdirs: bool = False, detail: bool = False, **_: Any
        ) -> Any:
            """Every file below a folder, from one listing: fsspec's own way asks for one of each folder."""
            path, listed = self._strip_protocol(path), self._listing()
            inside = path.rstrip("/") + "/"
            found = {
                one: _info(entry) for one, entry in sorted(listed.items())
                if (one == path and entry.size is not None) or (
                    one.startswith(inside) and one != "/" and (withdirs or entry.size is not None)
                    and (maxdepth is None or one.count("/", len(inside)) < maxdepth)
                )
            }  # fmt: skip
            return found if detail else list(found)

        def modified(self, path: str) -> datetime:
            """When a file last changed, in the world's local time."""
            return self.info(path)["modified"]  # type: ignore[no-any-return]

        def _open(self, path: str, mode: str = "rb", **_: Any) -> io.BytesIO:
            if mode != "rb":
                raise OSError(errno.EROFS, "a world's drive is changed by its tools, such as write_file", path)
            if self.info(path)["type"] == "directory":
                raise IsADirectoryError(errno.EISDIR, "this is a folder", path)
            assert self._content is not None
            return io.BytesIO(self._content(path))

    return Drive


def _info(entry: Entry) -> dict[str, Any]:
    if entry.size is None:
        return {"name": entry.path, "size": 0, "type": "directory"}
    return {"name": entry.path, "size": entry.size, "type": "file", "modified": entry.changed}


def filesystem(instance: Any) -> Any:
    """The drive of a live world as an fsspec file system: ``ls``, ``open``, ``cat``, ``walk``, ``glob`` and others.

    It shows the drive as it is at each call, without the bin, and cannot be written to. Of pictures and other
    files that are no text a world keeps the size alone; opening one raises OSError.

    Args:
        instance: An `agentworlds.Instance` of a world that includes the suite ``files``.

    Raises:
        LookupError: when the world has no drive.
    """
    tables = {table.cls.__name__: table for table in instance.program.tables if Path(table.file).name == "files.py"}
    if not {"File", "Folder"} <= tables.keys():
        raise LookupError("this world does not include the suite files")
    file, folder = tables["File"], tables["Folder"]
    name = {column: f'"{file.by_name[column].stored_name}"' for column in file.column_names}
    folders = f'SELECT id, "{folder.by_name["path"].stored_name}" FROM "{folder.name}"'  # noqa: S608
    shown = ", ".join(name[column] for column in ("folder", "name", "size", "changed", "media_type"))
    files = f'SELECT {shown}, id FROM "{file.name}" WHERE {name["in_bin"]} = 0'  # noqa: S608

    def rows() -> dict[str, tuple[Entry, str, int]]:
        found = dict(instance.store.execute(folders).fetchall())
        listed = {path: (Entry(path), "", 0) for path in found.values()}
        for home, title, size, changed, media, id in instance.store.execute(files).fetchall():
            path = f"{found[home].rstrip('/')}/{title}"
            listed[path] = Entry(path, size, datetime.fromisoformat(changed)), media, id
        return listed

    def content(path: str) -> bytes:
        _, media, id = rows()[path]
        if not is_text(media):
            raise OSError(errno.ENODATA, f"a world keeps no content of {media}, only its size", path)
        text = instance.store.execute(f'SELECT {name["text"]} FROM "{file.name}" WHERE id = ?', (id,)).get  # noqa: S608
        return str(text).encode()

    return drive_class()(lambda: {path: entry for path, (entry, _, _) in rows().items()}, content)


def is_text(media_type: str) -> bool:
    """Whether files of a media type are text, which can be read and written."""
    return media_type.startswith("text/") or media_type == "application/json"
