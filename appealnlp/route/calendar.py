"""Working days: which days an office works, from chinesecalendar or from a file of holidays and make-up days.

Source: 国务院办公厅 publishes the holidays and make-up days (调休) of a year in the autumn before it.
"""

from __future__ import annotations

import csv
import io
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path

from appealnlp.errors import InputError, SchemeError
from appealnlp.schemes.files import Document

_SATURDAY = 5
_KINDS = {"holiday": False, "节假日": False, "休": False, "workday": True, "调休上班": True, "班": True}
_MOST = 400


class UnknownYear(InputError):
    """The holidays of a year are not known."""

    def __init__(self, year: int, remedy: str) -> None:
        self.year = year
        super().__init__(f"holidays of {year} are not known; {remedy}")


class Calendar(ABC):
    """Says whether a day is a working day. Raises UnknownYear."""

    @abstractmethod
    def works(self, day: date) -> bool:
        """Whether offices work on this day."""


class WeekCalendar(Calendar):
    """Monday to Friday, no holidays: for a policy that prefers a rough date to none."""

    def works(self, day: date) -> bool:
        """Whether offices work on this day."""
        return day.weekday() < _SATURDAY


class FileCalendar(Calendar):
    """Holidays and make-up days from a user's file; a year of which it lists no day is not known."""

    def __init__(self, days: dict[date, bool]) -> None:
        self._days, self._years = days, {day.year for day in days}

    def works(self, day: date) -> bool:
        """Whether offices work on this day. Raises UnknownYear."""
        if day.year not in self._years:
            raise UnknownYear(day.year, "add the year's holidays and make-up days to the calendar file")
        return self._days.get(day, day.weekday() < _SATURDAY)


class PublishedCalendar(Calendar):
    """The days that the package chinesecalendar knows (2004 to the year its version was made for)."""

    def __init__(self, is_workday: Callable[[date], bool]) -> None:
        self._is_workday = is_workday

    def works(self, day: date) -> bool:
        """Whether offices work on this day. Raises UnknownYear."""
        try:
            return self._is_workday(day)
        except NotImplementedError:
            remedy = "install a newer chinesecalendar, or name a calendar file in the policy (calendar: {file: ...})"
            raise UnknownYear(day.year, remedy) from None


class NoCalendar(Calendar):
    """Knows no year."""

    def works(self, day: date) -> bool:
        """Always raises UnknownYear."""
        remedy = "pip install 'appealnlp[calendar]', or name a calendar file in the policy (calendar: {file: ...})"
        raise UnknownYear(day.year, remedy)


@cache
def published() -> Calendar:
    """chinesecalendar where it is installed, else a calendar that knows no year."""
    try:
        from chinese_calendar import is_workday
    except ImportError:
        return NoCalendar()
    return PublishedCalendar(is_workday)


def read_calendar(path: Path) -> Calendar:
    """A calendar from CSV (``date,kind`` with holiday or workday) or YAML (lists holidays, workdays).

    Raises SchemeError with file and line.
    """
    return FileCalendar(_from_csv(path) if path.suffix.lower() == ".csv" else _from_yaml(path))


def _from_yaml(path: Path) -> dict[date, bool]:
    document = Document(path)
    data = document.data if isinstance(document.data, dict) else {}
    days: dict[date, bool] = {}
    for key, works in (("holidays", False), ("workdays", True)):
        for place, item in enumerate(data.get(key) or ()):
            day = item if isinstance(item, date) else _day(str(item))
            if day is None:
                raise document.error((key, place), f"{item!r} is no date", "write 2027-01-01")
            days[day] = works
    if not days:
        raise document.error((), "no days", "write holidays: [2027-01-01, ...] and workdays: [...]")
    return days


def _from_csv(path: Path) -> dict[date, bool]:
    try:
        rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))
    except (OSError, UnicodeDecodeError) as error:
        raise SchemeError(path, None, f"cannot be read ({type(error).__name__})", "give a UTF-8 CSV file") from None
    days: dict[date, bool] = {}
    for line, row in enumerate(rows, 1):
        if line == 1 and row and _day(row[0]) is None:
            continue
        day = _day(row[0]) if row else None
        if day is None or len(row) < 2 or row[1].strip() not in _KINDS:
            raise SchemeError(path, line, f"not a day and its kind: {row!r}", "write 2027-01-01,holiday or ,workday")
        days[day] = _KINDS[row[1].strip()]
    return days


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip().replace("/", "-"))
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def after(calendar: Calendar, day: date, count: int) -> date:
    """The ``count``-th working day after ``day``, which itself does not count. Raises UnknownYear."""
    left = count
    for _ in range(_MOST + 4 * count):
        if left == 0:
            return day
        day += timedelta(days=1)
        left -= calendar.works(day)
    raise InputError(f"no {count} working days in sight; mend the calendar file")


def holidays(days: Iterable[date]) -> FileCalendar:
    """A calendar of weekends and these holidays, for tests and small offices."""
    return FileCalendar(dict.fromkeys(days, False))
