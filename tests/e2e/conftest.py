"""A starter world in a folder of its own, which every end-to-end test may use but not change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import agentworlds


@pytest.fixture(scope="session")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("scripts") / "clinic.py"
    assert agentworlds("new", "clinic", "--out", path).code == 0
    return path


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path
