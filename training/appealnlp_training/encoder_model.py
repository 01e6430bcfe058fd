"""The encoder with its heads: labels from the mean of the token vectors, tags from each token."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn
from transformers import AutoModel
from transformers.models.bert.modeling_bert import BertModel

from appealnlp_training.encoder_data import Batch, Heads


class AppealEncoder(nn.Module):
    """A transformer with one linear head a decision; heads stand side by side in one matrix, in the order of names."""

    def __init__(self, base: str | Path, heads: Heads, dropout: float, inner_dropout: float = 0.0) -> None:
        super().__init__()
        # none inside by default: drawing it takes longer on a CPU than the products; whole tokens are dropped instead
        self.encoder = AutoModel.from_pretrained(
            base, add_pooling_layer=False, hidden_dropout_prob=inner_dropout, attention_probs_dropout_prob=inner_dropout
        )
        self.heads = heads
        size = int(self.encoder.config.hidden_size)
        self.dropout = nn.Dropout(dropout)
        self.norm = nn.LayerNorm(2 * size)
        self.labels = nn.ModuleList([nn.Linear(2 * size, len(c)) for c in heads.exclusive.values()])
        self.flags = nn.Linear(2 * size, len(heads.flags))
        self.tags = nn.Linear(size, len(heads.tags))

    def forward(self, ids: torch.Tensor, mask: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores of all classes of all heads (labels by name order, then flags), and of all tags of each token.

        Without a mask everything is read, as in one with ones alone.
        """
        return self.answers(self.hidden(ids, mask), mask)

    def hidden(self, ids: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
        """A vector for each token."""
        if mask is None and isinstance(self.encoder, BertModel):  # which would make itself a mask
            found: torch.Tensor = self.encoder.embeddings(ids)
            for layer in self.encoder.encoder.layer:
                found = layer(found)
            return found
        found = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state
        return found

    def answers(self, hidden: torch.Tensor, mask: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """What the heads say of the vectors of the tokens, as ``forward`` gives it."""
        # the strongest value of each unit, too: one clause can decide an urgency that the mean drowns
        if mask is None:
            mean, peak = hidden.mean(1), hidden.amax(1)
        else:
            wide = mask.unsqueeze(-1).to(hidden.dtype)
            mean = (hidden * wide).sum(1) / wide.sum(1)
            peak = (hidden - (1 - wide) * 1e4).amax(1)
        pooled = self.dropout(self.norm(torch.cat([mean, peak], -1)))
        scores = torch.cat([*(head(pooled) for head in self.labels), self.flags(pooled)], -1)
        return scores, self.tags(self.dropout(hidden))

    def columns(self) -> dict[str, slice]:
        """Where the classes of each head stand in the scores."""
        found, first = {}, 0
        for name, size in [*((n, len(c)) for n, c in self.heads.exclusive.items()), ("flags", len(self.heads.flags))]:
            found[name] = slice(first, first + size)
            first += size
        return found


def loss(
    model: AppealEncoder, batch: Batch, weights: Mapping[str, float], taught: torch.Tensor | None = None
) -> torch.Tensor:
    """Weighted sum over the heads, each only over the rows that have its label.

    ``taught`` are the vectors of a teacher's tokens: how far those of ``model`` are from them counts, too.
    """
    hidden = model.hidden(batch.ids, batch.mask)
    scores, tags = (part.float() for part in model.answers(hidden, batch.mask))
    counted = batch.weights.unsqueeze(1) * batch.known / len(batch.ids)
    total = scores.new_zeros(())
    for head, (name, column) in enumerate(model.columns().items()):
        given, truth = scores[:, column], batch.targets[:, column]
        if name == "flags":
            each = nn.functional.binary_cross_entropy_with_logits(given, truth, reduction="none").sum(-1)
        else:
            each = -(torch.log_softmax(given, -1) * truth).sum(-1)
        total = total + weights.get(name, weights["source"]) * (each * counted[:, head]).sum()
    marked = batch.tags.sum().clamp_min(1.0)
    total = total + weights["entities"] * -(torch.log_softmax(tags, -1) * batch.tags).sum() / marked
    return total if taught is None else total + weights["taught"] * distance(hidden, taught, batch.mask)


def distance(hidden: torch.Tensor, taught: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Mean square distance of the vectors of real tokens from those of a teacher, as a share of the teacher's variance.

    Matching the last layer's vectors is what TinyBERT (Jiao et al. 2020, https://arxiv.org/abs/1909.10351) adds to soft
    labels; every token teaches then, not only every text.
    """
    real = mask.bool()
    given, wanted = hidden[real].float(), taught[real].float()
    return nn.functional.mse_loss(given, wanted) / wanted.var(0).mean()


def optimiser(model: AppealEncoder, config: Mapping[str, Any]) -> torch.optim.AdamW:
    """AdamW; lower layers learn slower, heads faster, biases and norms without decay."""
    layers = int(model.encoder.config.num_hidden_layers)
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        depth = _depth(name, layers)
        rate = (
            config["head_learning_rate"] if depth is None else config["learning_rate"] * config["layer_decay"] ** depth
        )
        decay = 0.0 if parameter.ndim == 1 else config["weight_decay"]
        groups.setdefault((rate, decay), []).append(parameter)
    rows = [{"params": parts, "lr": rate, "weight_decay": decay} for (rate, decay), parts in groups.items()]
    return torch.optim.AdamW(rows, fused=True)


def _depth(name: str, layers: int) -> int | None:
    """Layers between the parameter and the top of the encoder; None for a head."""
    if not name.startswith("encoder."):
        return None
    if ".layer." in name:
        return layers - 1 - int(name.split(".layer.")[1].split(".")[0])
    return layers


def keep_layers(model: AppealEncoder, kept: list[int]) -> None:
    """Make a shallower encoder of some of the layers."""
    layers = cast(nn.ModuleList, model.encoder.encoder.layer)
    model.encoder.encoder.layer = nn.ModuleList([layers[i] for i in kept])
    model.encoder.config.num_hidden_layers = len(kept)
