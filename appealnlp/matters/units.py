"""Which unit would handle an appeal, as the linear tier sees it: two appeals of one matter go the same way."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from appealnlp.classify import load_model
from appealnlp.classify.features import Reading
from appealnlp.classify.linear import LinearModel
from appealnlp.matters.reading import Read
from appealnlp.schemes import shipped
from appealnlp.shipped import model_folder

HEAD = "department"
LONGEST = 400
"""Characters that are read; which unit handles a matter stands at its beginning."""

Bytes = npt.NDArray[np.uint8]


class Units:
    """The unit head of a linear model alone: a third of the work of all heads."""

    def __init__(self, model: LinearModel, name: str) -> None:
        """``name`` says which model it is; prints of different models must not be compared."""
        place = [head.name for head in model.heads].index(HEAD)
        first = sum(len(head.classes) for head in model.heads[:place])
        columns = slice(first, first + len(model.heads[place].classes))
        self.name, self._head, self._vocabulary = name, model.heads[place], model.vocabulary
        self._weights = np.ascontiguousarray(model.weights[:, columns])
        self._scales, self._bias = model.scales[columns], model.bias[columns]

    def of(self, item: Read) -> Bytes:
        """Square roots of the probabilities of all units, 0 to 255: the product of two rows is how far they agree."""
        row = self._vocabulary.features(Reading(item.text[:LONGEST], item.text[: min(item.head, LONGEST)]))
        scores = (row.values @ self._weights[row.ids].astype(np.float32)) * self._scales + self._bias
        roots: Bytes = np.round(np.sqrt(self._head.probabilities(scores)) * 255).astype(np.uint8)
        return roots


@cache
def load_units() -> Units:
    """The unit head of the shipped model. Raises ModelError."""
    stored = load_model(model_folder(), shipped().version, "linear")
    return Units(stored.linear, f"{stored.manifest.name} {stored.manifest.version}")
