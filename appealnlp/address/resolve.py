"""Which division is meant: every name that an address mentions speaks for the divisions that bear it.

A place is as probable as it explains all names together, itself or by the divisions above it; the caller's area and
other places of the text count, too. Nothing is guessed: what stays open is reported.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from appealnlp.address.address import SURE, Place, Resolution
from appealnlp.address.gazetteer import UNITS, Gazetteer, level_of, line_of, load_gazetteer
from appealnlp.address.own import Area, read_rows
from appealnlp.address.stems import DATA, LEVELS

LEVELS_OF: Mapping[str, Mapping[int, float]] = {
    "province": {0: 1.0, 1: 0.5},
    "city": {1: 1.0, 2: 0.9, 0: 0.9},
    "district": {2: 1.0, 1: 0.5},
    "devzone": {2: 1.0, 3: 0.8},
    "town": {3: 1.0, 2: 0.3},
    "community": {4: 1.0, 3: 0.3},
}
"""Of which levels a component may be, and how well each fits: a county-level city is often read as a city."""
SAME, BARE, OTHER, OLD = 1.0, 0.6, 0.2, 0.8
"""How well a name fits that is given in full, without its ending, with another ending, by an older name."""
MISSED, NONE = 0.02, 0.05
"""Factor of a place for a name that it does not explain; weight a name has for no place of the table at all."""
NEAR = ((10**6, 60.0), (10**8, 30.0), (10**10, 5.0))
"""Places in the same county, city or province as the caller are so many times as probable; other places weigh less."""
_MOST, _MANY = 4000, 40
_BEST = 5
Key = int | str


@dataclass(frozen=True, slots=True)
class Mention:
    """A name of a division: what component it is of, and how much it counts (1 in an address)."""

    text: str
    component: str
    missed: float = MISSED


@dataclass(frozen=True)
class Own:
    """A city's own divisions beside those of the country; codes of digits are those of the country."""

    areas: Mapping[str, Area] = field(default_factory=dict)
    names: Mapping[str, tuple[Key, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, areas: Mapping[str, Area]) -> Own:
        """From a table by code."""
        names: dict[str, list[Key]] = {}
        for area in areas.values():
            for name in (area.name, *area.aliases):
                names.setdefault(name, []).append(key_of(area.code))
        return cls(areas, {name: tuple(keys) for name, keys in names.items()})

    def line(self, key: Key) -> tuple[Key, ...]:
        """The division and those above it, largest first."""
        if isinstance(key, int):
            return line_of(key)
        area = self.areas[key]
        return (*self.line(key_of(area.parent)), key) if area.parent else (key,)


def key_of(code: str) -> Key:
    """Twelve digits as a number; another code as it is."""
    return int(code.ljust(12, "0")) if code.isdecimal() and len(code) <= 12 else code


class Resolver:
    """Resolves names to divisions; holds nothing of a text, so one serves many threads."""

    def __init__(self, gazetteer: Gazetteer, own: Own | None = None) -> None:
        """``load_resolver`` gives the shipped one."""
        self.gazetteer, self.own = gazetteer, own or Own()

    def resolve(
        self, mentions: Sequence[Mention], *, area: str | None = None, context: Iterable[str] = (), best: int = _BEST
    ) -> Resolution:
        """The places that ``mentions`` may mean. ``area`` and ``context`` are codes of places near by."""
        tables = [(mention, self._bearers(mention)) for mention in mentions]
        known = [(mention, table) for mention, table in tables if table]
        if not known:
            return Resolution()
        known = self._narrowed(known)
        keys = list(dict.fromkeys(key for _, table in known for key in table))[:_MOST]
        weights = {key: self._weight(key, known) for key in keys}
        nothing = 1.0
        for _ in known:
            nothing *= NONE
        for root, share in ((area, 1.0), *((code, 0.5) for code in context)):
            if root:
                weights = {key: weight * self._nearness(key, key_of(root), share) for key, weight in weights.items()}
        return self._answer(weights, nothing, known, best)

    def _bearers(self, mention: Mention) -> dict[Key, float]:
        """The divisions that bear a name, and how well it fits."""
        out: dict[Key, float] = {}
        for key in self.own.names.get(mention.text, ()):
            out[key] = SAME
        for code in old_names().get(mention.text, ()):
            out.setdefault(code, OLD)
        for level, fit in LEVELS_OF.get(mention.component, {}).items():
            ending = self.gazetteer.stems.split(mention.text, LEVELS[level])[1]
            codes, full = self.gazetteer.bearers(mention.text, level)
            other = fit * (OTHER if ending else BARE)
            for code, same in zip(codes.tolist(), full.tolist(), strict=True):
                out[code] = max(out.get(code, 0.0), fit * SAME if same else other)
        return out

    def _narrowed(self, known: list[tuple[Mention, dict[Key, float]]]) -> list[tuple[Mention, dict[Key, float]]]:
        """Villages alone under the larger divisions that are named beside them, where there are any."""
        roots = [key for _, table in known if len(table) <= _MANY for key in table if isinstance(key, int)]
        if not roots:
            return known
        return [
            (mention, {key: fit for key, fit in table.items() if _under_any(key, roots)} or table)
            if len(table) > _MANY
            else (mention, table)
            for mention, table in known
        ]

    def _weight(self, key: Key, known: list[tuple[Mention, dict[Key, float]]]) -> float:
        line = self.own.line(key)
        weight = 1.0
        for mention, table in known:
            weight *= max((table[item] for item in line if item in table), default=mention.missed)
        return weight

    @staticmethod
    def _nearness(key: Key, root: Key, share: float) -> float:
        if not isinstance(key, int) or not isinstance(root, int):
            return float(NEAR[0][1] ** share) if key == root else 1.0
        for unit, times in NEAR:
            if unit < UNITS[level_of(root)]:
                continue  # the caller says no more than his city
            if key // unit == root // unit:
                return float(times**share)
        return 1.0

    def _answer(
        self, weights: Mapping[Key, float], nothing: float, known: list[tuple[Mention, dict[Key, float]]], best: int
    ) -> Resolution:
        total = sum(weights.values()) + nothing
        odds = {key: weight / total for key, weight in weights.items()}
        ranked = sorted(odds, key=lambda key: (-odds[key], str(key)))
        sure: dict[Key, float] = {}
        for key, value in odds.items():
            for item in self.own.line(key):
                sure[item] = sure.get(item, 0.0) + value
        lines = [key for key in sure if sure[key] >= SURE]
        finest = max(lines, key=lambda key: (len(self.own.line(key)), sure[key]), default=None)
        places = tuple(self._place(key, odds[key], known) for key in ranked[:best])
        return Resolution(places, None if finest is None else self._place(finest, sure[finest], known))

    def _place(self, key: Key, odds: float, known: list[tuple[Mention, dict[Key, float]]]) -> Place:
        line = self.own.line(key)
        names = tuple(name for item in line if (name := self._name(item)))
        reasons = tuple(mention.text for mention, table in known if any(item in table for item in line))
        code = f"{key:012}" if isinstance(key, int) else key
        return Place(code, names[-1] if names else "", self._level(key), names, min(odds, 1.0), reasons)

    def _name(self, key: Key) -> str:
        own = self.own.areas.get(key) if isinstance(key, str) else None
        found = self.gazetteer.get(key) if isinstance(key, int) else None
        if own is None and found is None and isinstance(key, int):
            own = next((self.own.areas[code] for code in self.own.areas if key_of(code) == key), None)
        return found.name if found else own.name if own else ""

    def _level(self, key: Key) -> str:
        return LEVELS[level_of(key)] if isinstance(key, int) else self.own.areas[key].level


def _under_any(key: Key, roots: Sequence[int]) -> bool:
    """Whether a division lies under one of ``roots``; one of a city's own is kept."""
    return not isinstance(key, int) or any(key // (unit := UNITS[level_of(root)]) == root // unit for root in roots)


@cache
def old_names(path: Path = DATA / "old_names.csv") -> Mapping[str, tuple[int, ...]]:
    """Names that are no longer official, and the divisions that they are today."""
    out: dict[str, tuple[int, ...]] = {}
    for row in _rows(path):
        out[row["old"]] = (*out.get(row["old"], ()), int(row["code"]))
    return out


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


@cache
def load_resolver(areas: Path | None = None) -> Resolver:
    """The shipped divisions, with those of a city's own file. Raises SchemeError for a fault in the file."""
    return Resolver(load_gazetteer(), Own.of(read_rows(areas)) if areas is not None else None)
