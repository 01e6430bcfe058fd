"""xlsx: one sheet, read and written a row at a time."""

from __future__ import annotations

import contextlib
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias
from xml.etree.ElementTree import ParseError

from appealnlp.batch.steadyzip import EPOCH, SteadyZip
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
from appealnlp.errors import InputError, TableError

if TYPE_CHECKING:
    from openpyxl import Workbook

_Sheet: TypeAlias = Any
"""A read-only sheet, whose methods the type stubs of openpyxl do not describe."""
MAX_ROWS = 1_048_576
MAX_CELL = 32_767
"""UTF-16 units that a cell holds."""

_BROKEN = (zipfile.BadZipFile, zlib.error, ParseError, KeyError, ValueError, EOFError, TypeError, AttributeError)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TO_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
"""How a workbook writes a character that XML would change; openpyxl leaves it as it is."""
_WIDTHS = (10, 40)
"""Least and most characters that a column shows."""


def read_xlsx(path: Path, options: ReadOptions) -> Source:
    """Open the first sheet of a workbook, or the one that is named. Raises TableError."""
    book = _open(path)
    try:
        sheet = _sheet(path, book, options.sheet)
        total = sheet.max_row
        sheet.reset_dimensions()  # what a file says of its own size is often wrong
        numbered = enumerate(_cells(path, sheet), 1)
        at, columns = _header(path, numbered, options.header_row)
    except BaseException:
        book.close()
        raise
    place = [at]
    return Source(columns, _rows(numbered, columns, place), book.close, share=lambda: _share(place[0], total))


def _share(place: int, total: int | None) -> float | None:
    return min(1.0, place / total) if total and total > 1 else None


def _open(path: Path) -> Workbook:
    from openpyxl import load_workbook  # here, since reading csv should not pay for it
    from openpyxl.utils.exceptions import InvalidFileException

    if path.is_dir():
        raise fault(path, None, "is a folder", "give a file")
    try:
        return load_workbook(path, read_only=True, data_only=True)
    except FileNotFoundError:
        raise fault(path, None, "no such file", "check the path") from None
    except OSError as error:
        raise fault(path, None, f"cannot be read ({error.strerror})", "check path and permissions") from None
    except (InvalidFileException, *_BROKEN):
        problem = "is no xlsx workbook (an old .xls, damaged, or protected by a password)"
        raise fault(path, None, problem, "open it and save it as .xlsx without a password") from None


def _sheet(path: Path, book: Workbook, name: str | None) -> _Sheet:
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if name is None and sheets:
        return next(iter(sheets.values()))
    if name not in sheets:
        raise fault(path, None, f"no sheet {name!r}", f"the sheets are {', '.join(sheets) or '(none)'}")
    return sheets[name]


def _cells(path: Path, sheet: _Sheet) -> Iterator[tuple[Cell, ...]]:
    count = 0
    try:
        for cells in sheet.iter_rows(values_only=True):
            count += 1
            yield tuple(_unescaped(cell) if isinstance(cell, str) and "_x" in cell else cell for cell in cells)
    except _BROKEN as error:
        problem = f"the workbook is damaged after row {count} ({type(error).__name__})"
        raise fault(path, None, problem, "open it and save it anew") from None


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _escaped(text: str) -> str:
    kept = _TO_ESCAPE.sub("_x005F_", _ILLEGAL.sub("", text))
    return kept.replace("\r", "_x000D_")


def _filled(cells: Sequence[Cell]) -> int:
    return sum(cell not in (None, "") for cell in cells)


def _header(
    path: Path, numbered: Iterator[tuple[int, tuple[Cell, ...]]], wanted: int | None
) -> tuple[int, tuple[str, ...]]:
    for at, cells in numbered:
        if at >= (wanted or 1) and _filled(cells):
            return at, check_header(path, at, _trim(cells))
    raise fault(path, None, "the sheet is empty", "give a sheet with a header and rows")


def _trim(cells: Sequence[Cell]) -> list[Cell]:
    kept = list(cells)
    while kept and kept[-1] in (None, ""):
        kept.pop()
    return kept


def _rows(
    numbered: Iterator[tuple[int, tuple[Cell, ...]]], columns: Sequence[str], place: list[int]
) -> Iterator[Row | BadRow]:
    for number, cells in numbered:
        place[0] = number
        if _filled(cells):
            yield make_row(number, columns, [*cells, *[None] * (len(columns) - len(cells))])


def _cell(value: Cell) -> Cell:
    """A number or time as it is; anything else as text that the format can hold."""
    if isinstance(value, Decimal) and value.is_finite():
        return float(value)  # a sum of money of a database, with which a spreadsheet can go on
    if isinstance(value, bool | int | float | date):
        return value.replace(tzinfo=None) if isinstance(value, datetime) else value
    return _escaped(cell_text(value)) if value is not None else None


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


class XlsxSink:
    """Writes one sheet with a frozen header; text stays text, so that no cell is ever a formula."""

    def __init__(self, file: BinaryIO, columns: Sequence[Column], schema: Schema = None) -> None:
        from openpyxl import Workbook
        from openpyxl.utils import get_column_letter

        self._file, self._names = file, [column.name for column in columns]
        self._book = Workbook(write_only=True)
        self._sheet = self._book.create_sheet("appeals")
        self._sheet.freeze_panes = "A2"
        for place, column in enumerate(columns, 1):
            self._sheet.column_dimensions[get_column_letter(place)].width = _width(column.name)
        _keep_beside(file, self._sheet)
        self._count = 0
        self._append([_cell(name) for name in self._names], bold=True)

    def write(self, values: Mapping[str, Cell]) -> None:
        """Write one row; raises InputError for a text longer than a cell, TableError when the sheet is full."""
        cells = [_cell(values.get(name)) for name in self._names]
        for name, cell in zip(self._names, cells, strict=True):
            if isinstance(cell, str) and _units(cell) > MAX_CELL:
                raise InputError(f"field {name[:30]!r} is longer than an xlsx cell holds ({MAX_CELL}); write csv")
        if self._count >= MAX_ROWS:
            raise TableError(f"an xlsx sheet holds {MAX_ROWS} rows; write csv, or split the table")
        self._append(cells)

    def _append(self, values: Sequence[Cell], bold: bool = False) -> None:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Font

        cells = [WriteOnlyCell(self._sheet, value) for value in values]
        for cell in cells:
            if isinstance(cell.value, str):
                cell.data_type = "s"  # "=1+1" is what somebody wrote, no formula
            if bold:
                cell.font = Font(bold=True)
        self._sheet.append(cells)
        self._count += 1

    def finish(self) -> None:
        """Put the workbook together in the file; the same rows give the same bytes, whatever the time is."""
        from openpyxl.writer.excel import ExcelWriter

        self._book.properties.created = self._book.properties.modified = EPOCH
        with SteadyZip(self._file, "w", zipfile.ZIP_DEFLATED) as archive:
            ExcelWriter(self._book, archive).save()

    def abandon(self) -> None:
        """Remove the temporary file in which openpyxl keeps the sheet until it is saved."""
        with contextlib.suppress(Exception):
            self._sheet.close()
            self._sheet._writer.cleanup()


def _keep_beside(file: BinaryIO, sheet: _Sheet) -> None:
    """Let the temporary file of a sheet lie beside its draft, not in a shared folder where a crash would leave it."""
    from openpyxl.worksheet import _writer

    name = getattr(file, "name", None)
    if isinstance(name, str):
        path = f"{name}.sheet"
        _writer.ALL_TEMP_FILES.append(path)
        sheet._writer = _writer.WorksheetWriter(sheet, path)
        sheet._writer.write_top()


def _width(name: str) -> int:
    shown = sum(2 if character > "\u2e7f" else 1 for character in name) + 2
    return max(_WIDTHS[0], min(_WIDTHS[1], shown))
