"""Puts the two tiers together: weights of their logits, temperatures and thresholds, from rows neither was fitted on.

    python -m appealnlp_training.combine --folds runs/linear.npz --run runs/encoder --onnx runs/encoder/onnx \\
        --data runs/data/train.jsonl --linear runs/models/linear --out models/default

The linear scores of a row come from its fold, those of the encoder from a run that left the row out.
``--unseen`` names files of our own appeals that the encoder did not learn: they give the gravest level its threshold,
which hardly occurs in public. ``--name student`` puts a student beside the encoder that ``--linear`` holds.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from appealnlp.classify.encoder import load_encoder
from appealnlp.classify.features import Floats
from appealnlp.classify.mix import Mix, Share, sigmoid, softmax
from appealnlp.classify.store import ENCODERS, Decisions, Stored, load_model, write_tiers
from appealnlp.schemes import Scheme, shipped
from appealnlp_training import decide
from appealnlp_training.cascade import WINDOWS, Cascade, Window, accuracy, cascade
from appealnlp_training.data import Example
from appealnlp_training.fitted import Fitted
from appealnlp_training.linear import CONFIGS
from appealnlp_training.readings import reading_of
from appealnlp_training.records import LABELS, Record, fold_of, read_lines, read_records
from appealnlp_training.scored import Scored, accuracies, fitted, joined, score, truth_of
from appealnlp_training.sharing import share_pieces
from appealnlp_training.solve import log_loss

_CLEARLY = 0.01
_LEVEL_ROWS = 20
_PARTS = 5
_LIKELIER = 0.5
"""What rows cannot be trusted to choose is given where it is likelier than all else: the gravest level where there are
too few of it, and "no appeal", since the rows are longer than what a caller says.
"""
_GRID = (0.0, 0.15, 0.3, 0.5, 0.7, 0.85, 1.0, 1.2, 1.4)


Way = Callable[[npt.NDArray[np.int64]], tuple[Mapping[str, float], frozenset[str]]]
"""Thresholds of the flags, and those that a rule alone sets, from some rows."""


def fit_share(scored: Scored, name: str) -> Share:
    """The weights with the least log loss."""
    truth = truth_of(scored, name)
    best: tuple[float, Share] = (np.inf, Share(1.0, 0.0))
    for linear in _GRID:
        for encoder in _GRID:
            for shift in (-0.5, 0.0, 0.5) if name == "flags" else (0.0,):
                share = Share(linear, encoder, shift)
                loss = _loss(joined(scored, name, share), truth, name == "flags")
                if loss < best[0] - 1e-4:
                    best = (loss, share)
    return best[1]


def _loss(logits: Floats, truth: npt.NDArray[np.int64], single: bool) -> float:
    if single:
        return float(np.mean(np.logaddexp(0, logits) - truth * logits))
    return log_loss(logits, truth)


def linear_flags_f1(examples: Sequence[Example], scored: Scored, alone: Decisions) -> float:
    """F1 of the flags of the linear tier with its own thresholds, which folds of many more rows gave."""
    thresholds = {name: alone.flags.get(name, 0.5) for name in scored.classes["flags"]}
    chances, truth = sigmoid(scored.linear["flags"]), truth_of(scored, "flags") > 0
    return decide.f1_of_flags(examples, chances, truth, thresholds, alone.flags_by_rule)


def flag_ways(examples: Sequence[Example], flags: Fitted, alone: Decisions) -> dict[str, Way]:
    """How rows can give the flags their thresholds: each its own, or one that all of them share."""
    return {
        "own": partial(decide.flag_decisions, examples, flags),
        "common": partial(decide.common_flag_decisions, examples, flags, known=alone.flags, ruled=alone.flags_by_rule),
    }


def flags_f1_of_parts(examples: Sequence[Example], flags: Fitted, way: Way) -> float:
    """Mean F1 of the flags on five parts that cut no group, each with the thresholds that the others give."""
    part_of = np.array([fold_of(example.group, _PARTS) for example in examples])
    chances, found = sigmoid(flags.held_out), []
    for part in range(_PARTS):
        thresholds, ruled = way(np.flatnonzero(part_of != part))
        rows = [place for place, of in enumerate(part_of.tolist()) if of == part]
        truth = flags.truth[rows] > 0
        found.append(decide.f1_of_flags([examples[row] for row in rows], chances[rows], truth, thresholds, ruled))
    return round(float(np.mean(found)), 4)


def careful(decisions: Decisions, alone: Decisions, urgency: Fitted, scheme: Scheme) -> Decisions:
    """Thresholds that these rows cannot give: a level that hardly occurs among them, and "no appeal", must be likelier
    than not.
    """
    ranks = np.array([scheme.urgencies[code].rank for code in urgency.head.classes])
    levels = {
        code: value if (ranks[urgency.truth] >= scheme.urgencies[code].rank).sum() >= _LEVEL_ROWS
        else max(alone.urgency.get(code, 1.1), _LIKELIER)
        for code, value in decisions.urgency.items()
    }  # fmt: skip
    return replace(decisions, urgency=levels, no_appeal=max(decisions.no_appeal, alone.no_appeal, _LIKELIER))


def build(
    everything: Scored, scheme: Scheme, settings: Mapping[str, float], alone: Decisions,
    known: Mapping[str, Share] | None = None,
) -> tuple[dict[str, Share], Decisions, dict[str, Any]]:  # fmt: skip
    """Shares, decisions and figures, from the public rows; our own add what hardly occurs there (``thresholds_of``).

    The flags stay those of the linear tier unless both together are clearly better on rows that chose no threshold.
    ``known`` are shares that more rows gave.
    """
    scored = everything.public()
    shares = {name: known[name] if known and name in known else fit_share(scored, name) for name in scored.classes}
    decisions = thresholds_of(everything, shares, scheme, settings, alone)
    heads = fitted(scored, shares)
    examples = [_example(record) for record in scored.records]
    ways = flag_ways(examples, heads["flags"], alone)
    both = {name: flags_f1_of_parts(examples, heads["flags"], way) for name, way in ways.items()}
    best = max(both, key=lambda name: both[name])
    linear = linear_flags_f1(examples, scored, alone)
    if both[best] < linear + _CLEARLY:
        del shares["flags"]
        best, (thresholds, ruled) = "linear", (alone.flags, alone.flags_by_rule)
    else:
        thresholds, ruled = ways[best](np.arange(len(examples)))
    figures = accuracies(scored, heads) | {
        "flags F1": {"linear": linear, **{f"both, {name}": value for name, value in both.items()}, "used": best},
    }  # fmt: skip
    return shares, replace(decisions, flags=thresholds, flags_by_rule=ruled), figures


def thresholds_of(
    scored: Scored, shares: Mapping[str, Share], scheme: Scheme, settings: Mapping[str, float], alone: Decisions
) -> Decisions:
    """Every threshold of both tiers together; those of the flags are chosen otherwise where that is better.

    A moderate sign of danger is supported by either tier, so its threshold comes from the greater probability.
    """
    heads = fitted(scored, shares)
    examples = [_example(record) for record in scored.records]
    found = decide.decisions(examples, heads, scheme, settings)
    urgency = heads["urgency"]
    either = np.maximum(decide.probabilities(urgency), softmax(scored.linear["urgency"]))
    support = decide.support_threshold(examples, urgency, scheme, either, alone.support)
    return careful(replace(found, support=support), alone, urgency, scheme)


def cascade_of(
    scored: Scored, ask: Callable[[Window], Scored], shares: Mapping[str, Share], window: Window, kept: float,
    most: Mapping[str, float] | None,
) -> Cascade:  # fmt: skip
    """The cascade (see there) with an encoder that reads ``window``; ``ask`` reads the rows through a narrower one."""
    seen: dict[Window | None, Scored] = {None: scored}
    seen |= {narrow: ask(narrow) for narrow in WINDOWS if narrow[0] < window[0]}
    return cascade(seen, {narrow: fitted(rows, shares) for narrow, rows in seen.items()}, kept, most)


def _example(record: Record) -> Example:
    labels = {name: [(str(getattr(record, name)), 1.0)] for name in LABELS}
    return Example(reading_of(record), record.group, labels, 1.0, record)


def with_encoder(records: Sequence[Record], folds: Mapping[str, npt.NDArray[Any]], folder: Path) -> dict[str, float]:
    """Accuracy of each head with the encoder that the folder already holds, put together with the linear tier."""
    stored = load_model(folder, tier="encoder")
    if stored.encoder is None or stored.mix is None:
        raise ValueError(f"{folder} holds no encoder that a student could stand beside")
    scored = score(records, folds, stored.encoder, _public(stored))
    heads = fitted(scored, {name: stored.mix.shares[name] for name in LABELS})
    return accuracy(scored, heads)


def shares_of(folder: Path, name: str) -> dict[str, Share]:
    """How much each tier counts in the folder of an earlier model. Raises KeyError where it holds no such encoder."""
    about = json.loads((folder / "model.json").read_text("utf-8"))
    return dict(Mix.of(about[name]["mix"]).shares)


def _public(stored: Stored) -> dict[str, tuple[str, ...]]:
    return {head.name: head.classes for head in stored.linear.heads if head.public}


_ABOUT = {
    "encoder": (
        "## Encoder and cascade 编码器与级联",
        "Encoder: multilingual-e5-small (MIT), pruned to Chinese pieces, fine-tuned on the same data. "
        "Figures on rows that neither tier was fitted on:",
    ),
    "student": (
        "## Student and cascade 学生模型与级联",
        "Student: some layers of the encoder, trained on labels and on the vectors of its tokens. Figures on rows that "
        "none of the three learned labels of; gains of a cascade that asks the student are shares of the encoder's:",
    ),
}


def card_of(figures: Mapping[str, Any], name: str) -> str:
    """What the card says of an encoder and the cascade."""
    title, words = _ABOUT[name]
    return "\n".join(["", title, "", words, "", "```", json.dumps(figures, ensure_ascii=False, indent=1), "```", ""])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folds", type=Path, required=True, help="held-out scores of the linear tier")
    parser.add_argument("--run", type=Path, required=True, help="finished run of the encoder")
    parser.add_argument("--onnx", type=Path, required=True, help="its export")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--unseen", type=Path, nargs="*", default=[], help="our own appeals that no encoder learned")
    parser.add_argument("--linear", type=Path, required=True, help="model folder of the linear tier")
    parser.add_argument(
        "--name", choices=ENCODERS, default="encoder", help="student: beside the encoder that --linear holds"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--shares", type=Path, help="model folder whose encoder's shares are kept: those that many more rows gave"
    )
    parser.add_argument("--kept", type=float, default=0.85, help="share of the gain that the cascade must keep")
    options = parser.parse_args()
    stored = load_model(options.linear, tier="linear")
    about = json.loads((options.onnx / "encoder.json").read_text("utf-8"))
    encoder = load_encoder(options.onnx, about)
    held = {str(key) for key in np.load(options.run / "held_out.npz")["ids"]}
    unseen = {str(row["id"]) for path in options.unseen for _, row in read_lines(path)}
    none = shipped().no_appeal
    prepared = read_records(options.data)
    if missing := unseen - {record.id for record in prepared}:
        parser.error(f"--unseen: {min(missing)} is not in {options.data}; prepare the data again")
    records = [r for r in prepared if r.id in held | unseen and r.type not in none]
    folds = np.load(options.folds)
    everything = score(records, folds, encoder, _public(stored))
    settings = tomllib.loads((CONFIGS / "linear.toml").read_text("utf-8"))["decisions"]
    known = shares_of(options.shares, "encoder") if options.shares else None
    shares, decisions, figures = build(everything, shipped(), settings, stored.decisions, known)
    public = everything.public()
    most = with_encoder(public.records, folds, options.linear) if options.name == "student" else None
    found = cascade_of(
        public, lambda window: score(public.records, folds, encoder.within(window), _public(stored)), shares,
        encoder.window, options.kept, most,
    )  # fmt: skip
    mix = Mix(shares, LABELS, float(found.point["doubt"]), found.window)
    figures |= found.figures()
    with tempfile.TemporaryDirectory() as scratch:
        parts = Path(scratch)
        shutil.copy(options.onnx / "tokenizer.json", parts)
        shutil.copy(options.onnx / "encoder.onnx", parts / f"{options.name}.onnx")
        if most:
            figures["encoder"] = {name: round(value, 4) for name, value in most.items()}
            share_pieces(parts / f"{options.name}.onnx", options.linear / "encoder.onnx")
        text = card_of(figures, options.name)
        write_tiers(options.out, options.linear, parts, about, mix, decisions, text, options.name)
    print(json.dumps(figures, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
