"""Certificates: the proof, by execution, that a task is sound."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from agentworlds.certify.mutants import Mutant, mutants_of
from agentworlds.certify.replay import Outcome, fingerprint, replay
from agentworlds.judge.answers import is_right
from agentworlds.judge.verdict import Verdict, judge
from agentworlds.rng import Stream
from agentworlds.runtime.instance import Instance
from agentworlds.runtime.pool import Pool
from agentworlds.tasks.drawing import DrawnTask
from agentworlds.tasks.solver import Called

LEAST_MUTANTS = 3


class Mutants(msgspec.Struct):
    """How many mutants were tried, how many ended where the reference does, how many failed as they must."""

    tried: int = 0
    equivalent: int = 0
    failed: int = 0


class Certificate(msgspec.Struct):
    """What certifying one task found; `reasons` is empty when it is sound."""

    world: str
    seed: int
    task: int
    intent: str
    where: str
    length: int
    reasons: list[str]
    mutants: Mutants

    @property
    def certified(self) -> bool:
        """Whether the task is sound."""
        return not self.reasons


class _Trial:
    """One task on one instance, for replays."""

    def __init__(self, instance: Instance, drawn: DrawnTask) -> None:
        self.instance, self.drawn, self.spec = instance, drawn, drawn.spec
        self.tables = {table.name: table for table in instance.program.tables}

    def play(self, calls: list[Called]) -> list[Any]:
        self.instance.reset()
        return replay(self.instance, calls)

    def verdict(self, answer: Any, impossible: bool, calls: int) -> Verdict:
        holds = self.drawn.holds(self.instance)
        return judge(self.spec.goal, self.instance.changes(), self.tables, calls=calls, answer=answer,
                     impossible=impossible, holds=holds)  # fmt: skip


def certify_task(pool: Pool, drawn: DrawnTask) -> Certificate:
    """Certify a task: every check of law 5."""
    spec = drawn.spec
    certificate = Certificate(spec.world, spec.seed, spec.index, spec.intent,
                              f"{Path(drawn.intent.file).name}:{drawn.intent.line}", spec.length, [],
                              Mutants())  # fmt: skip
    with pool.acquire() as instance:
        instance.act_as(spec.role, drawn.actor)
        trial = _Trial(instance, drawn)
        certificate.reasons += [f"no agent could know: {problem}" for problem in spec.untraceable]
        certificate.reasons += _lazy_agents(trial)
        reference = _reference(trial, certificate)
        if reference is not None:
            stream = Stream("certify", spec.world, spec.seed, spec.index)
            for mutant in list(mutants_of(spec, instance, stream)):
                _try_mutant(trial, mutant, reference, certificate)
            if certificate.mutants.failed < LEAST_MUTANTS:
                certificate.reasons.append(
                    f"only {certificate.mutants.failed} mutants differ from the reference; {LEAST_MUTANTS} are needed"
                )
            certificate.reasons += _variations(trial, reference)
    return certificate


def _lazy_agents(trial: _Trial) -> list[str]:
    trial.instance.reset()
    reasons = []
    if trial.verdict(None, False, 0).success:
        asks = trial.spec.kind in ("question", "aggregate") and trial.spec.goal.answer is None
        why = "it asks a question, so draw.task needs answer=…" if asks else "the goal is true at the start"
        reasons.append(f"doing nothing succeeds: {why}")
    if trial.verdict(None, True, 0).success and not trial.spec.goal.impossible:
        reasons.append("giving up at once succeeds though the task is possible")
    return reasons


def _reference(trial: _Trial, certificate: Certificate) -> Outcome | None:
    spec = trial.spec
    if spec.goal.answer is not None and not is_right(spec.goal.answer, spec.answer_given):
        certificate.reasons.append(
            f"the reference answers {spec.answer_given!r}, the rows say {spec.goal.answer.value!r}"
        )
        return None
    if spec.goal.impossible and spec.goal.required:
        certificate.reasons.append("the task is impossible, yet its reference changes something")
        return None
    steps = trial.play(spec.solution)
    for call, step in zip(spec.solution, steps, strict=True):
        if step.observation != call.observation:
            certificate.reasons.append(f"replaying the reference, {call.tool} gave another result")
            return None
    verdict = trial.verdict(spec.answer_given, spec.goal.impossible, len(steps))
    if not verdict.success:
        certificate.reasons.append("the reference does not succeed: " + "; ".join(verdict.explain().splitlines()))
        return None
    return Outcome(fingerprint(trial.instance), spec.answer_given, spec.goal.impossible)


def _try_mutant(trial: _Trial, mutant: Mutant, reference: Outcome, certificate: Certificate) -> None:
    spec = trial.spec
    trial.play(mutant.calls)
    same_answer = spec.goal.answer is None or is_right(spec.goal.answer, mutant.answer)
    same = fingerprint(trial.instance) == reference.state and same_answer and mutant.impossible == reference.impossible
    verdict = trial.verdict(mutant.answer, mutant.impossible, len(mutant.calls))
    certificate.mutants.tried += 1
    if mutant.must_fail and verdict.success:
        certificate.reasons.append(f"{mutant.what}: succeeds")
    elif same and not mutant.must_fail:
        certificate.mutants.equivalent += 1
        if mutant.must_differ and len(mutant.calls) < len(spec.solution) and not _wording_differs(trial):
            certificate.reasons.append(f"{mutant.what}: the outcome is the same without it")
    elif verdict.success:
        certificate.reasons.append(f"{mutant.what}: succeeds though it ends elsewhere")
    else:
        certificate.mutants.failed += 1


def _wording_differs(trial: _Trial) -> bool:
    """Whether the judge sees a difference that the fingerprint leaves out: what a message states."""
    return not trial.verdict(trial.spec.answer_given, trial.spec.goal.impossible, 0).success


def _variations(trial: _Trial, reference: Outcome) -> list[str]:
    """Extra reads and refused calls, and independent steps swapped, must do no harm."""
    spec, tools = trial.spec, trial.instance.tools
    searches = [
        tool.name
        for tool in tools.values()
        if tool.search and (not spec.role or not tool.roles or spec.role in tool.roles)
    ]
    getters = [
        tool for tool in tools.values() if tool.getter and (not spec.role or not tool.roles or spec.role in tool.roles)
    ]
    extra = [Called(name, {}, True, {}) for name in searches[:1]]
    extra += [Called(tool.name, {tool.params[0].name: 2**50}, False, {}) for tool in getters[:1]]
    noisy = [call for one in spec.solution for call in (*extra, one)]
    reasons = []
    trial.play(noisy)
    if not trial.verdict(spec.answer_given, spec.goal.impossible, len(noisy)).success:
        reasons.append("extra reads and refused calls between the steps make it fail")
    for position in range(len(spec.solution) - 1):
        one, other = spec.solution[position : position + 2]
        if not (one.ok and other.ok and tools[one.tool].writes and tools[other.tool].writes):
            continue
        swapped = [*spec.solution[:position], other, one, *spec.solution[position + 2 :]]
        steps = trial.play(swapped)
        if fingerprint(trial.instance) != reference.state or not all(
            step.ok == call.ok for step, call in zip(steps, swapped, strict=True)
        ):
            continue  # the steps depend on each other
        if not trial.verdict(spec.answer_given, spec.goal.impossible, len(swapped)).success:
            reasons.append(f"swapping steps {position + 1} and {position + 2} makes it fail though nothing differs")
    return reasons
