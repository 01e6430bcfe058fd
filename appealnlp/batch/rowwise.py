"""Rows of a data frame: each keeps its place, and what is read out of it stands beside it, or why there is nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from appealnlp.appeal import Appeal
from appealnlp.batch.columns import Roles
from appealnlp.batch.job import CHUNK
from appealnlp.batch.layout import FRAME_COLUMNS, PROBLEM, frame_columns
from appealnlp.batch.table import BadRow, Cell, Row, check_row, fault
from appealnlp.batch.workers import Here, Outcome, Refusal, Workers
from appealnlp.errors import InputError

Cells = Mapping[str, Sequence[Cell]]
"""The columns of a frame as plain values, all of the same length; None where there is no value."""


@dataclass(slots=True)
class FrameChunk:
    """Some rows that stand together: the problem of each, if it has one, and the appeals with their places."""

    problems: list[str | None] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    appeals: list[Appeal] = field(default_factory=list)

    def add(self, row: Row, roles: Roles) -> None:
        """Read one row."""
        appeal, problem = _read(row, roles)
        if appeal is not None:
            self.places.append(len(self.problems))
            self.appeals.append(appeal)
        self.problems.append(problem)

    def filled(self, outcomes: Sequence[Outcome]) -> Iterator[Mapping[str, Cell]]:
        """The new values of each row, in order."""
        at = dict(zip(self.places, outcomes, strict=True))
        for place, problem in enumerate(self.problems):
            outcome = at.get(place, {})
            if isinstance(outcome, Refusal):
                yield {PROBLEM.name: outcome.reason}
            else:
                yield {**outcome, PROBLEM.name: problem}


def _read(row: Row, roles: Roles) -> tuple[Appeal | None, str | None]:
    checked = check_row(row)
    if isinstance(checked, BadRow):
        return None, checked.reason.partition(";")[0] + "; decode the text again"
    try:
        appeal, readable = roles.appeal(row)
    except InputError as error:
        return None, str(error)
    return appeal, None if readable else f"the time in {roles.received_at!r} cannot be read and was left out"


def frame_roles(place: str, columns: Sequence[object], given: Mapping[str, str] | None) -> Roles:
    """What the columns of a frame mean. Raises TableError for names that are no text, double or ours already."""
    names = [name for name in columns if isinstance(name, str)]
    if len(names) != len(columns):
        odd = next(name for name in columns if not isinstance(name, str))
        raise fault(place, None, f"column {odd!r} has no text as its name", "rename it")
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise fault(place, None, f"two columns have the name {double!r}", "rename one")
    frame_columns(place, names)
    return Roles.find(place, names, given)


def answers(cells: Cells, roles: Roles, run: Here | Workers) -> dict[str, list[Any]]:
    """The new columns of a frame, a value for each of its rows. Only the columns of ``roles`` are needed of it."""
    found: dict[str, list[Any]] = {column.name: [] for column in FRAME_COLUMNS}
    with closing(run(_chunks(cells, roles))) as done:
        for chunk, outcomes in done:
            for values in chunk.filled(outcomes):
                for name, column in found.items():
                    column.append(values.get(name))
    return found


def _chunks(cells: Cells, roles: Roles) -> Iterator[FrameChunk]:
    used = list(roles.given_columns().values())
    chunk = FrameChunk()
    for number, values in enumerate(zip(*(cells[name] for name in used), strict=True), 1):
        chunk.add(Row(number, dict(zip(used, values, strict=True))), roles)
        if len(chunk.problems) == CHUNK:
            yield chunk
            chunk = FrameChunk()
    if chunk.problems:
        yield chunk
