"""From a task's slots to the sentence an agent reads."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from agentworlds.rng import Stream
from agentworlds.spec.columns import Ref
from agentworlds.spec.intents import PLACEHOLDER
from agentworlds.spec.rows import Attribute, Row
from agentworlds.types import SYMBOLS, WEEKDAYS, Cash, Clock, Fixed, Minutes, say_date

ALTERNATIVES = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")


class SlotError(Exception):
    """A wording names a slot that the draw did not give."""


def fill(wording: str, slots: dict[str, Any], currency: str) -> str:
    """A wording with its slots as people write them."""
    return PLACEHOLDER.sub(lambda match: say_slot(*read_slot(match.group(1), slots), currency), wording)


def vary(wording: str, stream: Stream) -> str:
    """A wording with one of each bracket's alternatives: ``[Please book|Book] …``."""
    return ALTERNATIVES.sub(lambda match: stream.choice(match.group(1).split("|")), wording)


def read_slot(path: str, slots: dict[str, Any]) -> tuple[Any, Any]:
    """The value of a slot path and, where it is a column's, the column's type. Raises SlotError."""
    name, *rest = path.split(".")
    if name not in slots:
        raise SlotError(f"the wording says {{{path}}}, but the draw gives only {', '.join(slots) or 'nothing'}")
    value, kind = slots[name], None
    for step in rest:
        attribute = type(value).__dict__.get(step) if isinstance(value, Row) else None
        kind = attribute.column.kind if isinstance(attribute, Attribute) else None
        try:
            value = getattr(value, step)
        except AttributeError:
            raise SlotError(f"the wording says {{{path}}}, but {name} has no {step!r}") from None
    return value, kind


def say_slot(value: Any, kind: Any, currency: str) -> str:
    """A value as people write it in a request."""
    if value is None:
        return "none"
    if isinstance(value, Row):
        table = type(value).__table__
        return str(getattr(value, table.label)) if table.label else str(value.id)
    if isinstance(kind, Cash | Clock | Minutes | Fixed) and not isinstance(kind, Ref):
        return kind.say(kind.dump(value), currency)
    if isinstance(value, Decimal):
        return Cash().say(int(value * 100), currency)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{say_date(value.date())} at {value:%H:%M}"
    if isinstance(value, date):
        return say_date(value)
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, timedelta):
        return Minutes().say(value // timedelta(minutes=1))
    if isinstance(value, list | tuple):
        said = [say_slot(one, None, currency) for one in value]
        return said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
    return str(value)


def briefing(title: str, role_about: str, actor: Row | None, now: datetime, currency: str) -> str:
    """What an agent is told before the request: where it is, who it is, and when."""
    who = role_about or f"You work at {title} and may use every tool."
    if actor is not None:
        table = type(actor).__table__
        name = getattr(actor, table.label) if table.label else ""
        who += f" You act for {name} ({table.name.replace('_', ' ')} {actor.id})."
    when = f"It is {WEEKDAYS[now.weekday()]} {say_date(now.date())}, {now:%H:%M}."
    return f"{who} {when} Amounts are in {currency} ({SYMBOLS.get(currency, currency).strip()})."
