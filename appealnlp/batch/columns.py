"""Which column of a table is the text, the title, the number, the time, the area; and the appeal of a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from uuid import UUID

from appealnlp.appeal import Appeal, parse_moment
from appealnlp.batch.table import Cell, Place, Row, cell_text, fault
from appealnlp.errors import InputError
from appealnlp.text.headings import fold_heading

ROLES = ("text", "title", "id", "received_at", "area")
_PLAIN = (int, float, Decimal, UUID)
"""Of what a key may be made, besides text."""


@cache
def known_names() -> Mapping[str, tuple[str, ...]]:
    """The names under which each role is known, as columns.yaml lists them, folded."""
    import yaml  # here, since importing the library must stay fast

    source = (Path(__file__).parent / "columns.yaml").read_text(encoding="utf-8")
    lists: dict[str, list[str]] = yaml.safe_load(source)
    return {role: tuple(fold_heading(str(name)) for name in lists[role]) for role in ROLES}


@dataclass(frozen=True, slots=True)
class Roles:
    """The column of each role; None where the table has none."""

    text: str | None
    title: str | None = None
    id: str | None = None
    received_at: str | None = None
    area: str | None = None

    @classmethod
    def find(cls, path: Place, columns: Sequence[str], given: Mapping[str, str] | None = None) -> Roles:
        """Take the ``given`` columns, guess the others. A given name of "" says that there is no such column.

        Raises TableError when a given column does not exist, or when no text and no title can be found.
        """
        given = given or {}
        found = {role: _pick(path, role, columns, given.get(role)) for role in ROLES}
        if found["text"] is None:
            problem = f"no column of appeals; the columns are {_listed(columns)}"
            raise fault(path, None, problem, "name it with --text-column; a table needs a header row")
        return cls(**found)

    def given_columns(self) -> dict[str, str]:
        """Role and column of what the table has."""
        return {role: name for role in ROLES if (name := getattr(self, role)) is not None}

    def identity(self, row: Row) -> Cell:
        """The value of the id column as the table has it."""
        return row.values.get(self.id) if self.id is not None else None

    def received(self, row: Row) -> datetime | None:
        """When the row came in, None where that is not told or cannot be read."""
        return _moment(row.values.get(self.received_at) if self.received_at else None)[0]

    def appeal(self, row: Row) -> tuple[Appeal, bool]:
        """The appeal of a row, and whether its time could be read; one that cannot is left out of the appeal.

        Raises InputError, without repeating what the citizen wrote.
        """
        moment, readable = _moment(row.values.get(self.received_at) if self.received_at else None)
        text = _text("text", self.text, row)
        title, area, id_ = (_text(role, getattr(self, role), row) for role in ("title", "area", "id"))
        return Appeal(text or "", title or None, moment, area or None, id_ or None), readable


def _pick(path: Place, role: str, columns: Sequence[str], wanted: str | None) -> str | None:
    if wanted == "":
        return None
    if wanted is not None and wanted not in columns:
        option = f"--{role.replace('_', '-')}-column"
        raise fault(path, None, f"no column {wanted!r}; the columns are {_listed(columns)}", f"mend {option}")
    folded = {fold_heading(name): name for name in reversed(columns)}
    return wanted or next((folded[name] for name in known_names()[role] if name in folded), None)


def _listed(columns: Sequence[str], most: int = 30) -> str:
    """The names, each cut short: where the header is missing they are what a citizen wrote."""
    names = [name if len(name) <= 12 else f"{name[:12]}…" for name in columns[:most]]
    return ", ".join(names) + (", …" if len(columns) > most else "") or "(none)"


def _text(role: str, column: str | None, row: Row) -> str | None:
    value = row.values.get(column) if column is not None else None
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, _PLAIN) and not isinstance(value, bool):
        return cell_text(value)
    raise InputError(f"field {column!r} ({role}) must be text, found {type(value).__name__}; mend the row")


def _moment(value: Cell) -> tuple[datetime | None, bool]:
    if value is None or value == "":
        return None, True
    if isinstance(value, datetime):
        return value, True
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day), True
    try:
        return (parse_moment(value), True) if isinstance(value, str) else (None, False)
    except InputError:
        return None, False
