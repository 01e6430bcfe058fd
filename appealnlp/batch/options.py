"""What a caller asks of a job, and what he is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from appealnlp.batch.table import ReadOptions
from appealnlp.errors import InputError

SAVED_ROWS = 1000
"""Rows whose analyses are saved together: the most work that a crash can cost."""


@dataclass(frozen=True, slots=True)
class TagOptions:
    """How to tag.

    ``columns`` names the column of a role (text, title, id, received_at, area), "" that there is none; a role that
    is not named is guessed. ``keep`` names the columns of the table that are written (all of them without it; the id
    always). ``scores`` adds every class's probability to jsonl; ``names`` writes the names of labels in place of their
    codes to tables. ``workers`` is the number of processes; None takes all cores for a long table.
    ``resume`` goes on with an interrupted run; ``overwrite`` replaces an output and gives an interrupted run up.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    read: ReadOptions = field(default_factory=ReadOptions)
    scores: bool = False
    names: bool = False
    overwrite: bool = False
    workers: int | None = 1
    keep: tuple[str, ...] | None = None
    resume: bool = False
    saved_rows: int = SAVED_ROWS

    def check(self) -> None:
        """Raises InputError for a number that makes no sense."""
        if self.workers is not None and self.workers < 1:
            raise InputError(f"workers is {self.workers}; give 1 or more")
        if self.saved_rows < 1:
            raise InputError(f"saved_rows is {self.saved_rows}; give 1 or more")

    def identity(self) -> dict[str, Any]:
        """The options on which the output depends, as JSON."""
        read = {"encoding": self.read.encoding, "sheet": self.read.sheet, "header_row": self.read.header_row}
        keep = None if self.keep is None else list(self.keep)
        return {**read, "scores": self.scores, "names": self.names, "keep": keep}


def names_of(listed: str | None) -> tuple[str, ...] | None:
    """The names in a list with commas, also full-width ones."""
    if listed is None:
        return None
    return tuple(name.strip() for name in listed.replace("，", ",").split(",") if name.strip())


@dataclass(frozen=True, slots=True)
class TagReport:
    """What became of a table; ``rows_in == rows_out + rejects`` always.

    ``unread_times`` counts rows that were analysed without their time, since it could not be read; ``columns`` says
    which column was taken for which role; ``rejects_file`` is None where no row was rejected; ``resumed`` counts the
    rows whose analysis an earlier run had saved.
    """

    rows_in: int
    rows_out: int
    rejects: int
    seconds: float
    unread_times: int
    columns: Mapping[str, str]
    rejects_file: Path | None
    resumed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "rows_in": self.rows_in,
            "rows_out": self.rows_out,
            "rejects": self.rejects,
            "unread_times": self.unread_times,
            "columns": dict(self.columns),
        }

    @classmethod
    def of(cls, data: Mapping[str, Any], rejects_file: Path) -> TagReport:
        """From JSON; nothing was done now."""
        counts = (int(data["rows_in"]), int(data["rows_out"]), int(data["rejects"]))
        kept = rejects_file if counts[2] else None
        return cls(*counts, 0.0, int(data["unread_times"]), data["columns"], kept, counts[0])
