"""Rows to learn from as numbers: rows of the tables, tags of the characters, batches of whole texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from appealnlp.entities.recogniser import Recogniser
from appealnlp.entities.tagger.decode import tag_names
from appealnlp.entities.tagger.grams import places
from appealnlp.entities.tagger.reader import SPACES, TextReader, Vocabulary
from appealnlp_training.tagger_data import IGNORED, MAIN, Row

Ids = npt.NDArray[np.int64]


def vocabulary_of(rows: Iterable[Row], recogniser: Recogniser, min_groups: Sequence[int]) -> Vocabulary:
    """The hashed places of grams that at least so many groups of near-duplicates hold, by the length of the gram."""
    groups: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        groups[row.group].append(row.tagged.text)
    counts = [np.zeros(space, np.int32) for space in SPACES]
    for texts in groups.values():
        met = [places(text) for text in texts]
        for order, count in enumerate(counts):
            count[np.unique(np.concatenate([found[order] for found in met]))] += 1
    known = [np.flatnonzero(count >= least) for count, least in zip(counts, min_groups, strict=True)]
    return Vocabulary.of(known, recogniser)


@dataclass(frozen=True)
class Tags:
    """The tags of every head. Those of appeals are BIES of the labels; the other sets have BI tags of their own."""

    labels: tuple[str, ...]
    subtypes: Mapping[str, Sequence[str]]
    others: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, rows: Iterable[Row], labels: Sequence[str], subtypes: Mapping[str, Sequence[str]]) -> Tags:
        """With the labels that the other sets among ``rows`` have."""
        met: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            if row.head != MAIN:
                met[row.head].update(span.label for span in row.tagged.spans)
        return cls(tuple(labels), subtypes, {head: tuple(sorted(found)) for head, found in met.items()})

    @property
    def main(self) -> tuple[str, ...]:
        """Names of the tags of appeals."""
        return tag_names(self.labels)

    def sizes(self) -> dict[str, int]:
        """Number of scores of each head; behind the tags of appeals stand those of the subtypes."""
        subtypes = sum(len(names) for names in self.subtypes.values())
        return {MAIN: len(self.main) + subtypes, **{head: 1 + 2 * len(names) for head, names in self.others.items()}}

    def numbers(self, row: Row) -> tuple[Ids, Ids]:
        """Tag and subtype of each character; IGNORED where a character has no subtype."""
        size = len(row.tagged.text)
        tags, subtypes = np.zeros(size, np.int64), np.full(size, IGNORED, np.int64)
        for start, end, label, subtype in row.tagged.flat().spans:
            if row.head != MAIN:
                first = 1 + 2 * self.others[row.head].index(label)
                tags[start:end] = first + 1
                tags[start] = first
            elif label in self.labels:
                first = 1 + 4 * self.labels.index(label)
                tags[start:end] = first + 1
                tags[start], tags[end - 1] = (first, first + 2) if end - start > 1 else (first + 3, first + 3)
                names = self.subtypes.get(label, ())
                if subtype is not None and subtype in names:
                    subtypes[start:end] = list(names).index(subtype)
        return tags, subtypes


@dataclass(frozen=True)
class Item:
    """One text as numbers."""

    head: str
    rows: Sequence[Ids]
    tags: Ids
    subtypes: Ids
    weight: float
    soft: npt.NDArray[np.float32] | None = None

    @classmethod
    def of(cls, row: Row, reader: TextReader, recogniser: Recogniser, tags: Tags) -> Item:
        """``row`` read for the tables."""
        text = row.tagged.text
        numbers = tags.numbers(row)
        return cls(row.head, reader.rows(text, recogniser.numbers(text)), *numbers, row.weight, row.soft)


@dataclass(frozen=True)
class Batch:
    """Texts one after the other, with gaps of ``edge`` unknown characters before, between and behind them."""

    rows: list[torch.Tensor]
    tags: torch.Tensor
    subtypes: torch.Tensor
    weights: torch.Tensor
    soft: torch.Tensor | None

    @classmethod
    def of(cls, items: Sequence[Item], edge: int, tag_count: int) -> Batch:
        """Tags begin behind the first gap and end before the last one, as the network's scores do."""
        gap, ignored = np.zeros(edge, np.int64), np.full(edge, IGNORED, np.int64)
        rows = [_joined([item.rows[i] for item in items], gap) for i in range(len(items[0].rows))]
        tags = _joined([item.tags for item in items], ignored)[edge : -edge or None]
        subtypes = _joined([item.subtypes for item in items], ignored)[edge : -edge or None]
        weights = [np.full(len(item.tags), item.weight) for item in items]
        weight = _joined(weights, np.zeros(edge))[edge : -edge or None].float()
        soft = None
        if any(item.soft is not None for item in items):
            shares = [_soft(item, tag_count) for item in items]
            soft = _joined(shares, np.zeros((edge, tag_count), np.float32))[edge : -edge or None]
        return cls(rows, tags, subtypes, weight, soft)


def _soft(item: Item, tag_count: int) -> npt.NDArray[np.float32]:
    return item.soft if item.soft is not None else np.eye(tag_count, dtype=np.float32)[item.tags]


def _joined(parts: Sequence[npt.NDArray[np.generic]], gap: npt.NDArray[np.generic]) -> torch.Tensor:
    return torch.from_numpy(np.concatenate([gap, *(piece for part in parts for piece in (part, gap))]))


def batches(items: Sequence[Item], size: int, rng: np.random.Generator) -> Iterator[list[Item]]:
    """The items in random order, some ``size`` characters a batch, one head a batch; the heads are shuffled too."""
    found: list[list[Item]] = []
    for head in sorted({item.head for item in items}):
        mine = [item for item in items if item.head == head]
        count = size
        for place in rng.permutation(len(mine)).tolist():
            if count >= size:
                found.append([])
                count = 0
            found[-1].append(mine[place])
            count += len(mine[place].tags)
    for place in rng.permutation(len(found)).tolist():
        yield found[place]
