"""Public appeals, read as the matters part reads them, one of each near-duplicate group."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from appealnlp.appeal import Appeal
from appealnlp.matters.reading import Read, read


def one_a_group(folder: Path, leave_out: str) -> Iterator[Read]:
    """The first appeal of each group of every file but ``leave_out``, personal data hidden."""
    seen: set[object] = set()
    for path in sorted(folder.glob("*.jsonl")):
        if path.name == leave_out:
            continue
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if row["group"] not in seen:
                    seen.add(row["group"])
                    yield read(Appeal(row["text"], title=row.get("title") or None))
