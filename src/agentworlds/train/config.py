"""What to train: one plain record, from the command line or a TOML file, kept beside the result."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import msgspec

from agentworlds.errors import AgentworldsError, nearest
from agentworlds.spec.rewards import Reward, Shaping
from agentworlds.train.algorithms.algorithm import Settings, algorithm_of
from agentworlds.train.games import WorldArena
from agentworlds.train.observed import ObservedArena
from agentworlds.train.policy import INPUTS, Size

FIRST_SEED = 100_000
"""Training plays seeds from here on; evaluations play those from 0."""


class BadConfig(AgentworldsError):
    """A configuration that says something impossible."""


@dataclass(frozen=True)
class Config:
    """What to train and for how long.

    Attributes:
        algo: The algorithm.
        worlds: Worlds to train in: ids, scripts or bundles.
        hold_out: Worlds that are only evaluated on.
        minutes: How long to train, evaluations apart; 0 for no such limit.
        iterations: How many iterations; 0 for no such limit.
        seed: Fixes weights, tasks and draws: with the same number of workers the same run comes out.
        workers: Processes that play and compute gradients.
        executor: Where they run: ``local``, ``processes`` or ``ray``.
        encoder: What turns texts into vectors.
        size: The policy's size.
        warm_start: A finished run whose policy training begins with.
        sharpen: By how much the scores of the warm start are stretched. A cloned policy draws badly: at 2 or 3 it
            succeeds nearly as often drawing as it does choosing the best, and explores where it is in doubt.
        rehearse: Whether the demonstrations of the warm start are kept beside one's own successes; of account where the
            algorithm imitates (`imitate`).
        keep_every: Seconds between checkpoints; 0 for one after every iteration.
        evaluate_every: Iterations between evaluations; 0 for one at the end alone.
        evaluation_seeds: Seeds of which all tasks are played in the last evaluation; those between play the first one.
        longest: Play only tasks whose reference takes at most so many calls; 0 for all.
        curriculum: ``even``, ``difficulty`` (tasks that are sometimes done are drawn more) or ``reverse`` (the
            reference plays the beginning, less of it the better the policy does the rest).
        reward: The reward of every episode instead of its task's own.
        judge: What pays for episodes in training: ``database``, or ``observations`` for the heuristic of `observed`,
            which is there to be compared with; evaluations always go by the database.
        shaping: The scale of potential-based shaping on progress; 0 for none.
        perturb: Tool realism in training: ``mild`` or ``harsh``.
        options: Settings of the algorithm.
    """

    algo: str = "cloning"
    worlds: tuple[str, ...] = ()
    hold_out: tuple[str, ...] = ()
    minutes: float = 0.0
    iterations: int = 0
    seed: int = 0
    workers: int = 1
    executor: str = "processes"
    encoder: str = "minilm"
    size: Size = field(default_factory=Size)
    warm_start: str = ""
    sharpen: float = 1.0
    rehearse: bool = True
    keep_every: float = 60.0
    evaluate_every: int = 0
    evaluation_seeds: int = 1
    longest: int = 0
    curriculum: str = "even"
    reward: Reward | None = None
    judge: str = "database"
    shaping: float = 0.0
    perturb: str = ""
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.worlds:
            raise BadConfig("worlds: name at least one world to train in")
        both = set(self.worlds) & set(self.hold_out)
        if both:
            raise BadConfig(f"hold_out: {', '.join(sorted(both))} cannot be trained in and held out")
        if self.minutes <= 0 and self.iterations <= 0:
            raise BadConfig("give minutes or iterations, so that training ends")
        if self.workers < 1:
            raise BadConfig(f"workers: expected at least 1, got {self.workers}")
        if self.judge not in ("database", "observations"):
            raise BadConfig(f"judge: expected database or observations, got {self.judge!r}")
        if self.longest < 0:
            raise BadConfig(f"longest: expected a number of calls, or 0 for all, got {self.longest}")
        if self.curriculum not in ("even", "difficulty", "reverse"):
            raise BadConfig(f"curriculum: expected even, difficulty or reverse, got {self.curriculum!r}")
        for part in self.size.without:
            if part not in INPUTS:
                raise BadConfig(
                    f"size: there is no input {part!r}{nearest(part, INPUTS)}; there are {', '.join(INPUTS)}"
                )
        if self.size.width % 2 or self.size.width % self.size.heads:
            raise BadConfig(
                f"size: expected an even width that can be shared by {self.size.heads} heads, got {self.size.width}"
            )
        settings = self.settings()
        for name in ("episodes", "batch"):
            if getattr(settings, name) < 1:
                raise BadConfig(f"{self.algo}: {name}: expected at least 1, got {getattr(settings, name)}")

    def settings(self) -> Settings:
        """The algorithm's settings. Raises BadConfig for one that it does not have, or of another type."""
        kind = algorithm_of(self.algo).settings_class
        known = {one.name for one in fields(kind)}
        for name in self.options:
            if name not in known:
                raise BadConfig(
                    f"{self.algo} has no setting {name!r}{nearest(name, known)}; it has {', '.join(sorted(known))}"
                )
        try:
            return msgspec.convert(self.options, kind, strict=False)
        except msgspec.ValidationError as problem:
            raise BadConfig(f"{self.algo}: {problem}") from None

    def every_world(self) -> tuple[str, ...]:
        """The worlds of training and those held out."""
        return self.worlds + self.hold_out

    def arena(self, *, plain: bool = False) -> WorldArena:
        """Where episodes come from; `plain` for evaluation, with the tasks' own rewards and no shaping."""
        if plain:
            return WorldArena(self.every_world(), self.longest)
        shaping = Shaping(discount=self.settings().discount, scale=self.shaping) if self.shaping else None
        kind = ObservedArena if self.judge == "observations" else WorldArena
        settings = {"reward": self.reward, "shaping": shaping, "perturb": self.perturb or None}
        return kind(self.every_world(), self.longest, **settings)

    @property
    def trains_as_it_evaluates(self) -> bool:
        """Whether episodes of training can also be evaluated on."""
        return not self.perturb and self.judge == "database"

    def as_json(self) -> dict[str, Any]:
        """The record as plain values; `read_config` takes it back."""
        return {name: value for name, value in asdict(self).items() if name != "reward"} | {
            "reward": msgspec.to_builtins(self.reward)
        }


def read_config(data: dict[str, Any], where: str = "the configuration") -> Config:
    """A configuration from plain values. Raises BadConfig with what was expected."""
    known = {one.name for one in fields(Config)}
    for name in data:
        if name not in known:
            raise BadConfig(f"{where} has no setting {name!r}{nearest(name, known)}; it has {', '.join(sorted(known))}")
    try:
        return msgspec.convert(data, Config, strict=False)
    except msgspec.ValidationError as problem:
        raise BadConfig(f"{where}: {problem}") from None


def read_toml(path: Path) -> dict[str, Any]:
    """The plain values of a TOML file. Raises BadConfig for what is none."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise BadConfig(f"{path}: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise BadConfig(f"{path}: not text in UTF-8") from None
    except tomllib.TOMLDecodeError as problem:
        raise BadConfig(f"{path}: {problem}") from None
