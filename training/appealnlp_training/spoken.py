"""How digits are read out: 12 -> 十二, 13900001234 -> 幺三九零零零零幺二三四, 2019年 -> 二零一九年."""

from __future__ import annotations

import re
import unicodedata

from appealnlp_training.sounds import SETTINGS

NUMBER = re.compile(r"[0-9０-９]+(?:[.．][0-9０-９]+)?[%％]?")
"""What is read out as one."""
_DIGITS: str = SETTINGS["digits"]
_GROUPS = ("", "万", "亿", "万亿")
_PLACES = ("", "十", "百", "千")


def say(number: str, after: str = "") -> str:
    """A match of NUMBER as it is spoken before the text ``after``."""
    plain = unicodedata.normalize("NFKC", number)
    digits, _, fraction = plain.rstrip("%").partition(".")
    spoken = _whole(digits, after) if not fraction else f"{_value(int(digits[-15:]))}点{_singly(fraction)}"
    return f"百分之{spoken}" if plain.endswith("%") else spoken


def _whole(digits: str, after: str) -> str:
    singly = len(digits) > 2 and after.startswith(tuple(SETTINGS["read_singly"]))
    if len(digits) >= SETTINGS["singly_from"] or singly or (len(digits) > 1 and digits[0] == "0"):
        spoken = _singly(digits)
        return spoken if after.startswith("年") else spoken.replace(_DIGITS[1], SETTINGS["call_one"])
    if digits == "2" and after[:1] and after[0] in SETTINGS["two_before"]:
        return "两"
    return _value(int(digits))


def _singly(digits: str) -> str:
    return "".join(_DIGITS[int(digit)] for digit in digits)


def _value(number: int) -> str:
    """A whole number below 10 ** 16 in words."""
    if number == 0:
        return _DIGITS[0]
    words, gap = "", False
    for place in reversed(range(4)):
        group = number // 10_000**place % 10_000
        if group:
            words += (_DIGITS[0] if words and (gap or group < 1000) else "") + _group(group) + _GROUPS[place]
        gap = not group
    return words.removeprefix(_DIGITS[1]) if words.startswith(f"{_DIGITS[1]}十") else words


def _group(number: int) -> str:
    words, gap = "", False
    for place in reversed(range(4)):
        digit = number // 10**place % 10
        if digit:
            words += (_DIGITS[0] if words and gap else "") + _DIGITS[digit] + _PLACES[place]
        gap = not digit
    return words
