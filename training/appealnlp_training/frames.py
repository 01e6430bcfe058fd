"""Appeals as they come in by phone: without their title, or among greetings, asides and thanks.

No label of what is still said changes. A model that learns from them, too, hangs on the matter and not on what stands
around it.
"""

from __future__ import annotations

import random
import tomllib
from dataclasses import replace
from pathlib import Path

from appealnlp_training.records import Record, fold_of

_WORDS = tomllib.loads((Path(__file__).parent / "configs" / "frames.toml").read_text("utf-8"))
_BARE, _OPENED, _ASIDE, _CLOSED = 0.5, 0.8, 0.3, 0.6
_LEAST = 12
"""Code points of a text that says enough without its title."""


class Frames:
    """The same record and seed always get the same frame."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def as_called(self, record: Record) -> Record:
        """The record as a call brings it: of those with a title a quarter is that alone, a quarter the text alone.

        A text that says too little goes by its title; all others stand in a frame.
        """
        way = fold_of(record.id, 4)
        if way >= 2 or not record.title:
            return self.of_record(record)
        says_enough = len(record.text) >= _LEAST
        return _shown(replace(record, title="", text=record.text if way and says_enough else record.title))

    def of_record(self, record: Record) -> Record:
        """The record in a frame, half of the time without its title.

        A flag or an entity whose words stand in the title alone is gone then, and so is a level without evidence left.
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
        return _shown(replace(record, text=text, title="" if bare else record.title))


def _shown(record: Record) -> Record:
    """The record with those of its labels that its words still show."""
    content = record.content
    evident = any(words in content for words in record.urgency_evidence)
    return replace(
        record,
        flags={flag: words for flag, words in record.flags.items() if words in content},
        urgency=record.urgency if evident or not record.urgency_evidence else None,
        entities=[pair for pair in record.entities if pair[1] in content],
    )
