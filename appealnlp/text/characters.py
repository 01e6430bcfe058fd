"""Characters: what is removed, folded, converted to simplified script, or damaged beyond reading."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from appealnlp.text._data import HAN, any_of, char_class, read_words, read_yaml
from appealnlp.text.draft import Draft, Edit

_SPREAD = re.compile(f"(?<![{HAN}])(?:[{HAN}] ){{3,}}[{HAN}](?![{HAN}])")
_APART = re.compile(f"(?<![{HAN}])(?:[{HAN}] )+[{HAN}](?![{HAN}])")


@dataclass(frozen=True, slots=True)
class Characters:
    """The tables of characters.yaml, compiled."""

    invisible: re.Pattern[str]
    blanks: re.Pattern[str]
    foldable: re.Pattern[str]
    fold: dict[int, str]
    traditional: re.Pattern[str]
    strings: tuple[str, ...]  # longer marks of dirt
    dirty: str  # inside of a class: every character that some step wants to see


@cache
def characters() -> Characters:
    """The compiled tables, read once."""
    data = read_yaml("characters.yaml")
    newline, blank = char_class(data["newline"]), char_class(data["blank"])
    remove, damage = char_class(data["remove"]), char_class(data["damage"])
    fold = _fold_table(data)
    traditional = "".join(read_words("traditional.txt"))
    foldable = _compact(fold)
    strings = any_of([re.escape(item) for item in data["remove_strings"]])
    return Characters(
        invisible=re.compile(rf"(?P<line>\r\n?|[{newline}])|[{remove}]+|{strings}"),
        blanks=re.compile(rf"[ \n{blank}]+"),
        foldable=re.compile(f"[{foldable}]"),
        fold=fold,
        traditional=re.compile(f"[{traditional}]"),
        strings=(*data["remove_strings"], *data["garbage"]),
        dirty=rf"\r{newline}{blank}{remove}{damage}{foldable}{traditional}",
    )


def _fold_table(data: dict[str, Any]) -> dict[int, str]:
    table = {ord(old): str(new) for old, new in data["replace"].items()}
    for item in data["fold"]:
        first, _, last = item.partition("-")
        for code in range(int(first, 16), int(last, 16) + 1):
            plain = unicodedata.normalize("NFKC", chr(code))
            if len(plain) == 1 and plain != chr(code) and chr(code) not in data["keep"] and code not in table:
                table[code] = plain
    return table


def _compact(codes: Iterable[int]) -> str:
    """The inside of a class for ``codes``, as ranges: beyond the basic plane the engine compares one by one."""
    ordered = sorted(codes)
    firsts = [code for code, before in zip(ordered, [-1, *ordered], strict=False) if code != before + 1]
    lasts = [code for code, after in zip(ordered, [*ordered[1:], -1], strict=True) if code + 1 != after]
    return char_class([f"{first:X}-{last:X}" for first, last in zip(firsts, lasts, strict=True)])


def clean_invisible(draft: Draft) -> None:
    """Remove invisible characters; every kind of line end becomes \\n."""
    found = characters().invisible.finditer(draft.text)
    draft.apply(Edit(*match.span(), "\n" if match["line"] else "") for match in found)


def fold_blanks(draft: Draft) -> None:
    """Runs of blanks become one space, or one line end where they hold one; none remain at either end."""
    draft.apply(_blank_edits(draft.text))


def _blank_edits(text: str) -> Iterator[Edit]:
    for match in characters().blanks.finditer(text):
        start, end = match.span()
        new = "" if start == 0 or end == len(text) else "\n" if "\n" in match[0] else " "
        if new != match[0]:
            yield Edit(start, end, new)


def is_spread(text: str) -> bool:
    """Whether some word was written with a blank after each character: 电 表 箱 冒 烟."""
    return " " in text and _SPREAD.search(text) is not None


def close_up(draft: Draft) -> None:
    """Where a text was spread, take the blanks out between characters that stand alone; words stay parted."""
    if is_spread(draft.text):
        draft.apply(_blanks_within(draft.text))


def _blanks_within(text: str) -> Iterator[Edit]:
    for match in _APART.finditer(text):
        for at in range(match.start() + 1, match.end(), 2):
            yield Edit(at, at + 1, "")


def fold_width(draft: Draft) -> None:
    """Full-width ASCII and other compatibility forms to the plain character, one for one."""
    if characters().foldable.search(draft.text):
        draft.exchange(draft.text.translate(characters().fold))


def simplify(draft: Draft) -> None:
    """Traditional script to simplified, where the text holds a character that only the traditional script has."""
    if not characters().traditional.search(draft.text):
        return
    text, convert = draft.text, _converter()
    converted = convert(text)
    if len(converted) != len(text):  # a phrase of another length: give up phrases, keep the alignment
        single = (convert(char) for char in text)
        converted = "".join(new if len(new) == 1 else old for old, new in zip(text, single, strict=True))
    draft.exchange(converted)


@cache
def _converter() -> Callable[[str], str]:
    """OpenCC loaded when the first traditional text comes."""
    from opencc import OpenCC

    convert = OpenCC("t2s").convert
    return lambda text: str(convert(text))
