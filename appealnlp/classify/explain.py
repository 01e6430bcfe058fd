"""Which words carry a decision of the linear model: exact contributions, put together where they overlap."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from appealnlp.analysis import Reason
from appealnlp.classify.features import GRAM_BLOCKS, Floats, Reading
from appealnlp.classify.grams import LONGEST, fold_codes
from appealnlp.classify.linear import LinearModel

Weighted = tuple[int, int, float]

_MARKS = re.compile("[，。！？；：、,.!?;:\n]")


def character_weights(model: LinearModel, reading: Reading, head: str, label: str) -> Floats:
    """What each character of the reading's content adds to the score of ``label``.

    The share of a feature is divided evenly among its occurrences, and within each among its characters, so that the
    sum over all characters is the sum over all character features. Title features count at the title.
    """
    row = model.features(reading)
    order = row.ids.argsort()
    known, shares = row.ids[order], model.contributions(row, head, label)[order]
    codes = fold_codes(reading.content)
    places = np.flatnonzero(codes)
    folded = np.zeros(len(places), np.float64)
    for block in GRAM_BLOCKS:  # the title opens the content, so its characters have the same numbers there
        columns, starts, lengths = model.vocabulary.occurrences(block, reading.text(block))
        feature = known.searchsorted(columns)  # all of them are in the row
        each = shares[feature] / (np.bincount(feature)[feature] * lengths)
        for step in range(LONGEST):
            longer = lengths > step
            np.add.at(folded, starts[longer] + step, each[longer])
    weights = np.zeros(len(reading.content), np.float32)
    weights[places] = folded
    return weights


def heaviest(weights: Floats, text: str, count: int = 5, longest: int = 24) -> list[Weighted]:
    """The passages (start, end, weight) that add most, heaviest first: runs of positive weight between marks.

    A passage never crosses a punctuation mark and is at most ``longest`` characters long.
    """
    found: list[Weighted] = []
    values = weights.tolist()  # plain numbers: each is looked at by itself
    ends = [*(match.start() for match in _MARKS.finditer(text)), len(text)]
    start = 0
    for end in ends:
        if end > start:
            found.append(_densest(values, start, end, longest))
        start = end + 1
    found = [item for item in found if item[2] > 0]
    return sorted(found, key=lambda item: -item[2])[:count]


def _densest(weights: Sequence[float], start: int, end: int, longest: int) -> Weighted:
    """The run within ``start:end`` whose weights sum up highest (Kadane), cut to ``longest``."""
    best = (start, start + 1, weights[start])
    here, begin = 0.0, start
    for place in range(start, end):
        if here <= 0 or place - begin >= longest:
            here, begin = 0.0, place
        here += weights[place]
        if here > best[2]:
            best = (begin, place + 1, here)
    return best


def reasons(model: LinearModel, reading: Reading, head: str, label: str) -> tuple[Reason, ...]:
    """The heaviest passages for a label; offsets in the reading's content."""
    weights = character_weights(model, reading, head, label)
    text = reading.content
    return tuple(Reason(a, b, text[a:b], round(weight, 4)) for a, b, weight in heaviest(weights, text))
