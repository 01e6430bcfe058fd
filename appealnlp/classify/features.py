"""Sparse features of masked text: character n-grams of the whole and of the title, and the rules that fired."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import add

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
BLOCKS = ("body", "title", "rule")

_FOLD = {ord(digit): "0" for digit in "123456789"} | {ord(" "): None, ord("\u3000"): None}
MASK = "\ue000"
"""Stands in the text to be read for whatever names a private person; no vocabulary holds it."""


def fold(text: str) -> str:
    """The form of a text that features are read from: small letters, every digit 0, no blanks."""
    return text.lower().translate(_FOLD)


def hide(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """``text`` with mask characters in the place of each span (sorted, not overlapping); the length stays."""
    pieces: list[str] = []
    position = 0
    for start, end in spans:
        pieces += (text[position:start], MASK * (end - start))
        position = end
    return "".join([*pieces, text[position:]]) if pieces else text


def grams(text: str) -> Iterable[str]:
    """Every run of one, two and three characters of a folded text."""
    pairs = list(map(add, text, text[1:]))
    return chain(text, pairs, map(add, pairs, text[2:]))


@dataclass(frozen=True)
class Reading:
    """What the features of one appeal are read from: masked content, masked title, names of the rules that fired."""

    content: str
    title: str = ""
    rules: Sequence[str] = ()


@dataclass(frozen=True)
class Features:
    """A sparse row: column numbers and weights. Each block has length ``weights[block]`` where it is not empty."""

    ids: Ids
    values: Floats


class Vocabulary:
    """The columns of the model: for each block a mapping from a feature to its number, and its inverse frequency."""

    def __init__(self, columns: Mapping[str, Sequence[str]], idf: Floats, weights: Mapping[str, float]) -> None:
        """``columns`` lists the features of each block; together they number the columns from 0.

        ``idf`` has one value a column; ``weights`` is the length that each block gets.
        """
        self.columns = {block: tuple(columns.get(block, ())) for block in BLOCKS}
        self.weights = {block: float(weights.get(block, 1.0)) for block in BLOCKS}
        self.idf = idf
        numbers: dict[str, dict[str, int]] = {}
        first = 0
        for block in BLOCKS:
            numbers[block] = {feature: first + i for i, feature in enumerate(self.columns[block])}
            first += len(self.columns[block])
        self._numbers = numbers
        self.size = first

    def features(self, reading: Reading) -> Features:
        """The sparse row of one appeal: (1 + ln tf) * idf, each block scaled to its length."""
        ids, values = [], []
        for block, found in (
            ("body", grams(fold(reading.content))),
            ("title", grams(fold(reading.title)) if reading.title else ()),
            ("rule", reading.rules),
        ):
            if not found:
                continue
            counts = Counter(map(self._numbers[block].get, found))
            counts.pop(None, None)
            if counts:
                number = np.fromiter(counts.keys(), np.int64, len(counts))
                ids.append(number)
                values.append(self._weigh(block, number, np.fromiter(counts.values(), np.float32, len(counts))))
        if not ids:
            return Features(np.empty(0, np.int64), np.empty(0, np.float32))
        return Features(np.concatenate(ids), np.concatenate(values))

    def _weigh(self, block: str, ids: Ids, counts: Floats) -> Floats:
        values = self.idf[ids] if block == "rule" else (1.0 + np.log(counts)) * self.idf[ids]
        length = float(np.sqrt(values @ values)) if block != "rule" else 1.0
        weighed: Floats = (values * (self.weights[block] / length)).astype(np.float32)
        return weighed

    def name(self, number: int) -> tuple[str, str]:
        """Block and feature of a column."""
        for block in BLOCKS:
            if number < len(self.columns[block]):
                return block, self.columns[block][number]
            number -= len(self.columns[block])
        raise IndexError("no such column")
