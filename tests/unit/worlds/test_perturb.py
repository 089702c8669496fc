"""Tool realism: what each kind does to an agent's calls, and that none of it touches the world."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentworlds.agents.builtin import make_agent
from agentworlds.agents.rollout import Trajectory, as_messages, roll_out, score_again
from agentworlds.errors import Code, Fault, NotFound, Refusal
from agentworlds.runtime.step import Step
from agentworlds.spec.rewards import Reward
from agentworlds.worlds.episode import Episode
from agentworlds.worlds.perturb.client import Client
from agentworlds.worlds.perturb.kinds import (
    PRESETS,
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
from tests.unit.shelter import world_of

SCRIPT = '''"""Notes."""
from dataclasses import dataclass
from datetime import datetime
from agentworlds import Do, Draw, Row, Task, TaskDraw, Word, World, count, delete, field, insert, now, refuse, rows

world = World("notes", title="Notes", now="2026-03-02 08:00", tick=20)


@world.table
class Person(Row):
    name: Word


@world.table
class Note(Row):
    person: Person
    word: Word
    starts: datetime = field(default=now)


@dataclass
class Summary:
    person: Person
    amount: int
    notes: list[Note]


world.reads(Person, by=("name",), sort=("name",))
world.reads(Note, by=("person", "word"), sort=("person.name", "starts"))


@world.tool
def write(person: Person, word: Word) -> Note:
    """Write a note; person_id says whose."""
    if word == "no":
        refuse("conflict", "Not that word.", hint="another word, or another person_id", field="word")
    return insert(Note(person=person, word=word))


@world.tool
def break_down(person: Person) -> None:
    """Fail."""
    person.name = "Nobody"
    [][0]


@world.query
def time_now() -> datetime:
    """What time it is."""
    return now()


@world.query
def summary(person: Person) -> Summary:
    """A person's notes."""
    return Summary(person=person, amount=count(Note, person=person), notes=rows(Note, person=person))


@world.data
def fill(draw: Draw) -> None:
    for number in range(47):
        insert(Person(name=f"P{number:02}"))


@world.intent(
    *(wording + " {word} {other} {person.name}" for wording in (
        "Write", "Put down", "Note for me", "Please record", "Would you jot", "Add to the file", "Let us have", "I need",
    ))
)
def two_notes(draw: TaskDraw) -> Task:
    person = rows(Person)[3]

    def solve(do: Do) -> None:
        everyone = do.every("search_people")
        found = next(one for one in everyone if one.name == person.name)
        do.write(person_id=found.id, word="alpha")
        do.write(person_id=found.id, word="beta")

    return draw.task(solve, person=person, word="alpha", other="beta")
'''
WORLD = world_of(SCRIPT, "notes")
KINDS = {
    "latency": Perturb(latency=Latency(3, 9)),
    "limit": Perturb(limit=RateLimit(2, 200, 3)),
    "failures": Perturb(failures=Failures(60, 3)),
    "stale calls": Perturb(stale=StaleReads(calls=3)),
    "stale seconds": Perturb(stale=StaleReads(seconds=50)),
    "pages": Perturb(pages=PartialPages(2, 7)),
    "names": Perturb(names=Renaming("pascal", 100)),
    "extra": Perturb(extra=ExtraFields()),
    "distractors": Perturb(distractors=Distractors(8)),
    "all": Perturb(
        Latency(1, 5), RateLimit(3, 150), Failures(40, 2), StaleReads(calls=2), PartialPages(3, 6), Renaming(),
        ExtraFields(), Distractors(4),
    ),
}  # fmt: skip
UNTIMED = ("stale calls", "stale seconds", "pages", "names", "extra", "distractors")
CALLS: list[tuple[str, Any]] = [
    ("search_people", {"name": "P0", "sort": "-name", "limit": 4}),
    ("write", {"person_id": 3, "word": "alpha"}),
    ("write", {"person_id": 99, "word": "alpha"}),
    ("write", {"person_id": 3, "word": "no"}),
    ("write", {"person_id": 3}),
    ("write", [3]),
    ("search_notes", {"person_id": 3, "sort": "person.name"}),
    ("search_notes", {"limit": 70}),
    ("summary", {"person_id": 3}),
    ("get_note", {"note_id": 1}),
    ("nothing", {"x": 1}),
    ("time_now", {}),
]


def told(step: Step) -> tuple[Any, ...]:
    return step.tool, step.arguments, step.json, step.text, step.refusal


def code(step: Step) -> str:
    return "ok" if step.refusal is None else str(step.refusal.code)


def counted(episode: Episode) -> list[Any]:
    """What has changed, without the moments at which it was."""
    return [
        (one.kind, one.table, one.id, {k: v for k, v in (one.after or {}).items() if k != "starts"})
        for one in episode.changes()
    ]


# Declarations -------------------------------------------------------------------------------------------

MISTAKES: list[tuple[Callable[[], Any], str]] = [
    (lambda: Latency(-1), "Latency.low: expected a whole number from 0 to 3600, got -1"),
    (lambda: Latency(5, 4), "Latency.high: expected a whole number from 5 to 3600, got 4"),
    (lambda: Latency(0, 0), "Latency.high: expected a whole number from 1 to 3600, got 0"),
    (lambda: RateLimit(0), "RateLimit.calls: expected a whole number from 1 to 1000, got 0"),
    (lambda: RateLimit(seconds=0.5), "RateLimit.seconds: expected a whole number from 1 to 3600, got 0.5"),  # type: ignore[arg-type]
    (lambda: RateLimit(tries=6), "RateLimit.tries: expected a whole number from 1 to 5, got 6"),
    (lambda: Failures(101), "Failures.percent: expected a whole number from 1 to 100, got 101"),
    (lambda: Failures(most=True), "Failures.most: expected a whole number from 1 to 5, got True"),
    (lambda: StaleReads(), "StaleReads: expected either seconds=… or calls=…"),
    (lambda: StaleReads(seconds=1, calls=1), "StaleReads: expected either seconds=… or calls=…"),
    (lambda: StaleReads(calls=21), "StaleReads.calls: expected a whole number from 1 to 20, got 21"),
    (lambda: PartialPages(6, 5), "PartialPages.most: expected a whole number from 6 to 50, got 5"),
    (lambda: Renaming("kebab"), "Renaming.style: expected 'snake', 'camel' or 'pascal', got 'kebab'"),  # type: ignore[arg-type]
    (lambda: Renaming("snake", 0), "Renaming: names are in snake case already, so without synonyms nothing is renamed"),
    (lambda: ExtraFields(("etag", "x")), "ExtraFields.keys: expected some of request_id, etag, api_version, got ('etag', 'x')"),
    (lambda: ExtraFields(()), "ExtraFields.keys: expected some of request_id, etag, api_version, got ()"),
    (lambda: Distractors(0), "Distractors.count: expected a whole number from 1 to 20, got 0"),
    (lambda: Perturb(latency=Failures()), "latency: expected Latency(…), got Failures(percent=10, most=1)"),  # type: ignore[arg-type]
    (lambda: Perturb(seed=-1), f"seed: expected a whole number from 0 to {2**63 - 1}, got -1"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "message"), MISTAKES, ids=[message for _, message in MISTAKES])
def test_a_declaration_that_makes_no_sense_is_named(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make()


def test_presets_are_named_and_nothing_else_perturbs() -> None:
    assert Perturb.preset("mild", seed=7).seed == 7
    with pytest.raises(NotFound, match="there is no preset 'hash'; did you mean 'harsh'\\?; known are mild, harsh"):
        WORLD.episode(perturb="hash")
    with pytest.raises(TypeError, match=r"perturb: expected Perturb\(…\) or one of mild, harsh, got 3"):
        WORLD.episode(perturb=3)  # type: ignore[arg-type]


@pytest.mark.parametrize("perturb", [*KINDS.values(), *PRESETS.values()])
def test_a_perturbation_survives_json(perturb: Perturb) -> None:
    assert msgspec.json.decode(msgspec.json.encode(perturb), type=Perturb) == perturb


# What holds for every kind ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_reference_ends_as_it_does_without(kind: str) -> None:
    reward = Reward(step=-0.01, within=5)
    with WORLD.episode(reward=reward) as plain, WORLD.episode(reward=reward, perturb=KINDS[kind]) as episode:
        verdicts = [Client(plain).replay(), Client(episode).replay()]
        assert verdicts[0].success
        assert verdicts[0] == verdicts[1]
        assert counted(episode) == counted(plain)
        if kind in UNTIMED:
            assert episode.changes() == plain.changes()
        assert sum(step.reward for step in episode.steps) + 0.0 == pytest.approx(-0.01 * episode.calls)


@pytest.mark.parametrize("kind", KINDS)
def test_idling_and_giving_up_fail_as_they_do_without(kind: str) -> None:
    for agent in ("idle", "quitter"):
        with WORLD.episode(perturb=KINDS[kind]) as episode:
            assert not make_agent(agent).play(episode, 0).success
            assert episode.changes() == []


def transcript(episode: Episode, calls: list[tuple[str, Any]]) -> list[Any]:
    seen = [told(episode.apply(tool, arguments)) for tool, arguments in calls]
    return [episode.tools, seen, episode.instance.wait(0)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_perturbation_gives_the_same_bytes_also_after_a_reset(kind: str) -> None:
    with WORLD.episode(perturb=KINDS[kind]) as episode, WORLD.episode(perturb=KINDS[kind]) as twin:
        first = transcript(episode, CALLS * 2)
        assert transcript(twin, CALLS * 2) == first
        episode.reset()
        assert transcript(episode, CALLS * 2) == first


def test_another_seed_or_task_is_perturbed_otherwise() -> None:
    for kind in ("latency", "failures", "pages", "extra"):
        seen = []
        for task, seed in ((0, 0), (0, 1), (1, 0)):
            with WORLD.episode(task, perturb=msgspec.structs.replace(KINDS[kind], seed=seed)) as episode:
                seen.append(transcript(episode, [*CALLS, *[("search_people", {})] * 9])[1:])
        assert seen[0] != seen[1], kind
        assert seen[0] != seen[2], kind
    listed = [WORLD.openai_tools(perturb=msgspec.structs.replace(KINDS["all"], seed=seed)) for seed in (0, 1)]
    assert listed[0] != listed[1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_fork_has_the_same_future_and_goes_its_own_way(kind: str) -> None:
    with WORLD.episode(perturb=KINDS[kind]) as episode:
        transcript(episode, CALLS[:6])
        with episode.fork() as twin, episode.fork() as other:
            transcript(other, [("write", {"person_id": 4, "word": "gamma"})] * 5)
            assert transcript(twin, CALLS) == transcript(episode, CALLS)


@pytest.mark.parametrize("kind", ["latency", "limit", "failures", "names", "extra", "distractors"])
def test_through_a_client_all_that_is_told_is_as_without(kind: str) -> None:
    with WORLD.episode() as plain, WORLD.episode(perturb=KINDS[kind], budget=200) as episode:
        client = Client(episode)
        for tool, arguments in CALLS:
            one, other = plain.apply(tool, arguments), client.apply(tool, arguments)
            if kind in UNTIMED:
                assert told(one) == told(other)
            else:
                assert (one.tool, one.arguments, one.refusal) == (other.tool, other.arguments, other.refusal)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)
ARGUMENTS = JSON | st.dictionaries(
    st.sampled_from(["person_id", "word", "name", "sort", "limit", "offset"]), JSON, max_size=4
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["search_notes", "write", "summary", "no such tool", 7]), ARGUMENTS), max_size=6)
)
def test_whatever_is_sent_is_answered_or_refused(calls: list[tuple[Any, Any]]) -> None:
    with WORLD.episode() as plain, WORLD.episode(perturb=KINDS["names"]) as renamed, \
         WORLD.episode(perturb=KINDS["all"]) as episode:  # fmt: skip
        for tool, arguments in calls:
            assert code(Client(renamed).apply(tool, arguments)) == code(plain.apply(tool, arguments))
            step = episode.apply(tool, arguments)
            step.json.encode()
            step.text.encode()


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_stays_a_fault_and_leaves_nothing(kind: str) -> None:
    with WORLD.episode(perturb=msgspec.structs.replace(KINDS[kind], failures=None, limit=None)) as episode:
        episode.apply(*CALLS[1])
        assert episode.layer is not None
        arguments = {episode.layer.surface.names.get("person_id", "person_id"): 1}
        before = counted(episode), episode.instance.wait(0), episode.layer.turn, len(episode.steps)
        with pytest.raises(Fault, match="break_down failed: IndexError"):
            episode.apply("break_down", arguments)
        assert (counted(episode), episode.instance.wait(0), episode.layer.turn, len(episode.steps)) == before


def test_finish_is_never_perturbed() -> None:
    perturb = Perturb(Latency(5, 5), RateLimit(1, 3600, 5), Failures(100, 5), names=Renaming("pascal", 100))
    with WORLD.episode(perturb=perturb) as episode, WORLD.episode() as plain:
        assert episode.tools[-1] == plain.tools[-1]
        episode.call("time_now")
        before = episode.instance.wait(0)
        step = episode.call("finish", answer="x", impossible=True)
        assert (step.done, step.data, episode.instance.wait(0)) == (True, {"finished": True}, before)


# Latency ------------------------------------------------------------------------------------------------


def test_a_call_takes_its_tick_and_its_latency() -> None:
    with WORLD.episode(perturb=KINDS["latency"]) as episode:
        times = [0]
        for _ in range(25):
            assert episode.call("time_now").ok
            times.append(episode.instance.wait(0))
        taken = [after - before - 20 for before, after in pairwise(times)]
        assert set(taken) <= set(range(3, 10))
        assert len(set(taken)) > 3


# Rate limit ---------------------------------------------------------------------------------------------


def test_beyond_the_limit_a_call_is_refused_until_its_wait_is_over() -> None:
    with WORLD.episode(perturb=Perturb(limit=RateLimit(2, 200, 3))) as episode:
        steps = [episode.call("time_now") for _ in range(6)]
        assert [code(step) for step in steps] == ["ok", "ok", "limit", "limit", "limit", "ok"]
        message = "At most 2 calls in 200 seconds are allowed."
        hints = ["the same call again in 106 seconds", "the same call again in 53 seconds", "the same call again"]
        assert [step.refusal for step in steps[2:5]] == [Refusal(Code.LIMIT, message, hint) for hint in hints]
        assert steps[5].data == {"value": "2026-03-02T08:03:40"}


@pytest.mark.parametrize(
    ("limit", "tries"),
    [(RateLimit(1, 30, 1), 1), (RateLimit(3, 150, 2), 2), (RateLimit(5, 600, 4), 4), (RateLimit(9, 90, 1), 0)],
)
def test_no_span_holds_more_calls_than_the_limit_and_no_wait_more_tries(limit: RateLimit, tries: int) -> None:
    with WORLD.episode(perturb=Perturb(Latency(0, 7), limit), budget=400) as episode:
        started, row, most = [], 0, 0
        for _ in range(120):
            now = episode.instance.wait(0)
            if episode.call("time_now").ok:
                started.append(now)
                row = 0
            else:
                row += 1
                most = max(most, row)
        for first, late in zip(started, started[limit.calls :], strict=False):
            assert late - first >= limit.seconds
        assert most == tries


# Failures -----------------------------------------------------------------------------------------------


def test_a_call_fails_at_most_so_often_in_a_row_and_changes_nothing() -> None:
    with WORLD.episode(perturb=Perturb(failures=Failures(100, 2))) as episode:
        write, other = ("write", {"person_id": 3, "word": "a"}), ("write", {"word": "b", "person_id": 3})
        steps = [episode.apply(*call) for call in (write, other, write)]
        assert [step.refusal for step in steps] == [
            Refusal(Code.UNAVAILABLE, "The service did not answer; nothing was done.", "the same call again")
        ] * 3
        assert (episode.changes(), episode.instance.wait(0), episode.calls) == ([], 60, 0)
        assert (
            steps[0].text
            == "Refused (unavailable): The service did not answer; nothing was done. Try: the same call again"
        )
        assert [code(episode.apply(*call)) for call in (write, other, other)] == ["ok", "unavailable", "ok"]
        assert [code(episode.apply(*write)) for _ in range(3)] == ["unavailable", "unavailable", "ok"]
        assert [one.id for one in episode.changes()] == [1, 2, 3]


def test_failures_come_as_often_as_declared() -> None:
    with WORLD.episode(perturb=Perturb(failures=Failures(25, 1)), budget=2000) as episode:
        failed = sum(not episode.call("search_notes", offset=number).ok for number in range(1000))
        assert 200 < failed < 300


# Stale reads --------------------------------------------------------------------------------------------


def words(episode: Episode) -> list[str]:
    data = episode.call("search_notes").data
    assert data is not None
    return [row["word"] for row in data["results"]]


def test_for_some_calls_after_a_write_reads_show_the_state_before_it() -> None:
    with WORLD.episode(perturb=Perturb(stale=StaleReads(calls=2))) as episode:
        assert episode.call("write", person_id=1, word="a").ok
        assert [words(episode) for _ in range(3)] == [[], [], ["a"]]
        assert episode.call("write", person_id=1, word="b").ok
        assert episode.call("get_note", note_id=2).refusal == Refusal(
            Code.NOT_FOUND, "note_id: there is no note 2", "search_notes finds notes", "note_id"
        )
        assert episode.call("write", person_id=1, word="c").ok, "a write acts on the truth"
        assert [words(episode) for _ in range(3)] == [["a", "b"], ["a", "b"], ["a", "b", "c"]]
        assert [one.id for one in episode.changes()] == [1, 2, 3]


def test_for_some_seconds_after_a_write_reads_show_the_state_before_it() -> None:
    with WORLD.episode(perturb=Perturb(stale=StaleReads(seconds=50))) as episode:
        episode.call("write", person_id=1, word="a")
        assert [words(episode) for _ in range(4)] == [[], [], [], ["a"]]


def test_a_stale_read_takes_its_time_and_knows_the_time() -> None:
    with WORLD.episode(perturb=Perturb(stale=StaleReads(calls=9))) as episode:
        episode.call("write", person_id=1, word="a")
        assert episode.call("time_now").data == {"value": "2026-03-02T08:00:40"}
        assert episode.call("time_now").data == {"value": "2026-03-02T08:01:00"}


def test_a_refused_write_leaves_reads_true() -> None:
    with WORLD.episode(perturb=Perturb(stale=StaleReads(calls=3))) as episode:
        episode.call("write", person_id=1, word="a")
        for _ in range(3):
            episode.call("time_now")
        assert code(episode.call("write", person_id=1, word="no")) == "conflict"
        assert words(episode) == ["a"]


# Partial pages ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [None, 1, 5, 50])
def test_pages_are_short_and_offset_reaches_all_rows(limit: int | None) -> None:
    asked = {} if limit is None else {"limit": limit}
    with WORLD.episode(perturb=Perturb(pages=PartialPages(2, 7)), budget=99) as episode:
        found: list[dict[str, Any]] = []
        sizes = []
        more = True
        while more:
            data = episode.call("search_people", offset=len(found), **asked).data
            assert data is not None
            sizes.append(len(data["results"]))
            found += data["results"]
            more = data["more"]
        assert [row["id"] for row in found] == list(range(1, 48))
        assert {min(size, limit or 20) for size in sizes[:-1]} <= set(range(min(2, limit or 20), 8))
        assert len(set(sizes[:-1])) > 1 or limit == 1


@pytest.mark.parametrize("limit", [0, 51, "5", None, 2.5])
def test_a_limit_that_makes_no_sense_is_refused_by_the_world(limit: Any) -> None:
    with WORLD.episode() as plain, WORLD.episode(perturb=KINDS["pages"]) as episode:
        step = episode.call("search_people", limit=limit)
        assert step.refusal is not None
        assert told(step) == told(plain.call("search_people", limit=limit))


# Renaming -----------------------------------------------------------------------------------------------

NAMES = {
    Renaming("camel", 0): {"id": "id", "name": "name", "person_id": "personId", "results": "results"},
    Renaming("pascal", 0): {"id": "Id", "name": "Name", "person_id": "PersonId", "results": "Results"},
    Renaming("snake", 100): {"amount": "sum", "more": "further", "starts": "begins", "sort": "order"},
}


@pytest.mark.parametrize("renaming", NAMES)
def test_names_are_written_in_a_style_or_with_synonyms_one_to_one(renaming: Renaming) -> None:
    with WORLD.episode(perturb=Perturb(names=renaming)) as episode:
        assert episode.layer is not None
        names = episode.layer.surface.names
        assert names.items() >= NAMES[renaming].items()
        assert len(set(names.values())) == len(names)
        assert not {shown for name, shown in names.items() if shown != name} & set(names)


def test_schemas_arguments_results_refusals_and_words_agree_on_the_names() -> None:
    with WORLD.episode(perturb=Perturb(names=Renaming("snake", 100), seed=1)) as episode:
        assert episode.layer is not None
        names = episode.layer.surface.names
        ref, label = names["id"], names["name"]
        assert ref != "id"
        functions = {tool["function"]["name"]: tool["function"] for tool in episode.tools}
        search = functions["search_notes"]["parameters"]["properties"]
        assert list(search) == [names[one] for one in ("person_id", "word", "sort", "limit", "offset")]
        assert search["order"]["enum"] == [f"person_{label}", f"-person_{label}", "begins", "-begins", None]
        assert functions["write"]["description"] == f"Write a note; person_{ref} says whose."
        assert functions["write"]["parameters"]["required"] == [f"person_{ref}", "word"]
        step = episode.apply("write", {f"person_{ref}": 3, "word": "alpha"})
        assert step.data == {
            ref: 1,
            f"person_{ref}": 3,
            f"person_{label}": "P02",
            "word": "alpha",
            "begins": "2026-03-02T08:00:20",
        }
        assert step.text == "note 1 alpha: person P02 (3), begins 2 March 2026 at 08:00"
        found = episode.apply("search_notes", {"order": f"-person_{label}"})
        assert found.data == {names["results"]: [step.data], "further": False}
        summed = episode.apply("summary", {f"person_{ref}": 3})
        assert summed.data == {"person": {ref: 3, label: "P02"}, "sum": 1, "notes": [step.data]}
        assert summed.text.splitlines()[1] == "sum: 1"
        assert f"raise {names['offset']} for more" in episode.call("search_people").text
        refusals = [
            episode.apply("write", arguments).refusal
            for arguments in ({f"person_{ref}": 3, "word": "no"}, {f"person_{ref}": 99, "word": "a"}, {"person_id": 3})
        ]
        assert refusals == [
            Refusal(Code.CONFLICT, "Not that word.", f"another word, or another person_{ref}", "word", refusals[0].site),  # type: ignore[union-attr]
            Refusal(Code.NOT_FOUND, f"person_{ref}: there is no person 99", "search_people finds people", f"person_{ref}"),
            Refusal(Code.INVALID, f"person_id: write has no such argument; did you mean 'person_{ref}'?; arguments are person_{ref}, word", field="person_id"),
        ]  # fmt: skip
        wrong = episode.apply("search_notes", {"order": "starts"}).refusal
        assert wrong is not None
        assert wrong.message == f"order: expected one of person_{label}, -person_{label}, begins, -begins, got 'starts'"


# Extra fields and distractors ---------------------------------------------------------------------------


def test_results_carry_further_keys_and_refusals_do_not() -> None:
    with WORLD.episode(perturb=KINDS["extra"]) as episode, WORLD.episode() as plain:
        steps = [episode.call("search_people", limit=1) for _ in range(2)]
        data = [step.data or {} for step in steps]
        assert list(data[0]) == ["results", "more", "request_id", "etag", "api_version"]
        assert {key: data[0][key] for key in ("results", "more")} == plain.call("search_people", limit=1).data
        assert data[0]["request_id"] != data[1]["request_id"]
        assert [data[0][key] for key in ("etag", "api_version")] == [data[1][key] for key in ("etag", "api_version")]
        assert (episode.call("search_people", limit=2).data or {})["etag"] != data[0]["etag"]
        last = f"request id {data[0]['request_id']}, etag {data[0]['etag']}, api version {data[0]['api_version']}"
        assert steps[0].text.splitlines()[-1] == last
        refused = episode.call("write", person_id=1, word="no")
        assert list(refused.observation) == ["refused"]


def test_distractors_are_listed_among_the_tools_refuse_and_count() -> None:
    with WORLD.episode(perturb=KINDS["distractors"]) as episode, WORLD.episode() as plain:
        known = [tool["function"]["name"] for tool in plain.tools]
        listed = [tool["function"]["name"] for tool in episode.tools]
        idle = [name for name in listed if name not in known]
        assert len(idle) == 8
        assert [name for name in listed if name in known] == known
        assert listed[-1] == "finish"
        for name in idle:
            step = episode.call(name, anything=1)
            assert step.refusal == Refusal(Code.UNAVAILABLE, f"{name} is not enabled for this account.")
        assert (episode.calls, episode.changes(), episode.instance.wait(0)) == (8, [], 160)


# Budget and trajectories --------------------------------------------------------------------------------

BUDGETS = [
    # perturb, the task's three calls (a search of 47 rows and two writes) as they may grow
    (Perturb(Latency(), names=Renaming(), extra=ExtraFields()), 3),
    (Perturb(failures=Failures(most=2)), 9),
    (Perturb(limit=RateLimit(tries=3), failures=Failures(most=1)), 15),
    (Perturb(pages=PartialPages(10, 20)), 7),
    (Perturb(stale=StaleReads(calls=4)), 11),
    (Perturb(stale=StaleReads(seconds=50)), 9),
    (Perturb(failures=Failures(), stale=StaleReads(calls=1), pages=PartialPages(20, 20)), 12),
]


@pytest.mark.parametrize(("perturb", "calls"), BUDGETS)
def test_the_budget_grows_as_the_reference_may(perturb: Perturb, calls: int) -> None:
    with WORLD.episode(perturb=perturb) as episode, WORLD.episode(perturb=perturb, budget=4) as given:
        assert (episode.task.budget, len(episode.task.solution)) == (30, 3)
        assert episode.budget == 30 * calls // 3
        assert given.budget == 4


def test_the_budget_ends_a_client_that_tries_again() -> None:
    with WORLD.episode(perturb=Perturb(failures=Failures(100, 5)), budget=3) as episode:
        step = Client(episode).call("time_now")
        assert (step.done, step.refusal) == (True, Refusal(Code.LIMIT, "the budget of 3 calls is spent"))
        assert len(episode.steps) == 3


@pytest.mark.parametrize("agent", ["reference", "random", "idle"])
def test_a_stored_trajectory_says_how_it_was_perturbed_and_is_graded_again(agent: str) -> None:
    played = roll_out(WORLD, 0, 0, make_agent(agent), perturb=KINDS["all"])
    stored = msgspec.json.decode(msgspec.json.encode(played), type=Trajectory)
    assert (stored.fault, stored.perturb) == (None, KINDS["all"])
    assert score_again(WORLD, stored) == played.verdict
    assert stored.key != roll_out(WORLD, 0, 0, make_agent(agent)).key
    with WORLD.episode(perturb=KINDS["all"]) as episode:
        assert as_messages(WORLD, stored)["tools"] == episode.tools
        if agent == "reference":
            assert any(turn.held for turn in stored.turns)
            assert played.verdict is not None
            assert (played.verdict.success, played.verdict.calls) == (True, 3)
        for turn in stored.turns:
            step = episode.apply(turn.tool, turn.arguments)
            assert (step.observation, step.text) == (turn.observation, turn.text)


def test_a_client_changes_nothing_where_nothing_is_perturbed() -> None:
    with WORLD.episode() as plain, WORLD.episode() as episode:
        client = Client(episode)
        for tool, arguments in CALLS:
            assert told(client.apply(tool, arguments)) == told(plain.apply(tool, arguments))
