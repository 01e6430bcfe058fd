"""Thresholds and figures from the scores of folds."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from appealnlp.classify.features import Floats
from appealnlp.classify.store import Decisions
from appealnlp.evidence import load_finder
from appealnlp.schemes import Scheme
from appealnlp_training.data import Example, teaches_all
from appealnlp_training.fitted import Fitted
from appealnlp_training.metrics import calibration_error, macro_f1

_GRID = np.linspace(0.03, 0.97, 95)
_NEVER = 1.1
_FEW = 40
_EVEN = 0.5
_PRECISIONS = (0.7, 0.75, 0.8, 0.85, 0.9, 0.92, 0.94, 0.96, 0.98, 0.99)


def probabilities(item: Fitted) -> Floats:
    """Held-out probabilities of a head."""
    return np.array([item.head.probabilities(scores) for scores in item.held_out], np.float32)


def public_rows(examples: Sequence[Example]) -> npt.NDArray[np.int64]:
    """Rows that figures and thresholds come from: appeals that citizens wrote and somebody read.

    Where there are none (a model of our own appeals alone), all rows that were read.
    """
    read = [i for i, e in enumerate(examples) if e.record and teaches_all(e)]
    public = [i for i in read if (record := examples[i].record) and record.origin != "own"]
    return np.array(public or read)


def decisions(
    examples: Sequence[Example], fitted: Mapping[str, Fitted], scheme: Scheme, settings: Mapping[str, float]
) -> Decisions:
    """Every threshold of a model."""
    rows = public_rows(examples)

    def least(name: str, precision: float) -> float:
        return review_threshold(probabilities(fitted[name])[rows], fitted[name].truth[rows], precision)

    reviewed = ("type", "department")
    department, urgency = fitted["department"], fitted["urgency"]
    flags, by_rule = flag_decisions(examples, fitted["flags"], rows)
    return Decisions(
        urgency=urgency_thresholds(examples, urgency, scheme, settings["urgent_precision"]),
        flags=flags,
        flags_by_rule=by_rule,
        review={name: least(name, settings["review_precision"]) for name in reviewed},
        precisions={name: [(stated, least(name, stated)) for stated in _PRECISIONS] for name in reviewed},
        no_appeal=no_appeal_threshold(fitted["type"], rows, scheme),
        support=support_threshold(examples, urgency, scheme, probabilities(urgency), Decisions.support),
        department_set=set_mass(
            probabilities(department)[rows], department.truth[rows], settings["department_coverage"]
        ),
    )


def no_appeal_threshold(item: Fitted, rows: npt.NDArray[np.int64], scheme: Scheme) -> float:
    """The probability of "no appeal" that at most one appeal in 200 reaches; never under 0.3.

    It counts only where "no appeal" is the likeliest type, too; a text in doubt goes to a human.
    """
    columns = [i for i, code in enumerate(item.head.classes) if code in scheme.no_appeal]
    appeals = rows[~np.isin(item.truth[rows], columns)]
    chances = probabilities(item)[appeals][:, columns].sum(1)
    return round(max(0.3, float(np.quantile(chances, 0.995))), 3)


def urgency_thresholds(examples: Sequence[Example], item: Fitted, scheme: Scheme, precision: float) -> dict[str, float]:
    """For each level that needs evidence the threshold that misses least while ``precision`` of what it gives is right.

    The gravest level has its rules: there the threshold with the best F1. The probability compared is that of the level
    or a graver one. Levels with few public examples take all examples.
    """
    found: dict[str, float] = {}
    ranks = np.array([scheme.urgencies[code].rank for code in item.head.classes])
    chances = probabilities(item)
    for code in sorted(item.head.classes, key=lambda c: -scheme.urgencies[c].rank):
        label = scheme.urgencies[code]
        if not label.needs_evidence:
            continue
        rows = public_rows(examples)
        if (ranks[item.truth[rows]] >= label.rank).sum() < 30:
            rows = np.array([i for i, e in enumerate(examples) if e.record and teaches_all(e)])
        truth = ranks[item.truth[rows]] >= label.rank
        given = chances[rows][:, ranks >= label.rank].sum(1)
        found[code] = _threshold(given, truth, None if label.rank == ranks.max() else precision)
    return found


def _threshold(chances: Floats, truth: npt.NDArray[np.bool_], precision: float | None) -> float:
    """The lowest threshold of that precision; where there is none, or none is asked for, the one with the best F1."""
    best, chosen = -1.0, 0.5
    for value in _GRID:
        given = chances >= value
        if precision is not None and (given & truth).sum() >= precision * max(1, given.sum()):
            return round(float(value), 3)
        f1 = _f1(given, truth)
        if f1 > best:
            best, chosen = f1, float(value)
    return round(chosen, 3)


def support_threshold(
    examples: Sequence[Example], item: Fitted, scheme: Scheme, chances: Floats, otherwise: float
) -> float:
    """The probability of the gravest level from which a moderate sign of it decides: at least half of those are right.

    ``chances`` are what it is compared with, in the classes of ``item``. Counted where a rule shows a moderate sign and
    none that decides alone, in all appeals that were read, our own among them; ``otherwise`` where there are few.
    """
    classes = item.head.classes
    gravest = max(classes, key=lambda code: scheme.urgencies[code].rank)
    strength = _strength_of_signs(gravest)
    rows = [row for row, example in enumerate(examples) if example.record and _only_moderate(example, strength)]
    truth = item.truth[rows] == classes.index(gravest)
    if truth.sum() < _FEW / 2:
        return otherwise
    return _threshold(chances[rows, classes.index(gravest)], truth, _EVEN)


def _only_moderate(example: Example, strength: Mapping[str, str]) -> bool:
    """Whether rules show a moderate sign, and none that decides alone."""
    shown = {strength.get(name.removesuffix(":present")) for name in example.reading.rules}
    return shown & {"moderate", "strong"} == {"moderate"}


def _strength_of_signs(level: str) -> dict[str, str]:
    """The rules that show a level of urgency, and how strong each is."""
    return {
        rule.id: rule.strength
        for rule in load_finder().book.rules
        if any(shown.kind == "urgency" and shown.label == level for shown in rule.shows)
    }


def flag_decisions(
    examples: Sequence[Example], item: Fitted, rows: npt.NDArray[np.int64]
) -> tuple[dict[str, float], frozenset[str]]:
    """For each flag the threshold of the model, and whether a rule alone sets it too: what gives the best F1.

    A flag with few examples is left to its rules.
    """
    chances = probabilities(item)
    thresholds: dict[str, float] = {}
    ruled: set[str] = set()
    for column, name in enumerate(item.head.classes):
        truth = item.truth[rows, column] > 0
        shown = np.array([f"flag={name}" in examples[row].reading.rules for row in rows], bool)
        if truth.sum() < _FEW:
            thresholds[name], ruled = _NEVER, ruled | {name}
            continue
        alone = _best_f1(chances[rows, column], truth, np.zeros(len(rows), bool))
        joined = _best_f1(chances[rows, column], truth, shown)
        thresholds[name] = joined[1] if joined[0] > alone[0] else alone[1]
        if joined[0] > alone[0]:
            ruled.add(name)
    return thresholds, frozenset(ruled)


def common_flag_decisions(
    examples: Sequence[Example], item: Fitted, rows: npt.NDArray[np.int64], known: Mapping[str, float],
    ruled: frozenset[str],
) -> tuple[dict[str, float], frozenset[str]]:  # fmt: skip
    """One threshold for all flags, with which they are best together: what some hundred rows can tell.

    ``known`` are thresholds that many more rows gave: a flag that the model never gives there is not given here either.
    """
    chances, truth = probabilities(item)[rows], item.truth[rows] > 0
    some = [examples[row] for row in rows]

    def at(value: float) -> dict[str, float]:
        return {name: _NEVER if known.get(name, 0) >= 1 else value for name in item.head.classes}

    tried = [round(float(value), 3) for value in _GRID]
    return at(max(tried, key=lambda value: f1_of_flags(some, chances, truth, at(value), ruled))), ruled


def _best_f1(chances: Floats, truth: npt.NDArray[np.bool_], shown: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """The best F1 and its threshold, where ``shown`` rows are given anyway; the model may stay silent."""
    best = (-1.0, _NEVER)
    for value in [*_GRID, _NEVER]:
        given = (chances >= value) | shown
        best = max(best, (_f1(given, truth), round(float(value), 3)))
    return best


def _f1(given: npt.NDArray[np.bool_], truth: npt.NDArray[np.bool_]) -> float:
    return 2 * int((given & truth).sum()) / max(1, int(given.sum()) + int(truth.sum()))


def review_threshold(chances: Floats, truth: npt.NDArray[np.int64], precision: float) -> float:
    """The least confidence from which on the answers are right in ``precision`` of the cases."""
    confidence, right = chances.max(1), chances.argmax(1) == truth
    order = np.argsort(-confidence)
    shares = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(shares >= precision)
    return round(float(confidence[order][good[-1]]), 3) if len(good) else 1.0


def set_mass(chances: Floats, truth: npt.NDArray[np.int64], coverage: float) -> float:
    """The probability that the ranked classes must reach together to hold the right one in ``coverage`` of the cases.

    Split-conformal prediction with adaptive sets (Romano et al. 2020), on held-out folds.
    """
    ordered = -np.sort(-chances, axis=1)
    ranks = (chances > chances[np.arange(len(truth)), truth][:, None]).sum(1)
    mass = np.cumsum(ordered, axis=1)[np.arange(len(truth)), ranks] - ordered[np.arange(len(truth)), ranks]
    level = min(1.0, np.ceil((len(truth) + 1) * coverage) / len(truth))
    return round(float(np.quantile(mass, level)), 4)


def flags_f1(examples: Sequence[Example], item: Fitted, rows: npt.NDArray[np.int64]) -> float:
    """Micro-F1 of the flags on held-out folds, with the thresholds chosen on the same folds."""
    thresholds, ruled = flag_decisions(examples, item, rows)
    truth = item.truth[rows] > 0
    return f1_of_flags([examples[row] for row in rows], probabilities(item)[rows], truth, thresholds, ruled)


def f1_of_flags(
    examples: Sequence[Example],
    chances: Floats,
    truth: npt.NDArray[np.bool_],
    thresholds: Mapping[str, float],
    ruled: Container[str],
) -> float:
    """Micro-F1 of the flags that the thresholds give, and the rules of those that are ``ruled``.

    The columns of ``chances`` and ``truth`` are the flags of ``thresholds``, in its order.
    """
    given = np.zeros_like(truth)
    for column, (name, least) in enumerate(thresholds.items()):
        shown = np.array([name in ruled and f"flag={name}" in item.reading.rules for item in examples], bool)
        given[:, column] = (chances[:, column] >= least) | shown
    return round(_f1(given, truth), 4)


def fold_figures(examples: Sequence[Example], fitted: Mapping[str, Fitted]) -> dict[str, Any]:
    """Accuracy on held-out folds, for each head; our own appeals are not counted."""
    rows = public_rows(examples)
    found: dict[str, Any] = {"n": len(rows)}
    for name, item in fitted.items():
        if name == "flags":
            found["flags F1"] = flags_f1(examples, item, rows)
            continue
        which = rows if item.head.public else np.arange(len(item.truth))
        found[name] = round(float((item.held_out[which].argmax(1) == item.truth[which]).mean()), 4)
        if not item.head.public:
            found[f"{name} macro-F1"] = round(macro_f1(item.truth, item.held_out.argmax(1)), 4)
            chances = probabilities(item)
            right = (chances.argmax(1) == item.truth).tolist()
            found[f"{name} calibration error"] = round(calibration_error(right, chances.max(1).tolist()), 4)
        if name == "department":
            found |= _department_figures(examples, item, rows)
    return found


def _department_figures(examples: Sequence[Example], item: Fitted, rows: npt.NDArray[np.int64]) -> dict[str, float]:
    ranked = np.argsort(-item.held_out[rows], axis=1)
    records = [record for i in rows if (record := examples[i].record)]
    first = [item.head.classes[i] for i in ranked[:, 0]]
    defensible = [unit in (r.department, *r.department_also) for unit, r in zip(first, records, strict=True)]
    top3 = (ranked[:, :3] == item.truth[rows][:, None]).any(1)
    return {
        "department defensible": round(float(np.mean(defensible)), 4),
        "department top-3": round(float(top3.mean()), 4),
    }
