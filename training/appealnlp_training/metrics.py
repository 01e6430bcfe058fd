"""Figures: accuracy, macro-F1, intervals by bootstrap, abstention curves, agreement of sets."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Labels = Sequence[str]
RESAMPLES = 1000


@dataclass(frozen=True)
class Figure:
    """A figure with its 95 % interval (percentiles of a bootstrap over rows) and the number of rows behind it."""

    name: str
    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.name:34} {self.value:.3f}  [{self.low:.3f}, {self.high:.3f}]  n={self.n}"


def mean(values: npt.NDArray[Any]) -> float:
    """Mean of the values, or the share of those that hold; 0 of none."""
    return float(values.mean()) if len(values) else 0.0


def accuracy(truth: npt.NDArray[Any], guess: npt.NDArray[Any]) -> float:
    """Share of rows that are right."""
    return mean(truth == guess)


def macro_f1(truth: npt.NDArray[Any], guess: npt.NDArray[Any]) -> float:
    """Mean F1 over the classes that occur in ``truth``."""
    scores = [class_scores(truth, guess, label)[2] for label in np.unique(truth)]
    return float(np.mean(scores)) if scores else 0.0


def class_scores(truth: npt.NDArray[Any], guess: npt.NDArray[Any], label: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of one class."""
    hit = int(((truth == label) & (guess == label)).sum())
    given, real = int((guess == label).sum()), int((truth == label).sum())
    precision, recall = hit / given if given else 0.0, hit / real if real else 0.0
    return precision, recall, 2 * hit / (given + real) if given + real else 0.0


def bootstrap(
    name: str, measure: Callable[..., float], *columns: Sequence[Any], seed: int = 0, resamples: int = RESAMPLES
) -> Figure:
    """``measure`` of the columns, with its interval over resampled rows."""
    arrays = [np.array(column, dtype=object) if _is_ragged(column) else np.array(column) for column in columns]
    n, rng = len(arrays[0]), np.random.default_rng(seed)
    draws = []
    for _ in range(resamples if n else 0):
        rows = rng.integers(0, n, n)
        draws.append(measure(*(array[rows] for array in arrays)))
    low, high = np.percentile(draws, [2.5, 97.5]) if draws else (0.0, 0.0)
    return Figure(name, measure(*arrays), float(low), float(high), n)


def _is_ragged(column: Sequence[Any]) -> bool:
    return len(column) > 0 and isinstance(column[0], tuple)


def f1_of_counts(hits: npt.NDArray[Any], given: npt.NDArray[Any], real: npt.NDArray[Any]) -> float:
    """Micro-F1 of set-valued answers, from the counts of each row."""
    total = given.sum() + real.sum()
    return float(2 * hits.sum() / total) if total else 1.0


def set_counts(truth: Iterable[set[Hashable]], guess: Iterable[set[Hashable]]) -> list[list[int]]:
    """For each row: how many elements are in both, in the guess, in the truth. Three columns."""
    rows = [(len(a & b), len(b), len(a)) for a, b in zip(truth, guess, strict=True)]
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], []]


def abstention(right: Sequence[bool], confidence: Sequence[float], shares: Sequence[float]) -> dict[float, float]:
    """Accuracy of the most confident share of the rows, for each share."""
    order = np.argsort(-np.asarray(confidence), kind="stable")
    sorted_right = np.asarray(right)[order]
    return {share: float(sorted_right[: max(1, round(share * len(order)))].mean()) for share in shares}


def calibration_error(right: Sequence[bool], confidence: Sequence[float], bins: int = 10) -> float:
    """Expected calibration error over bins of equal width (Guo et al. 2017)."""
    correct, sure = np.asarray(right, float), np.asarray(confidence)
    which = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [
        (which == b).mean() * abs(correct[which == b].mean() - sure[which == b].mean())
        for b in range(bins)
        if (which == b).any()
    ]
    return float(np.sum(gaps))
