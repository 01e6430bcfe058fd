"""F1 of the matters found on messages_likes against pairs that were read, on the half that nothing was fitted on.

    python tests/matters/measure.py --data DIR [--half reported|tuning] [--draws 2000] [--errors]

DIR holds messages_likes.jsonl. All 4,027 appeals go through the whole finder; a pair counts as found when the two
stand in one matter. The interval is a bootstrap over families (pairs that share a near-duplicate group,
an appeal or a matter).
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np

from appealnlp.matters.judge import load_judge
from appealnlp.matters.links import Span, find_links, matters, time_order
from appealnlp_training.matters.judge import f1
from appealnlp_training.matters.pairs import Pairs, read_pairs

PAIRS = Path(__file__).resolve().parents[2] / "corpora" / "matters" / "pairs.jsonl"


def interval(pairs: Pairs, found: np.ndarray, draws: int, seed: int = 0) -> tuple[float, float]:
    """95 % of the F1 of draws of families."""
    random = np.random.default_rng(seed)
    families = [np.flatnonzero(pairs.family == family) for family in sorted(set(pairs.family.tolist()))]
    scores = []
    for _ in range(draws):
        drawn = np.concatenate([families[i] for i in random.integers(len(families), size=len(families))])
        scores.append(f1(pairs.same[drawn], found[drawn]))
    low, high = np.quantile(scores, [0.025, 0.975])
    return float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pairs", type=Path, default=PAIRS)
    parser.add_argument("--half", choices=["reported", "tuning"], default="reported")
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--errors", action="store_true", help="list the wrong pairs of the tuning half")
    options = parser.parse_args()
    pairs, measures, times = read_pairs(options.pairs, options.data / "messages_likes.jsonl", options.half)
    order = time_order(times)
    links = find_links(measures, order, load_judge(), Span(times))
    groups = matters(len(order), links, order)
    found = groups[pairs.first] == groups[pairs.second]
    right = (pairs.same & found).sum()
    low, high = interval(pairs, found, options.draws)
    families = len(set(pairs.family.tolist()))
    print(f"half {options.half}: {len(found)} pairs ({pairs.same.sum()} of one matter) of {families} families")
    print(f"precision {right / max(found.sum(), 1):.3f}  recall {right / pairs.same.sum():.3f}  "
          f"F1 {f1(pairs.same, found):.3f}  (95 %: {low:.3f} to {high:.3f})")  # fmt: skip
    for kind, count in sorted(Counter(pairs.kind).items()):
        of = np.array([item == kind for item in pairs.kind])
        print(f"  {kind:12} {count:4} pairs, {(found[of] == pairs.same[of]).mean():.3f} right")
    sizes = Counter(Counter(groups.tolist()).values())
    print(f"{len(order)} appeals in {len(set(groups.tolist()))} matters; largest {max(sizes)}")
    if options.errors and options.half == "tuning":
        rows = [row for row in map(json.loads, options.pairs.open(encoding="utf-8"))
                if row["half"] == "tuning" and row["same"] is not None]  # fmt: skip
        for row, answer in zip(rows, found, strict=True):
            if answer != row["same"]:
                print(f"{'FALSE' if answer else 'MISSED'} {row['a']} {row['b']} {row['kind']}: {row['reason']}")


if __name__ == "__main__":
    main()
