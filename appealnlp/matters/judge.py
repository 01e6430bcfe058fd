"""How likely two appeals are of one matter, by what their prints have in common: a logistic rule of a few features.

judge.json holds its numbers and thresholds; ``appealnlp_training.matters.judge`` fits them on pairs that were read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from appealnlp.errors import ModelError
from appealnlp.matters.compare import FEATURES, Floats
from appealnlp.matters.names import DATA

FILE = DATA / "judge.json"


@dataclass(frozen=True)
class Judge:
    """The rule.

    ``threshold`` is the probability from which two appeals are linked, ``resent`` the share of common triples of
    characters from which the later one is a duplicate rather than a repeat in other words. Two titles that name places
    of which less than ``elsewhere`` is met in the other text are of two matters.
    """

    mean: npt.NDArray[np.float64]
    scale: npt.NDArray[np.float64]
    weight: npt.NDArray[np.float64]
    bias: float
    threshold: float
    resent: float
    elsewhere: float

    def probabilities(self, features: Floats) -> Floats:
        """One a row of FEATURES and TITLE_NAMES."""
        inputs = (np.sqrt(features[:, : len(FEATURES)]) - self.mean) / self.scale
        values: Floats = (1.0 / (1.0 + np.exp(-(inputs @ self.weight + self.bias)))).astype(np.float32)
        values[features[:, len(FEATURES)] < self.elsewhere] = 0.0
        return values


def read_judge(path: Path) -> Judge:
    """Raises ModelError when the file is missing, broken or of other features."""
    try:
        data = json.loads(path.read_text("utf-8"))
        if tuple(data["features"]) != FEATURES:
            raise ModelError(f"{path}: features {data['features']} are not those of this version; fit the judge again")
        arrays = {name: np.array(data[name], np.float64) for name in ("mean", "scale", "weight")}
        if any(values.shape != (len(FEATURES),) for values in arrays.values()):
            raise ModelError(f"{path}: mean, scale and weight need {len(FEATURES)} numbers each; fit the judge again")
        return Judge(
            **arrays,
            bias=float(data["bias"]),
            threshold=float(data["threshold"]),
            resent=float(data["resent"]),
            elsewhere=float(data["elsewhere"]),
        )
    except FileNotFoundError:
        raise ModelError(f"{path}: is missing; install appealnlp again") from None
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, ModelError):
            raise
        raise ModelError(f"{path}: cannot be read ({type(error).__name__}); fit the judge again") from None


@cache
def load_judge() -> Judge:
    """The shipped rule."""
    return read_judge(FILE)
