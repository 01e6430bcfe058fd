"""Lines: what a web page puts around a text is set aside, lines broken in mid-sentence are joined."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from appealnlp.text._data import HAN, any_of, read_yaml
from appealnlp.text.draft import Draft, Edit

_HAN = re.compile(f"[{HAN}]")
_NO_START = frozenset("，。、；：！？）」』”’》】〉,;:!?)]%")
_NO_END = frozenset("，、（“‘《「『【〈,(")
_CLOSED = frozenset("。！？!?；;：:.…”」』)）》】~～")
_PAUSE = re.compile("[，。,；;、]")
_HEADING = re.compile(
    r"[（(]?[一二三四五六七八九十0-9]{1,3}[)）、.．,，:：]|第[一二三四五六七八九十0-9]{1,3}[、，,：:章节条篇是点个]|[①-⑳*•●■◆>-]|"
    r"(?:尊敬|此致|敬礼|附|联系|电话|投诉人|举报人|反映人|反映|诉求|谢谢|感谢|另外|此外|首先|其次|最后)"
)
_LONG = 40  # code points: a line this long without an end to its sentence was broken by a machine
_BLOCK = (15, 60)  # widths of text wrapped to a column
_BLOCK_LINES = 3


class Line(NamedTuple):
    """A line of the draft without its line end: ``text`` stands at ``start:end``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Page:
    header: re.Pattern[str]
    footer: re.Pattern[str]
    spam: re.Pattern[str]
    spam_beside: re.Pattern[str]
    guard: re.Pattern[str]
    spam_max: int
    limits: dict[str, int]


@cache
def _page() -> _Page:
    data = read_yaml("layout.yaml")
    names = ("header", "footer", "spam", "spam_beside")
    header, footer, spam, beside = (re.compile(any_of(data[name])) for name in names)
    return _Page(header, footer, spam, beside, re.compile(data["guard"]), data["spam_max"], data["limits"])


def lines(text: str) -> list[Line]:
    """The lines of ``text``, split at \\n only."""
    found, position = [], 0
    for line in text.split("\n"):
        found.append(Line(position, position + len(line), line))
        position += len(line) + 1
    return found


def set_page_aside(draft: Draft) -> None:
    """Cut navigation, page footers and spam lines off the head and the foot of the draft; ``draft.aside`` keeps where.

    Nothing is cut from a text of few lines, out of the middle, or when too little would remain.
    """
    limits = _page().limits
    all_lines = lines(draft.text)
    if len(all_lines) < limits["min_lines"]:
        return
    doomed = sorted(_page_lines(all_lines, _page().header) | _foot_lines(all_lines))
    if not doomed:
        return
    cut = set(doomed)
    left = "".join(line.text for index, line in enumerate(all_lines) if index not in cut)
    if len(_HAN.findall(left)) < limits["min_left"]:
        return
    edits = list(_line_cuts(all_lines, doomed, len(draft.text)))
    draft.aside += [draft.source_span(edit.start, edit.end) for edit in edits]
    draft.apply(edits)


def _foot_lines(all_lines: list[Line]) -> set[int]:
    """The same from the foot upwards; counted from the last line."""
    last = len(all_lines) - 1
    return {last - index for index in _page_lines(all_lines[::-1], _page().footer)}


def _page_lines(all_lines: list[Line], pattern: re.Pattern[str]) -> set[int]:
    """Lines of page furniture within the zone at the beginning of ``all_lines``, with scraps between two of them."""
    limits = _page().limits
    found: list[int] = []
    for index, line in enumerate(all_lines):
        if index >= limits["zone"] + (found[-1] if found else 0) or _is_prose(line.text):
            break
        if _is_furniture(line.text, pattern, beside=bool(found)):
            found.append(index)
    scraps = {
        index
        for before, after in pairwise(found)
        if after - before == 2
        for index in (before + 1,)
        if len(all_lines[index].text.strip()) <= limits["sandwiched"]
    }
    return scraps.union(found)


def _is_prose(line: str) -> bool:
    """A real paragraph: the page ends where it begins."""
    return len(line) > _page().limits["max_line"] or (len(line) > _LONG and line.rstrip().endswith(("。", "！", "？")))


def _is_furniture(line: str, pattern: re.Pattern[str], *, beside: bool) -> bool:
    page, line = _page(), line.strip()
    if not line or page.guard.search(line):
        return False
    if pattern.search(line):
        return True
    if len(line) > page.spam_max or "。" in line:
        return False
    return page.spam.search(line) is not None or (beside and page.spam_beside.search(line) is not None)


def _line_cuts(all_lines: list[Line], doomed: list[int], length: int) -> Iterator[Edit]:
    """Edits that take whole lines out, neighbours at once, each with one line end."""
    first = previous = doomed[0]
    for index in [*doomed[1:], len(all_lines) + 1]:
        if index != previous + 1:
            start, end = all_lines[first].start, all_lines[previous].end
            if end < length:
                end += 1
            elif start:
                start -= 1
            yield Edit(start, end, "")
            first = index
        previous = index


def join_wraps(draft: Draft, title_length: int) -> None:
    """Join lines that were broken in mid-word or mid-sentence. The line end after the title is never touched."""
    if "\n" in draft.text:
        draft.apply(_wrap_edits(draft, title_length))


def _wrap_edits(draft: Draft, title_length: int) -> Iterator[Edit]:
    all_lines = lines(draft.text)
    width = _column(all_lines)
    for above, below in pairwise(all_lines):
        start, end = draft.source_span(above.end, above.end + 1)
        if title_length and start <= title_length < end:
            continue
        if _is_wrapped(above.text.rstrip(), below.text.lstrip(), width):
            seam = above.text[-1:].isascii() and below.text[:1].isascii()
            yield Edit(above.end, above.end + 1, " " if seam else "")


def _is_wrapped(above: str, below: str, width: int) -> bool:
    if not above or not below:
        return False
    if below[0] in _NO_START:
        return True
    if above[-1] in _CLOSED or _HEADING.match(below):
        return False
    if above[-1] in _NO_END:
        return True
    if not (above[-1].isalnum() and below[0].isalnum()):
        return False
    if width and width - 2 <= len(above) <= width:
        return True
    if len(above) < _LONG or _HEADING.match(above):
        return False
    return _PAUSE.search(above) is not None and _PAUSE.search(below) is not None


def _column(all_lines: list[Line]) -> int:
    """The width that the text was wrapped to, 0 where it was not: most lines end within two code points of it."""
    width = max(len(line.text) for line in all_lines)
    full = sum(width - 2 <= len(line.text) for line in all_lines)
    low, high = _BLOCK
    return width if low <= width <= high and full >= _BLOCK_LINES and 2 * full >= len(all_lines) else 0
