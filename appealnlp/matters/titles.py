"""A readable title for many appeals of one matter: the one that says most of what all say. Never a person's name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from appealnlp.entities import load_recogniser, personal_spans
from appealnlp.matters.collect import STAR
from appealnlp.matters.finder import title_of
from appealnlp.matters.language import shipped
from appealnlp.matters.masking import shown
from appealnlp.matters.names import name_rules
from appealnlp.matters.words import word_bucket
from appealnlp.text import Segmenter, load_segmenter

MOST_SEEN = 40
"""Titles of one matter that are looked at: the first ones and the last ones."""
_GREETING = re.compile(r"^(?:尊敬的|敬爱的|您好|你好|领导|书记|市长|局长|[，,：:！!。\s])+")
_HAN_NAME = re.compile("^[\u4e00-\u9fff]{2,4}$")

Record = Mapping[str, Any]


def title(records: Sequence[Record], most: int) -> str:
    """The title of a matter, at most ``most`` characters."""
    seen = [*records[: MOST_SEEN // 2], *records[MOST_SEEN // 2 :][-MOST_SEEN // 2 :]]
    texts = [words for record in seen if (words := _cleaned(title_of(record)))]
    common = Counter(pair for text in texts for pair in _pairs(text))
    best = sorted(dict.fromkeys(texts), key=lambda text: (-_says(text, common), text))
    for text in best:
        if not names_person(text):
            text = shown(text)
            return text if len(text) <= most else f"{text[: most - 1]}…"
    return _composed(seen, most)


def names_person(text: str) -> bool:
    """Whether a title may name a private person: a mask stands in it, a name is found, or a word looks like one.

    A word looks like one when it begins with a surname, is in no list of words and stands in no name of a place.
    """
    if STAR in text or personal_spans(text):
        return True
    found = load_recogniser().find(text)
    rules = name_rules()
    if any(item.label in rules.personal for item in found):
        return True
    covered = [(item.start, item.end) for item in found]
    place, before = 0, ""
    for word in _segmenter().cut(text):
        inside = any(start <= place and place + len(word) <= end for start, end in covered)
        if not inside and (_looks_like_person(word) or _looks_like_person(before + word)):
            return True
        place, before = place + len(word), word if _is_surname(word) and not inside else ""
    return False


@cache
def _segmenter() -> Segmenter:
    """The segmenter, loaded once."""
    return load_segmenter()


def _looks_like_person(word: str) -> bool:
    if not _HAN_NAME.match(word) or (len(word) < 3 and word[-1] not in "某氏"):
        return False
    known = shipped("words")[word_bucket(word)]
    return not known and any(_is_surname(word[:length]) for length in (1, 2))


def _is_surname(word: str) -> bool:
    persons = load_recogniser().persons
    return word in persons.surnames or word in persons.double


def _cleaned(text: str) -> str:
    return _GREETING.sub("", text).strip(" ，,。.!！?？")


def _pairs(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)}


def _says(text: str, common: Counter[str]) -> float:
    """How much of what the titles have in common a title says, for its length."""
    pairs = _pairs(text)
    return float(sum(common[pair] - 1 for pair in pairs) / (len(pairs) + 6))


def _composed(records: Sequence[Record], most: int) -> str:
    """Place and frequent words, where every title may name a person."""
    names = Counter(name for record in records for name in set(record["names"]) if not names_person(name))
    known = shipped("words")
    words = Counter(
        word
        for record in records
        for word in set(_segmenter().cut(title_of(record)))
        if len(word) > 1 and known[word_bucket(word)] and not _looks_like_person(word)
    )
    place = [name for name, _ in sorted(names.items(), key=lambda item: (-item[1], item[0]))[:1]]
    rest = [
        word for word, _ in sorted(words.items(), key=lambda item: (-item[1], item[0])) if word not in "".join(place)
    ]
    return "·".join([*place, *rest[:3]])[:most] or "-"
