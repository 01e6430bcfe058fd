"""What is known of the language: how frequent pairs of characters and words are in public appeals.

language.safetensors holds one byte a bucket, round(16 * log(1 + f)), f the number of near-duplicate groups out of
GROUPS that have it; below five groups it is 0, so that it tells nothing of any one text. Made by
``appealnlp_training.matters.language``.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from appealnlp.errors import ModelError
from appealnlp.matters.names import DATA

FILE = DATA / "language.safetensors"
STEPS = 16.0
GROUPS = 9925
"""Groups behind the shipped counts."""
FEWEST = 5
PAIRS_AT_HAND, WORDS_AT_HAND = 0.25, 1.0
"""What an appeal at hand counts beside a shipped one: a name must not lose its weight because an issue is hot."""

Bytes = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@cache
def shipped(kind: str) -> Bytes:
    """The bytes of ``pairs`` or ``words``. Raises ModelError when the file is missing or broken."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        table: Bytes = load_file(FILE)[kind]
    except FileNotFoundError:
        raise ModelError(f"{FILE}: is missing; install appealnlp again") from None
    except (SafetensorError, KeyError, ValueError):
        raise ModelError(f"{FILE}: is broken; install appealnlp again") from None
    return table


def encoded(groups: Counts) -> Bytes:
    """The bytes of counts of groups."""
    return np.minimum(np.round(STEPS * np.log1p(np.where(groups < FEWEST, 0, groups))), 255).astype(np.uint8)


def weights(kind: str, counts: Counts, appeals: int) -> Floats:
    """The weight of each bucket: log of all over those that have it, shipped and at hand together; at least 0.05."""
    share = PAIRS_AT_HAND if kind == "pairs" else WORDS_AT_HAND
    known = np.expm1(shipped(kind) / STEPS)
    part = (known + counts * share + 1.0) / (GROUPS + appeals * share + 1.0)
    found: Floats = np.maximum(-np.log(part), 0.05).astype(np.float32)
    return found
