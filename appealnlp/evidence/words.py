"""The literals of a rule book in one automaton, and where they occur in a text."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict

from ahocorasick_rs import AhoCorasick

Span = tuple[int, int]
"""Start and end in code points."""
Spot = tuple[int, int]
"""End and start of a word, so that a list in order of the ends can be searched."""
LONGEST_WORD = 32


def lies_within(spots: list[Spot], low: int, high: int) -> bool:
    """Whether one of the words lies between ``low`` and ``high``. ``spots`` are in order.

    Only words that begin before ``low`` are passed over, and those end less than one word's length after it.
    """
    place = bisect_left(spots, (low + 1,))
    while place < len(spots):
        end, start = spots[place]
        if end > high:
            return False
        if start >= low:
            return True
        place += 1
    return False


def is_covered(spots: list[Spot], start: int, end: int) -> bool:
    """Whether one of the words contains ``start`` to ``end``."""
    place = bisect_left(spots, (end,))
    while place < len(spots) and spots[place][0] <= end + LONGEST_WORD:
        if spots[place][1] <= start:
            return True
        place += 1
    return False


class WordSets:
    """Collects word sets and triggers while the rules are read; ``Words`` then finds them all in one pass."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, ...], int] = {}
        self._sets: dict[str, list[int]] = defaultdict(list)
        self._triggers: dict[str, list[int]] = defaultdict(list)
        self._guards: set[tuple[int, int]] = set()

    def number(self, words: tuple[str, ...]) -> int:
        """The number of a word set; -1 for the empty one, which never occurs."""
        if not words:
            return -1
        if words not in self._numbers:
            self._numbers[words] = len(self._numbers)
            for word in words:
                self._sets[word].append(self._numbers[words])
        return self._numbers[words]

    def guard(self, words: int, guard: int) -> None:
        """Words of set ``words`` do not count inside a word of set ``guard``."""
        if words >= 0 and guard >= 0:
            self._guards.add((words, guard))

    def trigger(self, rule: int, words: tuple[str, ...]) -> None:
        """The rule of this number is looked at where one of the words occurs."""
        for word in words:
            self._triggers[word].append(rule)

    def build(self) -> Words:
        """The finished automaton."""
        literals = sorted({*self._sets, *self._triggers})
        wanted = [(tuple(self._sets.get(word, ())), tuple(self._triggers.get(word, ()))) for word in literals]
        return Words(AhoCorasick(literals), wanted, tuple(self._guards))


class Words:
    """One automaton over all literals."""

    def __init__(
        self,
        automaton: AhoCorasick,
        wanted: list[tuple[tuple[int, ...], tuple[int, ...]]],
        guards: tuple[tuple[int, int], ...],
    ) -> None:
        self._automaton, self._wanted, self._guards = automaton, wanted, guards

    def scan(self, text: str) -> tuple[dict[int, list[Spot]], list[tuple[int, int, int]]]:
        """Where the words of each set occur, and (rule, start, end) of every trigger, both in order of the ends."""
        spots: dict[int, list[Spot]] = defaultdict(list)
        triggers: list[tuple[int, int, int]] = []
        wanted = self._wanted
        for literal, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            sets, rules = wanted[literal]
            if sets:
                spot = (end, start)
                for number in sets:
                    spots[number].append(spot)
            for rule in rules:
                triggers.append((rule, start, end))  # noqa: PERF401 - one tuple each, no list in between
        if triggers:
            self._apply_guards(spots)
        return spots, triggers

    def _apply_guards(self, spots: dict[int, list[Spot]]) -> None:
        for number, guard in self._guards:
            if number in spots and guard in spots:
                guards = spots[guard]
                kept = [spot for spot in spots[number] if not is_covered(guards, spot[1], spot[0])]
                if kept:
                    spots[number] = kept
                else:
                    del spots[number]
