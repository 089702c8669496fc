"""Reference solutions as traces: what cloning learns from."""

from __future__ import annotations

from collections.abc import Iterator

from agentworlds.decide.decisions import Decisions
from agentworlds.decide.teacher import Teacher
from agentworlds.tasks.drawing import DrawnTask, Split
from agentworlds.train.transcript import Trace, Transcript
from agentworlds.worlds.episode import Episode
from agentworlds.worlds.world import LoadedWorld


def demonstrate(world: LoadedWorld, drawn: DrawnTask, wording: Split = "train") -> Trace:
    """Play a drawn task's reference by choices."""
    with Episode(world.pool(drawn.spec.seed), drawn, wording=wording) as episode:
        decisions = Decisions(episode)
        transcript = Transcript(decisions)
        for _, index in Teacher(decisions, drawn).play():
            transcript.look()
            transcript.chose(index)
        assert episode.verdict is not None
        transcript.earned(episode.verdict.reward)
        transcript.success = episode.verdict.success
        return transcript.freeze()


def demonstrations(world: LoadedWorld, seed: int) -> Iterator[Trace]:
    """The references of every task of a seed."""
    for drawn in world.tasks(seed):
        yield demonstrate(world, drawn)
    world.close()
