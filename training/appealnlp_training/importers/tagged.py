"""A text with labelled spans: what a trainer of a tagger learns from, and what every annotated file is read into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from appealnlp.errors import InputError


class Span(NamedTuple):
    """Code points ``start`` to ``end`` (exclusive) of a text are a ``label``: an entity or an address component."""

    start: int
    end: int
    label: str
    subtype: str | None = None


@dataclass(frozen=True, slots=True)
class Tagged:
    """A text and its spans, ordered by their start. Raises InputError for a span that is empty or beyond the text."""

    text: str
    spans: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        for span in self.spans:
            if not 0 <= span.start < span.end <= len(self.text):
                problem = (
                    f"span {span.start}..{span.end} of {span.label} is not within the {len(self.text)} code points"
                )
                raise InputError(f"{problem} of its text; mend the offsets")
        object.__setattr__(self, "spans", tuple(sorted(self.spans, key=lambda span: (span.start, -span.end))))

    def flat(self) -> Tagged:
        """Without spans that overlap a longer one (of equal ones the first stays), as a tag a character needs it."""
        kept: list[Span] = []
        for span in sorted(self.spans, key=lambda span: (span.start - span.end, span.start)):
            if all(span.end <= other.start or other.end <= span.start for other in kept):
                kept.append(span)
        return Tagged(self.text, tuple(kept))

    def tags(self) -> list[str]:
        """One BIO tag a code point, of the flat spans, subtypes left out."""
        tags = ["O"] * len(self.text)
        for start, end, label, _ in self.flat().spans:
            tags[start:end] = [f"B-{label}", *[f"I-{label}"] * (end - start - 1)]
        return tags

    def to_dict(self) -> dict[str, Any]:
        """{"text", "spans": [[start, end, label, subtype]]}."""
        return {"text": self.text, "spans": [list(span) for span in self.spans]}


class Choice(NamedTuple):
    """What an annotator chose for the whole text: ``head`` is None where the file does not name one."""

    head: str | None
    value: str


@dataclass(frozen=True, slots=True)
class Item:
    """A text with its marks as the file has them. ``number`` is the line, or the place of the task, from 1.

    A raw span is (start, end, the file's label). ``annotated`` is False where nobody has worked on it yet.
    """

    number: int
    text: str
    spans: Sequence[tuple[int, int, str]] = ()
    choices: Sequence[Choice] = ()
    title: str = ""
    id: str | None = None
    annotated: bool = True
