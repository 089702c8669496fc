"""The policy: a small transformer over an episode's decisions that points at candidates.

One token a decision, after the words of the request: what is asked, what was chosen before, what the last call showed.
It attends to the words and to the cells shown so far. A candidate is described by its text, its features, the words of
the request that it matches, and the cells and rows in which it was seen; all of these are encoded once, when they are
first met. So a whole episode is trained in one pass, and a step of play costs one token and what is new.

    words ──────────────┐ (self-attention)
      └→ cells → rows ──┤
           └→ candidates ┴→ tokens (attention to those before, to words and to cells) → state → scores, value
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from agentworlds.train.batch import Batch, Ragged
from agentworlds.train.layers import Layer, Mix, modules, pooled, positions
from agentworlds.train.trace import (
    CANDIDATE_FEATURES,
    CELL_FEATURES,
    DECISION_FEATURES,
    KINDS,
    OUTCOMES,
    QUESTIONS,
    RELATION_FEATURES,
    RESULT_FEATURES,
    ROW_FEATURES,
    SOURCES,
    WORD_FEATURES,
)


@dataclass(frozen=True)
class Size:
    """How large a policy is.

    Attributes:
        width: Numbers that describe a token.
        heads: Attention heads.
        word_layers: Self-attention layers over the request.
        layers: Layers over the decisions.
        seeing: Which of these, from 0, also attend to the cells shown so far; others than there are do not count.
        without: Parts of the input that are left out, to see what they are worth: of `INPUTS`.
    """

    width: int = 128
    heads: int = 4
    word_layers: int = 2
    layers: int = 3
    seeing: tuple[int, ...] = (0, 1)
    without: tuple[str, ...] = ()


INPUTS = {
    "phrases": ("phrase",),
    "texts": ("text",),
    "matches": ("cell_words", "candidate_words"),
    "cells": ("candidate_cells", "candidate_first", "result_cells"),
    "rows": ("cell_row", "result_rows"),
    "features": ("word_features", "cell_features", "row_features", "candidate_features"),
    "relations": ("relations",),
    "history": ("previous",),
}
"""What can be left out, and the projections through which it comes; history and cells also come through attention."""


class Scores(NamedTuple):
    """What the policy says of a batch's decisions.

    Attributes:
        logits: Of each pair of a decision and a candidate, [pairs].
        advantages: Of each pair: how much better than usual it is, as two critics see it, [pairs, 2]; with `values` the
            dueling form of action values.
        values: Of each decision: the return to expect, [decisions].
    """

    logits: Tensor
    advantages: Tensor
    values: Tensor


class Policy(nn.Module):
    """Scores the candidates of decisions.

    Args:
        phrase_size: Numbers in a vector of a phrase.
        word_size: Numbers in a vector of a word or value.
        size: How large the network is.
    """

    slopes: Tensor

    def __init__(self, phrase_size: int, word_size: int, size: Size | None = None) -> None:
        super().__init__()
        self.size = size = size or Size()
        width = size.width
        self.phrase, self.text = nn.Linear(phrase_size, width, bias=False), nn.Linear(word_size, width, bias=False)
        self.kind, self.source = nn.Embedding(len(KINDS), width), nn.Embedding(len(SOURCES), width)
        self.question_kind, self.outcome = nn.Embedding(len(QUESTIONS), width), nn.Embedding(len(OUTCOMES), width)
        self.word_features = nn.Linear(WORD_FEATURES, width)
        self.word_layers = modules(Layer(width, size.heads, reads=False) for _ in range(size.word_layers))
        self.word_norm = nn.LayerNorm(width)
        self.cell_features, self.cell_words = nn.Linear(CELL_FEATURES, width), nn.Linear(width, width, bias=False)
        self.cell_mix, self.cell_row = Mix(width), nn.Linear(width, width, bias=False)
        self.row_features, self.row_tool = nn.Linear(ROW_FEATURES, width), nn.Linear(width, width, bias=False)
        self.row_cells, self.row_mix = nn.Linear(width, width, bias=False), Mix(width)
        self.candidate_features = nn.Linear(CANDIDATE_FEATURES, width)
        self.candidate_words = nn.Linear(width, width, bias=False)
        self.candidate_cells, self.candidate_first = (
            nn.Linear(width, width, bias=False),
            nn.Linear(width, width, bias=False),
        )
        self.candidate_mix = Mix(width)
        self.result_features, self.result_rows = nn.Linear(RESULT_FEATURES, width), nn.Linear(width, width, bias=False)
        self.result_cells = nn.Linear(width, width, bias=False)
        self.result_mix = Mix(width)
        self.question, self.about, self.tool = (nn.Linear(width, width, bias=False) for _ in range(3))
        self.previous, self.result = nn.Linear(width, width, bias=False), nn.Linear(width, width, bias=False)
        self.decision_features, self.decision_mix = nn.Linear(DECISION_FEATURES, width), Mix(width)
        self.layers = modules(Layer(width, size.heads, reads=True, sees=at in size.seeing) for at in range(size.layers))
        self.state_norm = nn.LayerNorm(width)
        self.relations, self.pair_norm = nn.Linear(RELATION_FEATURES, width), nn.LayerNorm(width)
        self.pair, self.pair_state = nn.Linear(width, width), nn.Linear(width, width, bias=False)
        self.key, self.query = nn.Linear(width, width, bias=False), nn.Linear(width, width, bias=False)
        self.score, self.advantage = nn.Linear(width, 1, bias=False), nn.Linear(width, 2, bias=False)
        self.sharpness = nn.Parameter(torch.full((2,), 0.05))
        self.detached = True
        """Whether the value head reads the states without moving them."""
        self.value = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, 1))
        nn.init.zeros_(self.advantage.weight)
        for one in self.value[-1].parameters():  # a critic that knows nothing says nothing
            nn.init.zeros_(one)
        for projection in (self.phrase, self.text):  # vectors of texts have length one, features are about one each
            nn.init.normal_(projection.weight, std=0.7)
        for embedding in (self.kind, self.source, self.question_kind, self.outcome):
            nn.init.normal_(embedding.weight, std=0.3)
        for part in size.without:
            self._leave_out(part)
        slopes = torch.tensor([2.0 ** (-8 * (head + 1) / size.heads) for head in range(size.heads)])
        self.register_buffer("slopes", slopes, persistent=False)

    @torch.no_grad()
    def _leave_out(self, part: str) -> None:
        """Shut the projections through which a part of the input comes."""
        shut = [getattr(self, name) for name in INPUTS[part]]
        if part == "history":
            shut += [layer.own.out for layer in self.layers]
        if part == "cells":
            shut += [layer.seeing.out for layer in self.layers if layer.sees]
        for one in shut:
            for values in one.parameters():
                values.zero_()
                values.requires_grad_(False)

    def hidden(self) -> list[nn.Parameter]:
        """The matrices between hidden layers: those that read texts, features or numbers of kinds are none."""
        reading = (self.phrase, self.text, self.kind, self.source, self.question_kind, self.outcome)
        outer = {one.weight for one in reading}
        return [one for one in self.parameters()
                if one.ndim == 2 and min(one.shape) >= self.size.width and one not in outer]  # fmt: skip

    @torch.no_grad()
    def sharpen(self, factor: float) -> None:
        """Multiply all scores of candidates."""
        self.score.weight.mul_(factor)
        self.query.weight.mul_(factor)

    # Encoding, part by part -----------------------------------------------------------------------------

    def read(
        self, words: Tensor, features: Tensor, lengths: Tensor, briefing: Tensor, phrases: Tensor, texts: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Requests: states of their words [episodes, longest, width], and the mask for attending to them."""
        count, longest = words.shape
        x = texts[words] + self.word_features(features) + positions(longest, self.size.width)
        x = x + phrases[briefing].unsqueeze(1)
        padding = torch.arange(longest).unsqueeze(0) >= lengths.unsqueeze(1)
        mask = torch.zeros(count, 1, 1, longest).masked_fill(padding[:, None, None], -1e9)
        for layer in self.word_layers:
            normed = layer.own_norm(x)
            x = x + layer.own(normed, *layer.own.keys(normed), mask)
            x = x + layer.feed(x)
        return self.word_norm(x), mask

    def encode_cells(
        self, cells: Tensor, features: Tensor, of: Ragged, words: Tensor, phrases: Tensor, texts: Tensor
    ) -> Tensor:
        """Values where they stand: [cells, width]. The words come as `cell_words` projects them."""
        x = phrases[cells[:, 0]] + texts[cells[:, 1]] + self.kind(cells[:, 2]) + self.cell_features(features)
        mixed: Tensor = self.cell_mix(x + pooled(words, of))
        return mixed

    def encode_rows(self, rows: Tensor, features: Tensor, of: Ragged, cells: Tensor, phrases: Tensor) -> Tensor:
        """Rows: [rows, width]."""
        x = phrases[rows[:, 0]] + self.row_tool(phrases[rows[:, 1]]) + self.row_features(features)
        mixed: Tensor = self.row_mix(x + self.row_cells(pooled(cells, of)))
        return mixed

    def place_cells(self, cells: Tensor, row_of: Tensor, rows: Tensor) -> Tensor:
        """Cells that know their rows: [cells, width]."""
        if len(rows) == 0:
            return cells
        inside = (row_of >= 0).unsqueeze(1)
        told: Tensor = self.cell_row(rows)[row_of.clamp(min=0)]
        return cells + told * inside

    def encode_candidates(
        self, candidates: Tensor, features: Tensor, seen: Ragged, matched: Ragged, cells: Tensor, words: Tensor,
        phrases: Tensor, texts: Tensor,
    ) -> Tensor:  # fmt: skip
        """Candidates: [candidates, width]. The words come as `candidate_words` projects them."""
        x = (
            phrases[candidates[:, 0]]
            + texts[candidates[:, 1]]
            + self.kind(candidates[:, 2])
            + self.source(candidates[:, 3])
        )
        x = x + self.candidate_features(features) + pooled(words, matched)
        if len(cells):
            lengths = torch.diff(seen.starts, append=torch.tensor([len(seen.flat)]))
            has = (lengths > 0).unsqueeze(1)
            newest = cells[seen.flat[seen.starts.clamp(max=len(seen.flat) - 1)]] * has if len(seen.flat) else 0.0
            x = (
                x
                + self.candidate_cells(pooled(cells, seen))
                + (self.candidate_first(newest) if len(seen.flat) else 0.0)
            )
        mixed: Tensor = self.candidate_mix(x)
        return mixed

    def encode_results(
        self, results: Tensor, features: Tensor, of: Ragged, rows: Tensor, loose: Ragged, cells: Tensor,
        phrases: Tensor, texts: Tensor,
    ) -> Tensor:  # fmt: skip
        """What calls showed, in rows and in cells of none: [calls, width]."""
        x = phrases[results[:, 0]] + self.outcome(results[:, 1]) + texts[results[:, 2]] + self.result_features(features)
        if len(rows):
            x = x + self.result_rows(pooled(rows, of))
        if len(loose.flat):
            x = x + self.result_cells(pooled(cells, loose))
        mixed: Tensor = self.result_mix(x)
        return mixed

    def encode_decisions(
        self, decisions: Tensor, features: Tensor, candidates: Tensor, results: Tensor, phrases: Tensor
    ) -> Tensor:
        """Decisions as tokens: [decisions, width]."""
        x = (
            self.question(phrases[decisions[:, 0]])
            + self.about(phrases[decisions[:, 1]])
            + self.tool(phrases[decisions[:, 2]])
        )
        x = x + self.question_kind(decisions[:, 3]) + self.decision_features(features)
        x = x + self.previous(chosen_of(candidates, decisions[:, 4]))
        if len(results):
            x = x + self.result(chosen_of(results, decisions[:, 5]))
        mixed: Tensor = self.decision_mix(x)
        return mixed

    def cell_keys(
        self, cells: Tensor, places: Tensor, calls: Tensor, now: Tensor
    ) -> tuple[list[tuple[Tensor, Tensor]], Tensor]:
        """Keys and values of the cells, for each layer that sees them, and the mask."""
        count, kept = calls.shape
        found = []
        for layer in self.layers:
            if layer.sees:
                told = torch.zeros(count * kept, 2 * self.size.width).index_copy(0, places, layer.seeing.tell(cells))
                keys, values = told.view(count, kept, -1).chunk(2, -1)
                found.append((layer.seeing.split(keys), layer.seeing.split(values)))
        return found, self.sight(now.unsqueeze(2) - calls.unsqueeze(1))

    def sight(self, since: Tensor) -> Tensor:
        """The mask for attending to cells, from how many calls ago each was seen."""
        ago = since.unsqueeze(1)
        return torch.where(ago < 0, -1e9, -self.slopes[:, None, None] * ago)

    def think(
        self, x: Tensor, words: Tensor, mask: Tensor, cells: list[tuple[Tensor, Tensor]], sight: Tensor
    ) -> Tensor:
        """States after each token of whole episodes, [episodes, steps, width]."""
        steps = x.shape[1]
        distance = torch.arange(steps).unsqueeze(1) - torch.arange(steps).unsqueeze(0)
        past = -self.slopes[:, None, None] * distance.clamp(min=0) + torch.where(distance < 0, -1e9, 0.0)
        seen = iter(cells)
        for layer in self.layers:
            normed = layer.own_norm(x)
            x = x + layer.own(normed, *layer.own.keys(normed), past.unsqueeze(0))
            x = x + layer.reading(layer.reading_norm(x), *layer.reading.keys(words), mask)
            if layer.sees:
                x = x + layer.seeing(layer.seeing_norm(x), *next(seen), sight)
            x = x + layer.feed(x)
        states: Tensor = self.state_norm(x)
        return states

    def describe(self, candidates: Tensor) -> tuple[Tensor, Tensor]:
        """What scoring needs of candidates, whatever the decision: twice [candidates, width]."""
        x = self.pair_norm(candidates)
        return self.pair(x), self.key(x)

    def judge(
        self, states: Tensor, candidates: tuple[Tensor, Tensor], offered: Tensor, decision: Tensor, relations: Tensor
    ) -> Scores:
        """Scores of the pairs of decisions and candidates."""
        hidden = gelu(candidates[0][offered] + self.relations(relations) + self.pair_state(states)[decision])
        matched = (candidates[1][offered] * self.query(states)[decision]).sum(-1) / math.sqrt(self.size.width)
        logits = self.score(hidden).squeeze(-1) + matched
        advantages = self.advantage(hidden) + logits.detach().unsqueeze(-1) * self.sharpness
        seen = states.detach() if self.detached else states
        return Scores(logits, advantages, self.value(seen).squeeze(-1))

    def forward(self, batch: Batch) -> Scores:
        """Scores of all decisions of a batch of episodes."""
        phrases, texts = self.phrase(batch.phrases), self.text(batch.texts)
        words, mask = self.read(batch.words, batch.word_features, batch.lengths, batch.briefing, phrases, texts)
        flat = words.flatten(0, 1)
        cells = self.encode_cells(
            batch.cells, batch.cell_features, batch.cell_words, self.cell_words(flat), phrases, texts
        )
        rows = self.encode_rows(batch.rows, batch.row_features, batch.row_cells, cells, phrases)
        cells = self.place_cells(cells, batch.cells[:, 3], rows)
        candidates = self.encode_candidates(
            batch.candidates, batch.candidate_features, batch.candidate_cells, batch.candidate_words, cells,
            self.candidate_words(flat), phrases, texts,
        )  # fmt: skip
        results = self.encode_results(batch.results, batch.result_features, batch.result_rows, rows, batch.result_cells,
                                      cells, phrases, texts)  # fmt: skip
        tokens = self.encode_decisions(batch.decisions, batch.decision_features, candidates, results, phrases)
        count = len(batch.words)
        padded = torch.zeros(count * batch.steps, tokens.shape[1]).index_copy(0, batch.places, tokens)
        seen, sight = self.cell_keys(cells, batch.cell_places, batch.cell_calls, batch.calls)
        states = self.think(padded.view(count, batch.steps, -1), words, mask, seen, sight).flatten(0, 1)[batch.places]
        return self.judge(states, self.describe(candidates), batch.offered, batch.pair_decision, batch.relations)


def chosen_of(values: Tensor, at: Tensor) -> Tensor:
    """Rows of `values`; zero where the number is -1."""
    return values[at.clamp(min=0)] * (at >= 0).unsqueeze(1)
