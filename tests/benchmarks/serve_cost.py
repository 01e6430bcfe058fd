"""What a request costs besides its analysis: processor time of the server, in this process, no sockets, no model.

    python tests/benchmarks/serve_cost.py                     microseconds a request, best round
    python tests/benchmarks/serve_cost.py --profile wire      where it goes (cProfile)

wire      bytes in, bytes out: HTTP, the whole application, a frame to a process and its answer; the log goes to a file
parsed    the same for a request that is not plain, so that it goes through the HTTP parser
asgi      the application alone
invalid   a plain request that is answered 422
refused   a plain request under overload, refused before it is parsed
shed      one that is not plain, refused by the application

Processor time (``time.process_time``, all threads) and not wall time, since others may use the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import os
import pstats
import sys
import tempfile
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "serve")]

from uvicorn.server import ServerState  # noqa: E402

from appealnlp_serve import app as application  # noqa: E402
from appealnlp_serve.frames import pack  # noqa: E402
from appealnlp_serve.guard import make_server  # noqa: E402
from appealnlp_serve.jobs import Labels  # noqa: E402
from appealnlp_serve.logs import setup  # noqa: E402
from appealnlp_serve.processes import Line, Processes  # noqa: E402
from appealnlp_serve.settings import load_settings  # noqa: E402

ANSWER = b'{"id":null,"analysis":{"filler":"' + b"x" * 3000 + b'"}}'
TEXT = "我家楼道里煤气味很浓，从昨天晚上开始的，物业电话没人接，快派人来看看。" * 4
BODY = json.dumps({"text": TEXT}, ensure_ascii=False).encode()


def request(body: bytes, *more: str) -> bytes:
    """A request as a client library writes it."""
    lines = ["POST /v1/analyze HTTP/1.1", "Host: localhost:8000", "Accept: */*", "Accept-Encoding: gzip, deflate",
             "Connection: keep-alive", "User-Agent: python-httpx/0.28.1", "Content-Type: application/json",
             f"Content-Length: {len(body)}", *more]  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode() + body


PLAIN = request(BODY)
OTHER = PLAIN.replace(b"/v1/analyze ", b"/v1/analyze?x=1 ")
INVALID = request(b'{"text":5}')


class Echo(asyncio.Transport):
    """Stands for the socket to a process: each job is answered at once."""

    def __init__(self) -> None:
        super().__init__()
        self.frame = pack((0.004, ANSWER))
        self.line: Any = None

    def write(self, data: Any) -> None:
        """One job."""
        asyncio.get_running_loop().call_soon(self.line.data_received, self.frame)

    def close(self) -> None:
        """Nothing to close."""
        self.line.pool._lines.clear()


class Instant(Processes):
    """A pool whose process is an echo."""

    def __init__(self, *_: Any) -> None:
        self.size, self.labels = 1, Labels({}, {}, {"low": 0})
        self._children, self._waiting, self._tasks, self._closing = [], deque(), set(), False
        self._lines = []

    def open(self) -> None:
        """Join the echo."""
        line, wire = Line(self, None), Echo()  # type: ignore[arg-type]
        wire.line = line
        line.connection_made(wire)
        self._lines.append(line)


class Wire(asyncio.Transport):
    """Stands for the socket to a client; writes go to the null device, so that their system calls count."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("127.0.0.1", 8000), "peername": ("127.0.0.1", 50000)})
        self.null, self.out, self.done = os.open(os.devnull, os.O_WRONLY), bytearray(), asyncio.Event()

    def write(self, data: Any) -> None:
        """Note the answer; it is done with its closing brackets."""
        os.write(self.null, data)
        self.out += data
        if self.out.endswith(b"}}"):
            self.done.set()

    def is_closing(self) -> bool:
        """Never."""
        return False

    def close(self) -> None:
        """Nothing to close."""

    def pause_reading(self) -> None:
        """Nothing to pause."""

    def resume_reading(self) -> None:
        """Nothing to resume."""

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """No buffer."""


class Cases:
    """The application, and one coroutine a case that asks ``count`` times."""

    def __init__(self, folder: Path) -> None:
        application._pool = Instant  # type: ignore[assignment]
        settings = load_settings({}, rate=100_000, burst=100_000, feedback_url=f"sqlite:///{folder / 'x.db'}")
        server = make_server(settings)
        self.config, self.app, self.engine = server.config, server.config.app, server.parts.engine
        self.config.load()
        self.engine.pool.open()
        self._protocol: Any = None

    async def wire(self, count: int, data: bytes = PLAIN, status: bytes = b"200") -> None:
        """Through the protocol."""
        if self._protocol is None:
            self._wire = Wire()
            self._protocol = self.config.http_protocol_class(self.config, ServerState(), {})
            self._protocol.connection_made(self._wire)
        wire = self._wire
        for _ in range(count):
            wire.out.clear()
            wire.done.clear()
            self._protocol.data_received(data)
            await wire.done.wait()
            assert wire.out[9:12] == status, bytes(wire.out[:100])
            await asyncio.sleep(0)

    async def parsed(self, count: int) -> None:
        """Not plain."""
        await self.wire(count, OTHER)

    async def invalid(self, count: int) -> None:
        """422."""
        await self.wire(count, INVALID, b"422")

    async def refused(self, count: int) -> None:
        """Before parsing."""
        self.engine._taken = 100_000
        await self.wire(count, PLAIN, b"503")
        self.engine._taken = 0

    async def shed(self, count: int) -> None:
        """By the application, which then rests."""
        self.engine._taken = 100_000
        await self.asgi(count, b"x=1", 503)
        self.engine._taken = 0

    async def asgi(self, count: int, query: bytes = b"", status: int = 200) -> None:
        """The application alone."""
        headers = [(name.lower().encode(), value.encode()) for name, value in (
            line.split(": ") for line in PLAIN.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:])]  # fmt: skip
        for _ in range(count):
            scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
                     "path": "/v1/analyze", "raw_path": b"/v1/analyze", "query_string": query, "headers": headers,
                     "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000), "scheme": "http", "root_path": "",
                     "state": {}}  # fmt: skip
            await self._one(scope, status)

    async def _one(self, scope: dict[str, Any], status: int) -> None:
        seen: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": BODY, "more_body": False}

        async def send(message: Any) -> None:
            seen.append(message)
            if status == 503 and len(seen) == 2:
                raise asyncio.CancelledError  # it would only rest now

        with suppress(asyncio.CancelledError):
            await self.app(scope, receive, send)
        assert seen[0]["status"] == status


CASES = ("wire", "parsed", "asgi", "invalid", "refused", "shed")
Case = Callable[[int], Awaitable[None]]


async def measure(cases: Cases, count: int, rounds: int, profiled: str | None) -> None:
    """Best of the rounds, for each case; or one case under the profiler."""
    if profiled:
        case: Case = getattr(cases, profiled)
        await case(50)
        with cProfile.Profile(time.process_time) as profile:
            await case(count)
        pstats.Stats(profile).sort_stats("cumtime").print_stats(95)
        return
    best = dict.fromkeys(CASES, float("inf"))
    for _ in range(rounds):
        for name in CASES:
            start = time.process_time()
            await getattr(cases, name)(count)
            best[name] = min(best[name], (time.process_time() - start) / count)
    print("  ".join(f"{name} {seconds * 1e6:.0f}" for name, seconds in best.items()), "us of processor a request")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--profile", choices=CASES)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("w") as log:
        kept, sys.stderr = sys.stderr, log
        setup(batched=True)

        async def run() -> None:
            await measure(Cases(Path(folder)), args.count, args.rounds, args.profile)

        asyncio.run(run())
        sys.stderr = kept


if __name__ == "__main__":
    main()
