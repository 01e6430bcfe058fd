"""One text read from left to right: what each literal of the lexicon starts, ends or names."""

from __future__ import annotations

from appealnlp.entities.lexicon import HEAD, SPENT, STOP, WEAK, Lexicon, Meaning
from appealnlp.entities.names import Mark, NameGrammar
from appealnlp.entities.pattern import Candidate, Pattern
from appealnlp.entities.persons import Persons

_CAPITALS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_DIGITS = frozenset("0123456789")
_TRIES, _EVERY = 100, 200
"""A pattern may fail 100 times and once in 200 characters; a text made of triggers stays cheap that way."""


class Reading:
    """The state of one pass. ``found`` collects patterns and people, ``places`` the names of places and units.

    A stretch is the text since the last boundary; ``marks`` are the endings of names in it.
    """

    __slots__ = (
        "_begin",
        "_failed",
        "_grammar",
        "_kinds",
        "_last",
        "_lexicon",
        "_marks",
        "_persons",
        "_reached",
        "_text",
        "_tries",
        "found",
        "places",
    )

    def __init__(self, text: str, persons: Persons, grammar: NameGrammar) -> None:
        self._text, self._persons, self._grammar = text, persons, grammar
        self._begin = 0  # where the stretch begins
        self._reached = 0  # what lies before belongs to a match
        self._last = 0  # end of the last word of more than one sign
        self._marks: list[Mark] = []
        self._lexicon: Lexicon | None = None
        self._kinds: list[int] = []
        self._failed: dict[str, int] = {}
        self._tries = _TRIES + len(text) // _EVERY
        self.found: list[Candidate] = []
        self.places: list[Candidate] = []

    def run(self, lexicon: Lexicon) -> None:
        """Read the whole text. Boundaries and endings, by far the most of the words, are dealt with in the loop."""
        meanings, kinds, heads = lexicon.meanings, lexicon.kinds, lexicon.heads
        self._lexicon, self._kinds = lexicon, kinds
        text, surnames = self._text, self._persons.surnames
        marks, begin, last, reached = self._marks, 0, 0, 0
        for number, start, end in lexicon.scan(text):
            if start < reached:
                continue
            kind = kinds[number]
            if kind == STOP:
                if marks:
                    self._close(begin)
                elif 1 < start - begin < 4 and text[begin] in surnames:
                    self._name(begin, start)
                begin = end
            elif kind == HEAD:
                marks.append((start, end, heads[number]))
            elif kind != SPENT:
                self._begin, self._last = begin, last
                self._word(meanings[number], start, end)
                begin, reached, kinds = self._begin, self._reached, self._kinds
            if end - start > 1:  # a sign that is a word by itself may still be a surname
                last = end
        self._close(begin)

    def _word(self, meaning: Meaning, start: int, end: int) -> None:
        hit = self._hit(meaning, start, end)
        if hit is not None:
            self._take(hit, end)
        elif meaning.head is not None:
            first = _initial(self._text, start) if meaning.initial else start
            if first >= 0:
                self._marks.append((first, end, meaning.head))
        elif meaning.stop or meaning.title or meaning.cue:
            self._close(self._begin)
            self._begin = end
        if meaning.cue:
            for person in self._persons.cued(self._text, end, weak=meaning.cue == WEAK):
                self.found.append(person)
                self._begin = self._reached = person.end

    def _hit(self, meaning: Meaning, start: int, end: int) -> Candidate | None:
        for pattern in meaning.patterns:
            failed = self._failed.get(pattern.id, 0)
            if failed > self._tries:
                continue
            hit = pattern.match(self._text, start, end, self._reached)
            if hit is not None:
                return hit
            self._failed[pattern.id] = failed + 1
            if failed == self._tries:
                self._spend(pattern)
        return self._persons.titled(self._text, start, end, self._last) if meaning.title else None

    def _spend(self, pattern: Pattern) -> None:
        """``pattern`` has failed too often: pass over the words that start nothing else, as the loop can cheaply."""
        assert self._lexicon is not None, "run() comes first"
        kinds = self._kinds = self._kinds.copy()  # the lexicon is shared
        for meaning, numbers in self._lexicon.starts(pattern):
            if all(self._failed.get(other.id, 0) > self._tries for other in meaning.patterns):
                for number in numbers:
                    kinds[number] = SPENT

    def _take(self, hit: Candidate, end: int) -> None:
        """A match is a boundary, and nothing in it is read again."""
        self.found.append(hit)
        self._close(self._begin)
        self._reached = hit.end
        self._begin = max(hit.end, end)

    def _name(self, start: int, end: int) -> None:
        person = self._persons.alone(self._text, start, end)
        if person is not None:
            self.found.append(person)

    def _close(self, begin: int) -> None:
        """The stretch from ``begin`` on ends: read its names."""
        if self._marks:
            self.places += self._grammar.read(self._text, begin, self._marks)
            self._marks.clear()


def _initial(text: str, start: int) -> int:
    """Where the anonymous name begins whose last sign before the unit stands at ``start``; -1 where it is none."""
    place = start
    while place > start - 3 and place > 0 and text[place] in _DIGITS:
        place -= 1
    return place if text[place] in _CAPITALS else -1
