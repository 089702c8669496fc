"""One decision at a time says what a whole episode at once does, in whatever company; and both say it again."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from agentworlds.train import collect
from agentworlds.train.batch import Texts, collate
from agentworlds.train.collect import GREEDY, How, Played, demonstrate, play
from agentworlds.train.encoders.encoder import make_encoder
from agentworlds.train.games import Assignment, WorldArena, WorldGame
from agentworlds.train.pairs import log_softmax
from agentworlds.train.playing import Mind
from agentworlds.train.policy import Policy
from agentworlds.train.trace import Trace
from tests.unit.train.small import SIZE

ROOT = Path(__file__).parents[3]
TASKS = [Assignment("bank", 0, 3), Assignment("vet_clinic", 2, 1), Assignment("bank", 4, 3, "test"), Assignment("bank", 7, 2),
         Assignment("vet_clinic", 5, 1, prefix=0.6), Assignment("bank", 0, 3, turn=1), Assignment("vet_clinic", 9, 1, "test"),
         Assignment("bank", 11, 2, prefix=0.9), Assignment("vet_clinic", 0, 1)]  # fmt: skip
FEW = TASKS[:2] + TASKS[4:5]
SHORT = 40
"""Decisions after which these episodes end."""


@dataclass
class Table:
    """A policy, and worlds to play in."""

    policy: Policy
    texts: Texts
    arena: WorldArena

    def play(self, slots: int, how: How = GREEDY, tasks: Sequence[Assignment] = TASKS) -> list[Played]:
        found = play(self.policy, self.texts, self.arena, tasks, how, slots=slots, seed=5, keep=True)
        return sorted(found, key=lambda one: one.assignment)

    def scores(self, traces: list[Trace]) -> list[tuple[np.ndarray, np.ndarray]]:
        """Log-probabilities of the choices made and values, of each trace, out of one batch."""
        batch = collate(traces, self.texts)
        with torch.no_grad():
            scores = self.policy(batch)
        chosen = log_softmax(scores.logits, batch.pair_decision, len(batch.decisions))[batch.chosen]
        return [(chosen[batch.episode == at].numpy(), scores.values[batch.episode == at].numpy())
                for at in range(len(traces))]  # fmt: skip


def table() -> Table:
    torch.manual_seed(3)
    texts = Texts(make_encoder("hashing"))
    policy = Policy(texts.phrases.size, texts.words.size, SIZE)
    with torch.no_grad():
        for parameter in policy.parameters():
            parameter.mul_(1.3)  # so that the policy has opinions
    return Table(policy.eval(), texts, WorldArena(["bank", "vet_clinic"]))


@pytest.fixture(scope="module")
def seated() -> Table:
    return table()


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collect, "MOST_DECISIONS", SHORT)


@pytest.fixture(scope="module")
def played(seated: Table) -> list[Played]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(collect, "MOST_DECISIONS", SHORT)
        return seated.play(slots=3, how=How())


def traces(played: list[Played]) -> list[Trace]:
    return [one.trace for one in played if one.trace is not None]


def test_what_is_played_covers_what_can_differ(played: list[Played]) -> None:
    assert len(played) == len(TASKS)
    assert len({one.decisions for one in played}) > 3
    assert {one.first > 0 for one in played} == {True, False}
    assert max(len(one.results) for one in traces(played)) > 5


def test_one_decision_at_a_time_says_what_a_whole_trace_does(seated: Table, played: list[Played]) -> None:
    for one in played:
        assert one.trace is not None
        ((log_probs, values),) = seated.scores([one.trace])
        np.testing.assert_allclose(one.trace.log_probs[one.first :], log_probs[one.first :], atol=1e-4)
        np.testing.assert_allclose(one.trace.values[one.first :], values[one.first :], atol=1e-4)


@pytest.mark.parametrize("loose", [False, True], ids=["in a row", "in no row"])
def test_a_value_is_seen_from_the_call_on_that_shows_it(loose: bool, seated: Table) -> None:
    shown = traces(list(demonstrate(seated.arena, [Assignment("vet_clinic", task, 1) for task in range(14, 30, 2)])))
    tried = 0
    for one in shown:
        calls = np.maximum.accumulate(one.decisions[:, 5])
        for call in {int(cell[4]) for cell in one.cells if (cell[3] < 0) == loose} - {0}:
            here = (one.cells[:, 4] == call) & ((one.cells[:, 3] < 0) == loose)
            other = one._replace(cell_features=np.where(here[:, None], one.cell_features + 1, one.cell_features))
            (before, _), (after, _) = (seated.scores([each])[0] for each in (one, other))
            assert np.array_equal(before[calls < call], after[calls < call])
            assert (before[calls >= call] != after[calls >= call]).all()
            tried += 1
    assert tried > 3


def test_a_trace_gets_the_same_scores_in_any_company(seated: Table, played: list[Played]) -> None:
    every = traces(played)
    for together, one in zip(seated.scores(every), every, strict=True):
        (alone,) = seated.scores([one])
        np.testing.assert_allclose(together[0], alone[0], atol=1e-4)
        np.testing.assert_allclose(together[1], alone[1], atol=1e-4)


@pytest.mark.parametrize("slots", [1, 9])
def test_the_same_episodes_come_out_of_any_number_of_slots(slots: int, seated: Table, played: list[Played]) -> None:
    for one, other in zip(seated.play(slots, How()), played, strict=True):
        assert one.trace is not None and other.trace is not None
        assert one.trace.chosen.tolist() == other.trace.chosen.tolist()
        assert (one.reward, one.success, one.first) == (other.reward, other.success, other.first)


def test_the_reference_plays_the_beginning_that_is_asked_for(seated: Table, played: list[Played]) -> None:
    for one in played:
        if one.assignment.prefix:
            (shown,) = demonstrate(seated.arena, [one.assignment])
            assert one.trace is not None and shown.trace is not None
            assert one.first == min(int(one.assignment.prefix * shown.decisions), shown.decisions - 1) > 0
            assert one.trace.chosen[: one.first].tolist() == shown.trace.chosen[: one.first].tolist()


def test_a_reference_that_is_too_long_leaves_the_policy_a_choice(
    seated: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect, "MOST_DECISIONS", 5)
    (one,) = seated.play(slots=1, tasks=[Assignment("bank", 0, 3, prefix=0.9)])
    assert (one.first, one.decisions) == (4, 5)


def test_a_trace_survives_pickling(seated: Table, played: list[Played]) -> None:
    for one in traces(played):
        again = pickle.loads(pickle.dumps(one))
        assert digest([again]) == digest([one])
        for before, after in zip(seated.scores([one])[0], seated.scores([again])[0], strict=True):
            assert before.tobytes() == after.tobytes()


def test_a_mind_that_forgot_texts_says_the_same(seated: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [Assignment("bank", 0, 0), Assignment("vet_clinic", 1, 0)]
    found = []
    for _ in range(2):
        mind = Mind(seated.policy, seated.texts, 1)
        for assignment in asked:
            (shown,) = demonstrate(seated.arena, [assignment])
            game = seated.arena.start(assignment)
            transcript = collect.Transcript(game.decisions)
            for _, choice in game.reference():
                transcript.look()
                found.append(mind.consider([(0, transcript)])[0])
                transcript.chose(choice)
            game.close()
            assert len(transcript.chosen) == shown.decisions
            mind.forget()
        monkeypatch.setattr("agentworlds.train.playing.MOST_TEXTS", 10)
    half = len(found) // 2
    for one, other in zip(found[:half], found[half:], strict=True):
        np.testing.assert_allclose(one.logits, other.logits, atol=1e-5)
        assert one.value == pytest.approx(other.value, abs=1e-5)


def test_episodes_are_closed_also_when_nobody_waits_for_them(seated: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[WorldGame] = []
    closed: list[WorldGame] = []
    start, close = WorldArena.start, WorldGame.close
    monkeypatch.setattr(WorldArena, "start", lambda *given: opened.append(start(*given)) or opened[-1])
    monkeypatch.setattr(WorldGame, "close", lambda game: closed.append(game) or close(game))
    playing = play(seated.policy, seated.texts, seated.arena, TASKS, slots=3)
    next(playing)
    playing.close()
    assert len(opened) == len(closed) >= 3


def digest(some: list[Trace]) -> str:
    """Of everything in traces."""
    found = hashlib.sha256()
    for one in some:
        for value in one:
            found.update(value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
    return found.hexdigest()


def both() -> str:
    """The digest of what the reference shows and of what a policy plays, from nothing."""
    torch.set_num_threads(1)  # more threads add in another order
    fresh = table()
    shown = [one.trace for one in demonstrate(fresh.arena, FEW) if one.trace is not None]
    return digest(shown) + digest(traces(fresh.play(slots=2, how=How(), tasks=FEW)))


def test_traces_are_the_same_in_another_process_and_under_another_hash_seed() -> None:
    code = ("from agentworlds.train import collect; from tests.unit.train import test_playing; "
            f"collect.MOST_DECISIONS = {SHORT}; print(test_playing.both())")  # fmt: skip
    environment = os.environ | {"PYTHONHASHSEED": "4242"}
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ran.stdout.strip() == both(), ran.stderr
