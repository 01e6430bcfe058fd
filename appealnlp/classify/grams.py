"""Character n-grams as numbers, so that a whole text is read by a few array operations.

A gram of one to three folded characters is one 64-bit key: 21 bits a character, the first in the highest place.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from appealnlp.text.points import PLANE, code_points, fold_points

Keys = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int64]

LONGEST = 3
MASK = "\ue000"
"""Stands in the text to be read for whatever names a private person; no vocabulary holds it."""

TITLE = np.int64(-(2**63))
"""Marks the key of a title's gram: its highest bit, which no character reaches, so that it is below zero."""

_BITS = 21
_GONE = " \t\u3000\u00a0"
_DIGITS = "0123456789"
_MARKS = dict(zip("，。！；：？（）、", ",.!;:?(),", strict=True))
"""Marks of Chinese text and what stands for them where somebody types in a hurry."""


@cache
def _folding() -> npt.NDArray[np.int64]:
    """For each character of the basic plane its folded form: small letters, every digit 0, plain marks.

    0 stands for what is left out.
    """
    table = np.arange(PLANE, dtype=np.int64)
    for code in range(PLANE):
        small = chr(code).lower()
        if len(small) == 1:
            table[code] = ord(small)
    for char in _DIGITS:
        table[ord(char)] = ord("0")
    for char, plain in _MARKS.items():
        table[ord(char)] = ord(plain)
    for char in _GONE:
        table[ord(char)] = 0
    return table


def fold_codes(text: str) -> Codes:
    """The folded code points of ``text``; 0 where a character is left out."""
    return fold_points(text, _folding())


def keys_of(codes: Codes, title: int | None = None) -> Keys:
    """Keys of every run of one, two and three folded characters, as often as they occur, unordered.

    Those that begin at ``title`` or behind it are marked as a title's.
    """
    single = codes << (2 * _BITS)
    if title is not None:
        single[title:] |= TITLE
    pairs = single[:-1] | (codes[1:] << _BITS)
    return np.concatenate((single, pairs, pairs[:-1] | codes[2:]))


def counted(text: str) -> tuple[Keys, npt.NDArray[np.int64]]:
    """The distinct keys of ``text`` in order, and how often each occurs."""
    codes = fold_codes(text)
    return _tally(keys_of(codes[codes > 0]))


def counted_apart(text: str, title: str) -> tuple[Keys, npt.NDArray[np.int64]]:
    """The same for two texts in one go; the keys of ``title`` are marked (see ``TITLE``), so that they come first."""
    if not title:
        return counted(text)
    codes = fold_codes(f"{text}{MASK}{title}")  # a gram that runs over from one into the other holds the mask
    kept = codes > 0
    codes, size = codes[kept], int(np.count_nonzero(kept[: len(text)]))
    return _tally(keys_of(codes, size))


def _tally(keys: Keys) -> tuple[Keys, npt.NDArray[np.int64]]:
    keys.sort()
    if not len(keys):
        return keys, keys
    changes = (keys[1:] != keys[:-1]).nonzero()[0]
    ends = np.empty(len(changes) + 2, np.int64)
    ends[0], ends[1:-1], ends[-1] = -1, changes, len(keys) - 1
    return keys[ends[1:]], ends[1:] - ends[:-1]


def text_of(key: int) -> str:
    """The gram behind a key."""
    mask = (1 << _BITS) - 1
    codes = [(key >> shift) & mask for shift in (2 * _BITS, _BITS, 0)]
    return "".join(chr(code) for code in codes if code)


def keys_of_grams(grams: Sequence[str]) -> Keys:
    """The keys of grams that are folded already, one each. Raises ValueError for one that is too long or empty."""
    if not all(1 <= len(gram) <= LONGEST for gram in grams):
        raise ValueError(f"a gram has one to {LONGEST} characters")
    padded = "".join(gram.ljust(LONGEST, "\0") for gram in grams)
    codes = code_points(padded).astype(np.int64)
    columns = codes.reshape(-1, LONGEST)
    keys: Keys = (columns[:, 0] << (2 * _BITS)) | (columns[:, 1] << _BITS) | columns[:, 2]
    return keys
