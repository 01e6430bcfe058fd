"""A small convolutional tagger over hashed columns: embeddings, dilated convolutions, Viterbi; numpy alone.

It holds no vocabulary: a column gives a number at each position, and each number a row of a table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from appealnlp.sequence.path import Floats, best_path

Columns = npt.NDArray[np.int64]
_SMALL = 1e-5


@dataclass(frozen=True)
class Layer:
    """A convolution over three positions ``step`` apart: ``weight`` [3 * in, out], ``bias`` [out].

    ``scale`` and ``shift`` [out] normalise the sum of input and output; the first layer has none.
    """

    weight: Floats
    bias: Floats
    step: int = 1
    scale: Floats | None = None
    shift: Floats | None = None

    def __call__(self, values: Floats) -> Floats:
        """[n, in] to [n, out]."""
        count, width = values.shape
        padded = np.zeros((count + 2 * self.step, width), np.float32)
        padded[self.step : self.step + count] = values
        spread = np.concatenate([padded[shift * self.step : shift * self.step + count] for shift in range(3)], axis=1)
        out: Floats = np.maximum(spread @ self.weight + self.bias, 0)
        if self.scale is None or self.shift is None:
            return out
        out += values
        out -= out.mean(axis=1, keepdims=True)
        out /= np.sqrt((out * out).mean(axis=1, keepdims=True) + _SMALL)
        return out * self.scale + self.shift


@dataclass(frozen=True)
class ConvolutionTagger:
    """``tables`` has one embedding [rows, width] for each column; ``head`` [in, T] scores the tags."""

    tags: tuple[str, ...]
    tables: tuple[Floats, ...]
    layers: tuple[Layer, ...]
    head: Floats
    bias: Floats
    moves: Floats
    first: Floats
    last: Floats

    def scores(self, columns: Columns) -> Floats:
        """[n, T] from the numbers [n, columns]; a number beyond its table is an error of the caller."""
        parts = [table[columns[:, place]] for place, table in enumerate(self.tables)]
        values = np.concatenate(parts, axis=1)
        for layer in self.layers:
            values = layer(values)
        out: Floats = values @ self.head + self.bias
        return out

    def decode(self, columns: Columns) -> list[int]:
        """The best tags (numbers) of n positions. Time grows with n."""
        return best_path(self.scores(columns), self.moves, self.first, self.last) if len(columns) else []


def tagger_of(tags: Sequence[str], tensors: Mapping[str, npt.NDArray[np.generic]]) -> ConvolutionTagger:
    """A tagger from named arrays, as ``arrays_of`` gives them. Raises KeyError for a missing one, ValueError."""
    found = {name: np.ascontiguousarray(value, np.float32) for name, value in tensors.items()}
    tables = tuple(found[f"table.{place}"] for place in range(_count(found, "table.")))
    layers = []
    for place in range(_count(found, "weight.")):
        more = (found[f"scale.{place}"], found[f"shift.{place}"]) if place else (None, None)
        layers.append(Layer(found[f"weight.{place}"], found[f"bias.{place}"], 2 ** max(place - 1, 0), *more))
    tagger = ConvolutionTagger(
        tuple(tags), tables, tuple(layers),
        found["head"], found["head_bias"], found["moves"], found["first"], found["last"],
    )  # fmt: skip
    if tagger.head.shape[1] != len(tagger.tags) or tagger.moves.shape != (len(tagger.tags),) * 2:
        raise ValueError(f"weights are for {tagger.head.shape[1]} tags, the list has {len(tagger.tags)}")
    return tagger


def _count(found: Mapping[str, Floats], prefix: str) -> int:
    return sum(name.startswith(prefix) for name in found)
