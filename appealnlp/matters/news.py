"""What a link rests on, and what is new in the repeat; all words are masked ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from appealnlp.matters.collect import STAR
from appealnlp.matters.compare import FEATURES, TITLE_NAMES
from appealnlp.matters.grams import buckets_of
from appealnlp.matters.language import shipped
from appealnlp.matters.masking import shown
from appealnlp.matters.reading import Read
from appealnlp.matters.words import word_bucket, words_of
from appealnlp.text import sentences

KNOWN = 0.55
"""A sentence is known when the earlier text has this share of its pairs of characters."""
SHORTEST, LONGEST = 8, 120
MOST_SENTENCES, MOST_WORDS = 3, 6

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ground:
    """Why two appeals are of one matter: names and words that both have, and the numbers behind it."""

    names: tuple[str, ...]
    words: tuple[str, ...]
    numbers: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"names": list(self.names), "words": list(self.words), "agreement": dict(self.numbers)}

    def __str__(self) -> str:
        shared = "；".join(filter(None, ["、".join(self.names), "、".join(self.words)]))
        return f"{shared}（{'，'.join(f'{name}={value:.2f}' for name, value in self.numbers.items())}）"


def ground(later: Record, earlier: Record, features: np.ndarray, wording: float) -> Ground:
    """The ground of a link."""
    theirs = earlier["names"]
    names = tuple(name for name in later["names"] if name in theirs or any(name in other for other in theirs))
    known, common = shipped("words"), set(_words(earlier))
    shared = [word for word in dict.fromkeys(_words(later)) if word in common and STAR not in word]
    rarest = sorted(shared, key=lambda word: int(known[word_bucket(word)]) or 255)[:MOST_WORDS]
    numbers = {name: round(float(value), 3) for name, value in zip((*FEATURES, TITLE_NAMES), features, strict=True)}
    return Ground(names[:4], tuple(rarest), {**numbers, "same_wording": round(float(wording), 3)})


def _words(record: Record) -> list[str]:
    return words_of(Read(record["text"], record["head"], (), ()))


def news(later: Record, earlier: Record) -> list[str]:
    """The sentences of the later appeal that the earlier one does not have, at most three, cut to 120 characters."""
    had = buckets_of(earlier["text"])
    found: list[str] = []
    text = later["text"]
    for start, end in sentences(text):
        words = text[start:end].strip()
        own = buckets_of(words)
        if len(words) < SHORTEST or not len(own) or np.isin(own, had).mean() >= KNOWN:
            continue
        words = shown(words)
        found.append(words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…")
        if len(found) == MOST_SENTENCES:
            break
    return found
