"""Where analyses run: the form of a pool, and the simple one, threads of the server itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

from appealnlp import Analyzer
from appealnlp_serve.errors import ApiError
from appealnlp_serve.jobs import Job, Labels, labels_of

T = TypeVar("T")
_SHARE = 0.1
"""Weight of the newest piece of work in the moving mean."""


class Pool(Protocol):
    """Runs jobs off the event loop, first come, first served."""

    size: int
    """How many run at once."""
    seconds: float
    """A moving mean of one job."""
    labels: Labels

    def open(self) -> None:
        """Called once the loop runs."""

    def submit(self, job: Job[T], until: float) -> Awaitable[T]:
        """The result to come. A job that has not begun by ``until`` (monotonic seconds) never begins."""

    async def close(self) -> None:
        """Lets running jobs finish."""


class Mean:
    """A moving mean of seconds."""

    seconds = 0.01

    def note(self, seconds: float) -> None:
        """Take one more."""
        self.seconds += _SHARE * (seconds - self.seconds)


class Threads(Mean):
    """Threads of this process: one model in memory, but they share the interpreter with the event loop."""

    def __init__(self, analyzer: Analyzer, size: int) -> None:
        self._analyzer, self.size, self.labels = analyzer, size, labels_of(analyzer)
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="analyse")

    def open(self) -> None:
        """Nothing to do."""

    def submit(self, job: Job[T], until: float) -> Awaitable[T]:
        """Run it in the next free thread."""
        return asyncio.get_running_loop().run_in_executor(self._pool, self._timed, job, until)

    def _timed(self, job: Job[T], until: float) -> T:
        start = time.monotonic()
        if start >= until:
            raise ApiError("deadline")
        out = job(self._analyzer)
        self.note(time.monotonic() - start)
        return out

    async def close(self) -> None:
        """Wait for running work; what waits in the queue has been answered before."""
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)
