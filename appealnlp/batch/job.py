"""Tagging a table: read, analyse, write; every row that goes in comes out or is listed with the reason why not."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from appealnlp.appeal import Appeal
from appealnlp.batch.columns import Roles
from appealnlp.batch.draft import Draft, check_target, writing
from appealnlp.batch.formats import Format, format_of
from appealnlp.batch.layout import Contract, Flat, Layout, contract_columns, flat_columns
from appealnlp.batch.progress import Progress, quiet
from appealnlp.batch.table import BadRow, Cell, ReadOptions, Row, Sink, Source, fault
from appealnlp.batch.workers import Analyzes, Factory, Here, Keep, Outcome, Refusal, Workers
from appealnlp.errors import AppealError, InputError, TableError

CHUNK = 100
"""Rows that travel together."""
PARALLEL_FROM = 2000
"""Rows from which several processes earn what it costs to start them."""


@dataclass(frozen=True, slots=True)
class TagOptions:
    """How to tag.

    ``columns`` names the column of a role (text, title, id, received_at, area), "" that there is none; a role that
    is not named is guessed. ``scores`` adds every class's probability to jsonl; ``names`` writes the names of labels
    in place of their codes to tables. ``workers`` is the number of processes; None takes all cores for a long table.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    read: ReadOptions = field(default_factory=ReadOptions)
    scores: bool = False
    names: bool = False
    overwrite: bool = False
    workers: int | None = 1


@dataclass(frozen=True, slots=True)
class TagReport:
    """What became of a table; ``rows_in == rows_out + rejects`` always.

    ``unread_times`` counts rows that were analysed without their time, since it could not be read; ``columns`` says
    which column was taken for which role; ``rejects_file`` is None where no row was rejected.
    """

    rows_in: int
    rows_out: int
    rejects: int
    seconds: float
    unread_times: int
    columns: Mapping[str, str]
    rejects_file: Path | None


@dataclass(slots=True)
class Chunk:
    """Rows that stand together in the table, with their appeals; those that hold none are in ``bad``."""

    rows: list[Row] = field(default_factory=list)
    appeals: list[Appeal] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    read: int = 0
    unread_times: int = 0


@dataclass(slots=True)
class Counts:
    """What has been counted where it happened: ``read`` at the source, ``written`` and ``rejected`` at the ends."""

    read: int = 0
    written: int = 0
    rejected: int = 0
    unread_times: int = 0

    def check(self) -> None:
        """Raises AppealError when a row was lost or doubled."""
        if self.read != self.written + self.rejected:
            problem = f"{self.read} rows in, {self.written} out and {self.rejected} rejected do not agree"
            raise AppealError(f"{problem}; nothing was written, report it as a fault of appealnlp")


def tag(
    input: str | Path,
    output: str | Path,
    *,
    analyzer_factory: Factory | None = None,
    options: TagOptions | None = None,
    progress: Progress = quiet,
) -> TagReport:
    """Tag every appeal of a table; the formats are those of the extensions (csv, tsv, xlsx, jsonl, parquet).

    The output keeps all columns and adds ``appeal_*``; jsonl gets one record ``{"id", "analysis"}`` a row. Rows that
    cannot be used go to ``OUTPUT.rejects.jsonl`` with line and reason. On any error, Ctrl-C included, both files stay
    as they were. ``analyzer_factory`` makes the analyzer (the shipped model); with ``workers`` it must be picklable.
    Raises TableError and InputError for what is wrong with the files, ModelError, MissingExtra.
    """
    given = options or TagOptions()
    source_path, target = Path(input), Path(output)
    rejects = target.with_name(f"{target.name}.rejects.jsonl")
    form = _check(source_path, target, rejects, given)
    read = replace(given.read, all_columns=not form.nested)
    with format_of(source_path).read(source_path, read) as source, Draft(target) as out, Draft(rejects) as refused:
        roles = Roles.find(source_path, source.columns, given.columns)
        layout: Layout = Contract(roles, given.scores) if form.nested else Flat(given.names)
        named = contract_columns(source_path, source, roles) if form.nested else flat_columns(source_path, source)
        with writing(target):
            sink = form.sink(out.file, named, source.schema)
        job = Job(source, roles, layout, sink, RejectLog(refused.file), target, progress)
        return job.run(analyzer_factory or _shipped, given.workers, out, refused)


def _shipped() -> Analyzes:
    import appealnlp

    return appealnlp.load()


def _check(source: Path, target: Path, rejects: Path, options: TagOptions) -> Format:
    form = format_of(target)
    if options.scores and not form.nested:
        raise fault(target, None, "columns cannot hold the scores", "write .jsonl, or leave --scores out")
    if options.workers is not None and options.workers < 1:
        raise InputError(f"workers is {options.workers}; give 1 or more")
    for path in (target, rejects):
        check_target(source, path, options.overwrite)
    return form


class RejectLog:
    """Writes one line for each rejected row: its line in the input, its id, the reason; never its text."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def write(self, bad: BadRow) -> None:
        """Write one line."""
        record = {"line": bad.number, "id": bad.id, "reason": bad.reason}
        line = json.dumps(record, ensure_ascii=False, default=str)
        self._file.write(line.encode("utf-8", "backslashreplace") + b"\n")


@dataclass(slots=True)
class Job:
    """One table on its way: source, what its columns mean, what is written, where to."""

    source: Source
    roles: Roles
    layout: Layout
    sink: Sink
    rejects: RejectLog
    target: Path
    progress: Progress = quiet
    counts: Counts = field(default_factory=Counts)

    def run(self, factory: Factory, workers: int | None, out: Draft, refused: Draft) -> TagReport:
        """Do it all; the files are put in place at the very end."""
        begin = time.perf_counter()
        try:
            self._write_all(factory, workers)
            with writing(self.target):
                self.sink.finish()
        except BaseException:
            self.sink.abandon()
            raise
        self.counts.check()
        rejects_file = self._commit(out, refused)
        counts, seconds = self.counts, time.perf_counter() - begin
        columns = self.roles.given_columns()
        return TagReport(
            counts.read, counts.written, counts.rejected, seconds, counts.unread_times, columns, rejects_file
        )

    def _commit(self, out: Draft, refused: Draft) -> Path | None:
        if self.counts.rejected:
            refused.commit()
        else:
            refused.discard()
            refused.path.unlink(missing_ok=True)  # those of an earlier run say nothing of this one
        out.commit()
        return refused.path if self.counts.rejected else None

    def _write_all(self, factory: Factory, workers: int | None) -> None:
        head = list(islice(self.source.rows, PARALLEL_FROM))
        count = workers or ((os.cpu_count() or 1) if len(head) == PARALLEL_FROM else 1)
        chunks = self._chunks(chain(head, self.source.rows))
        analysed = runner(factory, self.layout.keep, count)(chunks)
        with closing(analysed) as done:  # an error must leave no workers behind
            for chunk, outcomes in done:
                with writing(self.target):
                    self._write(chunk, outcomes)
                self.progress(chunk.read, self.source.share())

    def _chunks(self, rows: Iterator[Row | BadRow]) -> Iterator[Chunk]:
        while part := list(islice(rows, CHUNK)):
            self.counts.read += len(part)
            yield chunk_of(part, self.roles)

    def _write(self, chunk: Chunk, outcomes: Iterable[Outcome]) -> None:
        bad = list(chunk.bad)
        for row, outcome in zip(chunk.rows, outcomes, strict=True):
            refusal = outcome if isinstance(outcome, Refusal) else self._put(row, outcome)
            if refusal:
                bad.append(BadRow(row.number, refusal.reason, self.roles.identity(row)))
        for item in sorted(bad, key=lambda item: item.number):
            self.rejects.write(item)
        self.counts.rejected += len(bad)
        self.counts.unread_times += chunk.unread_times

    def _put(self, row: Row, kept: Mapping[str, Cell]) -> Refusal | None:
        try:
            self.sink.write(self.layout.record(row, kept))
        except TableError:
            raise
        except InputError as error:
            return Refusal(str(error))
        self.counts.written += 1
        return None


def runner(factory: Factory, keep: Keep, workers: int) -> Here | Workers:
    """What analyses: this process alone, or ``workers`` of them."""
    return Here(factory, keep) if workers == 1 else Workers(factory, keep, workers)


def chunk_of(rows: Iterable[Row | BadRow], roles: Roles) -> Chunk:
    """The appeals of some rows; a row that makes none is put aside with its reason."""
    chunk = Chunk()
    for row in rows:
        chunk.read += 1
        if isinstance(row, BadRow):
            chunk.bad.append(row)
            continue
        try:
            appeal, readable = roles.appeal(row)
        except InputError as error:
            chunk.bad.append(BadRow(row.number, str(error), roles.identity(row)))
            continue
        chunk.rows.append(row)
        chunk.appeals.append(appeal)
        chunk.unread_times += not readable
    return chunk
