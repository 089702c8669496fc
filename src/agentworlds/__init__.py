"""Worlds for tool-using agents: deterministic, backed by SQLite, with tasks that are checked from the database.

This is the public list. The words of the script language come first; what runs worlds is imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from agentworlds.errors import (
    AgentworldsError,
    Code,
    EpisodeOver,
    Fault,
    InstanceBusy,
    NotFound,
    Problem,
    Refusal,
    ScriptError,
)
from agentworlds.spec.answers import Answer
from agentworlds.spec.columns import field
from agentworlds.spec.intents import Task
from agentworlds.spec.rewards import Reward, Shaping
from agentworlds.spec.rows import (
    Row,
    above,
    actor,
    at_least,
    at_most,
    below,
    containing,
    count,
    delete,
    first,
    insert,
    now,
    one_of,
    other_than,
    refuse,
    role,
    rows,
    today,
    total,
)
from agentworlds.spec.script import Module, World, bound
from agentworlds.types import (
    Address,
    City,
    Colour,
    CompanyName,
    Country,
    Duration,
    Email,
    FirstName,
    Money,
    Paragraph,
    PersonName,
    Phone,
    Places,
    Postcode,
    Range,
    Reference,
    Street,
    Text,
    Title,
    Url,
    Word,
)

if TYPE_CHECKING:
    from agentworlds.data.draw import Draw
    from agentworlds.judge.verdict import Verdict
    from agentworlds.runtime.instance import Instance
    from agentworlds.runtime.pool import Pool
    from agentworlds.runtime.step import Step
    from agentworlds.tasks.drawing import TaskDraw
    from agentworlds.tasks.solver import Do
    from agentworlds.worlds.episode import Episode
    from agentworlds.worlds.world import LoadedWorld, load

__version__ = "0.1.0"

LATE = {
    "Draw": "agentworlds.data.draw",
    "Do": "agentworlds.tasks.solver",
    "Episode": "agentworlds.worlds.episode",
    "Instance": "agentworlds.runtime.instance",
    "LoadedWorld": "agentworlds.worlds.world",
    "Pool": "agentworlds.runtime.pool",
    "Step": "agentworlds.runtime.step",
    "TaskDraw": "agentworlds.tasks.drawing",
    "Verdict": "agentworlds.judge.verdict",
    "load": "agentworlds.worlds.world",
}

__all__ = [
    "Address", "AgentworldsError", "Answer", "City", "Code", "Colour", "CompanyName", "Country", "Do", "Draw",
    "Duration", "Email", "Episode", "EpisodeOver", "Fault", "FirstName", "Instance", "InstanceBusy", "LoadedWorld",
    "Module", "Money", "NotFound", "Paragraph", "PersonName", "Phone", "Places", "Pool", "Postcode", "Problem", "Range",
    "Reference", "Refusal", "Reward", "Row", "ScriptError", "Shaping", "Step", "Street", "Task", "TaskDraw", "Text",
    "Title", "Url", "Verdict", "Word", "World", "above", "actor", "at_least", "at_most", "below", "bound", "containing",
    "count", "delete", "field", "first", "insert", "load", "now", "one_of", "other_than", "refuse", "role", "rows",
    "today", "total",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in LATE:
        return getattr(import_module(LATE[name]), name)
    raise AttributeError(f"module 'agentworlds' has no attribute {name!r}")
