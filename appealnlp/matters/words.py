"""The words of an appeal that tell what it is about: outside names, longer than one character, no numbers."""

from __future__ import annotations

from functools import cache, lru_cache

from appealnlp.classify.grams import MASK
from appealnlp.matters.grams import BUCKETS
from appealnlp.matters.reading import Read
from appealnlp.text import Segmenter, load_segmenter


@cache
def _segmenter() -> Segmenter:
    return load_segmenter()


def words_of(item: Read) -> list[str]:
    """The words in order, as often as they occur."""
    found: list[str] = []
    named = iter([*item.named, (len(item.text) + 1, len(item.text) + 1)])
    start, end = next(named)
    place = 0
    for word in _segmenter().cut(item.text):
        behind = place + len(word)
        while end <= place:
            start, end = next(named)
        if behind <= start and len(word) > 1 and _tells(word):
            found.append(word)
        place = behind
    return found


@lru_cache(maxsize=200_000)
def _tells(word: str) -> bool:
    return MASK not in word and any("\u4e00" <= char <= "\u9fff" or char.isalpha() for char in word)


@lru_cache(maxsize=200_000)
def word_bucket(word: str) -> int:
    """The bucket of a word, the same in every process."""
    value = 14695981039346656037
    for char in word.casefold():
        value = ((value ^ ord(char)) * 1099511628211) & 0xFFFFFFFFFFFFFFFF
    return ((value ^ (value >> 29)) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF) >> 46 & (BUCKETS - 1)
