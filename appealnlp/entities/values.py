"""What an entity means: sums in yuan, numbers of people, kinds of time. A reader gives None where it cannot tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from appealnlp.entities.moments import read_clock
from appealnlp.evidence.numeral import floor_of

Value = Mapping[str, Any]

_FOLD = {0xFF10 + digit: str(digit) for digit in range(10)} | {0xFF0E: ".", 0xFF0C: ","}
_SCALES = {"十": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "万": 10_000, "亿": 100_000_000}
_TO = re.compile(r"[-－—~～到至]{1,3}")
_DIGITS = re.compile(r"([0-9][0-9,]{0,15}(?:\.[0-9]{1,4})?)[多余几来]?([十百千万亿仟佰]{0,2})")
_SMALL = re.compile(r"([一二三四五六七八九两]|[0-9])(?=[角毛])")
_HAN_NUMBER = re.compile(r"[〇零一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟多余几来半数好]{1,14}")
_DATE = re.compile(
    r"(?:((?:19|20)[0-9]{2})(?:年|[-./]))?(?:的? ?(?<![0-9:])([0-9]{1,2})(?:月份?|[-./]))? ?"
    r"(?:([0-9]{1,2})(?:[日号]|(?![0-9点:月年])))?"
)
_KINDS = (
    ("recurring", re.compile(r"每")),
    (
        "range",
        re.compile(
            r"[至到~～]|[0-9日号月年][-—－]{1,2}[0-9]{1,2}[月日号年]|—"
            r"|(?:[点时分半刻钟]|:[0-9]{2}) ?[-－–][0-9一二三四五六七八九十早晚上下凌中次]"
        ),
    ),
    (
        "relative",
        re.compile(r"[今去前明后]年|[昨前明后][天日晚夜]|[本上下这]个?(?:月|周|星期)|星期|周[一二三四五六日末]"),
    ),
    ("date", re.compile(r"[年月日号]|节|[0-9][-./][0-9]|[元旦除夕国庆中秋五一]{2}|[暑寒]")),
)
_HOUSEHOLD = re.compile(r"[户家]")
_COUNT = re.compile(r"[上近]?[0-9,.一二两三四五六七八九十百千万几数多余来〇零壹贰叁肆伍陆柒捌玖拾]{1,16}")


def read_money(text: str) -> Value | None:
    """{"yuan": sum} or {"yuan": [low, high]}; of a vague sum its floor, None where it states none (几万元)."""
    folded = text.translate(_FOLD).replace("、", ".")
    parts = [part for part in _TO.split(folded) if part]
    sums = [_sum(part) for part in parts[:2]]
    if len(sums) == 2 and sums[0] is not None and sums[1] is not None:
        low, high = sums[0], sums[1]
        scale = _scale_of(parts[1]) if _scale_of(parts[0]) == 1 else 1
        return {"yuan": [low * scale if low * scale <= high else low, high]}
    return None if not sums or sums[-1] is None else {"yuan": sums[-1]}


def _scale_of(text: str) -> int:
    return next((value for sign, value in reversed(_SCALES.items()) if sign in text), 1)


def _sum(text: str) -> float | None:
    small = _SMALL.search(text)
    tenths = (floor_of(small[1]) or 0) / 10 if small else 0.0
    if small and not re.search("[元块圆]", text):
        return tenths
    found = _DIGITS.search(text)
    if found:
        value = float(found[1].replace(",", ""))
        for sign in found[2]:
            value *= _SCALES[sign]
        return round(value + tenths + _after_wan(text, found), 4)
    han = _HAN_NUMBER.search(text)
    number = floor_of(han[0]) if han else None
    return None if number is None else number + tenths


def _after_wan(text: str, found: re.Match[str]) -> int:
    """The thousands of 5万8千."""
    rest = re.match(r"([0-9])千", text[found.end() :]) if found[2].endswith("万") else None
    return int(rest[1]) * 1000 if rest else 0


def read_count(text: str) -> Value | None:
    """{"n": number, "unit": "people" | "households"}; None where only 几十, 数千 is said."""
    unit = "households" if _HOUSEHOLD.search(text) else "people"
    found = _COUNT.match(text.translate(_FOLD))
    number = floor_of(found[0]) if found else None
    return None if number is None else {"n": number, "unit": unit}


def read_time(text: str) -> Value:
    """{"kind": "date" | "time" | "range" | "relative" | "recurring", ...} with year, month, day, hour, minute if said.

    The parts are given for a single moment in digits only; what a relative day means depends on when it was written.
    """
    folded = text.translate(_FOLD)
    kind = next((name for name, signs in _KINDS if signs.search(folded)), "time")
    return {"kind": kind} if kind in ("range", "recurring") else {"kind": kind, **_parts(folded)}


def _parts(text: str) -> dict[str, int]:
    out: dict[str, int] = {}
    found = next((match for match in _DATE.finditer(text) if any(match.groups())), None)
    if found and (found[1] or found[2]):
        out = {name: int(part) for name, part in zip(("year", "month", "day"), found.groups(), strict=True) if part}
    clock = read_clock(text)
    if clock:
        out["hour"], out["minute"] = clock
    return out


def read_credit_code(text: str) -> Value:
    """{"kind": "uscc"}: a unified social credit code."""
    return {"kind": "uscc"}


READERS: Mapping[str, Callable[[str], Value | None]] = {
    "money": read_money,
    "count": read_count,
    "time": read_time,
    "credit_code": read_credit_code,
}
"""The readers that a pattern file may name."""
