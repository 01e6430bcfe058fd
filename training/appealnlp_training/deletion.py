"""Checks explanations by deletion: taking out the words named must cost a decision more than taking out others.

    python -m appealnlp_training.deletion --data runs/data/dev.jsonl [--model DIR] [--tier TIER] [--texts 100]

For each field it prints the mean fall of the confidence when the heaviest passages are taken out, and when as many
passages of about the same length are taken out at random (Samek et al. 2017), with the share of texts where the
first falls further.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

import appealnlp
from appealnlp.analysis import Analysis
from appealnlp.analyzer import Analyzer
from appealnlp_training.metrics import bootstrap, mean
from appealnlp_training.records import Record, read_records

FIELDS = ("type", "topic", "department")
TOP = 3
Spans = Sequence[tuple[int, int]]


def without(text: str, spans: Spans) -> str:
    """The text with the spans taken out."""
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + text[end:]
    return text


def elsewhere(length: int, spans: Spans, rng: random.Random) -> list[tuple[int, int]]:
    """As many spans of the same lengths at random places, not overlapping each other."""
    taken: list[tuple[int, int]] = []
    for start, end in spans:
        size = end - start
        for _ in range(20):
            first = rng.randrange(max(1, length - size + 1))
            if all(first + size <= a or first >= b for a, b in taken):
                taken.append((first, first + size))
                break
    return taken


def fall(nlp: Analyzer, analysis: Analysis, field: str, label: str, spans: Spans) -> float:
    """How much of the probability of ``label`` is lost without the spans."""
    rest = without(analysis.content, spans)
    left = nlp(rest).scores[field].get(label, 0.0) if rest.strip() else 0.0
    return analysis.scores[field][label] - left


def measure(nlp: Analyzer, records: Sequence[Record], field: str) -> tuple[list[float], list[float]]:
    """Falls without the words named, and without as many others, one of each for each text that has such words."""
    rng = random.Random(field)
    named, others = [], []
    for record in records:
        analysis = nlp(record.content)
        label = max(analysis.scores[field], key=analysis.scores[field].__getitem__)
        found = [item for item in analysis.why(field).reasons if item.weight > 0 and not item.rule][:TOP]
        spans = [(item.start, item.end) for item in found]
        if spans:
            named.append(fall(nlp, analysis, field, label, spans))
            others.append(fall(nlp, analysis, field, label, elsewhere(len(analysis.content), spans, rng)))
    return named, others


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--tier")
    parser.add_argument("--texts", type=int, default=100)
    options = parser.parse_args()
    nlp = appealnlp.load(options.model, tier=options.tier)
    records = [record for record in read_records(options.data) if len(record.content) > 40][: options.texts]
    for field in FIELDS:
        named, others = measure(nlp, records, field)
        further = [a > b for a, b in zip(named, others, strict=True)]
        for name, values in (("without its words", named), ("without others", others), ("falls further", further)):
            print(bootstrap(f"{field} {name}", mean, values))


if __name__ == "__main__":
    main()
