"""The linear tier: all heads over one pass of sparse features, with numpy alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from appealnlp.classify.features import Features, Floats, Reading, Vocabulary
from appealnlp.classify.mix import sigmoid, softmax

Bytes = npt.NDArray[np.int8]


@dataclass(frozen=True)
class Head:
    """One decision: its classes in column order, and how its scores become probabilities.

    ``exclusive`` heads share one softmax, others give each class a probability of its own;
    ``temperature`` divides the scores (calibration on folds); ``public`` heads answer, others only compare.
    """

    name: str
    classes: tuple[str, ...]
    temperature: float = 1.0
    exclusive: bool = True
    public: bool = True

    def probabilities(self, scores: Floats) -> Floats:
        """Probabilities of the classes from their raw scores."""
        scaled = scores / self.temperature
        return softmax(scaled) if self.exclusive else sigmoid(scaled)


def columns_of(heads: Sequence[Head]) -> dict[str, slice]:
    """Where the classes of each head stand when the heads stand side by side."""
    found: dict[str, slice] = {}
    first = 0
    for head in heads:
        found[head.name] = slice(first, first + len(head.classes))
        first += len(head.classes)
    return found


class LinearModel:
    """Weights of all heads side by side, in eight bits with one scale a class."""

    def __init__(
        self, vocabulary: Vocabulary, heads: Sequence[Head], weights: Bytes, scales: Floats, bias: Floats
    ) -> None:
        """``weights`` has one row a feature and one column a class of any head; ``scales`` and ``bias`` one a class."""
        self.vocabulary, self.heads = vocabulary, tuple(heads)
        self.weights, self.scales, self.bias = weights, scales, bias
        self._columns = columns_of(self.heads)
        sizes = [len(head.classes) for head in self.heads]
        self._starts, self._head_of = np.cumsum([0, *sizes[:-1]]), np.repeat(np.arange(len(sizes)), sizes)
        self._temperatures = np.repeat(np.array([head.temperature for head in self.heads], np.float32), sizes)
        self._single = np.flatnonzero(np.repeat([not head.exclusive for head in self.heads], sizes))

    def features(self, reading: Reading) -> Features:
        """The sparse row of one appeal."""
        return self.vocabulary.features(reading)

    def raw(self, row: Features) -> Floats:
        """Scores of all classes of all heads."""
        picked = self.weights[row.ids].astype(np.float32)
        scores: Floats = (row.values @ picked) * self.scales + self.bias
        return scores

    def scores(self, reading: Reading) -> dict[str, Floats]:
        """Probabilities of every head, in the order of its classes."""
        shares = self._shares(reading)
        return {name: shares[columns] for name, columns in self._columns.items()}

    def chances(self, reading: Reading) -> dict[str, dict[str, float]]:
        """The same as plain numbers by class."""
        shares = self._shares(reading).tolist()
        columns = self._columns
        return {head.name: dict(zip(head.classes, shares[columns[head.name]], strict=True)) for head in self.heads}

    def _shares(self, reading: Reading) -> Floats:
        """Probabilities of all classes of all heads."""
        # what Head.probabilities does, for all heads in one go: this is the hottest path
        raw = self.raw(self.features(reading)) / self._temperatures
        highest = np.maximum.reduceat(raw, self._starts)
        powers = np.exp(raw - highest[self._head_of])
        shares: Floats = powers / np.add.reduceat(powers, self._starts)[self._head_of]
        shares[self._single] = 1.0 / (1.0 + np.exp(-raw[self._single]))
        return shares

    def contributions(self, row: Features, head: str, label: str) -> Floats:
        """What each feature of the row adds to the score of ``label``; they and the bias sum up to it exactly.

        Raises KeyError for an unknown head, ValueError for an unknown label.
        """
        found = next(item for item in self.heads if item.name == head)
        column = self._columns[head].start + found.classes.index(label)
        shares: Floats = row.values * self.weights[row.ids, column].astype(np.float32) * self.scales[column]
        return shares

    def classes(self) -> Mapping[str, tuple[str, ...]]:
        """The classes of each head."""
        return {head.name: head.classes for head in self.heads}
