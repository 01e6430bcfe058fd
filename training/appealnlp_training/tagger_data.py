"""What the tagger learns from: appeals with labelled spans, and other annotated sets, each with a head of its own.

The sets follow different habits (CLUENER marks titles and games, Weibo marks mere mentions such as 他妈妈, People's
Daily cuts 北京市公安局 otherwise): they share the tables and layers of the network with the appeals, never its tags.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from appealnlp.text import normalize
from appealnlp_training.importers.tagged import Span, Tagged
from appealnlp_training.records import Record, read_lines

MAIN = "appeals"
IGNORED = -100
_BMES = {"M": "I", "E": "I", "S": "B"}
ADDRESS_NAMES = {
    "prov": "province", "subroad": "road", "roadno": "road_no", "subroadno": "road_no", "subpoi": "sub_poi",
    "houseno": "building", "cellno": "unit", "floorno": "floor", "roomno": "room",
}  # fmt: skip
_ADDRESS_LEFT_OUT = frozenset({"country", "person", "assist", "redundant", "otherinfo", "distance", "village_group"})
SETS = {
    "cluener": ("cluener_train.jsonl",),
    "peoples_daily": ("peoples_daily_a.bio", "peoples_daily_b.bio"),
    "weibo": ("weibo_train.conll",),
    "resume": ("resume_train.bmes",),
    "address": ("address_train.bio",),
}
"""The annotated sets, by the name of the head that learns them, and their files."""


@dataclass(frozen=True)
class Row:
    """One text to learn from. ``head`` is the set it belongs to; ``group`` is never cut by a split."""

    tagged: Tagged
    head: str
    group: str
    weight: float = 1.0
    title_length: int = 0
    soft: npt.NDArray[np.float32] | None = None
    """Probabilities of the tags of every character, where a teacher gave them."""


def appeal_rows(records: Iterable[Record], weights: Mapping[str, float]) -> Iterator[Row]:
    """The labelled appeals, normalised as at run time, every occurrence of a labelled string as a span."""
    for record in records:
        if record.is_labelled:
            text = normalize(record.content, title_length=len(record.title))
            weight = weights[record.origin] * (1.0 if record.sure else weights["unsure"])
            title = text.locate(len(record.title) + 1) if record.title else 0
            spans = (span._replace(start=text.locate(span.start), end=text.locate(span.end)) for span in found(record))
            kept = tuple(span for span in spans if span.start < span.end)
            yield Row(Tagged(text.text, kept), MAIN, record.group, weight, title)


def found(record: Record) -> Iterator[Span]:
    """Every occurrence of the labelled strings in the content, the longest first where they overlap."""
    text = record.content
    taken = np.zeros(len(text), bool)
    for name, words in sorted(record.entities, key=lambda pair: -len(pair[1])):
        label, _, subtype = name.partition(":")
        for match in re.finditer(re.escape(words), text):
            if words and not taken[match.start() : match.end()].any():
                taken[match.start() : match.end()] = True
                yield Span(match.start(), match.end(), label, subtype or None)


def set_rows(shared: Path) -> Iterator[Row]:
    """The rows of every annotated set."""
    for head, files in SETS.items():
        for name in files:
            path = shared / "data" / "ner" / name
            read = cluener(path) if path.suffix == ".jsonl" else columns(path)
            for number, tagged in enumerate(read):
                yield Row(tagged, head, f"{name}-{number}")


def cluener(path: Path) -> Iterator[Tagged]:
    """CLUENER2020: offsets are inclusive."""
    for _, row in read_lines(path):
        spans = [
            Span(start, end + 1, label)
            for label, names in row["label"].items()
            for places in names.values()
            for start, end in places
        ]
        yield Tagged(row["text"], tuple(spans)).flat()


def columns(path: Path) -> Iterator[Tagged]:
    """Files of one character a line: BIO or BMES, Weibo's segmentation digit cut off, address tags renamed."""
    for block in path.read_text("utf-8").split("\n\n"):
        pairs = [line.split() for line in block.splitlines() if line.strip()]
        if pairs:
            text = "".join(pair[0][:1] for pair in pairs)
            yield Tagged(text, tuple(_spans([pair[-1] for pair in pairs])))


def _spans(tags: Sequence[str]) -> Iterator[Span]:
    """Spans of BIO or BMES tags."""
    start, label = 0, ""
    for place, tag in enumerate([*tags, "O"]):
        mark, _, name = tag.partition("-")
        mark = _BMES.get(mark, mark)
        name = _name(name)
        if label and (mark != "I" or name != label):
            yield Span(start, place, label)
            label = ""
        if name and not label:
            start, label = place, name


def _name(name: str) -> str:
    small = ADDRESS_NAMES.get(name.lower(), name.lower())
    return "" if small in _ADDRESS_LEFT_OUT else small


def extra_rows(path: Path) -> Iterator[Row]:
    """Rows that another tagger marked: {"text", "group", "spans": [[start, end, label, subtype]], "weight"} a line,
    or "soft": a list of probabilities of all tags for each character instead of "spans".
    """
    for number, row in read_lines(path):
        spans = tuple(Span(*span) for span in row.get("spans", ()))
        soft = np.array(row["soft"], np.float32) if "soft" in row else None
        yield Row(
            Tagged(row["text"], spans), MAIN, str(row.get("group", f"{path.name}-{number}")),
            float(row.get("weight", 0.5)), int(row.get("title_length", 0)), soft,
        )  # fmt: skip


def write_extra(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write rows as ``extra_rows`` reads them."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
