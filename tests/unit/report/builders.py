"""A record with every field filled in, so that a test names only what it is about."""

from agentworlds.report import EpisodeRecord, Kind


def episode(
    *,
    world: str = "bank",
    intent: str = "transfer",
    kind: Kind = Kind.WRITE,
    task: int = 0,
    agent: str = "random",
    success: bool = False,
    progress: float = 0.0,
    reward: float = 0.0,
    refusals: int = 0,
    solution_length: int = 3,
    faults: int = 0,
    latencies_us: tuple[float, ...] = (),
) -> EpisodeRecord:
    """Build an episode that makes one call for each latency."""
    return EpisodeRecord(
        world=world,
        intent=intent,
        kind=kind,
        task=task,
        seed=0,
        agent=agent,
        success=success,
        progress=progress,
        reward=reward,
        calls=len(latencies_us),
        refusals=refusals,
        solution_length=solution_length,
        faults=faults,
        latencies_us=list(latencies_us),
    )
