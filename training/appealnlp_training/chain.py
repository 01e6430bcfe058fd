"""Trains a linear-chain conditional random field on hashed features: AdaGrad over small batches, all in numpy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from appealnlp.sequence.chain import LinearChain

Array = npt.NDArray[Any]
_TINY = 1e-8


@dataclass(frozen=True)
class Settings:
    """How to train. ``least``: sequences that must hold a feature; ``penalty``: of half the square of a weight."""

    least: int
    penalty: float
    epochs: int
    rate: float
    batch: int = 48
    seed: int = 7


class Trainer:
    """Weights of the features that enough sequences hold, and how they learn."""

    def __init__(self, keys: Sequence[Array], tags: Sequence[Array], width: int, settings: Settings) -> None:
        """``keys`` [n, F] and ``tags`` [n] of each sequence; ``width`` tags in all."""
        self.settings, self.width = settings, width
        held = np.concatenate([np.unique(item) for item in keys])
        values, counts = np.unique(held, return_counts=True)
        self.keys: Array = values[counts >= settings.least]
        self._rows = [self._known(item) for item in keys]
        self._tags = list(tags)
        count = len(self.keys)
        self.weights = np.zeros((count + 1, width), np.float32)  # the last row is that of unknown features
        self._spent = np.zeros_like(self.weights)
        self.edges = np.zeros((width + 2, width), np.float32)  # moves, then the first and the last tag
        self._spent_edges = np.zeros_like(self.edges)
        self._dice = np.random.default_rng(settings.seed)
        times = np.bincount(np.concatenate([np.unique(rows) for rows in self._rows]), minlength=count + 1)
        self._share = (settings.penalty / np.maximum(times, 1)).astype(np.float32)

    def _known(self, keys: Array) -> Array:
        places = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[places] == keys, places, len(self.keys)).astype(np.int64)

    def run(self, report: Callable[[int, float], None] = lambda _n, _f: None) -> None:
        """Learn for all epochs; ``report`` is told the loss a sequence after each."""
        for epoch in range(self.settings.epochs):
            batches = self._batches()
            losses = [self._step(batches[number]) for number in self._dice.permutation(len(batches))]
            report(epoch + 1, sum(losses) / len(self._rows))

    def _batches(self) -> list[Array]:
        """Numbers of sequences of one length, in small batches."""
        by_length: dict[int, list[int]] = {}
        for number in self._dice.permutation(len(self._rows)).tolist():
            by_length.setdefault(len(self._rows[number]), []).append(number)
        size = self.settings.batch
        return [np.array(found[at : at + size]) for found in by_length.values() for at in range(0, len(found), size)]

    def _step(self, batch: Array) -> float:
        rows = np.stack([self._rows[number] for number in batch])
        tags = np.stack([self._tags[number] for number in batch])
        moves, first, last = self.edges[:-2], self.edges[-2], self.edges[-1]
        lattice = _Lattice(self.weights[rows].sum(2), moves, first, last)
        wrong = lattice.margins.copy()
        every = np.arange(len(tags))[:, None]
        wrong[every, np.arange(tags.shape[1]), tags] -= 1
        edges = np.concatenate([lattice.pairs, wrong[:, :1].sum(0), wrong[:, -1:].sum(0)])
        np.add.at(edges, (tags[:, :-1].ravel(), tags[:, 1:].ravel()), -1)
        self._learn_rows(rows, wrong)
        self._spent_edges += edges * edges
        self.edges -= self.settings.rate * edges / (np.sqrt(self._spent_edges) + _TINY)
        return lattice.total - lattice.gold(tags)

    def _learn_rows(self, rows: Array, wrong: Array) -> None:
        from scipy.sparse import csr_matrix

        touched, places = np.unique(rows, return_inverse=True)
        count = wrong.shape[0] * wrong.shape[1]
        at = np.repeat(np.arange(count), rows.shape[2])
        table = csr_matrix((np.ones(len(at), np.float32), (places.ravel(), at)), (len(touched), count))
        grad = table @ wrong.reshape(count, -1)
        weights = self.weights[touched]
        grad += self._share[touched, None] * weights * len(rows)
        spent = self._spent[touched] + grad * grad
        self._spent[touched] = spent
        weights -= self.settings.rate * grad / (np.sqrt(spent) + _TINY)
        self.weights[touched] = weights
        self.weights[-1] = 0

    def chain(self, tags: Sequence[str]) -> LinearChain:
        """The trained chain with eight-bit weights; keys whose weights all round to nought are left out."""
        weights = self.weights[:-1]
        scales = np.maximum(np.abs(weights).max(0), 1e-6) / 127
        small = np.rint(weights / scales).astype(np.int8)
        kept = np.abs(small).max(1) > 1
        edges = (self.edges[:-2].copy(), self.edges[-2].copy(), self.edges[-1].copy())
        return LinearChain(tuple(tags), self.keys[kept].astype(np.uint32), small[kept], scales, *edges)


class _Lattice:
    """Forward and backward over one batch of scores [B, n, T], scaled at each step."""

    def __init__(self, scores: Array, moves: Array, first: Array, last: Array) -> None:
        self.scores, self.moves, self.first, self.last = scores, moves, first, last
        top = scores.max(2, keepdims=True)
        emit = np.exp(scores - top)
        step, count = np.exp(moves), scores.shape[1]
        ahead, sums = np.empty_like(emit), np.empty(emit.shape[:2], np.float32)
        value = emit[:, 0] * np.exp(first)
        for place in range(count):
            if place:
                value = (ahead[:, place - 1] @ step) * emit[:, place]
            sums[:, place] = value.sum(1)
            ahead[:, place] = value / sums[:, place, None]
        close = np.exp(last)
        ends = ahead[:, -1] @ close
        self.total = float(np.log(sums).sum() + np.log(ends).sum() + top.sum())
        back = np.empty_like(emit)
        back[:, -1] = close / ends[:, None]
        self.pairs = np.zeros_like(moves)
        for place in range(count - 2, -1, -1):
            later = emit[:, place + 1] * back[:, place + 1] / sums[:, place + 1, None]
            back[:, place] = later @ step.T
            self.pairs += ahead[:, place].T @ later
        self.pairs *= step
        self.margins = ahead * back

    def gold(self, tags: Array) -> float:
        """The score of the true paths."""
        every = np.arange(len(tags))[:, None]
        score = self.scores[every, np.arange(tags.shape[1]), tags].sum()
        score += self.moves[tags[:, :-1], tags[:, 1:]].sum() + self.first[tags[:, 0]].sum() + self.last[tags[:, -1]].sum()
        return float(score)
