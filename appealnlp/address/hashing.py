"""One hash for strings and for arrays of strings, so that a table of names needs no dictionary of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]
Signs = npt.NDArray[np.uint32]
SEED, PRIME = 0xCBF29CE484222325, 0x100000001B3
_MASK = (1 << 64) - 1


def signs_of(text: str) -> Signs:
    """Code points of ``text``; lone surrogates are code points like others."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def hash_of(text: str) -> int:
    """FNV-1a over code points, 64 bits."""
    value = SEED
    for sign in text:
        value = ((value ^ ord(sign)) * PRIME) & _MASK
    return value


def hashes(signs: Signs, starts: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> Keys:
    """``hash_of`` of every ``signs[start : start + size]``, by one pass a position."""
    out = np.full(len(starts), SEED, np.uint64)
    wide = signs.astype(np.uint64)
    live = np.arange(len(starts))
    for place in range(int(sizes.max(initial=0))):
        live = live[sizes[live] > place]
        out[live] = (out[live] ^ wide[starts[live] + place]) * np.uint64(PRIME)
    return out


def windows(signs: Signs, longest: int) -> list[Keys]:
    """``out[k][i]`` is ``hash_of`` of the ``k + 1`` signs from ``i`` on; shorter by k than the text."""
    wide = signs.astype(np.uint64)
    value = np.full(len(signs), SEED, np.uint64)
    out: list[Keys] = []
    for size in range(1, min(longest, len(signs)) + 1):
        count = len(signs) - size + 1
        value = (value[:count] ^ wide[size - 1 :]) * np.uint64(PRIME)
        out.append(value)
    return out
