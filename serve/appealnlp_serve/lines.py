"""Lines of the log on their way out: gathered for a moment, written together by a thread of their own.

What waits is written on a flush, on close and at the end of the process; only a process that is killed outright loses
the lines of the last PAUSE. When the reader is so slow that MOST lines wait, whoever adds one waits as well, for memory
must not grow without bound.
"""

from __future__ import annotations

import threading
from typing import TextIO

PAUSE = 0.02
"""Seconds for which lines are gathered."""
MOST = 20_000
"""Lines that may wait."""


class Lines:
    """Adds from any thread, writes in the order of adding."""

    def __init__(self, out: TextIO, pause: float = PAUSE, most: int = MOST) -> None:
        self._out, self._pause, self._most = out, pause, most
        self._waiting: list[str] = []
        self._news, self._closed = threading.Event(), threading.Event()
        self._writing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    def add(self, line: str) -> None:
        """One line, without its end."""
        self._waiting.append(line)
        if len(self._waiting) >= self._most or self._closed.is_set():
            self.flush()
        elif not self._news.is_set():
            self._news.set()

    def flush(self) -> None:
        """Write what waits; all that was added before is out when this returns."""
        with self._writing:
            count = len(self._waiting)
            batch = self._waiting[:count]
            del self._waiting[:count]
            if not batch:
                return
            try:
                self._out.write("\n".join(batch) + "\n")
                self._out.flush()
            except (OSError, ValueError):  # nobody reads the log any more: serving goes on
                return

    def close(self) -> None:
        """Write what waits; what is added later is written at once."""
        self._closed.set()
        self._news.set()
        self.flush()

    def _run(self) -> None:
        while not self._closed.is_set():
            self._news.wait()
            self._closed.wait(self._pause)
            self._news.clear()
            self.flush()
