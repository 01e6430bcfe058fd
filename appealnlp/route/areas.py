"""Where a matter lies: the division it came from and those that the text names, after a city's own table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from appealnlp.address.own import Area, read_rows

__all__ = ["Area", "AreaTable", "Located", "read_areas"]


@dataclass(frozen=True, slots=True)
class Located:
    """``area`` where one can be told; ``known`` whether the table has it; ``others`` the places named beside it."""

    area: str | None
    place: str
    """"none", "one", "two" or "unknown"."""
    names: tuple[str, ...] = ()


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

    def _over(self, codes: Sequence[str]) -> Area | None:
        """The smallest division that holds several named ones: two towns lie in one county.

        None where only the largest of the table does; then nobody but who owns the whole table answers for them.
        """
        if len(codes) < 2:
            return None
        lines = [self.line(code) for code in codes]
        shared = (area for area in lines[0] if area.parent and all(area in line for line in lines[1:]))
        return next(shared, None)

    def _apart(self, codes: Iterable[str]) -> list[str]:
        """The named divisions without those above another named one."""
        found = list(codes)
        above = {area.code for code in found for area in self.line(code)[1:]}
        return [code for code in found if code not in above]


def read_areas(path: Path) -> AreaTable:
    """A table of divisions from CSV: code, name, level, parent, aliases. Raises SchemeError with file and line."""
    return AreaTable(read_rows(path))
