"""Analysing off the event loop: a fixed number of threads, a bounded queue, a deadline for each piece of work.

What cannot be taken is refused at once (overloaded), so that what was taken is finished in time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from appealnlp_serve.errors import ApiError

T = TypeVar("T")


class Engine:
    """Threads that work for the loop. ``run`` is for one piece, ``slot`` for many that follow each other."""

    def __init__(self, workers: int, queue: int) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="analyse")
        self._most = workers + queue
        self._workers = workers
        self._taken = 0
        self._seconds = 0.01  # a moving mean of one piece, for Retry-After

    @property
    def taken(self) -> int:
        """Pieces of work that wait or run."""
        return self._taken

    @property
    def full(self) -> bool:
        """Whether one more piece would be refused."""
        return self._taken >= self._most

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """One place in the queue. Raises ApiError overloaded at once when there is none."""
        if self.full:
            raise ApiError("overloaded", retry_after=self.retry_after())
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1

    async def run(self, work: Callable[[], T], deadline: float) -> T:
        """The result of ``work``. Raises ApiError overloaded or deadline, and what ``work`` raises."""
        async with self.slot():
            return await self.step(work, time.monotonic() + deadline)

    async def step(self, work: Callable[[], T], until: float) -> T:
        """One piece of work inside a slot; it never starts after ``until`` (monotonic seconds)."""
        future = asyncio.get_running_loop().run_in_executor(self._pool, self._timed, work, until)
        try:
            return await asyncio.wait_for(future, max(until - time.monotonic(), 0))
        except TimeoutError:
            raise ApiError("deadline", retry_after=self.retry_after()) from None

    def _timed(self, work: Callable[[], T], until: float) -> T:
        start = time.monotonic()
        if start >= until:
            raise ApiError("deadline", retry_after=self.retry_after())
        out = work()
        self._seconds += 0.1 * (time.monotonic() - start - self._seconds)
        return out

    def retry_after(self) -> int:
        """Whole seconds after which the queue should have drained."""
        return max(1, min(60, round(self._taken * self._seconds / self._workers)))

    def close(self) -> None:
        """Waits for running work; what waits in the queue has been answered before."""
        self._pool.shutdown(wait=True, cancel_futures=True)
