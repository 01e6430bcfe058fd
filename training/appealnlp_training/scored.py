"""Rows that neither tier was fitted on, with what both say of them: what weights and thresholds are chosen from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from appealnlp.classify.encoder import Encoder
from appealnlp.classify.features import Floats
from appealnlp.classify.linear import Head
from appealnlp.classify.mix import Share
from appealnlp.text import normalize
from appealnlp_training.fitted import Fitted
from appealnlp_training.records import LABELS, Record


@dataclass(frozen=True)
class Scored:
    """The rows that neither tier was fitted on: records, and by head the logits of both tiers, classes alike."""

    records: Sequence[Record]
    classes: Mapping[str, tuple[str, ...]]
    linear: Mapping[str, Floats]
    encoder: Mapping[str, Floats]

    def public(self) -> Scored:
        """The rows that citizens wrote: what figures are given of."""
        places = [place for place, record in enumerate(self.records) if record.origin != "own"]
        linear, encoder = (
            {name: logits[places] for name, logits in tier.items()} for tier in (self.linear, self.encoder)
        )
        return Scored([self.records[place] for place in places], self.classes, linear, encoder)


def score(
    records: Sequence[Record],
    folds: Mapping[str, npt.NDArray[Any]],
    encoder: Encoder,
    classes: Mapping[str, tuple[str, ...]],
) -> Scored:
    """Both tiers on the records that the folds hold."""
    place = {str(key): i for i, key in enumerate(folds["ids"])}
    kept = [record for record in records if record.id in place]
    rows = [place[record.id] for record in kept]
    texts = [normalize(record.content, title_length=len(record.title)).text for record in kept]
    encoded = [encoder.encode(text).scores for text in texts]
    known = {head.name: head.classes for head in encoder.heads}
    aligned = {}
    for name in classes:
        number = {label: i for i, label in enumerate(known[name])}
        raw = np.stack([row[name] for row in encoded])
        low = raw.min(1)
        aligned[name] = np.stack([raw[:, number[c]] if c in number else low for c in classes[name]], axis=1)
    return Scored(kept, classes, {name: folds[name][rows] for name in classes}, aligned)


def truth_of(scored: Scored, name: str) -> npt.NDArray[np.int64]:
    """Class numbers, or a yes-or-no matrix for flags."""
    if name == "flags":
        return np.array([[c in r.flags for c in scored.classes[name]] for r in scored.records], np.int64)
    return np.array([scored.classes[name].index(str(getattr(r, name))) for r in scored.records], np.int64)


def joined(scored: Scored, name: str, share: Share) -> Floats:
    """Logits of both tiers put together."""
    logits = share.linear * scored.linear[name] + share.encoder * scored.encoder[name] + share.shift
    return logits.astype(np.float32)


def fitted(scored: Scored, shares: Mapping[str, Share]) -> dict[str, Fitted]:
    """The joined heads in the form that thresholds are chosen from."""
    empty = np.empty((0, 0), np.float32)
    return {
        name: Fitted(Head(name, scored.classes[name], exclusive=name != "flags"), empty, empty[:, :0],
                     joined(scored, name, share).astype(np.float32), truth_of(scored, name))
        for name, share in shares.items()
    }  # fmt: skip


def right(
    scored: Scored, heads: Mapping[str, Fitted], name: str
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Whether the linear tier alone, and both together, are right on each row."""
    truth = heads[name].truth
    return scored.linear[name].argmax(1) == truth, heads[name].held_out.argmax(1) == truth


def accuracies(scored: Scored, heads: Mapping[str, Fitted]) -> dict[str, Any]:
    """Accuracy of each tier alone and of both together."""
    found: dict[str, Any] = {"n": len(scored.records)}
    for name in LABELS:
        alone, both = right(scored, heads, name)
        encoder = scored.encoder[name].argmax(1) == heads[name].truth
        figures = {"linear": alone, "encoder": encoder, "both": both}
        found[name] = {key: round(float(value.mean()), 4) for key, value in figures.items()}
    return found
