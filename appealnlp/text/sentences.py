"""Sentences as spans that tile the text."""

from __future__ import annotations

import re
from itertools import pairwise

from appealnlp.text.enumeration import enumerations

Span = tuple[int, int]

# A full stop of ASCII ends a sentence behind Han where no letter or digit follows. Dots of an ellipsis end none.
_SENTENCE = re.compile(
    r"[^。！？!?；;\n.]*(?:(?:(?<![\u4e00-\u9fff”）)])\.|\.(?=[0-9A-Za-z.]))[^。！？!?；;\n.]*)*"
    r"(?:[。！？!?；;.][。！？!?；;.…]*[”’」』）)》】\"']*\s*|\n\s*|\Z)"
)


def sentences(text: str) -> list[Span]:
    """Spans of the sentences: none is empty, together they are the whole text, blanks belong to what they follow.

    A sentence ends behind 。！？；!?; with the closing quotes and brackets that follow, and at a line end;
    a numbered item (一、 1. （2） 第三，) begins one.
    """
    ends = {match.end() for match in _SENTENCE.finditer(text)}
    ends.update(item.start for chain in enumerations(text) for item in chain)
    cuts = sorted(ends | {0, len(text)})
    return list(pairwise(cuts))
