"""Names of places and units from their endings: what stands between the last boundary and an ending is the name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from appealnlp.entities.pattern import Candidate

_LONG, _BARE = 0.65, 0.5  # scores of names of more and of at most _SHORT signs
_SHORT = 3
_REACH = 40


@dataclass(frozen=True, slots=True)
class Head:
    """An ending; the keys of names.yaml explain the fields."""

    rule: str
    label: str
    subtype: str | None
    low: int
    high: int
    bare: bool = False
    division: bool = False
    part: bool = False
    poi: bool = False
    number: bool = False
    soft: bool = False
    """True where the ending may stand in the middle of a longer name (国际 in 大光国际旅游公司)."""
    before: bool = False
    """True where the ending is no part of the name that it betrays (…业主)."""
    opener: bool = False
    """True for a name of its own: a division of the gazetteer or an anonymous one."""


Mark = tuple[int, int, Head]
"""Start and end of an ending, and which it is."""


@dataclass(slots=True)
class _Open:
    """A name that may still grow to the right."""

    start: int
    end: int
    head: Head

    @property
    def is_place(self) -> bool:
        return self.head.subtype is None


@dataclass(frozen=True, slots=True)
class NameGrammar:
    """Joins endings to names. ``tail`` continues a place by its numbers, ``spots`` names a point between two places."""

    tail: re.Pattern[str]
    spots: re.Pattern[str]
    joins: frozenset[str]
    points: tuple[str, ...]
    branches: tuple[str, ...]
    generic: frozenset[str]
    counts: frozenset[str]
    leads: frozenset[str]
    place: str

    def read(self, text: str, begin: int, marks: list[Mark]) -> list[Candidate]:
        """The names in a stretch without boundary that begins at ``begin``; ``marks`` are its endings in order."""
        if len(marks) == 1:  # by far the most frequent
            single = self._begin(text, begin, *marks[0])
            return [self._finish(text, single)] if single is not None else []
        found: list[Candidate] = []
        name: _Open | None = None
        free = begin  # what comes from here on belongs to no ending yet
        for start, end, head in marks:
            if start < free:
                continue
            grown = self._grow(text, name, free, start, end, head)
            if name is not None and (grown is None or grown.start >= name.end):
                found.append(self._finish(text, name))
            name, free = grown, end
        if name is not None:
            found.append(self._finish(text, name))
        return found

    def _grow(self, text: str, name: _Open | None, free: int, start: int, end: int, head: Head) -> _Open | None:
        """The open name after this ending; what stands between ``free`` and the ending is its proper part."""
        own = start - free
        if name is None or not self._continues(name, own, head):
            return self._begin(text, free, start, end, head)
        last = name.head
        if name.is_place and head.subtype is not None and own and not (last.division or last.soft):
            return self._begin(text, free, start, end, head)
        return _Open(name.start, start if head.before else end, head)

    @staticmethod
    def _continues(name: _Open, own: int, head: Head) -> bool:
        if head.opener:
            return own == 0 and name.head.opener and name.is_place
        if own > head.high:
            return False
        if head.before:
            return name.head.opener and own > 1
        if name.is_place:
            return own > 0 or head.subtype is not None or head.poi or not name.head.division
        return head.subtype is not None and (own == 0 or head.part)

    def _begin(self, text: str, free: int, start: int, end: int, head: Head) -> _Open | None:
        own = start - free
        if head.opener or (head.bare and (own == 0 or own > head.high)):
            return _Open(start, end, head)
        if own > head.low and text[free] in self.leads:
            free, own = free + 1, own - 1
        if head.number or not max(head.low, 1) <= own <= head.high or self._is_generic(text[free:start]):
            return None
        return _Open(free, start if head.before else end, head)

    def _is_generic(self, own: str) -> bool:
        """Whether the proper part names nothing: a number of things or a mere kind."""
        return own in self.generic or all(sign in self.counts for sign in own)

    def _finish(self, text: str, name: _Open) -> Candidate:
        """The name as a candidate, a place with the numbers and the spot that follow it."""
        end, head = name.end, name.head
        if head.subtype is None:
            for more in (self.tail, self.spots):
                found = more.match(text, end, end + _REACH)
                if found is not None:
                    end = found.end()
        score = _LONG if end - name.start > _SHORT else _BARE
        return Candidate(name.start, end, head.label, head.subtype, head.rule, score)

    def join(self, text: str, found: list[Candidate]) -> list[Candidate]:
        """Two places with one point between them (A路与B路交汇处) become one, and so do a firm and its branch."""
        out: list[Candidate] = []
        for item in found:
            last = out[-1] if out else None
            if last and (self._meets(text, last, item) or self._branches(text, last, item)):
                out[-1] = last._replace(end=item.end, score=_LONG)
            else:
                out.append(item)
        return out

    def _meets(self, text: str, first: Candidate, second: Candidate) -> bool:
        return (
            second.start == first.end + 1
            and first.label == second.label == self.place
            and text[first.end] in self.joins
            and text.endswith(self.points, second.start, second.end)
        )

    def _branches(self, text: str, first: Candidate, second: Candidate) -> bool:
        return (
            first.end == second.start
            and first.subtype == second.subtype is not None
            and text.endswith(self.branches, second.start, second.end)
        )


def grammar_of(data: Mapping[str, Any]) -> NameGrammar:
    """The grammar of names.yaml."""
    return NameGrammar(
        tail=re.compile(data["tail"]),
        spots=re.compile(data["spots"]),
        joins=frozenset(data["joins"]),
        points=tuple(data["points"]),
        branches=tuple(data["branches"]),
        generic=frozenset(data["generic"]),
        counts=frozenset(data["counts"]),
        leads=frozenset(data["leads"]),
        place=data["label"]["addr"],
    )


def heads_of(data: Mapping[str, Any]) -> Iterator[tuple[str, Head]]:
    """Every ending of names.yaml with its word; scoped ones also with their prefix."""
    labels = data["label"]
    for row in data["heads"]:
        kind = row["kind"]
        head = Head(
            rule=row["id"], label=labels[kind], subtype=None if labels[kind] == labels["addr"] else kind,
            low=row["min"], high=row["max"], bare=bool(row.get("bare")), division=bool(row.get("division")),
            part=bool(row.get("part")), poi=bool(row.get("poi")), number=bool(row.get("number")),
            soft=bool(row.get("soft")), before=bool(row.get("before")),
        )  # fmt: skip
        for word in row["words"]:
            yield word, head
            for prefix in row.get("prefixes", ()):
                yield prefix + word, head
