"""Entities: names, numbers, times and sums of an appeal, found by patterns and grammars that are data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from appealnlp.entities.recogniser import Recogniser

__all__ = ["load_recogniser", "personal_spans"]


def load_recogniser() -> Recogniser:
    """The recogniser over the data that ship with the library; built once a process, when it is first asked for."""
    from appealnlp.entities import recogniser  # here, since importing the library must stay fast

    return recogniser.load_recogniser()


def personal_spans(text: str) -> tuple[tuple[int, int, str], ...]:
    """(start, end, label) of what names a private person in ``text``, by start, not overlapping; cheap."""
    return load_recogniser().personal_spans(text)
