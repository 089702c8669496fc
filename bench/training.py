"""How fast policies collect and learn, per second of one core: ``python bench/training.py``.

References are played, and the full policy forms an opinion about every decision, so that the same work is done as when
a good policy plays, whatever has been trained. Times are of the processor, so other work on the machine matters little.
"""

from __future__ import annotations

import time
from itertools import islice, zip_longest

import orjson
import torch

from agentworlds.bench.measure import EPISODE, SHOP
from agentworlds.compile.program import Program
from agentworlds.registry import CONTENT
from agentworlds.runtime.instance import Instance
from agentworlds.runtime.template import make_template
from agentworlds.spec.loader import load_script
from agentworlds.train.algorithms.cloning import Cloning, CloningSettings
from agentworlds.train.batch import Texts
from agentworlds.train.collect import demonstrate
from agentworlds.train.encoders.encoder import make_encoder
from agentworlds.train.games import Assignment, WorldArena
from agentworlds.train.playing import Mind
from agentworlds.train.policy import Policy
from agentworlds.train.transcript import Transcript
from agentworlds.worlds.episode import Episode

SEED = 500_000
EPISODES = 24
"""Of each world."""
AT_ONCE = 48
STEPS = 20
"""Gradient steps that are timed."""
ROUNDS = 20
"""Episodes of each instance of the shop."""


class Timed(Episode):
    """An episode that adds up the time of its calls."""

    spent = 0.0

    def apply(self, tool: str, arguments: dict[str, object]) -> object:
        before = time.process_time()
        step = super().apply(tool, arguments)
        Timed.spent += time.process_time() - before
        return step


def collecting(arena: WorldArena, policy: Policy, texts: Texts) -> dict[str, float]:
    """Decisions a second while collecting, and the share of the time that environments take."""
    tasks = [Assignment(world, task, SEED) for task in range(EPISODES) for world in arena.worlds]
    shown = list(demonstrate(arena, tasks))  # so that tasks are drawn, and what to choose is known
    mind, made, Timed.spent = Mind(policy, texts, AT_ONCE), 0, 0.0
    waiting, playing = iter(shown), {}
    begun = time.process_time()
    while True:
        for slot in set(range(AT_ONCE)) - set(playing):
            for one in islice(waiting, 1):
                game = arena.start(one.assignment)
                game.episode.__class__ = Timed
                playing[slot] = game, Transcript(game.decisions), iter(one.trace.chosen.tolist())
        if not playing:
            break
        active = sorted(playing.items())
        for _, (_, transcript, _) in active:
            transcript.look()
        mind.consider([(slot, transcript) for slot, (_, transcript, _) in active])
        for slot, (game, transcript, chosen) in active:
            index = next(chosen)
            transcript.chose(index)
            game.decisions.choose(index)
            transcript.earned(game.paid())
            made += 1
            if game.decisions.decision is None:
                assert game.grade().success
                transcript.freeze()
                game.close()
                del playing[slot]
    took = time.process_time() - begun
    return {"decisions_per_second": round(made / took), "environment_share": round(Timed.spent / took, 3)}


def learning(arena: WorldArena, policy: Policy, texts: Texts) -> float:
    """Decisions a second while cloning."""
    cloning = Cloning(policy, texts, CloningSettings(repeats=STEPS * 8 / 64))
    cloning.take_in(
        list(demonstrate(arena, [Assignment(world, task, SEED) for world in arena.worlds for task in range(8)]))
    )
    optimiser, learned, begun = torch.optim.AdamW(policy.parameters()), 0, time.process_time()
    for step in range(cloning.steps(0)):
        loss = cloning.learning(step)
        optimiser.zero_grad()
        loss.loss.backward()
        optimiser.step()
        learned += loss.decisions
    return round(learned / (time.process_time() - begun))


def calling() -> float:
    """Tool calls a second through instances side by side, without a policy: references, one call of each in turn."""
    calls, took = 0, 0.0
    for id in CONTENT.ids("domains"):
        world = WorldArena([id]).worlds[id]
        drawn = [world.task(task, SEED) for task in range(world.task_count)]
        episodes = [Episode(world.pool(SEED), one) for one in drawn]
        for repeat in range(3):  # the first time functions are written out
            for episode in episodes:
                episode.reset()
            begun = time.process_time()
            for turn in zip_longest(*(episode.task.solution for episode in episodes)):
                for episode, call in zip(episodes, turn, strict=True):
                    if call is not None:
                        episode.apply(call.tool, call.arguments)
                        calls += repeat > 0
            took += time.process_time() - begun if repeat else 0.0
        for episode in episodes:
            episode.close()
        world.close()
    return round(calls / took)


def calling_shop() -> float:
    """Tool calls a second of the typical episode on the benchmark's shop, through instances side by side."""
    template = make_template(Program(load_script(SHOP)), 0, 1)
    instances, took = [Instance(template) for _ in range(AT_ONCE)], 0.0
    for repeat in range(1 + ROUNDS):
        for instance in instances:
            instance.reset()
        begun = time.process_time()
        for tool, arguments in EPISODE:
            for instance in instances:
                assert instance.apply(tool, arguments).ok
        took += time.process_time() - begun if repeat else 0.0
    for instance in instances:
        instance.close()
    return round(ROUNDS * AT_ONCE * len(EPISODE) / took)


def main() -> None:
    """Print the figures."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    arena, texts = WorldArena(CONTENT.ids("domains")), Texts(make_encoder("minilm"))
    policy = Policy(texts.phrases.size, texts.words.size)
    found = collecting(arena, policy, texts) | {"learned_per_second": learning(arena, policy, texts)}
    found |= {"tool_calls_per_second": calling_shop(), "reference_calls_per_second": calling()}
    print(orjson.dumps(found, option=orjson.OPT_INDENT_2).decode())


if __name__ == "__main__":
    main()
