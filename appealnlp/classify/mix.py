"""The scores of two tiers put together: a weighted sum of their logits for each head, calibrated on held-out rows."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from appealnlp.classify.features import Floats

Scores = Mapping[str, Mapping[str, float]]
_LEAST = 1e-6


@dataclass(frozen=True)
class Share:
    """Weights of one head: how much the linear logits and those of the encoder count, and a constant (flags)."""

    linear: float
    encoder: float
    shift: float = 0.0


@dataclass(frozen=True)
class Mix:
    """How the tiers are put together, and when the linear tier alone is sure enough.

    The linear tier's doubt is the number of the ``asked`` heads that it expects to get wrong: the sum of what their
    likeliest classes lack to certainty. The encoder is asked where it reaches ``doubt``, and then reads ``window``:
    the most tokens, and how many of them from the head of a longer text (None: as much as it reads by itself).
    """

    shares: Mapping[str, Share]
    asked: tuple[str, ...]
    doubt: float
    window: tuple[int, int] | None = None

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Mix:
        """From JSON. Raises KeyError, TypeError or ValueError for another shape."""
        shares = {name: Share(**row) for name, row in data["shares"].items()}
        window = data.get("window")
        return cls(shares, tuple(data["asked"]), float(data["doubt"]), None if window is None else window_of(window))

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        shares = {name: asdict(share) for name, share in self.shares.items()}
        window = list(self.window) if self.window else None
        return {"shares": shares, "asked": list(self.asked), "doubt": self.doubt, "window": window}

    def is_sure(self, scores: Scores) -> bool:
        """Whether the linear tier alone decides."""
        return sum(1.0 - max(scores[head].values()) for head in self.asked) < self.doubt

    def combine(
        self, linear: Scores, encoder: Mapping[str, Mapping[str, float]], single: Container[str]
    ) -> dict[str, dict[str, float]]:
        """Probabilities of every head that has a share; the others stay those of the linear tier.

        ``encoder`` holds raw scores by class; a class that the encoder does not know gets its lowest score.
        ``single`` names the heads whose classes stand each for itself.
        """
        found = {head: dict(values) for head, values in linear.items()}
        for head, share in self.shares.items():
            classes = tuple(linear[head])
            other = _aligned(encoder[head], classes)
            chances = np.clip(np.array([linear[head][c] for c in classes], np.float32), _LEAST, 1 - _LEAST)
            if head in single:
                values = sigmoid(share.linear * np.log(chances / (1 - chances)) + share.encoder * other + share.shift)
            else:
                values = softmax(share.linear * np.log(chances) + share.encoder * other)
            found[head] = dict(zip(classes, values.tolist(), strict=True))
        return found


def window_of(data: object) -> tuple[int, int]:
    """The most tokens that are read, and how many of them from the head. Raises ValueError for anything else."""
    if not isinstance(data, list) or [type(item) for item in data] != [int, int] or not 0 < data[1] <= data[0]:
        raise ValueError(f"window must be two numbers, the second no larger than the first, found {data!r}")
    return data[0], data[1]


def _aligned(scores: Mapping[str, float], classes: Sequence[str]) -> Floats:
    low = min(scores.values())
    return np.array([scores.get(label, low) for label in classes], np.float32)


def softmax(scores: Floats) -> Floats:
    """Shares that sum up to one, along the last axis."""
    powers = np.exp(scores - scores.max(-1, keepdims=True))
    shares: Floats = powers / powers.sum(-1, keepdims=True)
    return shares


def sigmoid(scores: Floats) -> Floats:
    """A probability for each score."""
    return (1.0 / (1.0 + np.exp(-scores))).astype(np.float32)
