"""Tables of grams, layers of neighbours, tags: the whole text in a few products of matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Layer:
    """Reads ``reach`` neighbours on either side: ``weights`` has (2 * reach + 1) * inputs rows, one column a unit."""

    weights: Floats
    bias: Floats
    reach: int

    def __call__(self, state: Floats) -> Floats:
        """Values for all but the outermost ``reach`` positions of ``state`` (positions, inputs), none below zero.

        ``state`` lies in one piece, row by row.
        """
        width = 2 * self.reach + 1
        rows, inputs = len(state) - width + 1, state.shape[1]
        # a row is what stands from one position on: as_strided does the same, in twelve times the time
        seen: Floats = np.ndarray((rows, width * inputs), np.float32, state, 0, state.strides)
        out: Floats = np.dot(seen, self.weights)
        out += self.bias
        return np.maximum(out, 0.0, out=out)


class Network:
    """Scores of the tags of every character. Holds nothing of a text."""

    def __init__(self, tables: Sequence[Floats], layers: Sequence[Layer], weights: Floats, bias: Floats) -> None:
        """``tables`` have one row a gram that is known, row 0 (zeros) for all others; ``weights`` one column a tag."""
        self._tables, self._layers = tuple(tables), tuple(layers)
        self._weights, self._bias = weights, bias
        self._edge = sum(layer.reach for layer in layers)

    def scores(self, rows: Sequence[Ids]) -> Floats:
        """Scores (characters, tags); ``rows`` are the rows of each table, one a character."""
        size, edge = len(rows[0]), self._edge
        first = self._tables[0]
        state = np.zeros((size + 2 * edge, first.shape[1]), np.float32)
        inner = state[edge : edge + size]
        first.take(rows[0], 0, out=inner, mode="clip")
        for table, ids in zip(self._tables[1:], rows[1:], strict=True):
            inner += table.take(ids, 0)
        for layer in self._layers:
            state = layer(state)
        scores: Floats = np.dot(state, self._weights)
        scores += self._bias
        return scores
