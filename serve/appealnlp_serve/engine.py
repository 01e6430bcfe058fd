"""Analysing off the event loop: a bounded queue before a pool, a deadline for each piece of work.

What cannot be taken is refused at once (overloaded), so that what was taken is finished in time.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
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

    __slots__ = ("_engine", "until")

    def __init__(self, engine: Engine) -> None:
        self._engine: Engine | None = engine
        self.until = time.monotonic() + HOLDS
        engine.held += 1

    def end(self) -> bool:
        """Give the place back; whether it still held."""
        if self._engine is None:
            return False
        self._engine.held -= 1
        self._engine = None
        return time.monotonic() < self.until


class Engine:
    """Work for a pool. ``run`` is for one piece, ``slot`` for many that follow each other."""

    def __init__(self, pool: Pool, queue: int, patience: float = float("inf")) -> None:
        """``patience`` is the longest wait, in seconds, that may be expected of what is taken."""
        self.pool, self._patience = pool, patience
        self._limit = Limit(pool.size, pool.size + queue, seconds=lambda: pool.seconds)
        self._taken = 0
        self._tickets: deque[Ticket] = deque()
        self.held = 0
        """Tickets that have not ended."""

    @property
    def taken(self) -> int:
        """Pieces of work that wait or run."""
        return self._taken

    @property
    def ahead(self) -> float:
        """Seconds for which the pool has work, by the mean of what it did before."""
        return self._taken * self.pool.seconds / self.pool.size

    @property
    def promised(self) -> int:
        """Tickets that hold. What is too old is ended when it is asked, which costs less than a timer for each."""
        if self._tickets:
            now = time.monotonic()
            while self._tickets and self._tickets[0].until <= now:
                self._tickets.popleft().end()
        return self.held

    def ticket(self) -> Ticket | None:
        """A place for a request whose body may still be on its way; None when it is refused. Ask once for each."""
        if self._refuses():
            return None
        ticket = Ticket(self)
        self._tickets.append(ticket)
        return ticket

    def _refuses(self) -> bool:
        """Whether one more piece is refused; to be asked once for each.

        What would most likely miss its deadline is refused now: it would only keep the place of another. One piece may
        always wait behind each that runs, for what is expected of it is a mean and may be far off.
        """
        count = self._taken + self.promised
        if self._limit.refuses(count):
            return True
        return count >= 2 * self.pool.size and count * self.pool.seconds > self._patience * self.pool.size

    @asynccontextmanager
    async def slot(self, ticket: Ticket | None = None) -> AsyncIterator[None]:
        """One place in the queue, that of ``ticket`` while it holds. Raises ApiError overloaded when there is none."""
        self._enter(ticket)
        try:
            yield
        finally:
            self._take(-1)

    def _enter(self, ticket: Ticket | None) -> None:
        if not (ticket is not None and ticket.end()) and self._refuses():
            raise ApiError("overloaded", retry_after=self.retry_after())
        self._take(1)

    def _take(self, more: int) -> None:
        self._taken += more
        self._limit.taken(self._taken)

    async def run(self, job: Job[T], deadline: float, ticket: Ticket | None = None) -> T:
        """The result of ``job``. Raises ApiError overloaded or deadline, and what ``job`` raises."""
        self._enter(ticket)
        try:
            return await self.step(job, time.monotonic() + deadline)
        finally:
            self._take(-1)

    async def step(self, job: Job[T], until: float) -> T:
        """One piece of work inside a slot; it never starts after ``until`` (monotonic seconds)."""
        try:
            async with asyncio.timeout(max(until - time.monotonic(), 0)):
                return await self.pool.submit(job, until)
        except TimeoutError:
            raise ApiError("deadline", retry_after=self.retry_after()) from None

    def retry_after(self) -> int:
        """Whole seconds after which the queue should have drained."""
        return max(1, min(60, round(self.ahead)))

    async def close(self) -> None:
        """Waits for running work; what waits in the queue has been answered before."""
        await self.pool.close()
