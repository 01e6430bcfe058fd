"""Closing a port: nobody who stands before it is lost, though the system completes connections at any moment."""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
import time

import pytest

from appealnlp_serve.ports import close_ports, has_unread, ignore_new

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the packet filter is that of Linux")


class Echo(asyncio.Protocol):
    """Answers the first words and closes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)
        self.transport.close()


@pytest.fixture(params=[("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)], ids=["v4", "v6"])
def bound(request: pytest.FixtureRequest) -> socket.socket:
    host, family = request.param
    try:
        made = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip(f"no {host} here")
    with made:
        yield made


@LINUX
def test_who_has_come_is_served_and_nobody_else_comes(bound: socket.socket) -> None:
    before = [socket.create_connection(bound.getsockname()[:2], 10) for _ in range(5)]
    if not ignore_new(bound):
        pytest.skip("a sandbox without packet filters")
    with pytest.raises(TimeoutError):
        socket.create_connection(bound.getsockname()[:2], 0.3)
    for wire in before:
        with wire:
            wire.sendall(b"x" * 100_000)
            accepted = bound.accept()[0]
            with accepted:
                data = b""
                while len(data) < 100_000:
                    data += accepted.recv(65536)
                accepted.sendall(data)
            assert len(b"".join(iter(lambda wire=wire: wire.recv(65536), b""))) == 100_000
    bound.setblocking(False)
    with pytest.raises(BlockingIOError):
        bound.accept()


def test_a_socket_of_another_family_is_left_alone() -> None:
    if not hasattr(socket, "AF_UNIX"):
        pytest.skip("no such sockets here")
    with socket.socket(socket.AF_UNIX) as made:
        assert not ignore_new(made)


def _ask(port: int, seen: list[str]) -> None:
    """Ask on a new connection each time until there is none; what became of each."""
    while True:
        try:
            wire = socket.create_connection(("127.0.0.1", port), 10)
        except OSError:
            return
        with wire:
            try:
                wire.sendall(b"x")
                seen.append("answered" if wire.recv(10) == b"x" else "closed")
            except OSError as error:
                seen.append(type(error).__name__)


@pytest.mark.parametrize("filtered", [pytest.param(True, marks=LINUX), False])
def test_what_connects_while_the_port_closes_is_answered(filtered: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    accept = socket.socket.accept

    def late(self: socket.socket) -> object:
        """As if the system took the processor away between the last accept and the close."""
        try:
            return accept(self)
        except BlockingIOError:
            time.sleep(0.002 if filtered else 0)
            raise

    monkeypatch.setattr(socket.socket, "accept", late)
    if not filtered:
        monkeypatch.setattr("appealnlp_serve.ports.ignore_new", lambda _: False)
    seen: list[str] = []

    async def scene() -> None:
        server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0)
        args = (server.sockets[0].getsockname()[1], seen)
        clients = [threading.Thread(target=_ask, args=args) for _ in range(4)]
        for client in clients:
            client.start()
        await asyncio.sleep(0.05)
        await close_ports([server], Echo)
        for client in clients:
            await asyncio.to_thread(client.join)

    for _ in range(3):
        asyncio.run(scene())
    assert len(seen) > 20
    if filtered:
        assert set(seen) == {"answered"}
    else:  # without a filter there is a gap, which is long where the processor is taken away in it: one for each client
        assert len(seen) - seen.count("answered") <= 3 * 4


def test_what_nobody_has_read_is_seen() -> None:
    async def scene() -> None:
        near, far = socket.socketpair()
        with far:
            transport, _ = await asyncio.get_running_loop().connect_accepted_socket(Echo, near)
            transport.pause_reading()
            assert not has_unread(transport)
            far.sendall(b"x")
            assert has_unread(transport)
            transport.resume_reading()
            await asyncio.sleep(0.05)
            assert far.recv(1) == b"x"
            assert not has_unread(transport)

    asyncio.run(scene())
