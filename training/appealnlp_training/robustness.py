"""What recognition errors cost: accuracy of every head on appeals as written and as a recogniser hears them.

    python -m appealnlp_training.robustness --data runs/data/dev.jsonl [--model DIR] [--tier TIER] [--rates 0.05 0.1]

The rate is that of characters changed (see ``noise``). A drop is the mean over the same rows, with its interval.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import appealnlp
from appealnlp.analysis import Analysis
from appealnlp_training.evaluate import Analyse, analyse, flags_figure, label_of
from appealnlp_training.metrics import Figure, bootstrap, mean
from appealnlp_training.noise import Noise
from appealnlp_training.records import LABELS, Record, read_records


def right(records: Sequence[Record], analyses: Sequence[Analysis], head: str) -> list[float]:
    """1 for each row whose answer is that of the record, else 0."""
    return [float(label_of(a, head)[0] == getattr(r, head)) for r, a in zip(records, analyses, strict=True)]


def figures(nlp: Analyse, records: Sequence[Record], rates: Sequence[float], seed: int) -> Iterator[Figure]:
    """Each head as written, and at each rate its drop; flags as they are at each rate."""
    clean = analyse(records, nlp)
    before = {head: right(records, clean, head) for head in LABELS}
    yield from (bootstrap(f"{head} as written", mean, before[head]) for head in LABELS)
    yield flags_figure("flags F1 as written", records, clean)
    for rate in rates:
        noise = Noise(rate, seed)
        heard = [noise.of_record(record) for record in records]
        noisy = analyse(heard, nlp)
        for head in LABELS:
            # the labels are those of what was said: noise changes the words, not the matter
            drops = [a - b for a, b in zip(before[head], right(records, noisy, head), strict=True)]
            yield bootstrap(f"{head} drop at {rate:.0%}", mean, drops)
        yield flags_figure(f"flags F1 at {rate:.0%}", records, noisy)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="records that took no part in training")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--tier")
    parser.add_argument("--rates", type=float, nargs="+", default=[0.05, 0.1])
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    nlp = appealnlp.load(options.model, tier=options.tier)
    for figure in figures(nlp, read_records(options.data), options.rates, options.seed):
        print(figure)


if __name__ == "__main__":
    main()
