"""Latency and throughput of the endpoint on loopback: one server, load from this process at 1, 8 and 32 connections.

    python tests/benchmarks/serve_load.py --model models/linear --seconds 5
    python tests/benchmarks/serve_load.py --model models/linear --seconds 60 --overload

With --overload the load is ten times what the queue takes; /livez is asked meanwhile, and the server's memory is read.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "serve"), str(ROOT / "tests" / "serve")]

from serve_parts import Served  # noqa: E402


@dataclass
class Seen:
    """Seconds of each answer by status."""

    seconds: dict[int, list[float]] = field(default_factory=dict)

    def line(self, connections: int, took: float) -> str:
        """One row of the report."""
        good = sorted(self.seconds.get(200, [0.0]))
        others = {status: len(values) for status, values in self.seconds.items() if status != 200}
        p50, p99 = (good[min(len(good) - 1, int(len(good) * share))] * 1000 for share in (0.5, 0.99))
        rate = len(good) / took
        return f"{connections:>4} connections  p50 {p50:6.1f} ms  p99 {p99:6.1f} ms  {rate:6.0f} /s  {others or ''}"


def bodies() -> Iterator[bytes]:
    """The examples as requests, over and over."""
    with (ROOT / "examples" / "appeals.csv").open(encoding="utf-8-sig", newline="") as file:
        texts = [row["诉求内容"] for row in csv.DictReader(file)]
    requests = []
    for text in texts:
        body = json.dumps({"text": text}, ensure_ascii=False).encode()
        head = "POST /v1/analyze HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json"
        requests.append(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    return itertools.cycle(requests)


async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    """One request on an open connection; its status."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    await reader.readexactly(length)
    return int(head[9:12])


async def client(port: int, until: float, requests: Iterator[bytes], seen: Seen) -> None:
    """One connection, as fast as it is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.monotonic() < until:
        start = time.perf_counter()
        status = await ask(reader, writer, next(requests))
        seen.seconds.setdefault(status, []).append(time.perf_counter() - start)
        if status == 503:
            await asyncio.sleep(0.01)
    writer.close()


async def probe(port: int, until: float, slow: list[float]) -> None:
    """/livez, ten times a second."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.monotonic() < until:
        start = time.perf_counter()
        assert await ask(reader, writer, b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n") == 200
        slow.append(time.perf_counter() - start)
        await asyncio.sleep(0.1)
    writer.close()


async def load(port: int, connections: int, seconds: float) -> tuple[Seen, list[float]]:
    """So many connections for so long."""
    seen, slow, requests, until = Seen(), list[float](), bodies(), time.monotonic() + seconds
    clients = (client(port, until, requests, seen) for _ in range(connections))
    await asyncio.gather(probe(port, until, slow), *clients)
    return seen, slow


def memory(pid: int) -> str:
    """Resident memory of a process, where the system tells it."""
    try:
        return next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    except (OSError, StopIteration):
        return "VmRSS: unknown"


def main() -> None:
    """Start the server, load it, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "linear")
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--overload", action="store_true")
    args = parser.parse_args()
    settings = {"queue": 4} if args.overload else {}
    with tempfile.TemporaryDirectory() as folder:
        served = Served(args.model.resolve(), Path(folder), workers=args.workers, **settings)
        try:
            asyncio.run(load(served.port, 1, 0.5))
            for connections in (4, 10 * (4 + args.workers)) if args.overload else (1, 8, 32):
                seen, slow = asyncio.run(load(served.port, connections, args.seconds))
                rest = f"/livez at most {max(slow) * 1000:.0f} ms  {memory(served.process.pid)}"
                print(seen.line(connections, args.seconds), rest, sep="  ", flush=True)
        finally:
            served.stop()


if __name__ == "__main__":
    main()
