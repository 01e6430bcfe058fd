"""A city's own divisions, down to its grids, from a CSV file: code, name, level, parent, aliases."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from appealnlp.errors import SchemeError

_COLUMNS = ("code", "name", "level", "parent", "aliases")


@dataclass(frozen=True, slots=True)
class Area:
    """A division of the city: district, county, town, village or grid."""

    code: str
    name: str
    level: str
    parent: str | None = None
    aliases: tuple[str, ...] = ()


def read_rows(path: Path) -> dict[str, Area]:
    """The divisions of a file by code. Raises SchemeError with file and line."""
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    except FileNotFoundError:
        raise SchemeError(path, None, "file is missing", "restore it or remove areas:") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SchemeError(path, None, f"cannot be read ({type(error).__name__})", "give a UTF-8 CSV file") from None
    areas: dict[str, Area] = {}
    for line, row in enumerate(rows, 2):
        area = _area(path, line, row)
        if area.code in areas:
            raise SchemeError(path, line, f"code {area.code!r} stands twice", "use another code")
        areas[area.code] = area
    for line, area in enumerate(areas.values(), 2):
        if area.parent is not None and area.parent not in areas:
            raise SchemeError(path, line, f"unknown parent {area.parent!r}", "use a code of this file")
    return areas


def _area(path: Path, line: int, row: Mapping[str, str | None]) -> Area:
    values = {key: (row.get(key) or "").strip() for key in _COLUMNS}
    for key in ("code", "name", "level"):
        if not values[key]:
            raise SchemeError(path, line, f"{key} is empty", f"columns are {', '.join(_COLUMNS)}")
    aliases = tuple(part.strip() for part in values["aliases"].replace("；", ";").split(";") if part.strip())
    return Area(values["code"], values["name"], values["level"], values["parent"] or None, aliases)
