"""Returns and advantages of episodes, as arrays over their decisions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from agentworlds.train.trace import Trace


def returns(rewards: np.ndarray, discount: float) -> np.ndarray:
    """The discounted sum of the rewards from each decision on; [decisions]."""
    found = np.zeros(len(rewards), np.float32)
    total = 0.0
    for at in range(len(rewards) - 1, -1, -1):
        total = float(rewards[at]) + discount * total
        found[at] = total
    return found


def advantages(rewards: np.ndarray, values: np.ndarray, discount: float, decay: float) -> np.ndarray:
    """Generalised advantage estimates (Schulman and others, 2016), [decisions]; the episode ends after the last."""
    found = np.zeros(len(rewards), np.float32)
    after, total = 0.0, 0.0
    for at in range(len(rewards) - 1, -1, -1):
        total = float(rewards[at]) + discount * after - float(values[at]) + discount * decay * total
        found[at], after = total, float(values[at])
    return found


def vtrace(
    rewards: np.ndarray, values: np.ndarray, ratios: np.ndarray, discount: float, decay: float, most: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """V-trace targets and advantages (Espeholt and others, 2018); [decisions] each.

    Args:
        ratios: How much likelier each choice is now than it was when it was made.
        most: Where ratios are cut off.
    """
    cut = np.minimum(ratios, most)
    after = np.append(values[1:], 0.0)
    gaps = cut * (rewards + discount * after - values)
    targets = np.zeros(len(rewards), np.float32)
    total = 0.0
    for at in range(len(rewards) - 1, -1, -1):
        total = float(gaps[at]) + discount * decay * float(cut[at]) * total
        targets[at] = float(values[at]) + total
    return targets, (cut * (rewards + discount * np.append(targets[1:], 0.0) - values)).astype(np.float32)


def n_step(rewards: np.ndarray, discount: float, steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each decision: the rewards of the next so many, the one after them (-1 past the end), and its discount."""
    count = len(rewards)
    powers = discount ** np.arange(steps)
    sums = np.array(
        [float((rewards[at : at + steps] * powers[: len(rewards[at : at + steps])]).sum()) for at in range(count)]
    )
    following = np.arange(count) + steps
    inside = following < count
    return (
        sums.astype(np.float32),
        np.where(inside, following, -1),
        np.where(inside, discount**steps, 0.0).astype(np.float32),
    )


def n_step_targets(traces: Sequence[Trace], worth: Tensor, discount: float, steps: int) -> Tensor:
    """What `n_step` looks ahead to, of all decisions of some traces; [decisions].

    Args:
        worth: What it is worth to be at each decision, [decisions].
    """
    found, at = [], 0
    for one in traces:
        sums, following, discounts = n_step(one.rewards, discount, steps)
        found.append(sums + discounts * worth[at : at + len(sums)].numpy()[following])
        at += len(sums)
    return torch.from_numpy(np.concatenate(found))
