"""What a model says of the tokens of a text, as one part of the library hands it to another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class TokenTags:
    """Tags of the tokens of one text."""

    names: tuple[str, ...]
    """The tags: O, B-PER, I-PER, B-ORG:gov, ..."""
    scores: npt.NDArray[np.float32]
    """A row a token, a column a tag."""
    offsets: Sequence[tuple[int, int]]
    """Start and end of each token in the text; alike for a token that stands for no text."""
    share: float
    """How much they count beside a tagger of characters, from 0 to 1."""
