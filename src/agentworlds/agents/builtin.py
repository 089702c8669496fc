"""The built-in agents: what everything else is measured against."""

from __future__ import annotations

from typing import Protocol

from agentworlds.agents.lexical import Lexical
from agentworlds.agents.sampler import WORDS, CallSampler
from agentworlds.errors import NotFound, nearest
from agentworlds.judge.verdict import Verdict
from agentworlds.rng import Stream
from agentworlds.worlds.episode import Episode
from agentworlds.worlds.perturb.client import Client


class Agent(Protocol):
    """Plays episodes."""

    name: str

    def play(self, episode: Episode, seed: int) -> Verdict:
        """Play a fresh episode to its end; `seed` fixes the agent's own choices."""


class Reference:
    """Plays the reference solution as it was recorded."""

    name = "reference"

    def play(self, episode: Episode, seed: int) -> Verdict:
        """See Agent."""
        return Client(episode).replay()


class Idle:
    """Does nothing and finishes."""

    name = "idle"

    def play(self, episode: Episode, seed: int) -> Verdict:
        """See Agent."""
        return episode.finish()


class Quitter:
    """Says at once that it cannot be done."""

    name = "quitter"

    def play(self, episode: Episode, seed: int) -> Verdict:
        """See Agent."""
        return episode.finish(impossible=True)


class Random:
    """Valid calls drawn from schemas and from ids it has seen; it may finish, with an answer it has seen."""

    name = "random"
    finish_percent = 4

    def play(self, episode: Episode, seed: int) -> Verdict:
        """See Agent."""
        task = episode.task
        stream = Stream("random agent", task.world, task.seed, task.index, seed)
        words = tuple(word.strip(".,:;!?()") for word in episode.instruction.split("\n\n")[-1].split())
        sampler = CallSampler(episode.program, stream, tuple(w for w in words if w) or WORDS)
        if episode.drawn.actor is not None:
            cls, id = episode.drawn.actor
            sampler.ids[cls.__table__.name].append(id)
        client, role = Client(episode), task.role
        tools = [t for t in episode.program.world.tools.values() if role is None or not t.roles or role in t.roles]
        while not episode.done:
            if stream.chance(self.finish_percent):
                answer = stream.choice([*sampler.words[-30:], *sampler.numbers]) if stream.chance(70) else None
                return episode.finish(answer, impossible=stream.chance(10))
            tool = stream.choice(tools)
            arguments = sampler.call(tool)
            if arguments is not None:
                sampler.learn(client.apply(tool.name, arguments), tool)
        return episode.finish()


AGENTS: dict[str, type[Agent]] = {agent.name: agent for agent in (Reference, Idle, Quitter, Random, Lexical)}


def make_agent(name: str) -> Agent:
    """A built-in agent by name. Raises NotFound with the nearest name."""
    if name not in AGENTS:
        raise NotFound(f"there is no agent {name!r}{nearest(name, AGENTS)}; known are {', '.join(AGENTS)}")
    return AGENTS[name]()
