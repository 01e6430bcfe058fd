"""A text under repair that remembers, for each of its code points, where in the source it came from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Edit(NamedTuple):
    """Replace ``text[start:end]`` by ``new``; edits of one round are sorted and do not overlap."""

    start: int
    end: int
    new: str


class Draft:
    """The text and its two maps: code point i of the text stands for ``source[starts[i]:ends[i]]``.

    Both maps only ever grow (never step back), so spans of the text map to spans of the source in order.
    They are None as long as nothing has moved.
    """

    __slots__ = ("aside", "ends", "starts", "text")

    def __init__(self, source: str) -> None:
        self.text = source
        self.starts: list[int] | None = None
        self.ends: list[int] | None = None
        self.aside: list[tuple[int, int]] = []

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The source span of the non-empty span ``text[start:end]``."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]

    def exchange(self, text: str) -> None:
        """Put ``text`` of the same length in place, code point for code point."""
        if len(text) != len(self.text):
            raise ValueError("an exchange keeps the length")
        self.text = text

    def apply(self, edits: Iterable[Edit]) -> bool:
        """Carry out the edits; True when there were any.

        A replacement as long as what it replaces maps code point for code point,
        any other one maps each of its code points to the whole of what it replaces.
        """
        rounds = list(edits)
        if not rounds:
            return False
        old_starts = self.starts if self.starts is not None else list(range(len(self.text)))
        old_ends = self.ends if self.ends is not None else list(range(1, len(self.text) + 1))
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        position = 0
        for start, end, new in rounds:
            pieces += (self.text[position:start], new)
            starts += old_starts[position:start]
            ends += old_ends[position:start]
            if len(new) == end - start:
                starts += old_starts[start:end]
                ends += old_ends[start:end]
            else:
                starts += [old_starts[start]] * len(new)
                ends += [old_ends[end - 1]] * len(new)
            position = end
        pieces.append(self.text[position:])
        self.text = "".join(pieces)
        self.starts, self.ends = starts + old_starts[position:], ends + old_ends[position:]
        return True
