"""Tables for the tests of this folder."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from appealnlp.batch import TagOptions, TagReport, tag
from batch.fake_analyzer import make

Tag = Callable[..., TagReport]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write_(name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write_


@pytest.fixture
def run(tmp_path: Path) -> Tag:
    def run_(source: Path, name: str = "out.csv", factory: Any = make, **options: Any) -> TagReport:
        return tag(source, tmp_path / name, analyzer_factory=factory, options=TagOptions(**options))

    return run_


def read_csv(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]


def read_xlsx(path: Path) -> list[dict[str, Any]]:
    from openpyxl import load_workbook

    rows = list(load_workbook(path).active.values)
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.endswith(".part")]
