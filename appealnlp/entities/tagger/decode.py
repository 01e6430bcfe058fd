"""From scores of tags to spans: the best tag of each character, and where these do not fit together the best path."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Tags = npt.NDArray[np.int64]

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
        marks = (np.arange(size) - 1) % MARKS
        self._opens, self._closes = np.isin(marks, (BEGIN, SINGLE)), np.isin(marks, (END, SINGLE))
        self._opens[OUTSIDE] = self._closes[OUTSIDE] = False
        self._label = (np.arange(size) - 1) // MARKS

    def spans(self, scores: Floats) -> list[Found]:
        """The spans of a text by start; ``scores`` has one row a character and one column a tag."""
        path = scores.argmax(1)
        edged = np.zeros(len(path) + 2, np.int64)  # nothing before and behind the text
        edged[1:-1] = path
        misfits = (~self._follows[edged[:-1], edged[1:]]).nonzero()[0].tolist()
        return _apart(list(self._mixed(path, scores, misfits))) if misfits else list(self._read(path, 0))

    def _mixed(self, path: Tags, scores: Floats, misfits: list[int]) -> Iterator[Found]:
        """The spans where some characters do not fit behind the one before: the stretches around them are mended.

        ``misfits`` are those characters, in order; the length of the text stands for its end.
        """
        tags = path.tolist()
        done, place = 0, 0
        while place < len(misfits):
            start, end = _stretch(tags, misfits[place])
            yield from self._read(path[done:start], done)
            yield from self._mended(tags, scores, start, end)
            done = end
            place = bisect_right(misfits, end, place)
        yield from self._read(path[done:], done)

    def _read(self, path: Tags, offset: int) -> Iterator[Found]:
        """The spans of tags that fit together, so that the n-th beginning and the n-th end are of one span."""
        starts = self._opens[path].nonzero()[0] + offset
        last = self._closes[path].nonzero()[0]
        return map(Found, starts.tolist(), (last + (offset + 1)).tolist(), self._label[path[last]].tolist())

    def _mended(self, tags: Sequence[int], scores: Floats, start: int, end: int) -> Iterator[Found]:
        """The best path over a stretch and what it may have missed at its edges."""
        labels = sorted({(tag - 1) // MARKS for tag in tags[start:end]})
        start, end = max(0, start - EDGES), min(len(tags), end + EDGES)
        return self._read(np.array(best_path(scores[start:end].tolist(), labels)), start)


def _stretch(tags: Sequence[int], misfit: int) -> tuple[int, int]:
    """The stretch of tags that are not outside around a character that does not fit behind the one before it."""
    start = end = misfit
    while start > 0 and tags[start - 1]:
        start -= 1
    while end < len(tags) and tags[end]:
        end += 1
    return start, end


def _apart(found: Sequence[Found]) -> list[Found]:
    """The spans that begin behind those before them: neighbouring stretches may both have been mended."""
    kept: list[Found] = []
    for item in found:
        if not kept or item.start >= kept[-1].end:
            kept.append(item)
    return kept


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
