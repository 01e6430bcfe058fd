"""Greetings at the head of an appeal and courtesies at its foot."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from appealnlp.text._data import any_of, read_yaml

_REACH = 400  # code points at the foot that are searched for courtesies
_CLAUSE_END = re.compile(r"[，,。！!？?；;、~～…\s]+")


@dataclass(frozen=True, slots=True)
class _Frame:
    greeting: re.Pattern[str]
    closing: re.Pattern[str]


@cache
def _frame() -> _Frame:
    data = read_yaml("closings.yaml")
    greetings = any_of([item.format(who=data["who"], hello=data["hello"]) for item in data["greetings"]])
    return _Frame(
        re.compile(rf"(?:{greetings}(?:{data['after_greeting']}))+"),
        re.compile(rf"(?:{any_of(data['closings'])}[：:“”]?)+"),
    )


def frame(text: str, start: int = 0) -> tuple[int, int]:
    """The span of what is said, from ``start`` on, without the greeting before and the courtesies behind it.

    The whole rest is returned where nothing else would remain. A closing with a demand of its own stays inside.
    """
    end = len(text.rstrip())
    begin = start + len(text[start:]) - len(text[start:].lstrip())
    greeting = _frame().greeting.match(text, begin, min(end, begin + _REACH))
    head = greeting.end() if greeting else begin
    foot = len(text[: _foot(text, head, end)].rstrip())
    if head < foot:
        return head, foot
    return (begin, end) if begin < end else (start, len(text))


def _foot(text: str, head: int, end: int) -> int:
    """Where the courtesies at the foot begin: the last clauses, one by one, as long as each is nothing but courtesy."""
    low = max(head, end - _REACH)
    clauses = [low, *(match.end() for match in _CLAUSE_END.finditer(text, low, end))]
    foot = end
    for begin in reversed(clauses):
        clause = _CLAUSE_END.sub("", text[begin:foot])
        if clause and not _frame().closing.fullmatch(clause):
            break
        if begin > low or low == head:
            foot = begin
    return foot
