"""When the cascade asks the encoder, and how much of a long text it then reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from appealnlp.classify.features import Floats
from appealnlp.classify.mix import softmax
from appealnlp_training.fitted import Fitted
from appealnlp_training.records import LABELS
from appealnlp_training.scored import Scored, right

Window = tuple[int, int]
"""The most tokens that are read of a text, and how many of them from the head of a longer one."""

WINDOWS: tuple[Window, ...] = ((160, 112), (192, 144), (224, 160), (256, 192), (288, 208))
"""What a cascade may read where the encoder reads more."""
_ASKED = tuple(step / 100 for step in range(10, 101))
"""Shares of texts that the encoder may be asked of."""
_SHOWN = 5
"""Every fifth of them is shown on the card."""
_LOST = 0.001
"""So much accuracy, the mean over the heads, a narrower window may lose."""


@dataclass(frozen=True)
class Cascade:
    """The point that was chosen, and the curve that it lies on; ``window`` None: that of the encoder."""

    point: Mapping[str, Any]
    curve: Sequence[Mapping[str, Any]]
    window: Window | None

    def figures(self) -> dict[str, Any]:
        """For the card: the point with its window, and some points of the curve."""
        return {"cascade": {**self.point, "window": self.window}, "curve": list(self.curve[::_SHOWN])}


def doubts(scored: Scored) -> Floats:
    """For each row how many heads the linear tier expects to get wrong (see Mix)."""
    found: Floats = np.sum([1 - softmax(scored.linear[name]).max(1) for name in LABELS], axis=0)
    return found


def accuracy(scored: Scored, heads: Mapping[str, Fitted]) -> dict[str, float]:
    """Of each head, both tiers together on every row."""
    return {name: float(right(scored, heads, name)[1].mean()) for name in LABELS}


def curve(scored: Scored, heads: Mapping[str, Fitted], most: Mapping[str, float]) -> list[dict[str, Any]]:
    """For each share of texts that the encoder is asked of, the doubt that asks it and what is gained.

    The gain is a share of that of ``most``: the accuracy of each head where the best encoder is asked of every text.
    """
    doubt = doubts(scored)
    answers = {name: right(scored, heads, name) for name in LABELS}
    whole = sum(most[name] - float(alone.mean()) for name, (alone, _) in answers.items())
    points = []
    for share in _ASKED:
        least = float(np.quantile(doubt, 1 - share)) if share < 1 else 0.0
        mixed = {name: float(np.where(doubt >= least, both, alone).mean()) for name, (alone, both) in answers.items()}
        gained = sum(mixed[name] - float(alone.mean()) for name, (alone, _) in answers.items())
        kept = gained / whole if whole > 0 else 1.0
        rounded = {name: round(value, 4) for name, value in mixed.items()}
        points.append({"asked": share, "doubt": round(least, 4), "gain kept": round(kept, 3), **rounded})
    return points


def chosen_point(points: Sequence[Mapping[str, Any]], kept: float) -> Mapping[str, Any]:
    """The point with the fewest questions to the encoder that keeps ``kept`` of the gain, and so do all after it."""
    for place, point in enumerate(points):
        if all(later["gain kept"] >= kept for later in points[place:]):
            return point
    return points[-1]


def narrowest(accuracies: Mapping[Window, Mapping[str, float]], most: Mapping[str, float]) -> Window | None:
    """The smallest window that is as good as the whole one, whose accuracies are ``most``; None: no other is."""
    whole = np.mean(list(most.values()))
    good = [window for window, found in accuracies.items() if np.mean(list(found.values())) >= whole - _LOST]
    return min(good, default=None)


def cascade(
    scored: Mapping[Window | None, Scored], heads: Mapping[Window | None, Mapping[str, Fitted]], kept: float,
    most: Mapping[str, float] | None = None,
) -> Cascade:  # fmt: skip
    """The cheapest cascade that keeps ``kept`` of the gain. ``scored`` holds the same rows read through each window,
    the encoder's own under None. ``most`` are accuracies with a larger encoder, where that is what gains are shares of.
    """
    whole = accuracy(scored[None], heads[None])
    narrow = {window: accuracy(scored[window], heads[window]) for window in scored if window is not None}
    window = narrowest(narrow, whole)
    points = curve(scored[window], heads[window], most or whole)
    return Cascade(chosen_point(points, kept), points, window)
