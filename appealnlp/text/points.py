"""The code points of a text as an array, and folding them by a table: a whole text in one array operation."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.uint32]
Value = TypeVar("Value", np.int64, np.uint32, np.uint64)

PLANE = 0x10000
"""Size of the basic plane, and of a table that folds it."""


def code_points(text: str) -> Points:
    """Code points of ``text``; lone surrogates are code points like others."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def fold_points(text: str, table: npt.NDArray[Value], beyond: int | None = None) -> npt.NDArray[Value]:
    """The row of ``table`` of each code point; one beyond the basic plane stays as it is, or becomes ``beyond``."""
    points = code_points(text)
    try:
        return table[points]
    except IndexError:  # hardly a text has such characters, so nothing is asked beforehand
        basic = points < PLANE
        others = points if beyond is None else beyond
        return np.where(basic, table[np.where(basic, points, 0)], others).astype(table.dtype)
