"""Finding the columns of a file by the names that formats.yaml lists."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

from appealnlp.batch.table import fault


def fold(name: str) -> str:
    """A column name without case, width, blanks, "_", "-" and ":"."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(character for character in plain if not character.isspace() and character not in "_-:")


def find(names: Sequence[str], columns: Sequence[str]) -> str | None:
    """The column that bears the first name which a table has; None where it has none."""
    by_name = {fold(column): column for column in reversed(columns)}
    return next((by_name[fold(name)] for name in names if fold(name) in by_name), None)


def pick(path: Path, names: Sequence[str], columns: Sequence[str], purpose: str) -> str:
    """As ``find``. Raises TableError where the table has none of the names."""
    found = find(names, columns)
    if found is None:
        listed = ", ".join(column if len(column) <= 12 else f"{column[:12]}…" for column in columns[:30])
        problem = f"no column {' or '.join(map(repr, names))} ({purpose}); the columns are {listed}"
        raise fault(path, None, problem, "give the file as it was published, or another --format")
    return found
