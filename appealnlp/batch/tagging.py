"""Tagging one table, from the address of the input to the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from appealnlp.batch.columns import Roles
from appealnlp.batch.draft import Draft, check_target, writing
from appealnlp.batch.ends import End, Ending, end_of, open_source, shown
from appealnlp.batch.job import Job, RejectLog, job_identity
from appealnlp.batch.journal import Journal, job_folder, may_overwrite, whole_identity
from appealnlp.batch.layout import Contract, Flat, Layout, contract_columns, flat_columns, kept_columns
from appealnlp.batch.options import TagOptions, TagReport
from appealnlp.batch.progress import Progress, quiet
from appealnlp.batch.storage import get_json, put_json
from appealnlp.batch.table import Column, Place, Source, fault
from appealnlp.batch.workers import Analyzes, Factory, Here, Workers
from appealnlp.errors import AppealError


def tag(
    input: str | Path,
    output: str | Path,
    *,
    analyzer_factory: Factory | None = None,
    options: TagOptions | None = None,
    progress: Progress = quiet,
) -> TagReport:
    """Tag every appeal of a table: a file (csv, tsv, xlsx, jsonl, parquet by extension), or ``sqlite:///a.db#table``.

    The output keeps all columns and adds ``appeal_*``; jsonl gets one record ``{"id", "analysis"}`` a row. Rows that
    cannot be used go to ``OUTPUT.rejects.jsonl`` with line and reason. On any error, Ctrl-C included, both files stay
    as they were; what has been saved by then, ``TagOptions.resume`` goes on with, and the output is the same byte for
    byte. ``analyzer_factory`` makes the analyzer (the shipped model); with ``workers`` it must be picklable.
    Raises TableError and InputError for what is wrong with the files, ModelError, MissingExtra.
    """
    return tag_table(input, end_of(output), analyzer_factory or shipped_analyzer, options or TagOptions(), progress)


def tag_table(
    input: Place, end: End, factory: Factory, options: TagOptions, progress: Progress, record: Path | None = None
) -> TagReport:
    """Tag one table of perhaps many; ``record`` keeps the report where the table is done before others are."""
    options.check()
    place, anchor = shown(input), end.anchor.resolve()
    rejects = end.anchor.with_name(f"{end.anchor.name}.rejects.jsonl")
    _check(end, place, rejects, options, job_folder(anchor), record)
    with _open(input, end, options) as source:
        job, columns = _plan(source, place, end, options, progress)
        with writing(end.place):
            journal = Journal(end.place, job_folder(anchor))
        with journal, closing(job.runner(factory)) as run:
            return _Way(job, end, journal, rejects, columns, record).go(run)


def _open(input: Place, end: End, options: TagOptions) -> Source:
    read = replace(options.read, all_columns=not end.nested or options.keep is not None)
    return open_source(input, read, options.columns.get("id"))


def _plan(
    source: Source, place: Place, end: End, options: TagOptions, progress: Progress
) -> tuple[Job, Sequence[Column]]:
    roles = Roles.find(place, source.columns, options.columns)
    keep = kept_columns(place, source, roles, options.keep)
    all_kept = source.columns if keep is None else keep
    own = getattr(end, "layout", None)  # an end may lay its rows out itself, as ledgers do
    columns: Sequence[Column] = ()
    if own is not None:
        layout: Layout = own(roles)
    elif end.nested:
        layout = Contract(roles, options.scores, keep)
        written = all_kept if roles.id is None else [name for name in keep or () if name != roles.id]
        columns = contract_columns(place, written, roles)
    else:
        layout = Flat(options.names, keep)
        columns = flat_columns(place, all_kept)
    return Job(source, roles, layout, end.place, options, progress), columns


def shipped_analyzer() -> Analyzes:
    """The analyzer with the shipped model."""
    import appealnlp

    return appealnlp.load()


def _check(end: End, source: Place, rejects: Path, options: TagOptions, folder: Path, record: Path | None) -> None:
    if options.scores and not end.nested:
        raise fault(end.place, None, "columns cannot hold the scores", "write .jsonl, or leave --scores out")
    done = record is not None and record.exists()
    allowed = options.overwrite or (options.resume and (done or may_overwrite(folder)))
    end.check(source, allowed)
    check_target(source, rejects, allowed)


class _Way:
    """From a plan and a locked journal to an output in place."""

    def __init__(
        self, job: Job, end: End, journal: Journal, rejects: Path, columns: Sequence[Column], record: Path | None
    ) -> None:
        self.job, self.end, self.journal = job, end, journal
        self.rejects, self.columns, self.record = rejects, columns, record

    def go(self, run: Here | Workers) -> TagReport:
        """Resume or begin, write all, put it in place."""
        stamp, options = self.job.source.stamp(), self.job.options
        self.journal.check_asked(resume=options.resume, restart=options.overwrite)
        whole = whole_identity(job_identity(self.job, run, self.end.anchor.name))
        done = self._done(whole)
        if done is not None:
            self.journal.close()  # a crash may have left it
            return done
        with writing(self.end.place):
            self.journal.begin(whole, resume=options.resume, overwrite=options.overwrite)
        with Draft(self.rejects, self.journal.folder) as refused:
            ending = self.end.open(self.journal.folder, self.columns, self.job.source.schema)
            try:
                self._write(run, ending, refused, stamp)
                return self._commit(ending, refused, whole)
            finally:
                ending.discard()

    def _done(self, whole: Mapping[str, Any]) -> TagReport | None:
        """The report of a table that an earlier run of a folder has finished. Raises Refused if it has changed."""
        found = get_json(self.record) if self.record is not None and self.job.options.resume else None
        if found is None or not self.end.anchor.exists():
            return None
        self.journal.compare(found["identity"], whole)
        return TagReport.of(found["report"], self.rejects)

    def _write(self, run: Here | Workers, ending: Ending, refused: Draft, stamp: object) -> None:
        self.job.write(run, self.journal, ending.sink, RejectLog(refused.file))
        try:
            self.job.counts.check()
            if self.job.source.stamp() != stamp:
                raise fault(self.end.place, None, "the input was written to while it was read", "run it again")
        except AppealError:
            self.journal.discard()  # what is saved is worth nothing
            raise

    def _commit(self, ending: Ending, refused: Draft, whole: Mapping[str, Any]) -> TagReport:
        with writing(self.end.place):
            ending.prepare()
            refused.prepare()
            self.journal.finish()
            report = self.job.commit(ending, refused)
            if self.record is not None:
                put_json(self.record, {"identity": whole, "report": report.to_dict()})
        self.journal.close()
        return report
