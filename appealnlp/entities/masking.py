"""Masking a text: what names a private person is hidden by a policy, until nothing is left to hide.

Masking is idempotent, since it goes on until a round changes nothing. It fails closed: where a recogniser errs, or a
number is left that a plain search still finds, no text is given out but ``Withheld`` is raised.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from appealnlp.analysis import Entity
from appealnlp.entities.checks import is_id_card
from appealnlp.entities.edits import Edit, Edited
from appealnlp.entities.policies import MaskPolicy, Namer, load_masking
from appealnlp.errors import InputError, Withheld
from appealnlp.text import Normalized, normalize

if TYPE_CHECKING:
    from appealnlp.entities.recogniser import Recogniser

_ROUNDS = 6
_PLACE = "ADDR"
_PERSON = "PER"
_TOLD = frozenset({"person_cue", "person_full_title", "person_number", "person_alone"})
"""Rules that find a name in full, which is then hidden wherever it stands."""
_BETWEEN = re.compile(r"[\s\-－—–.．·•_]+")
_MOBILE = re.compile(r"(?<![0-9A-Za-z])(?:\+?86|0086|0)?1[3-9][0-9]{9}(?![0-9])")
_ID = re.compile(r"(?<![0-9])[1-8][0-9]{16}[0-9Xx](?![0-9])")


class Find(NamedTuple):
    """Words to hide: where they stand in the text, what they are, and how a mask shows them."""

    start: int
    end: int
    label: str
    words: str
    mask: str


@dataclass(frozen=True)
class Masked:
    """``text`` is ``source`` masked by ``policy``; each round worked on what the one before gave."""

    source: str
    rounds: tuple[Edited, ...]
    policy: str

    @property
    def text(self) -> str:
        """The masked text."""
        return self.rounds[-1].text if self.rounds else self.source

    def to_masked(self, offset: int) -> int:
        """Where the code point at ``offset`` of the source stands in the masked text."""
        for done in self.rounds:
            offset = done.to_new(offset)
        return offset

    def to_source(self, offset: int) -> int:
        """Where the code point at ``offset`` of the masked text came from; of a token, where its words began."""
        for done in reversed(self.rounds):
            offset = done.to_source(offset)
        return offset

    @property
    def hidden(self) -> tuple[tuple[int, int, str], ...]:
        """(start, end, label) in the source of what was hidden, by start."""
        out: list[tuple[int, int, str]] = []
        for number, done in enumerate(self.rounds):
            for start, end, _, label in done.edits:
                for earlier in reversed(self.rounds[:number]):
                    start, end = earlier.to_source(start), earlier.to_source(end)
                out.append((start, end, label))
        return tuple(sorted(out))


class Masker:
    """Masks texts; holds nothing of one, so one masker serves many threads."""

    def __init__(self, recogniser: Recogniser) -> None:
        """``load_masker`` gives the shipped one."""
        self._recogniser = recogniser

    def mask(
        self, text: str, entities: Iterable[Entity] = (), *, policy: str | MaskPolicy = "mask",
        key: bytes | None = None, namer: Namer | None = None,
    ) -> Masked:  # fmt: skip
        """``text`` masked. ``entities`` are what else was found in it, by a tagger say; their masks count, too.

        ``key`` of the policy hash links documents that are masked with the same one; without it there is a new one
        each time. ``namer`` shares the tokens of several texts that are one document. Raises Withheld where anything
        goes wrong, InputError for an unknown policy; neither repeats the text.
        """
        chosen = load_masking().policy(policy) if isinstance(policy, str) else policy
        namer = namer or (Namer(chosen) if key is None else Namer(chosen, key))
        try:
            rounds = tuple(self._rounds(text, list(entities), chosen, namer))
        except (Withheld, InputError):
            raise
        except Exception as error:
            raise Withheld(f"a recogniser failed ({type(error).__name__})") from None
        masked = Masked(text, rounds, chosen.name)
        if chosen.way(_PERSON) != "keep" and leaks(masked.text):
            raise Withheld("a number is left that looks like a mobile or citizen number")
        return masked

    def _rounds(self, text: str, entities: list[Entity], policy: MaskPolicy, namer: Namer) -> Iterator[Edited]:
        for _ in range(_ROUNDS):
            edits = [_edit(find, policy, namer) for find in self._finds(text, entities, policy)]
            done = Edited(text, tuple(edit for edit in edits if edit.new != text[edit.start : edit.end]))
            if not done.edits:
                return
            yield done
            text, entities = done.text, []
        raise Withheld(f"masking has not come to an end after {_ROUNDS} rounds")

    def _finds(self, text: str, entities: list[Entity], policy: MaskPolicy) -> list[Find]:
        """What is to be hidden, by start, not overlapping: the longer of two stands."""
        normal = normalize(text)
        found = [Find(e.start, e.end, e.label, e.text, e.mask) for e in entities if e.mask is not None]
        found += self._own(normal)
        found += _again(text, found)
        found = [item for item in found if policy.way(item.label) != "keep"]
        return list(_apart(found))

    def _own(self, normal: Normalized) -> Iterator[Find]:
        recogniser = self._recogniser
        for item in recogniser.find(normal.text):
            if item.mask is not None:
                yield _at_source(normal, item.start, item.end, item.label, item.mask)
        plain = folded(normal.source)  # of the source, too: normalising may have taken a number's signs for damage
        views = [normal] if plain == normal.text else [normal, Normalized(plain, normal.source)]
        for view in views:
            for item in recogniser.personal_numbers(view.text):
                if item.mask is not None:
                    yield _at_source(view, item.start, item.end, item.label, item.mask)


def _at_source(normal: Normalized, start: int, end: int, label: str, mask: str) -> Find:
    """A find in the source, its mask in the dress of the source: widths and blanks stay."""
    first, last = normal.span(start, end)
    words, plain = normal.source[first:last], normal.text[start:end]
    if len(words) == len(plain) == len(mask):
        mask = "".join(old if sign == was else sign for old, was, sign in zip(words, plain, mask, strict=True))
    return Find(first, last, label, words, mask)


def _again(text: str, found: list[Find]) -> list[Find]:
    """Names that were told in full, wherever else they stand: a document masks alike throughout."""
    masks = {item.words: item.mask for item in found if item.label == _PERSON and _is_full(item)}
    if not masks:
        return []
    pattern = re.compile("|".join(map(re.escape, sorted(masks, key=len, reverse=True))))
    return [Find(*hit.span(), _PERSON, hit[0], masks[hit[0]]) for hit in pattern.finditer(text)]


def _is_full(item: Find) -> bool:
    return len(item.words) > 1 and set(item.mask[1:]) == {"*"}


def _apart(found: list[Find]) -> Iterator[Find]:
    """By start, overlapping ones joined under the longer one's label."""
    group: list[Find] = []
    for item in sorted(found):
        if group and item.start < max(one.end for one in group):
            group.append(item)
        else:
            if group:
                yield _joined(group)
            group = [item]
    if group:
        yield _joined(group)


def _joined(group: list[Find]) -> Find:
    if len(group) == 1:
        return group[0]
    first, last = group[0].start, max(item.end for item in group)
    longest = max(group, key=lambda item: (item.end - item.start, item.label != _PLACE))
    words = [""] * (last - first)
    for item in group:
        if len(item.mask) != item.end - item.start:
            return Find(first, last, longest.label, longest.words, "*" * (last - first))
        for place, (old, new) in enumerate(zip(item.words, item.mask, strict=True), item.start - first):
            words[place] = "*" if words[place] == "*" or (old != new and new == "*") else old
    return Find(first, last, longest.label, longest.words, "".join(words))


def _edit(find: Find, policy: MaskPolicy, namer: Namer) -> Edit:
    way = policy.way(find.label)
    if way == "mask":
        return Edit(find.start, find.end, find.mask, find.label)
    new = "" if way == "remove" else namer.token(find.label, find.words)
    head = 0
    if find.label == _PLACE:  # the compound stays, only what a mask hides goes
        head = next((n for n, (old, shown) in enumerate(zip(find.words, find.mask, strict=False)) if old != shown), 0)
    return Edit(find.start + head, find.end, new, find.label)


def folded(text: str) -> str:
    """``text`` sign for sign with plain digits and letters: full-width, circled, Arabic-Indic ones and the like."""
    return text if text.isascii() else "".join([sign if sign < "\x80" else _plain(sign) for sign in text])


@lru_cache(4096)
def _plain(sign: str) -> str:
    digit = unicodedata.digit(sign, None)
    if digit is not None:
        return str(digit)
    plain = unicodedata.normalize("NFKC", sign)
    return plain if len(plain) == 1 else sign


def leaks(text: str) -> bool:
    """Whether a mobile number or a checksum-valid citizen number stands in ``text``, in any width or spacing.

    A plain search that shares no code with the recognisers but the checksum.
    """
    plain = folded(text)
    joined = _BETWEEN.sub("", plain)
    if _MOBILE.search(plain) or any(is_id_card(found[0]) for found in _ID.finditer(plain)):
        return True
    return any(is_id_card(found[0]) for found in _ID.finditer(joined))


@cache
def load_masker() -> Masker:
    """A masker with the shipped recogniser. Raises SchemeError."""
    from appealnlp.entities.recogniser import load_recogniser

    return Masker(load_recogniser())
