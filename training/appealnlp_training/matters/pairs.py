"""The pairs that were read, and the prints of the appeals that they name."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from appealnlp.appeal import Appeal, parse_moment
from appealnlp.matters.compare import Measures
from appealnlp.matters.prints import Prints
from appealnlp.matters.reading import read, seconds
from appealnlp.matters.units import load_units

CHUNK = 1000


@dataclass(frozen=True)
class Pairs:
    """Decided pairs of one half: numbers of the two appeals in their file, label, family, kind."""

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    same: npt.NDArray[np.bool_]
    family: npt.NDArray[np.int64]
    kind: tuple[str, ...]


def read_pairs(path: Path, appeals: Path, half: str) -> tuple[Pairs, Measures, npt.NDArray[np.int64]]:
    """The decided pairs of a half, the measures of all appeals, and their times in seconds."""
    rows = _lines(appeals)
    number = {row["id"]: place for place, row in enumerate(rows)}
    kept = [row for row in _lines(path) if row["half"] == half and row["same"] is not None]
    pairs = Pairs(
        np.array([number[row["a"]] for row in kept]), np.array([number[row["b"]] for row in kept]),
        np.array([row["same"] for row in kept]), np.array([row["family"] for row in kept]),
        tuple(row["kind"] for row in kept),
    )  # fmt: skip
    units = load_units()
    reads = [read(Appeal(row["text"], title=row["title"] or None)) for row in rows]
    prints = Prints.joined([Prints.of(reads[at : at + CHUNK], units) for at in range(0, len(reads), CHUNK)])
    times = np.array([seconds(parse_moment(row["time"])) for row in rows], np.int64)
    return pairs, Measures.of(prints, prints.counts(), len(prints)), times


def _lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]
