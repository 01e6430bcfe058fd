"""From scores of tags to spans: the best tag of each character, and where these do not fit together the best path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

OUTSIDE = 0
EDGES = 2
"""So many characters beside a stretch of tags that do not fit together are decided again with it."""
BEGIN, INSIDE, END, SINGLE = range(4)
MARKS = 4
"""Tags are: 0 outside, then for each label 1 + 4 * label + (begin, inside, end, single)."""


class Found(NamedTuple):
    """Characters ``start`` to ``end`` are the label of that number."""

    start: int
    end: int
    label: int


def tag_names(labels: Sequence[str]) -> tuple[str, ...]:
    """The tags in order of their numbers: O, B-PER, I-PER, E-PER, S-PER, ..."""
    return ("O", *(f"{mark}-{label}" for label in labels for mark in "BIES"))


class Decoder:
    """Finds the spans of the best sequence of tags in which every entity begins, goes on and ends."""

    def __init__(self, labels: int) -> None:
        """``labels`` is their number."""
        self._labels = labels
        size = 1 + MARKS * labels
        self._follows = np.zeros((size, size), bool)
        closed = [OUTSIDE, *(1 + MARKS * label + mark for label in range(labels) for mark in (END, SINGLE))]
        opening = [OUTSIDE, *(1 + MARKS * label + mark for label in range(labels) for mark in (BEGIN, SINGLE))]
        self._follows[np.ix_(closed, opening)] = True
        for label in range(labels):
            first = 1 + MARKS * label
            self._follows[np.ix_([first + BEGIN, first + INSIDE], [first + INSIDE, first + END])] = True

    def spans(self, scores: Floats) -> list[Found]:
        """The spans of a text by start; ``scores`` has one row a character and one column a tag."""
        path = scores.argmax(1)
        places = np.flatnonzero(path)
        if not len(places):
            return []
        cuts = np.flatnonzero(np.diff(places) > 1) + 1
        found: list[Found] = []
        for stretch in np.split(places, cuts) if len(cuts) else [places]:
            start, end = int(stretch[0]), int(stretch[-1]) + 1
            if self._fits(path[start:end]):
                found += _spans(path[start:end].tolist(), start)
            else:
                found += self._mended(path, scores, start, end)
        return _apart(found)

    def _fits(self, path: npt.NDArray[np.int64]) -> bool:
        """Whether the tags of a stretch between two characters of no entity fit together."""
        inner = self._follows[path[:-1], path[1:]].all()
        return bool(inner and self._follows[OUTSIDE, path[0]] and self._follows[path[-1], OUTSIDE])

    @staticmethod
    def _mended(path: npt.NDArray[np.int64], scores: Floats, start: int, end: int) -> Iterator[Found]:
        """The best path over a stretch and what it may have missed at its edges."""
        labels = sorted({(tag - 1) // MARKS for tag in path[start:end].tolist()})
        start, end = max(0, start - EDGES), min(len(path), end + EDGES)
        return _spans(best_path(scores[start:end].tolist(), labels), start)


def _apart(found: Sequence[Found]) -> list[Found]:
    """The spans that begin behind those before them: neighbouring stretches may both have been mended."""
    kept: list[Found] = []
    for item in found:
        if not kept or item.start >= kept[-1].end:
            kept.append(item)
    return kept


def _spans(path: Sequence[int], offset: int) -> Iterator[Found]:
    first = 0
    for place, tag in enumerate(path):
        if not tag:
            continue
        label, mark = divmod(tag - 1, MARKS)
        if mark in (BEGIN, SINGLE):
            first = place
        if mark in (END, SINGLE):
            yield Found(offset + first, offset + place + 1, label)


def best_path(scores: Sequence[Sequence[float]], labels: Sequence[int]) -> list[int]:
    """The best sequence of tags that fit together, of those of ``labels``: Viterbi without weights of transitions.

    Time grows with characters times labels; plain floats are faster here than arrays.
    """
    worst = float("-inf")
    closed, closed_tag = 0.0, OUTSIDE
    open_ = {label: (worst, BEGIN) for label in labels}
    before: list[tuple[int, dict[int, int]]] = []
    for row in scores:
        before.append((closed_tag, {label: tag for label, (_, tag) in open_.items()}))
        best, best_tag = closed + row[OUTSIDE], OUTSIDE
        for label in labels:
            first = 1 + MARKS * label
            running, _ = open_[label]
            single, ended = closed + row[first + SINGLE], running + row[first + END]
            if single > best:
                best, best_tag = single, first + SINGLE
            if ended > best:
                best, best_tag = ended, first + END
            begun, inside = closed + row[first + BEGIN], running + row[first + INSIDE]
            open_[label] = (begun, BEGIN) if begun >= inside else (inside, INSIDE)
        closed, closed_tag = best, best_tag
    return _trace(before, closed_tag)


def _trace(before: Sequence[tuple[int, dict[int, int]]], last: int) -> list[int]:
    """The tags from the last one back: a closing tag follows what was open, an opening one what was closed."""
    path: list[int] = []
    tag = last
    for closed_tag, open_ in reversed(before):
        path.append(tag)
        label, mark = divmod(tag - 1, MARKS)
        within = tag != OUTSIDE and mark in (INSIDE, END)
        tag = 1 + MARKS * label + open_[label] if within else closed_tag
    return path[::-1]
