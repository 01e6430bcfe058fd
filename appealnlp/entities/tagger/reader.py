"""A text as the network wants it: for each table the row of every character."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from appealnlp.entities.pattern import Candidate
from appealnlp.entities.recogniser import Recogniser
from appealnlp.entities.tagger.grams import BITS, Ids, codes_of, places_of
from appealnlp.entities.tagger.marks import KindMarks, PatternMarks, WordMarks, classes_of

SPACES = (1 << 16, 1 << BITS, 1 << BITS)
"""Places of grams of one, two and three characters."""


@dataclass(frozen=True)
class Vocabulary:
    """What the tables know. Grams are known by their hashed place alone, in ascending order, for each length."""

    places: Sequence[Ids]
    words: Sequence[str]
    """Classes of words of the lexicon."""
    patterns: Sequence[str]
    """Labels of patterns."""

    @classmethod
    def of(cls, places: Sequence[Ids], recogniser: Recogniser) -> Vocabulary:
        """With all classes and labels of a recogniser."""
        labels = sorted({pattern.label for pattern in recogniser.patterns.values()})
        return cls(places, classes_of(recogniser.lexicon.meanings), labels)


class TextReader:
    """Reads texts for the tables of one vocabulary. Holds nothing of a text."""

    def __init__(self, vocabulary: Vocabulary, recogniser: Recogniser) -> None:
        self._index = []
        for places, space in zip(vocabulary.places, SPACES, strict=True):
            index = np.zeros(space, np.int32)
            index[places] = np.arange(1, len(places) + 1)
            self._index.append(index)
        self._recogniser = recogniser
        self._kinds = KindMarks(recogniser.persons)
        self._words = WordMarks(recogniser.lexicon.meanings, vocabulary.words)
        self._patterns = PatternMarks(vocabulary.patterns)
        grams = [len(places) + 1 for places in vocabulary.places]
        self.sizes = (*grams, self._kinds.size, self._words.size, self._words.size, self._patterns.size)
        """Rows of each table, row 0 for what is not known."""

    def rows(self, text: str, found: Sequence[Candidate]) -> list[Ids]:
        """The rows of each table; ``found`` is what the patterns of the recogniser found in ``text``."""
        codes = codes_of(text)
        size = len(text)
        rows: list[Ids] = [
            index.take(places).astype(np.int64, copy=False)
            for index, places in zip(self._index, places_of(codes), strict=True)
        ]
        rows.append(self._kinds.rows(codes[:-2]))
        rows += self._words.rows(size, self._recogniser.lexicon.scan(text))
        rows.append(self._patterns.rows(size, found))
        return rows
