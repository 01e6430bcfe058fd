"""Prints of appeals: all that is kept of a text for comparing, as arrays. Nothing of a print names a person.

A gram of a print is one number: bucket * 4 + 2 (it stands in the title) + 1 (it stands in the name of a place or unit).
A word is bucket * 4 + how often it occurs (0 once, 1 twice, 2 three or four times, 3 more often).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from appealnlp.matters.grams import BUCKETS, HEAD, NAME, Ints, Run
from appealnlp.matters.language import shipped
from appealnlp.matters.reading import Read
from appealnlp.matters.units import Units
from appealnlp.matters.words import word_bucket, words_of
from appealnlp.text.hashing import MASK_32, PRIME_32, SEED_32, hash_of

MOST_GRAMS, MOST_WORDS = 160, 128
"""Grams and words kept of one text: the rarest ones, by the shipped frequencies; those of title and names first."""
BINS = 60
"""Minima kept of the triples of one text (one-permutation MinHash)."""
MOST_NAMES = 6

_OFTEN = (0, 0, 1, 2, 2, 3, 3, 3, 3)
_EMPTY = np.uint32(0xFFFFFFFF)
_ODD = np.uint32(0x9E3779B1)

Grams = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Prints:
    """Prints of ``len(self)`` appeals.

    ``grams[starts[i]:starts[i + 1]]`` are those of appeal i in order of their buckets, words likewise; ``minima`` has
    one row of BINS 16-bit values each; ``names`` up to MOST_NAMES hashes of bare names each, 0 where there is none;
    ``units`` how likely each unit is to handle it.
    """

    starts: Ints
    grams: Grams
    word_starts: Ints
    words: Grams
    minima: npt.NDArray[np.uint16]
    names: Grams
    units: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.starts) - 1

    @classmethod
    def of(cls, reads: Sequence[Read], units: Units) -> Prints:
        """The prints of texts."""
        run = Run([item.text for item in reads])
        rows = [units.of(item) for item in reads]
        return cls(*_grams(run, reads), *_words(reads), _minima(run), _names(reads), np.array(rows, np.uint8))

    @classmethod
    def joined(cls, parts: Sequence[Prints]) -> Prints:
        """One behind the other; at least one. Empty ones do no harm."""
        full = [part for part in parts if len(part)] or list(parts[:1])
        return cls(
            _starts([part.starts for part in full]),
            np.concatenate([part.grams for part in full]),
            _starts([part.word_starts for part in full]),
            np.concatenate([part.words for part in full]),
            np.concatenate([part.minima for part in full]),
            np.concatenate([part.names for part in full]),
            np.concatenate([part.units for part in full]),
        )

    def counts(self) -> dict[str, npt.NDArray[np.int64]]:
        """How many of these appeals have each bucket of pairs and of words."""
        return {
            "pairs": np.bincount(self.grams >> 2, minlength=BUCKETS),
            "words": np.bincount(self.words >> 2, minlength=BUCKETS),
        }


def _starts(parts: Sequence[Ints]) -> Ints:
    before = np.cumsum([0, *(int(part[-1]) for part in parts[:-1])])
    ends = [part[1:] + more for part, more in zip(parts, before, strict=True)]
    return np.concatenate([np.zeros(1, np.int64), *ends])


def _ends(owner: Ints, count: int) -> Ints:
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(np.bincount(owner, minlength=count))))


def _grams(run: Run, reads: Sequence[Read]) -> tuple[Ints, Grams]:
    at, buckets = run.pairs()
    keys = (run.owner[at] << 32) | (buckets << 2) | _flags(run, reads)[at]
    keys.sort()
    group = keys >> 2
    begin = np.flatnonzero(np.concatenate((np.ones(1, bool), group[1:] != group[:-1])) if len(keys) else keys)
    merged = np.bitwise_or.reduceat(keys, begin) if len(begin) else keys
    owner, grams = merged >> 32, (merged & 0xFFFFFFFF).astype(np.uint32)
    kept = _rarest(owner, grams, run.count)
    return _ends(owner[kept], run.count), grams[kept]


def _flags(run: Run, reads: Sequence[Read]) -> Ints:
    """HEAD and NAME of each character of the run."""
    heads = np.array([item.head for item in reads], np.int64)
    lengths = np.array([len(item.text) for item in reads], np.int64)
    offsets = np.cumsum(lengths) - lengths
    named = np.zeros(int(lengths.sum()), np.int64)
    for offset, item in zip(offsets.tolist(), reads, strict=True):
        for start, end in item.named:
            named[offset + start : offset + end] = NAME
    flags: Ints = np.where(run.place < heads[run.owner], HEAD, 0) | named[run.place + offsets[run.owner]]
    return flags


def _rarest(owner: Ints, grams: Grams, count: int) -> Ints:
    """Places of the MOST_GRAMS rarest grams of each text; those of the title and of names come first."""
    sizes = np.bincount(owner, minlength=count)
    if not len(owner) or sizes.max() <= MOST_GRAMS:
        return np.arange(len(grams))
    rarity = shipped("pairs")[grams >> 2].astype(np.int64) - 256 * ((grams & 3) > 0)
    order = np.lexsort((grams, rarity, owner))
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    kept = order[rank < MOST_GRAMS]
    kept.sort()
    return kept


def _words(reads: Sequence[Read]) -> tuple[Ints, Grams]:
    known = shipped("words").tobytes()  # whose single values are read fast
    rows = []
    for item in reads:
        counted = Counter(map(word_bucket, words_of(item)))
        kept: Iterable[int] = counted
        if len(counted) > MOST_WORDS:
            kept = sorted(counted, key=lambda bucket: (known[bucket], bucket))[:MOST_WORDS]
        rows.append(sorted([bucket * 4 + _OFTEN[min(counted[bucket], 8)] for bucket in kept]))
    sizes = np.array([len(row) for row in rows], np.int64)
    flat = np.array([word for row in rows for word in row], np.uint32)
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes))), flat


def _minima(run: Run) -> npt.NDArray[np.uint16]:
    owner, hashes = run.triples()
    table = np.full((run.count, BINS), _EMPTY, np.uint32)
    keys = ((owner * BINS + (hashes % np.uint32(BINS)).astype(np.int64)) << 32) | hashes
    keys.sort()
    cell = keys >> 32
    first = np.concatenate((np.ones(1, bool), cell[1:] != cell[:-1])) if len(keys) else np.empty(0, bool)
    table.reshape(-1)[cell[first]] = (keys[first] & 0xFFFFFFFF).astype(np.uint32)
    return _filled(table)


def _filled(table: Grams) -> npt.NDArray[np.uint16]:
    """Each empty bin borrows from the next full one, mixed with the distance; a text without triples has zeros."""
    blank = (table == _EMPTY).all(axis=1)
    full = table != _EMPTY
    full[blank] = True
    places = np.arange(BINS)
    # the nearest full bin at or behind each place, going round once
    ahead = np.where(np.concatenate((full, full), axis=1), np.arange(2 * BINS), 4 * BINS)
    nearest = np.minimum.accumulate(ahead[:, ::-1], axis=1)[:, ::-1][:, :BINS]
    distance = (nearest - places).astype(np.uint32)
    values = np.take_along_axis(table, nearest % BINS, axis=1)
    values = np.where(distance > 0, values * _ODD + distance, values)
    short = (values * _ODD >> np.uint32(16)).astype(np.uint16)
    short[blank] = 0
    return short


def _names(reads: Sequence[Read]) -> Grams:
    table = np.zeros((len(reads), MOST_NAMES), np.uint32)
    for row, item in zip(table, reads, strict=True):
        distinct = [name for name, _ in Counter(item.names).most_common(MOST_NAMES)]
        row[: len(distinct)] = [name_hash(name) for name in distinct]
    return table


def name_hash(name: str) -> int:
    """A 32-bit hash of a bare name, never 0, the same in every process."""
    return hash_of(name.casefold(), SEED_32, PRIME_32, MASK_32) or 1
