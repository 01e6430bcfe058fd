"""csv and tsv: fields with line ends in quotes, the delimiter of the header, cells that no spreadsheet will execute."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from appealnlp.batch.table import (
    BadRow,
    Cell,
    Column,
    ReadOptions,
    Row,
    Schema,
    Source,
    cell_text,
    check_header,
    fault,
    make_row,
)
from appealnlp.batch.textfile import open_text

if TYPE_CHECKING:
    from _csv import Reader

FIELD_LIMIT = 2_000_000
"""Most characters of one field; ten times what an appeal may have, so that a longer one is an unclosed quote."""

_DELIMITERS = (",", "\t", ";", "|")
_RISKY = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?%?")


def read_csv(path: Path, options: ReadOptions, delimiter: str | None = None) -> Source:
    """Open a csv file; the delimiter is the one that splits the header into most columns. Raises TableError."""
    csv.field_size_limit(max(csv.field_size_limit(), FIELD_LIMIT))
    file = open_text(path, options.encoding)
    try:
        size = path.stat().st_size
        lines = _Lines(file)
        reader = csv.reader(lines, delimiter=delimiter or _delimiter(file, options.header_row))
        columns = _header(path, reader, options.header_row)
    except BaseException:
        file.close()
        raise
    rows = _rows(path, lines, reader, columns)
    return Source(columns, rows, file.close, share=lambda: file.buffer.tell() / size)


def read_tsv(path: Path, options: ReadOptions) -> Source:
    """Open a tsv file. Raises TableError."""
    return read_csv(path, options, delimiter="\t")


class _Lines:
    """The lines of a file; counts the quotes seen since ``quotes`` was last set to zero."""

    def __init__(self, file: TextIO) -> None:
        self.file, self.quotes = file, 0

    def __iter__(self) -> Iterator[str]:
        for line in self.file:
            self.quotes += line.count('"')
            yield line


def _delimiter(file: TextIO, header_row: int | None) -> str:
    lines = islice(iter(file.readline, ""), (header_row or 1) - 1, None)
    line = next((line for line in lines if line.strip()), "")
    file.seek(0)
    return max(_DELIMITERS, key=lambda mark: len(next(csv.reader([line], delimiter=mark), [])))


def _header(path: Path, reader: Reader, wanted: int | None) -> tuple[str, ...]:
    try:
        names: list[str] = next((cells for at, cells in enumerate(reader, 1) if cells and at >= (wanted or 1)), [])
    except csv.Error as error:
        raise fault(path, reader.line_num, f"the header cannot be read ({error})", "mend the first line") from None
    while len(names) > 1 and not names[-1].strip():
        names.pop()  # trailing delimiters, as spreadsheets leave them
    return check_header(path, reader.line_num or 1, names)


def _rows(path: Path, lines: _Lines, reader: Reader, columns: Sequence[str]) -> Iterator[Row | BadRow]:
    while True:
        start, lines.quotes = reader.line_num + 1, 0
        try:
            cells = next(reader, None)
        except csv.Error as error:
            problem = f"a field that begins here cannot be read ({error})"
            raise fault(path, start, problem, "look for a quote that is not closed") from None
        if cells is None:
            return
        if cells:
            yield _row(start, reader.line_num, lines.quotes, columns, cells)


def _row(start: int, end: int, quotes: int, columns: Sequence[str], cells: list[str]) -> Row | BadRow:
    if end > start and quotes % 2:
        return BadRow(start, f"lines {start} to {end} became one row, since a quote is not closed; mend the quotes")
    if len(cells) < len(columns):
        return BadRow(start, f"{len(cells)} fields, the header has {len(columns)}; quote or mend the row")
    return make_row(start, columns, cells)


def safe_cell(text: str) -> str:
    """The text with ' before it where a spreadsheet would take it for a formula; numbers such as -3.5 stay."""
    return f"'{text}" if text.startswith(_RISKY) and not _NUMBER.fullmatch(text) else text


class _Encoded:
    """What csv writes, as UTF-8 bytes; unlike a text wrapper it owns nothing that would have to be closed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        return self._file.write(text.encode("utf-8", "replace"))


class CsvSink:
    """Writes csv in UTF-8 with a mark, as Excel wants it."""

    delimiter = ","

    def __init__(self, file: BinaryIO, columns: Sequence[Column], schema: Schema = None) -> None:
        self._names = [column.name for column in columns]
        self._writer = csv.writer(_Encoded(file), delimiter=self.delimiter)
        file.write(b"\xef\xbb\xbf")
        self._writer.writerow([safe_cell(name) for name in self._names])

    def write(self, values: Mapping[str, Cell]) -> None:
        """Write one row; a column without a value stays empty."""
        self._writer.writerow([safe_cell(cell_text(values.get(name))) for name in self._names])

    def finish(self) -> None:
        """Nothing is held back."""

    def abandon(self) -> None:
        """Nothing is held back."""


class TsvSink(CsvSink):
    """Writes tsv in UTF-8 with a mark."""

    delimiter = "\t"
