"""What algorithms make of scores of pairs of decision and candidate: a distribution of each decision, best and mean."""

from __future__ import annotations

import torch
from torch import Tensor

from agentworlds.train.batch import Batch


def log_softmax(logits: Tensor, decision: Tensor, count: int) -> Tensor:
    """Log-probabilities of the pairs, each decision's own; [pairs]."""
    most = torch.full((count,), -torch.inf).scatter_reduce(0, decision, logits.detach(), "amax")
    shifted = logits - most[decision]
    total = torch.zeros(count).index_add(0, decision, shifted.exp())
    return shifted - total.log()[decision]


def entropy_of(log_probs: Tensor, batch: Batch) -> Tensor:
    """The entropy of each decision in nats, from the log-probabilities of its pairs; [decisions]."""
    return -torch.zeros(len(batch.decisions)).index_add(0, batch.pair_decision, log_probs.exp() * log_probs)


def best_of(values: Tensor, batch: Batch) -> Tensor:
    """The greatest of each decision's pairs; [decisions]."""
    lowest = torch.full((len(batch.decisions),), -torch.inf)
    return lowest.scatter_reduce(0, batch.pair_decision, values, "amax")


def mean_of(values: Tensor, batch: Batch) -> Tensor:
    """The mean of each decision's pairs; [decisions]."""
    total = torch.zeros(len(batch.decisions)).index_add(0, batch.pair_decision, values)
    return total / torch.diff(batch.offers)
