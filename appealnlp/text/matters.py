"""One appeal, several matters (一事一单): where one ends and the next begins."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from ahocorasick_rs import AhoCorasick

from appealnlp.text._data import HAN, any_of, read_yaml
from appealnlp.text.enumeration import Item, enumerations
from appealnlp.text.framing import frame

Span = tuple[int, int]

_MEMORY = 800  # code points of what was said before that a loose connective is held against
_HAN = re.compile(f"[{HAN}]")
_CLAUSE_END = re.compile(r"[。！？!?；;\n]\s?")
_HAN_RUN = re.compile(f"[{HAN}]{{2,}}")


@dataclass(frozen=True, slots=True)
class _Cues:
    switch: re.Pattern[str]
    maybe: re.Pattern[str]
    one: re.Pattern[str]
    several: re.Pattern[str]
    same: re.Pattern[str]
    part: re.Pattern[str]
    accuses: re.Pattern[str]
    place: re.Pattern[str]
    reasons: frozenset[str]
    stop: frozenset[str]
    limits: dict[str, float]


@cache
def _cues() -> _Cues:
    data = read_yaml("matters.yaml")
    return _Cues(
        switch=re.compile(any_of(data["switch"])),
        maybe=re.compile(any_of(data["maybe"])),
        one=re.compile(any_of(data["one"])),
        several=re.compile(any_of(data["several"])),
        same=re.compile(data["same"]),
        part=re.compile(data["part"]),
        accuses=re.compile(data["accuses"]),
        place=re.compile(data["place"]),
        reasons=frozenset(data["reasons"]),
        stop=frozenset(pair for word in data["stop"].split() for pair in _pairs(word)),
        limits=data["thresholds"],
    )


def _pairs(text: str) -> set[str]:
    """Pairs of neighbouring Han characters."""
    return {run[at : at + 2] for run in _HAN_RUN.findall(text) for at in range(len(run) - 1)}


@dataclass(frozen=True, slots=True)
class _Subjects:
    """The groups of words of subjects.yaml, behind one automaton."""

    automaton: AhoCorasick
    group: tuple[str, ...]

    def of(self, text: str) -> frozenset[str]:
        found = self.automaton.find_matches_as_indexes(text, overlapping=True)
        return frozenset(self.group[index] for index, _, _ in found)


@cache
def _subjects() -> _Subjects:
    groups = read_yaml("subjects.yaml")["groups"]
    words = [(word, name) for name, members in groups.items() for word in members]
    return _Subjects(AhoCorasick([word for word, _ in words]), tuple(name for _, name in words))


def split_matters(text: str, *, title_length: int = 0, framed: Span | None = None) -> list[Span]:
    """Spans of the matters that ``text`` raises, in order; one span when it raises one.

    They tile what ``frame`` leaves of the text behind its title (``text[:title_length]``): the first begins with the
    introduction, the last ends with the conclusion. A text is split only where words announce another matter, or
    where an enumeration or a loose connective ("另外") joins passages that share neither subject nor words.
    ``framed`` is what ``frame`` gives, where it is known already.
    """
    begin, end = framed or frame(text, title_length)
    items = _item_cuts(text, begin, end, title_length)
    clauses = [match.end() for match in _CLAUSE_END.finditer(text, begin, end)]
    cuts = sorted({*_switches(text, clauses, end), *_loose(text, clauses, begin, end), *items})
    spans: list[Span] = []
    for cut in [*cuts, end]:
        start = spans[-1][1] if spans else begin
        if cut == end or (_enough(text, start, cut) and _enough(text, cut, end)):
            spans.append((start, cut))
    return spans


def _enough(text: str, start: int, end: int) -> bool:
    """True when the passage says something; a short look is enough."""
    return len(_HAN.findall(text, start, min(end, start + _MEMORY // 4))) >= _cues().limits["min_chars"]


def _switches(text: str, clauses: Iterable[int], end: int) -> Iterator[int]:
    """Where words announce another matter."""
    for match in _at_clauses(_cues().switch, text, clauses, end):
        yield match.start()


def _at_clauses(pattern: re.Pattern[str], text: str, clauses: Iterable[int], end: int) -> list[re.Match[str]]:
    """Matches of ``pattern`` where a sentence or a part behind a semicolon begins."""
    match = pattern.match
    return [found for clause in clauses if (found := match(text, clause, end))]


def _loose(text: str, clauses: Iterable[int], begin: int, end: int) -> Iterator[int]:
    """Where a loose connective opens a passage about something else."""
    cues = _cues()
    found = _at_clauses(cues.maybe, text, clauses, end)
    stops = [*(match.start() for match in found), end][1:]
    start = begin
    for match, stop in zip(found, stops, strict=True):
        before = text[max(start, match.start() - _MEMORY) : match.start()]
        after = text[match.end() : min(stop, match.end() + _MEMORY)]
        if len(_HAN.findall(before)) < cues.limits["before"]:
            continue
        if _differ(before, after, cues.limits["overlap"]) and not _points_back(before, after):
            yield match.start()
            start = match.start()


def _points_back(before: str, after: str) -> bool:
    """True when ``after`` opens with a word that takes up what was said, or repeats what ``before`` keeps repeating."""
    cues = _cues()
    if cues.same.search(after, 0, int(cues.limits["opening"])):
        return True
    runs = _HAN_RUN.findall(cues.place.sub("，", before))
    counts = Counter(pair for run in runs for pair in map("".join, pairwise(run)))
    anchors = {pair for pair, count in counts.items() if count > 1} - cues.stop
    return len(anchors & _pairs(after)) >= cues.limits["anchors"]


def _item_cuts(text: str, begin: int, end: int, title_length: int) -> Iterator[int]:
    """Where an item of an enumeration raises another matter than the items before it.

    Of several enumerations only the first that may be split counts: later ones list demands, or stand within an item.
    """
    for chain in enumerations(text, begin):
        if chain[-1].start >= end:
            continue
        allowed = _allowed_overlap(text, chain, begin, title_length)
        if allowed is not None:
            yield from _chain_cuts(text, chain, end, allowed)
            return


def _chain_cuts(text: str, chain: tuple[Item, ...], end: int, allowed: float) -> Iterator[int]:
    start = chain[0].body
    stops = [*(item.start for item in chain), end][2:]
    for item, stop in zip(chain[1:], stops, strict=True):
        if _differ(text[start : item.start], text[item.body : stop], allowed):
            yield item.start
            start = item.body


def _allowed_overlap(text: str, chain: tuple[Item, ...], begin: int, title_length: int) -> float | None:
    """How much the items may have in common and still be matters of their own; None when they are parts of one."""
    cues, first = _cues(), chain[0].start
    if any(cues.part.match(text, item.body) for item in chain):
        return None
    leadin = text[max(begin, first - int(cues.limits["leadin"])) : first]
    if cues.several.search(leadin):
        return cues.limits["overlap_several"]
    if cues.one.search(leadin):
        return None
    if cues.several.search(text, 0, title_length):
        return cues.limits["overlap_several"]
    if chain[0].style in cues.reasons or any(cues.same.match(text, item.body) for item in chain[1:]):
        return None
    if cues.accuses.search(text, 0, title_length):
        return None
    if len(_HAN.findall(text[begin:first])) > cues.limits["intro"]:
        return None
    about = _subjects().of(text[:title_length] + text[begin:first])
    return None if about else cues.limits["overlap"]


def _differ(before: str, after: str, allowed: float) -> bool:
    """True when two passages each name a subject, none in common, and hardly share words."""
    window = int(_cues().limits["window"])
    after = after[:window]
    one, other = _subjects().of(before), _subjects().of(after)
    if not one or not other or one & other:
        return False
    return _overlap(before[-window:], after) <= allowed


def _overlap(one: str, other: str) -> float:
    """Share of the pairs of the shorter passage that the other has too, empty words aside."""
    stop = _cues().stop
    left, right = _pairs(one) - stop, _pairs(other) - stop
    return len(left & right) / max(1, min(len(left), len(right)))
