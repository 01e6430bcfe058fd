"""Checksums and forms of numbers. Each check takes the text that a pattern found and says whether it can be true."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from itertools import repeat
from operator import mul

_FULL_WIDTH = {0xFF10 + digit: str(digit) for digit in range(10)} | {0xFF38: "X", 0xFF58: "X"}
_NO_SIGN = re.compile(r"[^0-9A-Za-z]")
_ASCII = {code: None for code in range(128) if not chr(code).isalnum()}
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_SIGNS = "10X98765432"
_CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_NO_VALUE = 255
_CREDIT_VALUES = bytes(_CREDIT_SIGNS.find(chr(code).upper()) % 256 for code in range(256))
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_GROUP = re.compile("[0-9０-９]+")
_MOBILE = re.compile("(?:(?:00)?86|0)?1[3-9][0-9]{9}")
_MOST_GROUPS = 5
_SPOKEN = {sign: str(place) for place, sign in enumerate("零一二三四五六七八九")}
_SPOKEN |= {sign: str(place) for place, sign in enumerate("壹贰叁肆伍陆柒捌玖", 1)}
_SPOKEN |= {str(digit): str(digit) for digit in range(10)}
_SPOKEN |= dict(zip("〇○洞幺妖么两拐", "00011127", strict=True)) | {"叉": "X", "X": "X", "x": "X", "Ｘ": "X"}


def plain(text: str) -> str:
    """Digits and letters alone, full-width ones folded."""
    if text.isascii():  # by far the fastest way, and hostile texts make thousands of calls
        return text.translate(_ASCII)
    return _NO_SIGN.sub("", text.translate(_FULL_WIDTH))


def is_id_card(text: str) -> bool:
    """Whether the 18 signs are a citizen number: date of birth and the mod 11-2 sum of GB 11643."""
    return _is_citizen(plain(text).upper())


def _is_citizen(number: str) -> bool:
    if len(number) != 18 or not _is_date(number[6:10], number[10:12], number[12:14]) or not number[:17].isdecimal():
        return False
    total = sum(map(mul, _ID_WEIGHTS, map(int, number[:17])))
    return number[17] == _ID_SIGNS[total % 11]


def is_old_id_card(text: str) -> bool:
    """Whether the 15 digits are a citizen number of before 1999, which has a date of birth and no sum."""
    number = plain(text)
    return len(number) == 15 and _is_date(f"19{number[6:8]}", number[8:10], number[10:12])


def _is_date(year: str, month: str, day: str) -> bool:
    if not ("1880" <= year <= "9999" and "01" <= month <= "12" and "01" <= day <= "31"):  # most are refused here
        return False
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def is_credit_code(text: str) -> bool:
    """Whether the 18 signs are a unified social credit code (GB 32100, mod 31)."""
    code = plain(text)
    if len(code) != 18:
        return False
    values = code.encode("ascii").translate(_CREDIT_VALUES)
    total = sum(map(mul, _CREDIT_WEIGHTS, values))
    return _NO_VALUE not in values and values[17] == (31 - total % 31) % 31


def is_luhn(text: str) -> bool:
    """Whether the last digit is the Luhn sum of the others, as on bank cards."""
    number = plain(text)
    if not number.isdecimal() or len(set(number)) == 1:
        return False
    digits = [int(digit) for digit in reversed(number)]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def is_mobile(text: str) -> bool:
    """Whether the digits end in an eleven-digit mobile number."""
    return _MOBILE.fullmatch(plain(text)) is not None


def spoken_digits(text: str) -> str:
    """The digits of a number that was read out: 幺三九 is 139; other signs are left out."""
    return "".join(map(_SPOKEN.get, text.replace("埃克斯", "X").replace("艾克斯", "X"), repeat("")))


def is_spaced_mobile(text: str) -> bool:
    """A mobile number in groups; of hyphens and dots few, or one after each digit: 13-14-15-16-17-8 is a list."""
    groups = [len(group) for group in _GROUP.findall(text)]
    blank = all(sign.isspace() or sign.isalnum() or sign == "+" for sign in text)
    return is_mobile(text) and (blank or len(groups) <= _MOST_GROUPS or set(groups) == {1})


def is_spoken_mobile(text: str) -> bool:
    """A mobile number that was read out."""
    return _MOBILE.fullmatch(spoken_digits(text)) is not None


def is_spoken_id_card(text: str) -> bool:
    """A citizen number that was read out."""
    return _is_citizen(spoken_digits(text))


def is_spoken_landline(text: str) -> bool:
    """An area code and seven or eight digits, read out."""
    return re.fullmatch(r"0[1-9][0-9]{8,10}", spoken_digits(text)) is not None


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "id_card": is_id_card,
    "id_card_old": is_old_id_card,
    "credit_code": is_credit_code,
    "luhn": is_luhn,
    "mobile": is_mobile,
    "mobile_spaced": is_spaced_mobile,
    "mobile_spoken": is_spoken_mobile,
    "id_card_spoken": is_spoken_id_card,
    "landline_spoken": is_spoken_landline,
}
"""The checks that a pattern file may name."""
