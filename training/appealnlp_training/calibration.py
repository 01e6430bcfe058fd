"""How far probabilities can be trusted: log loss before and after calibration, and the sets of possible units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from appealnlp.analysis import Analysis
from appealnlp.analyzer import Analyzer
from appealnlp.classify.decider import Decider
from appealnlp_training.metrics import Figure, bootstrap, mean
from appealnlp_training.records import LABELS, Record

_LEAST = 1e-6


def calibration_figures(records: Sequence[Record], analyses: Sequence[Analysis], nlp: Analyzer) -> list[Figure]:
    """For each public head the log loss, and that without its temperature (where the linear tier alone answered);
    how often the set of possible units holds the right one, and its mean size.
    """
    temperatures = {head.name: head.temperature for head in nlp.stored.linear.heads}
    alone = nlp.tier == "linear"
    found = []
    for head in LABELS:
        truth = [str(getattr(record, head)) for record in records]
        losses = [_loss(a.scores[head], label, 1.0) for a, label in zip(analyses, truth, strict=True)]
        found.append(bootstrap(f"{head} log loss", mean, losses))
        if alone:
            raw = [_loss(a.scores[head], label, temperatures[head]) for a, label in zip(analyses, truth, strict=True)]
            found.append(bootstrap(f"{head} log loss uncalibrated", mean, raw))
    return found + _set_figures(records, analyses, nlp)


def _loss(scores: Mapping[str, float], label: str, temperature: float) -> float:
    """Log loss of one row; ``temperature`` is taken back out of the probabilities."""
    logits = np.log(np.maximum(np.array(list(scores.values())), _LEAST)) * temperature
    logits -= logits.max()
    place = list(scores).index(label) if label in scores else int(logits.argmin())
    return float(np.log(np.exp(logits).sum()) - logits[place])


def _set_figures(records: Sequence[Record], analyses: Sequence[Analysis], nlp: Analyzer) -> list[Figure]:
    stored = nlp.stored
    by_tier = {"linear": Decider(nlp.scheme, stored.decisions)}
    if stored.encoder and stored.joined:
        by_tier[stored.encoder.name] = Decider(nlp.scheme, stored.joined)
    sets = [by_tier[a.replay["tier"]].department_set(a.scores["department"]) for a in analyses]
    held = [record.department in chosen for record, chosen in zip(records, sets, strict=True)]
    return [
        bootstrap("department set holds the right one", mean, held),
        bootstrap("department set size", mean, [len(chosen) for chosen in sets]),
    ]
