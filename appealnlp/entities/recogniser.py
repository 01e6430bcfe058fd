"""Finds the entities of a text: one pass of one automaton, then patterns and grammars where their words stand."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from appealnlp.analysis import Entity
from appealnlp.entities.assemble import full_lexicon, pattern_lexicon, private_lexicon
from appealnlp.entities.learned import is_plausible
from appealnlp.entities.lexicon import Lexicon
from appealnlp.entities.loader import DATA, PatternFile
from appealnlp.entities.masks import MASKS
from appealnlp.entities.moments import read_moment
from appealnlp.entities.names import grammar_of
from appealnlp.entities.pattern import Candidate, Pattern
from appealnlp.entities.persons import Persons, load_persons
from appealnlp.entities.reading import Reading
from appealnlp.entities.resolve import settle
from appealnlp.entities.values import READERS, read_time
from appealnlp.schemes.files import Document
from appealnlp.schemes.loader import shipped
from appealnlp.text.tokens import TokenTags

_AFTER = 6
"""So many signs behind a time may say that it lasts (至今)."""
_RUN = re.compile("[0-9０-９](?:[ \t\n\u00a0\u3000\\-－—–.．·•_,，、/]{0,3}[0-9０-９]){5,40}[0-9０-９XxＸｘ]?")


class Finder(Protocol):
    """A tagger: it finds candidates of the labels that it ``replaces``, with what patterns found as a hint."""

    @property
    def replaces(self) -> Container[str]:
        """Labels for which it is better than patterns and grammars."""

    def find_all(
        self, texts: Sequence[str], found: Sequence[Sequence[Candidate]], tokens: Sequence[TokenTags | None], /
    ) -> list[list[Candidate]]:
        """Candidates in each text; ``tokens`` is what an encoder says of it, where it took part."""


class Given(NamedTuple):
    """A text, how long its title is, and when it came in."""

    text: str
    title_length: int
    received_at: datetime | None


class Recogniser:
    """Finds entities after the data files of one folder; holds nothing of a text, so one serves many threads."""

    def __init__(self, patterns: Iterable[Pattern], persons: Persons, names: Mapping[str, Any], folder: Path) -> None:
        """Build the automata; ``load_recogniser`` gives the shipped one."""
        self.patterns = {pattern.id: pattern for pattern in patterns}
        self.persons = persons
        known = self.patterns.values()
        self._certain = frozenset(pattern.id for pattern in known if pattern.certain)
        self._runs = [pattern for pattern in known if pattern.runs]
        self._personal_runs = [pattern for pattern in self._runs if pattern.personal]
        self._masks = {label: MASKS[mask] for label, mask in names["masks"].items()} | {persons.label: persons.mask}
        self._grammar = grammar_of(names)
        self.place: str = names["label"]["addr"]
        """The label of places."""
        self.lexicon = full_lexicon(known, persons, names, folder, shipped().departments.values())
        self._personal = private_lexicon(known, persons)
        self._numbers = pattern_lexicon(known)
        self._readers = {label: READERS[name] for label, name in names["readers"].items()}

    def find(
        self, text: str, title_length: int = 0, received_at: datetime | None = None
    ) -> tuple[Entity, ...]:  # fmt: skip
        """The entities of ``text``, by start, not overlapping; ``text[start:end]`` is the text of each.

        ``title_length`` says that ``text[:title_length]`` is a title; no entity crosses its end. ``received_at``
        places times that are relative to it. Offsets count code points. Time grows linearly with the length.
        """
        return self._valued(text, self.spans(text, title_length), received_at)

    def spans(self, text: str, title_length: int = 0) -> list[Candidate]:
        """The same without values and masks: where what stands. Cheaper, for who needs no more."""
        return _settled(self.candidates(text), title_length)

    def _valued(self, text: str, found: list[Candidate], received_at: datetime | None) -> tuple[Entity, ...]:
        return tuple([self.entity(text, item, received_at) for item in found])

    def find_tagged(
        self, text: str, title_length: int, tagger: Finder, received_at: datetime | None = None
    ) -> tuple[Entity, ...]:  # fmt: skip
        """As ``find``, with a tagger in the place of the grammars: cheaper, since only patterns are tried."""
        return self.find_all_tagged([Given(text, title_length, received_at)], [None], tagger)[0]

    def find_all_tagged(
        self, given: Sequence[Given], tokens: Sequence[TokenTags | None], tagger: Finder
    ) -> list[tuple[Entity, ...]]:
        """The same for several texts, step by step, which is faster.

        ``tokens`` is what an encoder says of each text, for the tagger to join with its own.
        """
        texts = [item.text for item in given]
        found = [self.numbers(text) for text in texts]
        learned = tagger.find_all(texts, found, tokens)
        return [self._joined(*item, tagger) for item in zip(given, found, learned, strict=True)]

    def _joined(
        self, given: Given, found: list[Candidate], learned: list[Candidate], tagger: Finder
    ) -> tuple[Entity, ...]:  # fmt: skip
        text = given.text
        kept = [item for item in found if item.label not in tagger.replaces or item.rule in self._certain]
        kept += [item for item in learned if is_plausible(text, item)]
        return self._valued(text, _settled(kept, given.title_length), given.received_at)

    def numbers(self, text: str) -> list[Candidate]:
        """What patterns alone find, overlaps not settled."""
        return self._read(text, self._numbers, self._runs).found

    def candidates(self, text: str) -> list[Candidate]:
        """Everything that may be an entity, with scores, overlaps not settled: for joining with other finders."""
        reading = self._read(text, self.lexicon, self._runs)
        return reading.found + self._grammar.join(text, reading.places)

    def personal_spans(self, text: str) -> tuple[tuple[int, int, str], ...]:
        """(start, end, label) of what names a private person, by start, not overlapping: names and numbers.

        Cheaper than ``find``, and meant for masking: it knows nothing of places and units, so it may cover more,
        and it misses names that only a list betrays.
        """
        found = self._read(text, self._personal, self._personal_runs).found
        return tuple([(item.start, item.end, item.label) for item in settle(found)])

    def _read(self, text: str, lexicon: Lexicon, runs: list[Pattern]) -> Reading:
        """One pass over ``text`` for the words of ``lexicon``, then one over its runs of digits."""
        reading = Reading(text, self.persons, self._grammar)
        reading.run(lexicon)
        self._add_runs(text, runs, reading.found)
        return reading

    def personal_numbers(self, text: str) -> tuple[Entity, ...]:
        """The personal numbers in ``text`` alone, whatever a longer entity around them may be."""
        found: list[Candidate] = []
        self._add_runs(text, self._personal_runs, found)
        kept = settle(item for item in found if item.rule in self.patterns)
        return tuple([self.entity(text, item) for item in kept])

    def _add_runs(self, text: str, patterns: list[Pattern], found: list[Candidate]) -> None:
        """Add what long runs of digits are, and the names that stand before them."""
        for run in _RUN.finditer(text):
            for pattern in patterns:
                for hit in pattern.in_run(text, *run.span()):
                    found.append(hit)
                    person = self.persons.beside(text, hit.start) if hit.label in self.persons.numbers else None
                    if person is not None:
                        found.append(person)

    def entity(self, text: str, item: Candidate, received_at: datetime | None = None) -> Entity:
        """The entity that ``item`` stands for, with value and mask."""
        words = text[item.start : item.end]
        pattern = self.patterns.get(item.rule)
        read = pattern.read if pattern else self._readers.get(item.label)
        value = read(words) if read else None
        if read is read_time and value is not None:
            value = {**value, **read_moment(words, received_at, text[item.end : item.end + _AFTER])}
        mask = pattern.mask if pattern else self._masks.get(item.label)
        return Entity(
            item.start,
            item.end,
            words,
            item.label,
            subtype=item.subtype,
            value=value,
            rule=item.rule,
            mask=mask(words) if mask else None,
        )

    def explain(self, entity: Entity, text: str | None = None) -> str:
        """One sentence that says why ``entity`` was found: form, check, score, and of ``text`` the word near it."""
        pattern = self.patterns.get(entity.rule)
        if pattern is not None:
            checked = f", checked by {pattern.check.__name__}" if pattern.check else ""
            near = ""
            if pattern.context:
                before = text[max(0, entity.start - pattern.reach) : entity.start] if text is not None else None
                words = [word for word in pattern.context if before is None or word in before]
                near = f", near {words[0]}" if before is not None and words else f", near one of {'、'.join(words[:4])}"
            return f"{entity.text!r} has the form of {entity.rule}{checked}{near}; score {pattern.score:g}"
        if entity.label == self.persons.label:
            return f"{entity.text!r} is a surname with a title, or a name after a cue or in a list ({entity.rule})"
        return f"{entity.text!r} is built as names of the kind {entity.rule} are"


def _settled(found: list[Candidate], title_length: int) -> list[Candidate]:
    if title_length:
        found = [item for item in found if not item.start < title_length < item.end]
    return settle(found)


@cache
def load_recogniser() -> Recogniser:
    """The recogniser over the data that ship with the library; built once a process. Raises SchemeError."""
    labels = frozenset(shipped().entities)
    names = Document(DATA / "names.yaml").data
    patterns = PatternFile(DATA / "patterns.yaml", labels, trusted=True).read()
    return Recogniser(patterns, load_persons(), names, DATA)
