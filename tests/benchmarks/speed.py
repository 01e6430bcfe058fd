"""Speed of the whole linear analysis beside jieba alone, on the same texts, in one run, on one core.

    python tests/benchmarks/speed.py --data DIR [--texts 1500] [--rounds 5]

DIR holds appeals as jsonl files with title and text. Prints microseconds an appeal, the ratio, and where the time goes;
appeals are given one by one, and then as a list, as the batch does.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import jieba

import appealnlp
from appealnlp.appeal import Appeal

COLUMN = 26


def appeals(folder: Path, count: int) -> list[Appeal]:
    files = sorted(folder.glob("*.jsonl"))
    found = []
    for path in files:
        with path.open(encoding="utf-8") as lines:
            for _, line in zip(range(count // len(files)), lines, strict=False):
                row = json.loads(line)
                found.append(Appeal(text=row["text"], title=row.get("title")))
    return found


def microseconds(
    work: Callable[[Any], object], items: Iterable[Any], rounds: int, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Least time an item over the rounds."""
    items = list(items)
    best = float("inf")
    for _ in range(rounds):
        start = clock()
        for item in items:
            work(item)
        best = min(best, clock() - start)
    return best / len(items) * 1e6


def stages(nlp: Any) -> dict[str, Callable[[Any], object]]:
    """The parts of an analysis, each on its own input, as far as they can be called alone."""
    from appealnlp.evidence import headcount
    from appealnlp.text import normalize, split_matters

    return {
        "normalise": lambda a: normalize(a.content, title_length=len(a.title or "")),
        "evidence of rules": lambda a: nlp._finder.find(a.content),
        "headcount": lambda a: headcount(a.content),
        "entities": lambda a: nlp._recogniser.find(a.content, a.text_start),
        "personal spans": lambda a: nlp._recogniser.personal_spans(a.content),
        "matters": lambda a: split_matters(a.content, title_length=a.text_start),
        "features and scores": lambda a: nlp._tiers.judge(_reading(a), a.content),
    }


def _reading(appeal: Appeal) -> Any:
    from appealnlp.classify import Reading

    return Reading(appeal.content, appeal.title or "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--texts", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--model", type=Path)
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    items = appeals(options.data, options.texts)
    if not items:
        parser.error(f"--data {options.data}: no appeals here; name the folder that holds the .jsonl files")
    nlp: Any = appealnlp.load(options.model, tier="linear")
    jieba.setLogLevel(60)
    jieba.initialize()
    print(f"{len(items)} appeals, mean {sum(len(a.content) for a in items) / len(items):.0f} characters, one core")
    cut = microseconds(lambda a: jieba.lcut(a.content), items, options.rounds)
    whole = microseconds(lambda a: json.dumps(nlp(a).to_dict(), ensure_ascii=False), items, options.rounds)
    listed = microseconds(lambda all_: [json.dumps(a.to_dict(), ensure_ascii=False) for a in nlp.pipe(all_)], [items],
                          options.rounds) / len(items)  # fmt: skip
    print(f"{'jieba.lcut alone':{COLUMN}} {cut:8.0f} us\n{'whole analysis to JSON':{COLUMN}} {whole:8.0f} us")
    print(f"{'ratio':{COLUMN}} {whole / cut:8.2f}")
    print(f"{'the same of a list':{COLUMN}} {listed:8.0f} us\n{'ratio':{COLUMN}} {listed / cut:8.2f}")
    for name, work in stages(nlp).items():
        print(f"  {name:{COLUMN - 2}} {microseconds(work, items, options.rounds):8.0f} us")


if __name__ == "__main__":
    main()
