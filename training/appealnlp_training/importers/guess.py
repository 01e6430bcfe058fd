"""Finding out which format a file has: by its header, its keys or its labels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from appealnlp.batch.formats import FORMATS as TABLES
from appealnlp.batch.formats import format_of
from appealnlp.batch.jsonlfile import read_jsonl
from appealnlp.batch.table import ReadOptions, Row, fault
from appealnlp.batch.textfile import open_text
from appealnlp.errors import TableError
from appealnlp_training.importers.characters import labels_of
from appealnlp_training.importers.columns import find
from appealnlp_training.importers.formats import TableFormat, TextFormat, TreeFormat, formats
from appealnlp_training.importers.labels import LabelMap
from appealnlp_training.importers.tables import score

_REMEDY = "name it with --format"
_PEEK = 50
"""Records that are looked at."""


def guess_format(path: Path) -> str:
    """The name of the format that fits a file best. Raises TableError where none does."""
    suffix = path.suffix.lower()
    if suffix in (".json", ".jsonl", ".ndjson") and (found := _by_keys(path)):
        return found
    found = _by_header(path) if suffix in TABLES else _by_labels(path, suffix)
    if found is None:
        raise fault(path, None, "fits no known format", f"{_REMEDY}; the formats are {', '.join(formats())}")
    return found


def _by_keys(path: Path) -> str | None:
    if _first_character(path) == "[":
        return "label_studio"
    with read_jsonl(path, ReadOptions()) as source:
        rows = [row.values for row in islice(source.rows, _PEEK) if isinstance(row, Row)]
    if any(isinstance(row.get("label"), dict) for row in rows):
        return "cluener"
    lists = any(isinstance(row.get(key), list) for row in rows for key in ("label", "labels", "entities", "cats"))
    return "doccano" if lists else None


def _first_character(path: Path) -> str:
    with open_text(path) as file:
        return file.read(200).lstrip()[:1]


def _by_header(path: Path) -> str | None:
    with format_of(path).read(path, ReadOptions()) as source:
        columns = source.columns
    for known in formats().values():
        if isinstance(known, TreeFormat) and all(find(names, columns) for names in known.levels):
            return known.name
    return _best(path, columns)


def _best(path: Path, columns: Sequence[str]) -> str | None:
    """The table format that knows most columns; of equal ones the first, published layouts before guessed ones."""
    known = [one for one in formats().values() if isinstance(one, TableFormat)]
    scores = {one.name: score(path, one, columns) for one in known}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] else None


def _by_labels(path: Path, suffix: str) -> str | None:
    """The first format of this extension whose labels are all that the file uses."""
    for known in formats().values():
        if not isinstance(known, TextFormat) or known.layout != "characters" or suffix not in known.extensions:
            continue
        try:
            labels = labels_of(path, known)
        except TableError:
            continue
        names = LabelMap(known)
        if all(label in names for label in labels):
            return known.name
    return None
