"""One run at a time: a lock that the system itself gives up when its process ends, however it ends."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from pathlib import Path

from appealnlp.batch.table import Place, fault
from appealnlp.errors import TableError


class Refused(TableError):
    """A job that must not go on: another run has it, or what it depends on has changed."""


class Lock:
    """A locked file that names its process. Left behind by a crash it is stale: nobody holds it, the next run may."""

    def __init__(self, path: Path, handle: int) -> None:
        self._path, self._handle = path, handle

    @classmethod
    def take(cls, path: Path, target: Place) -> Lock:
        """Lock ``path`` for ``target``. Raises Refused when another run holds it, OSError when nothing can lock."""
        while True:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                if not _locked(handle):
                    raise _held(path, target)
                if _same(path, handle):
                    _sign(handle)
                    return cls(path, handle)
            except BaseException:
                os.close(handle)
                raise
            os.close(handle)  # the run that held it has just removed it; make it anew
            path.parent.mkdir(mode=0o700, exist_ok=True)

    def release(self) -> None:
        """Let others in."""
        with contextlib.suppress(OSError):
            os.close(self._handle)


def _locked(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _same(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(handle))
    except FileNotFoundError:
        return False


def _sign(handle: int) -> None:
    os.ftruncate(handle, 0)
    os.write(handle, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode())


def _held(path: Path, target: Place) -> Refused:
    try:
        owner = json.loads(path.read_bytes())
        who = f"another run (process {owner['pid']} on {owner['host']})"
    except (OSError, ValueError, KeyError, TypeError):
        who = "another run"
    return Refused(str(fault(target, None, f"{who} is writing it", "wait until it ends, or end it first")))
