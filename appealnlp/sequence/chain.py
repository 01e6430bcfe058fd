"""A linear-chain conditional random field over hashed features, with eight-bit weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from appealnlp.sequence.keys import Keys

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LinearChain:
    """``keys`` [K] sorted, ``weights`` [K, T] int8 with a scale for each tag, ``moves`` [T, T] from tag to tag.

    ``first`` and ``last`` [T] weigh the tag of the first and of the last position. Unknown keys weigh nothing.
    """

    tags: tuple[str, ...]
    keys: Keys
    weights: npt.NDArray[np.int8]
    scales: Floats
    moves: Floats
    first: Floats
    last: Floats

    def scores(self, keys: Keys) -> Floats:
        """[n, T] from the features [n, F] of n positions."""
        flat = keys.ravel()
        places = np.searchsorted(self.keys, flat)
        np.minimum(places, len(self.keys) - 1, out=places)
        known = (self.keys[places] == flat).reshape(keys.shape)
        rows = np.where(known, places.reshape(keys.shape), len(self.keys))
        return self._padded[rows].sum(axis=1, dtype=np.int32) * self.scales

    def __post_init__(self) -> None:
        none = np.zeros((1, len(self.tags)), np.int8)
        object.__setattr__(self, "_padded", np.concatenate([self.weights, none]))
        object.__setattr__(self, "_moves", np.ascontiguousarray(self.moves.T))

    _padded: npt.NDArray[np.int8] = None  # type: ignore[assignment]
    _moves: Floats = None  # type: ignore[assignment]

    def decode(self, keys: Keys) -> list[int]:
        """The best tags (numbers) of the positions whose features are ``keys`` [n, F]. Time grows with n."""
        return self.best(self.scores(keys)) if len(keys) else []

    def best(self, scores: Floats) -> list[int]:
        """The best path through the scores [n, T]."""
        count, width = scores.shape
        back = np.empty((count, width), np.int64)
        value = scores[0] + self.first
        every = np.arange(width)
        for place in range(1, count):
            ways = self._moves + value
            came = ways.argmax(axis=1)
            back[place] = came
            value = ways[every, came] + scores[place]
        tag = int((value + self.last).argmax())
        path = [tag]
        for place in range(count - 1, 0, -1):
            tag = int(back[place, tag])
            path.append(tag)
        return path[::-1]

    def margins(self, scores: Floats) -> Floats:
        """[n, T]: how probable each tag is at each position, after all paths."""
        ahead, behind = self._forward(scores), self._backward(scores)
        total = ahead + behind
        total -= total.max(axis=1, keepdims=True)
        np.exp(total, out=total)
        return total / total.sum(axis=1, keepdims=True)

    def _forward(self, scores: Floats) -> Floats:
        out = np.empty_like(scores)
        out[0] = scores[0] + self.first
        for place in range(1, len(scores)):
            out[place] = np.logaddexp.reduce(out[place - 1][:, None] + self.moves, axis=0) + scores[place]
        return out

    def _backward(self, scores: Floats) -> Floats:
        out = np.empty_like(scores)
        out[-1] = self.last
        for place in range(len(scores) - 2, -1, -1):
            out[place] = np.logaddexp.reduce(self.moves + (scores[place + 1] + out[place + 1]), axis=1)
        return out
