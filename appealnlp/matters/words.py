"""The words of an appeal that tell what it is about: outside names, of two Han characters or more."""

from __future__ import annotations

from functools import cache, lru_cache

from appealnlp.matters.grams import BUCKETS
from appealnlp.matters.reading import Read
from appealnlp.text import Segmenter, load_segmenter
from appealnlp.text.hashing import MASK, hash_of


@cache
def _segmenter() -> Segmenter:
    return load_segmenter()


def words_of(item: Read) -> list[str]:
    """The words in order, as often as they occur."""
    pieces: list[str] = []
    place = 0
    for start, end in item.named:
        pieces.append(item.text[place:start])
        place = end
    pieces.append(item.text[place:])
    return _segmenter().han("\n".join(pieces))


@lru_cache(maxsize=500_000)
def word_bucket(word: str) -> int:
    """The bucket of a word, the same in every process."""
    value = hash_of(word.casefold())
    return ((value ^ (value >> 29)) * 0x9E3779B97F4A7C15 & MASK) >> 46 & (BUCKETS - 1)
