"""Fine-tunes the encoder on all heads at once; checkpoints after every epoch, and goes on from the last one.

    python -m appealnlp_training.encoder --data runs/data/train.jsonl --out runs/encoder [--config FILE] [--init RUN]

``--init`` starts from the weights of a finished run and keeps held out what that run held out. ``--fold 0/5`` leaves
out one more part and writes what the run says of it (left_out.npz): ``ensemble`` makes soft labels of such runs, which
``--tags`` and the records then bring to a student. ``--teacher`` has a shallower one (``--layers``) follow the vectors
of the tokens of the run that it is made of, too; the vectors of the pieces stay the teacher's, so that both can share
them on disk.
Writes config, hashes of the data, losses (curve.csv, curve.png), held-out scores (held_out.npz) and weights
(model.safetensors). Needs torch and transformers; uses a GPU where there is one.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import time
import tomllib
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer

from appealnlp.classify.features import Floats
from appealnlp.schemes import shipped
from appealnlp_training.encoder_data import Batch, Encoding, Halves, Heads, Item, batches, collate, read_tags
from appealnlp_training.encoder_model import AppealEncoder, keep_layers, loss, optimiser
from appealnlp_training.frames import Frames
from appealnlp_training.noise import Noise
from appealnlp_training.records import Record, fold_of, read_records

CONFIGS = Path(__file__).resolve().parent / "configs"
PAD = 1
UNKNOWN = 3
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def split(
    records: Sequence[Record], every: int, known: Container[str] | None = None
) -> tuple[list[Record], list[Record]]:
    """Records to learn from, and those of one group in ``every``, of appeals that somebody read, to choose on.

    ``known`` are the ids that an earlier run held out: only they are held out then, since it learned from others.
    """
    held = [
        r
        for r in records
        if r.is_labelled and r.origin != "own" and fold_of(r.group, every) == 0 and (known is None or r.id in known)
    ]
    out = {record.group for record in held}
    learn = [r for r in records if r.group not in out and (r.is_labelled or r.source or r.type or r.soft)]
    return learn, held


def left_out(records: Sequence[Record], fold: tuple[int, int]) -> tuple[list[Record], list[Record]]:
    """Records without one fold of so many, and the read appeals of that fold."""
    number, folds = fold
    out = {r.group for r in records if fold_of(r.group, folds) == number and r.is_labelled and r.origin != "own"}
    learn = [record for record in records if record.group not in out]
    return learn, [r for r in records if r.group in out and r.is_labelled and r.origin != "own"]


class Training:
    """One run: the model, its optimiser, and where it stands."""

    def __init__(
        self, model: AppealEncoder, config: Mapping[str, Any], out: Path, steps: int,
        teacher: AppealEncoder | None = None,
    ) -> None:  # fmt: skip
        self.model, self.config, self.out, self.steps = model, config, out, steps
        self.teacher = teacher
        self.optimiser = optimiser(model, config)
        self.rates = [group["lr"] for group in self.optimiser.param_groups]
        self.step = self.epoch = 0
        self.curve: list[tuple[int, float]] = []

    def resume(self) -> None:
        """Go on from the last checkpoint, if there is one."""
        path = self.out / "checkpoint.pt"
        if path.exists():
            state = torch.load(path, weights_only=True)
            self.model.load_state_dict(state["model"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.step, self.epoch, self.curve = state["step"], state["epoch"], state["curve"]

    def save(self) -> None:
        """Write a checkpoint; an older one is exchanged when the new one is complete."""
        state = {"model": self.model.state_dict(), "optimiser": self.optimiser.state_dict(), "step": self.step,
                 "epoch": self.epoch, "curve": self.curve}  # fmt: skip
        torch.save(state, self.out / "checkpoint.tmp")
        (self.out / "checkpoint.tmp").replace(self.out / "checkpoint.pt")

    def run_epoch(self, items: Sequence[Item], altered: Mapping[str, Mapping[int, Item]]) -> None:
        """One pass over the items; some of those in ``altered`` as they are there: "noise" as a recogniser would write
        them down, "frames" as calls bring them. The config's part of the same name has their share.
        """
        rng = np.random.default_rng(self.config["seed"] + self.epoch)
        self.model.train()
        started = time.monotonic()
        done = 0
        chosen = [
            self._altered(i, altered, rng) or item
            for i, item in enumerate(items)
            if item.tags is not None or self._is_turn(i)
        ]
        for rows in batches(chosen, self.config["batch_tokens"], rng):
            value = self._learn([chosen[row] for row in rows])
            done += len(rows)
            if self.step % 20 == 0:
                self.curve.append((self.step, value.item()))
                rate = done / (time.monotonic() - started)
                print(
                    f"epoch {self.epoch} step {self.step}/{self.steps} loss {self.curve[-1][1]:.3f} {rate:.1f} texts/s",
                    flush=True,
                )
        self.epoch += 1

    def _altered(self, number: int, altered: Mapping[str, Mapping[int, Item]], rng: np.random.Generator) -> Item | None:
        left = rng.random()
        for name, items in altered.items():
            left -= float(self.config[name]["share"])
            if left < 0:
                return items.get(number)
        return None

    def _is_turn(self, number: int) -> bool:
        """Rows that nobody read take turns: one in so many an epoch."""
        every = int(self.config["published_every"])
        return number % every == self.epoch % every

    def _learn(self, items: Sequence[Item]) -> torch.Tensor:
        for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
            group["lr"] = rate * self._schedule()
        whole = collate(items, PAD, self.model.heads).to(DEVICE)
        batch = self._with_gaps(whole)
        with torch.autocast(DEVICE, dtype=torch.bfloat16, enabled=self.config["bf16"]):
            with torch.no_grad():  # the teacher reads every token
                taught = self.teacher.hidden(whole.ids, whole.mask) if self.teacher else None
            value = loss(self.model, batch, self.config["losses"], taught)
        value.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self.step += 1
        return value.detach()

    def _with_gaps(self, batch: Batch) -> Batch:
        """The batch with some of its tokens unknown, so that no answer hangs on a single word."""
        dropped = torch.rand(batch.ids.shape) < self.config["token_dropout"]
        gone = dropped.to(DEVICE) & (batch.ids > UNKNOWN)
        return replace(batch, ids=torch.where(gone, UNKNOWN, batch.ids))

    def _schedule(self) -> float:
        warm = max(1.0, self.config["warmup"] * self.steps)
        return min(self.step / warm, max(0.0, (self.steps - self.step) / max(1.0, self.steps - warm)))


@torch.inference_mode()
def scores_of(model: AppealEncoder, items: Sequence[Item]) -> tuple[Floats, list[Floats]]:
    """Scores of all heads (one row an item), and tags' scores of each item's tokens."""
    model.eval()
    order = np.argsort([len(item.ids) for item in items]).tolist()
    scores: list[Any] = [None] * len(items)
    tags: list[Any] = [None] * len(items)
    for place in range(0, len(order), 16):
        rows = order[place : place + 16]
        batch = collate([items[row] for row in rows], PAD, model.heads).to(DEVICE)
        found, tagged = (part.float().cpu().numpy() for part in model(batch.ids, batch.mask))
        for i, row in enumerate(rows):
            scores[row] = found[i]
            tags[row] = tagged[i, : len(items[row].ids)]
    return np.stack(scores), tags


def accuracies(model: AppealEncoder, scores: Floats, items: Sequence[Item], least: float = 0.0) -> dict[str, float]:
    """Share of rows that are right, for each head; flags whose score is above ``least`` are set."""
    found = {}
    for name, column in model.columns().items():
        pairs = [(scores[i, column], item.targets[name]) for i, item in enumerate(items) if name in item.targets]
        if pairs:
            found[name] = round(float(np.mean([a.argmax() == b.argmax() for a, b in pairs])), 4)
    truth = np.array([item.flags for item in items if item.flags is not None]) > 0
    given = scores[[i for i, item in enumerate(items) if item.flags is not None]][:, model.columns()["flags"]] > least
    found["flags F1"] = round(float(2 * (truth & given).sum() / (truth.sum() + given.sum())), 4)
    return found


def write_curve(out: Path, curve: Sequence[tuple[int, float]]) -> None:
    """The losses as a table and a picture."""
    from matplotlib.figure import Figure

    with (out / "curve.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("step", "loss"), *curve])
    plot = Figure(figsize=(6, 4))
    axes = plot.subplots()
    axes.plot(*zip(*curve, strict=True))
    axes.set(xlabel="step", ylabel="loss")
    plot.savefig(out / "curve.png", dpi=110)


def held_out_of(run: Path | None) -> set[str] | None:
    """Ids that a finished run held out; None without a run."""
    return None if run is None else {str(key) for key in np.load(run / "held_out.npz")["ids"]}


def adopt(model: AppealEncoder, run: Path) -> None:
    """Take over the weights of a finished run; a class that it did not know keeps its own."""
    about = json.loads((run / "run.json").read_text("utf-8"))
    given, own = load_file(run / "model.safetensors"), model.state_dict()
    old = {name: value for name, value in given.items() if name in own and own[name].shape == value.shape}
    for place, (name, classes) in enumerate(model.heads.exclusive.items()):
        known = {label: i for i, label in enumerate(about["heads"].get(name, ()))}
        before = list(about["heads"]).index(name) if known else 0
        for part in ("weight", "bias") if known else ():
            merged = own[f"labels.{place}.{part}"].clone()
            for row, label in enumerate(classes):
                if label in known:
                    merged[row] = given[f"labels.{before}.{part}"][known[label]]
            old[f"labels.{place}.{part}"] = merged
    model.load_state_dict({**own, **old})


def altered_items(
    records: Sequence[Record], encoding: Encoding, config: Mapping[str, Any]
) -> dict[str, dict[int, Item]]:  # fmt: skip
    """The read records by their place, by the name of what was done to them (see ``Training.run_epoch``)."""
    ways = {
        "noise": Noise(rate=config["noise"]["rate"], seed=config["seed"]).of_record,
        "frames": Frames(config["seed"]).as_called,
    }
    return {
        name: {i: encoding.item(change(r), altered=True) for i, r in enumerate(records) if r.is_labelled}
        for name, change in ways.items()
    }


def train(
    records: Sequence[Record], config: dict[str, Any], out: Path, layers: list[int] | None, init: Path | None = None,
    fold: tuple[int, int] | None = None, soft_tags: Mapping[str, Halves] | None = None, teacher: Path | None = None,
) -> dict[str, float]:  # fmt: skip
    """Fine-tune and write everything into ``out``; figures of the held-out rows, or of the fold that is left out.

    ``init`` and ``teacher`` are finished runs: one to start from, whose held-out rows stay held out, and one to follow
    (and to start from without the other).
    """
    torch.manual_seed(config["seed"])
    out.mkdir(parents=True, exist_ok=True)
    start = init or teacher
    learn, held = split(records, config["held_out"], held_out_of(start))
    if fold:
        learn, left = left_out(learn, fold)
    heads = Heads.of(shipped(), records, config["entities"]["labels"])
    tokenizer = Tokenizer.from_file(str(Path(config["base"]) / "tokenizer.json"))
    encoding = Encoding(tokenizer, heads, config, soft_tags)
    items, held_items = [encoding.item(r) for r in learn], [encoding.item(r) for r in held]
    altered = altered_items(learn, encoding, config)
    model = AppealEncoder(config["base"], heads, config["dropout"], config["inner_dropout"])
    if start:
        adopt(model, start)
    if layers:
        keep_layers(model, layers)
    above = None
    if teacher:
        above = AppealEncoder(config["base"], heads, 0.0)
        adopt(above, teacher)
        above.to(DEVICE).eval().requires_grad_(requires_grad=False)
        pieces = model.encoder.embeddings.word_embeddings
        pieces.load_state_dict(above.encoder.embeddings.word_embeddings.state_dict())
        pieces.requires_grad_(requires_grad=False)
    model.to(DEVICE)
    first = [item for i, item in enumerate(items) if item.tags is not None or i % config["published_every"] == 0]
    per_epoch = sum(1 for _ in batches(first, config["batch_tokens"], np.random.default_rng(0)))
    run = Training(model, config, out, per_epoch * config["epochs"], above)
    run.resume()
    print(f"{len(first)} to learn from each epoch, {len(held_items)} held out, {per_epoch} steps an epoch", flush=True)
    figures: dict[str, float] = {}
    while run.epoch < config["epochs"]:
        run.run_epoch(items, altered)
        run.save()
        figures = accuracies(model, scores_of(model, held_items)[0], held_items)
        print(json.dumps(figures), flush=True)
    scores, _ = scores_of(model, held_items)
    np.savez(out / "held_out.npz", scores=scores, ids=np.array([record.id for record in held]))
    if fold:
        left_items = [encoding.item(record) for record in left]
        scores, _ = scores_of(model, left_items)
        figures = accuracies(model, scores, left_items)
        np.savez(out / "left_out.npz", scores=scores, ids=np.array([record.id for record in left]))
    save_file(model.state_dict(), out / "model.safetensors")
    about = {"heads": {k: list(v) for k, v in heads.exclusive.items()}, "flags": list(heads.flags),
             "tags": list(heads.tags), "config": config, "layers": layers, "fold": fold,
             "figures": figures}  # fmt: skip
    (out / "run.json").write_text(json.dumps(about, ensure_ascii=False, indent=1), "utf-8")
    write_curve(out, run.curve)
    return figures


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=CONFIGS / "encoder.toml")
    parser.add_argument("--base", help="folder or hub id of the base encoder (default: the config's)")
    parser.add_argument("--layers", help="layers to keep, e.g. 0,2,4,7,9,11 (default: all)")
    parser.add_argument("--set", nargs="+", default=[], help="values of the config, e.g. epochs=2 bf16=false")
    parser.add_argument("--init", type=Path, help="finished run to start from")
    parser.add_argument("--fold", help="leave out one more part: 0/5 is the first of five")
    parser.add_argument("--tags", type=Path, help="shares of the tags that ensemble wrote")
    parser.add_argument("--teacher", type=Path, help="finished run whose vectors of tokens a shallower one follows")
    options = parser.parse_args()
    config = tomllib.loads(options.config.read_text("utf-8"))
    config |= tomllib.loads("\n".join(options.set))
    config["base"] = options.base or config["base"]
    digest = hashlib.sha256(options.data.read_bytes()).hexdigest()
    config["data"] = {"file": options.data.name, "sha256": digest}
    layers = [int(part) for part in options.layers.split(",")] if options.layers else None
    number, _, folds = (options.fold or "").partition("/")
    fold = (int(number), int(folds)) if options.fold else None
    tags = read_tags(options.tags) if options.tags else None
    figures = train(read_records(options.data), config, options.out, layers, options.init, fold, tags, options.teacher)
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
