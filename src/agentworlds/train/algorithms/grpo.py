"""GRPO: each task is played several times, and an episode is worth what it earned beyond its group.

Shao and others, "DeepSeekMath: Pushing the Limits of Mathematical Reasoning in Open Language Models", 2024. What
differs: no penalty for moving away from a reference policy, a stop at `most_kl` instead; a decision counts the same
whether its episode is long or short (Liu and others, "Understanding R1-Zero-Like Training", 2025); groups in which all
earned the same are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from agentworlds.train.algorithms.algorithm import Algorithm, Loss, Settings, mean_over, own
from agentworlds.train.collect import Played
from agentworlds.train.pairs import entropy_of, log_softmax


@dataclass
class GRPOSettings(Settings):
    """What GRPO is told.

    Attributes:
        epochs: How often each episode is learned from.
        ratio: How far a choice's probability may move, as a share, before it stops counting.
        entropy: The weight of the entropy bonus.
        most_kl: Where an iteration stops early.
    """

    lr: float = 1e-4
    episodes: int = 256
    turns: int = 4
    batch: int = 64
    imitate: int = 512
    epochs: int = 1
    ratio: float = 0.2
    entropy: float = 0.0
    most_kl: float = 0.03


class GRPO(Algorithm):
    """Clipped policy gradients relative to a group."""

    name = "grpo"
    settings_class = GRPOSettings
    settings: GRPOSettings

    def remember(self, played: Sequence[Played]) -> None:
        """See Algorithm."""
        groups: dict[tuple[str, int, int], list[Played]] = {}
        for one in played:
            if not one.fault:
                groups.setdefault((one.assignment.world, one.assignment.seed, one.assignment.task), []).append(one)
        self.kept: list[Played] = []
        self.gains: list[float] = []
        for group in groups.values():
            earned = np.array([one.reward for one in group])
            if earned.std() > 1e-6:
                self.kept += group
                self.gains += ((earned - earned.mean()) / earned.std()).tolist()

    def plan(self) -> int:
        """See Algorithm."""
        epochs = range(self.settings.epochs)
        self.queue = [chunk for epoch in epochs for chunk in self.chunks(self.kept, self.iteration, epoch)]
        return len(self.queue)

    def loss(self, step: int) -> Loss:
        """See Algorithm."""
        chunk, settings = self.queue[step], self.settings
        played = [self.kept[at] for at in chunk]
        batch, weights = self.collate(played), own(played)
        before = torch.from_numpy(np.concatenate([one.trace.log_probs for one in played if one.trace is not None]))
        gain = torch.tensor([self.gains[at] for at in chunk])[batch.episode]

        log_probs = log_softmax(self.policy(batch).logits, batch.pair_decision, len(batch.decisions))
        moved = log_probs[batch.chosen] - before
        ratio = moved.exp()
        surrogate = torch.min(ratio * gain, ratio.clamp(1 - settings.ratio, 1 + settings.ratio) * gain)
        entropy = entropy_of(log_probs, batch)
        loss = -mean_over(surrogate + settings.entropy * entropy, weights)
        kl = float(mean_over(ratio.detach() - 1 - moved.detach(), weights))
        figures = {"kl": kl, "entropy": float(mean_over(entropy.detach(), weights))}
        return Loss(loss, int(weights.sum()), figures, enough=kl > settings.most_kl)
