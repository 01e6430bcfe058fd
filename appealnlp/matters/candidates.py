"""Which pairs of appeals are worth comparing: those that share a key, each with those shortly before it.

Keys are bands of minima (near-duplicate wording), bare names, and the rarest pairs of characters of the title. The work
grows with the number of appeals, not with its square: an appeal meets at most WINDOW earlier ones under each key, and
of all those only the BEST by a cheap score are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from appealnlp.matters.blocks import blocks
from appealnlp.matters.compare import Floats, Measures, same_words
from appealnlp.matters.grams import HEAD, Ints
from appealnlp.matters.prints import BINS, Prints

BAND = 3
"""Minima a band: two texts that share half of their triples agree in one of 20 bands with probability 0.93."""
TITLE_KEYS = 6
RARE = 6.0
"""Weight from which a pair of characters is rare: one appeal in four hundred has it."""
WINDOWS = {"band": 4, "name": 12, "title": 8}
BEST = 6
PROMISING = 0.9
"""Of the cheap score; what lies below is hardly ever of one matter (under one in a hundred of the links)."""
_BLOCK = 1 << 15
_NO_KEY = 0

Keys = npt.NDArray[np.uint64]


def candidates(
    measures: Measures, order: Ints, fresh: npt.NDArray[np.bool_] | None = None, workers: int = 1
) -> tuple[Ints, Ints]:
    """(later, earlier) numbers of prints, sorted; at most BEST earlier ones for each.

    ``order`` is the rank of each print in time; an appeal meets those of lower rank. With ``fresh`` only pairs with a
    fresh print in them are formed: the others have been compared before. ``workers`` threads share the work.
    """
    with ThreadPoolExecutor(workers) as pool:
        kinds = pool.map(lambda item: list(_under(item[1], order, WINDOWS[item[0]], fresh)), _keys(measures))
        found = [pairs for kind in kinds for pairs in kind]
    packed, shared = np.unique(np.concatenate(found), return_counts=True) if found else (np.empty(0, np.int64),) * 2
    later, earlier = packed >> 32, packed & 0xFFFFFFFF
    return _best(later, earlier, _cheap(measures.prints, later, earlier, shared, workers))


def _keys(measures: Measures) -> Iterator[tuple[str, Keys]]:
    """Columns of keys, one value a print; 0 for none. Columns of a kind share their keys."""
    prints = measures.prints
    for band in range(BINS // BAND):
        part = prints.minima[:, band * BAND : (band + 1) * BAND].astype(np.uint64)
        yield "band", (part[:, 0] << np.uint64(32) | part[:, 1] << np.uint64(16) | part[:, 2])[:, None]
    yield "name", prints.names.astype(np.uint64)
    yield "title", _title_keys(measures)


def _title_keys(measures: Measures) -> Keys:
    """The rarest pairs of characters of each title."""
    prints = measures.prints
    weight = measures.weight[prints.grams >> 2]
    at = np.flatnonzero(((prints.grams & HEAD) > 0) & (weight >= RARE))
    owner = np.searchsorted(prints.starts, at, side="right") - 1
    order = np.lexsort((prints.grams[at], -weight[at], owner))
    sizes = np.bincount(owner, minlength=len(prints))
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    kept = rank < TITLE_KEYS
    table = np.zeros((len(prints), TITLE_KEYS), np.uint64)
    table[owner[order][kept], rank[kept]] = (prints.grams[at[order[kept]]] >> 2).astype(np.uint64) + np.uint64(1)
    return table


def _under(keys: Keys, order: Ints, window: int, fresh: npt.NDArray[np.bool_] | None) -> Iterator[Ints]:
    """later << 32 | earlier for prints that share a key and stand at most ``window`` apart among those that have it."""
    owner = np.repeat(np.arange(len(keys)), keys.shape[1])
    flat = keys.reshape(-1)
    used = flat != _NO_KEY
    flat, owner = flat[used], owner[used]
    sort = np.lexsort((order[owner], flat))
    flat, owner = flat[sort], owner[sort]
    for step in range(1, window + 1):
        same = (flat[step:] == flat[:-step]) & (owner[step:] != owner[:-step])
        later, earlier = owner[step:][same], owner[:-step][same]
        if fresh is not None:
            new = fresh[later] | fresh[earlier]
            later, earlier = later[new], earlier[new]
        yield (later << 32) | earlier


def _cheap(prints: Prints, later: Ints, earlier: Ints, shared: Ints, workers: int) -> npt.NDArray[np.float32]:
    """A score that orders the candidates of one appeal: keys they share, units that would handle them, wording."""

    def scored(part: slice) -> Floats:
        a, b = later[part], earlier[part]
        units = np.einsum("ij,ij->i", prints.units[a].astype(np.float32), prints.units[b].astype(np.float32))
        found: Floats = np.minimum(shared[part], 8) / 4 + units / 255.0**2 + 4 * same_words(prints, a, b)
        return found.astype(np.float32)

    return np.concatenate([np.empty(0, np.float32), *blocks(len(later), _BLOCK, workers, scored)])


def _best(later: Ints, earlier: Ints, score: npt.NDArray[np.float32]) -> tuple[Ints, Ints]:
    good = np.flatnonzero(score >= PROMISING)
    later, earlier, score = later[good], earlier[good], score[good]
    sort = np.lexsort((earlier, -score, later))
    later, earlier = later[sort], earlier[sort]
    sizes = np.bincount(later)
    rank = np.arange(len(later)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return later[rank < BEST], earlier[rank < BEST]
