"""What one episode leaves behind for the report."""

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What an intent asks of the agent, in the order in which the report lists them."""

    WRITE = "write"
    QUESTION = "question"
    CONDITIONAL = "conditional"
    AGGREGATE = "aggregate"
    BATCH = "batch"
    REPAIR = "repair"
    IMPOSSIBLE = "impossible"


class EpisodeRecord(msgspec.Struct, frozen=True):
    """One agent's attempt at one task.

    Attributes:
        world: Id of the world.
        intent: Id of the intent that the task was drawn from, unique within its world.
        kind: What the intent asks for.
        task: Number of the task; (world, intent, task, seed) names a task.
        seed: Seed that the task was generated from.
        agent: Name of the agent.
        success: Whether the verifier accepted the final state and answer.
        progress: Share of the verifier's conditions that held at the end, 0 to 1.
        reward: Return of the episode.
        calls: Number of tool calls made.
        refusals: Number of those calls that the world refused.
        solution_length: Number of calls in the reference solution.
        faults: Number of times that the environment itself failed; an episode with any is not scored.
        latencies_us: Latency of each call, in microseconds, in order.

    Raises:
        ValueError: If there is not one latency per call, or more refusals than calls.
    """

    world: str
    intent: str
    kind: Kind
    task: int
    seed: int
    agent: str
    success: bool
    progress: float
    reward: float
    calls: int
    refusals: int
    solution_length: int
    faults: int
    latencies_us: list[float]

    def __post_init__(self) -> None:
        """Check what the fields say about each other."""
        episode = f"{self.agent} in {self.world}, {self.intent} task {self.task} seed {self.seed}"
        if len(self.latencies_us) != self.calls:
            raise ValueError(f"{episode}: {self.calls} calls but {len(self.latencies_us)} latencies")
        if self.refusals > self.calls:
            raise ValueError(f"{episode}: {self.refusals} refusals in {self.calls} calls")
