"""Time limits as policies write them ("2 hours", "15 days", "5 working days") and the moment they end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from appealnlp.errors import InputError
from appealnlp.route.calendar import Calendar, NoCalendar, UnknownYear, after

_FORM = re.compile(r"([0-9]{1,4}) (minutes?|hours?|days?|working days?)")
_CLOCK = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}
_END = time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many minutes, hours, days or working days. The first day does not count, the last one does (民法典 201)."""

    number: int
    unit: str

    def end(self, start: datetime, zone: tzinfo, calendar: Calendar) -> datetime:
        """When it ends. Days are those of ``zone``; an aware start gives an aware end, a naive one a naive end.

        Raises UnknownYear where working days need a calendar that does not know the year.
        """
        if self.unit in _CLOCK:
            span = self.number * _CLOCK[self.unit]  # true hours, whatever the clocks of the zone do
            return (start.astimezone(UTC) + span).astimezone(start.tzinfo) if start.tzinfo else start + span
        local = start.astimezone(zone) if start.tzinfo else start
        last = _last_day(self, local.date(), calendar)
        end = datetime.combine(last, _END, tzinfo=local.tzinfo)
        return end.astimezone(start.tzinfo) if start.tzinfo else end


@lru_cache(maxsize=4096)
def _last_day(limit: Limit, first: date, calendar: Calendar) -> date:
    """The day on which it ends; the same for all appeals of a day."""
    if limit.unit == "day":
        return first + timedelta(days=limit.number)
    return after(calendar, first, limit.number)


@lru_cache(maxsize=256)
def read_limit(within: str) -> Limit:
    """Raises InputError when ``within`` is of another form."""
    found = _FORM.fullmatch(within)
    if found is None:
        raise InputError(f"time limit {within!r} is not understood; write '2 hours', '15 days' or '5 working days'")
    return Limit(int(found[1]), found[2].rstrip("s"))


def due(within: str, start: datetime | None, zone: tzinfo, calendar: Calendar | None = None) -> datetime | None:
    """When ``within`` ends; None where the start is unknown or the calendar does not know the year."""
    limit = read_limit(within)
    if start is None:
        return None
    try:
        return limit.end(start, zone, calendar or NoCalendar())
    except UnknownYear:
        return None
