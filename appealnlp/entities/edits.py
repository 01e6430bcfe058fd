"""Replacements in a text that remember where everything went."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple


class Edit(NamedTuple):
    """``source[start:end]`` is replaced by ``new``; ``label`` says what it was."""

    start: int
    end: int
    new: str
    label: str


@dataclass(frozen=True)
class Edited:
    """A text after ``edits``, which are sorted and do not overlap. Offsets count code points."""

    source: str
    edits: tuple[Edit, ...] = ()

    @property
    def text(self) -> str:
        """The text with all replacements."""
        pieces: list[str] = []
        place = 0
        for edit in self.edits:
            pieces += (self.source[place : edit.start], edit.new)
            place = edit.end
        return "".join([*pieces, self.source[place:]])

    @cached_property
    def _begins(self) -> list[int]:
        """Where each edit begins in the new text."""
        out: list[int] = []
        moved = 0
        for edit in self.edits:
            out.append(edit.start + moved)
            moved += len(edit.new) - (edit.end - edit.start)
        return out

    def to_new(self, offset: int) -> int:
        """Where the code point at ``offset`` of the source stands now; inside a replacement, where that begins."""
        place = bisect_right(self.edits, offset, key=lambda edit: edit.start) - 1
        if place < 0:
            return offset
        edit, begin = self.edits[place], self._begins[place]
        return begin + len(edit.new) + offset - edit.end if offset >= edit.end else begin

    def to_source(self, offset: int) -> int:
        """Where the code point at ``offset`` of the new text came from; of a replacement, where it began."""
        place = bisect_right(self._begins, offset) - 1
        if place < 0:
            return offset
        edit = self.edits[place]
        beyond = offset - self._begins[place] - len(edit.new)
        return edit.end + beyond if beyond >= 0 else edit.start
