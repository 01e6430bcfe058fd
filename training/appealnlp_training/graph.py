"""Makes an encoder fit for a graph that reads one whole text a run: no mask, and no shape that has to be worked out.

A mask over one text masks nothing, but takes a tenth of the graph's time; shapes that are known need no nodes.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import nn
from transformers.models.bert.modeling_bert import BertModel, BertSelfAttention

from appealnlp_training.encoder_model import AppealEncoder
from appealnlp_training.smoothing import Smoothed


class OneText(nn.Module):
    """Self-attention of a single text, all of which is read; otherwise that of which it was made."""

    def __init__(self, made_of: BertSelfAttention) -> None:
        super().__init__()
        self.query, self.key, self.value = made_of.query, made_of.key, made_of.value
        self.shape = (1, -1, made_of.num_attention_heads, made_of.attention_head_size)
        self.scaling = made_of.scaling

    def forward(self, hidden: torch.Tensor, *_: object, **__: object) -> tuple[torch.Tensor, None]:
        """A vector for each token; and no weights, which nobody asks for."""
        query, key, value = (part.view(self.shape).transpose(1, 2) for part in self._parts(hidden))
        shares = torch.softmax(query @ key.transpose(2, 3) * self.scaling, -1)
        return (shares @ value).transpose(1, 2).reshape(1, -1, self.shape[2] * self.shape[3]), None

    def _parts(self, hidden: torch.Tensor) -> list[torch.Tensor]:
        layers = [self.query, self.key, self.value]
        if isinstance(self.query, Smoothed):  # they hear the same and share their factors: it is cut into steps once
            hidden = hidden * self.query.factor
            layers = [cast(Smoothed, layer).linear for layer in layers]
        return [layer(hidden) for layer in layers]


def for_one_text(model: AppealEncoder) -> bool:
    """Exchange the self-attention of a BERT; another kind of transformer stays what it is (False)."""
    if not isinstance(model.encoder, BertModel):
        return False
    for layer in cast("list[Any]", model.encoder.encoder.layer):
        layer.attention.self = OneText(layer.attention.self)
    return True
