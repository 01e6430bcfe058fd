"""Odd requests over a socket: each gets exactly the answers that it must, and goes on where it may."""

from __future__ import annotations

import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor

from odd import Odd, odd
from serve_parts import Served

STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")
LIMIT, BETWEEN, QUIET = 20.0, 0.05, 0.3


def _answers(port: int, item: Odd) -> tuple[list[int], bytes]:
    """Statuses and all bytes; ends once all that is awaited is there and nothing more comes."""
    received, until = b"", time.monotonic() + LIMIT
    with socket.create_connection(("127.0.0.1", port), LIMIT) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in item.pieces:
                wire.sendall(piece)
                time.sleep(BETWEEN if len(item.pieces) < 10 else 0)
            while time.monotonic() < until:
                whole = len(STATUS.findall(received)) >= len(item.statuses) and item.code.encode() in received
                wire.settimeout(QUIET if whole else LIMIT)
                data = wire.recv(65536)
                if not data:
                    break
                received += data
        except (ConnectionError, TimeoutError):
            pass
    return [int(found) for found in STATUS.findall(received)], received


def test_every_odd_request_gets_its_answer(served: Served) -> None:
    items = list(odd())
    assert len(items) > 180
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda item: _answers(served.port, item), items))
    faults = [
        (b"".join(item.pieces)[:160], item.statuses, item.code, statuses, received[-300:])
        for item, (statuses, received) in zip(items, found, strict=True)
        if tuple(statuses) != item.statuses or item.code.encode() not in received
    ]
    assert faults == []
    assert not [line for line in served.lines if '"failure"' in line or "ASGI" in line]
