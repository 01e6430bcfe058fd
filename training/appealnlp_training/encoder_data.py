"""Records as the encoder learns from them: token ids, a target for each head, a tag for each token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
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
Halves = npt.NDArray[np.float16]


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
    soft_tags: Halves | None = None
    """Shares of the tags of each token that a teacher gives, in place of ``tags``."""


class Encoding:
    """Turns records into items. ``soft_tags`` are a teacher's shares of the tags of the tokens read, by record id."""

    def __init__(
        self, tokenizer: Tokenizer, heads: Heads, config: Mapping[str, Any],
        soft_tags: Mapping[str, Halves] | None = None,
    ) -> None:  # fmt: skip
        self.tokenizer, self.heads, self.config, self.soft_tags = tokenizer, heads, config, soft_tags or {}
        self._numbers = {name: {c: i for i, c in enumerate(classes)} for name, classes in heads.exclusive.items()}
        self._none = shipped().no_appeal
        self._tags = {tag: i for i, tag in enumerate(heads.tags)}

    def item(self, record: Record, altered: bool = False) -> Item:
        """Encode one record; of one that was altered the teacher's tags stand elsewhere and are left out."""
        ids, tags = self._read(record)
        kept = window(len(ids), self.config["max_tokens"], self.config["head_tokens"])
        weight = float(self.config["weights"][record.origin]) * (
            1.0 if record.sure else self.config["weights"]["unsure"]
        )
        return Item(
            [ids[i] for i in kept], self._targets(record), self._flags(record),
            None if tags is None else [tags[i] for i in kept], weight,
            None if altered else self.soft_tags.get(record.id),
        )  # fmt: skip

    def _read(self, record: Record) -> tuple[list[int], list[int] | None]:
        """Token ids of the whole text, and its tags where somebody marked the entities."""
        text = normalize(record.content, title_length=len(record.title)).text
        encoded = self.tokenizer.encode(text)
        return encoded.ids, self._token_tags(record, text, encoded.offsets) if record.is_labelled else None

    def _flags(self, record: Record) -> Floats | None:
        hard = dict.fromkeys(record.flags, 1.0) if record.is_labelled else None
        given = self._mixed("flags", hard, record)
        return None if given is None else np.array([given.get(flag, 0.0) for flag in self.heads.flags], np.float32)

    def _targets(self, record: Record) -> dict[str, Floats]:
        found = {name: self._row(name, {label: 1.0}) for name, label in record.source.items()}
        others = {"type": [record.type_alt] if record.type_alt else [], "department": record.department_also}
        for name in LABELS:
            label = getattr(record, name)
            hard = None
            if label is not None and (name == "type" or record.type not in self._none):
                also = float(self.config["heads"].get(name, {}).get("also", 0.0))
                hard = dict(shares(label, others.get(name, []), also))
            given = self._mixed(name, hard, record)
            if given is not None:
                found[name] = self._row(name, given)
        return found

    def _mixed(self, head: str, hard: Mapping[str, float] | None, record: Record) -> Mapping[str, float] | None:
        """What the readers say, what a teacher says, or of both their mean weighted by the teacher's share."""
        soft = record.soft.get(head)
        if soft is None or hard is None:
            return hard if soft is None or record.is_labelled else soft
        trust = float(self.config["soft"]["share"])
        return {c: (1 - trust) * hard.get(c, 0.0) + trust * soft.get(c, 0.0) for c in {*hard, *soft}}

    def _row(self, name: str, given: Mapping[str, float]) -> Floats:
        row = np.zeros(len(self._numbers[name]), np.float32)
        for label, share in given.items():
            row[self._numbers[name][label]] += share
        return row

    def _token_tags(self, record: Record, text: str, offsets: Sequence[tuple[int, int]]) -> list[int]:
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
        return [tag if end > start else IGNORED for tag, (start, end) in zip(tags, offsets, strict=True)]


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
    """Padded tensors."""

    ids: torch.Tensor
    mask: torch.Tensor
    weights: torch.Tensor
    targets: torch.Tensor
    """Shares of all classes, heads side by side in the order of their names, then flags."""
    known: torch.Tensor
    """1 where a row has a label of a head (one column a head, the last for flags), else 0."""
    tags: torch.Tensor
    """Shares of the tags of each token; all are 0 where nobody says what a token is."""

    def to(self, device: str) -> Batch:
        """The batch on a device."""
        return Batch(*(getattr(self, part.name).to(device, non_blocking=True) for part in fields(self)))


def collate(items: Sequence[Item], pad: int, heads: Heads) -> Batch:
    """One batch of items."""
    longest = -(-max(len(item.ids) for item in items) // 16) * 16  # few shapes: kernels are kept by shape
    ids = np.full((len(items), longest), pad, np.int64)
    tags = np.zeros((len(items), longest, len(heads.tags)), np.float32)
    targets = np.zeros((len(items), sum(map(len, heads.exclusive.values())) + len(heads.flags)), np.float32)
    known = np.zeros((len(items), len(heads.exclusive) + 1), np.float32)
    for row, item in enumerate(items):
        ids[row, : len(item.ids)] = item.ids
        if item.soft_tags is not None:
            tags[row, : len(item.ids)] = item.soft_tags
        elif item.tags is not None:
            of = np.array(item.tags)
            places = np.flatnonzero(of != IGNORED)
            tags[row, places, of[places]] = 1.0
        first = 0
        for head, (name, classes) in enumerate([*heads.exclusive.items(), ("flags", heads.flags)]):
            shares = item.flags if name == "flags" else item.targets.get(name)
            if shares is not None:
                targets[row, first : first + len(classes)] = shares
                known[row, head] = 1.0
            first += len(classes)
    weights = np.array([item.weight for item in items], np.float32)
    parts = (ids, (ids != pad).astype(np.int64), weights, targets, known, tags)
    return Batch(*(torch.from_numpy(part) for part in parts))


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


def write_tags(path: Path, ids: Sequence[str], tags: Sequence[Floats]) -> None:
    """Shares of the tags of all tokens under the records' ids, in half precision."""
    ends = np.cumsum([len(part) for part in tags])
    rows: Halves = np.concatenate(tags).astype(np.float16)
    rows[rows < 1e-3] = 0
    np.savez_compressed(path, ids=np.array(ids), ends=ends, tags=rows)


def read_tags(path: Path) -> dict[str, Halves]:
    """What ``write_tags`` wrote, by record id."""
    stored = np.load(path)
    return dict(zip(map(str, stored["ids"]), np.split(stored["tags"], stored["ends"][:-1]), strict=True))
