"""Runs that end badly on purpose: killed or failing at a chosen call to the system."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from batch.fake_analyzer import FakeAnalyzer

CALLS = ("open", "write", "fsync", "close", "replace", "unlink", "mkdir", "ftruncate", "rmdir")
"""What a job asks of the system to make files last, by the names in ``os``."""
_REAL = {name: getattr(os, name) for name in CALLS}


class CountingAnalyzer(FakeAnalyzer):
    """Adds a byte to a file for each appeal of a table, so that the work of killed processes is counted, too.

    What is analysed once more by itself, since another appeal of its chunk failed, is not counted again.
    """

    def __init__(self, count: Path) -> None:
        self._count = count

    def pipe(self, appeals):
        for appeal in appeals:
            handle = _REAL["open"](self._count, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            _REAL["write"](handle, b".")
            _REAL["close"](handle)
            yield self(appeal)


def worked(count: Path) -> int:
    """Appeals analysed since the last look."""
    done = count.stat().st_size if count.exists() else 0
    count.unlink(missing_ok=True)
    return done


@contextmanager
def watched(at: Callable[[str, tuple[Any, ...]], None]) -> Iterator[None]:
    """``at`` is told of each call before it is done, and may prevent it."""

    def watching(name: str) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            at(name, args)
            return _REAL[name](*args, **options)

        return call

    for name in CALLS:
        setattr(os, name, watching(name))
    try:
        yield
    finally:
        for name in CALLS:
            setattr(os, name, _REAL[name])


def calls_of(run: Callable[[], object]) -> list[str]:
    """The calls that a run makes."""
    names: list[str] = []
    with watched(lambda name, args: names.append(name)):
        run()
    return names


def lasting(calls: list[str]) -> list[int]:
    """The places of calls that change what lies on the disk; opening and closing do not."""
    return [place for place, name in enumerate(calls) if name not in ("open", "close")]


def killed_at(place: int, run: Callable[[], object], *, half: bool = False) -> bool:
    """Whether a process of its own was killed before its call number ``place``; ``half`` lets it write a half first."""
    child = os.fork()
    if not child:
        try:
            with watched(_Killer(place, half)):
                run()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


class _Killer:
    def __init__(self, place: int, half: bool) -> None:
        self._left, self._half = place, half

    def __call__(self, name: str, args: tuple[Any, ...]) -> None:
        if not self._left:
            if self._half and name == "write":
                _REAL["write"](args[0], bytes(args[1])[: len(args[1]) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1


def failing_at(place: int) -> Callable[[str, tuple[Any, ...]], None]:
    """From call number ``place`` on the disk is full; what frees space still works."""
    made = [0]

    def at(name: str, args: tuple[Any, ...]) -> None:
        made[0] += 1
        if made[0] > place and name in ("write", "fsync", "replace", "mkdir", "ftruncate"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    return at
