"""The units of a city: those of the scheme and those of its own files, with names, duties, areas and dates."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from appealnlp.errors import SchemeError
from appealnlp.schemes import Department, Scheme

COLUMNS = ("name", "aliases", "code", "duties", "areas", "level", "valid_from", "valid_to", "parent", "successor")
"""Columns of a unit file; the first four matter, lists are split at ; or 、."""
_NEEDED = ("name", "code")


@dataclass(frozen=True, slots=True)
class UnitRecord:
    """A unit that appeals are sent to: a bureau, a unit below one, an enterprise, a school, a park, a town."""

    code: str
    name: str
    aliases: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    """Codes (or beginnings of codes) of the divisions it serves; empty: all."""
    level: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    parent: str | None = None
    successor: str | None = None
    """Who answers once it is abolished or merged (信访工作条例 art. 24)."""
    kind: str = "unit"
    former: tuple[tuple[str, int], ...] = ()
    """Names before, each with the year in which the duty moved."""
    known: bool = False
    """Whether the model learned it."""
    place: tuple[str, int] | None = None

    def exists(self, day: date | None) -> bool:
        """Whether the unit is there on that day; on an unknown day, today's units are."""
        if day is None:
            return self.valid_to is None
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def serves(self, area: str | None) -> bool:
        """Whether it serves the division; one that is bound to areas serves no unknown one."""
        return not self.areas or (area is not None and any(_within(area, own) for own in self.areas))

    def name_in(self, year: int, named: Iterable[str] = ()) -> str | None:
        """The name under which the duty stood in that year, where it was another one.

        Of several, the one that the text names (``named``); else all of them, since which one cannot be told.
        """
        old = [name for name, until in self.former if year < until]
        chosen = [name for name in old if name in set(named)] or old
        return "、".join(dict.fromkeys(chosen)) or None


def _within(area: str, own: str) -> bool:
    return area.startswith(own.rstrip("0")) if own.isdigit() else area == own


@dataclass(frozen=True)
class Directory:
    """All units by code."""

    units: Mapping[str, UnitRecord]
    nobody: str | None = None
    """The code that stands for no unit; it handles nothing together with others."""

    def __iter__(self) -> Iterator[UnitRecord]:
        return iter(self.units.values())

    def __contains__(self, code: object) -> bool:
        return code in self.units

    def __getitem__(self, code: str) -> UnitRecord:
        return self.units[code]

    def below(self, codes: Iterable[str]) -> frozenset[str]:
        """These units and every unit under them."""
        found = set(codes)
        while more := {unit.code for unit in self if unit.parent in found} - found:
            found |= more
        return frozenset(found)

    def code_of(self, unit: str) -> str | None:
        """The code of a unit given by code or name."""
        if unit in self.units:
            return unit
        return next((item.code for item in self if unit == item.name or unit in item.aliases), None)


def of_scheme(department: Department, parent: str | None) -> UnitRecord:
    """A department of the scheme as a unit."""
    return UnitRecord(
        department.code,
        department.name,
        department.aliases,
        department.duties,
        kind=department.kind,
        parent=parent,
        former=tuple((old.name, old.until) for old in department.former),
        known=True,
    )


def directory(scheme: Scheme, parents: Mapping[str, str], files: Iterable[Path]) -> Directory:
    """The departments of the scheme and the units of the files; a unit of a file replaces one of the same code.

    Raises SchemeError with file and line.
    """
    units = {code: of_scheme(row, parents.get(code)) for code, row in scheme.departments.items()}
    for path in files:
        for unit in read_units(path):
            old = units.get(unit.code)
            units[unit.code] = _joined(old, unit) if old is not None and old.place is None else unit
    for unit in units.values():
        for field, other in (("parent", unit.parent), ("successor", unit.successor)):
            if other is not None and other not in units:
                file, line = unit.place or ("policy", 0)
                raise SchemeError(file, line, f"{field}: unknown unit {other!r}", "use a code of the units")
    return Directory(units, scheme.fallback)


def _joined(old: UnitRecord, new: UnitRecord) -> UnitRecord:
    """A city's own row for a unit that the model knows."""
    return UnitRecord(
        new.code, new.name, (*new.aliases, *old.aliases), new.duties or old.duties, new.areas, new.level,
        new.valid_from, new.valid_to, new.parent or old.parent, new.successor, old.kind, old.former, old.known,
        new.place,
    )  # fmt: skip


def read_units(path: Path) -> list[UnitRecord]:
    """The units of one CSV file. Raises SchemeError with file, line, value and remedy."""
    try:
        reader = csv.DictReader(io.StringIO(path.read_text("utf-8-sig")))
        rows = list(reader)
    except FileNotFoundError:
        raise SchemeError(path, None, "file is missing", "restore it or remove it from units:") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SchemeError(path, None, f"cannot be read ({type(error).__name__})", "give a UTF-8 CSV file") from None
    for column in reader.fieldnames or ():
        if column not in COLUMNS:
            raise SchemeError(path, 1, f"unknown column {column!r}", f"use {', '.join(COLUMNS)}")
    units = [_unit(path, line, row) for line, row in enumerate(rows, 2)]
    _check_codes(path, units)
    return units


def _check_codes(path: Path, units: Iterable[UnitRecord]) -> None:
    seen: set[str] = set()
    for unit in units:
        if unit.code in seen:
            line = unit.place[1] if unit.place else None
            raise SchemeError(path, line, f"code {unit.code!r} stands twice", "use another code")
        seen.add(unit.code)


def _unit(path: Path, line: int, row: Mapping[str, str | None]) -> UnitRecord:
    values = {key: (row.get(key) or "").strip() for key in COLUMNS}
    for key in _NEEDED:
        if not values[key]:
            raise SchemeError(path, line, f"{key} is empty", f"fill in {key}")
    start, end = _date(path, line, values, "valid_from"), _date(path, line, values, "valid_to")
    if start and end and end < start:
        raise SchemeError(path, line, f"valid_to {end} lies before valid_from {start}", "exchange or correct the dates")
    return UnitRecord(
        values["code"], values["name"], _list(values["aliases"]), _list(values["duties"]), _list(values["areas"]),
        values["level"] or None, start, end, values["parent"] or None, values["successor"] or None, "own", (), False,
        (str(path), line),
    )  # fmt: skip


def _list(value: str) -> tuple[str, ...]:
    parts = value.replace("；", ";").replace("、", ";").split(";")
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _date(path: Path, line: int, values: Mapping[str, str], key: str) -> date | None:
    value = values[key]
    if not value:
        return None
    try:
        return date.fromisoformat(value.replace("/", "-"))
    except ValueError:
        raise SchemeError(path, line, f"{key}: {value!r} is no date", "write 2018-03-01") from None
