"""Analysing off the event loop: a bounded queue before a pool, a deadline for each piece of work.

What cannot be taken is refused at once (overloaded), so that what was taken is finished in time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from appealnlp_serve.errors import ApiError
from appealnlp_serve.jobs import Job
from appealnlp_serve.limit import Limit
from appealnlp_serve.pools import Pool

T = TypeVar("T")
HOLDS = 0.05
"""Seconds for which a ticket holds: a client that sends its body slowly must not keep a place from the others."""


class Ticket:
    """A place that is promised to a request until its body is read; it ends with its use or after HOLDS."""

    __slots__ = ("_engine", "_timer")

    def __init__(self, engine: Engine) -> None:
        self._engine: Engine | None = engine
        engine.promised += 1
        self._timer = asyncio.get_running_loop().call_later(HOLDS, self.end)

    def end(self) -> bool:
        """Give the place back; whether it still held."""
        if self._engine is None:
            return False
        self._engine.promised -= 1
        self._engine = None
        self._timer.cancel()
        return True


class Engine:
    """Work for a pool. ``run`` is for one piece, ``slot`` for many that follow each other."""

    def __init__(self, pool: Pool, queue: int) -> None:
        self.pool = pool
        self._limit = Limit(pool.size, pool.size + queue)
        self._taken = 0
        self.promised = 0
        """Tickets that hold."""

    @property
    def taken(self) -> int:
        """Pieces of work that wait or run."""
        return self._taken

    def ticket(self) -> Ticket | None:
        """A place for a request whose body may still be on its way; None when it is refused. Ask once for each."""
        if self._refuses():
            return None
        return Ticket(self)

    def _refuses(self) -> bool:
        """Whether one more piece is refused; to be asked once for each."""
        return self._limit.refuses(self._taken + self.promised)

    @asynccontextmanager
    async def slot(self, ticket: Ticket | None = None) -> AsyncIterator[None]:
        """One place in the queue, that of ``ticket`` while it holds. Raises ApiError overloaded when there is none."""
        if not (ticket is not None and ticket.end()) and self._refuses():
            raise ApiError("overloaded", retry_after=self.retry_after())
        self._take(1)
        try:
            yield
        finally:
            self._take(-1)

    def _take(self, more: int) -> None:
        self._taken += more
        self._limit.taken(self._taken)

    async def run(self, job: Job[T], deadline: float, ticket: Ticket | None = None) -> T:
        """The result of ``job``. Raises ApiError overloaded or deadline, and what ``job`` raises."""
        async with self.slot(ticket):
            return await self.step(job, time.monotonic() + deadline)

    async def step(self, job: Job[T], until: float) -> T:
        """One piece of work inside a slot; it never starts after ``until`` (monotonic seconds)."""
        try:
            return await asyncio.wait_for(self.pool.submit(job, until), max(until - time.monotonic(), 0))
        except TimeoutError:
            raise ApiError("deadline", retry_after=self.retry_after()) from None

    def retry_after(self) -> int:
        """Whole seconds after which the queue should have drained."""
        return max(1, min(60, round(self._taken * self.pool.seconds / self.pool.size)))

    async def close(self) -> None:
        """Waits for running work; what waits in the queue has been answered before."""
        await self.pool.close()
