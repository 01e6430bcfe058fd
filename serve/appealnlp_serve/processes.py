"""Processes that analyse, so that the event loop never waits for the interpreter: refusals and probes stay fast.

Each is joined to the server by a socket pair. One that dies is started anew; what it was working on is refused.
"""

from __future__ import annotations

import asyncio
import logging
import math
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any, TypeVar

from appealnlp import AppealError, ModelError
from appealnlp_serve.errors import ApiError
from appealnlp_serve.frames import Frames, pack, receive
from appealnlp_serve.jobs import Job, Labels
from appealnlp_serve.logs import log
from appealnlp_serve.pools import Mean

T = TypeVar("T")
_SHORT = 0.005
"""Seconds: jobs that take less are always sent one ahead."""
_AT_HAND = 0.02
"""Seconds of work that a process is sent while more waits: the loop may be busy with refusals meanwhile."""
_AGAIN = 1.0
"""Seconds before a process that died is started anew."""
_END = 10.0
"""Seconds that a process gets to end by itself."""
_START = 120.0
"""Seconds for a process to load its model."""


class Child:
    """A process and the blocking end of its socket, until the loop takes that over."""

    def __init__(self, about: tuple[Any, ...]) -> None:
        self.wire, other = socket.socketpair()
        command = [sys.executable, "-P", "-m", "appealnlp_serve.worker", str(other.fileno())]
        with other:
            self.process = subprocess.Popen(command, pass_fds=(other.fileno(),), stdin=subprocess.DEVNULL)
        self.wire.settimeout(_START)
        self.wire.sendall(pack(about))

    def ready(self) -> Labels:
        """Wait until it has loaded. Raises what it could not load, ModelError when it died of it."""
        try:
            told = receive(self.wire)
        except (EOFError, OSError):
            told = ModelError("a process that analyses did not start; its own message stands above")
        if isinstance(told, AppealError):
            self.end()
            raise told
        self.wire.setblocking(False)
        return told  # type: ignore[no-any-return]

    def end(self) -> None:
        """Close the socket and wait for the process."""
        self.wire.close()
        try:
            self.process.wait(_END)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Line(asyncio.Protocol):
    """The loop's end of one process: the jobs that were sent, in order."""

    def __init__(self, pool: Processes, child: Child) -> None:
        self.pool, self.child = pool, child
        self.sent: deque[asyncio.Future[Any]] = deque()
        self._frames = Frames()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready for jobs."""
        self._transport = transport  # type: ignore[assignment]

    def send(self, frame: bytes, future: asyncio.Future[Any]) -> None:
        """One job more."""
        assert self._transport is not None
        self.sent.append(future)
        self._transport.write(frame)

    def data_received(self, data: bytes) -> None:
        """Results, in the order of the jobs."""
        for seconds, value in self._frames.feed(data):
            future = self.sent.popleft()
            self.pool.note(seconds)
            if future.done():
                continue
            if isinstance(value, ApiError):
                future.set_exception(value)
            else:
                future.set_result(value)
        self.pool.feed()

    def connection_lost(self, exc: Exception | None) -> None:
        """The process has ended."""
        self.pool.lost(self)

    def close(self) -> None:
        """Let it end."""
        if self._transport is not None:
            self._transport.close()


class Processes(Mean):
    """So many processes, each with the model of its own. ``about`` is (model, tier, policy) of ``appealnlp.load``."""

    def __init__(self, about: tuple[Any, ...], size: int) -> None:
        """Start all and wait until each has loaded. Raises ModelError, InputError."""
        self._about, self.size = about, size
        self._children = [Child(about) for _ in range(size)]
        try:
            told = [child.ready() for child in self._children]
        except AppealError:
            for child in self._children:
                child.end()
            raise
        self.labels = told[0]
        self._lines: list[Line] = []
        self._waiting: deque[tuple[bytes, asyncio.Future[Any]]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    def open(self) -> None:
        """Give the sockets to the running loop."""
        for child in self._children:
            self._spawn(self._join(child))
        self._children = []

    def submit(self, job: Job[T], until: float) -> Awaitable[T]:
        """Send it to a process that is free, or keep it until one is."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((pack((until, job)), future))
        self.feed()
        return future

    def feed(self) -> None:
        """Send what waits to the least busy processes; what was given up meanwhile is left out.

        Short jobs go one ahead, so that a process never waits for the loop; long ones, too, while more wait than there
        are processes, for then no process is free soon, and the one behind which a job stands does not matter. Then
        several short ones go, so much as takes _AT_HAND.
        """
        while self._waiting and self._lines:
            line = min(self._lines, key=lambda item: len(item.sent))
            if len(line.sent) >= self._most_sent():
                return
            frame, future = self._waiting.popleft()
            if not future.done():
                line.send(frame, future)

    def _most_sent(self) -> int:
        if len(self._waiting) > len(self._lines):
            return max(2, math.ceil(_AT_HAND / max(self.seconds, _AT_HAND / 100)))
        return 2 if self.seconds < _SHORT else 1

    def lost(self, line: Line) -> None:
        """A process ended: by our wish, or it died and is replaced."""
        self._lines = [item for item in self._lines if item is not line]
        self._spawn(asyncio.to_thread(line.child.end))
        for future in line.sent:
            if not future.done():
                future.set_exception(ApiError("internal"))
        if not self._closing:
            log("worker_lost", level=logging.ERROR, jobs=len(line.sent))
            self._spawn(self._again())

    async def _again(self) -> None:
        while not self._closing:
            await asyncio.sleep(_AGAIN)
            child = Child(self._about)
            try:
                await asyncio.to_thread(child.ready)
            except AppealError as error:
                log("worker_failed", level=logging.ERROR, error=error)
                continue
            return await self._join(child)

    async def _join(self, child: Child) -> None:
        line = Line(self, child)
        await asyncio.get_running_loop().create_connection(lambda: line, sock=child.wire)
        self._lines.append(line)
        if self._closing:
            line.close()
        self.feed()

    def _spawn(self, work: Any) -> None:  # noqa: ANN401
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Close the sockets; each process ends once its job is done."""
        self._closing = True
        for line in self._lines:
            line.close()
        while self._tasks or self._lines:
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*self._tasks)
            await asyncio.sleep(0)
