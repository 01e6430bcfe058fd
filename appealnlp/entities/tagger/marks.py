"""What gazetteers, endings, word lists and patterns say of each character, as row numbers of small tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import chain

import numpy as np
import numpy.typing as npt

from appealnlp.entities.lexicon import STRONG, Meaning
from appealnlp.entities.pattern import Candidate
from appealnlp.entities.persons import Persons
from appealnlp.text.points import PLANE

Ids = npt.NDArray[np.int64]
Matches = Sequence[tuple[int, int, int]]

PARTS = 3
"""A pattern marks the first, the inner and the last character of its match differently."""
KINDS = ("digit", "capital", "small", "blank", "mark", "other", "han", "given", "surname", "rare_surname")
"""Kinds of characters; a later one stands where several hold."""
_CJK = (0x4E00, 0x9FFF)


def class_of(meaning: Meaning) -> str:
    """The class of a word of the lexicon: the ending or pattern that it belongs to, a title, a cue or a boundary."""
    if meaning.head is not None:
        return f"head.{meaning.head.rule}"
    if meaning.patterns:
        return f"trigger.{meaning.patterns[0].label}"
    if meaning.title:
        return "title"
    if meaning.cue:
        return "cue" if meaning.cue == STRONG else "weak_cue"
    return "stop" if meaning.stop else "neutral"


def classes_of(meanings: Iterable[Meaning]) -> tuple[str, ...]:
    """Every class that occurs, in order of its name."""
    return tuple(sorted({class_of(meaning) for meaning in meanings}))


class WordMarks:
    """Marks where words of the lexicon begin and where they end: two rows a character."""

    def __init__(self, meanings: Sequence[Meaning], classes: Sequence[str]) -> None:
        """``classes`` are those that the tables know, in the order of their rows; others are not marked."""
        rows = {name: 2 * place + 1 for place, name in enumerate(classes)}
        self._row = np.array([rows.get(class_of(meaning), 0) for meaning in meanings], np.int64)
        self.size = 2 * len(classes) + 1

    def rows(self, size: int, matches: Matches) -> tuple[Ids, Ids]:
        """For ``size`` characters the rows at the first and at the last character of each match."""
        begins, ends = np.zeros(size, np.int64), np.zeros(size, np.int64)
        if matches:
            flat = np.fromiter(chain.from_iterable(matches), np.int64, 3 * len(matches))  # an array of tuples is slow
            number, start, end = flat.reshape(-1, 3).T
            row = self._row[number]
            row += (row > 0) & (end - start > 1)  # a word of one character counts otherwise
            begins[start], ends[end - 1] = row, row
        return begins, ends


class PatternMarks:
    """Marks what patterns found: one row a character."""

    def __init__(self, labels: Sequence[str]) -> None:
        """``labels`` are those that the table knows, in the order of their rows."""
        self._row = {name: PARTS * place + 1 for place, name in enumerate(labels)}
        self.size = PARTS * len(labels) + 1

    def rows(self, size: int, found: Iterable[Candidate]) -> Ids:
        """The rows of ``size`` characters; of overlapping candidates the later one stands."""
        rows = np.zeros(size, np.int64)
        for item in found:
            first = self._row.get(item.label)
            if first is not None:
                rows[item.start : item.end] = first + 1
                rows[item.start], rows[item.end - 1] = first, first + 2
        return rows


class KindMarks:
    """The kind of each character: digit, letter, mark, Han, and whether it is a surname or frequent in given names."""

    size = len(KINDS) + 1

    def __init__(self, persons: Persons) -> None:
        self._table = _kinds().copy()
        for name, signs in (("given", persons.given), ("surname", persons.surnames), ("rare_surname", persons.rare)):
            self._table[[ord(sign) for sign in signs if ord(sign) < PLANE]] = KINDS.index(name) + 1

    def rows(self, codes: npt.NDArray[np.uint64]) -> Ids:
        """The rows of folded codes (see grams.codes_of)."""
        return self._table[codes.astype(np.int64)]


@cache
def _kinds() -> Ids:
    table = np.empty(PLANE, np.int64)
    for code in range(PLANE):
        table[code] = KINDS.index(_kind(code)) + 1
    return table


def _kind(code: int) -> str:
    sign = chr(code)
    if _CJK[0] <= code <= _CJK[1]:
        return "han"
    if sign.isdecimal():
        return "digit"
    if sign.isspace():
        return "blank"
    if sign.isascii() and sign.isalpha():
        return "capital" if sign.isupper() else "small"
    return "other" if sign.isalnum() else "mark"
