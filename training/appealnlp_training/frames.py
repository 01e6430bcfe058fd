"""Puts around an appeal what people say around a matter: greetings, asides, thanks. No label changes by that.

An encoder that learns from appeals in such frames, and from some without their title, hangs on the matter.
"""

from __future__ import annotations

import random
import tomllib
from dataclasses import replace
from pathlib import Path

from appealnlp_training.records import Record

_WORDS = tomllib.loads((Path(__file__).parent / "configs" / "frames.toml").read_text("utf-8"))
_BARE, _OPENED, _ASIDE, _CLOSED = 0.5, 0.8, 0.3, 0.6
_LEAST = 12
"""Code points of a text that says enough without its title."""


class Frames:
    """The same record and seed always get the same frame."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def of_record(self, record: Record) -> Record:
        """The record in a frame, half of the time without its title; what was labelled in the title alone is left out.

        It stays in the group of the original, so that no split parts them.
        """
        rng = random.Random(f"{self.seed} {record.id}")
        parts = [record.text]
        if rng.random() < _ASIDE:
            parts.insert(rng.randrange(2), rng.choice(_WORDS["asides"]))
        if rng.random() < _OPENED:
            parts.insert(0, rng.choice(_WORDS["openings"]))
        if rng.random() < _CLOSED:
            parts.append(rng.choice(_WORDS["closings"]))
        bare = rng.random() < _BARE and len(record.text) >= _LEAST
        text = "".join(parts)
        return replace(
            record, text=text, title="" if bare else record.title,
            entities=[pair for pair in record.entities if pair[1] in text or not bare],
        )  # fmt: skip
