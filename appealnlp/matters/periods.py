"""Weeks, months and quarters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from appealnlp.errors import InputError

EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From the first day to the last; ``name`` is 2024-W07, 2024-02 or 2024-Q1."""

    first: date
    last: date
    name: str

    def holds(self, seconds: int) -> bool:
        """Whether a time in seconds since 1970 falls into it."""
        return self.first <= date_of(seconds) <= self.last

    def bounds(self) -> tuple[int, int]:
        """Its first second and the first behind it."""
        return seconds_of(self.first), seconds_of(self.last + timedelta(days=1))


def _week(day: date) -> Period:
    year, week, weekday = day.isocalendar()
    first = day - timedelta(days=weekday - 1)
    return Period(first, first + timedelta(days=6), f"{year}-W{week:02}")


def _month(day: date) -> Period:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return Period(day.replace(day=1), following - timedelta(days=1), f"{day.year}-{day.month:02}")


def _quarter(day: date) -> Period:
    number = (day.month - 1) // 3
    last = _month(date(day.year, number * 3 + 3, 1)).last
    return Period(date(day.year, number * 3 + 1, 1), last, f"{day.year}-Q{number + 1}")


RHYTHMS: Mapping[str, Callable[[date], Period]] = {"week": _week, "month": _month, "quarter": _quarter}
"""The rhythms of a report."""


def period_of(day: date, rhythm: str) -> Period:
    """The week, month or quarter of a day. Raises InputError for another rhythm."""
    if rhythm not in RHYTHMS:
        raise InputError(f"unknown rhythm {rhythm!r}; choose one of {', '.join(RHYTHMS)}")
    return RHYTHMS[rhythm](day)


def before(period: Period, rhythm: str) -> Period:
    """The period before."""
    return period_of(period.first - timedelta(days=1), rhythm)


def date_of(seconds: int) -> date:
    """The day of a time in seconds since 1970."""
    return (EPOCH + timedelta(seconds=seconds)).date()


def seconds_of(day: date) -> int:
    """Its first second since 1970."""
    return int((datetime(day.year, day.month, day.day) - EPOCH).total_seconds())


def day_of(seconds: int | None) -> str | None:
    """The day of a time as ISO 8601; None for one that is not known."""
    return None if seconds is None or seconds < 0 else date_of(seconds).isoformat()


def parse_day(text: str, option: str) -> date:
    """A day given as 2024-05-01. Raises InputError that names the option."""
    try:
        return date.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise InputError(f"{option} {text!r} is no day; write it as 2024-05-01") from None
