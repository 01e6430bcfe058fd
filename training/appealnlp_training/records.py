"""Labelled appeals as the training programs hand them to each other: one JSON object a line."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from appealnlp.errors import TableError

LABELS = ("type", "target", "topic", "urgency", "department")


@dataclass(frozen=True)
class Record:
    """One appeal with what is known of it; a label that nobody gave is None. Offsets count code points of ``content``.

    ``group`` is the same for near-duplicates: a split never cuts it. ``origin`` says who made the labels:
    "gold", "read" (labels of corpora/ on public appeals), "own" (appeals of our own), "news" (no appeals at all),
    "published" (what others published with labels of their own).
    ``source`` holds the publisher's labels, by the name of the auxiliary head they train; ``soft`` the shares of the
    classes that another model gives, by head.
    """

    id: str
    group: str
    origin: str
    title: str
    text: str
    type: str | None = None
    type_alt: str | None = None
    target: str | None = None
    topic: str | None = None
    topic3: str | None = None
    urgency: str | None = None
    urgency_evidence: list[str] = field(default_factory=list)
    flags: dict[str, str] = field(default_factory=dict)
    department: str | None = None
    department_also: list[str] = field(default_factory=list)
    headcount: int | None = None
    entities: list[list[str]] = field(default_factory=list)
    sure: bool = True
    source: dict[str, str] = field(default_factory=dict)
    soft: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def content(self) -> str:
        """Title, line end and text, as Appeal.content."""
        return f"{self.title}\n{self.text}" if self.title else self.text

    @property
    def is_labelled(self) -> bool:
        """Whether somebody read it after the guideline."""
        return self.department is not None


def write_records(path: Path, records: Iterable[Record]) -> int:
    """Write one line a record and give their number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(asdict(record), ensure_ascii=False) for record in records]
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return len(lines)


def read_records(path: Path) -> list[Record]:
    """Read what ``write_records`` wrote. Raises TableError naming the line that is no record."""
    return [_record(row, f"{path}:{number}") for number, row in read_lines(path)]


def _record(row: dict[str, Any], where: str) -> Record:
    try:
        return Record(**row)
    except TypeError as error:
        raise TableError(f"{where}: no record ({error}); prepare the data again") from None


def read_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The JSON objects of a file with their line numbers from 1. Raises TableError at the first that is none."""
    if not path.is_file():
        raise TableError(f"{path}: no such file; say where the data lie")
    for number, line in enumerate(path.read_text("utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise TableError(f"{path}:{number}: not JSON ({error})") from None
        if not isinstance(row, dict):
            raise TableError(f"{path}:{number}: expected an object, found {type(row).__name__}")
        yield number, row


def digest(content: str) -> str:
    """First 16 hex digits of SHA-256: labels that point at a text carry it, so that drift of the text is noticed."""
    return hashlib.sha256(content.encode("utf-8")).hexdigest()[:16]


def fold_of(group: str, folds: int) -> int:
    """The fold of a group: the same for every program, and never cutting a group."""
    return int(hashlib.sha256(group.encode()).hexdigest()[:8], 16) % folds
