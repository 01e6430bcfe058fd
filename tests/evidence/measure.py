"""Precision, recall and F1 of the evidence rules alone on appeals whose flags were read.

    python tests/evidence/measure.py --data DIR [--half read|held|all] [--misses LABEL]
    python tests/evidence/measure.py --records FILE [--origin NAME ...] [--half ...] [--misses LABEL]

DIR holds gold/train.jsonl; FILE is a file of such records with an `origin` each. Appeals are halved by group: errors
may be read in one half, figures count on the other.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from appealnlp.evidence import headcount, load_finder

Row = dict[str, Any]


def load(path: Path, origins: Iterable[str] = ()) -> list[Row]:
    """The records of a file; of the origins named, or of all where none is."""
    wanted = set(origins)
    with path.open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines if line.strip()]
    return [row for row in rows if not wanted or row.get("origin") in wanted]


def is_held(row: Row) -> bool:
    return hashlib.sha256(str(row["group"]).encode()).digest()[0] % 2 == 1


def content(row: Row) -> str:
    return f"{row['title']}\n{row['text']}" if row.get("title") else str(row["text"])


def found_labels(text: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for evidence in load_finder().find(text):
        if evidence.decides:
            found.setdefault(evidence.label, []).append(evidence)
    return found


def gold_labels(row: Row) -> set[str]:
    labels = set(row["flags"])
    if row["urgency"] in ("urgent", "critical"):
        labels.add("urgent")
    if row["urgency"] == "critical":
        labels.add("critical")
    return labels


def predicted(row: Row) -> set[str]:
    labels = set(found_labels(content(row)))
    return labels | {"urgent"} if "critical" in labels else labels


class Tally:
    def __init__(self) -> None:
        self.hit: Counter[str] = Counter()
        self.extra: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()

    def add(self, gold: set[str], guess: set[str]) -> None:
        self.hit.update(gold & guess)
        self.extra.update(guess - gold)
        self.missed.update(gold - guess)

    def line(self, name: str, labels: Iterable[str]) -> str:
        labels = list(labels)
        hit, extra, missed = (sum(part[label] for label in labels) for part in (self.hit, self.extra, self.missed))
        precision = hit / (hit + extra) if hit + extra else 0.0
        recall = hit / (hit + missed) if hit + missed else 0.0
        f1 = 2 * hit / (2 * hit + extra + missed) if hit else 0.0
        return f"{name:20} {hit + missed:5} {precision:6.3f} {recall:6.3f} {f1:6.3f}"


def report(rows: list[Row]) -> None:
    tally, counted, right, spurious = Tally(), 0, 0, 0
    for row in rows:
        tally.add(gold_labels(row), predicted(row))
        guess = headcount(content(row))
        if row.get("headcount") is not None:
            counted += 1
            right += guess is not None and guess.value == row["headcount"]
        else:
            spurious += guess is not None
    labels = sorted(set(tally.hit) | set(tally.extra) | set(tally.missed))
    print(f"{'label':20} {'gold':>5} {'prec':>6} {'recall':>6} {'F1':>6}   ({len(rows)} appeals)")
    for label in labels:
        print(tally.line(label, [label]))
    print(tally.line("FLAGS micro", [label for label in labels if label not in ("urgent", "critical")]))
    print(f"headcount: {right} of {counted} stated ones right, {spurious} given where none is stated")


def show(rows: list[Row], label: str, keep: Callable[[Row], bool]) -> None:
    for row in rows:
        if not keep(row):
            continue
        gold, text = gold_labels(row), content(row)
        hits = found_labels(text).get(label, [])
        if label in gold and not hits:
            words = row["flags"].get(label) or row.get("urgency_evidence")
            print(f"\nMISSED {row['id']} {words}\n   {text[:400]}")
        elif hits and label not in gold:
            where = "; ".join(f"{hit.rule}[{text[max(0, hit.start - 18) : hit.end + 18]}]" for hit in hits)
            print(f"\nEXTRA {row['id']} ({row['urgency']}) {where.replace(chr(10), ' ')}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", type=Path, help="folder with gold/train.jsonl")
    source.add_argument("--records", type=Path, help="a file of records (jsonl)")
    parser.add_argument("--origin", action="append", default=[], help="only records of this origin; may be repeated")
    parser.add_argument("--half", choices=["read", "held", "all"], default="all")
    parser.add_argument("--misses", metavar="LABEL", help="print misses and false hits of the half that may be read")
    options = parser.parse_args()
    rows = load(options.records or options.data / "gold" / "train.jsonl", options.origin)
    if options.misses:
        show(rows, options.misses, lambda row: not is_held(row))
        return
    for name in ("read", "held") if options.half == "all" else (options.half,):
        print(f"\n== half: {name}")
        report([row for row in rows if is_held(row) == (name == "held")])


if __name__ == "__main__":
    main()
