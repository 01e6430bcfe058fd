"""Character pairs and triples of many texts at once, as numbers; no string of a text is kept.

A pair of characters is hashed into one of 2**18 buckets, a triple to 32 bits. White space is left out, capital letters
are folded; digits stay, for they tell one road or building from another.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from appealnlp.classify.grams import MASK
from appealnlp.text.points import PLANE, Points, fold_points

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

BUCKET_BITS = 18
BUCKETS = 1 << BUCKET_BITS
HEAD, NAME = 2, 1
"""Flags of a gram: it stands in the title, in the name of a place or unit."""

_GAP = 0
_BREAK = "，。、；：！？,.;:!?…“”\"'‘’《》<>〈〉【】[]{}~～—|/\\·*" + MASK
_GONE = " \t\u3000\u00a0\r\n()（）-_"
_MIX = np.uint64(0x9E3779B97F4A7C15)
_MIX2 = np.uint64(0xC2B2AE3D27D4EB4F)


@cache
def _folding() -> Points:
    """Folded form of each character of the basic plane: small letters, one value for marks, 0 for what is left out."""
    table = np.arange(PLANE, dtype=np.uint32)
    for code in range(ord("A"), ord("Z") + 1):
        table[code] = code + 32
    for char in _BREAK:
        table[ord(char)] = 1
    for char in _GONE:
        table[ord(char)] = _GAP
    return table


def fold(text: str) -> Points:
    """Folded code points of ``text``, as long as it; 0 where a character is left out, 1 for any mark."""
    return fold_points(text, _folding())


class Run:
    """The folded characters of many texts, one behind the other.

    ``owner`` is the number of the text of each character that was kept, ``place`` where it stood in that text.
    """

    __slots__ = ("codes", "count", "owner", "place")

    def __init__(self, texts: Sequence[str]) -> None:
        folded = [fold(text) for text in texts]
        self.count = len(texts)
        lengths = np.array([len(codes) for codes in folded], np.int64)
        codes = np.concatenate(folded) if folded else np.empty(0, np.uint32)
        owner = np.repeat(np.arange(self.count), lengths)
        place = np.arange(len(codes)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        kept = codes != _GAP
        self.codes, self.owner, self.place = codes[kept].astype(np.uint64), owner[kept], place[kept]

    def pairs(self) -> tuple[Ints, Ints]:
        """(where in the run it begins, bucket) of each pair of characters of one text without a mark in it."""
        first, second = self.codes[:-1], self.codes[1:]
        inside = (self.owner[:-1] == self.owner[1:]) & (first > 1) & (second > 1)
        at = np.flatnonzero(inside)
        return at, bucket_of(first[at], second[at])

    def triples(self) -> tuple[Ints, npt.NDArray[np.uint32]]:
        """(owner, hash) of every run of three characters of one text, marks included."""
        if len(self.codes) < 3:
            return np.empty(0, np.int64), np.empty(0, np.uint32)
        same = self.owner[:-2] == self.owner[2:]
        first, second, third = (self.codes[i : len(self.codes) - 2 + i][same] for i in range(3))
        mixed = ((first * _MIX) ^ (second * _MIX2) ^ (third * _MIX * _MIX2)) * _MIX
        return self.owner[:-2][same], (mixed >> np.uint64(32)).astype(np.uint32)


def bucket_of(first: Words, second: Words) -> Ints:
    """The bucket of each pair of folded characters."""
    mixed = (first * _MIX + second) * _MIX2
    mixed ^= mixed >> np.uint64(29)
    return ((mixed * _MIX) >> np.uint64(64 - BUCKET_BITS)).astype(np.int64)


def buckets_of(text: str) -> Ints:
    """The distinct buckets of one text, in order."""
    return np.unique(Run([text]).pairs()[1])
