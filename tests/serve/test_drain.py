"""While the server ends: every answer tells its client to leave, and a request that is on its way is still answered."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile import GOOD, get, post
from serve_parts import GAS, Served

LONG = post(json.dumps({"text": (GAS + "。") * 1200}).encode())


@pytest.fixture
def ending(model: Path, tmp_path: Path) -> Iterator[Served]:
    """A server with room for one analysis, and some time between the signal and the closing of the port."""
    server = Served(model, tmp_path, queue=0, deadline=60, drain_delay=1, header_seconds=3)
    yield server
    server.stop()


def _connect(served: Served, data: bytes = b"") -> socket.socket:
    wire = socket.create_connection(("127.0.0.1", served.port), 30)
    wire.sendall(data)
    return wire


def _all(wire: socket.socket) -> bytes:
    """What comes until the server closes."""
    return b"".join(iter(lambda: wire.recv(65536), b""))


def _is_last(answer: bytes, status: bytes) -> bool:
    head = answer.partition(b"\r\n\r\n")[0]
    return head.startswith(b"HTTP/1.1 " + status) and b"\r\nconnection: close" in head.lower()


@pytest.mark.parametrize("more", [b"", b"X-A: b\r\nExpect: 100-continue"])
def test_a_refusal_tells_the_client_to_leave(ending: Served, more: bytes) -> None:
    request = post(GOOD, more) if more else post(GOOD)
    with _connect(ending, LONG) as busy, _connect(ending) as whole, _connect(ending) as pieces:
        time.sleep(0.1)
        ending.process.terminate()
        time.sleep(0.1)
        whole.sendall(request)
        pieces.sendall(request[: -len(GOOD)])
        time.sleep(0.1)
        pieces.sendall(GOOD)
        assert _is_last(_all(whole), b"503")
        assert _is_last(_all(pieces), b"503")
        assert _all(busy).startswith(b"HTTP/1.1 200")


def test_what_is_on_its_way_when_the_port_closes_is_answered(ending: Served) -> None:
    first = get(b"/livez")
    with _connect(ending) as late, _connect(ending, first[:20]) as half, _connect(ending, post(GOOD)[:-3]) as body:
        ending.process.terminate()
        time.sleep(1.9)  # the port is closed, and what is idle would close in a moment
        for wire, rest in ((late, post(GOOD)), (half, first[20:]), (body, GOOD[-3:])):
            wire.sendall(rest)
            assert _is_last(_all(wire), b"200")
    with pytest.raises(OSError, match=r"^$|.*"):
        _connect(ending)


def test_who_has_begun_only_is_given_up(ending: Served) -> None:
    with _connect(ending, b"GET /livez HTTP/1.1\r\nHost: loc"), _connect(ending):
        start = time.monotonic()
        ending.stop()
        assert time.monotonic() - start < 8


def test_an_idle_client_does_not_hold_up_the_end(ending: Served) -> None:
    with _connect(ending, get(b"/livez")) as wire:
        assert wire.recv(4000).startswith(b"HTTP/1.1 200")
        start = time.monotonic()
        ending.stop()
        assert time.monotonic() - start < 4
        assert b"HTTP" not in _all(wire)
