"""What is written of an analysis: ``appeal_*`` columns beside the columns of the table, or one JSON record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from appealnlp.analysis import Analysis, Deadline, Unit
from appealnlp.batch.columns import Roles
from appealnlp.batch.names import Names, codes, name_of
from appealnlp.batch.table import Cell, Column, Place, Row, Source, fault
from appealnlp.schemes import shipped

CODES = ";"
"""Between codes, which never hold it."""
WORDS = "；"
"""Between words of the appeal."""


class Layout(Protocol):
    """Picks what is kept of an analysis (in a worker), and joins it with its row (in the writing process)."""

    def keep(self, analysis: Analysis) -> dict[str, Any]:
        """What is kept of an analysis, as plain values."""

    def record(self, row: Row, kept: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is written for a row."""


def _optional(names: Names, head: str, code: str | None) -> str | None:
    return None if code is None else names(head, code)


def _deadline(deadline: Deadline) -> str:
    return f"{deadline.step} {deadline.due or deadline.within}"


def _unit(unit: Unit) -> str:
    return f"{unit.code}:{unit.role}:{unit.confidence:.4f}"


def _sure(units: Sequence[Unit]) -> float | None:
    return round(units[0].confidence, 4) if units else None


def _distinct(items: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(items))


_FLAT: tuple[tuple[str, type, Callable[[Analysis, Names], Any]], ...] = (
    ("appeal_type", str, lambda a, n: n("type", a.type.label)),
    ("appeal_type_confidence", float, lambda a, n: round(a.type.confidence, 4)),
    ("appeal_target", str, lambda a, n: n("target", a.target.label)),
    ("appeal_purpose", str, lambda a, n: _optional(n, "purpose", a.purpose)),
    ("appeal_ledger", str, lambda a, n: _optional(n, "ledger", a.ledger)),
    ("appeal_topic", str, lambda a, n: "/".join(a.topic.path)),
    ("appeal_topic_confidence", float, lambda a, n: round(a.topic.confidence, 4)),
    ("appeal_urgency", str, lambda a, n: n("urgency", a.urgency.label)),
    ("appeal_urgency_confidence", float, lambda a, n: round(a.urgency.confidence, 4)),
    ("appeal_urgency_evidence", str, lambda a, n: WORDS.join(_distinct([e.text for e in a.urgency.evidence]))),
    ("appeal_flags", str, lambda a, n: CODES.join(_distinct([n("flags", f.flag) for f in a.flags]))),
    ("appeal_headcount", int, lambda a, n: a.headcount),
    ("appeal_scale", str, lambda a, n: a.scale),
    ("appeal_gravity", str, lambda a, n: a.gravity),
    ("appeal_department", str, lambda a, n: a.departments[0].code if a.departments else None),
    ("appeal_department_name", str, lambda a, n: a.departments[0].name if a.departments else None),
    ("appeal_department_confidence", float, lambda a, n: _sure(a.departments)),
    ("appeal_departments", str, lambda a, n: CODES.join(map(_unit, a.departments))),
    ("appeal_area", str, lambda a, n: a.route.area),
    ("appeal_route_status", str, lambda a, n: a.route.status),
    ("appeal_handoff", str, lambda a, n: CODES.join(a.route.handoff)),
    ("appeal_deadline", str, lambda a, n: CODES.join(_deadline(d) for d in a.route.deadlines)),
    ("appeal_review", bool, lambda a, n: a.review.needed),
    ("appeal_review_reasons", str, lambda a, n: CODES.join(a.review.reasons)),
    ("appeal_entities", str, lambda a, n: WORDS.join(f"{n('entities', e.label)}:{e.text}" for e in a.entities)),
    ("appeal_model", str, lambda a, n: " ".join(a.model.values())),
)  # fmt: skip

FLAT_COLUMNS = tuple(Column(name, kind) for name, kind, _ in _FLAT)
"""The columns that are appended to a table."""

PROBLEM = Column("appeal_problem", str)
"""In a data frame, where a row keeps its place: why it has no analysis, or what of it was left out."""
FRAME_COLUMNS = (*FLAT_COLUMNS, PROBLEM)
"""The columns that are appended to a data frame of pandas, polars or Spark."""


@dataclass(frozen=True, slots=True)
class Flat:
    """The columns of the table and then the ``appeal_*`` columns, with codes, or with ``names`` for people.

    ``columns`` are those of the table that are kept; None keeps all of them.
    """

    names: bool = False
    columns: tuple[str, ...] | None = None

    def keep(self, analysis: Analysis) -> dict[str, Any]:
        """The ``appeal_*`` values."""
        names = name_of(shipped()) if self.names else codes
        return {name: value(analysis, names) for name, _, value in _FLAT}

    def record(self, row: Row, kept: Mapping[str, Any]) -> Mapping[str, Any]:
        """The row with the new columns behind."""
        return {**_own(row, self.columns), **kept}


@dataclass(frozen=True, slots=True)
class Contract:
    """One JSON record: id and analysis; without an id column the fields of the row and the analysis.

    ``columns`` are those of the table that are kept, beside the id.
    """

    roles: Roles
    scores: bool = False
    columns: tuple[str, ...] | None = None

    def keep(self, analysis: Analysis) -> dict[str, Any]:
        """The whole analysis."""
        return analysis.to_dict(scores=self.scores)

    def record(self, row: Row, kept: Mapping[str, Any]) -> Mapping[str, Any]:
        """{"id": ..., "analysis": {...}}."""
        if self.roles.id is None:
            return {**_own(row, self.columns), "analysis": kept}
        others = {name: value for name, value in _own(row, self.columns or ()).items() if name != self.roles.id}
        return {"id": self.roles.identity(row), **others, "analysis": kept}


def _own(row: Row, columns: tuple[str, ...] | None) -> Mapping[str, Cell]:
    return row.values if columns is None else {name: row.values.get(name) for name in columns}


def kept_columns(path: Place, source: Source, roles: Roles, wanted: Sequence[str] | None) -> tuple[str, ...] | None:
    """The wanted columns and that of the id, in the order of the table; None for all. Raises TableError."""
    if wanted is None:
        return None
    unknown = [name for name in wanted if name not in source.columns]
    if unknown:
        problem = f"no column {unknown[0]!r}; the columns are {', '.join(source.columns[:30])}"
        raise fault(path, None, problem, "mend --keep")
    return tuple(name for name in source.columns if name in wanted or name == roles.id)


def flat_columns(path: Place, columns: Sequence[str]) -> tuple[Column, ...]:
    """The columns of the table and the new ones. Raises TableError when the table has one of the new ones already."""
    _refuse_taken(path, columns, [column.name for column in FLAT_COLUMNS])
    return (*(Column(name) for name in columns), *FLAT_COLUMNS)


def frame_columns(place: Place, columns: Sequence[str]) -> tuple[Column, ...]:
    """The new columns of a data frame. Raises TableError when it has one of them already."""
    _refuse_taken(place, columns, [column.name for column in FRAME_COLUMNS])
    return FRAME_COLUMNS


def contract_columns(path: Place, columns: Sequence[str], roles: Roles) -> tuple[Column, ...]:
    """Nothing to declare: a record names its own fields. Raises TableError when one of ours would be overwritten."""
    _refuse_taken(path, columns, ["analysis"] if roles.id in (None, "id") else ["analysis", "id"])
    return ()


def _refuse_taken(path: Place, columns: Sequence[str], names: Sequence[str]) -> None:
    taken = [name for name in names if name in columns]
    if taken:
        problem = f"has a column {taken[0]!r} already, as if it had been tagged before"
        raise fault(path, None, problem, "tag the original table, or remove or rename that column")
