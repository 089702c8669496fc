"""Bundles: a compiled world as one file, the same bytes whenever and wherever it is built.

A bundle is an uncompressed zip with fixed dates: every source that the world runs, its schema, data image, tool
schemas,
tasks and certificates, and a manifest whose hash covers all of them. Loading one executes its source: a bundle from
elsewhere is untrusted code.
"""

from __future__ import annotations

import hashlib
import io
import warnings
import zipfile
import zlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import apsw
import msgspec
import orjson

from agentworlds.compile.schemas import mcp_tool, openai_tool
from agentworlds.errors import NotFound
from agentworlds.runtime.pool import Pool
from agentworlds.runtime.template import Template
from agentworlds.spec.loader import load_script
from agentworlds.tasks.drawing import TaskSpec
from agentworlds.worlds.world import LoadedWorld

FORMAT = 1
EPOCH = (1980, 1, 1, 0, 0, 0)


def versions() -> dict[str, str]:
    """What the bytes of a bundle depend on."""
    return {"agentworlds": version("agentworlds"), "mimesis": version("mimesis"), "sqlite": apsw.sqlite_lib_version()}


def pack(world: LoadedWorld, seed: int, scale: int, tasks: list[TaskSpec], certificates: list[Any]) -> bytes:
    """The bytes of a bundle."""
    template = world.template(seed, scale)
    program = world.program
    files = {f"sources/{Path(source.path).name}": source.text.encode() for source in world.world.sources}
    files["schema.sql"] = (";\n".join(program.ddl) + ";\n").encode()
    files["image.sqlite"] = template.image
    tools = list(world.world.tools.values())
    files["tools.openai.json"] = _json([openai_tool(tool) for tool in tools])
    files["tools.mcp.json"] = _json([mcp_tool(tool, program.views) for tool in tools])
    files["tasks.jsonl"] = b"".join(msgspec.json.encode(task) + b"\n" for task in tasks)
    files["certificates.jsonl"] = b"".join(msgspec.json.encode(one) + b"\n" for one in certificates)
    manifest = {
        "format": FORMAT, "id": world.id, "title": world.title, "seed": seed, "scale": scale,
        "main": f"sources/{Path(world.world.sources[0].path).name}", "next_ids": list(template.next_ids),
        "versions": versions(),
    }  # fmt: skip
    manifest["hash"] = content_hash({**files, "manifest.json": _json(manifest)})
    files = {"manifest.json": _json(manifest), **files}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, EPOCH)
            info.create_system = 3
            archive.writestr(info, content)
    return buffer.getvalue()


def content_hash(files: dict[str, bytes]) -> str:
    """A hash over names and contents, in order of name."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{len(files[name])}\0".encode() + files[name])
    return digest.hexdigest()


def read_bundle(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """A bundle's manifest and files, checked against its hash. Raises NotFound for what is no intact bundle."""
    try:
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        manifest = orjson.loads(files.pop("manifest.json"))
    except FileNotFoundError:
        raise NotFound(f"there is no bundle {path}") from None
    except (zipfile.BadZipFile, zlib.error, KeyError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise NotFound(f"{path} is not a bundle: {error}") from None
    if manifest.get("format") != FORMAT:
        raise NotFound(f"{path} has bundle format {manifest.get('format')}, and this version reads {FORMAT}")
    rest = {name: value for name, value in manifest.items() if name != "hash"}
    if content_hash({**files, "manifest.json": _json(rest)}) != manifest.get("hash"):
        raise NotFound(f"{path} is damaged: its content does not match its hash")
    return manifest, files


def load_bundle(path: Path, engines: dict[str, Any] | None = None) -> LoadedWorld:
    """The world of a bundle, its seed ready to run. Warns when it was built by another version."""
    manifest, files = read_bundle(path)
    if manifest["versions"] != versions():
        warnings.warn(
            f"{path} was built with {manifest['versions']}, this is {versions()}; "
            f"`agentworlds certify {path}` proves it again",
            stacklevel=3,
        )
    texts = {Path(name).name: content.decode() for name, content in files.items() if name.startswith("sources/")}
    world = LoadedWorld(load_script(f"{path}/{Path(manifest['main']).name}", texts, engines))
    template = Template(
        world.program, manifest["seed"], manifest["scale"], files["image.sqlite"], tuple(manifest["next_ids"])
    )
    world.adopt(Pool(template))
    return world


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2)
