"""Gathers everything that models learn from into files that hold the texts; they stay out of the repository.

    python -m appealnlp_training.prepare --shared ../shared --corpora corpora --out runs/data

Writes train.jsonl (labelled after the guideline, or by their publishers), own.jsonl (our own appeals alone) and
dev.jsonl (gold/dev, for measuring). No group of gold/dev is in train.jsonl.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from appealnlp.schemes import shipped
from appealnlp_training.corpus import published, read_labels
from appealnlp_training.records import Record, read_lines, write_records
from appealnlp_training.settled import read_settled, settle

_GOLD = ("type", "type_alt", "target", "topic", "urgency", "urgency_evidence", "flags", "department", "department_also",
         "headcount", "entities", "sure")  # fmt: skip
NEWS_EVERY = 4
_OWN = ("type", "type_alt", "target", "topic", "topic3", "urgency", "urgency_evidence", "flags", "department",
        "department_also", "headcount", "entities", "sure")  # fmt: skip
PUBLISHER_LABEL = {"messages_topic": "topic", "fuzhou12345": "type", "board_gas": "type"}
"""Auxiliary heads: the file whose publisher's labels each one follows, and the field that holds them."""


def gold(path: Path) -> list[Record]:
    """The records of a gold file."""
    rows = (row for _, row in read_lines(path))
    return [
        Record(id=row["id"], group=str(row["group"]), origin="gold", title=row.get("title") or "", text=row["text"],
               **{key: row[key] for key in _GOLD if row.get(key) is not None})
        for row in rows
    ]  # fmt: skip


def own(folder: Path) -> list[Record]:
    """Our own appeals: every jsonl of the folder. A pair of twins is one group."""
    return [_own(row, path.stem) for path in sorted(folder.glob("*.jsonl")) for _, row in read_lines(path)]


def _own(row: dict[str, Any], file: str) -> Record:
    group = f"own-{file}-pair-{row['pair']}" if "pair" in row else str(row["id"])
    labels = {key: row[key] for key in _OWN if row.get(key) is not None}
    return Record(id=row["id"], group=group, origin="own", title=row.get("title") or "", text=row["text"], **labels)


def source_labels(row: dict[str, Any]) -> dict[str, str]:
    """The publisher's label of an appeal, by the auxiliary head that it trains."""
    key = PUBLISHER_LABEL.get(row["file"])
    return {row["file"]: str(row[key])} if key and row.get(key) else {}


def news(shared: Path, every: int = NEWS_EVERY) -> list[Record]:
    """Texts that are no appeals: one in ``every`` sentences of the news sets, alone or strung together to an article.

    The sentences left out are for measuring.
    """
    label = next(iter(shipped().no_appeal))
    found: list[Record] = []
    for name, sentences in news_sentences(shared).items():
        taken = sentences[::every]
        rng = random.Random(name)
        place = 0
        while place < len(taken):
            count = rng.choice((1, 1, 1, 1, 3, 12, 40))
            text = "".join(taken[place : place + count])
            found.append(Record(f"{name}-{place}", f"{name}-{place}", "news", "", text, type=label))
            place += count
    return found


def news_sentences(shared: Path) -> dict[str, list[str]]:
    """Sentences of the news and résumé sets, by the name of their file."""
    folder = shared / "data" / "ner"
    found = {"cluener": [str(row["text"]) for _, row in read_lines(folder / "cluener_train.jsonl")]}
    for name in ("peoples_daily_a.bio", "resume_train.bmes"):
        blocks = (folder / name).read_text("utf-8").split("\n\n")
        found[name] = ["".join(line[:1] for line in block.splitlines() if line) for block in blocks if block.strip()]
    return found


def gather(shared: Path, corpora: Path) -> tuple[list[Record], list[Record]]:
    """Training and measuring records: labels that were read, then every other published appeal with what it has."""
    dev = gold(shared / "data" / "gold" / "dev.jsonl")
    held = {record.group for record in dev}
    appeals = published(shared)
    labelled = [*gold(shared / "data" / "gold" / "train.jsonl")]
    for path in sorted((corpora / "labels").glob("appeals*.jsonl")):
        labelled += read_labels(path, shared)
    settled = read_settled(corpora / "labels" / "settled.jsonl")
    labelled = [settle(record, settled.get(record.id, ())) for record in labelled]
    labelled = [_with_source(record, appeals) for record in labelled if record.group not in held]
    seen = {record.id for record in labelled}
    others = [
        Record(id=row["id"], group=str(row["group"]), origin="published", title=row["title"], text=row["text"],
               source=source_labels(row))
        for row in appeals.values()
        if row["id"] not in seen and str(row["group"]) not in held
    ]  # fmt: skip
    return [*labelled, *own(corpora / "own"), *news(shared), *others], [_with_source(record, appeals) for record in dev]


def _with_source(record: Record, appeals: dict[str, dict[str, Any]]) -> Record:
    row = appeals.get(record.id)
    return Record(**{**record.__dict__, "source": source_labels(row)}) if row else record


def report(records: Iterable[Record]) -> str:
    """How many records of each origin there are."""
    return ", ".join(f"{count} {origin}" for origin, count in Counter(record.origin for record in records).items())


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="folder of the shared public data")
    parser.add_argument("--corpora", type=Path, default=Path("corpora"))
    parser.add_argument("--out", type=Path, default=Path("runs/data"))
    options = parser.parse_args()
    train, dev = gather(options.shared, options.corpora)
    write_records(options.out / "train.jsonl", train)
    write_records(options.out / "dev.jsonl", dev)
    write_records(options.out / "own.jsonl", [record for record in train if record.origin == "own"])
    print(f"train.jsonl: {report(train)}\ndev.jsonl: {report(dev)}")


if __name__ == "__main__":
    main()
