"""Training: play, learn, evaluate, keep; and go on where a run was left."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch

from agentworlds.agents.builtin import make_agent
from agentworlds.agents.rollout import roll_out
from agentworlds.errors import AgentworldsError
from agentworlds.tasks.drawing import BadIntent, Split
from agentworlds.train.algorithms.algorithm import IMITATED, algorithm_of
from agentworlds.train.board import Board
from agentworlds.train.checkpoint import Incompatible, RunFolder, load_policy
from agentworlds.train.collect import Played
from agentworlds.train.config import BadConfig, Config, read_config
from agentworlds.train.curriculum import Curriculum, share
from agentworlds.train.encoders.encoder import make_encoder
from agentworlds.train.executors import Executor, make_executor
from agentworlds.train.games import Arena, Assignment, WorldArena
from agentworlds.train.optimiser import Optimiser
from agentworlds.train.policy import Policy
from agentworlds.train.worker import Direction, Worker, put, taken

PLAYED_FROM = 5_000
"""Seeds that reinforcement learning skips: those before are cloning's, of which a warm start knows the answers."""

Report = Callable[[dict[str, Any]], None]


class Trainer:
    """One run.

    Args:
        config: What to train.
        out: The run's folder; None keeps nothing.
        report: Called with every entry of the progress.
        arena: Where episodes come from, instead of worlds; it pickles, since every worker has its own.
    """

    def __init__(
        self, config: Config, out: Path | None = None, report: Report = lambda entry: None, arena: Arena | None = None
    ) -> None:
        self.config, self.report = config, report
        self.folder = RunFolder(out) if out is not None else None
        self.settings = config.settings()
        self.algorithm = algorithm_of(config.algo)
        encoder = make_encoder(config.encoder)
        self.about = {"encoder": config.encoder, "phrase_size": encoder.phrase_size, "word_size": encoder.word_size}
        torch.manual_seed(config.seed)
        self.policy = Policy(encoder.phrase_size, encoder.word_size, config.size)
        if config.warm_start:
            self._warm_start(Path(config.warm_start))
        settings, critic = self.settings, list(self.policy.value.parameters())
        rest = [one for one in self.policy.parameters() if all(one is not other for other in critic)]
        hidden = self.policy.hidden() if settings.hidden_lr else []
        others = [one for one in rest if all(one is not other for other in hidden)]
        groups = [(others, settings.lr), (critic, settings.value_lr or settings.lr)]
        self.optimiser = Optimiser(groups, (hidden, settings.hidden_lr))
        self.imitator = Optimiser([(rest, settings.imitate_lr)])
        self.iteration = self.decisions = self.episodes = self.noted = 0
        self.trained = 0.0
        """Seconds of training so far."""
        self._arena = arena
        self._board: Board | None = None
        self._kept_at = time.monotonic()

    def _warm_start(self, path: Path) -> None:
        policy, about = load_policy(path)
        if (about["encoder"], policy.size) != (self.config.encoder, self.config.size):
            raise Incompatible(
                f"warm_start: the policy at {path} has {policy.size} and the encoder {about['encoder']}, "
                f"this run {self.config.size} and {self.config.encoder}"
            )
        self.policy.load_state_dict(policy.state_dict())
        self.policy.sharpen(self.config.sharpen)

    # The run --------------------------------------------------------------------------------------------

    def run(self) -> dict[str, Any]:
        """Train to the end, from the last checkpoint where there is one. Gives the result.

        Raises:
            AgentworldsError: what was asked for cannot be done, or the folder holds another run.
        """
        arena = self._arena or self.config.arena(plain=True)  # so that a world that is none is told of at once
        short = self.config.longest
        for world in self.config.every_world():
            if not arena.tasks(world):
                raise BadConfig(f"worlds: {world} has no tasks" + (f" of at most {short} calls" if short else ""))
        kept = self._open()
        if self.folder is not None and (finished := self.folder.read_json("result.json")) is not None:
            return dict(finished)
        factory = partial(Worker, config=self.config, arena=self._arena)
        board = (
            Board(self.folder.path / "tensorboard", kept["iteration"] if kept else 0) if self.folder else nullcontext()
        )
        with (
            make_executor(self.config.executor, workers=self.config.workers, factory=factory) as workers,
            board as self._board,
        ):
            tasks = workers.broadcast("tasks")[0]
            training = {world: tasks[world] for world in self.config.worlds}
            first = 0 if self.algorithm.teaches else PLAYED_FROM
            self.curriculum = Curriculum(self.config.curriculum, training, self.config.seed, first=first)
            workers.broadcast("take", taken(self.policy))
            if kept is not None:
                self._resume(kept, workers)
            else:
                shown = share(self._shown(tasks), self.config.workers)
                workers.each("rehearse", [(part,) for part in shown])
                if self.folder is not None:
                    self._keep(workers)
            while not self._is_over():
                self._iterate(workers)
                every = self.config.evaluate_every
                if every and self.iteration % every == 0 and not self._is_over():
                    self._note("evaluation", self.evaluate(workers, tasks, [0]))
                if self.folder is not None and time.monotonic() - self._kept_at >= self.config.keep_every:
                    self._keep(workers)
            if self.folder is not None:
                self._keep(workers)
            found = self.evaluate(workers, tasks, range(self.config.evaluation_seeds))
            found["random"], found["outcomes"]["random"] = self._random(arena, tasks)
            self._note("evaluation", found)
        result = {"algo": self.config.algo, "minutes": round(self.trained / 60, 2), "decisions": self.decisions,
                  "episodes": self.episodes, "iterations": self.iteration,
                  **{name: value for name, value in found.items() if name != "outcomes"}}  # fmt: skip
        if self.folder is not None:
            self.folder.save_policy(self.policy, self.about | {"algo": self.config.algo, "by": self.by})
            self.folder.write_json("result.json", result)
        return result

    def _shown(self, tasks: dict[str, Sequence[int]]) -> list[Assignment]:
        """What the warm start was shown, where it was cloned from a fixed number of demonstrations."""
        config = self.config
        if not (config.warm_start and config.rehearse and self.settings.imitate):
            return []
        data = RunFolder(Path(config.warm_start)).read_json("config.json")
        if data is None:
            return []
        before = read_config(data)
        limit = getattr(before.settings(), "demonstrations", 0)
        worlds = {world: tasks[world] for world in before.worlds if world in tasks}
        return Curriculum(before.curriculum, worlds, before.seed).draw(limit * len(worlds)) if limit and worlds else []

    @property
    def by(self) -> str:
        """What a greedy player goes by."""
        return self.algorithm.how.by

    @property
    def done(self) -> float:
        """The share of the run that is behind, from 0 to 1."""
        config = self.config
        shares = [self.iteration / config.iterations] if config.iterations else []
        shares += [self.trained / 60 / config.minutes] if config.minutes else []
        return min(max(shares), 1.0)

    def _is_over(self) -> bool:
        return self.done >= 1.0

    def _iterate(self, workers: Executor) -> None:
        started = time.monotonic()
        assignments = self._assignments()
        shares = share(assignments, self.config.workers)
        played: list[Played] = [one for part in workers.each("collect", [(part, self.iteration) for part in shares])
                                for one in part]  # fmt: skip
        collected = time.monotonic()
        self.curriculum.took(played)
        figures = self._learn(workers)
        self.iteration += 1
        self.episodes += len(played)
        count = sum(one.decisions for one in played)
        self.decisions += count
        now = time.monotonic()
        self.trained += now - started
        of = max(len(played), 1)
        self._note("iteration", {
            "success": round(sum(one.success for one in played) / of, 4),
            "reward": round(sum(one.reward for one in played) / of, 4),
            "faults": sum(one.fault for one in played),
            "prefix": round(sum(one.assignment.prefix for one in played) / of, 3),
            "collecting": round(collected - started, 2), "learning": round(now - collected, 2),
            "rate": round(count / max(now - started, 1e-9)), "lr": self.optimiser.lr, **figures,
        })  # fmt: skip

    def _assignments(self) -> list[Assignment]:
        """The next episodes; none for cloning that has played all its demonstrations."""
        wanted = self.settings.episodes
        limit = getattr(self.settings, "demonstrations", 0) * len(self.config.worlds)
        if limit:
            wanted = min(wanted, limit - self.episodes)
        return self.curriculum.draw(wanted, self.settings.turns) if wanted > 0 else []

    def _learn(self, workers: Executor) -> dict[str, float]:
        """Take the iteration's gradient steps; gives the means of what the workers told."""
        planned = max(workers.broadcast("steps", self.iteration))
        figures = self._steps(workers, "direction", planned, self.optimiser)
        if self.settings.imitate:
            steps = math.ceil(self.settings.imitate / IMITATED)
            imitated = self._steps(workers, "imitate", steps, self.imitator)
            figures |= {"imitation": imitated.get("imitation", 0.0)}
        return figures

    def _steps(self, workers: Executor, method: str, planned: int, optimiser: Optimiser) -> dict[str, float]:
        """Take gradient steps, as many as are planned or until all workers have enough."""
        found: list[Direction] = []
        count = 0
        for step in range(planned):
            directions = [one for one in workers.broadcast(method, step) if one.decisions]
            if not directions:
                break
            self._step(optimiser, directions)
            workers.broadcast("take", taken(self.policy), step if method == "direction" else -1)
            found += directions
            count += 1
            if all(one.enough for one in directions):
                break
        if not found:
            return {"steps": 0}
        total = sum(one.decisions for one in found)
        names = found[0].figures
        means = {name: round(sum(one.figures[name] * one.decisions for one in found) / total, 5) for name in names}
        return means | {"steps": count}

    def _step(self, optimiser: Optimiser, directions: Sequence[Direction]) -> None:
        counts = np.array([one.decisions for one in directions], np.float32)
        gradient = torch.from_numpy(sum(one.gradient * (one.decisions / counts.sum()) for one in directions))
        at = 0
        for one in self.policy.parameters():
            one.grad = gradient[at : at + one.numel()].view_as(one)
            at += one.numel()
        torch.nn.utils.clip_grad_norm_(self.policy.parameters(), self.settings.clip)
        optimiser.step(self.done)

    # Evaluation -----------------------------------------------------------------------------------------

    def evaluate(self, workers: Executor, tasks: dict[str, Sequence[int]], seeds: Iterable[int]) -> dict[str, Any]:
        """Success of greedy play: on unseen seeds, on held-out wordings, and in held-out worlds."""
        config, seeds = self.config, list(seeds)
        parts: list[tuple[str, Sequence[str], Split]] = [
            ("unseen_seeds", config.worlds, "train"), ("held_out_wordings", config.worlds, "test")
        ]  # fmt: skip
        if config.hold_out:
            parts.append(("held_out_worlds", config.hold_out, "train"))
        success: dict[str, float] = {}
        found: dict[str, Any] = {"outcomes": {}}
        for name, worlds, wording in parts:
            every = [
                Assignment(world, task, seed, wording) for seed in seeds for world in worlds for task in tasks[world]
            ]
            shares = share(every, config.workers)
            played = [one for part in workers.each("evaluate", [(part, self.by) for part in shares]) for one in part]
            success[name] = rate(played)
            found["outcomes"][name] = outcomes(
                (one.assignment.world, one.intent, one.success, one.length) for one in played
            )
            if name == "unseen_seeds":
                found["short"] = rate([one for one in played if 0 < one.length <= 4])
                found["by_world"] = {
                    world: rate([one for one in played if one.assignment.world == world]) for world in worlds
                }
                found["by_intent"] = by_intent(played)
        return {"success": success, **found}

    def _random(self, arena: Arena, tasks: dict[str, Sequence[int]]) -> tuple[float | None, dict[str, Any]]:
        """Success of the agent `random` in the worlds of training, and its outcomes in all; None of an own arena."""
        if not isinstance(arena, WorldArena):
            return None, {}
        player, found = make_agent("random"), []
        for world in self.config.every_world():
            for task in tasks[world]:
                try:
                    one = roll_out(arena.worlds[world], task, 0, player)
                except BadIntent:  # this seed's data do not allow the task
                    continue
                found.append((world, one.intent, one.verdict is not None and one.verdict.success, one.solution_length))
        trained = [success for world, _, success, _ in found if world in self.config.worlds]
        return round(sum(trained) / max(len(trained), 1), 4), outcomes(found)

    # Keeping --------------------------------------------------------------------------------------------

    def _open(self) -> dict[str, Any] | None:
        """Take the folder into use; gives what to go on from."""
        if self.folder is None:
            return None
        asked = msgspec.json.decode(msgspec.json.encode(self.config.as_json()))
        before = self.folder.read_json("config.json")
        if before is None:
            if self.folder.is_of_others():
                raise AgentworldsError(f"{self.folder.path} is neither empty nor a run; give another folder")
            self.folder.write_json("config.json", asked)
            return None
        if before != asked:
            differs = [name for name in asked if before.get(name) != asked[name]]
            raise Incompatible(
                f"{self.folder.path} holds a run with other settings ({', '.join(differs)}); give another folder"
            )
        return self.folder.load_checkpoint()

    def _keep(self, workers: Executor) -> None:
        assert self.folder is not None
        if self._board is not None:
            self._board.flush()
        self.folder.save_checkpoint({
            "weights": taken(self.policy),
            "optimiser": self.optimiser.state(), "imitator": self.imitator.state(),
            "curriculum": self.curriculum.state(), "workers": workers.broadcast("state"),
            "iteration": self.iteration, "decisions": self.decisions,
            "episodes": self.episodes, "trained": self.trained, "noted": self.noted,
        })  # fmt: skip
        self.folder.save_policy(self.policy, self.about | {"algo": self.config.algo, "by": self.by})
        self._kept_at = time.monotonic()

    def _resume(self, kept: dict[str, Any], workers: Executor) -> None:
        assert self.folder is not None
        put(self.policy, kept["weights"])
        self.optimiser.restore(kept["optimiser"])
        self.imitator.restore(kept["imitator"])
        self.curriculum.restore(kept["curriculum"])
        for name in ("iteration", "decisions", "episodes", "trained", "noted"):
            setattr(self, name, kept[name])
        workers.broadcast("take", kept["weights"])
        workers.each("restore", [(state,) for state in kept["workers"]])
        self.folder.forget_after(self.noted)

    def _note(self, kind: str, entry: dict[str, Any]) -> None:
        entry = {"kind": kind, "iteration": self.iteration, "decisions": self.decisions, "episodes": self.episodes,
                 "minutes": round(self.trained / 60, 3), **entry}  # fmt: skip
        if self.folder is not None:
            self.folder.log(entry)
            self.noted += 1
        if self._board is not None:
            self._board.add(entry)
        self.report(entry | {"done": self.done})


def rate(played: Sequence[Played]) -> float:
    """The share of successes; 0 of none."""
    return round(sum(one.success for one in played) / max(len(played), 1), 4)


def by_intent(played: Sequence[Played]) -> dict[str, dict[str, Any]]:
    """Success by world and intent."""
    found: dict[str, dict[str, list[bool]]] = {}
    for one in sorted(played, key=lambda one: one.assignment):
        found.setdefault(one.assignment.world, {}).setdefault(one.intent, []).append(one.success)
    return {world: {intent: round(sum(ones) / len(ones), 3) for intent, ones in intents.items()}
            for world, intents in found.items()}  # fmt: skip


def outcomes(played: Iterable[tuple[str, str, bool, int]]) -> dict[str, dict[str, tuple[int, int, float]]]:
    """Successes, episodes and mean calls of the reference, by world and intent.

    Args:
        played: World, intent, success and calls of the reference, of each episode.
    """
    found: dict[str, dict[str, list[tuple[bool, int]]]] = {}
    for world, intent, success, calls in sorted(played):
        found.setdefault(world, {}).setdefault(intent, []).append((success, calls))
    return {world: {intent: (sum(success for success, _ in ones), len(ones),
                             round(sum(calls for _, calls in ones) / len(ones), 2))
                    for intent, ones in intents.items()}
            for world, intents in found.items()}  # fmt: skip
