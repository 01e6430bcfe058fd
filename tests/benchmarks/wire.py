"""Load for the endpoint from one lean process: prebuilt requests, plain sockets, epoll; closed or open loop.

    python tests/benchmarks/wire.py PORT --connections 8 --seconds 5              closed: as fast as it is answered
    python tests/benchmarks/wire.py PORT --connections 900 --rate 4000 --seconds 60   open: arrivals at a constant rate

In the open loop arrivals are a Poisson process (``--even``: at equal distances), whatever the server does; a request is
timed from the moment at which it was due, not at which it was sent. One that finds all connections busy is ``unsent``.
The generator looks once in TICK only, so as to leave the processor to the server; what is late by that is timed too.
Prints one line of JSON: seconds by status as percentiles, counts, and how late the generator itself was.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import select
import socket
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.IGNORECASE)
PATIENCE = 10.0
TICK = 0.001
"""Seconds between two looks of the open loop."""


def texts_of(path: Path | None) -> list[str]:
    """Texts of a CSV (诉求内容) or JSON-lines (text) file; the examples without one."""
    path = path or ROOT / "examples" / "appeals.csv"
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [row["诉求内容"] for row in csv.DictReader(file)]
    return [json.loads(line)["text"] for line in path.read_text("utf-8").splitlines()]


def requests_of(texts: Sequence[str], path: str = "/v1/analyze") -> list[bytes]:
    """Each text as a request."""
    out = []
    for text in texts:
        body = json.dumps({"text": text}, ensure_ascii=False).encode()
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json"
        out.append(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    return out


def ask(wire: socket.socket, request: bytes) -> tuple[int, bool]:
    """Status of the whole answer (0 when there is none), and whether the connection stays."""
    return exchange(wire, request)[:2]


def exchange(wire: socket.socket, request: bytes) -> tuple[int, bool, str]:
    """As ``ask``, and what went wrong, with the bytes that had come till then."""
    data, sent = b"", False
    try:
        wire.sendall(request)
        sent = True
        while True:
            piece = wire.recv(65536)
            if not piece:
                return 0, False, f"closed after {len(data)} bytes"
            data += piece
            end = data.find(b"\r\n\r\n")
            found = LENGTH.search(data, 0, end + 2) if end >= 0 else None
            if found and len(data) >= end + 4 + int(found[1]):
                return int(data[9:12]), b"\r\nconnection: close" not in data[: end + 2].lower(), ""
    except OSError as error:
        done = f"reading, {len(data)} bytes had come" if sent else "sending"
        return 0, False, f"{type(error).__name__} while {done}"


@dataclass
class Seen:
    """What came back."""

    seconds: dict[int, list[float]] = field(default_factory=dict)
    unsent: int = 0
    broken: int = 0
    late: float = 0.0
    took: float = 0.0
    worked: float = 0.0
    """Seconds of processor."""

    def summary(self) -> dict[str, Any]:
        """Percentiles in milliseconds, counts, answers of 200 a second."""
        good = sorted(self.seconds.get(200, []))
        parts = {f"p{share}": round(_share(good, share) * 1000, 2) for share in (50, 99)}
        counts = {str(status): len(values) for status, values in sorted(self.seconds.items())}
        return {**parts, "goodput": round(len(good) / self.took, 1), "counts": counts, "unsent": self.unsent,
                "broken": self.broken, "generator_late_ms": round(self.late * 1000, 1),
                "generator_cores": round(self.worked / self.took, 2)}  # fmt: skip


def _share(values: Sequence[float], share: int) -> float:
    return values[min(len(values) - 1, len(values) * share // 100)] if values else float("nan")


class Connection:
    """One connection; busy while ``due`` is set."""

    __slots__ = ("data", "due", "wire")

    def __init__(self, port: int) -> None:
        self.wire = socket.create_connection(("127.0.0.1", port))
        self.wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.wire.setblocking(False)
        self.data, self.due = b"", 0.0

    def send(self, request: bytes, due: float) -> None:
        """A whole request; it is small enough for the buffer of the socket."""
        self.due = due
        if self.wire.send(request) != len(request):
            raise ConnectionError

    def receive(self) -> int | None:
        """The status once the answer is complete, 0 when the connection broke."""
        try:
            piece = self.wire.recv(65536)
        except BlockingIOError:
            return None
        except ConnectionError:
            return 0
        if not piece:
            return 0
        data = self.data = self.data + piece if self.data else piece
        end = data.find(b"\r\n\r\n")
        found = LENGTH.search(data, 0, end + 2) if end >= 0 else None
        if found is None or len(data) < end + 4 + int(found[1]):
            return None
        self.data = b""
        return int(data[9:12])


class Load:
    """Connections and what they have seen."""

    def __init__(self, port: int, connections: int, requests: Sequence[bytes]) -> None:
        self.port, self.requests, self.seen = port, requests, Seen(worked=-time.process_time())
        self._next = 0
        self._poll = select.epoll()
        self._open: dict[int, Connection] = {}
        self.idle: deque[Connection] = deque()
        for _ in range(connections):
            self._connect()

    def _connect(self) -> None:
        made = Connection(self.port)
        self._open[made.wire.fileno()] = made
        self._poll.register(made.wire.fileno(), select.EPOLLIN)
        self.idle.append(made)

    def send(self, due: float) -> None:
        """The next request on the connection that has been idle longest."""
        request = self.requests[self._next % len(self.requests)]
        self._next += 1
        while self.idle:
            connection = self.idle.popleft()
            try:
                return connection.send(request, due)
            except ConnectionError:  # an idle connection that the server has closed: no request was under way
                self._close(connection)
                self._connect()
        self.seen.unsent += 1

    def receive(self, timeout: float) -> int:
        """Take what has come; how many answers."""
        done = 0
        for number, _ in self._poll.poll(timeout):
            connection = self._open[number]
            status = connection.receive()
            if status is None:
                continue
            done += 1
            if status == 0:
                self._lose(connection)
                continue
            self.seen.seconds.setdefault(status, []).append(time.perf_counter() - connection.due)
            connection.due = 0.0
            self.idle.append(connection)
        return done

    def _lose(self, connection: Connection) -> None:
        """The server has closed it: a fault when it was to answer, no more than tidiness when it was idle."""
        if connection.due:
            self.seen.broken += 1
        else:
            self.idle.remove(connection)
        self._close(connection)
        self._connect()

    def _close(self, connection: Connection) -> None:
        self._poll.unregister(connection.wire.fileno())
        del self._open[connection.wire.fileno()]
        connection.wire.close()

    def finish(self, start: float) -> Seen:
        """Wait for what is under way, then close."""
        self.seen.took = time.perf_counter() - start
        self.seen.worked += time.process_time()
        until = time.perf_counter() + PATIENCE
        while len(self.idle) < len(self._open) and time.perf_counter() < until:
            self.receive(0.1)
        for connection in self._open.values():
            connection.wire.close()
        return self.seen


def closed(port: int, connections: int, seconds: float, requests: Sequence[bytes]) -> Seen:
    """Each connection asks again as soon as it is answered."""
    load, start = Load(port, connections, requests), time.perf_counter()
    until = start + seconds
    while (now := time.perf_counter()) < until:
        while load.idle:
            load.send(now)
        load.receive(0.1)
    return load.finish(start)


def opened(port: int, connections: int, seconds: float, requests: Sequence[bytes], rate: float, even: bool) -> Seen:
    """Arrivals at a constant rate, whatever comes back."""
    dice = random.Random(7)
    load, start = Load(port, connections, requests), time.perf_counter()
    due, until = start, start + seconds
    while due < until:
        now = time.perf_counter()
        while due <= now and due < until:
            load.seen.late = max(load.seen.late, now - due)
            load.send(due)
            due += 1 / rate if even else dice.expovariate(rate)
        load.receive(0)
        time.sleep(TICK)
    return load.finish(start)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("port", type=int)
    parser.add_argument("--path", default="/v1/analyze")
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rate", type=float, help="arrivals a second; closed loop without it")
    parser.add_argument("--even", action="store_true", help="arrivals at equal distances")
    args = parser.parse_args()
    requests = requests_of(texts_of(args.texts), args.path)
    if args.rate is None:
        seen = closed(args.port, args.connections, args.seconds, requests)
    else:
        seen = opened(args.port, args.connections, args.seconds, requests, args.rate, args.even)
    print(json.dumps(seen.summary()))


if __name__ == "__main__":
    main()
