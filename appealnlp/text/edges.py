"""Marks and blanks at the edges of a span, which a tagger of tokens or characters may have taken in."""

from __future__ import annotations

_OPENING, _CLOSING = "《“（(", "》”）)%"


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without marks and blanks at its edges."""
    while start < end and not text[start].isalnum() and text[start] not in _OPENING:
        start += 1
    while start < end and not text[end - 1].isalnum() and text[end - 1] not in _CLOSING:
        end -= 1
    return start, end
