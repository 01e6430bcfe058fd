"""What a tagger may have found, as far as its digits tell: none of its spans cuts a number or names a bare one."""

from __future__ import annotations

import re

from appealnlp.entities.pattern import Candidate

_NUMBER = re.compile("[0-9]+")
_DATE = re.compile("(?:19|20)[0-9]{2}(?:[0-9]{2}){0,2}")
_COUNTED = frozenset({"MONEY", "COUNT"})
"""Labels of which a bare number may be one (原价2400)."""


def is_plausible(text: str, item: Candidate) -> bool:
    """False for a span that begins or ends within a number (123|45), and for a bare number that is no sum or year."""
    start, end = item.start, item.end
    if start and _is_digit(text[start]) and _is_digit(text[start - 1]):
        return False
    if end < len(text) and _is_digit(text[end - 1]) and _is_digit(text[end]):
        return False
    if item.label in _COUNTED or _NUMBER.fullmatch(text, start, end) is None:
        return True
    return item.label == "TIME" and _DATE.fullmatch(text, start, end) is not None


def _is_digit(sign: str) -> bool:
    return "0" <= sign <= "9"
