"""Values worked out from known ones, by choices: a count, a sum, a difference, a product, a percentage, a time."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import Any

from agentworlds.decide.choices import STOP, Choosing, Decision
from agentworlds.decide.known import MOST_MENTIONS, Candidate, Known, shifted

MOST_ADDED = 80
"""Numbers of which a sum can be made one by one."""
MOST_SHIFT = 20_000
"""Days or minutes by which a time can be shifted."""
OPERATIONS = {
    "count": "work out how many", "sum": "work out a sum", "difference": "work out a difference",
    "product": "work out a product", "percent": "work out a percentage", "shift": "work out an earlier or later time",
}  # fmt: skip
DIRECTIONS = (("days later", "days", 1), ("days earlier", "days", -1),
              ("minutes later", "minutes", 1), ("minutes earlier", "minutes", -1))  # fmt: skip


def can_work_out(known: Known, operation: str) -> bool:
    """Whether there is enough to choose from."""
    if operation == "count":
        return bool(known.groups)
    return bool(known.of("date", "moment")) if operation == "shift" else len(known.of("number")) > 1


def work_out(known: Known, operation: str, turn: int) -> Choosing:
    """Work a value out by choices; it is known from then on.

    Args:
        turn: The number of calls so far.
    """
    if operation == "count":
        value: Any = yield from _count(known)
    elif operation == "sum":
        value = yield from _sum(known)
    elif operation == "shift":
        value = yield from _shift(known)
    else:
        one = yield Decision(f"{operation}: of", known.of("number"))
        other = yield Decision(f"{operation}: and", known.of("number"))
        a, b = Decimal(str(one.value)), Decimal(str(other.value))
        cent = Decimal("0.01")
        with localcontext(prec=60):
            values = {
                "difference": a - b,
                "product": (a * b).quantize(cent),
                "percent": (a * b / 100).quantize(cent),
            }
        value = values[operation]
    if isinstance(value, Decimal):
        value = int(value) if value == int(value) else float(value)
    kind = "number" if not isinstance(value, str) else "moment" if "T" in value else "date"
    text = value.replace("T", " ") if isinstance(value, str) else str(value)
    known.add(Candidate(text, kind, "worked out", value, field=operation, turn=turn))
    if kind == "moment":
        known.add(Candidate(value[:10], "date", "worked out", value[:10], field=operation))


def _count(known: Known) -> Choosing:
    groups = known.groups
    of = [
        Candidate(f"{len(one.rows)} rows of {one.tool.replace('_', ' ')}", "group", "seen", at, one.tool, turn=one.turn)
        for at, one in enumerate(groups)
    ]
    which = yield Decision("count: of", of)
    tool = groups[int(which.value)].tool
    together = sum(len(group.rows) for group in groups if group.tool == tool)
    options = [Candidate("all of them", "number", "seen", len(groups[int(which.value)].rows), tool)]
    options += [Candidate(f"{number} of them", "number", "worked out", number, tool) for number in range(together + 1)]
    return (yield Decision("count: how many", options)).value


def _sum(known: Known) -> Choosing:
    total = Decimal(0)
    columns = _columns(known)
    for number in range(MOST_ADDED):
        options = [*known.of("number"), *([] if number else columns), STOP]
        chosen = yield Decision("sum: of", options)
        if chosen is STOP:
            break
        if chosen.kind == "column":
            return sum((Decimal(str(one)) for one in chosen.value), Decimal(0))
        total += Decimal(str(chosen.value))
    return total


def _columns(known: Known) -> list[Candidate]:
    """Every column of numbers seen so far, as a whole: of one call's rows, and of those of all a tool's calls."""
    found = []
    for (tool, _, field, turn), cells in known.columns().items():
        of = "all calls of " if turn < 0 else ""
        text = f"all {field.replace('_', ' ')} of {of}{tool.replace('_', ' ')}"
        last = known.cells[cells[-1]].turn
        value = tuple(known.cells[at].value for at in cells)
        found.append(
            Candidate(text, "column", "seen", value, tool, field, turn=last, cells=tuple(cells[:MOST_MENTIONS]))
        )
    return found


def _shift(known: Known) -> Choosing:
    moment = yield Decision("shift: from", known.of("moment", "date"))
    amounts = [c for c in known.of("number") if type(c.value) is int and abs(c.value) <= MOST_SHIFT]
    amount = yield Decision("shift: by", amounts)
    directions = [Candidate(text, "direction", "schema", (unit, sign)) for text, unit, sign in DIRECTIONS]
    unit, sign = (yield Decision("shift: which way", directions)).value
    try:
        return shifted(moment.value, sign * amount.value, unit)
    except OverflowError:  # beyond the calendar
        return moment.value
