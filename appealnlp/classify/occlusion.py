"""Which passages carry a decision of the encoder: what its score loses when a passage is taken out of the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from appealnlp.classify.explain import Weighted

Score = Callable[[str], float]
"""Score of the decision for a text, as a logarithm of its probability."""

_CLAUSE = re.compile("[^，。！？；：、,.!?;:\n]+[，。！？；：、,.!?;:\n]*")
_LEAST = 4
"""A shorter clause is read together with the next one."""


def passages(text: str, most: int) -> list[tuple[int, int]]:
    """At most ``most`` passages that cover the text: clauses, neighbours joined where there are more."""
    found: list[tuple[int, int]] = []
    for start, end in _clauses(text):
        if found and found[-1][1] - found[-1][0] < _LEAST:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    step = -(-len(found) // most) or 1
    return [(part[0][0], part[-1][1]) for part in (found[i : i + step] for i in range(0, len(found), step))]


def _clauses(text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in _CLAUSE.finditer(text))


def occlusion(score: Score, text: str, count: int = 5, most: int = 32) -> list[Weighted]:
    """The passages (start, end, weight) whose loss costs the decision most, heaviest first, positive ones alone.

    The score is asked once for the text and once without each passage (Zeiler & Fergus 2014), at most ``most`` times.
    """
    whole = score(text)
    weighed = [(start, end, whole - score(text[:start] + text[end:])) for start, end in passages(text, most)]
    return sorted((item for item in weighed if item[2] > 0), key=lambda item: -item[2])[:count]
