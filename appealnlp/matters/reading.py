"""One appeal made ready for comparing: what names private persons hidden, places and objects by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from appealnlp.appeal import Appeal
from appealnlp.classify.features import hide
from appealnlp.entities import load_recogniser
from appealnlp.entities.pattern import Candidate
from appealnlp.matters.names import NameRules, name_rules
from appealnlp.matters.periods import EPOCH
from appealnlp.text import normalize


@dataclass(frozen=True, slots=True)
class Read:
    """An appeal that can be compared. ``text`` is normalised, of ``head`` characters of title or opening first.

    Whatever names a private person is a run of mask characters in ``text``; ``named`` are the spans of the
    bare names of places, units and objects (no division before them, no building behind), ``names`` their words.
    """

    text: str
    head: int
    named: tuple[tuple[int, int], ...]
    names: tuple[str, ...]
    firms: tuple[str, ...] = ()
    """Those of ``names`` that are enterprises."""


def read(appeal: Appeal) -> Read:
    """Read one appeal. Raises nothing for any text that an Appeal can hold."""
    normal = normalize(appeal.content, title_length=len(appeal.title or ""))
    title = normal.locate(appeal.text_start) if appeal.title else 0
    return read_text(normal.text, title)


def read_text(text: str, title: int) -> Read:
    """Read a normalised text whose first ``title`` characters are its title line."""
    rules = name_rules()
    recogniser = load_recogniser()
    found = recogniser.spans(text, title)
    hidden = merged([*recogniser.personal_spans(text), *personal(found, rules), *_after_cues(text)])
    named: list[tuple[int, int]] = []
    firms: list[str] = []
    for item in found:
        bare = rules.bare(text[item.start : item.end]) if rules.is_name(item) else None
        span = (item.start + bare[0], item.start + bare[1]) if bare else None
        if span is None or overlaps(span, hidden):
            continue
        named.append(span)
        if rules.is_firm(item):
            firms.append(text[span[0] : span[1]])
    names = tuple(text[start:end] for start, end in named)
    head = title or min(len(text), rules.opening)
    return Read(hide(text, hidden), head, tuple(named), names, tuple(firms))


def personal(found: Iterable[Candidate], rules: NameRules) -> list[tuple[int, int, str]]:
    """The spans of what must never link two appeals: people, and numbers that lead to them."""
    return [(item.start, item.end, item.label) for item in found if item.label in rules.personal]


def _after_cues(text: str) -> Iterator[tuple[int, int, str]]:
    """What may be a name behind a cue, up to a mark."""
    for match in _cued().finditer(text):
        yield match.start(1), match.end(1), "PER"


@cache
def _cued() -> re.Pattern[str]:
    persons = load_recogniser().persons
    cues = "|".join(map(re.escape, sorted(name_rules().cues, key=len, reverse=True)))
    surnames = "|".join(sorted({*persons.double, *persons.surnames}, key=lambda name: (-len(name), name)))
    return re.compile(f"(?:{cues})[：: 是叫为]{{0,2}}((?:{surnames})[\u4e00-\u9fff]{{1,2}})(?=[^\u4e00-\u9fff]|$)")


def merged(spans: Iterable[tuple[int, int, str]]) -> list[tuple[int, int]]:
    """Spans in order, overlapping ones as one."""
    out: list[tuple[int, int]] = []
    for start, end, *_ in sorted(spans):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out


def overlaps(span: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    """Whether the span has a character in common with one of the others."""
    return any(start < span[1] and span[0] < end for start, end in others)


def seconds(moment: datetime | None) -> int | None:
    """Seconds since 1970 of a moment as the office's clock shows it; a zone is left aside."""
    return None if moment is None else int((moment.replace(tzinfo=None) - EPOCH).total_seconds())
