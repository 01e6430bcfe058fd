"""Trains the tagger: names of people, units and places, times, sums and counts in appeals.

    python -m appealnlp_training.tagger --data runs/data/train.jsonl --shared ../shared --out models/tagger
    python -m appealnlp_training.tagger ... --fold 0                    # leaves one fold out and measures on it
    python -m appealnlp_training.tagger ... --extra runs/tagged.jsonl   # with rows that another tagger marked

Takes some minutes on one core. ``--shared`` gives the other annotated sets; without it appeals alone are learned from.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from appealnlp.entities import load_recogniser
from appealnlp.entities.recogniser import Recogniser
from appealnlp.entities.tagger.reader import TextReader, Vocabulary
from appealnlp.entities.tagger.store import Parts, save_tagger
from appealnlp.errors import AppealError
from appealnlp.schemes import shipped
from appealnlp_training.records import fold_of, read_records
from appealnlp_training.tagger_card import tagger_card
from appealnlp_training.tagger_data import IGNORED, MAIN, Row, appeal_rows, extra_rows, set_rows
from appealnlp_training.tagger_input import Batch, Item, Tags, batches, vocabulary_of
from appealnlp_training.tagger_net import Net, Shape
from appealnlp_training.tagger_report import report

CONFIG = Path(__file__).with_name("configs") / "tagger.toml"
_GRAMS = 3
_WARM = 100


class Training:
    """One run over given rows."""

    def __init__(self, rows: Sequence[Row], config: dict[str, Any], recogniser: Recogniser) -> None:
        """Count the grams and set up the network; ``learn`` does the work."""
        torch.manual_seed(config["seed"])
        self.config, self.rows, self.recogniser = config, rows, recogniser
        self.vocabulary = vocabulary_of(rows, recogniser, config["min_groups"])
        self.reader = TextReader(self.vocabulary, recogniser)
        self.tags = Tags.of(rows, config["labels"], config["subtypes"])
        about, learning = config["network"], config["learning"]
        shape = Shape(self.reader.sizes, about["columns"], tuple(about["hidden"]), tuple(about["reach"]))
        self.net = Net(shape, self.tags.sizes(), learning["dropout"], learning["gram_dropout"], _GRAMS)

    def learn(self) -> None:
        """All epochs; prints the mean loss of each."""
        learning = self.config["learning"]
        rng = np.random.default_rng(self.config["seed"])
        items = [Item.of(row, self.reader, self.recogniser, self.tags) for row in self.rows]
        steps = learning["epochs"] * sum(1 for _ in batches(items, learning["batch"], rng))
        optimizer = torch.optim.Adam(self.net.parameters(), lr=learning["rate"], fused=True)
        self.net.train()
        step, begun = 0, time.monotonic()
        for epoch in range(learning["epochs"]):
            losses = []
            for chosen in batches(items, learning["batch"], rng):
                step += 1
                for group in optimizer.param_groups:
                    group["lr"] = learning["rate"] * _pace(step, steps)
                loss = self._loss(chosen)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                if chosen[0].head == MAIN:
                    losses.append(float(loss.detach()))
            print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}, {time.monotonic() - begun:.0f} s", flush=True)
        self.net.eval()

    def _loss(self, items: Sequence[Item]) -> torch.Tensor:
        head, count = items[0].head, len(self.tags.main)
        batch = Batch.of(items, self.net.shape.edge, count)
        scores = self.net(batch.rows, head)
        if head != MAIN:
            other = functional.cross_entropy(scores, batch.tags, ignore_index=IGNORED)
            return other * float(self.config["sets"][head])
        if batch.soft is None:
            each = functional.cross_entropy(scores[:, :count], batch.tags, ignore_index=IGNORED, reduction="none")
        else:
            each = -(batch.soft * torch.log_softmax(scores[:, :count], 1)).sum(1)
        loss = (each * batch.weights).sum() / (batch.tags != IGNORED).sum()
        named = batch.subtypes != IGNORED
        if named.any():
            subtypes = functional.cross_entropy(scores[named][:, count:], batch.subtypes[named])
            loss = loss + self.config["learning"]["subtype_loss"] * subtypes
        return loss

    def parts(self) -> Parts:
        """What was learned, for the library."""
        config = self.config
        return Parts(
            self.vocabulary, *self.net.exported(MAIN), config["labels"], config["subtypes"], config["replaces"]
        )


def pruned(parts: Parts, kept: Vocabulary) -> Parts:
    """The tagger with the grams of ``kept`` alone; all others become unknown."""
    grams = len(kept.places)
    stay = [np.isin(known, places) for known, places in zip(parts.vocabulary.places, kept.places, strict=True)]
    tables = [np.concatenate([table[:1], table[1:][keep]]) for table, keep in zip(parts.tables, stay, strict=False)]
    return replace(parts, vocabulary=kept, tables=[*tables, *parts.tables[grams:]])


def _pace(step: int, steps: int) -> float:
    """The share of the rate: up over the first steps, then down by a cosine."""
    return min(1.0, step / _WARM) * 0.5 * (1.0 + math.cos(math.pi * step / steps))


def gather(options: argparse.Namespace, config: dict[str, Any]) -> list[Row]:
    """The rows to learn from."""
    rows = list(appeal_rows(read_records(options.data), config["weights"]))
    if options.shared is not None:
        rows += (row for row in set_rows(options.shared) if config["sets"].get(row.head))
    for path in options.extra:
        rows += extra_rows(path)
    return rows


def run(options: argparse.Namespace) -> None:
    """Train, and measure or write."""
    torch.set_num_threads(1)
    config = tomllib.loads(options.config.read_text("utf-8"))
    recogniser = load_recogniser()
    rows = gather(options, config)
    held: list[Row] = []
    if options.fold is not None:
        out = [fold_of(row.group, config["folds"]) == options.fold for row in rows]
        held = [row for row, is_out in zip(rows, out, strict=True) if is_out and row.head == MAIN]
        rows = [row for row, is_out in zip(rows, out, strict=True) if not is_out]
    training = Training(rows, config, recogniser)
    print(f"{len(rows)} rows, tables of {training.reader.sizes} rows", flush=True)
    training.learn()
    parts = pruned(training.parts(), vocabulary_of(rows, recogniser, config["kept_groups"]))
    if held:
        origins = {record.group: record.origin for record in read_records(options.data)}
        measured = [row for row in held if origins.get(row.group) in ("gold", "read")]
        print(report(measured, recogniser, parts.tagger(recogniser)))
    if options.out is not None:
        save_tagger(options.out, options.out.name, options.version, shipped().version, parts, tagger_card(rows, config))
        print(f"tagger in {options.out}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; gives the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="labelled records, as prepare writes them")
    parser.add_argument("--shared", type=Path, help="folder of the shared data, for the other annotated sets")
    parser.add_argument("--extra", type=Path, nargs="*", default=[], help="rows that another tagger marked")
    parser.add_argument("--config", type=Path, default=CONFIG)
    parser.add_argument("--fold", type=int, help="leave this fold out and measure on it")
    parser.add_argument("--out", type=Path, help="model folder to write")
    parser.add_argument("--version", default="1")
    options = parser.parse_args(arguments)
    try:
        run(options)
    except AppealError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
