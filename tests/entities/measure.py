"""Precision, recall and F1 of the recogniser on the training part of the gold appeals, and its speed.

    python tests/entities/measure.py --data DIR [--half read|held|all] [--misses LABEL] [--speed]

DIR holds gold/train.jsonl and appeals/*.jsonl. Appeals are halved by group: errors may be read in one half, figures
count on the other. Scored are the distinct pairs (label, text) of an appeal; the subtype of ORG and the 《》 of LAW
do not count.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

from appealnlp.entities import load_recogniser

Row = dict[str, Any]
Pair = tuple[str, str]


def is_held(row: Row) -> bool:
    return hashlib.sha256(str(row["group"]).encode()).digest()[0] % 2 == 1


def content(row: Row) -> str:
    return f"{row['title']}\n{row['text']}" if row.get("title") else str(row["text"])


def pair(label: str, text: str) -> Pair:
    label = label.partition(":")[0]
    return label, text.strip("《》") if label == "LAW" else text


def gold(row: Row) -> set[Pair]:
    return {pair(label, text) for label, text in row["entities"]}


def guessed(row: Row) -> set[Pair]:
    found = load_recogniser().find(content(row), len(row.get("title") or ""))
    return {pair(item.label, item.text) for item in found}


def line(name: str, hit: int, extra: int, missed: int) -> str:
    precision = hit / (hit + extra) if hit + extra else 0.0
    recall = hit / (hit + missed) if hit + missed else 0.0
    f1 = 2 * hit / (2 * hit + extra + missed) if hit else 0.0
    return f"{name:10} {hit + missed:5} {precision:6.3f} {recall:6.3f} {f1:6.3f}"


def report(rows: list[Row]) -> None:
    hit: Counter[str] = Counter()
    extra: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for row in rows:
        want, got = gold(row), guessed(row)
        hit.update(label for label, _ in want & got)
        extra.update(label for label, _ in got - want)
        missed.update(label for label, _ in want - got)
    print(f"{'label':10} {'gold':>5} {'prec':>6} {'recall':>6} {'F1':>6}   ({len(rows)} appeals)")
    for label in sorted(set(hit) | set(extra) | set(missed)):
        print(line(label, hit[label], extra[label], missed[label]))
    print(line("micro", hit.total(), extra.total(), missed.total()))


def show(rows: list[Row], label: str) -> None:
    """Misses and false hits, each with what stands around it."""
    for row in rows:
        text, want, got = content(row), gold(row), guessed(row)
        for kind, pairs in (("MISSED", want - got), ("EXTRA", got - want)):
            for found, words in sorted(pairs):
                if found == label:
                    place = max(0, text.find(words))
                    around = text[max(0, place - 14) : place] + "[" + words + "]"
                    print(kind, row["id"], (around + text[place + len(words) :][:10]).replace("\n", "/"))


def speed(data: Path) -> None:
    texts = []
    for path in sorted((data / "appeals").glob("*.jsonl")):
        rows = [json.loads(item) for item in path.read_text("utf-8").splitlines()[:300]]
        texts += [content(row) for row in rows]
    recogniser = load_recogniser()
    for name, call in (("find", recogniser.find), ("personal_spans", recogniser.personal_spans)):
        rounds = []
        for _ in range(5):
            start = time.process_time()
            for text in texts:
                call(text)
            rounds.append(time.process_time() - start)
        each = min(rounds) / len(texts) * 1e6
        print(f"{name}: {each:.0f} µs a text of {sum(map(len, texts)) / len(texts):.0f} characters on average")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--half", choices=["read", "held", "all"], default="all")
    parser.add_argument("--misses", metavar="LABEL", help="print misses and false hits of the half that may be read")
    parser.add_argument("--speed", action="store_true")
    options = parser.parse_args()
    if options.speed:
        speed(options.data)
        return
    rows = [json.loads(item) for item in (options.data / "gold" / "train.jsonl").read_text("utf-8").splitlines()]
    if options.misses:
        show([row for row in rows if not is_held(row)], options.misses)
        return
    for name in ("read", "held") if options.half == "all" else (options.half,):
        print(f"\n== half: {name}")
        report([row for row in rows if is_held(row) == (name == "held")])


if __name__ == "__main__":
    main()
