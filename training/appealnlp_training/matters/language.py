"""Count in how many near-duplicate groups each pair of characters and each word occurs, personal data hidden.

    python -m appealnlp_training.matters.language --data DIR [--leave-out messages_likes.jsonl] [--out FILE]

DIR holds appeals as jsonl with title, text and group; the file left out is the one on which links are measured.
Writes language.safetensors; nothing of it comes from fewer than five groups.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from appealnlp.matters.grams import BUCKETS, buckets_of
from appealnlp.matters.language import FEWEST, FILE, encoded
from appealnlp.matters.words import word_bucket, words_of
from appealnlp_training.matters.texts import one_a_group


def main() -> None:
    """Count and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--leave-out", default="messages_likes.jsonl")
    parser.add_argument("--out", type=Path, default=FILE)
    options = parser.parse_args()
    counts = {kind: np.zeros(BUCKETS, np.int64) for kind in ("pairs", "words")}
    groups = 0
    for item in one_a_group(options.data, options.leave_out):
        groups += 1
        counts["pairs"][buckets_of(item.text)] += 1
        counts["words"][sorted(set(map(word_bucket, words_of(item))))] += 1
    save_file({kind: encoded(found) for kind, found in counts.items()}, options.out)
    known = {kind: int((found >= FEWEST).sum()) for kind, found in counts.items()}
    print(f"{groups} groups; buckets in {FEWEST} groups or more: {known} -> {options.out}")


if __name__ == "__main__":
    main()
