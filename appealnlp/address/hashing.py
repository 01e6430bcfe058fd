"""``hash_of`` for arrays of strings, so that a table of names needs no dictionary of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from appealnlp.text.hashing import PRIME, SEED
from appealnlp.text.points import Points

Keys = npt.NDArray[np.uint64]


def hashes(signs: Points, starts: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]) -> Keys:
    """``hash_of`` of every ``signs[start : start + size]``, by one pass a position."""
    out = np.full(len(starts), SEED, np.uint64)
    wide = signs.astype(np.uint64)
    live = np.arange(len(starts))
    for place in range(int(sizes.max(initial=0))):
        live = live[sizes[live] > place]
        out[live] = (out[live] ^ wide[starts[live] + place]) * np.uint64(PRIME)
    return out


def windows(signs: Points, longest: int) -> list[Keys]:
    """``out[k][i]`` is ``hash_of`` of the ``k + 1`` signs from ``i`` on; shorter by k than the text."""
    wide = signs.astype(np.uint64)
    value = np.full(len(signs), SEED, np.uint64)
    out: list[Keys] = []
    for size in range(1, min(longest, len(signs)) + 1):
        count = len(signs) - size + 1
        value = (value[:count] ^ wide[size - 1 :]) * np.uint64(PRIME)
        out.append(value)
    return out
