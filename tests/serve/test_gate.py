"""Refusing before parsing: which requests are judged, how little may wait under overload, and how that opens again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Self

import httpx
import pytest
from hostile import GOOD, chunked, get, listed, post
from serve_parts import GAS, Served

from appealnlp import Analyzer, InputError, ModelError
from appealnlp_serve.engine import HOLDS, Engine
from appealnlp_serve.errors import ApiError
from appealnlp_serve.gate import bytes_left
from appealnlp_serve.limit import LEAST, STANDING, WINDOW, Limit
from appealnlp_serve.middleware.shed import PAUSE
from appealnlp_serve.pools import Threads
from appealnlp_serve.processes import Line, Processes

MOST = 65536


@pytest.mark.parametrize(
    ("data", "left"),
    [
        (post(GOOD), 0),
        (post(GOOD, path=b"/v1/batch"), 0),
        (post(GOOD)[: -len(GOOD)], len(GOOD)),
        (post(GOOD)[:-1], 1),
        (post(GOOD, b"Connection: keep-alive"), 0),
        (post(GOOD).replace(b"Content-Length", b"content-length"), 0),
        (post(GOOD)[:40], None),
        (post(GOOD) + post(GOOD), None),
        (post(GOOD, b"Content-Length: 5"), None),
        (post(GOOD, b"Transfer-Encoding: chunked"), None),
        (post(GOOD, b"Transfer-Encoding : chunked"), None),
        (post(GOOD, b"Expect: 100-continue"), None),
        (post(GOOD, b"Connection: close"), None),
        (post(GOOD, length=b"-1"), None),
        (post(GOOD, length=b"99999999"), None),
        (post(GOOD, length=b"1 1"), None),
        (post(GOOD, path=b"/v1/schemes"), None),
        (post(GOOD, path=b"/v1/analyze?x=1"), None),
        (chunked(b"1\r\na\r\n"), None),
        (get(b"/v1/analyze"), None),
        (b"", None),
    ],
)
def test_only_plain_requests_are_judged(data: bytes, left: int | None) -> None:
    assert bytes_left(data, MOST) == left


def test_a_hostile_request_is_judged_only_when_its_end_is_certain() -> None:
    for data in listed():
        left = bytes_left(data, MOST)
        if left is not None:
            head, _, body = data.partition(b"\r\n\r\n")
            assert head.lower().count(b"content-length") == 1
            assert len(body) + left == int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])


class Clock:
    """Time that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def _window(limit: Limit, clock: Clock, taken: int, refused: bool) -> float:
    limit.taken(taken)
    if refused:
        assert limit.refuses(10_000)
    clock.now += WINDOW
    limit.taken(taken)
    return limit.value


def test_the_limit_falls_while_the_pool_is_never_free_and_opens_again() -> None:
    clock = Clock()
    limit = Limit(2, 66, clock)
    assert [limit.refuses(count) for count in (0, 65, 66)] == [False, False, True]
    values = [_window(limit, clock, 66, True) for _ in range(8)]
    assert values[:3] == [33, 16.5, 8.25]
    assert values[-1] == 2 * LEAST
    assert limit.refuses(2 * LEAST)
    assert _window(limit, clock, 1, True) == 9  # one of two is free: a longer queue would use it
    assert [_window(limit, clock, 2, False) for _ in range(6)][-1] == 66


def test_of_short_work_more_may_always_wait() -> None:
    clock, seconds = Clock(), STANDING / 10
    limit = Limit(2, 66, clock, lambda: seconds)
    assert [_window(limit, clock, 66, True) for _ in range(8)][-1] == 2 * 10
    seconds = STANDING
    assert [_window(limit, clock, 66, True) for _ in range(8)][-1] == 2 * LEAST
    seconds = 0.0
    assert _window(limit, clock, 66, True) == 66


def test_a_limit_never_exceeds_the_queue() -> None:
    limit = Limit(1, 1, Clock())
    assert not limit.refuses(0)
    assert limit.refuses(1)


def test_a_ticket_holds_a_place_for_a_moment_only(nlp: Analyzer) -> None:
    async def scene() -> None:
        engine = Engine(Threads(nlp, 1), 0)
        first = engine.ticket()
        assert first is not None
        assert engine.ticket() is None
        await asyncio.sleep(HOLDS * 2)
        assert not first.end()
        second = engine.ticket()
        assert second is not None
        async with engine.slot(second):
            assert (engine.taken, engine.promised) == (1, 0)
            with pytest.raises(ApiError, match="overloaded"):
                await engine.run(lambda _: None, 1, first)
        await engine.close()

    asyncio.run(scene())


@pytest.fixture(scope="module")
def narrow(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Served:
    """A server with room for one analysis at a time."""
    if not Path(f"/proc/self/task/{os.getpid()}/children").exists():
        pytest.skip("the process that analyses is found in /proc")
    server = Served(model, tmp_path_factory.mktemp("narrow"), queue=0, header_seconds=1, deadline=60)
    yield server
    server.stop()


def _answer(wire: socket.socket) -> tuple[bytes, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        data += wire.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += wire.recv(65536)
    assert len(body) == length
    return head, body


def _worker(served: Served) -> int:
    """The id of the process that analyses."""
    pid = served.process.pid
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


class Busy:
    """A request that takes as long as a test needs: the process that analyses is stopped until ``answer``."""

    def __init__(self, served: Served) -> None:
        self.worker = _worker(served)
        self._wire = socket.create_connection(("127.0.0.1", served.port), 30)
        os.kill(self.worker, signal.SIGSTOP)
        try:
            self._wire.sendall(post(GOOD))
        except BaseException:
            self._go_on()
            raise
        time.sleep(0.1)

    def answer(self) -> bytes:
        """The head of its answer, once the process goes on."""
        self._go_on()
        return _answer(self._wire)[0]

    def _go_on(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.worker, signal.SIGCONT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._go_on()
        self._wire.close()


def test_a_refused_connection_goes_on_with_the_next_request(narrow: Served) -> None:
    with Busy(narrow) as busy, socket.create_connection(("127.0.0.1", narrow.port), 30) as wire:
        whole = post(GOOD)
        for cut in (len(whole), len(whole) - len(GOOD), len(whole) - 3):  # in one piece, and body or its end later
            wire.sendall(whole[:cut])
            head, body = _answer(wire)
            assert head.startswith(b"HTTP/1.1 503")
            assert b"\r\nretry-after: 1" in head
            assert b"x-content-type-options" in head
            assert json.loads(body)["error"]["code"] == "overloaded"
            wire.sendall(whole[cut:])
        wire.sendall(get(b"/livez"))
        assert _answer(wire)[0].startswith(b"HTTP/1.1 200")
        assert busy.answer().startswith(b"HTTP/1.1 200")
        wire.sendall(post(GOOD))
        assert _answer(wire)[0].startswith(b"HTTP/1.1 200")


def test_who_asks_again_at_once_is_slowed_and_others_are_not(narrow: Served) -> None:
    with Busy(narrow) as busy:
        with socket.create_connection(("127.0.0.1", narrow.port), 30) as hasty:
            start, count = time.monotonic(), 5
            for _ in range(count):
                hasty.sendall(post(GOOD))
                assert _answer(hasty)[0].startswith(b"HTTP/1.1 503")
            assert time.monotonic() - start >= PAUSE * (count - 3)
        with socket.create_connection(("127.0.0.1", narrow.port), 30) as other:
            other.sendall(post(GOOD))
            assert _answer(other)[0].startswith(b"HTTP/1.1 503")
        assert busy.answer().startswith(b"HTTP/1.1 200")


class Sink(asyncio.Transport):
    """Counts the jobs that were sent to a process."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs = 0

    def write(self, data: bytes) -> None:
        self.jobs += 1


def _fed(jobs: int, seconds: float) -> tuple[list[int], int]:
    """How many jobs each of two processes was sent, and how many still wait."""

    async def scene() -> tuple[list[int], int]:
        pool = Processes.__new__(Processes)
        pool.seconds, pool._waiting, pool._lines = seconds, deque(), []
        sinks = [Sink(), Sink()]
        for sink in sinks:
            line = Line(pool, None)  # type: ignore[arg-type]
            line.connection_made(sink)
            pool._lines.append(line)
        futures = [pool.submit(print, 0.0) for _ in range(jobs)]
        assert len(futures) == jobs
        return [sink.jobs for sink in sinks], len(pool._waiting)

    return asyncio.run(scene())


def test_jobs_go_one_ahead_when_they_are_short_or_a_queue_stands() -> None:
    assert _fed(4, 0.001) == ([2, 2], 0)
    assert _fed(4, 0.02) == ([1, 1], 2)  # the next may come free behind either
    assert _fed(5, 0.02) == ([2, 1], 2)
    assert _fed(9, 0.02) == ([2, 2], 5)
    sent, waiting = _fed(50, 0.002)  # a queue of short ones: each process gets work for a while
    assert sent[0] == sent[1] > 2
    assert waiting > 2
    assert _fed(7, 0.002) == ([3, 2], 2)


def test_a_refused_connection_that_falls_silent_is_closed(narrow: Served) -> None:
    with Busy(narrow) as busy, socket.create_connection(("127.0.0.1", narrow.port), 30) as wire:
        wire.sendall(post(GOOD)[:-3])
        assert _answer(wire)[0].startswith(b"HTTP/1.1 503")
        start = time.monotonic()
        assert wire.recv(100) == b""
        assert time.monotonic() - start < 5
        assert busy.answer().startswith(b"HTTP/1.1 200")


def test_a_process_that_dies_is_replaced(narrow: Served) -> None:
    worker = _worker(narrow)
    os.kill(worker, signal.SIGTERM)  # a signal for the whole group does not end it
    time.sleep(0.1)
    with Busy(narrow) as busy:
        assert busy.worker == worker
        os.kill(worker, signal.SIGTERM)  # nor while it works
        os.kill(worker, signal.SIGKILL)
        assert busy.answer().startswith(b"HTTP/1.1 500")
    until = time.monotonic() + 60
    with httpx.Client(base_url=narrow.url, timeout=60) as client:
        while client.post("/v1/analyze", json={"text": GAS}).status_code != 200:
            assert time.monotonic() < until
            time.sleep(0.1)
    assert any('"worker_lost"' in line for line in narrow.lines)


def test_a_model_that_cannot_be_loaded_is_told(tmp_path: Path, model: Path) -> None:
    with pytest.raises(ModelError):
        Processes((tmp_path / "none", None, "default"), 1)
    with pytest.raises(InputError, match="tier"):
        Processes((model, "none", "default"), 1)
