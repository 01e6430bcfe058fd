"""Labels of our own on appeals that others published: only ids, labels and offsets are kept, never a text.

    python -m appealnlp_training.corpus import --shared ../shared --labels FILE ... --out corpora/labels/appeals.jsonl
    python -m appealnlp_training.corpus agree --first corpora/labels/appeals.jsonl --second corpora/labels/second.jsonl

``import`` turns labels with verbatim strings into labels with offsets; ``agree`` prints how well two readings agree.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from appealnlp.errors import TableError
from appealnlp_training.records import LABELS, Record, digest, read_lines

PLAIN = (
    "type",
    "type_alt",
    "target",
    "topic",
    "topic3",
    "urgency",
    "department",
    "department_also",
    "headcount",
    "sure",
)
APPEAL_FILES = ("messages_topic", "messages_likes", "messages_reply", "fuzhou12345", "board_gas")


def published(shared: Path) -> dict[str, dict[str, Any]]:
    """Every published appeal by id, with the name of its file under "file"."""
    found: dict[str, dict[str, Any]] = {}
    for name in APPEAL_FILES:
        for _, row in read_lines(shared / "data" / "appeals" / f"{name}.jsonl"):
            found[row["id"]] = {**row, "title": row.get("title") or "", "file": name}
    return found


def content_of(row: Mapping[str, Any]) -> str:
    """Title, line end and text of a published appeal."""
    return f"{row['title']}\n{row['text']}" if row.get("title") else str(row["text"])


def with_offsets(label: Mapping[str, Any], content: str, where: str) -> dict[str, Any]:
    """A label row with offsets for strings, and the digest of the text. Raises TableError for a string not there."""

    def span(text: str) -> list[int]:
        start = content.find(text)
        if start < 0 or not text:
            raise TableError(f"{where}: a labelled string is not in the text of {label['id']}; copy it verbatim")
        return [start, start + len(text)]

    row: dict[str, Any] = {"id": label["id"], "digest": digest(content)}
    row |= {key: label[key] for key in PLAIN if label.get(key) not in (None, [], True)}
    row["urgency_evidence"] = [span(text) for text in label.get("urgency_evidence", [])]
    row["flags"] = {flag: span(text) for flag, text in label.get("flags", {}).items()}
    row["entities"] = [[name, *span(text)] for name, text in label.get("entities", [])]
    return row


def with_strings(row: Mapping[str, Any], published_row: Mapping[str, Any], where: str) -> Record:
    """The record of a label row. Raises TableError when the text is not the one that was labelled."""
    content = content_of(published_row)
    if row["digest"] != digest(content):
        raise TableError(f"{where}: the text of {row['id']} has changed since it was labelled; label it again")
    return Record(
        id=row["id"], group=str(published_row["group"]), origin="read",
        title=published_row["title"], text=published_row["text"],
        urgency_evidence=[content[a:b] for a, b in row["urgency_evidence"]],
        flags={flag: content[a:b] for flag, (a, b) in row["flags"].items()},
        entities=[[name, content[a:b]] for name, a, b in row["entities"]],
        **{key: row[key] for key in PLAIN if key in row},
    )  # fmt: skip


def read_labels(path: Path, shared: Path) -> list[Record]:
    """The records of a label file, texts taken from the shared data."""
    appeals = published(shared)
    records = []
    for number, row in read_lines(path):
        if row.get("id") not in appeals:
            raise TableError(f"{path}:{number}: unknown id {row.get('id')!r}; it is not in the shared appeals")
        records.append(with_strings(row, appeals[row["id"]], f"{path}:{number}"))
    return records


def import_labels(files: Iterable[Path], shared: Path, out: Path) -> int:
    """Write the labels of ``files`` with offsets to ``out``, ordered by id; gives their number."""
    appeals = published(shared)
    rows = [
        with_offsets(label, content_of(appeals[label["id"]]), f"{path}:{number}")
        for path in files
        for number, label in read_lines(path)
    ]
    rows.sort(key=lambda row: str(row["id"]))
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return len(rows)


def agreement(first: Path, second: Path) -> dict[str, float]:
    """Share of equal labels per field, kappa, and F1 of flags and entities, over the ids that both hold.

    ``first`` may be a folder of files; in appeals of our own flags and entities are words in place of offsets.
    """
    files = sorted(first.glob("*.jsonl")) if first.is_dir() else [first]
    one = {row["id"]: row for file in files for _, row in read_lines(file)}
    pairs = [(one[row["id"]], row) for _, row in read_lines(second) if row["id"] in one]
    found: dict[str, float] = {"n": len(pairs)}
    for name in LABELS:
        same = sum(a[name] == b[name] for a, b in pairs) / len(pairs)
        chance = _chance([a[name] for a, _ in pairs], [b[name] for _, b in pairs])
        found[name], found[f"{name} kappa"] = same, (same - chance) / (1 - chance)
    found["department within the defensible"] = sum(
        a["department"] in (b["department"], *b.get("department_also", ())) for a, b in pairs
    ) / len(pairs)
    found["flags F1"] = _f1([(set(a.get("flags", ())), set(b.get("flags", ()))) for a, b in pairs])
    found["entities F1"] = _f1([(_spans(a), _spans(b)) for a, b in pairs])
    found["headcount"] = sum(a.get("headcount") == b.get("headcount") for a, b in pairs) / len(pairs)
    return found


def _spans(row: Mapping[str, Any]) -> set[tuple[Any, ...]]:
    return {(name.split(":")[0], *place) for name, *place in row.get("entities", ())}


def _chance(one: list[str], other: list[str]) -> float:
    return sum(one.count(label) * other.count(label) for label in set(one)) / len(one) ** 2


def _f1(pairs: Iterable[tuple[set[Any], set[Any]]]) -> float:
    hit = extra = missed = 0
    for a, b in pairs:
        hit, extra, missed = hit + len(a & b), extra + len(b - a), missed + len(a - b)
    return 2 * hit / max(1, 2 * hit + extra + missed)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    importing = commands.add_parser("import")
    importing.add_argument("--shared", type=Path, required=True)
    importing.add_argument("--labels", type=Path, nargs="+", required=True)
    importing.add_argument("--out", type=Path, required=True)
    agreeing = commands.add_parser("agree")
    agreeing.add_argument("--first", type=Path, required=True)
    agreeing.add_argument("--second", type=Path, required=True)
    options = parser.parse_args()
    if options.command == "import":
        print(f"{import_labels(options.labels, options.shared, options.out)} labelled appeals in {options.out}")
        return
    for name, value in agreement(options.first, options.second).items():
        print(f"{name:34} {value:.3f}" if name != "n" else f"{name:34} {value:.0f}")


if __name__ == "__main__":
    main()
