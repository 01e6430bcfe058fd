"""Damaged runs: text decoded with the wrong table is repaired where that is certain, the rest is taken out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from appealnlp.text._data import any_of, char_class, read_yaml
from appealnlp.text.draft import Draft, Edit

_GAP = 3  # so many readable characters may stand between two unreadable ones of a damaged run
_REACH = 40  # a damaged run grows no further than this from the character that betrays it
_SYMBOLS = frozenset("`^~|\\{}")

# Where the characters of wrongly decoded bytes lie. UTF-8 or GBK read as cp1252 or Latin-1:
_CP1252 = "\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122"
_LATIN = re.compile(f"[\u0080-\u00ff{_CP1252}]{{6,}}")
_LATIN_LETTER = re.compile("[\u00a1-\u00ff]{2}")
# UTF-8 read as GBK:
_HAN_RUN = re.compile("[\u3000-\u303f\u3400-\u9fff\u2010-\u203b\u20ac\ue000-\uf8ff\uff00-\uffef]{4,}")
_READABLE = re.compile("[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef\u2010-\u203b0-9A-Za-z .,\n]+")

Encoder = Callable[[str], "list[bytes] | None"]


@dataclass(frozen=True, slots=True)
class _Damage:
    broken: re.Pattern[str]
    leads: frozenset[str]


@cache
def _damage() -> _Damage:
    data = read_yaml("characters.yaml")
    garbage = any_of([f"(?:{re.escape(item)})+" for item in data["garbage"]])
    return _Damage(re.compile(rf"{garbage}|[{char_class(data['damage'])}]+"), frozenset(data["misread_gbk"]))


def repair_decoding(draft: Draft) -> None:
    """Undo a wrong decoding where the bytes read as Chinese under the right one."""
    if _LATIN_LETTER.search(draft.text):
        draft.apply(_repairs(draft.text, _LATIN, _latin_bytes))
    if len(_damage().leads.intersection(draft.text)) >= 2:
        draft.apply(_repairs(draft.text, _HAN_RUN, _gbk_bytes))


def _repairs(text: str, runs: re.Pattern[str], encode: Encoder) -> Iterator[Edit]:
    for match in runs.finditer(text):
        pieces = encode(match[0])
        decoded = _decode(b"".join(pieces)) if pieces else None
        if pieces and decoded:
            yield from _aligned(match.start(), pieces, *decoded)


def _latin_bytes(run: str) -> list[bytes] | None:
    pieces = [char.encode("cp1252", "ignore") or char.encode("latin-1", "ignore") for char in run]
    return pieces if all(pieces) else None


def _gbk_bytes(run: str) -> list[bytes] | None:
    if len(_damage().leads.intersection(run)) < 2:
        return None
    try:
        return [char.encode("gb18030") for char in run]
    except UnicodeEncodeError:
        return None


def _decode(raw: bytes) -> tuple[str, str] | None:
    """The text behind ``raw`` and the encoding that gave it; None where no reading is plainly Chinese."""
    for encoding in ("utf-8", "gb2312"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if len(text) >= 2 and _READABLE.fullmatch(text):
            return text, encoding
    return None


def _aligned(offset: int, pieces: list[bytes], text: str, encoding: str) -> Iterator[Edit]:
    """Edits as short as the two readings allow: each ends where a character ends in both of them."""
    old = new = new_start = 0  # bytes read on either side, first character of the pending edit
    start = position = offset
    source = iter(pieces)
    for index, char in enumerate(text):
        new += len(char.encode(encoding))
        while old < new:
            old += len(next(source))
            position += 1
        if old == new:
            yield Edit(start, position, text[new_start : index + 1])
            start, new_start = position, index + 1


def remove_damage(draft: Draft) -> None:
    """Take out what no one wrote: private-use characters vanish, lost or garbled runs shrink to a blank."""
    if _damage().broken.search(draft.text):
        draft.apply(_damage_edits(draft.text))


def _damage_edits(text: str) -> Iterator[Edit]:
    """One edit a damaged run: the betraying characters with the garbled ones around them."""
    pending = Edit(0, 0, "")
    for match in _damage().broken.finditer(text):
        if match.end() <= pending.end:
            continue
        start, end = _grow(text, match.start(), -1), _grow(text, match.end() - 1, 1) + 1
        if start <= pending.end and pending.end:
            pending = Edit(pending.start, max(end, pending.end), " ")
            continue
        if pending.end:
            yield pending
        vanishes = (start, end) == match.span() and all("\ud800" <= char != "\ufffd" for char in match[0])
        pending = Edit(start, end, "" if vanishes else " ")
    if pending.end:
        yield pending


def _grow(text: str, position: int, step: int) -> int:
    """The furthest garbled character from ``position`` in one direction, over gaps of a few readable ones."""
    furthest = position
    for distance in range(1, _REACH):
        here = position + step * distance
        if not 0 <= here < len(text) or abs(here - furthest) > _GAP + 1 or not _may_be_garbled(text[here]):
            break
        if _is_garbled(text[here]):
            furthest = here
    return furthest


def _may_be_garbled(char: str) -> bool:
    """Han, letters of any script and stray symbols: punctuation and blanks end a damaged run."""
    return char.isalpha() or char in _SYMBOLS or _damage().broken.match(char) is not None


def _is_garbled(char: str) -> bool:
    """A character that hardly occurs in Chinese of either script: outside GB 2312 and the first plane of Big5."""
    if char in _SYMBOLS or _damage().broken.match(char):
        return True
    if not "\u3400" <= char <= "\u9fff":
        return char >= "\u0080"
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        big5 = char.encode("big5", "ignore")
        return not big5 or big5[0] > 0xC6
    return False
