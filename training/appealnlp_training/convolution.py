"""Trains the small convolutional tagger of appealnlp.sequence with torch: dropout, a chain over tags, one cycle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

Array = npt.NDArray[Any]
_CLIP = 5.0
_WARM = 0.15


@dataclass(frozen=True)
class Settings:
    """How to train. ``widths``: of the embedding of each column; ``hidden`` channels, ``depth`` dilated layers.

    ``blank`` is the share of positions whose ``blanked`` columns are hidden while learning, so that what is not in
    the tables is known, too.
    """

    widths: tuple[int, ...]
    hidden: int
    depth: int
    dropout: float
    blank: float
    blanked: tuple[tuple[int, ...], ...]
    epochs: int
    rate: float
    decay: float
    batch: int
    seed: int


class Network(nn.Module):
    """The layers of ``appealnlp.sequence.ConvolutionTagger``; each table has one row more, for what is hidden."""

    def __init__(self, sizes: Sequence[int], tags: int, settings: Settings) -> None:
        super().__init__()
        tables = [nn.Embedding(rows + 1, width) for rows, width in zip(sizes, settings.widths, strict=True)]
        for table in tables:
            nn.init.normal_(table.weight, std=0.3)
        self.tables = nn.ModuleList(tables)
        hidden = settings.hidden
        self.opening = nn.Conv1d(sum(settings.widths), hidden, 3, padding=1)
        steps = [2**place for place in range(settings.depth)]
        self.layers = nn.ModuleList(nn.Conv1d(hidden, hidden, 3, padding=step, dilation=step) for step in steps)
        self.norms = nn.ModuleList(nn.LayerNorm(hidden) for _ in steps)
        self.drop = nn.Dropout(settings.dropout)
        self.head = nn.Linear(hidden, tags)
        self.moves = nn.Parameter(torch.zeros(tags, tags))
        self.ends = nn.Parameter(torch.zeros(2, tags))

    def forward(self, numbers: Tensor, mask: Tensor) -> Tensor:
        """Scores [B, n, T] of ``numbers`` [B, n, columns]; ``mask`` [B, n] is 0 behind the end."""
        live = mask[..., None]
        values = torch.cat([table(numbers[..., place]) for place, table in enumerate(self.tables)], -1) * live
        values = torch.relu(self.opening(self.drop(values).transpose(1, 2))).transpose(1, 2)
        for layer, norm in zip(self.layers, self.norms, strict=True):
            values = values * live
            more = torch.relu(layer(values.transpose(1, 2)).transpose(1, 2))
            values = norm(values + self.drop(more))
        out: Tensor = self.head(self.drop(values))
        return out

    def loss(self, scores: Tensor, tags: Tensor, mask: Tensor) -> Tensor:
        """Mean negative log likelihood of the paths ``tags`` [B, n]."""
        every = torch.arange(len(tags))
        value = scores[:, 0] + self.ends[0]
        gold = scores[every, 0, tags[:, 0]] + self.ends[0][tags[:, 0]]
        for place in range(1, tags.shape[1]):
            live = mask[:, place]
            after = torch.logsumexp(value[:, :, None] + self.moves, 1) + scores[:, place]
            value = live[:, None] * after + (1 - live[:, None]) * value
            step = self.moves[tags[:, place - 1], tags[:, place]] + scores[every, place, tags[:, place]]
            gold = gold + live * step
        last = tags[every, mask.sum(1).long() - 1]
        total = torch.logsumexp(value + self.ends[1], 1)
        return (total - gold - self.ends[1][last]).mean()

    def arrays(self) -> dict[str, Array]:
        """As ``appealnlp.sequence.tagger_of`` wants them, without the rows for what is hidden."""
        out = {f"table.{place}": _array(table.weight)[:-1] for place, table in enumerate(self.tables)}
        for place, layer in enumerate([self.opening, *self.layers]):
            weight = _array(layer.weight)  # [out, in, 3]
            out[f"weight.{place}"] = weight.transpose(2, 1, 0).reshape(-1, weight.shape[0])
            out[f"bias.{place}"] = _array(layer.bias)
        for place, norm in enumerate(self.norms, 1):
            out[f"scale.{place}"], out[f"shift.{place}"] = _array(norm.weight), _array(norm.bias)
        out["head"], out["head_bias"] = _array(self.head.weight).T, _array(self.head.bias)
        out["moves"], out["first"], out["last"] = _array(self.moves), _array(self.ends)[0], _array(self.ends)[1]
        return out


def _array(value: Any) -> Array:  # noqa: ANN401 - torch calls its parameters modules, too
    return value.detach().numpy().copy()


def train(
    columns: Sequence[Array], tags: Sequence[Array], sizes: Sequence[int], count: int, settings: Settings,
    report: Callable[[int, float], None] = lambda _n, _f: None,
) -> Network:  # fmt: skip
    """A network trained on sequences of ``columns`` [n, columns] and ``tags`` [n], ``count`` tags in all."""
    torch.manual_seed(settings.seed)
    dice = np.random.default_rng(settings.seed)
    network = Network(sizes, count, settings)
    optimiser = torch.optim.AdamW(network.parameters(), lr=settings.rate, weight_decay=settings.decay)
    steps = -(-len(columns) // settings.batch) * settings.epochs
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, settings.rate, total_steps=steps, pct_start=_WARM)
    for epoch in range(settings.epochs):
        losses = []
        for batch in _batches(columns, settings.batch, dice):
            numbers, target, mask = _padded([columns[n] for n in batch], [tags[n] for n in batch], sizes)
            _hide(numbers, sizes, settings, dice)
            live = torch.from_numpy(mask)
            loss = network.loss(network(torch.from_numpy(numbers), live), torch.from_numpy(target), live)
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), _CLIP)
            optimiser.step()
            cycle.step()
            losses.append(float(loss.detach()))
        report(epoch + 1, float(np.mean(losses)))
    return network.eval()


def _batches(columns: Sequence[Array], size: int, dice: np.random.Generator) -> Iterator[Array]:
    """Sequences of about the same length together, in any order."""
    lengths = np.array([len(item) for item in columns])
    order = np.argsort(lengths // 4 + dice.random(len(columns)) * 1.5, kind="stable")
    parts = [order[at : at + size] for at in range(0, len(order), size)]
    yield from (parts[number] for number in dice.permutation(len(parts)))


def _padded(columns: Sequence[Array], tags: Sequence[Array], sizes: Sequence[int]) -> tuple[Array, Array, Array]:
    longest = max(map(len, columns))
    numbers = np.tile(np.array(sizes, np.int64), (len(columns), longest, 1))
    target, mask = np.zeros((len(columns), longest), np.int64), np.zeros((len(columns), longest), np.float32)
    for place, (item, labels) in enumerate(zip(columns, tags, strict=True)):
        numbers[place, : len(item)], target[place, : len(item)], mask[place, : len(item)] = item, labels, 1
    return numbers, target, mask


def _hide(numbers: Array, sizes: Sequence[int], settings: Settings, dice: np.random.Generator) -> None:
    for group in settings.blanked:
        hidden = dice.random(numbers.shape[:2]) < settings.blank
        for column in group:
            numbers[..., column][hidden] = sizes[column]
