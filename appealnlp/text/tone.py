"""Words and marks of anger: they are not read where labels are decided, since tone never raises urgency."""

from __future__ import annotations

import re
from functools import cache

from appealnlp.text._data import read_yaml

Span = tuple[int, int]


@cache
def _tone() -> re.Pattern[str]:
    data = read_yaml("tone.yaml")
    phrases = "|".join(map(re.escape, sorted(data["phrases"], key=len, reverse=True)))
    marks = re.escape(data["marks"])
    # each alternative begins with a character, so that the engine jumps to the next one of them
    repeated = "|".join(rf"{re.escape(mark)}(?<=[{marks}]{{2}})[{marks}]*" for mark in data["marks"])
    return re.compile(f"{phrases}|{repeated}")


def tone_spans(text: str) -> list[Span]:
    """Where ``text`` is nothing but tone: phrases of tone.yaml, and marks behind the first one. In order."""
    return [match.span() for match in _tone().finditer(text)]


def without_tone(text: str) -> str:
    """``text`` with blanks in the place of tone; the length stays."""
    return _tone().sub(lambda match: " " * len(match[0]), text)
