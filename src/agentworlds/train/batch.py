"""Traces as tensors: many episodes at once, flat where they are ragged, with texts turned into vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from agentworlds.train.encoders.encoder import TextEncoder
from agentworlds.train.trace import Trace

NEVER = 1 << 30
"""The call of what is not there."""


class Bank:
    """Vectors of texts, each made once."""

    def __init__(self, encode: Callable[[list[str]], np.ndarray], size: int) -> None:
        self._encode, self.size = encode, size
        self._rows: dict[str, int] = {"": 0}
        self._vectors = torch.zeros(1024, size, dtype=torch.float16)

    def rows(self, texts: Sequence[str]) -> np.ndarray:
        """The row of each text in `vectors`, int64; the empty text has row 0, which is zero."""
        new = [text for text in dict.fromkeys(texts) if text not in self._rows]
        if new:
            made = torch.from_numpy(self._encode(new)).half()
            first = len(self._rows)
            while first + len(new) > len(self._vectors):
                self._vectors = torch.cat([self._vectors, torch.zeros_like(self._vectors)])
            self._vectors[first : first + len(new)] = made
            self._rows.update((text, first + at) for at, text in enumerate(new))
        return np.array([self._rows[text] for text in texts], np.int64)

    def vectors(self, rows: Tensor) -> Tensor:
        """The vectors of some rows, float32 [rows, size]."""
        return self._vectors[rows].float()

    def __len__(self) -> int:
        return len(self._rows)

    def forget(self) -> None:
        """Start again. Rows given before are then void."""
        self._rows = {"": 0}


class Texts:
    """The two banks of an encoder: phrases of schemas, and words."""

    def __init__(self, encoder: TextEncoder) -> None:
        self.encoder = encoder
        self.phrases = Bank(encoder.phrases, encoder.phrase_size)
        self.words = Bank(encoder.words, encoder.word_size)

    def forget(self) -> None:
        """Start again: what follows depends neither on what came before nor on how much it was."""
        self.phrases.forget()
        self.words.forget()


class Ragged(NamedTuple):
    """Lists of row numbers: flat, and where each list begins; as `torch.nn.functional.embedding_bag` takes them."""

    flat: Tensor
    starts: Tensor


class Batch(NamedTuple):
    """What the policy reads of several episodes. Rows, cells … of all episodes lie one after another.

    Attributes:
        phrases: Vectors of the phrases that occur, [phrases, phrase_size]; others refer to them by number.
        texts: Vectors of the texts that occur, [texts, word_size].
        words: Text of each word, [episodes, longest], padded with 0.
        word_features: [episodes, longest, 12].
        lengths: Words of each episode.
        briefing: Phrase of each episode.
        cells: Field's phrase, text, kind, row; [cells, 4]; the row is -1 for none.
        cell_places: Of each cell: `episode * cells_kept + position`, for a padded [episodes, cells_kept]; an episode's
            first place is left free.
        cell_calls: After which call each place is seen, [episodes, cells_kept]: -1 for the first, never for padding.
        calls: How many calls had been made at each decision, less one; [episodes, steps].
        cell_words: Of each cell: words, counted as `episode * longest + position`.
        row_cells: Of each row: its cells.
        decisions: As in `Trace`, [decisions, 6].
        places: Of each decision: `episode * steps + step`, for a padded [episodes, steps].
        steps: The most decisions of an episode.
        offered: The candidate of each pair of a decision and a candidate.
        pair_decision: The decision of each pair.
        offers: Where each decision's pairs begin, and the end; [decisions + 1].
    """

    phrases: Tensor
    texts: Tensor
    words: Tensor
    word_features: Tensor
    lengths: Tensor
    briefing: Tensor
    cells: Tensor
    cell_features: Tensor
    cell_places: Tensor
    cell_calls: Tensor
    cell_words: Ragged
    rows: Tensor
    row_features: Tensor
    row_cells: Ragged
    candidates: Tensor
    candidate_features: Tensor
    candidate_cells: Ragged
    candidate_words: Ragged
    results: Tensor
    result_features: Tensor
    result_rows: Ragged
    result_cells: Ragged
    decisions: Tensor
    decision_features: Tensor
    places: Tensor
    steps: int
    calls: Tensor
    offered: Tensor
    pair_decision: Tensor
    offers: Tensor
    relations: Tensor
    chosen: Tensor
    """The pair that was chosen, of each decision."""
    rewards: Tensor
    episode: Tensor
    """The episode of each decision."""


def collate(traces: Sequence[Trace], texts: Texts) -> Batch:
    """Put traces together."""
    longest, steps = max(len(one.words) for one in traces), max(len(one.chosen) for one in traces)
    kept = 1 + max(len(one.cells) for one in traces)
    calls = np.zeros((len(traces), steps), np.int64)
    cell_calls = np.full((len(traces), kept), NEVER, np.int64)
    cell_calls[:, 0] = -1
    phrase_rows = [texts.phrases.rows(one.phrases) for one in traces]
    text_rows = [texts.words.rows(one.texts) for one in traces]
    all_phrases, phrase_at = np.unique(np.concatenate(phrase_rows), return_inverse=True)
    all_texts, text_at = np.unique(np.concatenate(text_rows), return_inverse=True)
    phrase_of = np.split(phrase_at, np.cumsum([len(one) for one in phrase_rows])[:-1])
    text_of = np.split(text_at, np.cumsum([len(one) for one in text_rows])[:-1])
    words = np.zeros((len(traces), longest), np.int64)
    word_features = np.zeros((len(traces), longest, traces[0].word_features.shape[1]), np.float32)
    columns: dict[str, list[np.ndarray]] = {name: [] for name in (
        "cells", "cell_places", "rows", "candidates", "results", "decisions", "places", "offered", "cell_words",
        "cell_lengths", "row_lengths", "row_cells", "candidate_cells", "candidate_cell_lengths", "candidate_words",
        "candidate_word_lengths", "result_rows", "result_lengths", "result_cells", "result_cell_lengths",
        "pair_lengths",
    )}  # fmt: skip
    cell0 = row0 = candidate0 = result0 = 0
    for at, one in enumerate(traces):
        phrase, text = phrase_of[at], text_of[at]
        words[at, : len(one.words)] = text[one.words]
        word_features[at, : len(one.words)] = one.word_features
        cells, inside = one.cells.astype(np.int64), one.cells[:, 3] >= 0
        columns["row_cells"].append(np.flatnonzero(inside) + cell0)
        columns["row_lengths"].append(np.bincount(one.cells[inside, 3], minlength=len(one.rows)))
        columns["cells"].append(
            np.stack([phrase[cells[:, 0]], text[cells[:, 1]], cells[:, 2], np.where(inside, cells[:, 3] + row0, -1)], 1)
        )
        columns["cell_places"].append(np.arange(len(cells)) + at * kept + 1)
        cell_calls[at, 1 : len(cells) + 1] = cells[:, 4]
        columns["rows"].append(phrase[one.rows])
        candidates = one.candidates
        columns["candidates"].append(
            np.stack([phrase[candidates[:, 0]], text[candidates[:, 1]], candidates[:, 2], candidates[:, 3]], 1)
        )
        columns["cell_words"].append(one.cell_words + at * longest)
        columns["cell_lengths"].append(np.diff(one.cell_offsets))
        columns["candidate_cells"].append(one.candidate_cells + cell0)
        columns["candidate_cell_lengths"].append(np.diff(one.candidate_cell_offsets))
        columns["candidate_words"].append(one.candidate_words + at * longest)
        columns["candidate_word_lengths"].append(np.diff(one.candidate_word_offsets))
        results, decisions = one.results.astype(np.int64), one.decisions.astype(np.int64)
        columns["results"].append(np.stack([phrase[results[:, 0]], results[:, 1], text[results[:, 2]]], 1))
        columns["result_rows"].extend(np.arange(start + row0, end + row0) for start, end in results[:, 3:])
        columns["result_lengths"].append(results[:, 4] - results[:, 3])
        loose = ~inside & (cells[:, 4] >= 0)
        columns["result_cells"].append(np.flatnonzero(loose) + cell0)
        columns["result_cell_lengths"].append(np.bincount(cells[loose, 4], minlength=len(results)))
        columns["decisions"].append(
            np.stack([*(phrase[decisions[:, column]] for column in range(3)), decisions[:, 3],
                      np.where(decisions[:, 4] >= 0, decisions[:, 4] + candidate0, -1),
                      np.where(decisions[:, 5] >= 0, decisions[:, 5] + result0, -1)], 1)
        )  # fmt: skip
        columns["places"].append(np.arange(len(decisions)) + at * steps)
        calls[at, : len(decisions)] = np.maximum.accumulate(decisions[:, 5])
        columns["offered"].append(one.offered + candidate0)
        columns["pair_lengths"].append(np.diff(one.offers))
        cell0, row0 = cell0 + len(cells), row0 + len(one.rows)
        candidate0, result0 = candidate0 + len(candidates), result0 + len(results)
    joined = {name: np.concatenate(arrays).astype(np.int64) if arrays else np.zeros(0, np.int64)
              for name, arrays in columns.items()}  # fmt: skip
    as_tensor = {name: torch.from_numpy(array) for name, array in joined.items()}
    offers = torch.from_numpy(np.concatenate([[0], np.cumsum(joined["pair_lengths"])]))
    number = len(joined["places"])

    def floats(name: str) -> Tensor:
        return torch.from_numpy(np.concatenate([getattr(one, name) for one in traces]).astype(np.float32))

    def ragged(flat: str, lengths: str) -> Ragged:
        return Ragged(as_tensor[flat], torch.from_numpy(starts(joined[lengths])))

    return Batch(
        texts.phrases.vectors(torch.from_numpy(all_phrases)), texts.words.vectors(torch.from_numpy(all_texts)),
        torch.from_numpy(words), torch.from_numpy(word_features), torch.tensor([len(one.words) for one in traces]),
        torch.tensor([int(phrase_of[at][one.briefing]) for at, one in enumerate(traces)]),
        as_tensor["cells"], floats("cell_features"), as_tensor["cell_places"], torch.from_numpy(cell_calls),
        ragged("cell_words", "cell_lengths"),
        as_tensor["rows"], floats("row_features"), ragged("row_cells", "row_lengths"),
        as_tensor["candidates"], floats("candidate_features"), ragged("candidate_cells", "candidate_cell_lengths"),
        ragged("candidate_words", "candidate_word_lengths"),
        as_tensor["results"], floats("result_features"), ragged("result_rows", "result_lengths"),
        ragged("result_cells", "result_cell_lengths"),
        as_tensor["decisions"], floats("decision_features"), as_tensor["places"], steps,
        torch.from_numpy(calls), as_tensor["offered"],
        torch.repeat_interleave(torch.arange(number), as_tensor["pair_lengths"]), offers, floats("relations"),
        offers[:-1] + torch.from_numpy(np.concatenate([one.chosen for one in traces]).astype(np.int64)),
        floats("rewards"),
        torch.repeat_interleave(torch.arange(len(traces)), torch.tensor([len(one.chosen) for one in traces])),
    )  # fmt: skip


def starts(lengths: np.ndarray) -> np.ndarray:
    """Where each of several lists begins, from their lengths."""
    return np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64) if len(lengths) else np.zeros(0, np.int64)
