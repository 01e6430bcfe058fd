"""Reads a number as citizens write it: digits, Chinese numerals, 万, and the vague forms that still state a floor."""

from __future__ import annotations

import re

_DIGITS = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2, "廿": 20}
_DIGITS |= {sign: value for value, sign in enumerate("壹贰叁肆伍陆柒捌玖", 1)}
_SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_LARGE = {"万": 10_000, "萬": 10_000, "亿": 100_000_000}
_MIXED = re.compile(r"([0-9][0-9,，]{0,12}(?:\.[0-9]{1,4})?)[多余几来]?([百千万亿]{0,2})")
_RANGE = re.compile(r"^([0-9])[-—~到至][0-9]$")
_VAGUE = frozenset("几数好多许")
_TAIL = "多余几来"


def floor_of(numeral: str) -> int | None:
    """The number that ``numeral`` states, or the floor of a vague one; None where it states none.

    "564" 564, "1.2万" 12000, "两百多" 200, "一百三四十" 130, "十几" 10, "上百" 100, "近百" 100, "四五" 4;
    "几十", "数千", "好几百" None. The words before the number (上, 近, 约) may be left on.
    """
    text = numeral.lstrip("上近约达超过将足至少共有").rstrip(_TAIL)
    if not text or text[0] in _VAGUE:
        return None
    text = _RANGE.sub(r"\1", text)
    mixed = _MIXED.fullmatch(text)
    if mixed:
        return _scaled(mixed[1].replace(",", "").replace("，", ""), mixed[2])
    return _chinese(text)


def _scaled(digits: str, scale: str) -> int:
    value = float(digits)
    for sign in scale:
        value *= _SMALL.get(sign) or _LARGE[sign]
    return round(value)


def _chinese(text: str) -> int | None:
    """A run of Chinese numerals; of two digits in a row (三四十) the lower one counts, and bare 百 is one hundred."""
    if len(text) > 2 and all(sign in _DIGITS for sign in text):
        return int("".join(str(_DIGITS[sign]) for sign in text))
    total = section = 0
    digit: int | None = None
    for place, sign in enumerate(text):
        if sign in _DIGITS:
            if digit is None or digit == 0:
                digit = _DIGITS[sign]
        elif sign in _SMALL:
            section += (1 if digit is None else digit) * _SMALL[sign]
            digit = None
        elif sign in _LARGE:
            total = (total + section + (digit or 0) or 1) * _LARGE[sign]
            section, digit = 0, None
        elif not (sign in _TAIL and place):
            return None
    return total + section + (digit or 0)
