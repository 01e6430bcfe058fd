"""All literals of all recognisers in one automaton, and what each of them means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ahocorasick_rs import AhoCorasick, MatchKind

from appealnlp.entities.names import Head
from appealnlp.entities.pattern import Pattern
from appealnlp.entities.persons import Persons

STOP, HEAD, SPENT = 1, 2, 3
WEAK, STRONG = 1, 2


@dataclass(slots=True)
class Meaning:
    """What a literal starts: patterns to try, an ending of a name, a title or cue of a person, or a boundary."""

    patterns: list[Pattern] = field(default_factory=list)
    head: Head | None = None
    initial: bool = False
    """The ending takes the capital and the digits before it as its name (A7县)."""
    title: bool = False
    cue: int = 0
    """WEAK or STRONG, 0 for none."""
    stop: bool = False

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for equal meanings."""
        return tuple(map(id, self.patterns)), id(self.head), self.initial, self.title, self.cue, self.stop

    @property
    def kind(self) -> int:
        """STOP or HEAD where it is a boundary or an ending and nothing else, 0 otherwise."""
        if self.patterns or self.title or self.cue or self.initial:
            return 0
        return HEAD if self.head else STOP if self.stop else 0

    @property
    def patterns_alone(self) -> bool:
        """Whether it starts patterns and is nothing else."""
        return bool(self.patterns) and not (self.head or self.initial or self.title or self.cue or self.stop)


class Lexicon:
    """Collects literals, then finds them: leftmost, the longest where several begin at one place."""

    def __init__(self) -> None:
        self._meanings: dict[str, Meaning] = {}
        self._automaton: AhoCorasick | None = None
        self.meanings: list[Meaning] = []
        self.kinds: list[int] = []
        """``Meaning.kind`` of each."""
        self.heads: dict[int, Head] = {}
        """The ending that a meaning is, if any."""
        self._starts: dict[str, list[tuple[Meaning, list[int]]]] = {}

    def at(self, word: str) -> Meaning:
        """The meaning of ``word``, to be filled in; left empty it only keeps the words inside it from counting."""
        return self._meanings.setdefault(word, Meaning())

    def add_stops(self, words: Iterable[str]) -> None:
        """These words are boundaries of names unless they mean something else."""
        for word in words:
            self.at(word).stop = True

    def add_patterns(self, patterns: Iterable[Pattern]) -> None:
        """Each pattern is tried where one of its triggers stands."""
        for pattern in patterns:
            for word in pattern.triggers:
                self.at(word).patterns.append(pattern)

    def add_persons(self, persons: Persons) -> None:
        """Titles and cues of people."""
        for word in persons.titles:
            self.at(word).title = True
        for word in persons.weak_cues:
            self.at(word).cue = WEAK
        for word in persons.cues:
            self.at(word).cue = STRONG

    def build(self) -> Lexicon:
        """The finished lexicon, to which nothing can be added."""
        shared: dict[tuple[object, ...], Meaning] = {}  # few meanings for many words
        self.meanings = [shared.setdefault(meaning.key, meaning) for meaning in self._meanings.values()]
        self.kinds = [meaning.kind for meaning in self.meanings]
        self.heads = {number: meaning.head for number, meaning in enumerate(self.meanings) if meaning.head}
        self._automaton = AhoCorasick(list(self._meanings), matchkind=MatchKind.LeftmostLongest)
        self._meanings = {}
        return self

    def starts(self, pattern: Pattern) -> list[tuple[Meaning, list[int]]]:
        """The meanings that start ``pattern`` and are nothing but starts of patterns, each with its numbers."""
        if pattern.id not in self._starts:  # asked for by hostile texts alone
            numbers: dict[int, list[int]] = {}
            for number, meaning in enumerate(self.meanings):
                numbers.setdefault(id(meaning), []).append(number)
            known = {id(meaning): meaning for meaning in self.meanings}
            self._starts[pattern.id] = [
                (meaning, numbers[key])
                for key, meaning in known.items()
                if meaning.patterns_alone and any(other is pattern for other in meaning.patterns)
            ]
        return self._starts[pattern.id]

    def scan(self, text: str) -> list[tuple[int, int, int]]:
        """(number of the meaning, start, end) of the literals in ``text``, in order, not overlapping."""
        assert self._automaton is not None, "build() comes first"
        found: list[tuple[int, int, int]] = self._automaton.find_matches_as_indexes(text)
        return found
