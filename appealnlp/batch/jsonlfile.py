"""jsonl: one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO, TextIO

from appealnlp.batch.table import BadRow, Cell, Column, ReadOptions, Row, Schema, Source, cell_text, check_row, fault
from appealnlp.batch.textfile import MARK, open_text
from appealnlp.errors import InputError

_PEEK = 200
"""Rows from which the names of the columns are taken where not all are asked for."""


def read_jsonl(path: Path, options: ReadOptions) -> Source:
    """Open a jsonl file. Raises TableError; a line that is no object becomes a BadRow."""
    file = open_text(path, options.encoding)
    try:
        _refuse_array(path, file)
        size = path.stat().st_size
        rows = _rows(file)
        head = list(islice(rows, _PEEK))
        columns = _columns(path, options.encoding) if options.all_columns else _names(head)
    except BaseException:
        file.close()
        raise
    return Source(columns, chain(head, rows), file.close, share=lambda: file.buffer.tell() / size)


def _refuse_array(path: Path, file: TextIO) -> None:
    first = file.read(200).lstrip()
    file.seek(0)
    if first.startswith("["):
        raise fault(path, 1, "holds one JSON array", "write one object a line, e.g. with jq -c '.[]'")


def _columns(path: Path, encoding: str | None) -> tuple[str, ...]:
    with open_text(path, encoding) as file:
        return _names(_rows(file))


def _names(rows: Iterable[Row | BadRow]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for row in rows:
        if isinstance(row, Row):
            names.update(dict.fromkeys(row.values))
    return tuple(names)


def _rows(file: TextIO) -> Iterator[Row | BadRow]:
    for number, line in enumerate(_lines(file), 1):
        if line.strip():
            yield _row(number, line)


def _lines(file: TextIO) -> Iterator[str]:
    """Lines ended by a line feed alone: a bare carriage return is blank space in JSON, not the end of a record."""
    held = ""
    for piece in file:
        held += piece
        if piece.endswith("\n"):
            yield held
            held = ""
    if held:
        yield held


def _row(number: int, line: str) -> Row | BadRow:
    if MARK in line:
        return BadRow(number, "the line has bytes that cannot be decoded; mend it or give --encoding")
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        place = f" at column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        return BadRow(number, f"the line is not valid JSON{place}; mend it")
    if not isinstance(record, dict):
        return BadRow(number, f"the line is a JSON {type(record).__name__}; write an object with a field 'text'")
    return check_row(Row(number, record))


class JsonlSink:
    """Writes one object a line in UTF-8, half characters as escapes, so that every line can be read again."""

    def __init__(self, file: BinaryIO, columns: Sequence[Column] = (), schema: Schema = None) -> None:
        self._file = file

    def write(self, values: Mapping[str, Cell]) -> None:
        """Write one record; raises InputError for a value that JSON cannot hold."""
        try:
            line = json.dumps(values, ensure_ascii=False, default=cell_text)
        except (TypeError, ValueError, RecursionError) as error:
            raise InputError(f"the record cannot be written as JSON ({type(error).__name__}); mend it") from None
        self._file.write(line.encode("utf-8", "backslashreplace") + b"\n")

    def finish(self) -> None:
        """Nothing is held back."""

    def abandon(self) -> None:
        """Nothing is held back."""
