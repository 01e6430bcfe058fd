"""Runs of one, two and three characters as row numbers of the tagger's tables, a whole text in a few array operations.

Only hashed places are known here, never a gram: a place stands for hundreds of possible grams.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from appealnlp.text.points import PLANE, fold_points

Ids = npt.NDArray[np.int64]

BITS = 20
"""Places of a table of hashed grams: 2^20."""
ORDERS = (1, 2, 3)
EDGE = 0
"""Code of what lies before and behind the text."""

_OTHER = 1
"""Code of every character beyond the basic plane."""
_DIGIT, _CAPITAL, _SMALL = ord("0"), ord("A"), ord("a")
_FULL_WIDTH = range(0xFF01, 0xFF5F)
_BLANKS = "\t\r\u3000\u00a0"
_A, _B, _C = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9)
_7, _29, _31 = np.uint64(7), np.uint64(29), np.uint64(31)
_SHIFT = np.uint64(64 - BITS)


@cache
def _folding() -> npt.NDArray[np.uint64]:
    """For each character of the basic plane its folded code: every digit 0, every capital A, every small letter a.

    Full-width forms are half-width ones; blanks are one blank.
    """
    table = np.arange(PLANE, dtype=np.uint64)
    for code in _FULL_WIDTH:
        table[code] = code - 0xFEE0
    for sign in _BLANKS:
        table[ord(sign)] = ord(" ")
    for first, last, folded in (("0", "9", _DIGIT), ("A", "Z", _CAPITAL), ("a", "z", _SMALL)):
        table[(table >= ord(first)) & (table <= ord(last))] = folded
    table[: _OTHER + 1] = _OTHER
    return table


def codes_of(text: str) -> npt.NDArray[np.uint64]:
    """The folded codes of ``text``, two edges behind it."""
    codes = np.zeros(len(text) + 2, np.uint64)
    codes[:-2] = fold_points(text, _folding(), _OTHER)
    return codes


def places(text: str) -> tuple[Ids, Ids, Ids]:
    """For each character of ``text`` the hashed places of the one, two and three characters that begin with it."""
    return places_of(codes_of(text))


def places_of(codes: npt.NDArray[np.uint64]) -> tuple[Ids, Ids, Ids]:
    """The same for codes with two edges behind them."""
    first, second, third = codes[:-2], codes[1:-1], codes[2:]
    two = (second + _7) * _B
    two += first * _A
    three = two ^ (two >> _29)
    three *= _A
    three += third * _C
    three ^= three >> _31
    three *= _B
    two >>= _SHIFT
    three >>= _SHIFT
    return first.view(np.int64), two.view(np.int64), three.view(np.int64)  # all of them below 2^63
