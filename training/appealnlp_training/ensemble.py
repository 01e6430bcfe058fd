"""Lets several encoders say together what each appeal is: soft labels for a student (distillation), and their folds.

    python -m appealnlp_training.ensemble --runs runs/fold0 runs/fold1 ... --data runs/data/train.jsonl \\
        --out runs/data/train_taught.jsonl --tags runs/tags.npz
    python -m appealnlp_training.encoder --data runs/data/train_taught.jsonl --tags runs/tags.npz --out runs/student

A run speaks only of groups that it did not learn from: of a read appeal those runs that left its fold out, of one that
nobody read all of them. What every run held out, and news, stays without soft labels.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from appealnlp.classify.features import Floats
from appealnlp.classify.mix import sigmoid, softmax
from appealnlp_training.encoder import DEVICE, accuracies, scores_of
from appealnlp_training.encoder_data import Encoding, Item, write_tags
from appealnlp_training.encoder_model import AppealEncoder
from appealnlp_training.export import load_run
from appealnlp_training.records import LABELS, Record, read_records, write_records
from appealnlp_training.teacher import shares_of


@dataclass(frozen=True)
class Saying:
    """What the runs say of one record: mean probabilities of all classes, and of the tags of each token read."""

    scores: Floats
    tags: Floats


def speakers(records: Sequence[Record], runs: Sequence[Path]) -> list[list[int]]:
    """For each record the numbers of the runs that did not learn from its group."""
    group_of = {record.id: record.group for record in records}
    read = {record.group for record in records if record.is_labelled}
    held = {group_of[key] for run in runs for key in _ids(run / "held_out.npz")}
    left = [{group_of[key] for key in _ids(run / "left_out.npz")} for run in runs]
    return [
        [] if record.group in held
        else [i for i, groups in enumerate(left) if record.group in groups or record.group not in read]
        for record in records
    ]  # fmt: skip


def _ids(path: Path) -> list[str]:
    return [str(key) for key in np.load(path)["ids"]] if path.exists() else []


def probabilities(model: AppealEncoder, items: Sequence[Item]) -> Iterator[Saying]:
    """What one run says of each item."""
    scores, tags = scores_of(model, items)
    for name, column in model.columns().items():
        scores[:, column] = sigmoid(scores[:, column]) if name == "flags" else softmax(scores[:, column])
    return (Saying(row, softmax(tagged)) for row, tagged in zip(scores, tags, strict=True))


def ask(
    records: Sequence[Record], runs: Sequence[Path]
) -> tuple[list[Saying | None], list[Item], Mapping[str, slice], AppealEncoder]:
    """What the runs that may speak say of each record in the mean (None where none may), and the columns of heads."""
    allowed = speakers(records, runs)
    sums: list[Saying | None] = [None] * len(records)
    items: list[Item] = []
    for number, run in enumerate(runs):
        model, heads, about = load_run(run)
        if not items:
            tokenizer = Tokenizer.from_file(str(Path(about["config"]["base"]) / "tokenizer.json"))
            encoding = Encoding(tokenizer, heads, about["config"])
            items = [encoding.item(record) for record in records]
        asked = [row for row, may in enumerate(allowed) if number in may]
        said = probabilities(model.to(DEVICE), [items[row] for row in asked])
        for row, new in zip(asked, said, strict=True):
            part = 1 / len(allowed[row])
            old = sums[row]
            sums[row] = Saying(
                new.scores * part + (old.scores if old else 0), new.tags * part + (old.tags if old else 0)
            )
        print(f"{run}: {len(asked)} records", flush=True)
    return sums, items, model.columns(), model


def taught(record: Record, said: Saying, columns: Mapping[str, slice], classes: Mapping[str, Sequence[str]]) -> Record:
    """The record with the shares of the classes of every public head."""
    soft = {
        name: shares_of(dict(zip(classes[name], said.scores[columns[name]].tolist(), strict=True)), name == "flags")
        for name in (*LABELS, "flags")
    }
    return replace(record, soft=soft)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, nargs="+", required=True, help="runs with --fold, of one base and window")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="records with soft labels")
    parser.add_argument("--tags", type=Path, required=True, help="shares of the tags of their tokens (.npz)")
    options = parser.parse_args()
    records = read_records(options.data)
    said, items, columns, model = ask(records, options.runs)
    classes = {**model.heads.exclusive, "flags": model.heads.flags}
    write_records(
        options.out,
        [taught(r, s, columns, classes) if s else r for r, s in zip(records, said, strict=True)],
    )
    known = [(record.id, s.tags) for record, s in zip(records, said, strict=True) if s]
    write_tags(options.tags, [key for key, _ in known], [tags for _, tags in known])
    for name, origins in (("read and gold", ("read", "gold")), ("gold", ("gold",))):
        rows = [row for row, record in enumerate(records) if record.origin in origins and said[row]]
        scores = np.stack([s.scores for row in rows if (s := said[row])])
        print(name, json.dumps({"n": len(rows), **accuracies(model, scores, [items[row] for row in rows], 0.5)}))


if __name__ == "__main__":
    main()
