"""Packaged worlds, and every suite in an office of its own; loaded once."""

from __future__ import annotations

from functools import cache

import pytest

import agentworlds
from agentworlds.registry import CONTENT
from agentworlds.worlds.world import LoadedWorld

IDS = CONTENT.ids("domains")
SUITES = [f"suite:{id}" for id in CONTENT.ids("suites")]


@cache
def loaded(id: str) -> LoadedWorld:
    return agentworlds.load(id)


@pytest.fixture(params=[*IDS, *SUITES])
def id(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(id: str) -> LoadedWorld:
    """A packaged world, or an office with one suite."""
    return loaded(id)


@pytest.fixture(params=IDS)
def packaged(request: pytest.FixtureRequest) -> LoadedWorld:
    return loaded(request.param)
