"""Normalising: from what the user gave to a text that can be read by rule, with the way back for every span."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cache

from appealnlp.errors import InputError
from appealnlp.text._data import read_yaml
from appealnlp.text.characters import (
    characters,
    clean_invisible,
    close_up,
    fold_blanks,
    fold_width,
    is_spread,
    simplify,
)
from appealnlp.text.damage import remove_damage, repair_decoding
from appealnlp.text.draft import Draft
from appealnlp.text.layout import join_wraps, set_page_aside
from appealnlp.text.markup import clean_markup


@dataclass(frozen=True, slots=True)
class Normalized:
    """A text to analyse and the source it was made from. Offsets count code points.

    ``aside`` holds the source spans of page furniture and spam that were cut off as a whole.
    """

    text: str
    source: str
    aside: tuple[tuple[int, int], ...] = ()
    _starts: array[int] | None = field(default=None, repr=False)
    _ends: array[int] | None = field(default=None, repr=False)

    @property
    def identity(self) -> bool:
        """True when text and source are the same, offset for offset."""
        return self._starts is None and self.text == self.source

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of ``source`` behind ``text[start:end]``.

        Monotone in both ends; a non-empty span gives a non-empty one without removed characters at its edges,
        an empty one an empty one. Raises InputError unless ``0 <= start <= end <= len(text)``.
        """
        if not 0 <= start <= end <= len(self.text):
            raise InputError(f"span {start}:{end} lies outside of a text of {len(self.text)} code points")
        if self._starts is None or self._ends is None:
            return start, end
        if start < end:
            return self._starts[start], self._ends[end - 1]
        point = self._starts[start] if start < len(self._starts) else self._ends[-1] if self._ends else 0
        return point, point

    def locate(self, offset: int) -> int:
        """Where ``source[offset:]`` begins in ``text``: the first code point that stems from there or later.

        ``text[: locate(title_length)]`` is the title after normalising.
        """
        if self._starts is None:
            return min(max(offset, 0), len(self.text))
        return bisect_left(self._starts, offset)


_PAIR = re.compile(r"[ \n](?:[ \n]|\Z)")  # blanks to fold


@cache
def _dirty() -> re.Pattern[str]:
    """Every single character that some step wants to see: one class, which the engine searches fast."""
    wanted = re.compile(rf"[<&{characters().dirty}{read_yaml('characters.yaml')['misread_gbk']}\u00c0-\u00ff]")
    basic = "".join(char for char in map(chr, range(0x10000)) if wanted.match(char))
    # the engine has a bitmap for the basic plane only; a text with anything beyond simply takes the long way
    return re.compile(rf"[{re.escape(basic)}\U00010000-\U0010ffff]")


def _is_clean(source: str) -> bool:
    """True when no step but those on lines could change anything."""
    if _dirty().search(source) or _PAIR.search(source) or source.startswith((" ", "\n")) or is_spread(source):
        return False
    return not any(item in source for item in characters().strings)


def normalize(source: str, *, title_length: int = 0) -> Normalized:
    """Normalise ``source``: width, script, invisible characters, markup, wrong decoding, page furniture, blanks, wraps.

    ``title_length`` says that ``source[:title_length]`` is a title line; its line end is never taken for a wrap.
    Takes any string, lone surrogates included; time grows linearly with its length.
    """
    clean = _is_clean(source)
    if clean and source.find("\n", title_length + 1 if title_length else 0) < 0:
        return Normalized(source, source)
    draft = Draft(source)
    if not clean:
        _clean_characters(draft)
    set_page_aside(draft)  # before blanks go: the furniture of a page is told by them
    close_up(draft)
    join_wraps(draft, title_length)
    starts = array("q", draft.starts) if draft.starts is not None else None
    ends = array("q", draft.ends) if draft.ends is not None else None
    return Normalized(draft.text, source, tuple(sorted(draft.aside)), starts, ends)


def _clean_characters(draft: Draft) -> None:
    clean_markup(draft)
    repair_decoding(draft)  # before invisible characters go: some of them are halves of misread ones
    clean_invisible(draft)
    remove_damage(draft)
    fold_width(draft)
    simplify(draft)
    fold_blanks(draft)
