"""Where a table comes from and where its tagged rows go: a file, or a table of a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from appealnlp.batch.draft import Draft, check_target, writing
from appealnlp.batch.formats import format_of
from appealnlp.batch.storage import digest
from appealnlp.batch.table import Column, Place, ReadOptions, Schema, Sink, Source, fault


class Ending(Protocol):
    """An output that is being written; it appears on ``commit``, and ``discard`` leaves what was there before."""

    @property
    def sink(self) -> Sink:
        """Takes the rows."""

    def prepare(self) -> None:
        """Let all of it reach the disk, so that next to nothing can go wrong when it is put in place."""

    def commit(self) -> None:
        """Put it in place."""

    def discard(self) -> None:
        """Give it up, if it is not in place."""


class End(Protocol):
    """Where an output goes. Its journal and its rejects lie beside ``anchor``."""

    @property
    def place(self) -> Place:
        """What messages call it."""

    @property
    def anchor(self) -> Path:
        """A path, whether or not something lies there."""

    @property
    def nested(self) -> bool:
        """Whether a record holds a whole analysis, or only columns."""

    def check(self, source: Place, overwrite: bool) -> None:
        """Raises TableError when it cannot or must not be written."""

    def open(self, folder: Path, columns: Sequence[Column], schema: Schema) -> Ending:
        """Begin to write; ``folder`` may hold drafts."""


class FileEnd:
    """A file, in the format of its extension."""

    def __init__(self, path: Path) -> None:
        """Raises TableError for an extension that is no format."""
        self._format = format_of(path)
        self.place = path
        self.anchor = path
        self.nested = self._format.nested

    def check(self, source: Place, overwrite: bool) -> None:
        """Raises TableError when its folder is missing, or something is there that must stay."""
        check_target(source, self.place, overwrite)
        if not self.place.resolve().parent.is_dir():
            raise fault(self.place, None, f"no folder {self.place.resolve().parent}", "make it first")

    def open(self, folder: Path, columns: Sequence[Column], schema: Schema) -> Ending:
        """Begin a draft."""
        draft = Draft(self.place, folder)
        try:
            with writing(self.place):
                return FileEnding(draft, self._format.sink(draft.file, columns, schema))
        except BaseException:
            draft.discard()
            raise


class FileEnding:
    """A draft of a file and the sink that fills it."""

    def __init__(self, draft: Draft, sink: Sink) -> None:
        self._draft, self.sink, self._open = draft, sink, True

    def prepare(self) -> None:
        """Let all of it reach the disk."""
        self._draft.prepare()

    def commit(self) -> None:
        """Put it in place."""
        self._draft.commit()
        self._open = False

    def discard(self) -> None:
        """Give it up, if it is not in place."""
        if self._open:
            self.sink.abandon()
            self._draft.discard()


def is_address(place: Place) -> bool:
    """Whether it is the address of a database table rather than a path."""
    return isinstance(place, str) and "://" in place


def end_of(place: Place) -> End:
    """Where an output goes."""
    if is_address(place):
        from appealnlp.batch.database import TableEnd  # here, since it needs an extra

        return TableEnd(str(place))
    return FileEnd(Path(place))


def shown(place: Place) -> Place:
    """What messages call a source; never a password."""
    if is_address(place):
        from appealnlp.batch.database import Address

        return Address.of(str(place)).shown
    return Path(place)


def open_source(place: Place, options: ReadOptions, key: str | None = None) -> Source:
    """Open a file by its extension, or a table by its address, read in the order of ``key``. Raises TableError."""
    if is_address(place):
        from appealnlp.batch.database import read_table

        return read_table(str(place), key)
    path = Path(place)
    source = format_of(path).read(path, options)
    return replace(source, identity=lambda: _identity(path), stamp=lambda: _stamp(path))


def _identity(path: Path) -> Mapping[str, Any]:
    return {"size": path.stat().st_size, "sha256": digest(path)}


def _stamp(path: Path) -> object:
    found = path.stat()
    return found.st_size, found.st_mtime_ns
