"""台账: the ledgers as an office keeps them, a sheet each; every row that goes in stands in exactly one sheet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO, TypeAlias

from appealnlp.analysis import Analysis
from appealnlp.appeal import Appeal
from appealnlp.errors import AppealError, InputError
from appealnlp.route.policy import LedgerColumn, Policy
from appealnlp.schemes import Scheme

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MOST = 32_000
"""Characters of a cell; Excel holds 32,767 UTF-16 units, half of it where characters take two."""
_Value: TypeAlias = Any
"""What a cell shows: text, number, time or nothing."""
_Book: TypeAlias = Any
_Sheet: TypeAlias = Any
"""A write-only sheet, whose methods the type stubs of openpyxl do not describe."""
Entry = tuple[int, datetime | None, Analysis | str]
"""Row number of the table, when it came in, and its analysis or the reason why there is none."""


class Ledger:
    """The cells and sheets of one policy."""

    def __init__(self, policy: Policy, scheme: Scheme) -> None:
        self._policy, self._scheme = policy, scheme
        self._names = {row.code: row.name for row in scheme.ledgers}
        self._columns = policy.ledger.columns

    def sheets(self) -> tuple[str, ...]:
        """Names of the sheets: the ledgers of the scheme, what is in none, what could not be analysed."""
        return (*self._names.values(), self._policy.ledger.others, self._policy.ledger.rejects)

    def sheet_of(self, found: Analysis | str) -> str:
        """The sheet to which a row belongs."""
        if isinstance(found, str):
            return self._policy.ledger.rejects
        known = self._names.get(found.ledger or "") if found.is_appeal else None
        return known or self._policy.ledger.others

    def cells(self, serial: int, entry: Entry) -> list[Any]:
        """One row. Personal data are masked."""
        number, received, found = entry
        if isinstance(found, str):
            return [number, found]
        fixed = {"serial": serial, "number": number, "received_at": received, "blank": None}
        return [self._cell(column.value, fixed, found) for column in self._columns]

    def _cell(self, value: str, fixed: Mapping[str, Any], found: Analysis) -> _Value:
        if value in fixed:
            return fixed[value]
        if value.startswith("step:"):
            step = value.removeprefix("step:")
            due = next((item.due for item in found.route.deadlines if item.step == step and item.due), None)
            return datetime.fromisoformat(due) if due else None
        return VALUES[value](found, self._scheme)

    def write(self, file: BinaryIO, entries: Iterable[Entry]) -> Mapping[str, int]:
        """Write the workbook; rows by sheet. Raises AppealError where a row would be lost or doubled."""
        from openpyxl import Workbook  # here, since importing the library must stay fast

        book = Workbook(write_only=True)
        sheets = {name: self._sheet(book, name) for name in self.sheets()}
        counts: Counter[str] = Counter(dict.fromkeys(sheets, 0))
        read = 0
        for entry in entries:
            read += 1
            name = self.sheet_of(entry[2])
            counts[name] += 1
            _append(sheets[name], self.cells(counts[name], entry))
        if counts.total() != read:
            raise AppealError(f"{read} rows in, {counts.total()} in the ledgers; report it as a fault of appealnlp")
        book.save(file)
        return dict(counts)

    def _sheet(self, book: _Book, name: str) -> _Sheet:
        from openpyxl.utils import get_column_letter

        rejects = name == self._policy.ledger.rejects
        columns = _REJECTED if rejects else self._columns
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for place, column in enumerate(columns, 1):
            sheet.column_dimensions[get_column_letter(place)].width = column.width
        _append(sheet, [column.name for column in columns], bold=True)
        return sheet


def entries(
    rows: Iterable[Any], appeal_of: Callable[[Any], tuple[Appeal, bool]], analyze: Callable[[Appeal], Analysis]
) -> Iterator[Entry]:
    """Analyse the rows of a table, one entry each; a row with a ``reason`` is one that could not be read."""
    for row in rows:
        reason = getattr(row, "reason", None)
        if reason is not None:
            yield row.number, None, str(reason)
            continue
        try:
            appeal, _ = appeal_of(row)
            yield row.number, appeal.received_at, analyze(appeal)
        except InputError as error:
            yield row.number, None, str(error)


_REJECTED = (LedgerColumn("行号", "number", 8), LedgerColumn("原因", "blank", 60))


def _append(sheet: _Sheet, values: Sequence[Any], *, bold: bool = False) -> None:
    """Text stays text: "=1+1" is what somebody wrote, no formula."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font

    cells = [WriteOnlyCell(sheet, _plain(value)) for value in values]
    for cell in cells:
        if isinstance(cell.value, str):
            cell.data_type = "s"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        elif isinstance(cell.value, datetime):
            cell.number_format = "yyyy-mm-dd hh:mm"
        if bold:
            cell.font = Font(bold=True)
    sheet.append(cells)


def _plain(value: _Value) -> _Value:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if not isinstance(value, str):
        return value
    text = _ILLEGAL.sub("", value)
    return text if len(text) <= _MOST // 2 else f"{text[: _MOST // 2]}…"


def _units(found: Analysis, role: str) -> str:
    return "、".join(unit.name for unit in found.departments if unit.role == role)


def _name(labels: Mapping[str, Any], code: str) -> str:
    return str(labels[code].name) if code in labels else code


VALUES: Mapping[str, Callable[[Analysis, Scheme], Any]] = {
    "id": lambda a, s: a.id,
    "text": lambda a, s: a.masked(),
    "type": lambda a, s: _name(s.types, a.type.label),
    "topic": lambda a, s: "/".join(a.topic.path),
    "urgency": lambda a, s: _name(s.urgencies, a.urgency.label),
    "flags": lambda a, s: "、".join(dict.fromkeys(_name(s.flags, flag.flag) for flag in a.flags)),
    "scale": lambda a, s: a.scale,
    "headcount": lambda a, s: a.headcount,
    "gravity": lambda a, s: a.gravity,
    "level": lambda a, s: a.route.level,
    "area": lambda a, s: a.route.area,
    "lead": lambda a, s: _units(a, "lead"),
    "co": lambda a, s: _units(a, "co"),
    "mediation": lambda a, s: (a.route.mediation_body or {}).get("name"),
    "hints": lambda a, s: "；".join(a.route.hints),
    "review": lambda a, s: "；".join(a.review.reasons),
    "handoff": lambda a, s: "、".join(a.route.handoff),
}
"""What a column may show, beside serial, number, received_at, blank and ``step:NAME`` (when that step is due)."""
