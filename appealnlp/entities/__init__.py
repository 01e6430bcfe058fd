"""Entities: names, numbers, times and sums of an appeal, found by patterns and grammars that are data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from appealnlp.analysis import Entity
    from appealnlp.entities.recogniser import Recogniser
    from appealnlp.entities.tagger.tagger import Tagger

__all__ = ["load_recogniser", "load_shipped_tagger", "masked", "personal_spans"]


def load_recogniser() -> Recogniser:
    """The recogniser over the data that ship with the library; built once a process, when it is first asked for."""
    from appealnlp.entities import recogniser  # here, since importing the library must stay fast

    return recogniser.load_recogniser()


def personal_spans(text: str) -> tuple[tuple[int, int, str], ...]:
    """(start, end, label) of what names a private person in ``text``, by start, not overlapping; cheap."""
    return load_recogniser().personal_spans(text)


def masked(text: str, entities: Iterable[Entity], *, policy: str = "mask", key: bytes | None = None) -> str:
    """``text`` masked by the shipped masker. Raises Withheld, InputError for an unknown policy."""
    from appealnlp.entities.masking import load_masker

    return load_masker().mask(text, entities, policy=policy, key=key).text


def load_shipped_tagger() -> Tagger | None:
    """The tagger that ships with the library, None where it was left out: then grammars find names.

    Raises ModelError for one that is broken.
    """
    from appealnlp.entities.tagger.store import shipped_tagger

    return shipped_tagger()
