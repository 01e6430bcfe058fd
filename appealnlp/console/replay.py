"""Analyses the appeals of a table again and compares with what an earlier run wrote, record by record."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appealnlp.appeal import Appeal
from appealnlp.batch.columns import Roles
from appealnlp.batch.ends import open_source
from appealnlp.batch.table import BadRow, ReadOptions, Row, fault
from appealnlp.errors import InputError

Replays = Callable[[Appeal, Mapping[str, Any]], tuple[str, ...]]


@dataclass(slots=True)
class Replayed:
    """How many records came out the same; ``differing`` names row and fields of the others, never a text."""

    same: int = 0
    differing: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    missing: int = 0
    """Appeals of the table without a record: rows that were rejected."""


def replay_table(
    table: str, records: Path, columns: Mapping[str, str], read: ReadOptions, replays: Replays
) -> Replayed:
    """Replay the records of ``tag`` (jsonl) for the appeals of ``table``, by id where it has one, else in order.

    Raises TableError, InputError where a file cannot be read or a line is no record.
    """
    kept = list(_records(records))
    out = Replayed()
    with open_source(table, read) as source:
        roles = Roles.find(table, source.columns, columns)
        by_id = {str(record.get("id")): record for record in kept} if roles.id is not None else None
        if by_id is not None and len(by_id) != len(kept):
            raise fault(records, None, "two records have the same id", "replay a table whose ids are unique")
        following = iter(kept)
        for row in source.rows:
            appeal = _appeal(row, roles)
            if appeal is None or isinstance(row, BadRow):
                continue
            record = next(following, None) if by_id is None else by_id.pop(str(roles.identity(row)), None)
            if record is None:
                out.missing += 1
            elif unlike := replays(appeal, record["analysis"]):
                out.differing.append((row.number, unlike))
            else:
                out.same += 1
    return out


def _appeal(row: Row | BadRow, roles: Roles) -> Appeal | None:
    if isinstance(row, BadRow):
        return None
    try:
        return roles.appeal(row)[0]
    except InputError:
        return None


def _records(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise fault(path, None, f"cannot be read ({type(error).__name__})", "name the jsonl that tag wrote") from None
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if not isinstance(record, dict) or not isinstance(record.get("analysis"), dict):
            raise fault(path, number, "is no record of an analysis", "name the jsonl that tag wrote")
        yield record
