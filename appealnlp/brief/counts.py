"""Counts that may be shown: none below a limit, and none that could be worked out from the others."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Line(Generic[Key]):
    """A row of a table: ``key`` None for all that is put together; ``count`` and ``previous`` None where suppressed."""

    key: Key | None
    count: int | None
    previous: int | None
    share: float | None

    @property
    def change(self) -> float | None:
        """Relative change over the period before; None where one of the two is not shown or the earlier is 0."""
        if self.count is None or not self.previous:
            return None
        return round(self.count / self.previous - 1.0, 4)


def visible(count: int | None, fewest: int) -> int | None:
    """The count, unless it is above 0 and below ``fewest``."""
    return None if count is None or 0 < count < fewest else count


def lines(now: Mapping[Key, int], previous: Mapping[Key, int], fewest: int, most: int) -> list[Line[Key]]:
    """The largest counts, at most ``most``; what is small or beyond goes together into one last line.

    Where that line alone would be below ``fewest`` it takes in the smallest other, so that no count can be told from
    the total. Equal counts stand in the order of their keys.
    """
    total = sum(now.values())
    ranked = sorted((key for key, count in now.items() if count), key=lambda key: (-now[key], str(key)))
    shown = [key for key in ranked[:most] if now[key] >= fewest]
    rest = total - sum(now[key] for key in shown)
    while 0 < rest < fewest and shown:
        rest += now[shown.pop()]
    found: list[Line[Key]] = [_line(key, now[key], previous.get(key, 0), total, fewest) for key in shown]
    if rest:
        others = sum(previous.values()) - sum(previous.get(key, 0) for key in shown)
        found.append(Line(None, visible(rest, fewest), visible(others, fewest), _share(visible(rest, fewest), total)))
    return _second(found, fewest)


def _second(found: list[Line[Key]], fewest: int) -> list[Line[Key]]:
    """Where exactly one earlier count is suppressed it could be told from the total: the smallest other goes, too."""
    hidden = [line for line in found if line.previous is None]
    others = [line for line in found if line.previous]
    if len(hidden) != 1 or not others:
        return found
    least = min(others, key=lambda line: line.previous or 0)
    return [Line(line.key, line.count, None, line.share) if line is least else line for line in found]


def _line(key: Key, count: int, previous: int, total: int, fewest: int) -> Line[Key]:
    return Line(key, count, visible(previous, fewest), _share(count, total))


def _share(count: int | None, total: int) -> float | None:
    return None if count is None or not total else round(count / total, 4)
