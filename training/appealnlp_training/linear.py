"""Trains the linear tier and writes its model folder.

    python -m appealnlp_training.linear --data runs/data/train.jsonl --shared ../shared --out models/linear

Every choice that depends on labels (temperatures, thresholds, the set of departments) is made on scores of folds
that no group is cut by; the weights that are shipped are fitted on all rows afterwards.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed  # type: ignore[import-untyped]
from scipy import sparse

from appealnlp.classify.features import Floats, Vocabulary
from appealnlp.classify.linear import Head, LinearModel
from appealnlp.classify.store import save_model
from appealnlp.schemes import Scheme, shipped
from appealnlp_training import data, decide
from appealnlp_training.card import card
from appealnlp_training.corpus import published
from appealnlp_training.data import Example
from appealnlp_training.fitted import Fitted
from appealnlp_training.frames import Frames
from appealnlp_training.readings import build_vocabulary, matrix, reading_of
from appealnlp_training.records import LABELS, Record, fold_of, read_records
from appealnlp_training.replies import unit_in_reply
from appealnlp_training.solve import Solver, Targets, fit_flags, temperature

CONFIGS = Path(__file__).resolve().parent / "configs"


class Trainer:
    """Fits all heads on one set of examples."""

    def __init__(self, examples: Sequence[Example], vocabulary: Vocabulary, config: Mapping[str, Any]) -> None:
        self.examples, self.config, self.vocabulary = examples, config, vocabulary
        self.folds = np.array([fold_of(example.group, config["folds"]) for example in examples])
        self.rows = matrix(vocabulary, [example.reading for example in examples])

    def head(self, name: str, classes: Sequence[str]) -> Fitted:
        """A head of the public scheme."""
        settings = self.config["heads"][name]
        solver = Solver(float(settings["c"]), float(settings.get("balance", 0.0)))
        held_out = np.zeros((len(self.examples), len(classes)), np.float32)
        for fold in range(self.config["folds"]):
            inside = self.folds != fold
            weights, bias = solver.fit(self.rows, data.targets(self.examples, name, classes, inside), len(classes))
            held_out[~inside] = self.rows[~inside] @ weights.T + bias
        truth = self._truth(name, classes)
        everything = np.ones(len(self.examples), bool)
        weights, bias = solver.fit(self.rows, data.targets(self.examples, name, classes, everything), len(classes))
        known = truth >= 0
        head = Head(name, tuple(classes), temperature(held_out[known], truth[known]))
        return Fitted(head, np.ascontiguousarray(weights.T), bias, held_out, truth)

    def _truth(self, name: str, classes: Sequence[str]) -> npt.NDArray[np.int64]:
        """The class of each row that was read and teaches the head, -1 for others."""
        return np.array(
            [
                classes.index(str(getattr(item.record, name))) if item.record and name in item.labels else -1
                for item in self.examples
            ],
            np.int64,
        )

    def flags(self, names: Sequence[str]) -> Fitted:
        """The head of flags: one yes-or-no model each."""
        truth = np.array([[name in (e.flags or ()) for name in names] for e in self.examples])
        rows = np.array([i for i, e in enumerate(self.examples) if e.flags is not None])
        c, sparse_rows = float(self.config["flags"]["c"]), self.rows.astype(np.float64)
        held_out = np.zeros(truth.shape, np.float32)
        for fold in range(self.config["folds"]):
            inside = self.folds[rows] != fold
            weights, bias = fit_flags(sparse_rows, truth, rows[inside], c=c)
            held_out[rows[~inside]] = sparse_rows[rows[~inside]] @ weights.T + bias
        weights, bias = fit_flags(sparse_rows, truth, rows, c=c)
        head = Head("flags", tuple(names), exclusive=False)
        return Fitted(head, np.ascontiguousarray(weights.T), bias, held_out, truth.astype(np.int64))


def fit_source(
    name: str, rows: sparse.csr_matrix, labels: Sequence[str], groups: Sequence[str], config: Mapping[str, Any]
) -> Fitted:
    """An auxiliary head after the labels of one publisher."""
    classes = tuple(sorted(set(labels)))
    truth = np.array([classes.index(label) for label in labels])
    folds = np.array([fold_of(group, config["folds"]) for group in groups])
    settings = config["sources"][name]

    def fitted(keep: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
        found = np.flatnonzero(keep)
        targets = Targets(found, truth[found], np.ones(len(found), np.float32))
        return Solver(float(settings["c"]), loss=settings["loss"]).fit(rows, targets, len(classes))

    held_out = np.zeros((len(labels), len(classes)), np.float32)
    for fold in range(config["folds"]):
        weights, bias = fitted(folds != fold)
        held_out[folds == fold] = rows[folds == fold] @ weights.T + bias
    weights, bias = fitted(np.ones(len(labels), bool))
    head = Head(name, classes, temperature(held_out, truth), public=False)
    return Fitted(head, np.ascontiguousarray(weights.T), bias, held_out, truth)


def quantised(fitted: Sequence[Fitted]) -> tuple[npt.NDArray[np.int8], Floats, Floats]:
    """Weights of all heads in eight bits, the scale of each class, and the biases."""
    weights = np.concatenate([item.weights for item in fitted], axis=1)
    scales = np.abs(weights).max(0) / 127
    scales[scales == 0] = 1.0
    whole = np.rint(weights / scales).astype(np.int8)
    return whole, scales.astype(np.float32), np.concatenate([item.bias for item in fitted]).astype(np.float32)


def heads_of(scheme: Scheme, examples: Sequence[Example]) -> dict[str, tuple[str, ...]]:
    """The classes of each public head, in scheme order; topics only those that an example has."""
    seen = {label for example in examples for label, _ in example.labels.get("topic", ())}
    return {name: tuple(c for c in scheme.labels(name) if name != "topic" or c in seen) for name in LABELS}


def examples_of(
    records: Sequence[Record], readings: Sequence[Any], replies: Mapping[str, str], config: Mapping[str, Any]
) -> list[Example]:
    """Everything that the public heads learn from."""
    frames = Frames(config["seed"])
    called = [frames.as_called(record) for record in records if record.is_labelled]
    called_examples = data.labelled(called, [reading_of(record) for record in called], config)
    units = {key: unit for key, reply in replies.items() if (unit := unit_in_reply(reply))}
    weights = config["weights"]
    return [
        *data.labelled(records, readings, config),
        *(replace(item, record=None, weight=item.weight * weights["called"]) for item in called_examples),
        *data.no_appeals(records, readings, config),
        *data.softened(records, readings, config),
        *data.from_replies(records, readings, units, weights["reply"]),
        *data.from_scheme(shipped(), weights["scheme"]),
    ]


def write_folds(path: Path, examples: Sequence[Example], fitted: Sequence[Fitted]) -> None:
    """Logits of the rows that were read, each from the fold that left it out, after temperature."""
    rows = [i for i, example in enumerate(examples) if example.record]
    ids = np.array([record.id for i in rows if (record := examples[i].record)])
    scores = {item.head.name: item.held_out[rows] / item.head.temperature for item in fitted if item.head.public}
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, ids=ids, **scores)  # type: ignore[arg-type]


def train(
    records: Sequence[Record],
    replies: Mapping[str, str],
    config: Mapping[str, Any],
    out: Path,
    version: str,
    folds: Path | None = None,
    processes: int = 1,
) -> dict[str, Any]:
    """Train on ``records``, write the model folder, give the figures of the folds."""
    scheme = shipped()
    readings = [reading_of(record) for record in records]
    groups = [record.group for record in records]
    settings = config["features"]
    vocabulary = build_vocabulary(
        readings, groups, min_groups=settings["min_groups"], limits=settings["limits"], weights=settings["weights"]
    )
    trainer = Trainer(examples_of(records, readings, replies, config), vocabulary, config)
    heads = heads_of(scheme, trainer.examples)
    longest = sorted(heads, key=lambda name: -len(heads[name]))
    found = Parallel(processes)(delayed(trainer.head)(name, heads[name]) for name in longest)
    fitted = sorted(found, key=lambda item: list(heads).index(item.head.name))
    fitted.append(trainer.flags(scheme.labels("flags")))
    for name in config["sources"]:
        known = [i for i, record in enumerate(records) if name in record.source]
        if known:
            rows = matrix(vocabulary, [readings[i] for i in known])
            labels = [records[i].source[name] for i in known]
            fitted.append(fit_source(name, rows, labels, [groups[i] for i in known], config))
    weights, scales, bias = quantised(fitted)
    model = LinearModel(vocabulary, [item.head for item in fitted], weights, scales, bias)
    by_name = {item.head.name: item for item in fitted}
    decisions = decide.decisions(trainer.examples, by_name, scheme, config["decisions"])
    figures = decide.fold_figures(trainer.examples, by_name)
    if folds:
        write_folds(folds, trainer.examples, fitted)
    text = card(out.name, version, records, figures, config)
    save_model(out, out.name, version, scheme.version, model, decisions, text)
    return figures


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="records to learn from (prepare writes them)")
    parser.add_argument("--shared", type=Path, help="shared data, for the replies; without it none are used")
    parser.add_argument("--config", type=Path, default=CONFIGS / "linear.toml")
    parser.add_argument("--out", type=Path, required=True, help="model folder to write")
    parser.add_argument("--folds", type=Path, help="write the scores of the folds here (for combine)")
    parser.add_argument("--version", default="1")
    parser.add_argument("--processes", type=int, default=1, help="heads that are fitted side by side")
    options = parser.parse_args()
    config = tomllib.loads(options.config.read_text("utf-8"))
    replies: dict[str, str] = {}
    if options.shared:
        replies = {key: row["reply"] for key, row in published(options.shared).items() if row.get("reply")}
    figures = train(
        read_records(options.data), replies, config, options.out, options.version, options.folds, options.processes
    )
    print(json.dumps(figures, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
