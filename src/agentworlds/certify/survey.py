"""Certifying whole worlds: every task of several seeds, and how the built-in agents fare on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from agentworlds.agents.builtin import make_agent
from agentworlds.certify.certificate import Certificate, Mutants, certify_task
from agentworlds.errors import Fault
from agentworlds.tasks.drawing import BadIntent, DrawnTask
from agentworlds.worlds.episode import Episode
from agentworlds.worlds.world import LoadedWorld

AGENTS = ("reference", "idle", "quitter", "random")
MOST_REJECTED = 0.10


class IntentDraws(msgspec.Struct):
    """How an intent's draws went."""

    accepted: int = 0
    rejected: dict[str, int] = {}

    @property
    def share(self) -> float:
        """The share of draws that were rejected."""
        rejected = sum(self.rejected.values())
        return rejected / max(self.accepted + rejected, 1)


class Survey(msgspec.Struct):
    """What certifying found."""

    certificates: list[Certificate] = []
    draws: dict[str, IntentDraws] = {}
    success: dict[str, list[int]] = {}
    twins: dict[str, list[int]] = {}
    problems: list[str] = []

    def rate(self, agent: str) -> float:
        """An agent's share of successes."""
        won, played = self.success.get(agent, [0, 0])
        return won / played if played else 0.0

    @property
    def mutants(self) -> Mutants:
        """Mutants over all tasks."""
        total = Mutants()
        for certificate in self.certificates:
            total.tried += certificate.mutants.tried
            total.equivalent += certificate.mutants.equivalent
            total.failed += certificate.mutants.failed
        return total

    @property
    def failures(self) -> list[str]:
        """Everything that must not be, each with the line of its intent."""
        found = list(dict.fromkeys(self.problems))
        alike: dict[tuple[str, str, str], list[str]] = {}
        for one in self.certificates:
            for reason in one.reasons:
                alike.setdefault((one.where, one.intent, reason), []).append(f"seed {one.seed}, task {one.task}")
        for (where, intent, reason), tasks in alike.items():
            more = f" and {len(tasks) - 1} more" if len(tasks) > 1 else ""
            found.append(f"{where}: {intent} ({tasks[0]}{more}): {reason}")
        for name, draws in self.draws.items():
            if draws.share > MOST_REJECTED:
                reasons = ", ".join(f"{reason} ({times})" for reason, times in sorted(draws.rejected.items()))
                found.append(
                    f"{name}: {draws.share:.0%} of the draws were rejected, "
                    f"at most {MOST_REJECTED:.0%} may be: {reasons}"
                )
        if self.success.get("reference", [0, 0])[0] != self.success.get("reference", [0, 0])[1]:
            found.append("the reference agent does not always succeed")
        if self.success.get("idle", [0, 0])[0]:
            found.append("the idle agent succeeds")
        return found

    def as_json(self) -> dict[str, Any]:
        """The machine-readable summary."""
        return {
            "tasks": len(self.certificates),
            "certified": sum(certificate.certified for certificate in self.certificates),
            "rejected_draws": sum(sum(draws.rejected.values()) for draws in self.draws.values()),
            "success": {agent: round(self.rate(agent), 4) for agent in AGENTS},
            "mutants": {
                "tried": self.mutants.tried,
                "equivalent": self.mutants.equivalent,
                "failed": self.mutants.failed,
            },
            "failures": self.failures,
        }


def certify_worlds(
    worlds: Iterable[LoadedWorld], seeds: Sequence[int], progress: Callable[[str], None] = lambda _: None
) -> Survey:
    """Certify every task of some worlds and seeds, and let the built-in agents play them."""
    survey = Survey()
    for world in worlds:
        if not world.task_count:
            survey.problems.append(f"{world.id}: the world has no intents, so there is nothing to certify")
        for seed in seeds:
            for index in range(world.task_count):
                _one(world, seed, index, survey)
            world.close()
            progress(f"{world.id} seed {seed}")
    return survey


def _one(world: LoadedWorld, seed: int, index: int, survey: Survey) -> None:
    try:
        drawn = world.task(index, seed)
    except (BadIntent, Fault) as problem:
        survey.problems.append(str(problem))
        return
    draws = survey.draws.setdefault(f"{world.id}.{drawn.spec.intent}", IntentDraws(0, {}))
    draws.accepted += 1
    for reason in drawn.rejected:
        draws.rejected[reason] = draws.rejected.get(reason, 0) + 1
    try:
        survey.certificates.append(certify_task(world.pool(seed), drawn))
        if drawn.intent.twin and (told := betrayed(drawn, world.task(world.find_task(drawn.intent.twin), seed))):
            survey.problems.append(f"{world.id}.{drawn.spec.intent}: {told}")
    except Fault as fault:
        survey.problems.append(f"{world.id}.{drawn.spec.intent} (seed {seed}, task {index}): fault: {fault}")
        return
    for name in AGENTS:
        with Episode(world.pool(seed), drawn) as episode:
            try:
                success = make_agent(name).play(episode, 0).success
            except Fault as fault:
                survey.problems.append(
                    f"{world.id}.{drawn.spec.intent} (seed {seed}, task {index}), {name}: fault: {fault}"
                )
                continue
        for tally in (survey.success.setdefault(name, [0, 0]),):
            tally[0] += success
            tally[1] += 1
        if name == "quitter":
            pair = drawn.intent.twin or next(
                (i.twin for i in world.world.intents.values() if i.twin == drawn.intent.name), None
            )
            if pair:
                tally = survey.twins.setdefault(f"{world.id}.{pair}", [0, 0])
                tally[0] += success
                tally[1] += 1


def betrayed(impossible: DrawnTask, possible: DrawnTask) -> str | None:
    """How an impossible task's request gives itself away: it asks for another form of answer than its twin."""
    asked, instead = (task.task.answer.hint if task.task.answer else "" for task in (possible, impossible))
    if asked == instead:
        return None
    return f"the twin's request ends {asked!r}, and this one's {instead!r}: give answer=Answer.… for its form"
