"""Which of several overlapping candidates stands."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from appealnlp.entities.pattern import Candidate


def _rank(item: Candidate) -> tuple[float, int, int]:
    return -item.score, item.start - item.end, item.start


def _place(item: Candidate) -> tuple[int, int]:
    return item.start, item.end


def settle(found: Iterable[Candidate]) -> list[Candidate]:
    """Candidates that do not overlap, by start: the higher score stands, then the longer, then the earlier one."""
    items = sorted(found, key=_place)
    if all(items[place].end <= items[place + 1].start for place in range(len(items) - 1)):
        return items
    kept: list[Candidate] = []
    starts: list[int] = []
    for item in sorted(items, key=_rank):
        place = bisect_left(starts, item.start)
        if place < len(kept) and kept[place].start < item.end:
            continue
        if place and kept[place - 1].end > item.start:
            continue
        kept.insert(place, item)
        starts.insert(place, item.start)
    return kept
