"""Puts the words of all data files into one lexicon."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from appealnlp.entities.lexicon import Lexicon
from appealnlp.entities.loader import read_words
from appealnlp.entities.names import Head, heads_of
from appealnlp.entities.pattern import Pattern
from appealnlp.entities.persons import Persons
from appealnlp.schemes.scheme import Department

_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def full_lexicon(
    patterns: Iterable[Pattern],
    persons: Persons,
    names: Mapping[str, Any],
    folder: Path,
    departments: Iterable[Department],
) -> Lexicon:
    """Everything: boundaries, endings and gazetteer of names, triggers of patterns, titles and cues of people."""
    lexicon = Lexicon()
    lexicon.add_stops(names["stops"])
    lexicon.add_stops(read_words(folder / "stops.txt")[""])
    for word in names["neutral"]:
        lexicon.at(word)
    _add_divisions(lexicon, names, folder)
    for word, head in heads_of(names):
        lexicon.at(word).head = head
    _add_departments(lexicon, names, departments)
    lexicon.add_patterns(patterns)
    lexicon.add_persons(persons)
    return lexicon.build()


def private_lexicon(patterns: Iterable[Pattern], persons: Persons) -> Lexicon:
    """Only what names a private person."""
    lexicon = Lexicon()
    lexicon.add_patterns(pattern for pattern in patterns if pattern.personal)
    lexicon.add_persons(persons)
    return lexicon.build()


def pattern_lexicon(patterns: Iterable[Pattern]) -> Lexicon:
    """Only what patterns look for: numbers, times, sums, laws."""
    lexicon = Lexicon()
    lexicon.add_patterns(patterns)
    return lexicon.build()


def _add_divisions(lexicon: Lexicon, names: Mapping[str, Any], folder: Path) -> None:
    """Divisions of the gazetteer and anonymous ones, and the councils named after them (A市委)."""
    labels = names["label"]
    known = Head("gazetteer", labels["addr"], None, 0, 0, division=True, opener=True)
    masked = Head("anonymous", labels["addr"], None, 0, 0, division=True, opener=True)
    council = Head("council", labels["gov"], "gov", 0, 0, opener=True)
    units, councils = names["anonymous"]["units"], names["anonymous"]["councils"]
    for words in read_words(folder / "divisions.txt").values():
        for word in words:
            lexicon.at(word).head = known
            if word[-1] in units:
                lexicon.at(word + councils[0]).head = council
    for sign in _SIGNS:
        for unit in units:
            for tail, head in [("", masked), *((tail, council) for tail in councils)]:
                meaning = lexicon.at(sign + unit + tail)
                meaning.head, meaning.initial = head, True


def _add_departments(lexicon: Lexicon, names: Mapping[str, Any], departments: Iterable[Department]) -> None:
    """Names of the units of the scheme, as far as they sound like an office and no other ending has the word."""
    office = Head("department", names["label"]["gov"], "gov", 0, 0, bare=True)
    for unit in departments:
        if unit.kind in names["offices"]:
            for name in unit.names():
                if name[-1] in names["official"]:
                    meaning = lexicon.at(name)
                    meaning.head = meaning.head or office
