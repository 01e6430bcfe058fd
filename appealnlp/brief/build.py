"""The report of a period: numbers by area and topic, trend, types, urgency, what is overdue, hot issues."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from appealnlp.brief.counts import Line, lines, visible
from appealnlp.brief.facts import Fact
from appealnlp.errors import InputError
from appealnlp.matters.hot import Heat
from appealnlp.matters.periods import Period, before, period_of

FEWEST = 3
"""Counts below this are not shown."""
TREND = 12
"""Periods of the trend, the last one included."""

Key = str
Table = tuple[Line[str], ...]


@dataclass(frozen=True, slots=True)
class Overdue:
    """Appeals not closed by ``day`` whose last step was due before it.

    ``known`` says whether the table tells what is closed (else all are counted whose time has run out); ``count`` is
    None where it is suppressed.
    """

    day: date
    count: int | None
    known: bool
    by_department: Table


@dataclass(frozen=True, slots=True)
class Brief:
    """A report. Its tables hold no count below FEWEST; ``total`` and ``previous`` are None where they are below it."""

    rhythm: str
    period: Period
    area: str | None
    total: int | None
    previous: int | None
    undated: int | None
    areas: Table
    fields: Table
    topics: Table
    types: Table
    urgencies: Table
    departments: Table
    trend: tuple[tuple[str, int | None], ...]
    field_trends: tuple[tuple[str, tuple[int | None, ...]], ...]
    overdue: Overdue
    heat: Heat | None = field(default=None)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        tables = {name: [_row(line) for line in getattr(self, name)]
                  for name in ("areas", "fields", "topics", "types", "urgencies", "departments")}  # fmt: skip
        return {
            "rhythm": self.rhythm, "area": self.area, "suppressed_below": FEWEST,
            "period": {"name": self.period.name, "first": self.period.first.isoformat(),
                       "last": self.period.last.isoformat()},
            "total": self.total, "previous": self.previous, "undated": self.undated, **tables,
            "trend": [{"period": name, "count": count} for name, count in self.trend],
            "overdue": {"day": self.overdue.day.isoformat(), "count": self.overdue.count,
                        "closed_is_known": self.overdue.known,
                        "departments": [_row(line) for line in self.overdue.by_department]},
            "hot": None if self.heat is None else _suppressed(self.heat),
        }  # fmt: skip


def _suppressed(heat: Heat) -> dict[str, Any]:
    """What is hot as JSON, without small counts and without the numbers of single appeals."""
    told = heat.to_dict()
    for item in (*told["issues"], *told["subjects"]):
        for name in ("previous", "duplicates", "matters"):
            if name in item:
                item[name] = visible(item[name], FEWEST)
        if "growth" in item and not item["previous"]:
            item["growth"] = None
    alerts = [
        {name: value for name, value in alert.items() if name not in ("ids", "copies")} for alert in told["wage_alerts"]
    ]
    return {**told, "appeals": visible(told["appeals"], FEWEST), "wage_alerts": alerts}


def _row(line: Line[str]) -> dict[str, Any]:
    return {"key": line.key, "count": line.count, "previous": line.previous, "share": line.share, "change": line.change}


class Tally:
    """Facts in, a report out."""

    def __init__(self, facts: Iterable[Fact], area: str | None = None) -> None:
        """Keep the facts of areas whose code begins with ``area``."""
        self._area = area
        self._facts = [fact for fact in facts if area is None or (fact.area or "").startswith(area)]

    def latest(self) -> date:
        """The day of the last appeal. Raises InputError where none has a time."""
        days = [fact.day for fact in self._facts if fact.day is not None]
        if not days:
            raise InputError(
                "no appeal has a time that can be read; tag the table with --keep and its column of time, "
                "or name it with --received-at-column"
            )
        return max(days)

    def brief(
        self, period: Period, rhythm: str, *, as_of: date | None = None, says_closed: bool = False,
        heat: Heat | None = None, top: int = 15,
    ) -> Brief:  # fmt: skip
        """The report of a period; what is overdue is seen at the end of ``as_of``, the last day without it."""
        now, earlier = self._within(period), self._within(before(period, rhythm))

        def table(key: Callable[[Fact], str | None], most: int = top) -> Table:
            return tuple(lines(_by(now, key), _by(earlier, key), FEWEST, most))

        fields = table(_field)
        return Brief(
            rhythm, period, self._area, visible(len(now), FEWEST), visible(len(earlier), FEWEST),
            visible(sum(fact.day is None for fact in self._facts), FEWEST),
            table(lambda fact: fact.area), fields, table(_topic), table(lambda fact: fact.type),
            table(lambda fact: fact.urgency), table(lambda fact: fact.department),
            *self._trends(period, rhythm, fields),
            self._overdue(as_of or period.last, says_closed, top), heat,
        )  # fmt: skip

    def _within(self, period: Period) -> list[Fact]:
        return [fact for fact in self._facts if fact.day is not None and period.first <= fact.day <= period.last]

    def _trends(
        self, period: Period, rhythm: str, fields: Table
    ) -> tuple[tuple[tuple[str, int | None], ...], tuple[tuple[str, tuple[int | None, ...]], ...]]:
        periods = [period]
        while len(periods) < TREND:
            periods.insert(0, before(periods[0], rhythm))
        days = {day: period_of(day, rhythm).name for day in {fact.day for fact in self._facts} if day is not None}
        names = [days[fact.day] for fact in self._facts if fact.day is not None]
        all_, by_field = Counter(names), Counter(
            (days[fact.day], _field(fact)) for fact in self._facts if fact.day is not None
        )  # fmt: skip
        trend = tuple((item.name, visible(all_[item.name], FEWEST)) for item in periods)
        chosen = [line.key for line in fields if line.key is not None][:5]
        columns = [_shown([by_field[(item.name, key)] for key in chosen]) for item in periods]
        rows = tuple((key, tuple(column[place] for column in columns)) for place, key in enumerate(chosen))
        return trend, rows

    def _overdue(self, day: date, known: bool, top: int) -> Overdue:
        end = datetime.combine(day + timedelta(days=1), time())
        late = [fact for fact in self._facts if _is_late(fact, end)]
        units = lines(_by(late, lambda fact: fact.department), {}, FEWEST, top)
        return Overdue(day, visible(len(late), FEWEST), known, tuple(units))


def _shown(counts: list[int]) -> list[int | None]:
    """Counts of one period; where exactly one is suppressed the smallest other goes with it."""
    found = [visible(count, FEWEST) for count in counts]
    rest = [count for count in found if count]
    if found.count(None) == 1 and rest:
        found[found.index(min(rest))] = None
    return found


def _is_late(fact: Fact, end: datetime) -> bool:
    return fact.due is not None and fact.due < end and (fact.closed is None or fact.closed >= end)


def _by(facts: Iterable[Fact], key: Callable[[Fact], str | None]) -> Counter[str]:
    return Counter(found for fact in facts if (found := key(fact)) is not None)


def _field(fact: Fact) -> str | None:
    return fact.topic[0] if fact.topic else None


def _topic(fact: Fact) -> str | None:
    return " / ".join(fact.topic[:2]) if fact.topic else None
