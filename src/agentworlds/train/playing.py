"""The policy at play: many episodes at once, each step costing one token and what is new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from agentworlds.train.batch import Bank, Ragged, Texts, starts
from agentworlds.train.policy import Policy
from agentworlds.train.trace import WORD_FEATURES
from agentworlds.train.transcript import MOST_WORDS, Transcript

MOST_TEXTS = 100_000
"""Words and values whose vectors are kept from one episode to the next."""


class Opinion(NamedTuple):
    """What the policy says of one decision: arrays over its candidates, and the return to expect."""

    logits: np.ndarray
    advantages: np.ndarray
    value: float


class Shelf:
    """Vectors of several slots, each with a region of its own that grows when it must."""

    def __init__(self, slots: int, width: int, room: int) -> None:
        self.room = room
        self.vectors = torch.zeros(slots, room, width)
        self.used = [0] * slots

    @property
    def flat(self) -> Tensor:
        """[slots * room, width]; number n of a slot lies at `slot * room + n`."""
        return self.vectors.flatten(0, 1)

    def add(self, slot: int, vectors: Tensor) -> None:
        """Append vectors to a slot."""
        while self.used[slot] + len(vectors) > self.room:
            self.vectors = torch.cat([self.vectors, torch.zeros_like(self.vectors)], 1)
            self.room *= 2
        self.vectors[slot, self.used[slot] : self.used[slot] + len(vectors)] = vectors
        self.used[slot] += len(vectors)


class Mind:
    """A policy that follows several episodes, each in a slot.

    Args:
        policy: Whose opinion; its weights must not change meanwhile.
        texts: Vectors of texts.
        slots: How many episodes at once.
    """

    def __init__(self, policy: Policy, texts: Texts, slots: int) -> None:
        self.policy, self.texts, self.slots = policy, texts, slots
        size = policy.size
        self.heads, self.width = size.heads, size.width
        self.cell_words, self.candidate_words = (torch.zeros(slots, MOST_WORDS, size.width) for _ in range(2))
        self.mask = torch.full((slots, 1, 1, MOST_WORDS), -1e9)
        self.readings = [self._memory(MOST_WORDS) for _ in policy.layers]
        self.cells, self.rows = Shelf(slots, size.width, 512), Shelf(slots, size.width, 128)
        self.told = [Shelf(slots, 2 * size.width, 512) for layer in policy.layers if layer.sees]
        """Keys and values of cells, for each layer that sees them; a slot's first place stays free."""
        self.calls = Shelf(slots, 1, 512)
        """After which call each of these is seen."""
        self.candidates, self.pairs, self.keys = (Shelf(slots, size.width, 512) for _ in range(3))
        self.room = 64
        """Decisions of an episode that fit."""
        self.memory = [self._memory(self.room) for _ in policy.layers]
        self.steps = torch.zeros(slots, dtype=torch.int64)
        self.results = [0] * slots
        self.phrase_rows = [np.zeros(0, np.int64) for _ in range(slots)]
        self.text_rows = [np.zeros(0, np.int64) for _ in range(slots)]
        self.phrases, self.values = torch.zeros(0, size.width), torch.zeros(0, size.width)

    def _memory(self, room: int) -> tuple[Tensor, Tensor]:
        shape = self.slots, self.heads, room, self.width // self.heads
        return torch.zeros(shape), torch.zeros(shape)

    def forget(self) -> None:
        """Let go of texts met before when they are many; only between episodes."""
        if len(self.texts.words) > MOST_TEXTS:
            self.texts.words.forget()
            self.values = self.values[:0]

    @torch.no_grad()
    def consider(self, playing: Sequence[tuple[int, Transcript]]) -> list[Opinion]:
        """Opinions about the decisions that several transcripts have just looked at.

        Args:
            playing: Slots with their transcripts; an episode's first decision takes the slot over.
        """
        new = [(slot, one) for slot, one in playing if len(one.decisions) == 1]
        for slot, one in playing:
            self.phrase_rows[slot] = _grown(
                self.phrase_rows[slot], one.phrases.all, self.texts.phrases, len(one.decisions) == 1
            )
            self.text_rows[slot] = _grown(
                self.text_rows[slot], one.texts.all, self.texts.words, len(one.decisions) == 1
            )
        self._project()
        if new:
            self._begin(new)
        self._see(playing)
        self._meet(playing)
        states = self._think(playing)
        pairs = [one.offered.since(len(one.decisions) - 1)[0] for _, one in playing]
        lengths = [len(one) for one in pairs]
        offered = np.concatenate(
            [pair + slot * self.candidates.room for pair, (slot, _) in zip(pairs, playing, strict=True)]
        )
        relations = torch.from_numpy(np.concatenate([one.relations[-1] for _, one in playing]))
        decision = torch.repeat_interleave(torch.arange(len(playing)), torch.tensor(lengths))
        scores = self.policy.judge(
            states, (self.pairs.flat, self.keys.flat), torch.from_numpy(offered), decision, relations
        )
        ends = np.cumsum(lengths)[:-1]
        logits, advantages = np.split(scores.logits.numpy(), ends), np.split(scores.advantages.mean(-1).numpy(), ends)
        return [Opinion(*one) for one in zip(logits, advantages, scores.values.tolist(), strict=True)]

    def _project(self) -> None:
        """Bring vectors of texts met since to the policy's width."""
        phrases, values = self.texts.phrases, self.texts.words
        if len(phrases) > len(self.phrases):
            fresh = self.policy.phrase(phrases.vectors(torch.arange(len(self.phrases), len(phrases))))
            self.phrases = torch.cat([self.phrases, fresh])
        if len(values) > len(self.values):
            fresh = self.policy.text(values.vectors(torch.arange(len(self.values), len(values))))
            self.values = torch.cat([self.values, fresh])

    def _begin(self, new: list[tuple[int, Transcript]]) -> None:
        longest = max(len(one.words) for _, one in new)
        words = np.zeros((len(new), longest), np.int64)
        features = np.zeros((len(new), longest, WORD_FEATURES), np.float32)
        for at, (slot, one) in enumerate(new):
            words[at, : len(one.words)] = self.text_rows[slot][one.words]
            features[at, : len(one.words)] = one.word_features
            for shelf in (self.cells, self.rows, self.candidates, self.pairs, self.keys):
                shelf.used[slot] = 0
            for shelf, none in (*((told, 0.0) for told in self.told), (self.calls, -1.0)):
                shelf.used[slot], shelf.vectors[slot, 0] = 1, none
            self.steps[slot] = self.results[slot] = 0
        briefing = torch.tensor([int(self.phrase_rows[slot][one.briefing]) for slot, one in new])
        lengths = torch.tensor([len(one.words) for _, one in new])
        states, mask = self.policy.read(torch.from_numpy(words), torch.from_numpy(features), lengths, briefing,
                                        self.phrases, self.values)  # fmt: skip
        slots = torch.tensor([slot for slot, _ in new])
        self.cell_words[slots, :longest] = self.policy.cell_words(states)
        self.candidate_words[slots, :longest] = self.policy.candidate_words(states)
        self.mask[slots] = -1e9
        self.mask[slots, :, :, :longest] = mask
        for layer, (keys, values) in zip(self.policy.layers, self.readings, strict=True):
            fresh_keys, fresh_values = layer.reading.keys(states)
            keys[slots, :, :longest], values[slots, :, :longest] = fresh_keys, fresh_values

    def _see(self, playing: Sequence[tuple[int, Transcript]]) -> None:
        """Encode the cells and rows that are new."""
        fresh = [(slot, one, self.cells.used[slot], self.rows.used[slot]) for slot, one in playing
                 if len(one.cells) > self.cells.used[slot]]  # fmt: skip
        if not fresh:
            return
        cells, features, words, word_lengths, row_of = [], [], [], [], []
        rows, row_features, row_cells, row_lengths = [], [], [], []
        cell0 = row0 = 0
        for slot, one, first_cell, first_row in fresh:
            new = np.array(one.cells[first_cell:], np.int64)
            place = np.where(new[:, 3] >= 0, new[:, 3] - first_row, -1)
            count = len(one.rows) - first_row
            cells.append(np.stack([self.phrase_rows[slot][new[:, 0]], self.text_rows[slot][new[:, 1]], new[:, 2]], 1))
            features.extend(one.cell_features[first_cell:])
            flat, offsets = one.cell_words.since(first_cell)
            words.append(flat + slot * MOST_WORDS)
            word_lengths.append(np.diff(offsets))
            row_of.append(np.where(place >= 0, place + row0, -1))
            row_cells.append(np.flatnonzero(place >= 0) + cell0)
            row_lengths.append(np.bincount(place[place >= 0], minlength=count))
            if count:
                rows.append(self.phrase_rows[slot][np.array(one.rows[first_row:], np.int64)])
                row_features.extend(one.row_features[first_row:])
            cell0, row0 = cell0 + len(new), row0 + count
        made = self.policy.encode_cells(_tensor(cells), torch.tensor(features), _ragged(words, word_lengths),
                                        self.cell_words.flatten(0, 1), self.phrases, self.values)  # fmt: skip
        if row0:
            made_rows = self.policy.encode_rows(
                _tensor(rows), torch.tensor(row_features), _ragged(row_cells, row_lengths), made, self.phrases
            )
        else:
            made_rows = torch.zeros(0, self.width)
        made = self.policy.place_cells(made, torch.from_numpy(np.concatenate(row_of)), made_rows)
        calls = torch.tensor([[cell[4]] for _, one, first, _ in fresh for cell in one.cells[first:]])
        told = [layer.seeing.tell(made) for layer in self.policy.layers if layer.sees]
        cell0 = row0 = 0
        for slot, one, first_cell, first_row in fresh:
            count, row_count = len(one.cells) - first_cell, len(one.rows) - first_row
            of_cells = [(self.cells, made), (self.calls, calls), *zip(self.told, told, strict=True)]
            for shelf, vectors in of_cells:
                shelf.add(slot, vectors[cell0 : cell0 + count])
            self.rows.add(slot, made_rows[row0 : row0 + row_count])
            cell0, row0 = cell0 + count, row0 + row_count

    def _meet(self, playing: Sequence[tuple[int, Transcript]]) -> None:
        """Encode the candidates that are new."""
        fresh = [(slot, one, self.candidates.used[slot]) for slot, one in playing
                 if len(one.candidates) > self.candidates.used[slot]]  # fmt: skip
        if not fresh:
            return
        candidates, features, seen, seen_lengths, matched, matched_lengths = [], [], [], [], [], []
        for slot, one, first in fresh:
            new = np.array(one.candidates[first:], np.int64)
            candidates.append(
                np.stack([self.phrase_rows[slot][new[:, 0]], self.text_rows[slot][new[:, 1]], new[:, 2], new[:, 3]], 1)
            )
            features.extend(one.candidate_features[first:])
            flat, offsets = one.candidate_cells.since(first)
            seen.append(flat + slot * self.cells.room)
            seen_lengths.append(np.diff(offsets))
            flat, offsets = one.candidate_words.since(first)
            matched.append(flat + slot * MOST_WORDS)
            matched_lengths.append(np.diff(offsets))
        made = self.policy.encode_candidates(
            _tensor(candidates), torch.tensor(features), _ragged(seen, seen_lengths), _ragged(matched, matched_lengths),
            self.cells.flat, self.candidate_words.flatten(0, 1), self.phrases, self.values,
        )  # fmt: skip
        pairs, keys = self.policy.describe(made)
        at = 0
        for slot, one, first in fresh:
            count = len(one.candidates) - first
            for shelf, vectors in ((self.candidates, made), (self.pairs, pairs), (self.keys, keys)):
                shelf.add(slot, vectors[at : at + count])
            at += count

    def _think(self, playing: Sequence[tuple[int, Transcript]]) -> Tensor:
        """The state at each decision, [decisions, width]."""
        policy = self.policy
        slots = torch.tensor([slot for slot, _ in playing])
        decisions = np.array([one.decisions[-1] for _, one in playing], np.int64)
        tokens = torch.from_numpy(decisions)
        for at, (slot, _) in enumerate(playing):
            tokens[at, :3] = torch.from_numpy(self.phrase_rows[slot][decisions[at, :3]])
            tokens[at, 4] += slot * self.candidates.room if decisions[at, 4] >= 0 else 0
        results = self._results(playing, tokens)
        features = torch.tensor([one.decision_features[-1] for _, one in playing])
        x = policy.encode_decisions(tokens, features, self.candidates.flat, results, self.phrases).unsqueeze(1)
        steps = self.steps[slots]
        longest = int(steps.max()) + 1
        if longest > self.room:
            self.memory = [(_doubled(keys), _doubled(values)) for keys, values in self.memory]
            self.room *= 2
        distance = steps.unsqueeze(1) - torch.arange(longest)
        past = -policy.slopes[None, :, None, None] * distance.clamp(min=0)[:, None, None, :]
        past = past + torch.where(distance < 0, -1e9, 0.0)[:, None, None, :]
        everywhere = len(playing) == self.slots and bool((slots == torch.arange(self.slots)).all())
        of = slice(None) if everywhere else slots
        most = max(len(one.words) for _, one in playing)
        mask = self.mask[of, :, :, :most]
        seen, sight = self._cell_keys(playing, of)
        for layer, (keys, values), (read_keys, read_values) in zip(
            policy.layers, self.memory, self.readings, strict=True
        ):
            normed = layer.own_norm(x)
            new_keys, new_values = layer.own.keys(normed)
            keys[slots, :, steps], values[slots, :, steps] = new_keys.squeeze(2), new_values.squeeze(2)
            x = x + layer.own(normed, keys[of, :, :longest], values[of, :, :longest], past)
            x = x + layer.reading(layer.reading_norm(x), read_keys[of, :, :most], read_values[of, :, :most], mask)
            if layer.sees:
                x = x + layer.seeing(layer.seeing_norm(x), *next(seen), sight)
            x = x + layer.feed(x)
        self.steps[slots] += 1
        states: Tensor = policy.state_norm(x).squeeze(1)
        return states

    def _cell_keys(
        self, playing: Sequence[tuple[int, Transcript]], of: Any
    ) -> tuple[Iterator[tuple[Tensor, Tensor]], Tensor]:
        """Keys and values of the cells, for each layer that sees them, and the mask."""
        used = torch.tensor([self.calls.used[slot] for slot, _ in playing])
        most = int(used.max())
        now = torch.tensor([len(one.results) - 1 for _, one in playing])
        since = now.unsqueeze(1) - self.calls.vectors[of, :most, 0]
        since = since.masked_fill(torch.arange(most) >= used.unsqueeze(1), -1)
        kept = (one.vectors[of, :most].chunk(2, -1) for one in self.told)
        split = self.policy.layers[0].own.split
        return ((split(keys), split(values)) for keys, values in kept), self.policy.sight(since.unsqueeze(1))

    def _results(self, playing: Sequence[tuple[int, Transcript]], tokens: Tensor) -> Tensor:
        """Encode the last result of each episode whose decision follows one; the tokens then refer to these."""
        found: list[np.ndarray] = []
        features, rows, lengths, loose, loose_lengths = [], [], [], [], []
        for at, (slot, one) in enumerate(playing):
            if one.decisions[-1][5] < 0:
                continue
            phrase, outcome, text, start, end = one.results[-1]
            tokens[at, 5] = len(found)
            found.append(np.array([[self.phrase_rows[slot][phrase], outcome, self.text_rows[slot][text]]], np.int64))
            features.append(one.result_features[-1])
            rows.append(np.arange(start, end) + slot * self.rows.room)
            lengths.append(np.array([end - start]))
            alone = one.loose.get(len(one.results) - 1, [])
            loose.append(np.array(alone, np.int64) + slot * self.cells.room)
            loose_lengths.append(np.array([len(alone)]))
        if not found:
            return torch.zeros(0, self.width)
        return self.policy.encode_results(
            _tensor(found),
            torch.tensor(features),
            _ragged(rows, lengths),
            self.rows.flat,
            _ragged(loose, loose_lengths),
            self.cells.flat,
            self.phrases,
            self.values,
        )


def _grown(known: np.ndarray, texts: list[str], bank: Bank, anew: bool) -> np.ndarray:
    """The rows of a transcript's texts, with those that came since."""
    first = 0 if anew else len(known)
    if first == len(texts):
        return known
    fresh = bank.rows(texts[first:])
    return fresh if anew else np.concatenate([known, fresh])


def _doubled(kept: Tensor) -> Tensor:
    """Keys or values with as much room again, [slots, heads, 2 * room, width / heads]."""
    return torch.cat([kept, torch.zeros_like(kept)], 2)


def _tensor(arrays: list[np.ndarray]) -> Tensor:
    return torch.from_numpy(np.concatenate(arrays))


def _ragged(flat: list[np.ndarray], lengths: list[np.ndarray]) -> Ragged:
    return Ragged(_tensor(flat), torch.from_numpy(starts(np.concatenate(lengths))))
