"""What the policy is built of: attention whose keys can be kept, layers, mixtures, and means over lists."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding_bag, gelu, scaled_dot_product_attention

from agentworlds.train.batch import Ragged


class Attention(nn.Module):
    """Multi-head attention whose parts can be called one by one, so that keys can be kept."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.ask, self.tell, self.out = nn.Linear(width, width), nn.Linear(width, 2 * width), nn.Linear(width, width)

    def split(self, x: Tensor) -> Tensor:
        """[batch, length, width] as [batch, heads, length, width / heads]."""
        return x.view(*x.shape[:-1], self.heads, -1).transpose(1, 2)

    def keys(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Keys and values of what can be attended to."""
        keys, values = self.tell(x).chunk(2, -1)
        return self.split(keys), self.split(values)

    def forward(self, x: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
        """Attend from x, [batch, length, width]; the mask is added to the scores."""
        found = scaled_dot_product_attention(self.split(self.ask(x)), keys, values, attn_mask=mask)
        told: Tensor = self.out(found.transpose(1, 2).flatten(-2))
        return told


class Layer(nn.Module):
    """Self-attention, attention to the request where asked for, and a feed-forward layer; normalised before."""

    reading: Attention
    reading_norm: nn.LayerNorm
    seeing: Attention
    seeing_norm: nn.LayerNorm

    def __init__(self, width: int, heads: int, *, reads: bool, sees: bool = False) -> None:
        super().__init__()
        self.own, self.own_norm = Attention(width, heads), nn.LayerNorm(width)
        if reads:
            self.reading, self.reading_norm = Attention(width, heads), nn.LayerNorm(width)
        self.sees = sees
        if sees:
            self.seeing, self.seeing_norm = Attention(width, heads), nn.LayerNorm(width)
        self.feed = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )


class Mix(nn.Module):
    """A sum of projections, normalised, through one hidden layer."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm, self.inner, self.outer = nn.LayerNorm(width), nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """[n, width] to [n, width]."""
        mixed: Tensor = x + self.outer(gelu(self.inner(self.norm(x))))
        return mixed


def modules(layers: Iterable[Layer]) -> Sequence[Layer]:
    """Layers as a part of a module, under the type by which they are used."""
    return cast("Sequence[Layer]", nn.ModuleList(layers))


def pooled(values: Tensor, of: Ragged) -> Tensor:
    """The mean of some rows of `values`, for each list; zero for an empty one."""
    if len(of.flat) == 0 or len(of.starts) == 0:
        return torch.zeros(len(of.starts), values.shape[1])
    return embedding_bag(of.flat, values, of.starts, mode="mean")


def positions(length: int, width: int) -> Tensor:
    """Sinusoidal positions, [length, width]."""
    at = torch.arange(length).unsqueeze(1) * torch.exp(torch.arange(0, width, 2) * (-math.log(1000.0) / width))
    return 0.3 * torch.stack([at.sin(), at.cos()], -1).flatten(1)
