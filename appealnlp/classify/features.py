"""Sparse features of masked text: character n-grams of the whole and of the title, and the rules that fired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from appealnlp.classify.grams import LONGEST, MASK, TITLE, Keys, counted_apart, fold_codes, keys_of, keys_of_grams

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]
GRAM_BLOCKS = ("body", "title")
BLOCKS = (*GRAM_BLOCKS, "rule")
_BY_KEY = ("title", "body")
"""The blocks of grams in the order of their keys, those of the title marked."""
_BEYOND = np.int64(2**63 - 1)
"""A key behind that of any gram, so that every search ends at a place."""


def hide(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """``text`` with mask characters in the place of each span (sorted, not overlapping); the length stays."""
    pieces: list[str] = []
    position = 0
    for start, end in spans:
        pieces += (text[position:start], MASK * (end - start))
        position = end
    return "".join([*pieces, text[position:]]) if pieces else text


@dataclass(frozen=True)
class Reading:
    """What the features of one appeal are read from: masked content, masked title, names of the rules that fired."""

    content: str
    title: str = ""
    rules: Sequence[str] = ()
    framed: tuple[int, int] | None = None
    """Where the body says something, without greeting and courtesies; None where that was not looked for."""

    def text(self, block: str) -> str:
        """The text whose grams a block counts."""
        return self.title if block == "title" else self.content


@dataclass(frozen=True)
class Features:
    """A sparse row: column numbers and weights. Each block of grams has the length that the vocabulary gives it."""

    ids: Ids
    values: Floats


class Vocabulary:
    """The columns of the model: for each block its features in order, and the inverse frequency of each."""

    def __init__(self, columns: Mapping[str, Sequence[str]], idf: Floats, weights: Mapping[str, float]) -> None:
        """``columns`` lists the features of each block (grams in the order of their keys); they number the columns.

        ``idf`` has one value a column; ``weights`` is the length that each block gets.
        Raises ValueError when grams are out of order, or a number of values does not fit.
        """
        self.columns = {block: tuple(columns.get(block, ())) for block in BLOCKS}
        self.weights = {block: float(weights.get(block, 1.0)) for block in BLOCKS}
        self.idf = idf
        sizes = [len(self.columns[block]) for block in BLOCKS]
        self._first = dict(zip(BLOCKS, np.cumsum([0, *sizes[:-1]]).tolist(), strict=True))
        self.size = sum(sizes)
        self._keys = {block: keys_of_grams(self.columns[block]) for block in GRAM_BLOCKS}
        self._known = np.concatenate([self._keys["title"] | TITLE, self._keys["body"], [_BEYOND]])
        self._column = np.concatenate([self._first[name] + np.arange(len(self._keys[name])) for name in _BY_KEY])
        self._rules = {name: self._first["rule"] + i for i, name in enumerate(self.columns["rule"])}
        if len(idf) != self.size or any((np.diff(keys) <= 0).any() for keys in self._keys.values()):
            raise ValueError("the vocabulary is out of order")

    def features(self, reading: Reading) -> Features:
        """The sparse row of one appeal: (1 + ln tf) * idf, each block of grams scaled to its length."""
        keys, counts = counted_apart(reading.content, reading.title)
        places = self._known.searchsorted(keys)
        met = self._known[places] == keys
        places = places[met]
        ids = self._column[places]
        values = (np.float32(1) + np.log(counts[met].astype(np.float32))) * self.idf[ids]
        begin = int(places.searchsorted(len(self._keys["title"])))  # of the body: the title's grams come first
        for block, part in (("title", values[:begin]), ("body", values[begin:])):
            length = float(np.sqrt(part @ part))
            if length:
                part *= np.float32(self.weights[block] / length)
        rules = [number for name in reading.rules if (number := self._rules.get(name)) is not None]
        ruled = np.full(len(rules), self.weights["rule"], np.float32)
        return Features(
            np.concatenate((ids[begin:], ids[:begin], np.array(rules, np.int64))),
            np.concatenate((values[begin:], values[:begin], ruled)),
        )

    def occurrences(self, block: str, text: str) -> tuple[Ids, Ids, Ids]:
        """Every gram of ``text`` that the block knows: columns, places among the folded characters, lengths."""
        codes = fold_codes(text)
        codes = codes[codes > 0]
        if not len(codes) or not len(self._keys[block]):
            nothing = np.empty(0, np.int64)
            return nothing, nothing, nothing
        keys = keys_of(codes)
        sizes = [max(0, len(codes) - short) for short in range(LONGEST)]
        starts = np.concatenate([np.arange(size) for size in sizes])
        lengths = np.repeat(np.arange(1, LONGEST + 1), sizes)
        ids, met = self._look_up(block, keys)
        return ids, starts[met], lengths[met]

    def _look_up(self, block: str, keys: Keys) -> tuple[Ids, npt.NDArray[np.bool_]]:
        """The columns of the keys that the block knows, and which of ``keys`` they are; the block is not empty."""
        known = self._keys[block]
        places = known.searchsorted(keys)
        places[places == len(known)] = 0  # beyond the last key: no place, and the first key is not that one
        met = known[places] == keys
        return places[met] + self._first[block], met

    def name(self, number: int) -> tuple[str, str]:
        """Block and feature of a column."""
        for block in reversed(BLOCKS):
            if number >= self._first[block]:
                return block, self.columns[block][number - self._first[block]]
        raise IndexError("no such column")
