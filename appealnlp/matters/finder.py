"""The finder: takes appeals in, links them, and answers who repeats whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from appealnlp.batch.table import Cell
from appealnlp.matters.collect import Entry, collect
from appealnlp.matters.compare import Measures
from appealnlp.matters.grams import Ints
from appealnlp.matters.index import Index
from appealnlp.matters.judge import Judge, load_judge
from appealnlp.matters.links import Links, Span, find_links, matters, time_order
from appealnlp.matters.masking import shown
from appealnlp.matters.news import Ground, ground, news
from appealnlp.matters.periods import day_of
from appealnlp.matters.units import load_units
from appealnlp.matters.wages import DAY

NEW, DUPLICATE, REPEAT = "new", "duplicate", "repeat"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found for one appeal.

    ``kind``: "new" (nothing earlier), "duplicate" (in the words of an earlier one) or "repeat" (the same matter in
    other words); ``matter`` is the id of the first appeal of the matter.
    """

    id: Any
    time: str | None
    area: str | None
    title: str
    matter: Any
    size: int
    kind: str
    earlier: Any = None
    score: float | None = None
    ground: Ground | None = None
    new: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "id": self.id,
            "matter": {
                "id": self.matter, "size": self.size, "kind": self.kind, "earlier": self.earlier, "score": self.score,
                "evidence": None if self.ground is None else self.ground.to_dict(), "new": list(self.new),
            },
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the appeals that were given: how many were there already, how many are of each kind."""

    given: int
    known: int
    kinds: Mapping[str, int]
    matters: int


class Matters:
    """Appeals of one city, linked by matter: the same fact, place and object; never by person.

    Use as a context manager over a folder, which may be kept and opened again: only what is new is compared then.
    """

    def __init__(self, folder: Path, *, judge: Judge | None = None, days: int | None = None) -> None:
        """``days`` is how far apart two appeals of a matter may lie; any time without it.

        Raises InputError when the folder holds an index of another version or model.
        """
        self.index = Index(folder, load_units().name)
        self._judge = judge or load_judge()
        self._seconds = None if days is None else days * DAY
        self._given = self._known = 0

    def __enter__(self) -> Matters:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.index.close()

    def add(self, entries: Iterable[Entry], workers: int = 1) -> None:
        """Take appeals in and link them with all that are there. Call it once after opening."""
        for batch in collect(entries, workers):
            self._given += len(batch.lines)
            self._known += self.index.add(batch)
        index = self.index
        index.settle()
        measures = Measures.of(index.prints, index.prints.counts(), len(index))
        fresh = np.arange(len(index)) >= index.known
        span = Span(index.times, self._seconds)
        found = find_links(measures, self.order, self._judge, span, fresh if index.known else None, max(1, workers))
        index.links = index.links.joined(found)

    def save(self) -> None:
        """Keep the index."""
        self.index.save()

    @cached_property
    def order(self) -> Ints:
        """The rank of each appeal in time."""
        return time_order(self.index.times)

    @cached_property
    def groups(self) -> Ints:
        """For each appeal the number of the first of its matter."""
        return matters(len(self.index), self.index.links, self.order)

    @cached_property
    def sizes(self) -> Ints:
        """For each appeal how many its matter has."""
        return np.bincount(self.groups, minlength=len(self.index))[self.groups]

    @cached_property
    def _best(self) -> tuple[Links, dict[int, int]]:
        best = self.index.links.best()
        return best, {number: place for place, number in enumerate(best.later.tolist())}

    def kind(self, number: int) -> str:
        """new, duplicate or repeat."""
        best, places = self._best
        place = places.get(number)
        if place is None:
            return NEW
        return DUPLICATE if best.wording[place] >= self._judge.resent else REPEAT

    def counts(self) -> Counts:
        """What became of what was given."""
        best, _ = self._best
        fresh = best.later >= self.index.known
        copies = int((fresh & (best.wording >= self._judge.resent)).sum())
        added = len(self.index) - self.index.known
        kinds = {NEW: added - int(fresh.sum()), DUPLICATE: copies, REPEAT: int(fresh.sum()) - copies}
        return Counts(self._given, self._known, kinds, len(np.unique(self.groups)))

    def answers(self) -> Iterator[Answer]:
        """One answer for each appeal that was added, in the order in which they came."""
        for number in range(self.index.known, len(self.index)):
            yield self.answer(number)

    def answer(self, number: int) -> Answer:
        """The answer for one appeal."""
        best, places = self._best
        record, place = self.index.record(number), places.get(number)
        head = (record["id"], day_of(record["time"]), record["area"], shown(title_of(record)))
        matter = self.name(int(self.groups[number]))
        size = int(self.sizes[number])
        if place is None:
            return Answer(*head, matter, size, NEW)
        earlier = self.index.record(int(best.earlier[place]))
        why = ground(record, earlier, best.features[place], float(best.wording[place]))
        score = round(float(best.score[place]), 3)
        more = tuple(news(record, earlier))
        return Answer(*head, matter, size, self.kind(number), self.name(int(best.earlier[place])), score, why, more)

    def name(self, number: int) -> Cell:
        """The id of an appeal, or its number (from 1) where the table has no ids."""
        found = self.index.record(number)["id"]
        return number + 1 if found is None else found


def title_of(record: Mapping[str, Any]) -> str:
    """The masked title, or the opening of the text."""
    words: str = record["text"][: record["head"]].strip()
    return words
