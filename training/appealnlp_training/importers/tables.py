"""Tables of appeals: the published spreadsheets, 12345 sheets, exports of message boards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from appealnlp.appeal import Appeal, parse_moment
from appealnlp.batch.columns import Roles
from appealnlp.batch.formats import format_of
from appealnlp.batch.table import BadRow, Cell, ReadOptions, Row, cell_text, fault
from appealnlp.errors import InputError, TableError
from appealnlp_training.importers.columns import find, pick
from appealnlp_training.importers.faults import Report, careful, good
from appealnlp_training.importers.formats import TableFormat
from appealnlp_training.importers.groups import Groups
from appealnlp_training.records import Record

_LONGEST_LABEL = 60
"""Code points: a longer cell is what somebody wrote, no label."""
LINE_ENDS = str.maketrans(dict.fromkeys("\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", "\n"))
"""Characters that some readers take for the end of a line, each made one that JSON escapes."""


@dataclass(frozen=True, slots=True)
class Message:
    """A record and what it has no field for: time (ISO 8601), area, likes, reply, ... as text, by name."""

    record: Record
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table by what they hold; the writer's name and number have no place here."""

    roles: Roles
    labels: Mapping[str, str]
    details: Mapping[str, str]

    @classmethod
    def find(cls, path: Path, format: TableFormat, columns: Sequence[str]) -> Columns:
        """The columns of a table of this format. Raises TableError naming one that is missing."""
        if format.guess:
            given = {role: found for role, names in format.columns.items() if (found := find(names, columns))}
            roles = Roles.find(path, columns, given)
            return cls(roles, _present(format.labels, columns), _present(format.details, columns))
        picked = {role: pick(path, names, columns, role) for role, names in format.columns.items()}
        labels = {head: pick(path, names, columns, head) for head, names in format.labels.items()}
        details = {name: pick(path, names, columns, name) for name, names in format.details.items()}
        return cls(Roles(**picked), labels, details)

    def __len__(self) -> int:
        return len(self.roles.given_columns()) + len(self.labels) + len(self.details)


def _present(known: Mapping[str, Sequence[str]], columns: Sequence[str]) -> dict[str, str]:
    return {name: found for name, names in known.items() if (found := find(names, columns)) is not None}


def score(path: Path, format: TableFormat, columns: Sequence[str]) -> int:
    """How many columns the format knows of a table with this header; 0 where it does not fit."""
    try:
        return len(Columns.find(path, format, columns))
    except TableError:
        return 0


def read_table(path: Path, format: TableFormat, report: Report | None = None) -> Iterator[Message]:
    """The messages of a table, streaming. Raises TableError naming row, column, value and remedy.

    With ``report`` a row at fault is left out and its error handed over. A table that is no such table always raises.
    """
    with format_of(path).read(path, ReadOptions(all_columns=True)) as source:
        reader = _Reader(path, format, Columns.find(path, format, source.columns))
        yield from careful(source.rows, reader.message, report)


class _Reader:
    """Turns rows into messages; knows the ids and groups it has given."""

    def __init__(self, path: Path, format: TableFormat, columns: Columns) -> None:
        self._path, self._format, self._columns = path, format, columns
        self._seen: dict[str, int] = {}
        self._groups = Groups("")

    def message(self, row: Row | BadRow) -> Message:
        """The message of a row. Raises TableError."""
        row = good(self._path, row)
        appeal = self._appeal(row)
        source = {head: label for head, name in self._columns.labels.items() if (label := self._label(row, name))}
        details = self._details(row, appeal)
        title, text, id_ = _clean(" ".join((appeal.title or "").split())), _clean(appeal.text), self._id(row, appeal)
        group = self._groups.of(f"{title}\n{text}", id_)
        record = Record(id=id_, group=group, origin="published", title=title, text=text, source=source)
        return Message(record, details)

    def _appeal(self, row: Row) -> Appeal:
        roles = self._columns.roles
        try:
            appeal, readable = roles.appeal(row)
        except InputError as error:
            problem, _, remedy = str(error).rpartition("; ")
            raise fault(self._path, row.number, f"field {roles.text!r}: {problem}", remedy) from None
        if not readable and not self._format.guess:
            raise self._wrong(row, str(roles.received_at), "no moment", "write 2024/5/1 9:30, or empty the cell")
        if not appeal.text.strip():
            raise fault(self._path, row.number, f"field {roles.text!r} is empty", "give what the citizen wrote")
        return appeal

    def _id(self, row: Row, appeal: Appeal) -> str:
        given = (appeal.id or "").strip()
        id_ = f"{self._format.prefix}{given or f'{self._path.stem}-row-{row.number}'}"
        if (first := self._seen.setdefault(id_, row.number)) != row.number:
            problem = f"field {self._columns.roles.id!r}: id {given!r} stands in line {first} already"
            raise fault(self._path, row.number, problem, "remove the second row, or number it")
        return id_

    def _label(self, row: Row, column: str) -> str:
        label = cell_text(row.values.get(column)).strip()
        if len(label) > _LONGEST_LABEL or "\n" in label:
            problem = f"field {column!r}: {label[:12]!r}… has {len(label)} code points or several lines, no label"
            raise fault(self._path, row.number, problem, "check that the columns are in their places")
        return label

    def _details(self, row: Row, appeal: Appeal) -> dict[str, str]:
        found = {"time": appeal.received_at.isoformat() if appeal.received_at else "", "area": appeal.area or ""}
        found |= {name: self._detail(row, name, column) for name, column in self._columns.details.items()}
        return {name: value for name, value in found.items() if value}

    def _detail(self, row: Row, name: str, column: str) -> str:
        value: Cell = row.values.get(column)
        text = cell_text(value).strip()
        if name in self._format.numbers and text and not text.isdecimal():
            raise self._wrong(row, column, "no whole number", "write digits, or empty the cell")
        if name in self._format.times and text:
            return self._time(row, column, value)
        return _clean(text)

    def _time(self, row: Row, column: str, value: Cell) -> str:
        if isinstance(value, date):
            return value.isoformat() if isinstance(value, datetime) else f"{value.isoformat()}T00:00:00"
        try:
            return parse_moment(cell_text(value)).isoformat()
        except InputError:
            if self._format.guess:
                return ""
            raise self._wrong(row, column, "no moment", "write 2024/5/1 9:30, or empty the cell") from None

    def _wrong(self, row: Row, column: str, problem: str, remedy: str) -> TableError:
        value = cell_text(row.values.get(column))[:30]
        return fault(self._path, row.number, f"field {column!r}: {value!r} is {problem}", remedy)


def _clean(text: str) -> str:
    """The text without blank space around it; line ends of every kind become \\n, so that a record stays one line."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(LINE_ENDS).strip()
