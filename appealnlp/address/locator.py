"""Where a whole appeal lies: the divisions that it names anywhere, weighed together."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ahocorasick_rs import AhoCorasick, MatchKind

from appealnlp.address.address import Resolution
from appealnlp.address.gazetteer import level_of
from appealnlp.address.resolve import Mention, Resolver, load_resolver, old_names
from appealnlp.entities.loader import DATA, read_words

_COMPONENT = ("province", "city", "district", "town")
_MISSED = {"province": 0.05, "city": 0.08, "district": 0.03, "town": 0.4}
"""A text may name several places, so one that is not explained costs less than in an address."""
_CHANGING = ("县", "市", "区")
_MOST = 12
_LEAST_TOWN = 3
_ROADS = ("路", "街", "大道", "大街", "巷", "桥", "站", "高速", "东路", "西路", "南路", "北路", "中路", "银行", "大学")
_ENDED = "省市区县州盟旗镇乡道"
"""Before ``_ROADS`` a name without its ending is that of something else: 重庆路 is no place in 重庆."""


class Locator:
    """Finds names of divisions in a text and resolves them; holds nothing of a text."""

    def __init__(self, resolver: Resolver) -> None:
        """``load_locator`` gives the shipped one."""
        self._resolver = resolver
        self._words: dict[str, str] = {}
        gazetteer = resolver.gazetteer
        short = frozenset(read_words(DATA / "divisions.txt").get("SHORT", ()))
        for code, name in gazetteer.names(range(4)):
            component = _COMPONENT[level_of(code)]
            stem, ending = gazetteer.stems.split(name, ("province", "city", "county", "town")[level_of(code)])
            if level_of(code) < 3 or (len(name) >= _LEAST_TOWN and ending in ("镇", "乡", "街道", "民族乡", "苏木")):
                self._words.setdefault(name, component)
            if level_of(code) < 3 and stem in short:
                self._words.setdefault(stem, component)
            if level_of(code) == 2 and ending in _CHANGING:  # a county of yesterday, a district of today
                for other in _CHANGING:
                    self._words.setdefault(stem + other, component)
        self._words.update((name, "district") for name in old_names())
        self._words.update((str(name), "district") for name in resolver.own.names)
        self._list = list(self._words)
        self._automaton = AhoCorasick(self._list, matchkind=MatchKind.LeftmostLongest)

    def mentions(self, text: str) -> Iterator[Mention]:
        """The distinct names of divisions in a text, in order; not those inside names of roads and the like."""
        seen: set[str] = set()
        for number, _, end in self._automaton.find_matches_as_indexes(text):
            word = self._list[number]
            if word in seen or (word[-1] not in _ENDED and text.startswith(_ROADS, end)):
                continue
            seen.add(word)
            yield Mention(word, self._words[word], _MISSED[self._words[word]])
            if len(seen) == _MOST:
                return

    def locate(self, text: str, *, area: str | None = None) -> Resolution:
        """The division where the matter lies, as far as the text tells."""
        return self._resolver.resolve(list(self.mentions(text)), area=area)


@cache
def load_locator(areas: Path | None = None) -> Locator:
    """The shipped locator, with a city's own divisions. Raises SchemeError for a fault in its file."""
    return Locator(load_resolver(areas))
