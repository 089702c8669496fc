"""Wrong ways to solve a task, made from the right one: a step left out, a wrong row, a wrong value, a step too many."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from agentworlds.agents.sampler import CallSampler
from agentworlds.rng import Stream
from agentworlds.runtime.instance import Instance
from agentworlds.spec.answers import Answer, AnswerKind
from agentworlds.spec.columns import ListOf, Ref
from agentworlds.spec.tables import Table
from agentworlds.spec.tools import Param
from agentworlds.tasks.drawing import TaskSpec
from agentworlds.tasks.solver import Called
from agentworlds.types import Boolean, Choice, Date, Moment, TextType

EXTRAS = 3
LONG = 1000
"""Letters from which on a text parameter is a message's body."""
TRIES = 200


class Mutant(msgspec.Struct, frozen=True):
    """A changed trace and what is said at its end."""

    what: str
    calls: list[Called]
    answer: Any
    impossible: bool
    must_differ: bool = False
    """It leaves out a step that changed what counts, so it may not end where the reference does."""
    must_fail: bool = False
    """It may not succeed even where the fingerprint, which leaves wording out, sees no difference."""


def mutants_of(spec: TaskSpec, instance: Instance, stream: Stream) -> Iterator[Mutant]:
    """Mutants of a task's reference; `instance` is used to find extra side effects and left reset."""
    calls, answer, impossible = spec.solution, spec.answer_given, spec.goal.impossible
    tools = instance.tools
    for position, call in enumerate(calls):
        tool = tools[call.tool]
        if not tool.writes or not call.ok:
            continue
        where = f"step {position + 1}, {call.tool}"
        if call.changed:
            yield Mutant(f"{where}, left out", calls[:position] + calls[position + 1 :], answer, impossible, True)
        for param in tool.params:
            if param.name not in call.arguments:
                continue
            for value in _others(param, call.arguments[param.name], instance, stream):
                changed = msgspec.structs.replace(call, arguments={**call.arguments, param.name: value})
                kind = "wrong row" if isinstance(param.kind, Ref) else "wrong value"
                trace = [*calls[:position], changed, *calls[position + 1 :]]
                yield Mutant(f"{where}, {kind} {param.name}={value!r}", trace, answer, impossible)
    yield from _stuffed(spec, instance)
    for extra in _side_effects(spec, instance, stream):
        yield Mutant(f"an extra {extra.tool}({extra.arguments})", [*calls, extra], answer, impossible)
    yield Mutant("the wrong claim", calls, answer, not impossible)
    if spec.goal.answer is not None:
        for wrong in wrong_answers(spec.goal.answer):
            yield Mutant(f"the answer {wrong!r}", calls, wrong, impossible)


def _stuffed(spec: TaskSpec, instance: Instance) -> Iterator[Mutant]:
    """Messages that list everything there was to see instead of saying what was asked for."""
    if not any(requirement.facts for requirement in spec.goal.required):
        return
    seen = " | ".join(str(value) for call in spec.solution for value in _values(call.observation))
    for position, call in enumerate(spec.solution):
        tool = instance.tools[call.tool]
        for param in tool.params if tool.writes and call.ok else ():
            if isinstance(param.kind, TextType) and param.kind.most >= LONG and param.name in call.arguments:
                changed = msgspec.structs.replace(
                    call, arguments={**call.arguments, param.name: seen[-param.kind.most :]}
                )
                trace = [*spec.solution[:position], changed, *spec.solution[position + 1 :]]
                what = f"step {position + 1}, {call.tool}, everything seen as {param.name}"
                yield Mutant(
                    what, trace, spec.answer_given, spec.goal.impossible, must_fail=len(seen) >= param.kind.most
                )


def _values(data: Any) -> Iterator[Any]:
    if isinstance(data, dict):
        for value in data.values():
            yield from _values(value)
    elif isinstance(data, list):
        for value in data:
            yield from _values(value)
    elif data is not None:
        yield data


def _others(param: Param, value: Any, instance: Instance, stream: Stream) -> list[Any]:
    kind = param.kind
    if isinstance(kind, Ref):
        last = instance.template.next_ids[kind.target.__table__.index]
        others = [id for id in (stream.integer(1, max(last - 1, 1)) for _ in range(4)) if id != value]
        return others[:2]
    if isinstance(kind, ListOf):
        return [value[:-1], [*value[1:]]] if len(value) > 1 else []
    if isinstance(kind, Choice):
        return [option for option in kind.options if option != value][:2]
    if isinstance(kind, Boolean):
        return [not value]
    if isinstance(kind, Date):
        return [(date.fromisoformat(value) + timedelta(days=1)).isoformat()]
    if isinstance(kind, Moment):
        return [(datetime.fromisoformat(value) + timedelta(days=1)).isoformat()]
    if isinstance(kind, TextType):
        return [f"{value} x"[: kind.most]] if kind.pattern is None else [f"x{value}"[: kind.most]]
    if isinstance(value, int | float):
        return [value + 1, value * 2] if value else [value + 1]
    return []


def _side_effects(spec: TaskSpec, instance: Instance, stream: Stream) -> list[Called]:
    """Further writes that succeed after the reference and change something that counts."""
    from agentworlds.certify.replay import fingerprint, replay

    sampler = CallSampler(instance.program, stream)
    for table in instance.program.tables:
        sampler.ids[table.name] = ids_in_reach(instance, table)
    writes = [
        tool
        for tool in instance.tools.values()
        if tool.writes and not (spec.role and tool.roles and spec.role not in tool.roles)
    ]
    found: list[Called] = []
    replay(instance, spec.solution)
    before = fingerprint(instance)
    saved = instance.snapshot()
    for _ in range(TRIES):
        if len(found) == EXTRAS or not writes:
            break
        tool = stream.choice(writes)
        arguments = sampler.call(tool)
        if arguments is not None and instance.apply(tool.name, arguments).ok:
            if fingerprint(instance) != before:
                found.append(Called(tool.name, arguments, True, {}))
            instance.restore(saved)
    instance.reset()
    return found


def ids_in_reach(instance: Instance, table: Table) -> list[int]:
    """The ids of a table that the acting person may name."""
    ids = range(1, instance.template.next_ids[table.index])
    actor, owner = instance.store.actor_key, instance.program.owner_paths[table.cls]
    if actor is None or owner is None or owner[1] is not actor[0]:
        return list(ids)
    query = instance.program.owner_query(table.cls)
    return [id for id in ids if instance.store.execute(query, (id,)).get == actor[1]]


def wrong_answers(answer: Answer) -> list[Any]:
    """Answers of the right form that are wrong."""
    value = answer.value
    match answer.kind:
        case AnswerKind.NUMBER:
            return [float(value) + 1, float(value) - 1, -float(value) - 7]
        case AnswerKind.MONEY:
            return [float(value) + 0.01, float(value) + 1, float(value) * 10 + 3]
        case AnswerKind.DATE:
            day = date.fromisoformat(value)
            return [(day + timedelta(days=step)).isoformat() for step in (-1, 1, 7)]
        case AnswerKind.CHOICE:
            return [*(option for option in answer.options if option != value), "neither of them", ""]
        case AnswerKind.ROW:
            return [value + 1, value + 1000, "someone else entirely"]
        case AnswerKind.ITEMS:
            return [value[:-1], [*value, "something more"], ["something else"]]
        case AnswerKind.TEXT:
            return [f"{value} x", "something else", value[:-1]]
