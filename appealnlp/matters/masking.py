"""Texts as they may be shown: persons and numbers are masked when records are made, here also buildings and rooms."""

from __future__ import annotations

from appealnlp.entities import load_recogniser
from appealnlp.matters.reading import merged


def shown(text: str) -> str:
    """``text`` with addresses down to the compound, and anything personal that is still in it starred out."""
    recogniser = load_recogniser()
    pieces: list[str] = []
    place = 0
    hidden = [(start, end, "*" * (end - start)) for start, end in merged(recogniser.personal_spans(text))]
    masks = [(item.start, item.end, item.mask) for item in recogniser.find(text) if item.mask is not None]
    for start, end, mask in sorted([*hidden, *masks]):
        if start >= place:
            pieces += (text[place:start], mask)
            place = end
    return "".join([*pieces, text[place:]])
