"""A file that appears whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from appealnlp.batch.storage import sync_folder
from appealnlp.batch.table import Place, fault


@contextlib.contextmanager
def writing(path: Place) -> Iterator[None]:
    """Turn what the system says when a file cannot be written into a TableError with a remedy."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        remedy = "free some space or write elsewhere" if full else "check path and permissions"
        problem = "the disk is full" if full else f"cannot be written ({error.strerror or type(error).__name__})"
        raise fault(path, None, problem, f"{remedy}; nothing was changed") from error


class Draft:
    """A binary ``file`` beside ``path`` that takes its place on ``commit``; without it the draft is removed.

    ``folder``, on the same file system and locked by the caller, may hold the draft instead.
    """

    def __init__(self, path: Path, folder: Path | None = None) -> None:
        """Raises TableError when the folder is missing or cannot be written."""
        self.path = path.resolve()  # a link keeps pointing to the file that is replaced
        if not self.path.parent.is_dir():
            raise fault(path, None, f"no folder {self.path.parent}", "make it first")
        self._draft = self.path.with_name(f".{self.path.name[:100]}.{secrets.token_hex(4)}.part")
        if folder is not None:
            self._draft = folder / f"draft{''.join(self.path.suffixes[-3:])}"
        with writing(path):
            if folder is not None:
                self._draft.unlink(missing_ok=True)  # of a run that was killed
            self.file = self._draft.open("xb")
        self._open = True

    def __enter__(self) -> Draft:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._open:
            self.discard()

    def prepare(self) -> None:
        """Let all of it reach the disk, where what is full or broken tells; only a rename is left to do."""
        if self.file.closed:
            return
        with writing(self.path):
            self.file.flush()
            os.fsync(self.file.fileno())
            self.file.close()
            with contextlib.suppress(OSError):
                os.chmod(self._draft, self.path.stat().st_mode & 0o777)

    def commit(self) -> None:
        """Put the draft in the place of the file; after a crash there is the old file or the new one."""
        self.prepare()
        with writing(self.path):
            os.replace(self._draft, self.path)
        self._open = False
        sync_folder(self.path.parent)

    def discard(self) -> None:
        """Remove the draft; the old file stays as it is."""
        self._open = False
        with contextlib.suppress(OSError):
            self.file.close()  # flushes, which a full disk refuses once more
        with contextlib.suppress(OSError):
            self._draft.unlink(missing_ok=True)


def check_target(source: Place, target: Path, overwrite: bool) -> None:
    """Raises TableError when ``target`` is the source, a folder, or there already and not to be overwritten."""
    if not target.exists():
        return
    if Path(source).exists() and target.samefile(source):
        raise fault(target, None, "input and output are the same file", "give another output")
    if not target.is_file():
        raise fault(target, None, "is no regular file", "give another output")
    if not overwrite:
        raise fault(target, None, "is there already", "give another output, or --overwrite")
