import random

import msgspec
import pytest

from agentworlds.report import Kind, Summary, summarise
from agentworlds.report.measures import Histogram, Latency, Rate, Spread
from agentworlds.report.summary import (
    AgentRow,
    Cell,
    FaultRow,
    IntentRow,
    LatencyRow,
    LengthRow,
    SolutionLengths,
    Totals,
)

from .builders import episode
from .sample import sample_records


def test_a_small_run_is_summed_up_whole() -> None:
    summary = summarise(
        [
            episode(agent="idle"),
            episode(agent="reference", success=True, progress=1.0, reward=1.0, refusals=1, latencies_us=(20.0, 30.0)),
        ]
    )
    idle, reference = Rate.wilson(0, 1), Rate.wilson(1, 1)
    edges = (15.85, 25.12, 39.81)
    latency = Latency(2, 20.0, 30.0, 30.0, 30.0, Histogram(edges, (1, 1)))
    reward_edges = tuple(round(0.05 * index, 2) for index in range(21))
    assert summary == Summary(
        totals=Totals(episodes=2, scored=2, tasks=1, intents=1, worlds=1, agents=2, calls=2, refusals=1, faults=0),
        agents=(
            AgentRow(
                agent="reference",
                success=reference,
                progress=1.0,
                reward=Spread(1, 1.0, 1.0, 1.0, 1.0),
                reward_histogram=Histogram(reward_edges, (0,) * 19 + (1,)),
                calls=Spread(1, 2.0, 2, 2, 2),
                calls_histogram=Histogram((0.0, 1.0, 2.0, 3.0), (0, 0, 1)),
                refusal_rate=0.5,
                faults=0,
                latency=latency,
            ),
            AgentRow(
                agent="idle",
                success=idle,
                progress=0.0,
                reward=Spread(1, 0.0, 0.0, 0.0, 0.0),
                reward_histogram=Histogram(reward_edges, (1,) + (0,) * 19),
                calls=Spread(1, 0.0, 0, 0, 0),
                calls_histogram=Histogram((0.0, 1.0, 2.0, 3.0), (1, 0, 0)),
                refusal_rate=None,
                faults=0,
                latency=None,
            ),
        ),
        worlds=("bank",),
        kinds=(Kind.WRITE,),
        by_world=(Cell("reference", "bank", reference, 0.5), Cell("idle", "bank", idle, None)),
        by_kind=(Cell("reference", "write", reference, 0.5), Cell("idle", "write", idle, None)),
        solution=SolutionLengths(
            lengths=Spread(1, 3.0, 3, 3, 3),
            histogram=Histogram((3.0, 4.0), (1,)),
            by_world=(LengthRow("bank", Spread(1, 3.0, 3, 3, 3)),),
            by_kind=(LengthRow("write", Spread(1, 3.0, 3, 3, 3)),),
        ),
        latency=latency,
        latency_by_world=(LatencyRow("bank", latency),),
        intents=(
            IntentRow("reference", "bank", "transfer", Kind.WRITE, reference, 1.0),
            IntentRow("idle", "bank", "transfer", Kind.WRITE, idle, 0.0),
        ),
        faults=(),
    )


def test_an_episode_with_a_fault_is_counted_but_not_scored() -> None:
    summary = summarise(
        [
            episode(task=0, success=True, reward=1.0),
            episode(task=1, faults=2, reward=-9.0, latencies_us=(5.0,)),
        ]
    )
    (row,) = summary.agents
    assert summary.totals == Totals(
        episodes=2, scored=1, tasks=2, intents=1, worlds=1, agents=1, calls=1, refusals=0, faults=2
    )
    assert (row.success, row.reward.minimum, row.faults) == (Rate.wilson(1, 1), 1.0, 2)
    assert summary.latency is None
    assert summary.faults == (FaultRow("random", "bank", "transfer", faults=2, episodes=1),)


def test_a_run_of_nothing_but_faults_still_says_where_they_happened() -> None:
    summary = summarise([episode(faults=1)])
    assert summary.agents == ()
    assert summary.faults == (FaultRow("random", "bank", "transfer", faults=1, episodes=1),)


def test_an_agents_intents_are_listed_hardest_first() -> None:
    summary = summarise(
        [
            episode(intent="easy", success=True, progress=1.0),
            episode(intent="hard", progress=0.5),
            episode(intent="harder", progress=0.1),
        ]
    )
    assert [row.intent for row in summary.intents] == ["harder", "hard", "easy"]


def test_a_task_counts_once_in_the_solution_lengths_however_many_agents_tried_it() -> None:
    summary = summarise(
        [
            episode(agent="idle", task=0, solution_length=2),
            episode(agent="random", task=0, solution_length=2),
            episode(agent="idle", task=1, solution_length=4),
        ]
    )
    assert summary.solution.lengths == Spread(2, 3.0, 2, 3.0, 4)
    assert summary.solution.histogram == Histogram((2.0, 3.0, 4.0, 5.0), (1, 0, 1))


def test_two_records_that_disagree_on_a_solution_are_refused() -> None:
    message = "bank, transfer task 0 seed 0: solution length is 2 for idle but 3 for random"
    with pytest.raises(ValueError, match=message):
        summarise([episode(agent="idle", solution_length=2), episode(agent="random", solution_length=3)])


def test_no_episodes_cannot_be_summarised() -> None:
    with pytest.raises(ValueError, match="no episodes to summarise"):
        summarise([])


def test_a_pair_that_was_never_run_has_no_cell() -> None:
    summary = summarise([episode(agent="a", world="bank"), episode(agent="b", world="bookshop")])
    assert [(cell.agent, cell.group) for cell in summary.by_world] == [("a", "bank"), ("b", "bookshop")]


def test_a_summary_does_not_depend_on_the_order_of_the_records() -> None:
    records = list(sample_records(tasks=20, faults=True))
    shuffled = records[:]
    random.Random(1).shuffle(shuffled)
    assert summarise(shuffled) == summarise(records)


def test_a_summary_survives_a_round_trip_through_json() -> None:
    summary = summarise(sample_records(tasks=20, faults=True))
    assert msgspec.json.decode(msgspec.json.encode(summary), type=Summary) == summary
