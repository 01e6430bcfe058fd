"""Numbered items: "一、", "1.", "（二）", "③", "第三", "一是", "首先 … 其次"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

_CHINESE = "一二三四五六七八九十"
_FIRST = re.compile(f"[1-9（({_CHINESE}第①-⑳⑴-⒇❶-❿首其再最]")
_BOUNDARY = r"(?:(?<=[\n。！？!?；;：:，,）)”\s])|^)"


@dataclass(frozen=True, slots=True)
class Item:
    """One numbered item: its marker stands at ``text[start:body]``, what it says begins at ``body``."""

    start: int
    body: int
    number: int
    style: str


@cache
def _marker() -> re.Pattern[str]:
    """Markers of all styles; one that could be part of a number, a date or a weekday is none."""
    numeral = f"[{_CHINESE}]"
    counted = "(?:个|条|件|项|方面|大)(?:问题|方面|事|诉求|理由|原因)?"
    unbound = r"(?<![0-9A-Za-z第至到和与—~-])(?<![0-9][.．,，、:：/])"
    styles = {
        "digit": rf"{unbound}(?P<digit>[1-9][0-9]?)[、.．,，:：)）]{{1,2}}(?![0-9%])",
        "bracket": rf"[（(](?P<bracket>[1-9][0-9]?|{numeral}{{1,3}})[)）]",
        "numeral": rf"{_BOUNDARY}(?P<numeral>{numeral}{{1,3}})[、.．,，:：]{{1,2}}(?!{numeral}{{1,3}}[、.．])",
        "ordinal": rf"{_BOUNDARY}第(?P<ordinal>{numeral}|[1-9])(?:(?=[、，,：:；。.\s—-])|[是点]|{counted})[，,、：:]?",
        "circle": r"(?P<circle>[①-⑳⑴-⒇❶-❿])[、.．]?",
        "is": rf"{_BOUNDARY}(?P<is>{numeral})(?:是|来|则)",
        "sequence": rf"{_BOUNDARY}(?P<sequence>首先|其次|再次|第三(?=，)|最后)[，,、]?",
    }
    return re.compile("|".join(styles.values()), re.MULTILINE)


_SEQUENCE = {"首先": 1, "其次": 2, "再次": 3, "第三": 3, "最后": 4}


def enumerations(text: str, start: int = 0) -> list[tuple[Item, ...]]:
    """The enumerations of ``text`` from ``start`` on: chains 1, 2, 3 … of one style, two items or more, by position."""
    open_chains: dict[str, list[Item]] = {}
    chains: list[list[Item]] = []
    for item in _items(text, start):
        chain = open_chains.get(item.style)
        if item.number == 1:
            open_chains[item.style] = [item]
            chains.append(open_chains[item.style])
        elif chain and _follows(chain[-1], item):
            chain.append(item)
    return [tuple(chain) for chain in chains if len(chain) > 1]


def _follows(last: Item, item: Item) -> bool:
    if item.style == "sequence":
        return item.number > last.number
    return item.number == last.number + 1


def _items(text: str, start: int) -> Iterator[Item]:
    marker, position = _marker(), start
    for first in _FIRST.finditer(text, start):  # a scan for one class is far faster than one for all styles
        match = marker.match(text, first.start()) if first.start() >= position else None
        if match:
            style, position = match.lastgroup or "", match.end()
            yield Item(match.start(), position, _number(match[style], style), style)


def _number(written: str, style: str) -> int:
    if style == "sequence":
        return _SEQUENCE[written]
    if style == "circle":
        return next(ord(written) - ord(first) + 1 for first in "❶⑴①" if written >= first)
    if written.isdecimal():
        return int(written)
    if written == "十":
        return 10
    tens, ten, ones = written.partition("十")
    if not ten:
        return _digit(written)
    return (_digit(tens) or 1) * 10 + _digit(ones)


def _digit(numeral: str) -> int:
    """The value of one Chinese numeral; 0 for anything else, which continues no enumeration."""
    return _CHINESE.find(numeral) + 1 if len(numeral) == 1 else 0
