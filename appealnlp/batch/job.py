"""One table on its way: read, analyse, save, write; every row that goes in comes out or is listed with the reason."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, BinaryIO

from appealnlp.appeal import Appeal
from appealnlp.batch.columns import Roles
from appealnlp.batch.draft import Draft, writing
from appealnlp.batch.ends import Ending
from appealnlp.batch.journal import Journal, decoded, encoded
from appealnlp.batch.layout import Layout
from appealnlp.batch.lock import Refused
from appealnlp.batch.options import TagOptions, TagReport
from appealnlp.batch.progress import Progress, quiet
from appealnlp.batch.table import BadRow, Cell, Place, Row, Sink, Source
from appealnlp.batch.workers import Factory, Here, Keep, Outcome, Refusal, Workers
from appealnlp.errors import AppealError, InputError, TableError

CHUNK = 100
"""Rows that travel together to a worker and back."""
PARALLEL_FROM = 2000
"""Rows from which several processes earn what it costs to start them."""


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
    resumed: int = 0

    def check(self) -> None:
        """Raises AppealError when a row was lost or doubled."""
        if self.read != self.written + self.rejected:
            problem = f"{self.read} rows in, {self.written} out and {self.rejected} rejected do not agree"
            raise AppealError(f"{problem}; nothing was written, report it as a fault of appealnlp")


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
    """A table, what its columns mean, how it is laid out, and what it is called where it goes."""

    source: Source
    roles: Roles
    layout: Layout
    place: Place
    options: TagOptions
    progress: Progress = quiet
    counts: Counts = field(default_factory=Counts)
    begun: float = field(default_factory=time.perf_counter)
    sink: Sink = field(init=False)
    rejects: RejectLog = field(init=False)
    _head: list[Row | BadRow] = field(default_factory=list)

    def runner(self, factory: Factory) -> Here | Workers:
        """What analyses, in as many processes as are asked for, or as the length of the table is worth."""
        self._head = list(islice(self.source.rows, PARALLEL_FROM))
        count = (os.cpu_count() or 1) if len(self._head) == PARALLEL_FROM else 1
        return runner(factory, self.layout.keep, self.options.workers or count)

    def write(self, run: Here | Workers, journal: Journal, sink: Sink, rejects: RejectLog) -> None:
        """Write what the journal has, then what is analysed now. What was written is whole, but not yet in place."""
        self.sink, self.rejects = sink, rejects
        rows = chain(self._head, self.source.rows)
        self._replay(rows, journal)
        self._analyse(rows, run, journal)
        with writing(self.place):
            sink.finish()

    def commit(self, ending: Ending, refused: Draft) -> TagReport:
        """Put the files in place, the output last."""
        if self.counts.rejected:
            refused.commit()
        else:
            refused.discard()
            refused.path.unlink(missing_ok=True)  # those of an earlier run say nothing of this one
        ending.commit()
        counts, seconds = self.counts, time.perf_counter() - self.begun
        rejects_file = refused.path if counts.rejected else None
        return TagReport(
            counts.read, counts.written, counts.rejected, seconds, counts.unread_times,
            self.roles.given_columns(), rejects_file, counts.resumed,
        )  # fmt: skip

    def _replay(self, rows: Iterator[Row | BadRow], journal: Journal) -> None:
        for read, outcomes in journal.stored():
            chunk = chunk_of(islice(rows, read), self.roles)
            if (chunk.read, len(chunk.rows)) != (read, len(outcomes)):
                raise Refused(f"{self.place}: what was saved does not fit the table; begin anew with --overwrite")
            self.counts.read += read
            self.counts.resumed += read
            with writing(self.place):
                self._write(chunk, outcomes)
        if self.counts.resumed:
            self.progress(0, self.source.share())

    def _analyse(self, rows: Iterator[Row | BadRow], run: Here | Workers, journal: Journal) -> None:
        lines: list[bytes] = []
        unsaved = 0
        with closing(run(self._chunks(rows))) as done:  # an error must leave no workers behind
            for chunk, outcomes in done:
                new = [encoded(outcome) for outcome in outcomes]
                unsaved += chunk.read
                lines += new
                with writing(self.place):
                    self._write(chunk, map(decoded, new))  # as a resumed run reads them
                    if unsaved >= self.options.saved_rows:
                        journal.add(unsaved, lines)
                        unsaved, lines = 0, []
                self.progress(chunk.read, self.source.share())

    def _chunks(self, rows: Iterator[Row | BadRow]) -> Iterator[Chunk]:
        while part := list(islice(rows, min(CHUNK, self.options.saved_rows))):
            self.counts.read += len(part)
            yield chunk_of(part, self.roles)

    def _write(self, chunk: Chunk, outcomes: Iterable[Outcome]) -> None:
        bad = list(chunk.bad)
        for row, outcome in zip(chunk.rows, outcomes, strict=True):
            refusal = outcome if isinstance(outcome, Refusal) else self._put(row, outcome)
            if refusal:
                bad.append(BadRow(row.number, refusal.reason, self.roles.identity(row)))
        reject = getattr(self.sink, "reject", None)  # a workbook of ledgers shows them too
        for item in sorted(bad, key=lambda item: item.number):
            self.rejects.write(item)
            if reject is not None:
                reject(item)
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


def job_identity(job: Job, run: Here | Workers, end_name: str) -> dict[str, Any]:
    """On what the output depends: the whole table, what was asked, and who analyses."""
    return {
        "input": dict(job.source.identity()),
        "output": end_name,
        "columns": job.roles.given_columns(),
        "options": job.options.identity(),
        "analyzer": run.identity(),
    }
