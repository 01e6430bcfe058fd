"""Keys of features: a template and the values at a position, mixed to 32 bits by array operations."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.uint64]
Keys = npt.NDArray[np.uint32]
_A, _B = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


def mix(template: int, *values: Values) -> Keys:
    """One key a position for ``template`` over the columns ``values``; equal in, equal out, on every machine."""
    out = np.full(len(values[0]), template + 1, np.uint64) * _A
    for value in values:
        out ^= value
        out *= _B
        out ^= out >> np.uint64(29)
    return (out >> np.uint64(16)).astype(np.uint32)


def shifted(values: Values, by: int, edge: int = 0) -> Values:
    """The column moved: position i holds what stood at ``i + by``, ``edge`` where that lies outside."""
    out = np.full_like(values, edge)
    if by >= 0:
        out[: max(0, len(values) - by)] = values[by:]
    else:
        out[-by:] = values[:by]
    return out
