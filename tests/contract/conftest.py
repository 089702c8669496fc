"""Packaged worlds, loaded once."""

from __future__ import annotations

from functools import cache

import pytest

import agentworlds
from agentworlds.registry import CONTENT
from agentworlds.worlds.world import LoadedWorld

IDS = CONTENT.ids("domains")


@cache
def loaded(id: str) -> LoadedWorld:
    return agentworlds.load(id)


@pytest.fixture(params=IDS)
def world(request: pytest.FixtureRequest) -> LoadedWorld:
    return loaded(request.param)
