"""Imitating one's own successes: what is drawn, and that it is learned from."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
import torch

from agentworlds.train.algorithms.algorithm import IMITATED, algorithm_of
from agentworlds.train.algorithms.imitation import Successes
from agentworlds.train.batch import Texts, collate
from agentworlds.train.collect import How, Played, demonstrate, play
from agentworlds.train.encoders.encoder import make_encoder
from agentworlds.train.games import Assignment, OfferedArena
from agentworlds.train.pairs import log_softmax
from agentworlds.train.policy import Policy
from tests.unit.train.small import SIZE, Errand

TEXTS = Texts(make_encoder("hashing"))
ARENA = OfferedArena(Errand, 50)


def policy_of(seed: int) -> Policy:
    torch.manual_seed(seed)
    return Policy(TEXTS.phrases.size, TEXTS.words.size, SIZE)


@pytest.fixture(scope="module")
def played() -> list[Played]:
    """Five turns of each of twenty tasks, some of which succeed."""
    assignments = [Assignment("errand", task, task, turn=turn) for task in range(20) for turn in range(5)]
    found = list(play(policy_of(0), TEXTS, ARENA, assignments, How(), keep=True))
    assert {one.success for one in found} == {False, True}
    return found


def test_rarely_solved_intents_are_drawn_more_often(played: list[Played]) -> None:
    good, bad = (next(one for one in played if one.success is success) for success in (True, False))
    memory = Successes()
    memory.add([good._replace(intent="easy")] * 40)
    memory.add([bad._replace(intent="hard")] * 39 + [good._replace(intent="hard")])
    drawn = Counter(one.intent for one in memory.draw(400, np.random.default_rng(0)))
    assert drawn["hard"] > 4 * drawn["easy"] > 0
    assert all(one.success for one in memory.draw(50, np.random.default_rng(1)))


def test_unlikely_successes_are_drawn_more_often(played: list[Played]) -> None:
    good = next(one for one in played if one.success)
    assert good.trace is not None
    certain, lucky = (
        good._replace(trace=good.trace._replace(log_probs=np.full_like(good.trace.log_probs, -doubt)), calls=number)
        for number, doubt in enumerate((0.0, 1.0))
    )
    memory = Successes()
    memory.add([certain] * 20 + [lucky] * 20)
    drawn = Counter(one.calls for one in memory.draw(400, np.random.default_rng(0)))
    assert drawn[1] > 4 * drawn[0] > 0


def test_a_quarter_of_what_is_drawn_are_demonstrations(played: list[Played]) -> None:
    shown = list(demonstrate(ARENA, [Assignment("errand", task, 900 + task) for task in range(8)]))
    memory = Successes()
    memory.show(shown)
    assert len(memory.draw(6, np.random.default_rng(0))) == 6
    memory.add(played)
    random = np.random.default_rng(0)
    for count in (1, 2, 8):  # as many workers share the draws
        drawn = [one for _ in range(400) for one in memory.draw(count, random)]
        assert len(drawn) == 400 * count
        assert sum(one.assignment.seed >= 900 for one in drawn) / len(drawn) == pytest.approx(0.25, abs=0.05)


def test_what_is_imitated_becomes_likelier(played: list[Played]) -> None:
    kind = algorithm_of("ppo")
    one = kind(policy_of(0), TEXTS, kind.settings_class())
    assert one.imitating(0).decisions == 0  # nothing has succeeded yet
    one.take_in(played)
    successes = [it for it in played if it.success]
    batch = collate([it.trace for it in successes if it.trace is not None], TEXTS)

    def likelihood() -> float:
        with torch.no_grad():
            found = log_softmax(one.policy(batch).logits, batch.pair_decision, len(batch.decisions))
        return float(found[batch.chosen].mean())

    before, optimiser = likelihood(), torch.optim.AdamW(one.policy.parameters(), lr=1e-3)
    for step in range(20):
        loss = one.imitating(step)
        assert loss.decisions == sum(
            it.decisions for it in one.successes.draw(IMITATED, one.random("imitate", one.iteration, step))
        )
        optimiser.zero_grad()
        loss.loss.backward()
        optimiser.step()
    assert likelihood() > before + 0.1
    assert loss.figures["imitation"] == pytest.approx(float(loss.loss.detach()))


def test_usual_return_is_that_of_other_turns_and_of_earlier_iterations(played: list[Played]) -> None:
    kind = algorithm_of("ppo")
    one = kind(policy_of(0), TEXTS, kind.settings_class())
    first = [played[0]._replace(assignment=Assignment("errand", 0, 0), reward=0.5)]
    one.take_in(first)
    assert one.usual(first[0]) == 0.0
    turns = [
        first[0]._replace(assignment=Assignment("errand", 1, 0, turn=turn), reward=float(turn)) for turn in range(3)
    ]
    one.take_in(turns)
    assert [one.usual(it) for it in turns] == pytest.approx([(0.5 + 1 + 2) / 3, (0.5 + 0 + 2) / 3, (0.5 + 0 + 1) / 3])
