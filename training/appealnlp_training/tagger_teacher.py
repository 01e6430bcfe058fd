"""Lets larger taggers mark the appeals that nobody read, for a smaller one to learn from (distillation).

    python -m appealnlp_training.tagger_teacher --taggers runs/big runs/wide --data DATA --out runs/marked.jsonl
    python -m appealnlp_training.tagger ... --extra runs/marked.jsonl

Every character gets the mean of the probabilities that the taggers give its tags; with ``--encoder`` (a folder that
``export`` wrote) its token head speaks beside them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from appealnlp.classify.encoder import Encoder, load_encoder
from appealnlp.classify.features import Floats
from appealnlp.classify.mix import softmax
from appealnlp.entities import load_recogniser
from appealnlp.entities.recogniser import Recogniser
from appealnlp.entities.tagger.decode import tag_names
from appealnlp.entities.tagger.store import load_tagger
from appealnlp.entities.tagger.tagger import Tagger
from appealnlp.entities.tagger.tokens import joined
from appealnlp.text import normalize, without_tone
from appealnlp_training.records import Record, read_records
from appealnlp_training.tagger_data import write_extra

LEAST = 0.02
"""Probabilities below this are written as 0, which keeps the file small."""
_TINY = 1e-6


def chances(taggers: Sequence[Tagger], recogniser: Recogniser, text: str, encoder: Encoder | None = None) -> Floats:
    """Mean probabilities (characters, tags) of a normalised text."""
    found, tags = recogniser.numbers(text), len(tag_names(taggers[0].labels))
    mean: Floats = np.mean([softmax(tagger.scores(text, found)[:, :tags]) for tagger in taggers], axis=0)
    tokens = encoder.encode(without_tone(text)).tags if encoder else None
    if tokens:
        mean = softmax(joined(np.log(np.maximum(mean, _TINY)), tokens, taggers[0].labels))
    mean[mean < LEAST] = 0.0
    shares: Floats = mean / mean.sum(1, keepdims=True)
    return shares


def marked(
    records: Sequence[Record], taggers: Sequence[Tagger], recogniser: Recogniser, weight: float,
    encoder: Encoder | None = None,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """A row for each published appeal that nobody read, as ``tagger_data.extra_rows`` takes it."""
    for record in records:
        if record.origin == "published" and not record.is_labelled:
            text = normalize(record.content, title_length=len(record.title))
            soft = chances(taggers, recogniser, text.text, encoder)
            rows = [[int(share) if share in (0, 1) else round(float(share), 3) for share in row] for row in soft]
            title = text.locate(len(record.title) + 1) if record.title else 0
            yield {"text": text.text, "group": record.group, "soft": rows, "weight": weight, "title_length": title}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--taggers", type=Path, nargs="+", required=True, help="model folders, labels alike")
    parser.add_argument("--encoder", type=Path, help="exported encoder whose token head speaks beside them")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--weight", type=float, default=0.5, help="how much such an appeal counts")
    options = parser.parse_args()
    recogniser = load_recogniser()
    taggers = [load_tagger(folder, recogniser) for folder in options.taggers]
    encoder = None
    if options.encoder:
        encoder = load_encoder(options.encoder, json.loads((options.encoder / "encoder.json").read_text("utf-8")))
    rows = list(marked(read_records(options.data), taggers, recogniser, options.weight, encoder))
    write_extra(options.out, rows)
    print(f"{len(rows)} appeals marked by {len(taggers)} taggers, in {options.out}")


if __name__ == "__main__":
    main()
