"""Goes on with the pretraining of a base encoder on appeals: it guesses pieces that are hidden from it. Needs no label.

    python -m appealnlp_training.pretrain --base runs/base --data runs/data/train.jsonl --out runs/base_appeals

A base that was stored in four bits and saw little of such texts gets used to them (task-adaptive pretraining,
Gururangan et al. 2020). Appeals that are measured on are not in the data that ``prepare`` writes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn
from transformers import AutoModel

from appealnlp.text import normalize
from appealnlp_training.encoder import CONFIGS, DEVICE, PAD, UNKNOWN
from appealnlp_training.records import read_records

_BEGIN, _END = 0, 2


def windows(ids: Sequence[int], most: int) -> Iterator[list[int]]:
    """The pieces of a text in stretches of at most ``most``, each framed as the tokenizer frames a text."""
    inner = ids[1:-1]
    for start in range(0, max(1, len(inner)), most - 2):
        yield [_BEGIN, *inner[start : start + most - 2], _END]


def padded(rows: Sequence[Sequence[int]]) -> torch.Tensor:
    """Rows of ids of one length."""
    ids = torch.full((len(rows), max(map(len, rows))), PAD)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = torch.tensor(row)
    return ids


def hidden_pieces(ids: torch.Tensor, share: float, most: int) -> torch.Tensor:
    """Which pieces are to be guessed: runs of one to ``most``, about ``share`` of all."""
    starts = torch.rand(ids.shape) < 2 * share / (1 + most)
    found = torch.zeros_like(starts)
    lengths = torch.randint(1, most + 1, ids.shape)
    for back in range(most):
        begun = starts & (lengths > back)
        found[:, back:] |= begun[:, : ids.shape[1] - back]
    return found & (ids > UNKNOWN)


class Guesser(nn.Module):
    """The transformer with a layer that guesses pieces by their own vectors."""

    def __init__(self, base: str | Path, dropout: float) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(
            base, add_pooling_layer=False, hidden_dropout_prob=dropout, attention_probs_dropout_prob=dropout
        )
        size = int(self.encoder.config.hidden_size)
        self.dense, self.norm = nn.Linear(size, size), nn.LayerNorm(size)
        self.bias = nn.Parameter(torch.zeros(int(self.encoder.config.vocab_size)))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, asked: torch.Tensor) -> torch.Tensor:
        """Scores of all pieces for each piece that is asked."""
        hidden = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state[asked]
        hidden = self.norm(nn.functional.gelu(self.dense(hidden)))
        table: torch.Tensor = self.encoder.embeddings.word_embeddings.weight
        scores: torch.Tensor = hidden @ table.T + self.bias
        return scores


def pretrain(texts: Sequence[str], base: Path, out: Path, config: Mapping[str, Any]) -> list[float]:
    """Go through the texts and write the folder of the new base; the mean loss of each epoch (nats a piece)."""
    torch.manual_seed(config["seed"])
    rng = np.random.default_rng(config["seed"])
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    rows = [row for text in texts for row in windows(tokenizer.encode(text).ids, config["window"]) if len(row) > 2]
    model = Guesser(base, config["dropout"]).to(DEVICE).train()
    optimiser = torch.optim.AdamW(model.parameters(), lr=config["rate"], weight_decay=config["weight_decay"])
    lengths = np.array([len(row) for row in rows])
    steps, step, losses = config["epochs"] * -(-len(rows) // config["batch"]), 0, []
    begun = time.monotonic()
    for epoch in range(config["epochs"]):
        order = np.argsort(lengths + rng.integers(0, 24, len(rows)), kind="stable")
        parts = np.array_split(order, -(-len(rows) // config["batch"]))
        values = []
        for part in (parts[place] for place in rng.permutation(len(parts))):
            step += 1
            pace = min(step / max(1.0, config["warmup"] * steps), (steps - step + 1) / steps)
            for group in optimiser.param_groups:
                group["lr"] = config["rate"] * pace
            values.append(_learn(model, optimiser, padded([rows[row] for row in part]), config))
        losses.append(float(torch.stack(values).mean()))
        print(f"epoch {epoch + 1}: loss {losses[-1]:.3f}, {time.monotonic() - begun:.0f} s", flush=True)
    out.mkdir(parents=True, exist_ok=True)
    model.encoder.config.hidden_dropout_prob = model.encoder.config.attention_probs_dropout_prob = 0.1
    model.encoder.save_pretrained(out)
    shutil.copy(base / "tokenizer.json", out / "tokenizer.json")
    (out / "pretrain.json").write_text(json.dumps({"config": dict(config), "losses": losses}, indent=1), "utf-8")
    return losses


def _learn(
    model: Guesser, optimiser: torch.optim.Optimizer, ids: torch.Tensor, config: Mapping[str, Any]
) -> torch.Tensor:
    """One step; the loss."""
    asked = hidden_pieces(ids, config["hidden"], config["longest"])
    kind = torch.rand(ids.shape)
    given = torch.where(asked & (kind < 0.8), UNKNOWN, ids)
    others = torch.randint(UNKNOWN + 1, int(model.encoder.config.vocab_size), ids.shape)
    given = torch.where(asked & (kind >= 0.9), others, given).to(DEVICE)
    ids, asked = ids.to(DEVICE), asked.to(DEVICE)
    with torch.autocast(DEVICE, dtype=torch.bfloat16, enabled=config["bf16"]):
        scores = model(given, (ids != PAD).long(), asked)
    loss = nn.functional.cross_entropy(scores.float(), ids[asked])
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    return loss.detach()


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="records, as prepare writes them")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=CONFIGS / "pretrain.toml")
    options = parser.parse_args()
    config = tomllib.loads(options.config.read_text("utf-8"))
    texts = [normalize(r.content, title_length=len(r.title)).text for r in read_records(options.data)]
    pretrain(texts, options.base, options.out, config)


if __name__ == "__main__":
    main()
