"""The words of a policy, and the names of its units and areas, in one automaton: a text is read once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from ahocorasick_rs import AhoCorasick

from appealnlp.route.condition import Span, Tag


@dataclass(slots=True)
class Read:
    """What a text holds: the first place of each word list, the longest names of units and areas."""

    spots: dict[Tag, Span] = field(default_factory=dict)
    units: list[tuple[int, int, str]] = field(default_factory=list)
    areas: list[tuple[int, int, str]] = field(default_factory=list)


class WordIndex:
    """Collects literals while a policy is read; ``read`` builds the automaton when it is first asked."""

    def __init__(self) -> None:
        self._lists: dict[tuple[str, ...], Tag] = {}
        self._tags: dict[str, list[Tag]] = defaultdict(list)
        self._units: dict[str, list[str]] = defaultdict(list)
        self._areas: dict[str, list[str]] = defaultdict(list)
        self._excepts: set[str] = set()
        self._built: tuple[AhoCorasick, list[tuple[list[Tag], list[str], list[str]]], frozenset[int]] | None = None

    def ignore(self, word: str) -> None:
        """What lies within ``word`` does not count: 调解 in 协调解决."""
        self._excepts.add(word)

    def tag(self, words: Iterable[str]) -> Tag:
        """The tag that says that one of these words occurs."""
        key = tuple(sorted(set(words)))
        if key not in self._lists:
            tag = self._lists[key] = f"words={len(self._lists)}"
            for word in key:
                self._tags[word].append(tag)
        return self._lists[key]

    def unit(self, name: str, code: str) -> None:
        """``name`` names the unit ``code``."""
        if code not in self._units[name]:
            self._units[name].append(code)

    def area(self, name: str, code: str) -> None:
        """``name`` names the division ``code``."""
        if code not in self._areas[name]:
            self._areas[name].append(code)

    def build(self) -> None:
        """Make the automaton; done once, when the policy is complete."""
        literals = sorted({*self._tags, *self._units, *self._areas, *self._excepts})
        parts = [(self._tags.get(w, []), self._units.get(w, []), self._areas.get(w, [])) for w in literals]
        ignored = frozenset(place for place, word in enumerate(literals) if word in self._excepts)
        self._built = AhoCorasick(literals), parts, ignored

    def read(self, text: str) -> Read:
        """Where the words occur."""
        if self._built is None:
            self.build()
        assert self._built is not None
        automaton, parts, ignored = self._built
        out = Read()
        spots = out.spots
        found = automaton.find_matches_as_indexes(text, overlapping=True)
        covers = [(start, end) for literal, start, end in found if literal in ignored]
        for literal, start, end in found:
            if covers and any(low <= start and end <= high for low, high in covers):
                continue
            tags, units, areas = parts[literal]
            for tag in tags:
                spots.setdefault(tag, (start, end))
            for code in units:
                out.units.append((start, end, code))
            for code in areas:
                out.areas.append((start, end, code))
        if len(out.units) > 1:
            out.units = widest(out.units)
        if len(out.areas) > 1:
            out.areas = widest(out.areas)
        return out


def widest(found: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """The mentions that lie in no longer one: 交警支队 stands, the 交警 in it does not; nor the 南县 in 衡南县."""
    kept: list[tuple[int, int, str]] = []
    for item in sorted(found, key=lambda item: (item[0], -item[1])):
        if not kept or item[1] > kept[-1][1] or item[:2] == kept[-1][:2]:
            kept.append(item)
    return kept
