"""How fast episodes are collected, per second of one core: ``python bench/training.py``.

The reference leads, and the full policy forms an opinion about every decision, so that the same work is done as when a
good policy plays, whatever has been trained. Times are of the processor, so other work on the machine matters little.
"""

from __future__ import annotations

import time
from itertools import islice

import orjson
import torch

from agentworlds.registry import CONTENT
from agentworlds.train.batch import Texts
from agentworlds.train.collect import How, play
from agentworlds.train.encoders.encoder import make_encoder
from agentworlds.train.games import Assignment, WorldArena
from agentworlds.train.policy import Policy
from agentworlds.worlds.episode import Episode

SEED = 500_000
EPISODES = 24
"""Of each world."""
AT_ONCE = 64


def collecting() -> dict[str, float]:
    """Decisions a second while collecting, and the share of the time that environments take."""
    arena = WorldArena(CONTENT.ids("domains"))
    texts = Texts(make_encoder("minilm"))
    torch.manual_seed(0)
    policy = Policy(texts.phrases.size, texts.words.size).eval()
    tasks = [Assignment(world, task, SEED, prefix=1.0) for task in range(EPISODES) for world in arena.worlds]
    for one in tasks:  # drawn once, as when a task is played several times
        arena.worlds[one.world].task(one.task, one.seed)
    list(play(policy, texts, arena, tasks[:16], slots=16))
    spent = [0.0]
    apply = Episode.apply

    def timed(self: Episode, tool: str, arguments: dict[str, object]) -> object:
        before = time.process_time()
        try:
            return apply(self, tool, arguments)
        finally:
            spent[0] += time.process_time() - before

    begun = time.process_time()
    rehearsed = [task._replace(prefix=0.999) for task in tasks]
    rehearsing = 0.0
    for one in rehearsed:  # what finding a reference's length costs is no part of collecting
        before = time.process_time()
        game = arena.start(one)
        sum(1 for _ in game.reference())
        game.close()
        rehearsing += time.process_time() - before
    begun = time.process_time()
    Episode.apply = timed  # type: ignore[method-assign]
    played = list(play(policy, texts, arena, rehearsed, How(), slots=48, keep=True))
    Episode.apply = apply  # type: ignore[method-assign]
    took = time.process_time() - begun - rehearsing
    return {
        "decisions_per_second": round(sum(one.decisions for one in played) / took),
        "environment_share": round(spent[0] / 2 / took, 3),
    }


def calling() -> float:
    """Tool calls a second through instances side by side, without a policy: references, one call of each in turn."""
    calls, took = 0, 0.0
    for id in CONTENT.ids("domains"):
        world = WorldArena([id]).worlds[id]
        drawn = [world.task(task, SEED) for task in range(world.task_count)]
        episodes = [Episode(world.pool(SEED), drawn[at % len(drawn)]) for at in range(AT_ONCE)]
        for repeat in range(3):
            waiting = [iter(episode.task.solution) for episode in episodes]
            for episode in episodes:
                episode.reset()
            begun = time.process_time()
            while True:
                turn = [
                    (episode, call) for episode, left in zip(episodes, waiting, strict=True) for call in islice(left, 1)
                ]
                if not turn:
                    break
                for episode, call in turn:
                    episode.apply(call.tool, call.arguments)
                calls += len(turn) if repeat else 0
            took += time.process_time() - begun if repeat else 0.0
        for episode in episodes:
            episode.close()
        world.close()
    return round(calls / took)


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(orjson.dumps(collecting() | {"tool_calls_per_second": calling()}, option=orjson.OPT_INDENT_2).decode())
