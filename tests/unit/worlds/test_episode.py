"""Episodes: budget, end, rewards and shaping, and that nothing an agent reads depends on the goal."""

from __future__ import annotations

from copy import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from agentworlds.errors import Code, EpisodeOver, NotFound, Refusal
from agentworlds.judge.verdict import Line, Verdict
from agentworlds.spec.rewards import Reward, Shaping
from agentworlds.worlds.episode import Episode
from tests.unit.shelter import world_of

SCRIPT = '''"""Notes."""
from agentworlds import Answer, Do, Draw, Row, Task, TaskDraw, Word, World, actor, count, insert, now, refuse, rows

world = World("shelter", title="Notes", now="2026-03-02 08:00")


@world.table
class Person(Row):
    name: Word


@world.table(owner="person")
class Note(Row):
    person: Person
    word: Word


world.role("person", Person, about="You help one person.")
world.role("clerk", about="You are the clerk.")
world.reads(Person, by=("name",))
world.reads(Note, by=("person", "word"))


@world.tool
def write(person: Person, word: Word) -> Note:
    """Write a note."""
    if word == "no":
        refuse("conflict", "Not that word.")
    return insert(Note(person=person, word=word))


@world.tool(roles="clerk")
def count_notes() -> int:
    """Count."""
    return count(Note)


@world.data
def fill(draw: Draw) -> None:
    for name in ("Ada", "Bob", "Eve"):
        insert(Person(name=name))


WORDINGS = (
    "Write {one} and {two} for {person.name}.",
    "{person.name} wants notes: {one}, then {two}.",
    "Two words, {one} plus {two}; put them down under {person.name}.",
    "Please record {two} as well as {one} (owner {person.name}).",
    "Could you jot {one} on a page, {two} on another, both belonging to {person.name}?",
    "For our client {person.name}: new entries {one} / {two}.",
    "Add to the file of {person.name} what follows - {one} - {two}.",
    "I need {one}. I need {two}. They go to {person.name}.",
)


@world.intent(*WORDINGS)
def two_notes(draw: TaskDraw) -> Task:
    person = rows(Person)[0]

    def solve(do: Do) -> None:
        found = do.search_people(name=person.name)[0]
        do.write(person_id=found.id, word="alpha")
        do.write(person_id=found.id, word="beta")

    return draw.task(solve, person=person, one="alpha", two="beta")


@world.impossible(two_notes)
def two_bad_notes(draw: TaskDraw) -> Task:
    person = rows(Person)[1]

    def solve(do: Do) -> None:
        found = do.search_people(name=person.name)[0]
        do.attempt("write", person_id=found.id, word="no")

    return draw.task(solve, impossible=True, person=person, one="no", two="no")


@world.intent(*(wording.replace("{two}", "{three}") for wording in WORDINGS), kind="question", role="person")
def whose_note(draw: TaskDraw) -> Task:
    person = rows(Person)[2]

    def solve(do: Do) -> int:
        found = do.search_people(name=person.name)[0]
        return do.count(do.search_notes(person_id=found.id))

    return draw.task(solve, answer=Answer.number(0), person=person, one="x", three="y", actor=person)


@world.intent(*(wording.replace("{two}", "{four}") for wording in WORDINGS), role="clerk")
def any_notes(draw: TaskDraw) -> Task:
    person = rows(Person)[0]

    def solve(do: Do) -> None:
        found = do.search_people(name=person.name)[0]
        do.write(person_id=found.id, word="gamma")

    return draw.task(solve, person=person, one="x", four="gamma", may_change=(Note,),
                     requires={"there is a note": lambda: count(Note) > 0, "nobody is called Zoe": lambda: not count(Person, name="Zoe")})
'''
WORLD = world_of(SCRIPT)
PLAYED = [
    ("search_people", {"name": "Ada"}),
    ("write", {"person_id": 1, "word": "alpha"}),
    ("write", {"person_id": 1, "word": "no"}),
    ("write", {"person_id": 1, "word": "beta"}),
    ("nothing", {}),
    ("search_notes", {}),
]


def solve(episode: Episode) -> None:
    for call in episode.task.solution:
        episode.call(call.tool, **call.arguments)


def test_the_reference_succeeds_and_the_verdict_says_how() -> None:
    with WORLD.episode("two_notes") as episode:
        solve(episode)
        met = [f"a new note (person person 1, word {word!r})" for word in ("alpha", "beta")]
        verdict = episode.finish()
        assert replace(verdict, changes=sorted(verdict.changes, key=lambda line: line.what)) == Verdict(
            True, 1.0, 1.0, [Line("met", what) for what in met], None, False, 3, []
        )


def test_idling_giving_up_and_doing_too_much_fail() -> None:
    with WORLD.episode("two_notes") as episode:
        outcomes = []
        for calls, finish in (([], {}), ([], {"impossible": True}), (PLAYED[1:2], {}), ([*PLAYED, PLAYED[1]], {})):
            episode.reset()
            for tool, arguments in calls:
                episode.apply(tool, arguments)
            verdict = episode.finish(**finish)
            outcomes.append(
                (verdict.success, verdict.progress, sum(line.status == "unasked" for line in verdict.changes))
            )
        assert outcomes == [(False, 0.0, 0), (False, 0.0, 0), (False, 0.5, 0), (False, 1.0, 1)]


def test_an_impossible_task_wants_no_change_and_to_be_told() -> None:
    with WORLD.episode("two_bad_notes") as episode:
        assert episode.finish(impossible=True).success
        episode.reset()
        assert not episode.finish().success
        episode.reset()
        episode.call("write", person_id=1, word="x")
        assert not episode.finish(impossible=True).success


def test_predicates_judge_what_may_change() -> None:
    with WORLD.episode("any_notes") as episode:
        assert episode.judge().progress == 0.5
        episode.call("write", person_id=2, word="anything")
        assert episode.holds() == {"there is a note": True, "nobody is called Zoe": True}
        assert episode.finish().success


def test_finishing_twice_gives_the_same_verdict_and_calls_are_over() -> None:
    with WORLD.episode("whose_note") as episode:
        verdict = episode.finish(answer=0)
        assert episode.finish(answer=7) is verdict
        assert (verdict.success, verdict.answer, episode.done) == (True, True, True)
        for tool in ("search_people", "finish"):
            with pytest.raises(EpisodeOver, match="this episode has ended"):
                episode.call(tool)
        episode.reset()
        assert (episode.done, episode.verdict, episode.steps) == (False, None, [])
        assert not episode.finish(answer="1").success


def test_the_call_after_the_budget_is_refused_and_ends_the_episode() -> None:
    with WORLD.episode("two_notes", budget=2, reward=Reward(step=-0.5)) as episode:
        solve_two = [episode.apply(*call) for call in PLAYED[:2]]
        assert [step.done for step in solve_two] == [False, False]
        step = episode.apply(*PLAYED[3])
        assert (step.done, step.refusal) == (True, Refusal(Code.LIMIT, "the budget of 2 calls is spent"))
        assert episode.verdict is not None
        assert (episode.verdict.success, episode.verdict.calls, episode.verdict.reward) == (False, 2, -1.0)


BAD_FINISHES: list[tuple[Any, Refusal]] = [
    ({"result": 1}, Refusal(Code.INVALID, "result: finish takes answer and impossible", field="result")),
    ({"\ud800": 1}, Refusal(Code.INVALID, "?: finish takes answer and impossible", field="?")),
    ({"impossible": "yes"}, Refusal(Code.INVALID, "impossible: expected true or false", field="impossible")),
    ([1], Refusal(Code.INVALID, "arguments: expected an object of named arguments", field="arguments")),
    (None, Refusal(Code.INVALID, "arguments: expected an object of named arguments", field="arguments")),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "refusal"), BAD_FINISHES, ids=ascii)
def test_a_malformed_finish_is_refused_and_counts_as_a_call(arguments: Any, refusal: Refusal) -> None:
    with WORLD.episode("two_notes") as episode:
        step = episode.apply("finish", arguments)
        assert (step.refusal, step.done, len(episode.steps), episode.done) == (refusal, False, 1, False)
        step.json.encode()


CALL = st.one_of(
    st.sampled_from([*PLAYED, ("write", {"person_id": 2, "word": "delta"})]),
    st.just(("finish", {"impossible": 7})),
)


@settings(max_examples=60, deadline=None)
@given(
    calls=st.lists(CALL, max_size=8),
    ends=st.sampled_from([{}, {"impossible": True}]),
    budget=st.integers(1, 9),
    discount=st.sampled_from([1.0, 0.9, 0.5]),
    scale=st.sampled_from([1.0, 3.0]),
    reward=st.builds(
        Reward, goal=st.just(2.0), collateral=st.sampled_from([0.0, -1.0]), step=st.sampled_from([0.0, -0.25]),
        progress=st.sampled_from([0.0, 0.5]), within=st.sampled_from([None, 2]),
    ),
)  # fmt: skip
def test_rewards_of_calls_add_up_to_the_verdicts_and_shaping_telescopes_to_nothing(
    calls: list[tuple[str, dict[str, Any]]],
    ends: dict[str, Any],
    budget: int,
    discount: float,
    scale: float,
    reward: Reward,
) -> None:
    plain, shaped = (
        WORLD.episode("two_notes", reward=reward, budget=budget, shaping=shaping)
        for shaping in (None, Shaping(discount=discount, scale=scale))
    )
    earned = []
    for episode in (plain, shaped):
        with episode:
            rewards = []
            for tool, arguments in [*calls, ("finish", ends)]:
                if not episode.done:
                    rewards.append(episode.apply(tool, arguments).reward)
            earned.append(rewards)
    assert plain.verdict is not None
    assert plain.verdict == shaped.verdict
    assert sum(earned[0]) == pytest.approx(plain.verdict.reward)
    extra = [got - paid for paid, got in zip(*earned, strict=True)]
    assert sum(discount**turn * one for turn, one in enumerate(extra)) == pytest.approx(0.0), (
        "-scale * potential(start)"
    )


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9), st.floats(0.1, 1), st.floats(-5, 5))
def test_discounted_shaping_telescopes_to_the_potential_of_the_start(
    potentials: list[float], discount: float, scale: float
) -> None:
    shaping = Shaping(discount=discount, scale=scale)
    path = [*potentials, 0.75]
    terms = [shaping.step(path[turn], path[turn + 1], done=turn + 2 == len(path)) for turn in range(len(path) - 1)]
    total = sum(discount**turn * term for turn, term in enumerate(terms))
    assert total == pytest.approx(-scale * path[0], abs=1e-9)


REWARDS = [
    # reward, success, progress, unasked, calls, total
    (Reward(), True, 1.0, 0, 5, 1.0),
    (Reward(), False, 0.5, 0, 5, 0.0),
    (Reward(within=5), True, 1.0, 0, 5, 1.0),
    (Reward(within=4), True, 1.0, 0, 5, 0.0),
    (Reward(step=-0.1), True, 1.0, 0, 5, 0.5),
    (Reward(progress=2.0), False, 0.5, 0, 0, 1.0),
    (Reward(collateral=-1.0), False, 1.0, 3, 0, -1.0),
    (Reward(goal=3.0, collateral=-1.0, step=-0.1, progress=0.5), False, 0.5, 1, 10, -1.75),
]


@pytest.mark.parametrize(("reward", "success", "progress", "unasked", "calls", "total"), REWARDS)
def test_a_reward_is_paid_as_declared(
    reward: Reward, success: bool, progress: float, unasked: int, calls: int, total: float
) -> None:
    assert reward.total(success=success, progress=progress, unasked=unasked, calls=calls) == pytest.approx(total)


@pytest.mark.parametrize("discount", [0.0, -0.1, 1.01])
def test_a_discount_must_be_a_trainers_own(discount: float) -> None:
    with pytest.raises(ValueError, match="discount must be the trainer's own"):
        Shaping(discount=discount)


def test_no_observation_differs_between_a_goal_that_is_met_and_another() -> None:
    drawn = WORLD.task(WORLD.find_task("two_notes"))
    other = WORLD.task(WORLD.find_task("two_bad_notes")).spec.goal
    twin = copy(drawn)
    twin.spec = replace(drawn.spec, goal=other)
    read, verdicts = [], []
    for task in (drawn, twin):
        with Episode(WORLD.pool(), task) as episode:
            steps = [episode.apply(*call) for call in [*PLAYED, ("finish", {"why": 1}), ("finish", {})]]
            read.append([episode.instruction, episode.tools, [(s.json, s.text, s.ok, s.done) for s in steps]])
            assert episode.verdict is not None
            verdicts.append(episode.verdict.success)
    assert verdicts == [True, False]
    assert read[0] == read[1]


def test_a_fork_goes_its_own_way() -> None:
    with WORLD.episode("two_notes") as episode:
        for call in PLAYED[:2]:
            episode.apply(*call)
        with episode.fork() as twin:
            twin.apply(*PLAYED[3])
            assert twin.finish().success
            assert (len(twin.steps), len(episode.steps), episode.done) == (3, 2, False)
            assert not episode.finish().success


def test_a_role_is_offered_its_tools_and_finish() -> None:
    names = []
    for intent in ("two_notes", "whose_note", "any_notes"):
        with WORLD.episode(intent) as episode:
            names.append([tool["function"]["name"] for tool in episode.tools])
    every = ["search_people", "get_person", "search_notes", "get_note", "write", "count_notes", "finish"]
    assert names == [every, [name for name in every if name != "count_notes"], every]


def test_a_person_is_briefed_and_acts_as_that_row() -> None:
    with WORLD.episode("whose_note") as episode:
        assert episode.instruction.startswith(
            "You help one person. You act for Eve (person 3). It is Monday 2 March 2026, 08:00."
        )
        assert episode.instruction.endswith("Answer with the number only.")
        data = episode.call("search_people").data
        assert data is not None
        assert [row["name"] for row in data["results"]] == ["Eve"]


def test_a_held_out_wording_asks_for_the_same() -> None:
    with WORLD.episode("two_notes", wording="test") as test, WORLD.episode("two_notes") as train:
        assert test.instruction != train.instruction
        assert test.task == train.task
        said = [wording.format(one="alpha", two="beta", person=type("", (), {"name": "Ada"})) for wording in
                WORLD.world.intents["two_notes"].wordings_of("test")]  # fmt: skip
        assert any(test.instruction.endswith(one) for one in said)
        assert not any(train.instruction.endswith(one) for one in said)


def test_tasks_are_numbered_and_named() -> None:
    assert [(intent.name, number) for intent, number in WORLD.plan] == [
        *((name, 0) for name in ("two_notes", "two_bad_notes", "whose_note", "any_notes")),
        *((name, 1) for name in ("two_notes", "whose_note", "any_notes")),
    ]
    with pytest.raises(NotFound, match="shelter has no intent 'two_nots'; did you mean 'two_notes'"):
        WORLD.episode("two_nots")
    for number in (-1, 7):
        with pytest.raises(NotFound, match=f"shelter has tasks 0 to 6 for each seed, not {number}"):
            WORLD.episode(number)
