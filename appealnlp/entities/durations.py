"""How long something lasts: 三个月, 两年多, 半个月. No entities of the scheme, so they are asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from appealnlp.entities.calendar import first_of, load_words
from appealnlp.evidence.numeral import floor_of

_NUMBER = r"(?:[0-9]{1,4}(?:\.[0-9])?|(?<![〇零○一二三四五六七八九十百])[一二两三四五六七八九十百]{1,4}|(?<![上下])半)"
_MOST_YEARS = 120
_BEFORE = r"(?<![0-9第年月前后])(?<!星期)(?<!周)"
_NOT = r"(?![级代度份初底末龄号])(?! ?(?:[0-9]{1,2}|[一二三四五六七八九十]{1,2}) ?月)"
_DAYS = {"Y": 365.25, "M": 30.44, "W": 7.0, "D": 1.0, "H": 1 / 24, "MIN": 1 / 1440}
_BACK = ("来", "以来", "前", "之前", "以前")
_PLAIN = {0xFF10 + digit: str(digit) for digit in range(10)}


@dataclass(frozen=True, slots=True)
class Duration:
    """``text`` stands at ``start:end``; ``iso`` is its length (P3M), ``days`` the same in days.

    ``at_least`` holds for vague ones (两年多). ``interval`` is the time that it covers up to the day of the appeal,
    where the words say so (近三个月, 两年来) and the day is known.
    """

    start: int
    end: int
    text: str
    iso: str
    days: float
    at_least: bool
    interval: dict[str, Any] | None = None


def durations(text: str, received_at: datetime | None = None) -> list[Duration]:
    """The durations in ``text``, in order. Time grows linearly with its length."""
    folded = text.translate(_PLAIN)
    return [item for found in _pattern().finditer(folded) if (item := _read(folded, found, received_at)) is not None]


def _pattern() -> re.Pattern[str]:
    units = "|".join(sorted(load_words().data["durations"], key=len, reverse=True))
    return re.compile(
        rf"{_BEFORE}(?P<near>近|最近|这|连续|长达|将近|已经?有?|超过)?(?P<n>{_NUMBER})(?P<more>[多余几来])?"
        rf"(?P<unit>{units})(?P<half>半)?(?P<over>多|有余|左右)?{_NOT}(?P<back>以来|来|之前|以前|前)?"
    )


def _read(text: str, found: re.Match[str], received_at: datetime | None) -> Duration | None:
    value = 0.5 if found["n"] == "半" else _value(found["n"])
    unit = load_words().data["durations"][found["unit"]]
    if value is None:
        return None
    if unit == "Y" and value > _MOST_YEARS:
        return None  # a year of the calendar
    if unit == "D" and found["unit"] == "日" and not (found["back"] or found["over"] or found["more"]):
        return None  # 3日 is a day of the month
    value += 0.5 if found["half"] else 0
    last = next(name for name in ("over", "half", "unit") if found[name])
    start, end = found.start("n"), found.end(last)
    vague = bool(found["more"] or found["over"] in ("多", "有余"))
    days = round(value * _DAYS[unit], 2)
    covers = received_at is not None and (found["back"] in ("来", "以来") or found["near"] in ("近", "最近", "这"))
    interval = _until(received_at, value, unit, days) if covers and received_at else None
    return Duration(start, end, text[start:end], _iso(value, unit), days, vague, interval)


def _value(numeral: str) -> float | None:
    return float(numeral) if numeral[0].isdecimal() else floor_of(numeral)


def _iso(value: float, unit: str) -> str:
    number = f"{value:g}"
    if unit in ("H", "MIN"):
        return f"PT{number}{unit[0]}"
    return f"P{number}{unit}"


def _until(now: datetime, value: float, unit: str, days: float) -> dict[str, Any]:
    """From so long ago until now; whole months and years go by the calendar."""
    now = now.replace(tzinfo=None)
    months = value * {"Y": 12, "M": 1}.get(unit, 0)
    if months and months == int(months):
        first = first_of(now.year, now.month - int(months))
        last = first_of(first.year, first.month + 1) - timedelta(days=1)
        begin = first.replace(day=min(now.day, last.day), hour=now.hour, minute=now.minute)
    else:
        begin = now - timedelta(days=days)
    return {"start": begin.isoformat(), "end": now.isoformat()}
