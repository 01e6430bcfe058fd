"""What is printed of one head: figures, baselines, abstention, calibration, a table of its classes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from appealnlp_training.metrics import (
    Figure,
    abstention,
    accuracy,
    bootstrap,
    calibration_error,
    class_scores,
    macro_f1,
)  # fmt: skip

SHARES = (0.5, 0.7, 0.9)


@dataclass
class HeadReport:
    """What is printed of one head."""

    name: str
    truth: list[str]
    guess: list[str]
    confidence: list[float]
    majority: str
    baseline: list[str] | None = None
    figures: list[Figure] = field(default_factory=list)

    def __post_init__(self) -> None:
        pairs = (self.truth, self.guess)
        self.figures = [
            bootstrap(f"{self.name} accuracy", accuracy, *pairs), bootstrap(f"{self.name} macro-F1", macro_f1, *pairs),
        ]  # fmt: skip

    @property
    def right(self) -> list[bool]:
        """Whether each row is right."""
        return [a == b for a, b in zip(self.truth, self.guess, strict=True)]

    def lines(self) -> list[str]:
        """The report as text lines."""
        truth, guess = np.array(self.truth), np.array(self.guess)
        out = [str(figure) for figure in self.figures]
        out.append(f"  majority ({self.majority}) accuracy {np.mean(truth == self.majority):.3f}")
        if self.baseline is not None:
            other = np.array(self.baseline)
            scores = f"accuracy {accuracy(truth, other):.3f} macro-F1 {macro_f1(truth, other):.3f}"
            out.append(f"  jieba + TF-IDF + LinearSVC {scores}")
        curve = abstention(self.right, self.confidence, SHARES)
        out.append("  most confident " + ", ".join(f"{share:.0%}: {value:.3f}" for share, value in curve.items()))
        out.append(f"  calibration error {calibration_error(self.right, self.confidence):.3f}")
        out.append(f"  {'class':28} {'n':>4} {'prec':>6} {'recall':>6} {'F1':>6}")
        for label, count in Counter(self.truth).most_common():
            precision, recall, f1 = class_scores(truth, guess, label)
            out.append(f"  {label:28} {count:4} {precision:6.3f} {recall:6.3f} {f1:6.3f}")
        return out
