"""Worlds for tool-using agents: deterministic, backed by SQLite, with tasks that are checked from the database.

This is the public list. Every name is imported when first used, so that `import agentworlds` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentworlds.data.draw import Draw
    from agentworlds.engines import EngineError
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
    from agentworlds.judge.verdict import Verdict
    from agentworlds.runtime.instance import Instance
    from agentworlds.runtime.pool import Pool
    from agentworlds.runtime.step import Step
    from agentworlds.spec.answers import Answer
    from agentworlds.spec.columns import field
    from agentworlds.spec.intents import Task
    from agentworlds.spec.module import Module, bound
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
        derived,
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
    from agentworlds.spec.selecting import select, view_of
    from agentworlds.spec.world import World
    from agentworlds.tasks.drawing import TaskDraw
    from agentworlds.tasks.solver import Do
    from agentworlds.types import (
        Address,
        City,
        Colour,
        CompanyName,
        Country,
        Document,
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
    from agentworlds.worlds.episode import Episode
    from agentworlds.worlds.loading import load
    from agentworlds.worlds.perturb.client import Client
    from agentworlds.worlds.perturb.kinds import (
        Distractors,
        ExtraFields,
        Failures,
        Latency,
        PartialPages,
        Perturb,
        RateLimit,
        Renaming,
        StaleReads,
    )
    from agentworlds.worlds.world import LoadedWorld

__version__ = "0.1.0"

HOMES = {
    "agentworlds.data.draw": ("Draw",),
    "agentworlds.engines": ("EngineError",),
    "agentworlds.errors": (
        "AgentworldsError",
        "Code",
        "EpisodeOver",
        "Fault",
        "InstanceBusy",
        "NotFound",
        "Problem",
        "Refusal",
        "ScriptError",
    ),
    "agentworlds.judge.verdict": ("Verdict",),
    "agentworlds.runtime.instance": ("Instance",),
    "agentworlds.runtime.pool": ("Pool",),
    "agentworlds.runtime.step": ("Step",),
    "agentworlds.spec.answers": ("Answer",),
    "agentworlds.spec.columns": ("field",),
    "agentworlds.spec.intents": ("Task",),
    "agentworlds.spec.rewards": (
        "Reward",
        "Shaping",
    ),
    "agentworlds.spec.rows": (
        "Row",
        "above",
        "actor",
        "at_least",
        "at_most",
        "below",
        "containing",
        "count",
        "delete",
        "derived",
        "first",
        "insert",
        "now",
        "one_of",
        "other_than",
        "refuse",
        "role",
        "rows",
        "today",
        "total",
    ),
    "agentworlds.spec.module": (
        "Module",
        "bound",
    ),
    "agentworlds.spec.selecting": (
        "select",
        "view_of",
    ),
    "agentworlds.spec.world": ("World",),
    "agentworlds.tasks.drawing": ("TaskDraw",),
    "agentworlds.tasks.solver": ("Do",),
    "agentworlds.types": (
        "Address",
        "City",
        "Colour",
        "CompanyName",
        "Country",
        "Document",
        "Duration",
        "Email",
        "FirstName",
        "Money",
        "Paragraph",
        "PersonName",
        "Phone",
        "Places",
        "Postcode",
        "Range",
        "Reference",
        "Street",
        "Text",
        "Title",
        "Url",
        "Word",
    ),
    "agentworlds.worlds.episode": ("Episode",),
    "agentworlds.worlds.loading": ("load",),
    "agentworlds.worlds.perturb.client": ("Client",),
    "agentworlds.worlds.perturb.kinds": (
        "Distractors",
        "ExtraFields",
        "Failures",
        "Latency",
        "PartialPages",
        "Perturb",
        "RateLimit",
        "Renaming",
        "StaleReads",
    ),
    "agentworlds.worlds.world": ("LoadedWorld",),
}
"""Where the public names live."""

_HOME_OF = {name: home for home, names in HOMES.items() for name in names}

__all__ = [
    "Address", "AgentworldsError", "Answer", "City", "Client", "Code", "Colour", "CompanyName", "Country",
    "Distractors", "Do", "Document", "Draw", "Duration", "Email", "EngineError", "Episode", "EpisodeOver",
    "ExtraFields", "Failures", "Fault", "FirstName", "Instance", "InstanceBusy", "Latency", "LoadedWorld", "Module",
    "Money", "NotFound", "Paragraph", "PartialPages", "PersonName", "Perturb", "Phone", "Places", "Pool", "Postcode",
    "Problem", "Range", "RateLimit", "Reference", "Refusal", "Renaming", "Reward", "Row", "ScriptError", "Shaping",
    "StaleReads", "Step", "Street", "Task", "TaskDraw", "Text", "Title", "Url", "Verdict", "Word", "World", "above",
    "actor", "at_least", "at_most", "below", "bound", "containing", "count", "delete", "derived", "field", "first",
    "insert", "load", "now", "one_of", "other_than", "refuse", "role", "rows", "select", "today", "total", "view_of",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'agentworlds' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
