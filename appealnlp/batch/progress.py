"""How far a long job is: a bar on a terminal, else a line every few seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

Progress = Callable[[int, float | None], None]
"""Is told of every chunk: rows that are done now, and the share of the input (0 to 1) read so far, if that is known.

No rows but a share: so much an earlier run had done.
"""
Clock = Callable[[], float]


def quiet(rows: int, share: float | None) -> None:
    """Say nothing."""


class Lines:
    """Writes a line every ``every`` seconds, for logs."""

    def __init__(self, stream: TextIO, every: float = 5.0, clock: Clock = time.monotonic) -> None:
        self._stream, self._every, self._clock = stream, every, clock
        self._begin = self._last = clock()
        self._rows, self._before = 0, 0.0

    def __call__(self, rows: int, share: float | None) -> None:
        """Count, and write a line when it is time."""
        self._rows += rows
        now = self._clock()
        if not rows:
            self._begin, self._before = now, share or 0.0
        if now - self._last >= self._every:
            self._last = now
            print(status(self._rows, share, now - self._begin, self._before), file=self._stream, flush=True)


def status(rows: int, share: float | None, seconds: float, before: float = 0.0) -> str:
    """``已处理 1200 行 (40%)，310 行/秒，约剩 6 秒``; ``before`` is the share that had been done at the beginning."""
    speed = rows / seconds if seconds else 0.0
    percent = f" ({share:.0%})" if share is not None else ""
    left = f"，约剩 {seconds * (1 - share) / (share - before):.0f} 秒" if share and share > before else ""
    return f"已处理 {rows} 行{percent}，{speed:.0f} 行/秒{left}"


class _Bar:
    def __init__(self, bar: RichProgress, clock: Clock = time.monotonic) -> None:
        self._bar, self._clock, self._begin, self._rows, self._before = bar, clock, clock(), 0, 0.0
        self._task = bar.add_task("", total=None)

    def __call__(self, rows: int, share: float | None) -> None:
        self._rows += rows
        if not rows:
            self._begin, self._before = self._clock(), share or 0.0
        total, done = (None, 0.0) if share is None else (1.0, share)
        said = status(self._rows, share, self._clock() - self._begin, self._before)
        self._bar.update(self._task, total=total, completed=done, description=said)


@contextmanager
def reporting(stream: TextIO | None = None) -> Iterator[Progress]:
    """A bar where the stream (stderr) is a terminal, else lines."""
    out = stream or sys.stderr
    if not out.isatty():
        yield Lines(out)
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), TextColumn("{task.description}"))
    with Bar(*columns, console=Console(file=out), transient=True) as bar:
        yield _Bar(bar)
