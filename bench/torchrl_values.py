"""The value estimators of torchrl on episodes of different lengths, beside the same written as one loop backwards.

python bench/torchrl_values.py     # needs torchrl==0.14.1; a few seconds. Figures of docs/adr/0009

torchrl takes arrays [episodes, time, 1], padded, or all decisions in one row with `done` where an episode ends.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from torch import Tensor
from torchrl.objectives.value.functional import (
    generalized_advantage_estimate,
    vec_generalized_advantage_estimate,
    vtrace_advantage_estimate,
)

DECISIONS, GAMMA, LAMBDA = 2048, 0.99, 0.95
torch.set_num_threads(1)
torch.manual_seed(0)

done = torch.rand(DECISIONS) < 1 / 35
done[-1] = True
reward = done * torch.randn(DECISIONS)
value = torch.randn(DECISIONS)
following = value.roll(-1) * ~done
mine, theirs = -torch.rand(DECISIONS), -torch.rand(DECISIONS)  # log-probabilities, of the policy and of who played
ends = done.nonzero().squeeze(-1) + 1
lengths = ends.diff(prepend=torch.zeros(1, dtype=torch.long))
mask = torch.arange(int(lengths.max())) < lengths[:, None]
given = (value, following, reward, done)


def padded(values: Tensor) -> Tensor:
    return torch.zeros(mask.shape, dtype=values.dtype).masked_scatter(mask, values)[:, :, None]


def in_a_row(values: Tensor) -> Tensor:
    return values[None, :, None]


def gae() -> Tensor:
    """Schulman et al. 2016."""
    values, rewards, last = value.tolist(), reward.tolist(), done.tolist()
    advantages = [0.0] * DECISIONS
    ahead = gain = 0.0
    for at in reversed(range(DECISIONS)):
        if last[at]:
            ahead = gain = 0.0
        gain = rewards[at] + GAMMA * ahead - values[at] + GAMMA * LAMBDA * gain
        ahead, advantages[at] = values[at], gain
    return torch.tensor(advantages)


def vtrace() -> Tensor:
    """Espeholt et al. 2018, with both weights clipped at one."""
    values, rewards, last = value.tolist(), reward.tolist(), done.tolist()
    weights = (mine - theirs).exp().clamp(max=1).tolist()
    advantages = [0.0] * DECISIONS
    ahead = aim = gain = 0.0
    for at in reversed(range(DECISIONS)):
        if last[at]:
            ahead = aim = gain = 0.0
        advantages[at] = weights[at] * (rewards[at] + GAMMA * aim - values[at])
        gain = weights[at] * (rewards[at] + GAMMA * ahead - values[at] + GAMMA * gain)
        ahead, aim = values[at], values[at] + gain
    return torch.tensor(advantages)


def timed(work: Callable[[], object]) -> str:
    work()
    times = []
    for _ in range(20):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return f"{1000 * statistics.median(times):.2f} ms"


if __name__ == "__main__":
    ways = {
        "GAE": (gae, lambda *own: generalized_advantage_estimate(GAMMA, LAMBDA, *own[2:])),
        "GAE, vectorised": (gae, lambda *own: vec_generalized_advantage_estimate(GAMMA, LAMBDA, *own[2:])),
        "V-trace": (vtrace, lambda *own: vtrace_advantage_estimate(GAMMA, *own)),
    }
    print(f"{len(ends)} episodes, the longest of {mask.shape[1]} decisions")
    for name, (loop, library) in ways.items():
        print(f"{name}: the loop {timed(loop)}")
        for shape, back in ((padded, lambda made: made[mask]), (in_a_row, torch.flatten)):
            found = back(library(*map(shape, (mine, theirs, *given)))[0].squeeze(-1))
            spent = timed(lambda shape=shape, library=library: library(*map(shape, (mine, theirs, *given))))
            print(f"  torchrl, {shape.__name__}: {spent}, differs by {float((found - loop()).abs().max()):.0e}")
