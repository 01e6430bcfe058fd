"""The best path through scores of tags, after weights from tag to tag."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def best_path(scores: Floats, moves: Floats, first: Floats, last: Floats) -> list[int]:
    """Tags (numbers) of the best path through ``scores`` [n, T], by Viterbi; ``moves`` [T, T] from tag to tag.

    ``first`` and ``last`` [T] weigh the tag at either end. Time grows with n.
    """
    count, width = scores.shape
    back = np.empty((count, width), np.int64)
    into = np.ascontiguousarray(moves.T)
    value = scores[0] + first
    every = np.arange(width)
    for place in range(1, count):
        ways = into + value
        came = ways.argmax(axis=1)
        back[place] = came
        value = ways[every, came] + scores[place]
    tag = int((value + last).argmax())
    path = [tag]
    for place in range(count - 1, 0, -1):
        tag = int(back[place, tag])
        path.append(tag)
    return path[::-1]
