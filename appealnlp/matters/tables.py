"""Tables in and out: any table that ``tag`` reads or writes, and one row an appeal with its matter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from appealnlp.batch.columns import Roles
from appealnlp.batch.draft import Draft, check_target, writing
from appealnlp.batch.ends import open_source, shown
from appealnlp.batch.formats import format_of
from appealnlp.batch.table import BadRow, Cell, Column, Place, ReadOptions, Row, Source
from appealnlp.errors import InputError
from appealnlp.matters.collect import Entry
from appealnlp.matters.finder import Answer

AREA, FLAGS, NESTED = "appeal_area", "appeal_flags", "analysis"
COLUMNS = (
    Column("id"), Column("time", str), Column("area", str), Column("title", str), Column("matter_id"),
    Column("matter_size", int), Column("matter_kind", str), Column("matter_earlier"), Column("matter_score", float),
    Column("matter_evidence", str), Column("matter_new", str),
)  # fmt: skip
"""What is written of an appeal; ids have the type that the table gives them."""


@dataclass(slots=True)
class Rows:
    """The appeals of a table. ``bad`` and ``undated`` count rows that cannot be used, and times that cannot be read."""

    place: Place
    columns: Mapping[str, str] = field(default_factory=dict)
    read: ReadOptions = field(default_factory=ReadOptions)
    bad: int = 0
    undated: int = 0

    def entries(self) -> Iterator[Entry]:
        """One after the other. Raises TableError when the table has no text of appeals."""
        options = replace(self.read, all_columns=False)
        with open_source(self.place, options, self.columns.get("id")) as source:
            roles = self.roles(source)
            flagged = FLAGS if FLAGS in source.columns else None
            for row in source.rows:
                entry = self._entry(row, roles, flagged)
                if entry is not None:
                    yield entry

    def roles(self, source: Source) -> Roles:
        """The columns; the area that a policy gave serves where the table has none of its own."""
        roles = Roles.find(shown(self.place), source.columns, self.columns)
        if roles.area is None and AREA in source.columns and "area" not in self.columns:
            return replace(roles, area=AREA)
        return roles

    def _entry(self, row: Row | BadRow, roles: Roles, flagged: str | None) -> Entry | None:
        if isinstance(row, BadRow):
            self.bad += 1
            return None
        try:
            appeal, readable = roles.appeal(row)
        except InputError:
            self.bad += 1
            return None
        self.undated += not readable
        return Entry(appeal, _flags(row, flagged))


def _flags(row: Row, flagged: str | None) -> str | None:
    if flagged is not None:
        value = row.values.get(flagged)
        return "" if value is None else str(value)
    nested = row.values.get(NESTED)
    if isinstance(nested, Mapping) and isinstance(nested.get("flags"), list):
        return ";".join(str(flag.get("flag")) for flag in nested["flags"] if isinstance(flag, Mapping))
    return None


def write_answers(answers: Iterable[Answer], source: Place, target: Path, overwrite: bool = False) -> int:
    """Write a table of answers in the format of its extension; how many. It appears whole or not at all."""
    kind = format_of(target)
    check_target(source, target, overwrite)
    count = 0
    with Draft(target) as draft, writing(target):
        sink = kind.sink(draft.file, COLUMNS, None)
        try:
            for answer in answers:
                sink.write(answer.to_dict() if kind.nested else flat(answer))
                count += 1
            sink.finish()
        except BaseException:
            sink.abandon()
            raise
        draft.commit()
    return count


def flat(answer: Answer) -> dict[str, Cell]:
    """The cells of an answer."""
    values: tuple[Any, ...] = (
        answer.id, answer.time, answer.area, answer.title, answer.matter, answer.size, answer.kind, answer.earlier,
        answer.score, None if answer.ground is None else str(answer.ground), "；".join(answer.new) or None,
    )  # fmt: skip
    return {column.name: value for column, value in zip(COLUMNS, values, strict=True)}
