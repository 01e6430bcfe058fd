"""What a time means: an interval on the calendar, read against the day on which an appeal came in.

An interval goes from ``start`` to the moment behind its last one, ``end``. What cannot be told is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from appealnlp.entities.calendar import Span, Words, day_span, load_words, month_span, number

Value = dict[str, Any]
_FOLD = {0xFF10 + digit: str(digit) for digit in range(10)} | {0xFF1A: ":", 0xFF0E: ".", 0xFF0F: "/", 0xFF0D: "-"}
_N = "[0-9]{1,2}|[一二三四五六七八九十廿]{1,3}"
_YEAR = re.compile(r"([0-9]{4}|[〇零○一二三四五六七八九]{4}|(?<![0-9])[0-9]{2}|[七八九][〇零一二三四五六七八九]) ?年")
_MONTH = re.compile(rf"(?:({_N}|元) ?月|(?<=年)([0-9]{{1,2}})(?=[-/.][0-9]))")
_DAY = re.compile(rf"(?:({_N}) ?[日号曰]|(?<=月)([0-9]{{1,2}})(?![0-9:点时]))")
_CLOCK = re.compile(
    rf"(?:([0-9]{{1,2}}):([0-9]{{2}})|({_N}|两) ?[点时](?!间)"
    rf"(?:({_N}|[一二三四五]十[一二三四五六七八九]?)分?|(半)|([一三])刻)?)"
)
_WEEKDAY = re.compile("(?:周|星期|礼拜)([一二三四五六日天末])")
_WEEKDAYS = {sign: place for place, sign in enumerate("一二三四五六日")} | {"天": 6, "末": 5}
_WEEKEND = "末"
_EACH_WEEKDAY = re.compile(
    "(?:周|星期|礼拜)([一二三四五六日天末])(?:([至到-])(?:周|星期|礼拜)?([一二三四五六日天]))?"
    "((?:[、和及,，]?(?:周|星期|礼拜)?[一二三四五六日天](?![点时月天年个]))*)"
)
_EVERY = re.compile(r"每(?:个|一)?(天|日|晚|夜|周|星期|礼拜|月|年)")
_UNITS = (
    dict.fromkeys("天日晚夜", "day") | dict.fromkeys(("周", "星期", "礼拜"), "week") | {"月": "month", "年": "year"}
)
_TO = re.compile(r" ?(?:开始)? ?(?:至|到|~|～|—|–|－|--|(?<=[0-9日号月年点时])-(?=[0-9]))+ ?(次日|第二天)?")
_SLASHED = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})(?![0-9])[日号]?")
_COUNT = re.compile("初?([0-9]{1,2}|[一二三四五六七八九十廿]{1,3})")
_MOON = re.compile("[农阴旧][历曆](?!正月|腊月)[^月]{1,3}月")
_DECADE = re.compile("([二三四五六七八九]|[1-9])[十0]年代")
_DATED = re.compile("[年月日号周天]")
_NEXT_DAY = re.compile("次日|第二天")
_SOON = timedelta(days=45)
"""A day without its year lies in the past, or at most so far ahead."""


@dataclass
class _Fields:
    """What the words of one moment say; None where they are silent."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    months: tuple[int, int] | None = None
    days: tuple[int, int] | None = None
    feast: tuple[str, int] | None = None
    weekday: int | None = None
    weekend: bool = False
    part: str = ""
    clock: tuple[int, int] | None = None
    near: dict[str, int] = field(default_factory=dict)
    """How many years, months, weeks, days from the day of the appeal."""


def read_moment(text: str, received_at: datetime | None = None, after: str = "") -> Value:
    """The interval that ``text`` names: {"start", "end"} in ISO 8601, or {"every", ...} for what comes again.

    What lies before or behind a feast (春节前) has an end or a start alone.

    ``received_at`` places what is relative and fills in a missing year; without it only what is absolute is placed.
    ``after`` is what follows in the text: 至今 makes ``received_at`` the end. Empty where nothing can be told.
    """
    words = load_words()
    folded = text.translate(_FOLD)
    every = _EVERY.search(folded)
    if every:
        return _recurring(words, folded, every)
    now = received_at.replace(tzinfo=None) if received_at else None
    if _MOON.search(folded):  # a month of the moon, of which there is no table
        return {}
    try:
        span = _range(words, folded, now)
    except (ValueError, OverflowError):  # 2月30日
        return {}
    if span is None:
        clocks = [] if _DATED.search(folded) else list(_clocks(words, folded))  # a time of day may be any day's
        return {"from": clocks[0], "to": clocks[1]} if len(clocks) > 1 else {}
    if now is not None and words.patterns["since"].match(after):
        return {"start": span[0].isoformat(), "end": max(now, span[0]).isoformat(), "until_now": True}
    begin, end = span[0].isoformat(), span[1].isoformat()
    side = None if _TO.search(folded) else words.patterns["beside"].search(folded)
    if side:  # 春节前 ends where the feast begins; when it begins nobody says
        return {"end": begin} if side[1] else {"start": end}
    return {"start": begin, "end": end}


def read_clock(text: str) -> tuple[int, int] | None:
    """(hour, minute) of the first time of day in ``text``, after its part of the day: 晚上10点 is 22."""
    words, folded = load_words(), text.translate(_FOLD)
    found = _CLOCK.search(folded)
    if found is None:
        return None
    parts = [part[0] for part in words.patterns["parts"].finditer(folded, 0, found.start())]
    return _clock(words, found, parts[-1] if parts else "")


def _range(words: Words, text: str, now: datetime | None) -> Span | None:
    plain = _SLASHED.sub(r"\1年\2月\3日", text)
    decade = _DECADE.search(plain)
    if decade:
        year = 10 * (number(decade[1]) or 0) + 1900
        return month_span(year, 1, 120) if year >= 1950 else month_span(year + 100, 1, 120)
    pieces = [piece for piece in _TO.split(plain) if piece]
    overnight = "次日" in pieces or "第二天" in pieces
    pieces = [piece for piece in pieces if piece not in ("次日", "第二天")]
    if not pieces:
        return None
    if len(pieces) == 1:
        return _span(words, _fields(words, pieces[0]), now)
    first, last = _fields(words, _completed(pieces[0], pieces[1])), _fields(words, pieces[1])
    if first.clock and last.clock and not (last.part or overnight or _is_dated(last)):
        last.clock = _later(words, first.clock, last.clock, first.part)
    _inherit(first, last)
    one, two = _span(words, first, now), _span(words, last, now)
    if one and two and two[1] <= one[0] and last.year is None and not last.near and not last.clock:
        last.year = one[0].year  # 五一到国庆: the end follows the begin
        two = _span(words, last, now)
    if one is None or two is None:
        return None
    end = two[0] if last.clock else two[1]
    if overnight or (end <= one[0] and last.clock):
        end += timedelta(days=1)
    return (one[0], end) if end > one[0] else None


def _completed(first: str, second: str) -> str:
    """7~8月, 1990至1993年: the unit of the second number is that of the first."""
    unit = re.match(rf"(?:{_N}|[0-9]{{4}}) ?([年月日号点时])", second)
    bare = re.search(rf"(?:^|[年月 ])(?:{_N}|[0-9]{{4}})$", first)
    return first + unit[1] if unit and bare else first


def _is_dated(fields: _Fields) -> bool:
    """Whether the words say on which day."""
    return bool(fields.day or fields.month or fields.near or fields.feast or fields.weekday is not None)


def _inherit(first: _Fields, last: _Fields) -> None:
    """The end of a span takes from its begin what it leaves unsaid."""
    if not last.near and last.weekday is None and last.feast is None:
        for name in ("year", "month", "day"):
            if getattr(last, name) is None and not (name == "month" and last.months):
                setattr(last, name, getattr(first, name))
            elif getattr(last, name) is not None:
                break
        if last.clock and not (last.year or last.month or last.day):
            last.weekday, last.feast, last.near = first.weekday, first.feast, first.near
        elif not last.year:
            last.near = {name: value for name, value in first.near.items() if name == "years"}


def _fields(words: Words, text: str) -> _Fields:
    out = _Fields()
    year = _YEAR.search(text)
    if year:
        value = number(year[1]) or 0
        out.year = value if value > 99 else value + (1900 if value >= 50 else 2000)
    _month_and_day(words, text, out)
    _relative(words, text, out)
    feast = words.patterns["feasts"].search(text)
    if feast:
        count = _COUNT.match(text, feast.end())
        out.feast = feast[0], (number(count[1]) or 0) if count else 0
    part = words.patterns["parts"].search(text)
    out.part = part[0] if part else ""
    clock = _CLOCK.search(text)
    if clock:
        out.clock = _clock(words, clock, out.part)
    return out


def _month_and_day(words: Words, text: str, out: _Fields) -> None:
    month, day = _MONTH.search(text), _DAY.search(text)
    out.month = number(month[1] or month[2]) if month else None
    out.day = number(day[1] or day[2]) if day else None
    piece = words.patterns["pieces"].search(text)
    season = re.search("([春夏秋冬])(?!节)", text)
    if piece:
        out.months = tuple(words.data["pieces"][piece[0]])
    elif season and not month:
        out.months = tuple(words.data["seasons"][season[1]])
    third = words.patterns["thirds"].match(text, month.end()) if month and not day else None
    if third is None and month is None:
        third = re.search("(?<=月)[初中底末]", text)
    if third:
        out.days = tuple(words.data["thirds"][third[0]])


def _relative(words: Words, text: str, out: _Fields) -> None:
    """Years, months, weeks and days from the day of the appeal; kept as distances until that is known."""
    for place in ("years", "months", "weeks", "days"):
        found = words.patterns[place].search(text)
        if found:
            out.near[place] = words.data[place][found[0]]
    weekday = _WEEKDAY.search(text)
    if weekday:
        out.weekday, out.weekend = _WEEKDAYS[weekday[1]], weekday[1] == _WEEKEND


def _clock(words: Words, found: re.Match[str], part: str) -> tuple[int, int] | None:
    """(hour, minute) as said, after the part of the day."""
    hour = number((found[1] or found[3]).replace("两", "二"))
    minute = int(found[2]) if found[2] else (number(found[4]) or 0) if found[4] else 0
    minute = 30 if found[5] else 15 * (number(found[6]) or 0) if found[6] else minute
    if hour is None or hour > 24 or minute > 59:
        return None
    return _shifted(words, (hour, minute), part)


def _shifted(words: Words, clock: tuple[int, int], part: str) -> tuple[int, int]:
    """The time of day on a clock of 24 hours: 晚上10点 is 22."""
    hour, minute = clock
    deep = hour < 6 and words.data["parts"].get(part, (0, 0))[1] > 24  # 半夜3点 lies behind midnight
    if part in words.data["late"] and 0 < hour < 12 and not deep:
        hour += 12
    elif hour == 12 and words.data["parts"].get(part, (0, 0))[0] >= 18:
        hour = 24
    return hour, minute


def _later(words: Words, first: tuple[int, int], last: tuple[int, int], part: str) -> tuple[int, int]:
    """The end of a span of hours, which is in the same part of the day as long as it is the later one.

    下午2点到5点 ends at 17, 晚上10点到6点 at 6.
    """
    shifted = _shifted(words, last, part)
    return shifted if shifted > first else last


def _span(words: Words, fields: _Fields, now: datetime | None) -> Span | None:
    """The interval of one moment."""
    base = _base(words, fields, now)
    if base is None or not (fields.part or fields.clock):
        return base
    if base[1] - base[0] > timedelta(days=1):
        return base  # a clock in a week or a month is no moment
    if fields.clock:
        start = base[0] + timedelta(hours=fields.clock[0], minutes=fields.clock[1])
        return start, start + timedelta(minutes=1 if fields.clock[1] else 60)
    low, high = words.data["parts"][fields.part]
    return base[0] + timedelta(hours=low), base[0] + timedelta(hours=high)


def _base(words: Words, fields: _Fields, now: datetime | None) -> Span | None:
    """The year, month, week or day."""
    near = fields.near
    if now is None and (near or fields.weekday is not None):
        return None
    if now is not None:
        day = _near_day(fields, now.date())
        if day is not None:
            return day
        if "years" in near and fields.year is None:
            fields.year = now.year + near["years"]
        if "months" in near:
            month = month_span(now.year, now.month + near["months"], now.month + near["months"])
            if fields.day is None:
                return _third(month, fields.days)
            fields.year, fields.month = month[0].year, month[0].month
    return _in_year(words, fields, now)


def _near_day(fields: _Fields, today: date) -> Span | None:
    near = fields.near
    if "days" in near:
        return day_span(today + timedelta(days=near["days"]))
    monday = today - timedelta(days=today.weekday())
    if "weeks" in near:
        monday += timedelta(weeks=near["weeks"])
        if fields.weekday is None:
            return day_span(monday, 7)
        return day_span(monday + timedelta(days=fields.weekday), 2 if fields.weekend else 1)
    if fields.weekday is not None and fields.day is None and fields.month is None:
        day = monday + timedelta(days=fields.weekday)
        return day_span(day if day <= today else day - timedelta(weeks=1), 2 if fields.weekend else 1)
    return None


def _in_year(words: Words, fields: _Fields, now: datetime | None) -> Span | None:
    if fields.year is not None:
        return _placed(words, fields, fields.year)
    silent = not (fields.month or fields.day or fields.months or fields.feast)
    if now is None or silent:
        return None
    if fields.day is not None and fields.month is None and not fields.feast:
        return _day_alone(fields.day, now)
    for year in (now.year + 1, now.year, now.year - 1):
        span = _placed(words, fields, year)
        if span is not None and span[0] <= now + _SOON and not (year > now.year and span[0] > now + _SOON):
            return span
    return None


def _day_alone(day: int, now: datetime) -> Span | None:
    """The 27th: of this month, or of the last one where that lies far ahead."""
    month = month_span(now.year, now.month, now.month)[0]
    if day > now.day + 10:
        month = month_span(now.year, now.month - 1, now.month - 1)[0]
    return day_span(date(month.year, month.month, day))


def _placed(words: Words, fields: _Fields, year: int) -> Span | None:
    if fields.feast:
        return words.feast(fields.feast[0], year, fields.feast[1])
    if fields.month and fields.day:
        return day_span(date(year, fields.month, fields.day))
    if fields.month:
        return _third(month_span(year, fields.month, fields.month), fields.days)
    if fields.months:
        return month_span(year, *fields.months)
    return month_span(year, 1, 12)


def _third(month: Span, days: tuple[int, int] | None) -> Span:
    if days is None:
        return month
    first = month[0] + timedelta(days=days[0] - 1)
    return first, min(month[1], month[0] + timedelta(days=days[1]))


def _recurring(words: Words, text: str, every: re.Match[str]) -> Value:
    """{"every": "day" | "week" | "month" | "year", ...} with weekday (1 to 7) or weekdays, month, day, from, to."""
    out: Value = {"every": _UNITS[every[1]]}
    weekdays = _weekdays(text)
    if weekdays:
        out |= {"every": "week"} | ({"weekday": weekdays[0]} if len(weekdays) == 1 else {"weekdays": weekdays})
    month, day = _MONTH.search(text), _DAY.search(text)
    if month and month[1]:
        out["month"] = number(month[1])
    if day and day[1]:
        out["day"] = number(day[1])
    clocks = list(_clocks(words, text))
    if clocks:
        out |= dict(zip(("from", "to"), clocks, strict=False))
    else:
        part = words.patterns["parts"].search(text)
        if part:
            low, high = words.data["parts"][part[0]]
            out |= {"from": f"{low:02}:00", "to": f"{high % 24:02}:00"}
    return out


def _weekdays(text: str) -> list[int]:
    """The days of the week, 1 to 7: 每周一三五 is 1, 3, 5, 周一至周五 1 to 5."""
    found = _EACH_WEEKDAY.search(text)
    if found is None:
        return []
    first = _WEEKDAYS[found[1]] + 1
    last = _WEEKDAYS[found[3]] + 1 if found[3] else 7 if found[1] == _WEEKEND else first
    more = [_WEEKDAYS[sign] + 1 for sign in found[4] if sign in _WEEKDAYS]
    return sorted({*range(first, last + 1), *more})


def _clocks(words: Words, text: str) -> Iterator[str]:
    """The first two times of day, each after the part of the day before it."""
    part, reached = "", 0
    first: tuple[int, int] | None = None
    for found in list(_CLOCK.finditer(text))[:2]:
        seen = [match[0] for match in words.patterns["parts"].finditer(text, reached, found.start())]
        clock = _clock(words, found, seen[-1] if seen else "" if first else part)
        if clock and first and not seen and not _NEXT_DAY.search(text, reached, found.start()):
            clock = _later(words, first, clock, part)
        if clock:
            yield f"{clock[0] % 24:02}:{clock[1]:02}"
        part, first, reached = seen[-1] if seen else part, first or clock, found.end()
