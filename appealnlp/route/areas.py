"""Where a matter lies: the division it came from and those that the text names, after a city's own table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from appealnlp.address.own import Area, read_rows

__all__ = ["Area", "AreaTable", "Elsewhere", "Located", "read_areas"]

_MANY = 3
"""So many parts of the largest division named together are its own matter (五个区各用各的卡)."""


@dataclass(frozen=True, slots=True)
class Located:
    """``area`` where one can be told; ``known`` whether the table has it; ``others`` the places named beside it."""

    area: str | None
    place: str
    """"none", "one", "two" or "unknown"."""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """How a text tells where its writer lives from where the matter happened (信访工作条例 art. 5)."""

    home: tuple[str, ...]
    """Words right before a place where the writer lives (我住, 户口在)."""
    matter: tuple[str, ...]
    """Words a few signs before the place of the matter (去, 到, 在)."""
    never: tuple[str, ...]
    """Words a few signs behind a place that only was told of it (反映, 投诉)."""
    within: int


Mention = tuple[int, int, str]
"""Start, end, and the code of the division named there."""


@dataclass(frozen=True)
class AreaTable:
    """The divisions by code; without any, areas are taken as they come."""

    areas: Mapping[str, Area]

    def line(self, code: str) -> list[Area]:
        """The division and those above it, smallest first."""
        found: list[Area] = []
        area = self.areas.get(code)
        while area is not None and area not in found:
            found.append(area)
            area = self.areas.get(area.parent) if area.parent else None
        return found

    def path(self, code: str | None) -> str:
        """Names from the largest division down."""
        return "".join(area.name for area in reversed(self.line(code))) if code else ""

    def holds(self, code: str) -> bool:
        """Whether the table has the division, or one above it (a town's code begins as its county's)."""
        return any(code.startswith(own.rstrip("0")) for own in self.areas if own.isdigit()) or code in self.areas

    def locate(self, given: str | None, named: Iterable[str], has_place: bool) -> Located:
        """The division of the matter. Where it happened counts before where it came in (信访工作条例 art. 5)."""
        apart = self._apart(dict.fromkeys(named))
        over = self._over(apart)
        if over is not None and given not in apart:
            return Located(over.code, "one", (over.name,))
        if len(apart) == 1:
            return Located(apart[0], "one", (self.areas[apart[0]].name,))
        if len(apart) > 1 and given not in apart:
            return Located(None, "two", tuple(self.areas[code].name for code in apart))
        if given is not None:
            return Located(given, "one" if not self.areas or self.holds(given) else "unknown", (given,))
        return Located(None, "one" if has_place else "none")

    def matters(self, text: str, named: Sequence[Mention], rule: Elsewhere | None) -> list[str]:
        """The codes of the divisions named, without where the writer lives if the matter is said to be elsewhere.

        "我住惠阳淡水，带孩子去惠城区的一家医院": 惠城区. Nothing is left out where that is the only place.
        """
        codes = [code for _, _, code in named]
        if rule is None or len(set(codes)) < 2:
            return codes
        homes: set[str] = set()
        end_of_home = -1
        for start, end, code in named:
            if start == end_of_home or text.endswith(rule.home, 0, start):
                homes.add(code)
                end_of_home = end
        if not homes:
            return codes
        near = homes | {area.code for code in homes for area in self.line(code)}
        away = (item for item in named if not self._shares(item[2], near))
        return [code for start, end, code in away if self._meant(text, start, end, rule)] or codes

    def _shares(self, code: str, near: Set[str]) -> bool:
        """Whether the division, or one above it but for the largest, is one of ``near``."""
        return code in near or any(area.parent and area.code in near for area in self.line(code))

    @staticmethod
    def _meant(text: str, start: int, end: int, rule: Elsewhere) -> bool:
        before, behind = text[max(start - rule.within, 0) : start], text[end : end + rule.within * 2]
        return any(word in before for word in rule.matter) and not any(word in behind for word in rule.never)

    def _over(self, codes: Sequence[str]) -> Area | None:
        """The smallest division that holds several named ones: two towns lie in one county.

        The largest of the table only where many of its parts are named; of two one is likely to be the place.
        """
        if len(codes) < 2:
            return None
        lines = [self.line(code) for code in codes]
        shared = (area for area in lines[0] if all(area in line for line in lines[1:]))
        area = next(shared, None)
        if area is None or area.parent:
            return area
        return area if len(lines) >= _MANY and all(line[1:2] == [area] for line in lines) else None

    def _apart(self, codes: Iterable[str]) -> list[str]:
        """The named divisions without those above another named one."""
        found = list(codes)
        above = {area.code for code in found for area in self.line(code)[1:]}
        return [code for code in found if code not in above]


def read_areas(path: Path) -> AreaTable:
    """A table of divisions from CSV: code, name, level, parent, aliases. Raises SchemeError with file and line."""
    return AreaTable(read_rows(path))
