"""Adds soft labels to the appeals that nobody read: what a model says of them, for others to learn from (distillation).

    python -m appealnlp_training.teacher --model models/default --tier encoder --data runs/data/train.jsonl \\
        --out runs/data/train_soft.jsonl

A near-duplicate of a read appeal is in its group, so folds stay apart; a group that a run holds out teaches nothing.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import appealnlp
from appealnlp import Analyzer
from appealnlp_training.records import Record, read_records, write_records

LEAST = 0.03
"""A class less probable than this is left out, and its share goes to the others."""
_analyzer: Analyzer | None = None


def shares_of(scores: Mapping[str, float], single: bool) -> dict[str, float]:
    """The classes that count, rounded: probabilities that sum up to one, or of each class for itself."""
    kept = {label: value for label, value in scores.items() if value >= LEAST}
    whole = 1.0 if single else sum(kept.values())
    return {label: round(value / whole, 4) for label, value in kept.items()}


def soft_labels(analyzer: Analyzer, record: Record) -> dict[str, dict[str, float]]:
    """Shares of the classes of every public head."""
    scores = analyzer({"title": record.title, "text": record.text}).scores
    return {head: shares_of(values, head == "flags") for head, values in scores.items()}


def _load(model: str | None, tier: str | None) -> None:
    global _analyzer
    _analyzer = appealnlp.load(model, tier=tier)


def _taught(record: Record) -> Record:
    assert _analyzer is not None, "the pool loads the model first"
    return replace(record, soft=soft_labels(_analyzer, record))


def teach(records: Sequence[Record], model: str | None, tier: str | None, processes: int) -> list[Record]:
    """The records, those of publishers that nobody read with soft labels."""
    unread = [record for record in records if record.origin == "published" and not record.is_labelled]
    with get_context("spawn").Pool(processes, _load, (model, tier)) as pool:
        taught = {record.id: record for record in pool.imap(_taught, unread, chunksize=32)}
    return [taught.get(record.id, record) for record in records]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="model folder (default: the shipped one)")
    parser.add_argument("--tier", default="encoder", help="tier that teaches")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    records = teach(read_records(options.data), options.model, options.tier, options.processes)
    write_records(options.out, records)
    print(f"{sum(bool(record.soft) for record in records)} of {len(records)} records taught, in {options.out}")


if __name__ == "__main__":
    main()
