"""Generated bodies over sockets to a server in a process of its own: no 5xx, no reset, no request without an answer.

    python tests/benchmarks/serve_bodies.py --count 100000

The bodies are those of tests/serve/generated.py. Prints the answers by status; ends with 1 when there was a fault.
"""

from __future__ import annotations

import argparse
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "serve"), str(ROOT / "tests" / "serve"), str(Path(__file__).parent)]

from generated import requests  # noqa: E402
from serve_parts import Served  # noqa: E402
from wire import ask  # noqa: E402

CLIENTS = 6


def raw(path: str, body: bytes) -> bytes:
    """A body as a request."""
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json"
    return f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def send(port: int, part: Iterator[tuple[str, bytes]]) -> Counter[int]:
    """One connection after the other; the statuses, 0 where no whole answer came."""
    seen: Counter[int] = Counter()
    wire: socket.socket | None = None
    for path, body in part:
        wire = wire or socket.create_connection(("127.0.0.1", port), 60)
        status, stays = ask(wire, raw(path, body))
        seen[status] += 1
        if not stays:
            wire.close()
            wire = None
    if wire is not None:
        wire.close()
    return seen


def main() -> None:
    """Send all, print what came back."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "default")
    parser.add_argument("--count", type=int, default=100_000)
    args = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        served = Served(args.model.resolve(), Path(folder), tier="linear")
        try:
            with ThreadPoolExecutor(CLIENTS) as pool:
                parts = [islice(requests(args.count), turn, None, CLIENTS) for turn in range(CLIENTS)]
                seen = sum(pool.map(lambda part: send(served.port, part), parts), Counter[int]())
            failures = sum('"failure"' in line or '"worker_lost"' in line for line in served.lines)
        finally:
            served.stop()
    faults = sum(count for status, count in seen.items() if status >= 500)
    print(f"{seen.total()} bodies in {time.monotonic() - start:.0f} s: {dict(sorted(seen.items()))}")
    print(f"5xx: {faults}; resets or no answer: {seen[0]}; failures in the log: {failures}")
    raise SystemExit(1 if faults or seen[0] or failures else 0)


if __name__ == "__main__":
    main()
