"""What the trainer gets for an episode."""

from __future__ import annotations

import msgspec


class Reward(msgspec.Struct, frozen=True, omit_defaults=True):
    """A declared reward. It is paid when the episode ends, apart from `step`, which each call costs.

    Attributes:
        goal: Paid when the goal is met, the answer is right and nothing unasked was changed.
        collateral: Added once when anything unasked was changed.
        step: Added for every call; usually a small negative number.
        progress: Paid times the share of the goal that is met, when the episode fails.
        within: `goal` is paid only if at most so many calls were made.
    """

    goal: float = 1.0
    collateral: float = 0.0
    step: float = 0.0
    progress: float = 0.0
    within: int | None = None

    def __post_init__(self) -> None:
        for name in ("goal", "collateral", "step", "progress"):
            if isinstance(getattr(self, name), bool) or not isinstance(getattr(self, name), int | float):
                raise ValueError(f"{name}: expected a number, got {getattr(self, name)!r}")
        if self.collateral > 0:
            raise ValueError(f"collateral: damage is not to be rewarded; expected at most 0, got {self.collateral}")
        if self.within is not None and (type(self.within) is not int or self.within < 1):
            raise ValueError(f"within: expected a number of calls of at least 1, got {self.within!r}")

    def total(self, *, success: bool, progress: float, unasked: int, calls: int) -> float:
        """The whole episode's reward."""
        value = self.step * calls
        if unasked:
            value += self.collateral
        if success:
            return value + (self.goal if self.within is None or calls <= self.within else 0.0)
        return value + self.progress * progress


class Shaping(msgspec.Struct, frozen=True):
    """Potential-based shaping on progress (Ng, Harada and Russell, 1999).

    A call moves the reward by ``discount * potential(after) - potential(before)`` with the potential
    ``scale * progress``. The best policy stays the best only if `discount` is the trainer's own and the
    potential is zero once the episode is over; the second is enforced here, the first asked for by name.
    """

    discount: float
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.discount <= 1.0:
            raise ValueError(f"discount must be the trainer's own, above 0 and at most 1, got {self.discount}")

    def step(self, before: float, after: float, *, done: bool) -> float:
        """The shaping term of one call, from the progress before and after it."""
        return self.scale * (self.discount * (0.0 if done else after) - before)
