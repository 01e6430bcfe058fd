"""HTML in a text: tags taken out, entities decoded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from appealnlp.text._data import any_of, read_yaml
from appealnlp.text.draft import Draft, Edit


@dataclass(frozen=True, slots=True)
class _Markup:
    tag: re.Pattern[str]
    entity: re.Pattern[str]
    block: frozenset[str]
    drop: frozenset[str]


@cache
def _markup() -> _Markup:
    data = read_yaml("markup.yaml")
    names = any_of([*data["drop"], *data["block"], *data["inline"]])
    # an attribute part never holds "<", so that a row of unclosed tags is read once, not once for each of them
    tag = rf"<!--|<!(?:doctype|DOCTYPE)[^<>]{{0,200}}>|</?(?P<name>(?i:{names}))(?:[\s/][^<>]{{0,2000}})?>"
    bare = any_of(data["bare_entities"])
    entity = rf"&(?:#[0-9]{{1,7}};|#[xX][0-9a-fA-F]{{1,6}};|[a-zA-Z][a-zA-Z0-9]{{1,31}};|{bare})"
    return _Markup(re.compile(tag), re.compile(entity), frozenset(data["block"]), frozenset(data["drop"]))


def clean_markup(draft: Draft) -> None:
    """Take out tags and decode entities; twice, since pasted pages often escape their tags."""
    for _ in range(2):
        tags = "<" in draft.text and draft.apply(_tag_edits(draft.text))
        entities = "&" in draft.text and draft.apply(_entity_edits(draft.text))
        if not entities and not tags:
            return


def _tag_edits(text: str) -> Iterator[Edit]:
    markup = _markup()
    lower = text.lower() if text.isascii() else _lower(text)
    missing: set[str] = set()  # closers searched for in vain: never searched for again
    position = 0
    for match in markup.tag.finditer(text):
        start, end = match.span()
        if start < position:
            continue
        name = (match["name"] or "").lower()
        if match[0] == "<!--":
            closed = _after(lower, "-->", end, missing)
            end = end if closed is None else closed
        elif name in markup.drop and not match[0].startswith("</"):
            closed = _after(lower, f"</{name}>", end, missing)
            end = end if closed is None else closed
        position = end
        yield Edit(start, end, "\n" if name in markup.block or name in markup.drop else "")


def _after(text: str, closer: str, start: int, missing: set[str]) -> int | None:
    """Where ``closer`` ends, searched from ``start``; None when there is none."""
    if closer in missing:
        return None
    found = text.find(closer, start)
    if found < 0:
        missing.add(closer)
        return None
    return found + len(closer)


def _lower(text: str) -> str:
    """ASCII letters in lower case; str.lower() may change the length."""
    return text.translate({code: code + 32 for code in range(65, 91)})


def _entity_edits(text: str) -> Iterator[Edit]:
    import html  # its table of entities is large and rarely needed

    for match in _markup().entity.finditer(text):
        name = match[0]
        decoded = html.unescape(name if name.endswith(";") else name + ";")
        if decoded != name:
            yield Edit(match.start(), match.end(), decoded)
