"""Raw bytes on a socket: whatever comes, no 5xx, no reset, no hang, and the server goes on serving."""

from __future__ import annotations

import os
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from hostile import GOOD, get, listed, mutated, post
from serve_parts import Served

STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
MUTATIONS = int(os.environ.get("HOSTILE_MUTATIONS", "150"))
LIMIT, QUIET = 6.0, 0.2


def exchange(port: int, data: bytes) -> tuple[bytes, str]:
    """What comes back, and how it ended: closed, reset, or still open after a while."""
    received, until = b"", time.monotonic() + LIMIT
    with socket.create_connection(("127.0.0.1", port), LIMIT) as wire:
        try:
            wire.sendall(data)
            while time.monotonic() < until:
                wire.settimeout(QUIET if STATUS.search(received) else LIMIT)
                piece = wire.recv(65536)
                if not piece:
                    return received, "closed"
                received += piece
        except ConnectionError:
            return received, "reset"
        except TimeoutError:
            pass
    return received, "open"


def test_the_corpus_is_large() -> None:
    corpus = [*listed(), *mutated(MUTATIONS)]
    assert len(set(corpus)) >= 300


def test_no_request_breaks_the_server(served: Served) -> None:
    corpus = [*listed(), *mutated(MUTATIONS)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda data: exchange(served.port, data), corpus))
    faults = []
    for data, (received, ending) in zip(corpus, answers, strict=True):
        statuses = [int(found) for found in STATUS.findall(received)]
        answered = bool(statuses) or ending == "closed"
        if any(status >= 500 for status in statuses) or not answered or (ending == "reset" and not statuses):
            faults.append((data[:120], statuses, ending))
    assert faults == []
    assert httpx.post(f"{served.url}/v1/analyze", content=GOOD, headers={"content-type": "application/json"}).is_success
    assert not [line for line in served.lines if '"failure"' in line or '"Traceback' in line or "xception" in line]


@pytest.mark.parametrize("data", [b"", b"GET /livez HTTP/1.1\r\nHost: loc", b"POST"])
def test_slow_headers_are_cut_off(served: Served, data: bytes) -> None:
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", served.port), 10) as wire:
        wire.sendall(data)
        assert wire.recv(100) == b""
    assert time.monotonic() - start < 4


def test_slow_headers_of_a_second_request_are_cut_off(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), 10) as wire:
        wire.sendall(get(b"/livez"))
        answer = b""
        while not answer.endswith(b"}"):
            answer += wire.recv(4000)
        wire.sendall(b"GET /livez HTTP/1.1\r\nHost: loc")
        start = time.monotonic()
        assert wire.recv(100) == b""
    assert time.monotonic() - start < 5


def test_slow_bodies_are_cut_off(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), 10) as wire:
        wire.sendall(post(GOOD, length=b"500"))
        assert wire.recv(4000).startswith(b"HTTP/1.1 408")


def test_too_large_bodies_are_answered_while_they_come(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), 10) as wire:
        wire.sendall(post(b"", length=b"99999999"))
        wire.sendall(b"x" * 200_000)
        assert wire.recv(4000).startswith(b"HTTP/1.1 413")


def test_pipelined_requests_are_answered_in_order(served: Served) -> None:
    received, _ = exchange(
        served.port, get(b"/livez") + post(GOOD) + get(b"/none") + get(b"/livez", b"Connection: close")
    )
    assert [int(found) for found in STATUS.findall(received)] == [200, 200, 404, 200]


def test_a_client_that_closes_its_side_is_still_answered(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), 10) as wire:
        wire.sendall(post(GOOD))
        wire.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: wire.recv(65536), b""))
    assert received.startswith(b"HTTP/1.1 200")
    assert received.endswith(b"}")


def test_one_connection_too_many_is_turned_away(model: Path, tmp_path: Path) -> None:
    served = Served(model, tmp_path, max_connections=8)
    try:
        held = [socket.create_connection(("127.0.0.1", served.port), 10) for _ in range(8)]
        time.sleep(0.2)
        with socket.create_connection(("127.0.0.1", served.port), 10) as wire:
            received = wire.recv(4000)
        assert received.startswith(b"HTTP/1.1 503")
        assert b"Retry-After" in received
        assert b'"overloaded"' in received
        for wire in held:
            wire.close()
        time.sleep(0.2)
        assert httpx.get(f"{served.url}/livez").is_success
    finally:
        served.stop()
