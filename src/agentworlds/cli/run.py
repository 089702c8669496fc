"""``agentworlds run``, ``score`` and ``export``: play episodes, grade them again, turn them into training data."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec
import orjson

from agentworlds.agents.builtin import AGENTS, Agent, make_agent
from agentworlds.agents.rollout import Trajectory, as_messages, plan_episodes, roll_out, score_again
from agentworlds.cli.output import json_option, print_json, progress
from agentworlds.errors import NotFound
from agentworlds.registry import CONTENT
from agentworlds.tasks.drawing import Split
from agentworlds.worlds.loading import load
from agentworlds.worlds.perturb.kinds import PRESETS, Perturb
from agentworlds.worlds.world import LoadedWorld

DECODER = msgspec.json.Decoder(Trajectory)


def read_trajectories(path: Path) -> Iterator[Trajectory]:
    """The trajectories of a file or of a run's folder. Raises NotFound for what is none."""
    file = path / "episodes.jsonl" if path.is_dir() else path
    if not file.is_file():
        raise NotFound(f"there is no run at {path}: expected a folder with episodes.jsonl, or such a file")
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield DECODER.decode(line)
            except msgspec.DecodeError as error:
                raise NotFound(f"{file}:{number}: not a trajectory: {error}") from None


def mend(file: Path) -> list[Trajectory]:
    """The whole episodes of an interrupted run; a half-written last line is cut off."""
    if not file.exists():
        return []
    content = file.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        with file.open("r+b") as handle:
            handle.truncate(len(whole))
    return list(read_trajectories(file))


def load_worlds(names: str | None) -> list[LoadedWorld]:
    """Worlds by comma-separated ids or paths; all packaged ones by default."""
    return [load(name.strip()) for name in (names.split(",") if names else CONTENT.ids("domains"))]


class Worlds:
    """The worlds that trajectories belong to: packaged ones, and those given as scripts or bundles."""

    def __init__(self, names: str | None) -> None:
        self._loaded = {world.id: world for world in load_worlds(names)} if names else {}

    def of(self, trajectory: Trajectory) -> LoadedWorld:
        """The world of a trajectory. Raises NotFound where there is none, or it has other data."""
        id = trajectory.world
        if id not in self._loaded:
            try:
                self._loaded[id] = load(id)
            except NotFound as problem:
                raise NotFound(f"{problem}; --worlds takes the script or bundle of one that is not packaged") from None
        check_version(self._loaded[id], trajectory)
        return self._loaded[id]


def check_version(world: LoadedWorld, trajectory: Trajectory) -> None:
    """Raise NotFound for a trajectory of another version of its world."""
    if world.template(trajectory.seed).digest != trajectory.digest:
        raise NotFound(f"{world.id}, seed {trajectory.seed}: the run was played in another version of this world")


def find_agent(name: str) -> Agent:
    """A built-in agent by name, or a trained one by its run's folder.

    Raises:
        NotFound: there is neither.
    """
    if name in AGENTS or not ("/" in name or Path(name).is_dir()):
        return make_agent(name)
    from agentworlds.train.agent import Trained

    return Trained(Path(name))


def play_all(
    worlds: list[LoadedWorld], agent: str, episodes: int, seed: int, wording: Split, file: Path | None, *, quiet: bool,
    perturb: Perturb | None = None,
) -> list[Trajectory]:  # fmt: skip
    """Play episodes, appending each to a file; what the file holds already is not played again.

    Raises:
        NotFound: where the file holds episodes of another version of a world.
    """
    player = find_agent(agent)
    done = {one.key: one for one in mend(file)} if file else {}
    played = []
    playing: dict[str, int] = {}
    handle = None
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = file.open("ab")
    try:
        with progress(episodes, f"{agent} plays", quiet=quiet) as advance:
            for world, index, one_seed in plan_episodes(worlds, episodes, seed):
                if playing.setdefault(world.id, one_seed) != one_seed:
                    world.close()  # a connection is an open file, and each seed has its own
                    playing[world.id] = one_seed
                key = world.id, one_seed, index, player.name, 0, wording, perturb
                trajectory = done.get(key)
                if trajectory is None:
                    trajectory = roll_out(world, index, one_seed, player, 0, wording, perturb)
                    if handle is not None:
                        handle.write(msgspec.json.encode(trajectory) + b"\n")
                        handle.flush()
                else:
                    check_version(world, trajectory)
                played.append(trajectory)
                advance()
    finally:
        if handle is not None:
            handle.close()
    return played


def summary(played: list[Trajectory]) -> dict[str, Any]:
    """Means over the scored episodes of a run."""
    scored = [one.verdict for one in played if one.verdict is not None]
    number = max(len(scored), 1)
    return {
        "episodes": len(played),
        "success": round(sum(verdict.success for verdict in scored) / number, 4),
        "reward": round(sum(verdict.reward for verdict in scored) / number, 4),
        "steps": round(sum(verdict.calls for verdict in scored) / number, 2),
        "faults": sum(one.fault is not None for one in played),
    }


@click.command("run")
@click.option(
    "--agent",
    default="reference",
    show_default=True,
    help=f"Who plays: {', '.join(AGENTS)}, or the folder of a training run.",
)
@click.option("--worlds", help="Comma-separated ids, scripts or bundles; all packaged worlds by default.")
@click.option("--episodes", default=64, show_default=True, type=click.IntRange(1), help="How many episodes.")
@click.option("--seed", default=0, show_default=True, help="The first seed.")
@click.option(
    "--wording", type=click.Choice(["train", "test"]), default="train", help="Wordings for training, or held out."
)
@click.option(
    "--perturb", type=click.Choice(list(PRESETS)), help="Tools that behave as real services do; off by default."
)
@click.option("--out", type=click.Path(path_type=Path), help="A folder for the trajectories; a run there is continued.")
@json_option
def run_command(
    agent: str, worlds: str | None, episodes: int, seed: int, wording: Split, perturb: str | None, out: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Let an agent play episodes. Trajectories hold all that is needed to replay and grade them again.

    \b
    agentworlds run --agent random --worlds bank,bookshop --episodes 200 --out runs/random
    agentworlds run --agent reference --json
    agentworlds run --agent reference --perturb harsh --out runs/harsh
    """
    file = out / "episodes.jsonl" if out else None
    played = play_all(load_worlds(worlds), agent, episodes, seed, wording, file, quiet=as_json,
                      perturb=Perturb.read(perturb))  # fmt: skip
    result = summary(played)
    if as_json:
        print_json(result)
    else:
        where = f"; trajectories in {out}" if out else ""
        click.echo(f"{agent}: {result['episodes']} episodes, success {result['success']:.1%}, "
                   f"reward {result['reward']:.3f}, "
                   f"{result['steps']} calls each, {result['faults']} faults{where}")  # fmt: skip
    if result["faults"]:
        sys.exit(1)


worlds_option = click.option("--worlds", help="Comma-separated scripts or bundles of worlds that are not packaged.")


@click.command("score")
@click.argument("run", type=click.Path(path_type=Path))
@worlds_option
@json_option
def score_command(run: Path, worlds: str | None, as_json: bool) -> None:
    """Grade the trajectories of a run again, from their final states, without playing.

    Exit code 1 if any verdict differs.

    \b
    agentworlds score runs/random
    agentworlds score runs/clinic --worlds clinic.py
    """
    known = Worlds(worlds)
    total, differing = 0, []
    for one in read_trajectories(run):
        world = known.of(one)
        total += 1
        if one.verdict is not None and score_again(world, one) != one.verdict:
            differing.append({"world": one.world, "seed": one.seed, "task": one.task, "agent": one.agent})
    if as_json:
        print_json({"episodes": total, "differing": differing})
    else:
        click.echo(f"{total} episodes graded again, {len(differing)} differ")
    if differing:
        sys.exit(1)


@click.command("export")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["messages"]), default="messages", show_default=True,
              help="Chat messages with tool calls.")  # fmt: skip
@click.option("--only-success", is_flag=True, help="Leave out episodes that failed.")
@worlds_option
@click.option(
    "--out", type=click.File("wb"), default="-", help="The JSON-lines file to write; standard output by default."
)
def export_command(run: Path, form: str, only_success: bool, worlds: str | None, out: Any) -> None:
    """Turn trajectories into chat messages with tool calls, one JSON object a line, for supervised training.

    \b
    agentworlds run --agent reference --out runs/reference
    agentworlds export runs/reference --out train.jsonl
    """
    known = Worlds(worlds)
    for one in read_trajectories(run):
        if only_success and not (one.verdict and one.verdict.success):
            continue
        out.write(orjson.dumps(as_messages(known.of(one), one)) + b"\n")
