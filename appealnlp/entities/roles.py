"""Which part an entity plays: where it happened, who is complained of, who wrote, who dealt with it, who shall act.

The rules are data (entities/data/roles.yaml), the roles a scheme file (schemes/data/roles.yaml).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from appealnlp.analysis import Entity
from appealnlp.entities.loader import DATA
from appealnlp.evidence.finder import Evidence
from appealnlp.schemes.files import Document
from appealnlp.schemes.loader import shipped

_PATTERNS = ("before", "not_before", "after", "clause", "not_clause", "nowhere")
_FIELDS = frozenset({"id", "role", "labels", "subtypes", "flag", "head", "tail", *_PATTERNS})
_FRAGMENT = re.compile(r"%([a-z_]+)%")
_UNBOUNDED = re.compile(r"[*+]|\{[0-9]*,\}")
_PLAIN = re.compile(r"\\.|\[\^?[^\]]*\]", re.DOTALL)
Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Around:
    """Where an entity stands: its clause ``low:high`` and its sentence."""

    text: str
    low: int
    start: int
    end: int
    high: int
    sentence: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of roles.yaml; the keys are explained there."""

    id: str
    role: str
    subtypes: frozenset[str]
    before: re.Pattern[str] | None
    not_before: re.Pattern[str] | None
    after: re.Pattern[str] | None
    clause: re.Pattern[str] | None
    not_clause: re.Pattern[str] | None
    nowhere: re.Pattern[str] | None
    flag: str | None
    head: int
    tail: int

    def fits(self, entity: Entity, at: Around, flags: Mapping[str, Spans]) -> bool:
        """Whether the entity plays this role."""
        if self.subtypes and entity.subtype not in self.subtypes:
            return False
        if (self.head and at.start > self.head) or (self.tail and at.end < len(at.text) - self.tail):
            return False
        if self.flag is not None and not any(_meet(at.sentence, span) for span in flags.get(self.flag, ())):
            return False
        return self._words(at)

    def _words(self, at: Around) -> bool:
        text = at.text
        if self.before is not None and not self.before.search(text, at.low, at.start):
            return False
        if self.not_before is not None and self.not_before.search(text, at.low, at.start):
            return False
        if self.after is not None and not self.after.match(text, at.end):
            return False
        if self.clause is not None and not self.clause.search(text, at.low, at.high):
            return False
        if self.not_clause is not None and self.not_clause.search(text, at.low, at.high):
            return False
        return self.nowhere is None or not self.nowhere.search(text, *at.sentence)


class Marks(NamedTuple):
    """Where a text has marks that end a clause, and those that end a sentence; both in order."""

    clause: Sequence[int]
    sentence: Sequence[int]


@cache
def _any_of(marks: str) -> re.Pattern[str]:
    return re.compile(f"[{re.escape(marks)}]")


def _places(marks: str, text: str) -> list[int]:
    return [found.start() for found in _any_of(marks).finditer(text)] if marks else []


def _bounds(text: str, start: int, end: int, marks: Sequence[int], reach: int) -> tuple[int, int]:
    """From behind the last mark before ``start`` to the first one behind ``end``, at most ``reach`` away."""
    low, high = max(0, start - reach), min(len(text), end + reach)
    before, behind = bisect_left(marks, start) - 1, bisect_left(marks, end)
    return (
        marks[before] + 1 if before >= 0 and marks[before] >= low else low,
        marks[behind] if behind < len(marks) and marks[behind] < high else high,
    )


def _meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


@dataclass(frozen=True)
class Places:
    """How the place of the matter is chosen among the places of a text: the points of each property."""

    role: str
    label: str
    title: int
    said: int
    longer_than: tuple[int, int]
    least: int


@dataclass(frozen=True)
class RoleBook:
    """All rules; holds nothing of a text."""

    rules: Mapping[str, tuple[Rule, ...]]
    """By the label of the entity."""
    places: Places
    clause_marks: str
    sentence_marks: str
    reach: int

    def assign(
        self, text: str, title_length: int, entities: Iterable[Entity], flags: Mapping[str, Spans]
    ) -> tuple[Entity, ...]:
        """The entities, each with its role or None. ``flags`` are the spans of the words that show each flag."""
        marks = Marks(_places(self.clause_marks, text), _places(self.sentence_marks, text))
        given = [self._role(text, entity, flags, marks) for entity in entities]
        place = self._place(given, title_length)
        if place is None:
            return tuple(given)
        role = self.places.role
        return tuple(
            replace(e, role=role) if e.label == self.places.label and e.text == place and e.role in (None, role)
            else replace(e, role=None) if e.label == self.places.label and e.role == role else e
            for e in given
        )  # fmt: skip

    def _role(self, text: str, entity: Entity, flags: Mapping[str, Spans], marks: Marks) -> Entity:
        rules = self.rules.get(entity.label)
        if not rules:
            return entity
        start, end = entity.start, entity.end
        low, high = _bounds(text, start, end, marks.clause, self.reach)
        at = Around(text, low, start, end, high, _bounds(text, start, end, marks.sentence, 4 * self.reach))
        for rule in rules:
            if rule.fits(entity, at, flags):
                return replace(entity, role=rule.role)
        return entity

    def _place(self, entities: Sequence[Entity], title_length: int) -> str | None:
        """The words of the place of the matter: the most points, then the longest, then the first."""
        points: dict[str, int] = {}
        for entity in entities:
            if entity.label == self.places.label and entity.role in (None, self.places.role):
                points[entity.text] = max(points.get(entity.text, 0), self._points(entity, title_length))
        best = max(points, key=lambda words: (points[words], len(words)), default=None)
        return best if best is not None and points[best] >= self.places.least else None

    def _points(self, entity: Entity, title_length: int) -> int:
        places = self.places
        found = places.title if entity.end <= title_length else 0
        found += places.said if entity.role == places.role else 0
        return found + (places.longer_than[1] if len(entity.text) > places.longer_than[0] else 1)


class _Reader:
    """Reads roles.yaml and names file, line, value and remedy when it is wrong."""

    def __init__(self, path: Path, roles: frozenset[str], labels: frozenset[str], flags: frozenset[str]) -> None:
        self.document = Document(path)
        self.known = {"role": roles, "labels": labels, "flag": flags}
        data = self.document.data
        self.data: Mapping[str, Any] = data if isinstance(data, dict) else {}

    def read(self) -> RoleBook:
        rows = self.data.get("rules")
        if not isinstance(rows, list) or not rows:
            raise self.document.error(("rules",), f"expected a list of rules, found {rows!r}", "write - {id: ...}")
        by_label: dict[str, list[Rule]] = {}
        for place, row in enumerate(rows):
            rule, labels = self._rule(row, ("rules", place))
            for label in labels:
                by_label.setdefault(label, []).append(rule)
        marks, sentence = (self._text(self.data, key, (key,)) for key in ("clause_marks", "sentence_marks"))
        rules = {label: tuple(found) for label, found in by_label.items()}
        return RoleBook(rules, self._places(), marks, sentence, self._number(self.data, "reach", ("reach",)))

    def _rule(self, row: object, at: tuple[str | int, ...]) -> tuple[Rule, tuple[str, ...]]:
        if not isinstance(row, dict):
            raise self.document.error(at, f"expected a mapping, found {row!r}", "write {id: ..., role: ...}")
        for field in row:
            if field not in _FIELDS:
                known = ", ".join(sorted(_FIELDS))
                raise self.document.error((*at, field), f"unknown field {field!r}", f"use: {known}")
        labels = self._words(row, "labels", at)
        for label in labels:
            self._check("labels", label, at)
        role = self._check("role", self._text(row, "role", (*at, "role")), at)
        flag = self._check("flag", row["flag"], at) if "flag" in row else None
        before, not_before, after, clause, not_clause, nowhere = (self._regex(row, field, at) for field in _PATTERNS)
        rule = Rule(
            self._text(row, "id", (*at, "id")), role, frozenset(self._words(row, "subtypes", at)), before, not_before,
            after, clause, not_clause, nowhere, flag, self._number(row, "head", at), self._number(row, "tail", at),
        )  # fmt: skip
        return rule, labels

    def _places(self) -> Places:
        row, at = self.data.get("places"), ("places",)
        if not isinstance(row, dict):
            raise self.document.error(at, f"expected a mapping, found {row!r}", "write {role: ..., label: ...}")
        role, label = self._text(row, "role", (*at, "role")), self._text(row, "label", (*at, "label"))
        longer = row.get("longer_than")
        if not isinstance(longer, list) or len(longer) != 2 or not all(isinstance(item, int) for item in longer):
            raise self.document.error((*at, "longer_than"), f"expected two numbers, found {longer!r}", "write [6, 2]")
        title, said, least = (self._number(row, key, at) for key in ("title", "said", "least"))
        return Places(
            self._check("role", role, at), self._check("labels", label, at), title, said, (longer[0], longer[1]), least
        )

    def _check(self, field: str, value: object, at: tuple[str | int, ...]) -> str:
        if value not in self.known[field]:
            known = ", ".join(sorted(self.known[field]))
            raise self.document.error((*at, field), f"unknown {field} {value!r}", f"use one of: {known}")
        return str(value)

    def _regex(self, row: Mapping[str, Any], field: str, at: tuple[str | int, ...]) -> re.Pattern[str] | None:
        source = row.get(field)
        if source is None or source == "":
            return None
        if not isinstance(source, str):
            raise self.document.error((*at, field), f"expected text, found {source!r}", f"write {field}: '...'")
        fragments = self.data.get("fragments") or {}
        for name in _FRAGMENT.findall(source):
            if name not in fragments:
                known = ", ".join(fragments)
                raise self.document.error((*at, field), f"unknown fragment {name!r}", f"use: {known}")
        source = _FRAGMENT.sub(lambda found: str(fragments[found[1]]), source)
        if _UNBOUNDED.search(_PLAIN.sub("x", source)):
            raise self.document.error((*at, field), "unbounded repeat", "write {0,20} for * and {1,20} for +")
        anchored = f"(?:{source})$" if field in ("before", "not_before") else source  # they must reach the entity
        try:
            return re.compile(anchored)
        except re.error as error:
            problem = f"not a regular expression ({error.msg} at {error.pos})"
            raise self.document.error((*at, field), problem, "mend the pattern") from None

    def _text(self, row: Mapping[str, Any], field: str, at: tuple[str | int, ...]) -> str:
        value = row.get(field)
        if not isinstance(value, str) or not value:
            raise self.document.error(at, f"expected text, found {value!r}", f"write {field}: '...'")
        return value

    def _number(self, row: Mapping[str, Any], field: str, at: tuple[str | int, ...]) -> int:
        value = row.get(field, 0)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.document.error((*at, field), f"expected a number, found {value!r}", f"write {field}: 8")
        return value

    def _words(self, row: Mapping[str, Any], field: str, at: tuple[str | int, ...]) -> tuple[str, ...]:
        value = row.get(field) or []
        if not isinstance(value, list) or not all(isinstance(word, str) and word for word in value):
            raise self.document.error((*at, field), f"expected a list of words, found {value!r}", "write [word, word]")
        return tuple(value)


def shown_flags(found: Iterable[Evidence]) -> dict[str, list[tuple[int, int]]]:
    """The spans of the words that show each flag."""
    shown: dict[str, list[tuple[int, int]]] = {}
    for item in found:
        if item.kind == "flag" and item.status == "present":
            shown.setdefault(item.label, []).append((item.start, item.end))
    return shown


def read_roles(path: Path) -> RoleBook:
    """The rules of a file, checked against the shipped scheme. Raises SchemeError."""
    scheme = shipped()
    return _Reader(path, frozenset(scheme.roles), frozenset(scheme.entities), frozenset(scheme.flags)).read()


@cache
def load_roles() -> RoleBook:
    """The rules that ship with the library; read once a process. Raises SchemeError."""
    return read_roles(DATA / "roles.yaml")
