"""The learner's optimiser: AdamW, and Muon for the matrices inside the network where it is asked for.

Jordan and others, "Muon: An optimizer for hidden layers in neural networks", 2024. Its steps take longer than AdamW's,
and cloning comes further with it in the same time. Step sizes grow over the first steps and fall along a cosine to the
end of the run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

WARM_UP = 50
"""Gradient steps over which the step size grows to its full length."""
LEAST_LR = 0.05
"""What is left of the step size at the end."""


class Optimiser:
    """Steps along gradients.

    Args:
        groups: Parameters for AdamW, each group with its full step size.
        hidden: Matrices for Muon, with its full step size.
    """

    def __init__(
        self, groups: Sequence[tuple[list[nn.Parameter], float]], hidden: tuple[list[nn.Parameter], float] = ([], 0.0)
    ) -> None:
        found = [{"params": params, "lr": lr, "full": lr} for params, lr in groups if params]
        self.optimisers: list[torch.optim.Optimizer] = [
            torch.optim.AdamW(found, betas=(0.9, 0.98), weight_decay=0.01, fused=True)
        ]
        if hidden[0]:
            inside = [{"params": hidden[0], "lr": hidden[1], "full": hidden[1]}]
            self.optimisers.append(torch.optim.Muon(inside, weight_decay=0.01))
        self.steps = 0

    @property
    def lr(self) -> float:
        """The step size of the first group."""
        return float(self.optimisers[0].param_groups[0]["lr"])

    def step(self, done: float) -> None:
        """Take a step, with a share of the run behind."""
        self.steps += 1
        left = LEAST_LR + (1 - LEAST_LR) * 0.5 * (1 + math.cos(math.pi * done))
        for one in self.optimisers:
            for group in one.param_groups:
                group["lr"] = group["full"] * left * min(self.steps / WARM_UP, 1.0)
            one.step()

    def state(self) -> Any:
        """What must be kept beside the parameters."""
        return self.steps, [one.state_dict() for one in self.optimisers]

    def restore(self, state: Any) -> None:
        """Take a state back."""
        self.steps, states = state
        for one, kept in zip(self.optimisers, states, strict=True):
            one.load_state_dict(kept)
