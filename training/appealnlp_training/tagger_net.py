"""The network of the tagger while it learns: tables of grams, layers of neighbours, tags. Torch, one thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from appealnlp.entities.tagger.network import Floats, Layer


@dataclass(frozen=True)
class Shape:
    """Sizes: rows of each table, columns of a row, units of each layer, neighbours on either side."""

    tables: tuple[int, ...]
    columns: int
    hidden: tuple[int, ...]
    reach: tuple[int, ...]

    @property
    def edge(self) -> int:
        """So many characters on either side does a tag depend on."""
        return sum(self.reach)


class Net(nn.Module):
    """Row numbers of each table for a run of characters to scores of the tags of every head.

    Row 0 of a table is zero: a gram that is not known, and what lies between two texts.
    """

    def __init__(self, shape: Shape, heads: Mapping[str, int], dropout: float, gram_dropout: float, grams: int) -> None:
        """``grams`` is the number of tables of grams: they come first, and only they are hidden at random."""
        super().__init__()
        self.shape, self.gram_dropout, self.grams = shape, gram_dropout, grams
        self.tables = nn.ModuleList(nn.Embedding(size, shape.columns, padding_idx=0) for size in shape.tables)
        tables: Any = self.tables
        for table in tables:
            nn.init.normal_(table.weight, std=0.1)
            with torch.no_grad():
                table.weight[0] = 0.0
        widths = [shape.columns, *shape.hidden]
        self.layers = nn.ModuleList(
            nn.Conv1d(width, out, 2 * reach + 1)
            for width, out, reach in zip(widths, shape.hidden, shape.reach, strict=False)
        )
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.ModuleDict({name: nn.Linear(widths[-1], size) for name, size in heads.items()})

    def forward(self, ids: Sequence[torch.Tensor], head: str) -> torch.Tensor:
        """Scores (characters, tags) of ``head`` for all but the ``shape.edge`` outermost characters on either side."""
        total = torch.zeros(len(ids[0]), self.shape.columns)
        for number, (table, rows) in enumerate(zip(self.tables, ids, strict=True)):
            found = table(rows)
            if self.training and self.gram_dropout and number < self.grams:
                found = found * (torch.rand(len(rows), 1) > self.gram_dropout)
            total = total + found
        state = self.dropout(total).t().unsqueeze(0)
        for layer in self.layers:
            state = self.dropout(functional.relu(layer(state)))
        scores: torch.Tensor = self.heads[head](state[0].t())
        return scores

    def exported(self, head: str) -> tuple[list[Floats], list[Layer], Floats, Floats]:
        """Tables, layers, weights and bias of one head, as the library's network wants them."""
        convolutions: Any = self.layers
        tables: Any = self.tables
        last: Any = self.heads[head]
        layers = [
            Layer(
                _array(layer.weight.permute(2, 1, 0).reshape(-1, layer.out_channels)),
                _array(layer.bias),
                reach,
            )
            for layer, reach in zip(convolutions, self.shape.reach, strict=True)
        ]
        return [_array(table.weight) for table in tables], layers, _array(last.weight.t()), _array(last.bias)


def _array(tensor: torch.Tensor) -> Floats:
    return np.ascontiguousarray(tensor.detach().numpy().astype(np.float32))
