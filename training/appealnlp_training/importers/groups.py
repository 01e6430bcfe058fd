"""Which imported texts are near-duplicates of each other, so that no split cuts them."""

from __future__ import annotations

import unicodedata
import zlib

import numpy as np
from numpy.typing import NDArray

_SHINGLE = 4
"""Code points of a piece that is compared."""
_BANDS, _ROWS = 16, 4
"""Texts that share three quarters of their pieces meet in one of the bands with 99.7 % probability, half with 64 %."""
_SALTS = np.random.default_rng(20_260).integers(1, 2**62, size=_BANDS * _ROWS, dtype=np.uint64) | np.uint64(1)
_MIX = np.uint64(0x9E37_79B9_7F4A_7C15)
_NEAR = 0.6
"""Least estimated share of equal pieces (Jaccard) of two near-duplicates."""


class Groups:
    """Gives each text the group of the first earlier text that it is nearly equal to, or a group of its own.

    Only hashes are kept. A text near to two groups joins the older one and does not merge them.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._bands: dict[tuple[int, bytes], int] = {}
        self._signatures: list[NDArray[np.uint64]] = []
        self._group: list[str] = []

    def of(self, content: str, id_: str) -> str:
        """The group of a text; a new one is named after ``id_``."""
        signature = _signature(content)
        keys = [(band, signature[band * _ROWS : (band + 1) * _ROWS].tobytes()) for band in range(_BANDS)]
        met = sorted({self._bands[key] for key in keys if key in self._bands})
        near = next((at for at in met if np.mean(self._signatures[at] == signature) >= _NEAR), None)
        place = len(self._signatures)
        self._signatures.append(signature)
        self._group.append(f"{self._prefix}{id_}" if near is None else self._group[near])
        for key in keys:
            self._bands.setdefault(key, place)
        return self._group[place]


def _signature(content: str) -> NDArray[np.uint64]:
    folded = "".join(c for c in unicodedata.normalize("NFKC", content).casefold() if c.isalnum()) or content
    last = max(1, len(folded) - _SHINGLE + 1)
    pieces = {zlib.crc32(folded[at : at + _SHINGLE].encode("utf-8", "replace")) for at in range(last)}
    hashed = np.fromiter(pieces, np.uint64, len(pieces))[:, None] * _MIX
    mixed = (hashed ^ (hashed >> np.uint64(29))) * _SALTS
    smallest: NDArray[np.uint64] = (mixed ^ (mixed >> np.uint64(32))).min(axis=0)
    return smallest
