"""Building a bundle: a world's tasks drawn and certified, packed with everything that it runs."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import orjson

from agentworlds.certify.certificate import certify_task
from agentworlds.worlds.bundle import pack
from agentworlds.worlds.world import LoadedWorld


def build_bundle(world: LoadedWorld, seed: int = 0, scale: int = 1) -> tuple[bytes, dict[str, Any]]:
    """The bytes of a bundle and a summary of what is in it. Only certified tasks are packed."""
    drawn = world.tasks(seed) if scale == 1 else []
    certificates = [certify_task(world.pool(seed), one) for one in drawn]
    sound = [one.spec for one, certificate in zip(drawn, certificates, strict=True) if certificate.certified]
    content = pack(world, seed, scale, sound, certificates)
    return content, {
        "id": world.id,
        "seed": seed,
        "tasks": len(drawn),
        "certified": len(sound),
        "hash": _hash(content),
    }


def _hash(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return str(orjson.loads(archive.read("manifest.json"))["hash"])
