"""Fit the rule that tells whether two appeals are of one matter, on the tuning half of the pairs that were read.

    python -m appealnlp_training.matters.judge --data DIR [--pairs corpora/matters/pairs.jsonl] [--out FILE]

DIR holds messages_likes.jsonl. The threshold is the one at which the matters that come out of all 4,027 appeals, each
fold judged by a rule fitted without it, agree with the pairs: the largest one within MARGIN of the best, since wrong
links cost more where there are more appeals. No pair of the reported half is looked at.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from appealnlp.matters.compare import FEATURES, Floats, Measures, compared
from appealnlp.matters.judge import FILE, Judge
from appealnlp.matters.links import Span, find_links, matters, time_order
from appealnlp_training.matters.pairs import Pairs, read_pairs

FOLDS = 5
RIDGE = 3.0
STEPS = 15
THRESHOLDS = np.round(np.arange(0.3, 0.86, 0.05), 2)
RESENT, ELSEWHERE = 0.5, 0.2
MARGIN = 0.01

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """Features, labels and weights of pairs; pairs of a large family weigh less, or one hot issue would decide all."""

    features: Floats
    same: npt.NDArray[np.bool_]
    weight: Doubles

    @classmethod
    def of(cls, pairs: Pairs, measures: Measures) -> Sample:
        """The sample of some pairs."""
        sizes = {family: (pairs.family == family).sum() for family in set(pairs.family.tolist())}
        weight = np.array([sizes[family] ** -0.5 for family in pairs.family.tolist()])
        return cls(compared(measures, pairs.first, pairs.second), pairs.same, weight / weight.mean())


def fit(sample: Sample, ridge: float = RIDGE) -> Judge:
    """Logistic regression by Newton steps."""
    roots = np.sqrt(sample.features[:, : len(FEATURES)].astype(np.float64))
    mean, scale = roots.mean(axis=0), roots.std(axis=0)
    inputs = np.column_stack([(roots - mean) / scale, np.ones(len(roots))])
    penalty = np.diag([ridge] * roots.shape[1] + [1e-6])
    values = np.zeros(inputs.shape[1])
    for _ in range(STEPS):
        found = 1.0 / (1.0 + np.exp(-inputs @ values))
        curve = sample.weight * found * (1.0 - found)
        slope = inputs.T @ (sample.weight * (found - sample.same)) + penalty @ values
        values -= np.linalg.solve((inputs * curve[:, None]).T @ inputs + penalty, slope)
    return Judge(mean, scale, values[:-1], float(values[-1]), 0.5, RESENT, ELSEWHERE)


def folds(pairs: Pairs) -> npt.NDArray[np.int64]:
    """The fold of each pair; no family is cut, the large ones are spread first."""
    families = sorted(set(pairs.family.tolist()), key=lambda family: (-(pairs.family == family).sum(), family))
    place = {family: number % FOLDS for number, family in enumerate(families)}
    return np.array([place[family] for family in pairs.family.tolist()])


def f1(same: npt.NDArray[np.bool_], found: npt.NDArray[np.bool_]) -> float:
    """F1 of the pairs found to be of one matter."""
    return float(2 * (same & found).sum() / max(same.sum() + found.sum(), 1))


def choose(pairs: Pairs, measures: Measures, times: npt.NDArray[np.int64]) -> dict[float, float]:
    """F1 of the matters at each threshold, each fold judged by a rule that has not seen it."""
    sample, place, order = Sample.of(pairs, measures), folds(pairs), time_order(times)
    found = {float(threshold): np.zeros(len(pairs.same), bool) for threshold in THRESHOLDS}
    for fold in range(FOLDS):
        rest = place != fold
        judge = fit(Sample(sample.features[rest], sample.same[rest], sample.weight[rest]))
        links = find_links(measures, order, replace(judge, threshold=float(THRESHOLDS[0])), Span(times))
        for threshold, answers in found.items():
            groups = matters(len(order), links.kept(links.score >= threshold), order)
            answers[~rest] = (groups[pairs.first] == groups[pairs.second])[~rest]
    return {threshold: f1(pairs.same, answers) for threshold, answers in found.items()}


def main() -> None:
    """Fit, choose, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pairs", type=Path, default=Path("corpora/matters/pairs.jsonl"))
    parser.add_argument("--out", type=Path, default=FILE)
    options = parser.parse_args()
    pairs, measures, times = read_pairs(options.pairs, options.data / "messages_likes.jsonl", "tuning")
    scores = choose(pairs, measures, times)
    for threshold, value in scores.items():
        print(f"threshold {threshold:.2f}: F1 on folds {value:.3f}")
    best = max(threshold for threshold, value in scores.items() if value >= max(scores.values()) - MARGIN)
    judge = replace(fit(Sample.of(pairs, measures)), threshold=best)
    numbers = {name: [round(float(x), 5) for x in getattr(judge, name)] for name in ("mean", "scale", "weight")}
    about = {"fitted_on": {"pairs": len(pairs.same), "half": "tuning"}, "f1_on_folds": round(scores[best], 4)}
    data = {
        "features": list(FEATURES),
        **numbers,
        "bias": round(judge.bias, 5),
        "threshold": best,
        "resent": RESENT,
        "elsewhere": ELSEWHERE,
    }
    options.out.write_text(json.dumps({**data, **about}, indent=1) + "\n", encoding="utf-8")
    print(
        f"{len(pairs.same)} pairs; {dict(zip(FEATURES, numbers['weight'], strict=True))}; "
        f"threshold {best} -> {options.out}"
    )


if __name__ == "__main__":
    main()
