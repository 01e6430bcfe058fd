"""What a report counts of each appeal, read from a tagged table: flat ``appeal_*`` columns, or jsonl with analyses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from appealnlp.appeal import parse_moment
from appealnlp.batch.columns import known_names
from appealnlp.batch.ends import open_source, shown
from appealnlp.batch.table import BadRow, Cell, Place, ReadOptions, Row, Source, fault
from appealnlp.errors import InputError
from appealnlp.schemes.files import Document
from appealnlp.text.headings import fold_heading

_FLAT = "appeal_type"
_NESTED = "analysis"
_TIME, _AREA, _CLOSED = "received_at", "area", "closed"


@dataclass(frozen=True, slots=True)
class Fact:
    """One appeal. ``topic`` is its path, ``due`` when the last step of its policy is due, ``closed`` whether and when
    it was closed (None: not, or the table does not say)."""

    day: date | None
    area: str | None
    type: str | None
    topic: tuple[str, ...]
    urgency: str | None
    department: str | None
    status: str | None
    due: datetime | None
    closed: datetime | None


@dataclass(slots=True)
class Tagged:
    """A tagged table. ``columns`` names the column of a role (received_at, area, closed), "" that there is none.

    ``bad`` counts rows that cannot be read; ``says_closed`` tells whether the table says what is closed.
    """

    place: Place
    columns: Mapping[str, str] = field(default_factory=dict)
    read: ReadOptions = field(default_factory=ReadOptions)
    bad: int = 0
    says_closed: bool = False

    def facts(self) -> Iterator[Fact]:
        """One after the other. Raises TableError when the table has not been tagged."""
        with open_source(self.place, replace(self.read, all_columns=False)) as source:
            nested = self._form(source)
            time, area, closed = (self._column(source, role) for role in (_TIME, _AREA, _CLOSED))
            self.says_closed = closed is not None
            for row in source.rows:
                fact = self._fact(row, nested, time, area, closed)
                if fact is not None:
                    yield fact

    def _form(self, source: Source) -> bool:
        if _NESTED in source.columns:
            return True
        if _FLAT in source.columns:
            return False
        problem = f"has neither {_FLAT} nor {_NESTED}: it has not been tagged"
        raise fault(shown(self.place), None, problem, "run appealnlp tag first and give its output")

    def _column(self, source: Source, role: str) -> str | None:
        wanted = self.columns.get(role)
        if wanted == "":
            return None
        if wanted is not None:
            if wanted not in source.columns:
                problem = f"no column {wanted!r}; the columns are {', '.join(source.columns[:30])}"
                raise fault(shown(self.place), None, problem, f"mend --{role.replace('_', '-')}-column")
            return wanted
        folded = {fold_heading(name): name for name in reversed(source.columns)}
        return next((folded[name] for name in _names(role) if name in folded), None)

    def _fact(
        self, row: Row | BadRow, nested: bool, time: str | None, area: str | None, closed: str | None
    ) -> Fact | None:
        values = row.values if isinstance(row, Row) else {}
        analysis = values.get(_NESTED) if nested else _flat(values)
        if not values or not isinstance(analysis, Mapping):
            self.bad += 1
            return None
        moment = _moment(values.get(time)) if time else None
        own = values.get(area) if area else None
        route = analysis.get("route") or {}
        return Fact(
            moment.date() if moment else None,
            str(own) if own not in (None, "") else route.get("area"),
            _label(analysis.get("type")),
            tuple((analysis.get("topic") or {}).get("path") or ()),
            _label(analysis.get("urgency")),
            next((unit.get("code") for unit in analysis.get("departments") or ()), None),
            route.get("status"),
            _last_due(route.get("deadlines") or ()),
            _moment(values.get(closed)) if closed else None,
        )  # fmt: skip


def _names(role: str) -> tuple[str, ...]:
    if role in known_names():
        return known_names()[role]
    document = Document(Path(__file__).parent / "columns.yaml")
    return tuple(fold_heading(str(name)) for name in document.data[role])


def _label(value: Cell) -> str | None:
    return value.get("label") if isinstance(value, Mapping) else None


def _moment(value: Cell) -> datetime | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if not isinstance(value, str) or not value:
        return None
    try:
        return parse_moment(value).replace(tzinfo=None)
    except InputError:
        return None


def _last_due(deadlines: Iterable[Mapping[str, Any]]) -> datetime | None:
    found = [moment for item in deadlines if (moment := _moment(item.get("due"))) is not None]
    return max(found, default=None)


def _flat(values: Mapping[str, Cell]) -> dict[str, Any]:
    """The columns of a row in the form of an analysis."""

    def text(name: str) -> str | None:
        value = values.get(f"appeal_{name}")
        return None if value in (None, "") else str(value)

    topic, unit = text("topic"), text("department")
    steps = [step.partition(" ")[2] for step in (text("deadline") or "").split(";") if step]
    return {
        "type": {"label": text("type")}, "urgency": {"label": text("urgency")},
        "topic": {"path": topic.split("/") if topic else []}, "departments": [{"code": unit}] if unit else [],
        "route": {"area": text("area"), "status": text("route_status"), "deadlines": [{"due": step} for step in steps]},
    }  # fmt: skip
