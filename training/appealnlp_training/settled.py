"""Disagreements of two readings and doubted labels, settled in writing: a decision for a field, in the first's place.

A line of corpora/labels/settled.jsonl is {"id", "field", "value", "reason"}. The value of flags is {"add": {flag:
[start, end]}, "drop": [flag]}, relative to the first reading, offsets in the content; that of other fields the label.
"type_alt" follows a "type" whose other reading can be defended too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from appealnlp.errors import TableError
from appealnlp_training.records import LABELS, Record, read_lines

FIELDS = (*LABELS, "type_alt", "headcount", "flags")
Decision = tuple[str, Any]


def read_settled(path: Path) -> dict[str, list[Decision]]:
    """Decisions by the id of their appeal; empty where there is no such file. Raises TableError for unknown fields."""
    found: dict[str, list[Decision]] = defaultdict(list)
    for number, row in read_lines(path) if path.is_file() else ():
        if row.get("field") not in FIELDS:
            raise TableError(f"{path}:{number}: unknown field {row.get('field')!r}; use one of {', '.join(FIELDS)}")
        found[str(row["id"])].append((str(row["field"]), row["value"]))
    return dict(found)


def settle(record: Record, decisions: Sequence[Decision]) -> Record:
    """The record with the decided values. A unit that leads no longer stays among the defensible ones.

    A type that becomes the first is no longer the second, defensible one.
    """
    for field, value in decisions:
        if field == "flags":
            record = replace(record, flags=_flags(record, value))
        elif field == "department":
            also = dict.fromkeys([str(record.department), *record.department_also])
            record = replace(record, department=value, department_also=[unit for unit in also if unit != value])
        elif field == "type":
            record = replace(record, type=value, type_alt=None if record.type_alt == value else record.type_alt)
        else:
            record = replace(record, **{field: value})
    return record


def _flags(record: Record, value: Mapping[str, Any]) -> dict[str, str]:
    kept = {flag: words for flag, words in record.flags.items() if flag not in value["drop"]}
    return kept | {flag: record.content[start:end] for flag, (start, end) in value["add"].items()}
