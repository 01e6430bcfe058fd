"""One head after training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from appealnlp.classify.features import Floats
from appealnlp.classify.linear import Head


@dataclass(frozen=True)
class Fitted:
    """One head after training: weights on the sparse features, and scores of every labelled row from its fold."""

    head: Head
    weights: Floats
    bias: Floats
    held_out: Floats
    truth: npt.NDArray[np.int64]
    """Class of each labelled row, -1 where it has none."""
