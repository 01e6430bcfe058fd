"""What routing adds to an analysis, beside jieba alone on the same texts in the same run, on one core.

    python tests/benchmarks/routing_speed.py --data DIR [--texts 1500] [--rounds 5] [--policy NAME ...]

DIR holds appeals as jsonl files with title and text. Prints microseconds of CPU time an appeal (the least of the
rounds), and the ratio to jieba.lcut, which a busy machine slows down just as well.
"""

from __future__ import annotations

import argparse
import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import jieba
from speed import appeals, microseconds

import appealnlp
from appealnlp.route import Facts, Router, load_policy, shipped_policies

COLUMN = 26
LIMIT = 200
"""Microseconds that routing may add."""


class Spy(Router):
    """A router that keeps what it was asked."""

    seen: Facts

    def answer(self, facts: Facts) -> Any:
        """Route as ever."""
        self.seen = facts
        return super().answer(facts)


def read(folder: Path, count: int) -> list[Facts]:
    """What routing is asked for each appeal, received at a moment so that deadlines are told."""
    nlp = appealnlp.load(tier="linear")
    spy = nlp._router = Spy(nlp.scheme)
    found = []
    for appeal in appeals(folder, count):
        nlp(appealnlp.Appeal(appeal.text, appeal.title, datetime(2026, 3, 2, 9, 30)))
        found.append(spy.seen)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--texts", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--policy", nargs="*", default=["default", *(p for p in shipped_policies() if p != "default")])
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    facts = read(options.data, options.texts)
    jieba.setLogLevel(60)
    jieba.initialize()
    length = sum(len(item.text) for item in facts) / len(facts)
    print(f"{len(facts)} appeals, mean {length:.0f} characters, one core, CPU time")
    cut = microseconds(lambda item: jieba.lcut(item.text), facts, options.rounds, time.process_time)
    print(f"{'jieba.lcut alone':{COLUMN}} {cut:8.0f} us")
    for name in options.policy:
        router = Router(appealnlp.schemes.shipped(), load_policy(name))
        spent = microseconds(router.answer, facts, options.rounds, time.process_time)
        verdict = "" if spent <= LIMIT else f"  over {LIMIT} us"
        print(f"{'routing, ' + name:{COLUMN}} {spent:8.0f} us  {spent / cut:6.3f} of jieba{verdict}")


if __name__ == "__main__":
    main()
