"""What two prints have in common, for many pairs at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from appealnlp.matters.blocks import blocks
from appealnlp.matters.grams import BUCKET_BITS, BUCKETS, HEAD, NAME, Ints
from appealnlp.matters.language import weights
from appealnlp.matters.prints import Grams, Prints

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

FEATURES = (
    "title_in_text",  # weight of the pairs of characters of a title that the other text has; the smaller of two ways
    "title_in_text_best",  # the larger
    "words",  # cosine of the words outside names, rarer and repeated ones weighing more
    "names",  # cosine of the pairs of characters in names of places, units and objects
    "units",  # how far the units agree that would handle the two
)
"""The features of a pair, in the order in which the judge weighs them; all lie between 0 and 1."""

TITLE_NAMES = "title_names"
"""One more column: weight of the names in a title that the other text has, the larger of two ways; 1 where not both
titles name a place or unit. 0 also where both texts name places and next to nothing of them is common (cosine below
APART). Near 0 the two are about other places, and however alike they are, they are no one matter."""
APART = 0.08

_OFTEN = 1.0 + np.log(np.array([1.0, 2.0, 4.0, 8.0], np.float32))
_OF_SIDE = 3
"""Bits of a key for its side and for what a value says of its bucket."""
_BLOCK = 1 << 32 - BUCKET_BITS - _OF_SIDE
"""Pairs compared at once: as many as have a number in what a 32-bit key has left."""


@dataclass(frozen=True)
class Measures:
    """What comparing needs of all prints: a weight for each bucket and, for each print, squares of lengths."""

    prints: Prints
    weight: Floats
    word_weight: Floats
    title: Floats
    name: Floats
    title_name: Floats
    word: Floats

    @classmethod
    def of(cls, prints: Prints, counts: dict[str, npt.NDArray[np.int64]], appeals: int) -> Measures:
        """``counts`` says how many of ``appeals`` appeals have each bucket."""
        weight, word_weight = (weights(kind, counts[kind], appeals) for kind in ("pairs", "words"))
        square = np.square(weight)[prints.grams >> 2]
        title, name = ((prints.grams & flag) > 0 for flag in (HEAD, NAME))
        words = np.square(_word_values(word_weight, prints.words))
        return cls(
            prints, weight, word_weight, _sums(square * title, prints.starts), _sums(square * name, prints.starts),
            _sums(square * (title & name), prints.starts), _sums(words, prints.word_starts),
        )  # fmt: skip


def compared(measures: Measures, first: Ints, second: Ints, workers: int = 1) -> Floats:
    """One row of FEATURES and TITLE_NAMES for each pair of numbers of prints; any order of the two gives the same.

    ``workers`` threads share the pairs.
    """
    rows = blocks(len(first), _BLOCK, workers, lambda part: _block(measures, first[part], second[part]))
    return np.concatenate(rows) if rows else np.empty((0, len(FEATURES) + 1), np.float32)


def same_words(prints: Prints, first: Ints, second: Ints) -> Floats:
    """The share of triples of characters that two texts have in common (Jaccard index), estimated."""
    agreeing: Floats = (prints.minima[first] == prints.minima[second]).mean(axis=1, dtype=np.float32)
    return agreeing


def _block(measures: Measures, first: Ints, second: Ints) -> Floats:
    prints = measures.prints
    pair, one, other = _shared(prints.starts, prints.grams, first, second)
    square = np.square(measures.weight)[one >> 2]

    def total(kept: npt.NDArray[np.bool_]) -> Doubles:
        found: Doubles = np.bincount(pair, square * kept, minlength=len(first)).astype(np.float64)
        return found

    there = _ratio(total((one & HEAD) > 0), measures.title[first])
    back = _ratio(total((other & HEAD) > 0), measures.title[second])
    named = _ratio(total(((one | other) & NAME) > 0), np.sqrt(measures.name[first] * measures.name[second]))
    columns = [np.minimum(there, back), np.maximum(there, back), _words(measures, first, second), named]
    columns.append(_units(prints, first, second))
    a, b = measures.title_name[first], measures.title_name[second]
    whole = HEAD | NAME
    met = np.maximum(_ratio(total((one & whole) == whole), a), _ratio(total((other & whole) == whole), b))
    apart = (measures.name[first] > 0) & (measures.name[second] > 0) & (named < APART)
    columns.append(np.where(apart, 0.0, np.where((a > 0) & (b > 0), met, 1.0)))
    rows: Floats = np.clip(np.stack(columns, axis=1), 0.0, 1.0).astype(np.float32)
    return rows


def _words(measures: Measures, first: Ints, second: Ints) -> Doubles:
    prints = measures.prints
    pair, one, other = _shared(prints.word_starts, prints.words, first, second)
    product = _word_values(measures.word_weight, one) * _word_values(measures.word_weight, other)
    common = np.bincount(pair, product, minlength=len(first)).astype(np.float64)
    return _ratio(common, np.sqrt(measures.word[first] * measures.word[second]))


def _units(prints: Prints, first: Ints, second: Ints) -> Doubles:
    a, b = prints.units[first].astype(np.float32), prints.units[second].astype(np.float32)
    lengths = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    return _ratio((a * b).sum(axis=1).astype(np.float64), lengths)


def _word_values(weight: Floats, words: Grams) -> Floats:
    values: Floats = weight[words >> 2] * _OFTEN[words & 3]
    return values


def _sums(values: Floats, starts: Ints) -> Floats:
    total = np.concatenate((np.zeros(1), np.cumsum(values, dtype=np.float64)))
    return (total[starts[1:]] - total[starts[:-1]]).astype(np.float32)


def _ratio(above: Doubles, below: Floats) -> Doubles:
    return above / np.maximum(below, 1e-6) * (below > 0)


def _shared(starts: Ints, values: Grams, first: Ints, second: Ints) -> tuple[Ints, Grams, Grams]:
    """For each bucket that both of a pair have: the number of the pair, and the value in the one and the other.

    Pair, bucket, side and what a value says of its bucket make one 32-bit key; sorted, the two sides of a bucket that
    both have stand next to each other. That takes half the time of looking the keys of one side up among the other's.
    """
    keys = np.concatenate((_keys(starts, values, first, 0), _keys(starts, values, second, 1)))
    keys.sort()
    at = np.flatnonzero(np.diff(keys >> _OF_SIDE) == 0)
    one, other = keys[at], keys[at + 1]
    return (one >> _OF_SIDE + BUCKET_BITS).astype(np.int64), _value(one), _value(other)


def _keys(starts: Ints, values: Grams, which: Ints, side: int) -> Grams:
    begins = starts[which]
    sizes = starts[which + 1] - begins
    pair = np.repeat(np.arange(len(which), dtype=np.uint32), sizes)
    places = np.arange(len(pair)) + np.repeat(begins - (np.cumsum(sizes) - sizes), sizes)
    found = values[places]
    keys: Grams = pair << BUCKET_BITS + _OF_SIDE | found >> 2 << _OF_SIDE | side << 2 | found & 3
    return keys


def _value(keys: Grams) -> Grams:
    return ((keys >> _OF_SIDE & BUCKETS - 1) << 2 | keys & 3).astype(np.uint32, copy=False)
