"""台账: the ledgers as an office keeps them, a sheet each; every row that goes in stands in exactly one sheet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from appealnlp.analysis import Analysis
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
_OF_ROW = ("serial", "number", "received_at", "blank")
"""What no analysis tells."""


class Ledger:
    """The cells and sheets of one policy."""

    def __init__(self, policy: Policy, scheme: Scheme) -> None:
        self._others, self._scheme = policy.ledger.others, scheme  # not the policy, which cannot go to other processes
        self._names = {row.code: row.name for row in scheme.ledgers}
        self.columns = policy.ledger.columns
        self.rejects = policy.ledger.rejects

    def sheets(self) -> tuple[str, ...]:
        """Names of the sheets: the ledgers of the scheme, what is in none, what could not be analysed."""
        return (*self._names.values(), self._others, self.rejects)

    def sheet_of(self, found: Analysis) -> str:
        """The sheet to which an appeal belongs."""
        known = self._names.get(found.ledger or "") if found.is_appeal else None
        return known or self._others

    def keep(self, found: Analysis) -> dict[str, Any]:
        """The sheet of an analysis and the cells that it fills, as plain values. Personal data are masked."""
        values = (column.value for column in self.columns)
        return {"sheet": self.sheet_of(found), "cells": {v: self._cell(v, found) for v in values if v not in _OF_ROW}}

    def _cell(self, value: str, found: Analysis) -> _Value:
        if value.startswith("step:"):
            step = value.removeprefix("step:")
            return next((item.due for item in found.route.deadlines if item.step == step and item.due), None)
        return VALUES[value](found, self._scheme)

    def cells(self, serial: int, kept: Mapping[str, Any]) -> list[Any]:
        """One row of its sheet."""
        known = {**kept["cells"], "serial": serial, "number": kept["number"], "received_at": kept["received_at"]}
        return [_moment(column.value, known.get(column.value)) for column in self.columns]


def _moment(column: str, value: _Value) -> _Value:
    return datetime.fromisoformat(value) if column.startswith("step:") and value else value


class Sheets:
    """The workbook while it is written, and how many rows stand in each sheet."""

    def __init__(self, ledger: Ledger, counts: Counter[str]) -> None:
        from openpyxl import Workbook  # here, since importing the library must stay fast

        self._ledger, self._counts = ledger, counts
        self.book: _Book = Workbook(write_only=True)
        self._sheets = {name: self._sheet(name) for name in ledger.sheets()}
        self._counts.update(dict.fromkeys(self._sheets, 0))

    def add(self, kept: Mapping[str, Any]) -> None:
        """One analysed row."""
        name = kept["sheet"]
        self._counts[name] += 1
        _append(self._sheets[name], self._ledger.cells(self._counts[name], kept))

    def reject(self, number: int, reason: str) -> None:
        """One row that could not be analysed."""
        self._counts[self._ledger.rejects] += 1
        _append(self._sheets[self._ledger.rejects], [number, reason])

    def _sheet(self, name: str) -> _Sheet:
        from openpyxl.utils import get_column_letter

        columns = _REJECTED if name == self._ledger.rejects else self._ledger.columns
        sheet = self.book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for place, column in enumerate(columns, 1):
            sheet.column_dimensions[get_column_letter(place)].width = column.width
        _append(sheet, [column.name for column in columns], bold=True)
        return sheet


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
    "notice": lambda a, s: a.notice(),
}
"""What a column may show, beside serial, number, received_at, blank and ``step:NAME`` (when that step is due)."""
