"""The nouns of a table: rows, rows that cannot be read, where rows come from and where they go."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TypeAlias

from appealnlp.errors import TableError

Cell: TypeAlias = Any
"""A value as its format has it: text, number, time, nothing, or what JSON and parquet nest."""
Schema: TypeAlias = Any
"""The column types of a typed format; only a sink of that format looks into it."""

Place: TypeAlias = Path | str
"""What an error names: a file, or the address of a database table."""

HALF_CHARACTER = re.compile("[\ud800-\udfff]")
"""A lone surrogate: what an undecodable byte is read as, or half of a character in a JSON escape."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row; ``number`` is the line (csv, jsonl) or row (xlsx, parquet) of the file where it begins, from 1."""

    number: int
    values: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used. ``reason`` never repeats what the citizen wrote."""

    number: int
    reason: str
    id: Cell = None


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What the caller knows about the file: None is found out.

    ``header_row`` is the row (from 1) of the column names where a title stands above them in a csv or xlsx file.
    ``all_columns`` asks for every column that any row has, where a format does not name them at its beginning.
    """

    encoding: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    all_columns: bool = False


@dataclass(slots=True)
class Source:
    """An open table. ``rows`` can be walked once; ``share`` tells how much of the file has been read (0 to 1).

    ``schema`` holds the column types of a typed format, for a sink of the same format. ``identity`` reads all of the
    table and says which one it is; ``stamp`` says at once whether it has been written to.
    """

    columns: tuple[str, ...]
    rows: Iterator[Row | BadRow]
    close: Callable[[], None]
    share: Callable[[], float | None] = lambda: None
    schema: Schema = None
    identity: Callable[[], Mapping[str, Cell]] = dict
    stamp: Callable[[], object] = lambda: None

    def __enter__(self) -> Source:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Column:
    """A column to be written; ``kind`` is the type of its values, None where they come from another table."""

    name: str
    kind: type | None = None


class Sink(Protocol):
    """Writes rows in one format; either ``finish`` or ``abandon`` ends it, neither closes the file below."""

    def write(self, values: Mapping[str, Cell]) -> None:
        """Write one row; raises InputError, having written nothing of it, where the format cannot hold a value."""

    def finish(self) -> None:
        """Write what is still held back; the file is whole afterwards."""

    def abandon(self) -> None:
        """Let go without caring for the file, which is about to be removed."""


def fault(path: Place, line: int | None, problem: str, remedy: str) -> TableError:
    """The error of a table: ``file: line N: problem; remedy``."""
    where = f"{path}: line {line}" if line is not None else str(path)
    return TableError(f"{where}: {problem}; {remedy}")


def check_header(path: Place, line: int, names: Sequence[object]) -> tuple[str, ...]:
    """The names of the columns; a blank name becomes column_5. Raises TableError for none or for two equal ones."""
    header = tuple(cell_text(name).strip() or f"column_{place}" for place, name in enumerate(names, 1))
    if not any(cell_text(name).strip() for name in names):
        raise fault(path, line, "the header is missing", "write the names of the columns into the first row")
    if any(HALF_CHARACTER.search(name) for name in header):
        raise fault(path, line, "the header cannot be decoded", "name the encoding with --encoding")
    for place, name in enumerate(header, 1):
        first = header.index(name) + 1
        if first != place:
            raise fault(path, line, f"columns {first} and {place} have the same name {name[:30]!r}", "rename one")
    return header


def make_row(number: int, columns: Sequence[str], cells: Sequence[Cell]) -> Row | BadRow:
    """A row of cells in column order; cells beyond the header must be empty."""
    if any(cell not in (None, "") for cell in cells[len(columns) :]):
        return BadRow(number, f"{len(cells)} fields, the header has {len(columns)}; quote or mend the row")
    return check_row(Row(number, dict(zip(columns, cells, strict=False))))


def check_row(row: Row) -> Row | BadRow:
    """The row, or why it cannot be used: a cell that holds half a character."""
    for name, value in row.values.items():
        if isinstance(value, str) and HALF_CHARACTER.search(value):
            problem = f"field {name[:30]!r} has bytes that cannot be decoded"
            return BadRow(row.number, f"{problem}; mend it or give --encoding")
    return row


def cell_text(value: object) -> str:
    """A value as a table without types shows it: ISO 8601 for a time, JSON for what is nested, hex for bytes."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))  # spreadsheets keep 441302 as 441302.0
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).hex()
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=cell_text)
    return str(value)
