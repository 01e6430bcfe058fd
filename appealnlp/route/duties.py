"""Reaches a unit by the words of its duties, also one that no model has seen."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from math import exp, log

from appealnlp.route.units import UnitRecord

_HAN = re.compile("[\u4e00-\u9fff]{2,}")
_JOINS = re.compile("[与和及、的等]")
_READ = 1500
"""So many code points of a text are read; what is asked stands there."""
_FEW = 300
"""Up to so many pairs, looking for each is faster than taking the text apart."""


def pairs(text: str) -> set[str]:
    """Pairs of neighbouring Han characters."""
    found: set[str] = set()
    for run in _HAN.findall(text):
        found.update(map(str.__add__, run, run[1:]))
    return found


class DutyMatcher:
    """Scores units by how much of one of their duties a text says, rare pairs of characters counting more."""

    def __init__(self, units: Iterable[UnitRecord]) -> None:
        """Weighs the pairs by how few units have them."""
        duties = [(unit.code, part) for unit in units for part in self._parts(unit)]
        held: dict[str, set[str]] = defaultdict(set)
        for code, part in duties:
            for pair in pairs(part):
                held[pair].add(code)
        total = len({code for code, _ in duties}) or 1
        self._weight = {pair: log(1 + total / len(codes)) for pair, codes in held.items()}
        self._full = [(code, sum(self._weight[pair] for pair in sorted(pairs(part))) or 1.0) for code, part in duties]
        self._where: dict[str, list[int]] = defaultdict(list)
        for place, (_, part) in enumerate(duties):
            for pair in pairs(part):
                self._where[pair].append(place)
        self._top = log(1 + total)

    @staticmethod
    def _parts(unit: UnitRecord) -> list[str]:
        """Duties, a joined one (路灯与井盖) also by its halves."""
        return [part for duty in unit.duties for part in dict.fromkeys((duty, *_JOINS.split(duty))) if len(part) > 1]

    def _met(self, text: str) -> list[str]:
        """The pairs that the text has, in order, so that sums repeat. Few pairs are looked for one by one."""
        if len(self._where) <= _FEW:
            return sorted(pair for pair in self._where if pair in text)
        return sorted(self._where.keys() & pairs(text))

    def scores(self, text: str, wanted: Callable[[str], bool]) -> dict[str, float]:
        """0 to 1 for each unit that ``wanted`` lets through and a duty of which is met."""
        met: dict[int, float] = defaultdict(float)
        for pair in self._met(text[:_READ]):
            weight = self._weight[pair]
            for place in self._where[pair]:
                met[place] += weight
        best: dict[str, float] = {}
        for place, weight in met.items():
            code, full = self._full[place]
            if wanted(code):
                score = weight / full * (1 - exp(-1.2 * weight / self._top))
                best[code] = max(best.get(code, 0.0), score)
        return best
