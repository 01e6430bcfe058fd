"""A folder of tables: every one that can be read is tagged into the same place of another folder; one report."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from appealnlp.batch.draft import writing
from appealnlp.batch.ends import FileEnd
from appealnlp.batch.formats import FORMATS
from appealnlp.batch.lock import Lock, Refused
from appealnlp.batch.options import TagOptions, TagReport
from appealnlp.batch.progress import Progress, quiet
from appealnlp.batch.storage import get_json, put_json, remove_folder
from appealnlp.batch.table import fault
from appealnlp.batch.tagging import shipped_analyzer, tag_table
from appealnlp.batch.workers import Analyzes, Factory
from appealnlp.errors import InputError, MissingExtra, ModelError

_OURS = ".rejects.jsonl"
_PASSING = (".", "~$")
"""How hidden files begin, and those that an office leaves while a table is open."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file: its report, or the problem that kept it from being tagged."""

    source: Path
    output: Path
    report: TagReport | None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class FolderReport:
    """What became of a folder; ``skipped`` are files that are no tables, by their extension."""

    files: tuple[FileReport, ...]
    skipped: tuple[Path, ...]

    @property
    def failed(self) -> tuple[FileReport, ...]:
        """The files that could not be tagged."""
        return tuple(file for file in self.files if file.report is None)

    @property
    def rows_in(self) -> int:
        """Rows of all tagged files; equal to ``rows_out + rejects``."""
        return self._sum(lambda report: report.rows_in)

    @property
    def rows_out(self) -> int:
        """Rows that were tagged."""
        return self._sum(lambda report: report.rows_out)

    @property
    def rejects(self) -> int:
        """Rows that were rejected."""
        return self._sum(lambda report: report.rejects)

    @property
    def resumed(self) -> int:
        """Rows whose analysis an earlier run had saved."""
        return self._sum(lambda report: report.resumed)

    def _sum(self, count: Callable[[TagReport], int]) -> int:
        return sum(count(file.report) for file in self.files if file.report is not None)


def tag_folder(
    input: str | Path,
    output: str | Path,
    *,
    analyzer_factory: Factory | None = None,
    options: TagOptions | None = None,
    progress: Progress = quiet,
) -> FolderReport:
    """Tag every table of a folder and the folders in it; each output has the place, name and format of its input.

    A file that cannot be tagged is reported and keeps no other from it. ``TagOptions.resume`` goes on where an
    interrupted run was. Raises TableError when the folders cannot be used or the disk is full, ModelError, and
    Refused where another run is at work or an interrupted run is not to be resumed.
    """
    source, target, given = Path(input), Path(output), options or TagOptions()
    given.check()
    _check(source, target)
    tables, skipped = _sorted_out(source)
    if not tables:
        raise fault(source, None, "holds no table", f"give a folder with files of {', '.join(FORMATS)}")
    state = target.resolve().with_name(f".{target.resolve().name[:100]}.part")
    once = Once(analyzer_factory or shipped_analyzer)
    with writing(target):
        target.mkdir(exist_ok=True)
        state.mkdir(mode=0o700, exist_ok=True)
        lock = Lock.take(state / "lock", target)
    try:
        given = _begun(target, state, given)
        files = tuple(_tag(source, target, state, path, once, given, progress) for path in tables)
        report = FolderReport(files, skipped)
        if not report.failed or not _records(state):
            remove_folder(state)
        return report
    finally:
        lock.release()


class Once:
    """A factory that makes one analyzer for all tables of this process."""

    def __init__(self, factory: Factory) -> None:
        self._factory = factory
        self._made: Analyzes | None = None

    def __call__(self) -> Analyzes:
        """The analyzer."""
        self._made = self._made or self._factory()
        return self._made

    def __reduce__(self) -> tuple[Any, ...]:
        return Once, (self._factory,)


def _check(source: Path, target: Path) -> None:
    if not source.is_dir():
        raise fault(source, None, "is no folder", "check the path")
    if target.exists() and not target.is_dir():
        raise fault(target, None, "is a file; the tables of a folder go to a folder", "give another output")
    if not target.resolve().parent.is_dir():
        raise fault(target, None, f"no folder {target.resolve().parent}", "make it first")
    inner, outer = target.resolve(), source.resolve()
    if inner == outer or outer in inner.parents:
        raise fault(target, None, "lies in the folder that is read", "give an output folder elsewhere")


def _sorted_out(source: Path) -> tuple[list[Path], tuple[Path, ...]]:
    """The tables, in order, and what is none."""
    paths = sorted(path for path in _walk(source) if not path.name.endswith(_OURS))
    tables = [path for path in paths if path.suffix.lower() in FORMATS]
    return tables, tuple(path for path in paths if path.suffix.lower() not in FORMATS)


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith(_PASSING):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
        elif path.is_file():
            yield path


def _records(state: Path) -> list[Path]:
    return list(state.glob("*.json"))


def _begun(target: Path, state: Path, options: TagOptions) -> TagOptions:
    """The options, with what the resumed run might overwrite. Raises Refused when it is not to be resumed."""
    records = _records(state)
    if records and not options.resume and not options.overwrite:
        problem = f"an interrupted run has finished {len(records)} files of it"
        raise Refused(str(fault(target, None, problem, "go on with --resume, or begin anew with --overwrite")))
    begun = get_json(state / "begun") if options.resume else None
    if begun is not None:
        return replace(options, overwrite=options.overwrite or bool(begun.get("overwrite")))
    with writing(target):
        for record in records:
            record.unlink(missing_ok=True)
        put_json(state / "begun", {"overwrite": options.overwrite})
    return options


def _tag(
    source: Path, target: Path, state: Path, path: Path, factory: Factory, options: TagOptions, progress: Progress
) -> FileReport:
    inner = path.relative_to(source)
    output = target / inner
    record = state / f"{hashlib.sha256(str(inner).encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.json"
    try:
        with writing(output):
            output.parent.mkdir(parents=True, exist_ok=True)
        report = tag_table(path, FileEnd(output), factory, options, progress, record)
    except (Refused, ModelError):
        raise
    except (InputError, MissingExtra) as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        return FileReport(path, output, None, str(error))
    return FileReport(path, output, report)
