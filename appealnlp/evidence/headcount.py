"""How many people or households are affected, where the appeal states it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from appealnlp.evidence.numeral import floor_of
from appealnlp.schemes.files import Document

DATA = Path(__file__).with_name("headcount.yaml")
_FIELDS = (
    "lead", "households", "people", "trades", "not_after", "not_people", "not_before", "not_before_doors", "ours",
    "named", "visited", "alone_before", "alone_after",
)  # fmt: skip
_NUMBER = (
    r"(?=[0-9一二三四五六七八九两俩壹贰叁肆伍陆柒捌玖十拾百千万])"
    r"(?P<number>[0-9][0-9,]{0,9}(?:\.[0-9]{1,3})?[多余几来]?[百千万]{0,2}|[0-9][-—~到至][0-9]"
    r"|[一二三四五六七八九两俩壹贰叁肆伍陆柒捌玖十拾][〇零一二两三四五六七八九十百千万几]{0,8}"
    r"|(?<=[上近约达])[百千万十]{1,2}|[百千](?=[多余]))(?P<more>[多余几来]{0,2}万?[多余]?)"
)
_HEADS = "(?<=[百千万多余来])号(?![楼栋幢院房线门路桥井地坑机]|厂房|车间|[台站])"
"""号 counts heads behind a round number (三百多号司机); behind any other it numbers things (5号楼业主, 二十号)."""
_AGE = r"(?:[0-9一二三四五六七八九]{1,3}十?[一二三四五六七八九]?[多几来]?岁(?:以上|以下|上下|左右|开外|出头)?的?)?"
"""How old they are stands between the number and those whom it counts (八个七十岁以上的老人)."""
_LOOK, _SMALL = 8, 5
_ROOM = re.compile(r"[0-9]{3,4}(?:业主|住户|户主)")
"""A door number before who lives there: 501住户."""
_DOORS = re.compile(r"[0-9]{3,4}(?![多余几来0-9])")
"""What may be the number of a door: behind a building's number (3栋501户) it counts nobody, 3栋120多户 does."""

Unit = Literal["people", "households"]


@dataclass(frozen=True, slots=True)
class Headcount:
    """``value`` people or households are affected, stated at ``start`` to ``end`` (code points of the text)."""

    value: int
    start: int
    end: int
    unit: Unit


class HeadcountReader:
    """Finds the stated number of affected people or households after the words of one data file."""

    def __init__(self, words: dict[str, tuple[str, ...]]) -> None:
        """``words`` has the lists of headcount.yaml."""
        households, people, trades, alone = (
            _either(words[name]) for name in ("households", "people", "trades", "alone_before")
        )
        self._count = re.compile(
            rf"(?<![0-9A-Za-z第.几数好成]){_NUMBER}"
            rf"(?:(?P<households>{households})"
            rf"|(?:[个名位]的?{_AGE}[^，。,;；、0-9月年岁元次村\s]{{0,6}}?|户(?=[^，。,;；、0-9\s]{{0,4}}[业商])|{_HEADS})?"
            rf"(?P<people>{people})"
            rf"|(?:[个名位]|{_HEADS}){_AGE}(?:[^，。,;；、0-9月年岁元次村的在有没不了被给把来去请找和\s]{{0,5}}?)(?P<trades>{trades})"
            rf"|个(?P<alone>(?={alone})))"
        )
        self._after = re.compile(_either(words["not_after"]))
        self._household_units = frozenset(word for word in words["households"] if len(word) == 1)
        self._others = re.compile(_either(words["not_people"]))
        self._lead = re.compile(rf"(?:{_either(words['lead'])})$")
        self._alone = re.compile(rf"(?:{_either(words['alone_after'])})$")
        self._ours = re.compile(rf"(?:{_either(words['ours'])})$")
        self._before = re.compile(rf"(?:{_either(words['not_before'])})$")
        self._doors = re.compile(rf"(?:{_either(words['not_before_doors'])})$")
        self._visited = re.compile(rf"(?:{_either(words['visited'])})(?:了|过)?(?:群众|农户|居民|村民)?$")
        self._with_me = re.compile(r"我[和跟与同][^，。、；\s]{1,5}$")
        self._listed = re.compile(
            rf"(?:{_either(words['named'])})(?:共|共计|约|近|达|有|一共)?{_NUMBER}(?P<unit>[名人户位])(?![0-9])"
        )

    def find(self, text: str) -> Headcount | None:
        """The largest number of affected people or households that ``text`` states, else None."""
        return max(self.all(text), key=lambda count: count.value, default=None)

    def all(self, text: str) -> Iterator[Headcount]:
        """Every stated number of affected people or households, in order."""
        yield from self._behind_names(text)
        for found in self._count.finditer(text):
            value = floor_of(found["number"] + found["more"])
            if value is not None and self._counts(text, found, value):
                lead = self._lead.search(text, max(0, found.start() - _LOOK), found.start())
                start = lead.start() if lead else found.start()
                yield Headcount(value, start, found.end(), "households" if found["households"] else "people")

    def _behind_names(self, text: str) -> Iterator[Headcount]:
        """Numbers behind those whom they count: 涉及工人86名, 联名业主二十三户."""
        for found in self._listed.finditer(text):
            value = floor_of(found["number"] + found["more"])
            if value is not None and value >= _SMALL and not self._after.match(text, found.start("unit")):
                unit: Unit = "households" if found["unit"] in self._household_units else "people"
                yield Headcount(value, found.start(), found.end(), unit)

    def _counts(self, text: str, found: re.Match[str], value: int) -> bool:
        """Whether the number is one of affected people: a small one only where the writer says of whom it is."""
        unit = "households" if found["households"] else "people"
        before = text[max(0, found.start() - _LOOK) : found.start()]
        ours = self._ours.search(before) or self._with_me.search(before)
        alone = found["alone"] is None or self._alone.search(before) or self._with_me.search(before)
        if not alone or (value < _SMALL and not ours):
            return False
        return not (
            _ROOM.fullmatch(found[0])
            or self._after.match(text, next(found.start(n) for n in (unit, "trades", "alone") if found[n] is not None))
            or (not ours and self._others.search(text, found.end("number"), found.end() + 5))
            or self._before.search(before)
            or (_DOORS.match(found[0]) and self._doors.search(before))
            or self._visited.search(before)
        )


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


@cache
def load_reader() -> HeadcountReader:
    """The reader over the words that ship with the library. Raises SchemeError when their file is wrong."""
    return read_words(DATA)


def read_words(path: Path) -> HeadcountReader:
    """A reader over the word lists of another file of the same shape. Raises SchemeError."""
    document = Document(path)
    data = document.data if isinstance(document.data, dict) else {}
    for field in _FIELDS:
        listed = data.get(field)
        if not isinstance(listed, list) or not listed or not all(isinstance(word, str) and word for word in listed):
            raise document.error((field,), f"expected a list of words, found {listed!r}", "write [word, word]")
    return HeadcountReader({field: tuple(data[field]) for field in _FIELDS})


def headcount(text: str) -> Headcount | None:
    """The number of people or households affected that ``text`` states, after the annotation guideline, else None.

    A stated number or the floor that a word states counts (上百户 100, 十几家 10); 几十户, 数千人 and 很多 state none.
    """
    return load_reader().find(text)
