"""From episode records to what a reader wants to know; `Summary` survives a round trip through JSON."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import msgspec

from agentworlds.report.measures import (
    Histogram,
    Latency,
    Rate,
    Spread,
    linear_edges,
    log_edges,
    mean,
    whole_edges,
)
from agentworlds.report.records import EpisodeRecord, Kind

_Key = TypeVar("_Key")
_Task = tuple[str, str, int, int]


class Totals(msgspec.Struct, frozen=True):
    """How much was run; `scored` episodes are those without a fault."""

    episodes: int
    scored: int
    tasks: int
    intents: int
    worlds: int
    agents: int
    calls: int
    refusals: int
    faults: int


class AgentRow(msgspec.Struct, frozen=True):
    """One agent over its scored episodes; the histograms of all agents share their edges.

    `refusal_rate` and `latency` are None for an agent that made no call; `faults` are those of the
    episodes that were not scored.
    """

    agent: str
    success: Rate
    progress: float
    reward: Spread
    reward_histogram: Histogram
    calls: Spread
    calls_histogram: Histogram
    refusal_rate: float | None
    faults: int
    latency: Latency | None


class Cell(msgspec.Struct, frozen=True):
    """One agent in one group of episodes: a world or a kind of intent."""

    agent: str
    group: str
    success: Rate
    refusal_rate: float | None


class LengthRow(msgspec.Struct, frozen=True):
    """Reference solution lengths of a group of tasks, in calls."""

    group: str
    lengths: Spread


class SolutionLengths(msgspec.Struct, frozen=True):
    """Reference solution lengths, each task counted once however many agents tried it."""

    lengths: Spread
    histogram: Histogram
    by_world: tuple[LengthRow, ...]
    by_kind: tuple[LengthRow, ...]


class LatencyRow(msgspec.Struct, frozen=True):
    """Call latency of one group of calls, in microseconds."""

    group: str
    latency: Latency


class IntentRow(msgspec.Struct, frozen=True):
    """One agent at one intent."""

    agent: str
    world: str
    intent: str
    kind: Kind
    success: Rate
    progress: float


class FaultRow(msgspec.Struct, frozen=True):
    """Faults that one agent met at one intent; only where there were any."""

    agent: str
    world: str
    intent: str
    faults: int
    episodes: int


class Summary(msgspec.Struct, frozen=True):
    """A run, summed up.

    An episode with a fault is not scored: it counts in `totals`, `solution` and `faults` and nowhere else.

    Attributes:
        totals: How much was run.
        agents: Most successful first, then by name; an agent with no scored episode is absent.
        worlds: World ids in alphabetical order.
        kinds: The kinds that occurred, in the order of `Kind`.
        by_world: Agent x world, in the order of `agents` and `worlds`; pairs never run are absent.
        by_kind: Agent x kind, likewise.
        solution: Reference solution lengths.
        latency: Latency over all calls of scored episodes, None if there was none.
        latency_by_world: By world, those with calls.
        intents: Agent x intent, each agent's hardest first: least success, then least progress.
        faults: Where faults happened, most first; empty is what one hopes for.
    """

    totals: Totals
    agents: tuple[AgentRow, ...]
    worlds: tuple[str, ...]
    kinds: tuple[Kind, ...]
    by_world: tuple[Cell, ...]
    by_kind: tuple[Cell, ...]
    solution: SolutionLengths
    latency: Latency | None
    latency_by_world: tuple[LatencyRow, ...]
    intents: tuple[IntentRow, ...]
    faults: tuple[FaultRow, ...]


def summarise(records: Iterable[EpisodeRecord]) -> Summary:
    """Sum up a run; the order of the records does not matter.

    Raises:
        ValueError: If there are no records, or two records disagree on a task's solution length.
    """
    episodes = list(records)
    if not episodes:
        raise ValueError("no episodes to summarise")
    scored = [record for record in episodes if not record.faults]
    latencies = _latencies(scored)
    edges = log_edges(latencies)
    agents = _agent_rows(episodes, edges)
    names = [row.agent for row in agents]
    worlds = tuple(sorted({record.world for record in episodes}))
    by_world = _grouped(scored, lambda record: record.world)
    kinds = tuple(sorted({record.kind for record in episodes}, key=list(Kind).index))
    tasks = _tasks(episodes)
    return Summary(
        totals=Totals(
            episodes=len(episodes),
            scored=len(scored),
            tasks=len(tasks),
            intents=len({(record.world, record.intent) for record in episodes}),
            worlds=len(worlds),
            agents=len({record.agent for record in episodes}),
            calls=sum(record.calls for record in episodes),
            refusals=sum(record.refusals for record in episodes),
            faults=sum(record.faults for record in episodes),
        ),
        agents=agents,
        worlds=worlds,
        kinds=kinds,
        by_world=_cells(scored, names, worlds, lambda record: record.world),
        by_kind=_cells(scored, names, kinds, lambda record: record.kind),
        solution=_solution_lengths(tasks.values(), worlds, kinds),
        latency=Latency.of(latencies, edges) if latencies else None,
        latency_by_world=tuple(
            LatencyRow(world, Latency.of(values, edges))
            for world in worlds
            if (values := _latencies(by_world.get(world, [])))
        ),
        intents=_intent_rows(scored, names),
        faults=_fault_rows(episodes),
    )


def _agent_rows(episodes: Sequence[EpisodeRecord], latency_edges: tuple[float, ...]) -> tuple[AgentRow, ...]:
    scored = [record for record in episodes if not record.faults]
    reward_edges = linear_edges([record.reward for record in scored])
    calls_edges = whole_edges([record.calls for record in scored])
    by_agent = _grouped(episodes, lambda record: record.agent)
    rows = []
    for agent, own in _grouped(scored, lambda record: record.agent).items():
        rewards = [record.reward for record in own]
        calls = [record.calls for record in own]
        latencies = _latencies(own)
        rows.append(
            AgentRow(
                agent=agent,
                success=_success(own),
                progress=mean([record.progress for record in own]),
                reward=Spread.of(rewards),
                reward_histogram=Histogram.of(rewards, reward_edges),
                calls=Spread.of(calls),
                calls_histogram=Histogram.of(calls, calls_edges),
                refusal_rate=_refusal_rate(own),
                faults=sum(record.faults for record in by_agent[agent]),
                latency=Latency.of(latencies, latency_edges) if latencies else None,
            )
        )
    return tuple(sorted(rows, key=lambda row: (-row.success.value, row.agent)))


def _cells(
    episodes: Sequence[EpisodeRecord],
    agents: Sequence[str],
    groups: Sequence[str],
    group_of: Callable[[EpisodeRecord], str],
) -> tuple[Cell, ...]:
    found = _grouped(episodes, lambda record: (record.agent, group_of(record)))
    return tuple(
        Cell(agent, str(group), _success(own), _refusal_rate(own))
        for agent in agents
        for group in groups
        if (own := found.get((agent, group)))
    )


def _tasks(episodes: Sequence[EpisodeRecord]) -> dict[_Task, EpisodeRecord]:
    """One record for each task."""
    tasks: dict[_Task, EpisodeRecord] = {}
    for record in episodes:
        known = tasks.setdefault((record.world, record.intent, record.task, record.seed), record)
        if known.solution_length != record.solution_length:
            raise ValueError(
                f"{record.world}, {record.intent} task {record.task} seed {record.seed}: solution length is "
                f"{known.solution_length} for {known.agent} but {record.solution_length} for {record.agent}"
            )
    return tasks


def _solution_lengths(tasks: Iterable[EpisodeRecord], worlds: Sequence[str], kinds: Sequence[Kind]) -> SolutionLengths:
    once = list(tasks)
    lengths = [record.solution_length for record in once]
    by_world = _grouped(once, lambda record: record.world)
    by_kind = _grouped(once, lambda record: record.kind)
    return SolutionLengths(
        lengths=Spread.of(lengths),
        histogram=Histogram.of(lengths, whole_edges(lengths)),
        by_world=tuple(_length_row(world, by_world[world]) for world in worlds),
        by_kind=tuple(_length_row(kind.value, by_kind[kind]) for kind in kinds),
    )


def _length_row(group: str, tasks: Sequence[EpisodeRecord]) -> LengthRow:
    return LengthRow(group, Spread.of([record.solution_length for record in tasks]))


def _intent_rows(episodes: Sequence[EpisodeRecord], agents: Sequence[str]) -> tuple[IntentRow, ...]:
    found = _grouped(episodes, lambda record: (record.agent, record.world, record.intent))
    rows = [
        IntentRow(agent, world, intent, own[0].kind, _success(own), mean([record.progress for record in own]))
        for (agent, world, intent), own in found.items()
    ]
    return tuple(
        sorted(
            rows,
            key=lambda row: (agents.index(row.agent), row.success.value, row.progress, row.world, row.intent),
        )
    )


def _fault_rows(episodes: Sequence[EpisodeRecord]) -> tuple[FaultRow, ...]:
    faulty = [record for record in episodes if record.faults]
    rows = [
        FaultRow(agent, world, intent, sum(record.faults for record in own), len(own))
        for (agent, world, intent), own in _grouped(
            faulty, lambda record: (record.agent, record.world, record.intent)
        ).items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.faults, row.agent, row.world, row.intent)))


def _grouped(
    episodes: Iterable[EpisodeRecord], key: Callable[[EpisodeRecord], _Key]
) -> dict[_Key, list[EpisodeRecord]]:
    groups: defaultdict[_Key, list[EpisodeRecord]] = defaultdict(list)
    for record in episodes:
        groups[key(record)].append(record)
    return dict(groups)


def _success(episodes: Sequence[EpisodeRecord]) -> Rate:
    return Rate.wilson(sum(record.success for record in episodes), len(episodes))


def _refusal_rate(episodes: Sequence[EpisodeRecord]) -> float | None:
    calls = sum(record.calls for record in episodes)
    return sum(record.refusals for record in episodes) / calls if calls else None


def _latencies(episodes: Iterable[EpisodeRecord]) -> list[float]:
    return [latency for record in episodes for latency in record.latencies_us]
