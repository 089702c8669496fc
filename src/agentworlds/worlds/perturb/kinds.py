"""What can be perturbed, as declared: plain frozen values that travel with trajectories."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec.structs import replace

from agentworlds.errors import NotFound, nearest

MOST_SECONDS = 3600
EXTRA_KEYS = ("request_id", "etag", "api_version")


class Latency(msgspec.Struct, frozen=True):
    """Every call takes further world time, drawn between two numbers of seconds."""

    low: int = 1
    high: int = 5

    def __post_init__(self) -> None:
        _whole("Latency.low", self.low, 0, MOST_SECONDS)
        _whole("Latency.high", self.high, max(self.low, 1), MOST_SECONDS)


class RateLimit(msgspec.Struct, frozen=True):
    """At most `calls` calls are carried out in any span of `seconds` of world time; the next is refused with `limit`.

    A refused call takes the world's tick, or its share of the wait where that is longer, so that at most `tries`
    calls in a row are refused.
    """

    calls: int = 8
    seconds: int = 240
    tries: int = 2

    def __post_init__(self) -> None:
        _whole("RateLimit.calls", self.calls, 1, 1000)
        _whole("RateLimit.seconds", self.seconds, 1, MOST_SECONDS)
        _whole("RateLimit.tries", self.tries, 1, 5)


class Failures(msgspec.Struct, frozen=True):
    """A call is refused with `unavailable` in `percent` of cases, at most `most` times in a row for the same call."""

    percent: int = 10
    most: int = 1

    def __post_init__(self) -> None:
        _whole("Failures.percent", self.percent, 1, 100)
        _whole("Failures.most", self.most, 1, 5)


class StaleReads(msgspec.Struct, frozen=True):
    """Reads show the state before a write for some seconds of world time, or for some calls, after it: give one."""

    seconds: int | None = None
    calls: int | None = None

    def __post_init__(self) -> None:
        if (self.seconds is None) == (self.calls is None):
            raise ValueError("StaleReads: expected either seconds=… or calls=…")
        if self.seconds is not None:
            _whole("StaleReads.seconds", self.seconds, 1, MOST_SECONDS)
        if self.calls is not None:
            _whole("StaleReads.calls", self.calls, 1, 20)


class PartialPages(msgspec.Struct, frozen=True):
    """A page of a search holds no more rows than a number drawn between `least` and `most`, whatever was asked for."""

    least: int = 5
    most: int = 15

    def __post_init__(self) -> None:
        _whole("PartialPages.least", self.least, 1, 50)
        _whole("PartialPages.most", self.most, self.least, 50)


class Renaming(msgspec.Struct, frozen=True):
    """Arguments and the keys of results have other names: in another style, and with synonyms for some words.

    Attributes:
        style: How a name of several words is written: ``owner_id``, ``ownerId`` or ``OwnerId``.
        synonyms: How many percent of the words for which a synonym is known are replaced by it.
    """

    style: Literal["snake", "camel", "pascal"] = "camel"
    synonyms: int = 50

    def __post_init__(self) -> None:
        if self.style not in ("snake", "camel", "pascal"):
            raise ValueError(f"Renaming.style: expected 'snake', 'camel' or 'pascal', got {self.style!r}")
        _whole("Renaming.synonyms", self.synonyms, 0, 100)
        if self.style == "snake" and not self.synonyms:
            raise ValueError("Renaming: names are in snake case already, so without synonyms nothing is renamed")


class ExtraFields(msgspec.Struct, frozen=True):
    """Results carry further keys that mean nothing for the task."""

    keys: tuple[str, ...] = EXTRA_KEYS

    def __post_init__(self) -> None:
        wrong = type(self.keys) is not tuple or not self.keys or len(set(self.keys)) < len(self.keys)
        if wrong or any(key not in EXTRA_KEYS for key in self.keys):
            raise ValueError(f"ExtraFields.keys: expected some of {', '.join(EXTRA_KEYS)}, got {self.keys!r}")


class Distractors(msgspec.Struct, frozen=True):
    """So many further tools, of other worlds, that are listed and not enabled."""

    count: int = 5

    def __post_init__(self) -> None:
        _whole("Distractors.count", self.count, 1, 20)


class Perturb(msgspec.Struct, frozen=True, omit_defaults=True):
    """How an episode's tools differ from the world's own. The same value perturbs an episode in the same way.

    Attributes:
        seed: Which perturbations are drawn; other tasks and worlds have others.
    """

    latency: Latency | None = None
    limit: RateLimit | None = None
    failures: Failures | None = None
    stale: StaleReads | None = None
    pages: PartialPages | None = None
    names: Renaming | None = None
    extra: ExtraFields | None = None
    distractors: Distractors | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name, kind in KINDS.items():
            value = getattr(self, name)
            if value is not None and not isinstance(value, kind):
                raise ValueError(f"{name}: expected {kind.__name__}(…), got {value!r}")
        _whole("seed", self.seed, 0, 2**63 - 1)

    @staticmethod
    def preset(name: str, seed: int = 0) -> Perturb:
        """``mild`` or ``harsh``. Raises NotFound with the nearest name."""
        if name not in PRESETS:
            raise NotFound(f"there is no preset {name!r}{nearest(name, PRESETS)}; known are {', '.join(PRESETS)}")
        return replace(PRESETS[name], seed=seed)

    @staticmethod
    def read(value: Perturb | str | None) -> Perturb | None:
        """A perturbation as it stands, or a preset by name. Raises NotFound, or TypeError for anything else."""
        if isinstance(value, str):
            return Perturb.preset(value)
        if value is not None and not isinstance(value, Perturb):
            raise TypeError(f"perturb: expected Perturb(…) or one of {', '.join(PRESETS)}, got {value!r}")
        return value


def _whole(name: str, value: object, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise ValueError(f"{name}: expected a whole number from {low} to {high}, got {value!r}")


KINDS: dict[str, type] = {
    "latency": Latency, "limit": RateLimit, "failures": Failures, "stale": StaleReads, "pages": PartialPages,
    "names": Renaming, "extra": ExtraFields, "distractors": Distractors,
}  # fmt: skip
PRESETS = {
    "mild": Perturb(Latency(1, 4), failures=Failures(5), pages=PartialPages(10, 20), extra=ExtraFields()),
    "harsh": Perturb(
        Latency(1, 10), RateLimit(8, 240), Failures(15, 2), StaleReads(calls=2), PartialPages(5, 10),
        Renaming(), ExtraFields(), Distractors(6),
    ),
}  # fmt: skip
