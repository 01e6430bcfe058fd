"""The words of times.yaml, and the arithmetic of days, months and years behind them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from appealnlp.errors import SchemeError
from appealnlp.evidence.numeral import floor_of
from appealnlp.schemes.files import Document

DATA = Path(__file__).with_name("data")
Span = tuple[datetime, datetime]
"""From the first moment to the one behind the last."""
_PLACES = ("years", "months", "weeks", "days", "parts", "seasons", "pieces", "thirds", "feasts", "moons", "durations")
_HAN = {sign: str(value) for value, sign in enumerate("零一二三四五六七八九")} | {"〇": "0", "○": "0"}


def number(text: str) -> int | None:
    """A number of a date: 12, 十二, 廿三, 二〇一八."""
    if text.isdecimal():
        return int(text)
    if len(text) > 1 and all(sign in _HAN for sign in text):
        return int("".join(_HAN[sign] for sign in text))
    return {"元": 1, "正": 1, "冬": 11, "腊": 12}.get(text) or floor_of(text.replace("廿", "二十"))


def first_of(year: int, month: int) -> datetime:
    """The first moment of a month; months past 12 lie in later years, those before 1 in earlier ones."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return datetime(year, month, 1)


def month_span(year: int, first: int, last: int) -> Span:
    """From the first day of one month to the last of another."""
    return first_of(year, first), first_of(year, last + 1)


def day_span(day: date, days: int = 1) -> Span:
    """Whole days."""
    begin = datetime.combine(day, time())
    return begin, begin + timedelta(days=days)


@dataclass(frozen=True)
class Words:
    """The words of times.yaml by kind, and one pattern for each kind."""

    data: Mapping[str, Any]
    patterns: Mapping[str, re.Pattern[str]]
    moons: Mapping[str, Mapping[int, date]]

    def feast(self, name: str, year: int, count: int) -> Span | None:
        """The days of a feast in a year, the ``count``-th one if not 0; None where the table of the moon ends."""
        row = self.data["feasts"][name]
        if "date" in row:
            day: date | None = date(year, *row["date"])
        else:
            day = self.moons[row["moon"]].get(year + row.get("year", 0))
        if day is None:
            return None
        if not (count and row.get("counted")):
            return day_span(day + timedelta(days=row.get("add", 0)), row["lasts"])
        return day_span(day + timedelta(days=row.get("add", 0) + count - 1))


@cache
def load_words(folder: Path = DATA) -> Words:
    """The shipped words. Raises SchemeError with file, line, value and remedy."""
    document = Document(folder / "times.yaml")
    data = document.data if isinstance(document.data, dict) else {}
    for place in _PLACES:
        if not isinstance(data.get(place), dict):
            raise document.error((place,), f"expected words, found {data.get(place)!r}", "write {word: value}")
    for name, row in data["feasts"].items():
        if "date" not in row and row.get("moon") not in data["moons"]:
            raise document.error(("feasts", name), f"no date for {name!r}", "give date: [month, day] or moon: name")
    patterns = {place: _any_of(data[place]) for place in _PLACES if place != "moons"}
    since = "|".join(map(re.escape, sorted(data["since"], key=len, reverse=True)))
    patterns["since"] = re.compile(f"(?:{since})(?!(?<=今)(?:[年日晚早]|天(?!天)))")  # 到今年3月 is no 到今
    feasts = patterns["feasts"].pattern
    patterns["beside"] = re.compile(f"(?:{feasts})节?(?:放假|假期|期间)?(?:之|以|过)?(?:(前)夕?|后)(?![前后])$")
    moons = {name: _by_year(document, name, days) for name, days in data["moons"].items()}
    return Words(data, patterns, moons)


def _any_of(words: Mapping[str, Any]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))


def _by_year(document: Document, name: str, days: object) -> Mapping[int, date]:
    if not isinstance(days, list) or not all(isinstance(day, date) for day in days):
        raise SchemeError(document.path, document.line("moons", name), f"moons.{name}: no dates", "write [2024-02-10]")
    return {day.year: day for day in days}
