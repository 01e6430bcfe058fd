"""Records as the encoder learns from them: token ids, a target for each head, a tag for each token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from appealnlp.classify.encoder import window
from appealnlp.classify.features import Floats
from appealnlp.schemes import Scheme, shipped
from appealnlp.text import normalize
from appealnlp_training.data import shares
from appealnlp_training.records import LABELS, Record

PUBLISHED_HEADS = ("messages_topic", "fuzhou12345", "board_gas")
IGNORED = -100


@dataclass(frozen=True)
class Heads:
    """Classes of every head, and the tags of the tokens."""

    exclusive: Mapping[str, tuple[str, ...]]
    flags: tuple[str, ...]
    tags: tuple[str, ...]

    @classmethod
    def of(cls, scheme: Scheme, records: Sequence[Record], entities: Sequence[str]) -> Heads:
        """Public heads in scheme order (topics that occur), auxiliary heads from the records, BIO tags."""
        seen = {record.topic for record in records}
        public = {name: tuple(c for c in scheme.labels(name) if name != "topic" or c in seen) for name in LABELS}
        for name in PUBLISHED_HEADS:
            found = sorted({record.source[name] for record in records if name in record.source})
            if found:
                public[name] = tuple(found)
        tags = ("O", *(f"{mark}-{label}" for label in entities for mark in "BI"))
        return cls(public, scheme.labels("flags"), tags)


@dataclass(frozen=True)
class Item:
    """One record, encoded. ``targets`` holds shares of the classes of each head that the record has a label for."""

    ids: list[int]
    targets: Mapping[str, Floats]
    flags: Floats | None
    tags: list[int] | None
    weight: float


class Encoding:
    """Turns records into items."""

    def __init__(self, tokenizer: Tokenizer, heads: Heads, config: Mapping[str, Any]) -> None:
        self.tokenizer, self.heads, self.config = tokenizer, heads, config
        self._numbers = {name: {c: i for i, c in enumerate(classes)} for name, classes in heads.exclusive.items()}
        self._none = shipped().no_appeal
        self._tags = {tag: i for i, tag in enumerate(heads.tags)}

    def item(self, record: Record) -> Item:
        """Encode one record."""
        text = normalize(record.content, title_length=len(record.title)).text
        encoded = self.tokenizer.encode(text)
        kept = window(len(encoded.ids), self.config["max_tokens"], self.config["head_tokens"])
        labelled = record.is_labelled
        tags = self._token_tags(record, text, encoded.offsets, kept) if labelled else None
        flags = self._flags(record) if labelled or "flags" in record.soft else None
        weight = float(self.config["weights"][record.origin]) * (
            1.0 if record.sure else self.config["weights"]["unsure"]
        )
        return Item([encoded.ids[i] for i in kept], self._targets(record), flags, tags, weight)

    def _flags(self, record: Record) -> Floats:
        shares = {flag: 1.0 for flag in record.flags} if record.is_labelled else record.soft["flags"]
        return np.array([shares.get(flag, 0.0) for flag in self.heads.flags], np.float32)

    def _targets(self, record: Record) -> dict[str, Floats]:
        found: dict[str, Floats] = {}
        others = {"type": [record.type_alt] if record.type_alt else [], "department": record.department_also}
        for name in LABELS:
            label = getattr(record, name)
            if label is not None and (name == "type" or record.type not in self._none):
                also = float(self.config["heads"].get(name, {}).get("also", 0.0))
                found[name] = self._shares(name, shares(label, others.get(name, []), also))
        for name, label in record.source.items():
            found[name] = self._shares(name, [(label, 1.0)])
        for name in LABELS:
            if name in record.soft and not record.is_labelled:
                found[name] = self._shares(name, list(record.soft[name].items()))
        return found

    def _shares(self, name: str, given: Sequence[tuple[str, float]]) -> Floats:
        row = np.zeros(len(self._numbers[name]), np.float32)
        for label, share in given:
            row[self._numbers[name][label]] += share
        return row

    def _token_tags(
        self, record: Record, text: str, offsets: Sequence[tuple[int, int]], kept: Sequence[int]
    ) -> list[int]:
        spans = entity_spans(record, text)
        tags = [self._tags["O"]] * len(offsets)
        for label, start, end in spans:
            if f"B-{label}" not in self._tags:
                continue
            first = True
            for place, (a, b) in enumerate(offsets):
                if b > a and start <= (a + b) / 2 < end:
                    tags[place] = self._tags[f"{'B' if first else 'I'}-{label}"]
                    first = False
        return [tags[i] if offsets[i][1] > offsets[i][0] else IGNORED for i in kept]


def entity_spans(record: Record, text: str) -> list[tuple[str, int, int]]:
    """Every occurrence of the labelled strings in ``text``, longest first where they overlap."""
    taken = np.zeros(len(text), bool)
    spans = []
    for label, words in sorted(record.entities, key=lambda pair: -len(pair[1])):
        start = text.find(words)
        while start >= 0:
            end = start + len(words)
            if not taken[start:end].any():
                taken[start:end] = True
                spans.append((label, start, end))
            start = text.find(words, end)
    return sorted(spans, key=lambda span: span[1])


@dataclass(frozen=True)
class Batch:
    """Padded tensors; a head that no row of the batch has is absent."""

    ids: torch.Tensor
    mask: torch.Tensor
    weights: torch.Tensor
    targets: Mapping[str, tuple[torch.Tensor, torch.Tensor]]
    """For each head: the rows that have it, and their shares."""
    flags: tuple[torch.Tensor, torch.Tensor] | None
    tags: torch.Tensor


def collate(items: Sequence[Item], pad: int) -> Batch:
    """One batch of items."""
    longest = -(-max(len(item.ids) for item in items) // 16) * 16  # few shapes: kernels are kept by shape
    ids = torch.full((len(items), longest), pad, dtype=torch.long)
    tags = torch.full((len(items), longest), IGNORED, dtype=torch.long)
    for row, item in enumerate(items):
        ids[row, : len(item.ids)] = torch.tensor(item.ids)
        if item.tags is not None:
            tags[row, : len(item.tags)] = torch.tensor(item.tags)
    targets = {}
    for name in {name for item in items for name in item.targets}:
        rows = [row for row, item in enumerate(items) if name in item.targets]
        targets[name] = (torch.tensor(rows), torch.tensor(np.array([items[row].targets[name] for row in rows])))
    flagged = [row for row, item in enumerate(items) if item.flags is not None]
    flags = None
    if flagged:
        flags = (torch.tensor(flagged), torch.tensor(np.array([items[row].flags for row in flagged])))
    weights = torch.tensor([item.weight for item in items])
    return Batch(ids, (ids != pad).long(), weights, targets, flags, tags)


def batches(items: Sequence[Item], tokens: int, rng: np.random.Generator) -> Iterator[list[int]]:
    """Rows of each batch: texts of like length together, at most ``tokens`` padded tokens, in random order."""
    lengths = np.array([len(item.ids) for item in items])
    order = np.argsort(lengths + rng.integers(0, 24, len(items)), kind="stable")
    found: list[list[int]] = [[]]
    longest = 0
    for row in order.tolist():
        longest = max(longest, int(lengths[row]))
        if found[-1] and longest * (len(found[-1]) + 1) > tokens:
            found.append([])
            longest = int(lengths[row])
        found[-1].append(row)
    for place in rng.permutation(len(found)):
        yield found[place]
