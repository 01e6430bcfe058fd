"""What two prints have in common, for many pairs at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from appealnlp.matters.grams import HEAD, NAME, Ints
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
_BLOCK = 50_000


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


def compared(measures: Measures, first: Ints, second: Ints) -> Floats:
    """One row of FEATURES and TITLE_NAMES for each pair of numbers of prints; any order of the two gives the same."""
    blocks = [slice(begin, begin + _BLOCK) for begin in range(0, len(first), _BLOCK)]
    rows = [_block(measures, first[part], second[part]) for part in blocks]
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
    """For each bucket that both of a pair have: the number of the pair, and the value in the one and the other."""
    pair_a, a = _gathered(starts, values, first)
    pair_b, b = _gathered(starts, values, second)
    keys_a = (pair_a << 20) | (a >> 2).astype(np.int64)
    keys_b = (pair_b << 20) | (b >> 2).astype(np.int64)
    at = np.searchsorted(keys_b, keys_a)
    at[at == len(keys_b)] = 0
    met = keys_b[at] == keys_a if len(keys_b) else np.zeros(len(keys_a), bool)
    return pair_a[met], a[met], b[at[met]]


def _gathered(starts: Ints, values: Grams, which: Ints) -> tuple[Ints, Grams]:
    """The values of prints one behind the other, with the place of the print in ``which``."""
    sizes = starts[which + 1] - starts[which]
    owner = np.repeat(np.arange(len(which)), sizes)
    inside = np.arange(len(owner)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return owner, values[starts[which][owner] + inside]
