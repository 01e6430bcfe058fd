"""Where names of divisions stand in a text, by hashes of its windows: a few array operations, no automaton."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from appealnlp.address.gazetteer import Gazetteer, level_of, load_gazetteer
from appealnlp.address.hashing import Keys, windows
from appealnlp.address.stems import LEVELS
from appealnlp.text.hashing import hash_of

Values = npt.NDArray[np.uint64]
LONGEST = 11
_SHORTEST = 2


class NameTable:
    """The hashes of all names and stems of provinces to towns, each with the levels that have it.

    A name in full counts 16 for its level's bit, a stem 1 (two signs at least).
    """

    def __init__(self, gazetteer: Gazetteer) -> None:
        """Built once: ``load_names`` gives the shipped one."""
        masks: dict[int, int] = {}
        for code, name in gazetteer.names(range(4)):
            level = level_of(code)
            stem = gazetteer.stems.split(name, LEVELS[level])[0]
            for word, bit in ((name, 16 << level), (stem, 1 << level)):
                if len(word) >= _SHORTEST:
                    key = hash_of(word)
                    masks[key] = masks.get(key, 0) | bit
        keys = np.array(list(masks), np.uint64)
        order = np.argsort(keys)
        self._keys: Keys = keys[order]
        self._masks = np.array(list(masks.values()), np.uint64)[order]

    def look_up(self, keys: Keys) -> Values:
        """The mask of each key, 0 where it is no name."""
        places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where(self._keys[places] == keys, self._masks[places], np.uint64(0))

    def spans(self, signs: npt.NDArray[np.uint32]) -> tuple[Values, Values, Values]:
        """For each position: the longest name that begins, that ends, and that lies over it (mask and length)."""
        count = len(signs)
        begins, ends, inside = (np.zeros(count, np.uint64) for _ in range(3))
        sizes = windows(signs, LONGEST)
        if len(sizes) < _SHORTEST:
            return begins, ends, inside
        lengths = [len(keys) for keys in sizes[_SHORTEST - 1 :]]
        found = np.split(self.look_up(np.concatenate(sizes[_SHORTEST - 1 :])), np.cumsum(lengths)[:-1])
        for size, masks in enumerate(found, _SHORTEST):
            hits = np.flatnonzero(masks)
            if not len(hits):
                continue
            value = masks[hits] * np.uint64(16) + np.uint64(size)
            begins[hits] = value
            ends[hits + size - 1] = value
            for place in range(size):
                inside[hits + place] = value * np.uint64(16) + np.uint64(place)
        return begins, ends, inside


@cache
def load_names() -> NameTable:
    """The names of the shipped gazetteer; built once a process."""
    return NameTable(load_gazetteer())
