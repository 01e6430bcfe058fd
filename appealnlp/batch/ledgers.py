"""台账: tagging into a workbook with a sheet a ledger, resumable as any output; every row in exactly one sheet."""

from __future__ import annotations

import contextlib
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from appealnlp.analysis import Analysis
from appealnlp.batch.columns import Roles
from appealnlp.batch.draft import Draft, check_target, writing
from appealnlp.batch.ends import FileEnding
from appealnlp.batch.steadyzip import EPOCH, SteadyZip
from appealnlp.batch.table import BadRow, Cell, Column, Place, Row, Schema, fault
from appealnlp.errors import InputError
from appealnlp.route.ledger import Ledger, Sheets


class LedgerEnd:
    """An xlsx file of ledgers."""

    nested = False

    def __init__(self, path: Path, ledger: Ledger) -> None:
        """Raises InputError for another extension."""
        if path.suffix.lower() != ".xlsx":
            raise InputError(f"--ledger writes xlsx, not {path.suffix or path.name!r}; name OUT.xlsx")
        self.place: Place = path
        self.anchor = path
        self.ledger = ledger
        self.counts: Counter[str] = Counter()

    def check(self, source: Place, overwrite: bool) -> None:
        """Raises TableError when its folder is missing, or something is there that must stay."""
        check_target(source, self.anchor, overwrite)
        if not self.anchor.resolve().parent.is_dir():
            raise fault(self.place, None, f"no folder {self.anchor.resolve().parent}", "make it first")

    def layout(self, roles: Roles) -> LedgerLayout:
        """How a row is laid out."""
        return LedgerLayout(self.ledger, roles)

    def open(self, folder: Path, columns: Sequence[Column], schema: Schema) -> FileEnding:
        """Begin a draft; what it holds is its own affair, whatever the columns of the table."""
        draft = Draft(self.anchor, folder)
        with writing(self.place):
            return FileEnding(draft, LedgerSink(draft.file, self.ledger, self.counts))


class LedgerLayout:
    """Keeps the cells of an analysis (in a worker) and adds what only its row knows."""

    def __init__(self, ledger: Ledger, roles: Roles) -> None:
        self._ledger, self._roles = ledger, roles

    def keep(self, analysis: Analysis) -> dict[str, Any]:
        """The sheet and the cells that the analysis fills."""
        return self._ledger.keep(analysis)

    def record(self, row: Row, kept: Mapping[str, Any]) -> Mapping[str, Any]:
        """The same with row number and time of receipt."""
        return {**kept, "number": row.number, "received_at": self._roles.received(row)}


class LedgerSink:
    """Writes the sheets; rows that could not be analysed have one of their own."""

    def __init__(self, file: BinaryIO, ledger: Ledger, counts: Counter[str]) -> None:
        self._file, self._sheets = file, Sheets(ledger, counts)

    def write(self, values: Mapping[str, Cell]) -> None:
        """Write one row into the sheet of its ledger."""
        self._sheets.add(values)

    def reject(self, bad: BadRow) -> None:
        """Write one row that could not be analysed, with the reason."""
        self._sheets.reject(bad.number, bad.reason)

    def finish(self) -> None:
        """Put the workbook together; the same rows give the same bytes."""
        from openpyxl.writer.excel import ExcelWriter

        book = self._sheets.book
        book.properties.created = book.properties.modified = EPOCH
        with SteadyZip(self._file, "w", zipfile.ZIP_DEFLATED) as archive:
            ExcelWriter(book, archive).save()

    def abandon(self) -> None:
        """Close the temporary files of the sheets."""
        for sheet in self._sheets.book.worksheets:
            with contextlib.suppress(Exception):
                sheet.close()
                sheet._writer.cleanup()
