"""Law 1: the same script, seed and version give the same bytes, whatever the process around them."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.conftest import SUITES

PRINT_DIGESTS = """
import hashlib, sys
import agentworlds
from agentworlds.certify.bundling import build_bundle
for id in sys.argv[1:]:
    content, _ = build_bundle(agentworlds.load(id), 1)
    episode = agentworlds.load(id).episode(2, 1)
    for call in episode.task.solution:
        step = episode.call(call.tool, **call.arguments)
        content += step.json.encode() + step.text.encode()
    content += repr(episode.finish()).encode()
    print(id, hashlib.sha256(content).hexdigest())
"""
PRINT_SUITES = """
import hashlib, sys
import agentworlds
for id in sys.argv[1:]:
    world = agentworlds.load(id)
    content = world.template(3).digest.encode()
    for task in world.tasks(3):
        with agentworlds.Episode(world.pool(3), task) as episode:
            content += episode.instruction.encode()
            for call in task.spec.solution:
                step = episode.call(call.tool, **call.arguments)
                content += step.json.encode() + step.text.encode()
            content += episode.instance.snapshot()
    print(id, hashlib.sha256(content).hexdigest())
"""
SURROUNDINGS = [
    {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C"},
    {"PYTHONHASHSEED": "4242", "TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8"},
]


def digests(python: str, ids: list[str], surroundings: dict[str, str], script: str = PRINT_DIGESTS) -> str:
    environment = {**os.environ, **surroundings}
    command = [python, "-c", script, *ids]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def test_bundles_and_observations_are_the_same_under_other_hash_seeds_zones_and_locales() -> None:
    ids = ["bank", "household", "vet_clinic"]
    one, other = (digests(sys.executable, ids, surroundings) for surroundings in SURROUNDINGS)
    assert one == other
    assert one.count("\n") == len(ids)


def test_suites_do_the_same_under_other_hash_seeds_zones_and_locales() -> None:
    one, other = (digests(sys.executable, SUITES, around, PRINT_SUITES) for around in SURROUNDINGS)
    assert one == other
    assert one.count("\n") == len(SUITES)


@pytest.mark.full
@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_bundles_are_the_same_under_another_python(version: str, tmp_path: Path) -> None:
    from agentworlds.registry import CONTENT

    python = shutil.which(f"python{version}")
    if python is None or subprocess.run([python, "--version"], capture_output=True).returncode:
        pytest.skip(f"Python {version} is not installed here")
    root = Path(__file__).parents[2]
    subprocess.run([python, "-m", "venv", str(tmp_path / "venv")], check=True)
    other = str(tmp_path / "venv/bin/python")
    subprocess.run([other, "-m", "pip", "install", "-q", f"{root}[suites]"], check=True)
    ids = CONTENT.ids("domains")
    assert digests(sys.executable, ids, SURROUNDINGS[0]) == digests(other, ids, SURROUNDINGS[1])
    one, two = (digests(p, SUITES, s, PRINT_SUITES) for p, s in zip((sys.executable, other), SURROUNDINGS, strict=True))
    assert one == two


def test_an_episode_replayed_gives_the_same_observations_to_the_byte() -> None:
    from tests.contract.conftest import IDS, loaded

    for id in IDS:
        seen = []
        for _ in range(2):
            with loaded(id).episode(1) as episode:
                steps = [episode.call(call.tool, **call.arguments) for call in episode.task.solution]
                seen.append(hashlib.sha256("".join(step.json + step.text for step in steps).encode()).hexdigest())
        assert seen[0] == seen[1]
