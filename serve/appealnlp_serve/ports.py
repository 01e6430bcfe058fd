"""Closing a port without losing who stands before it.

The system makes connections, not we: one that it completes between our last accept and the close of the listening
socket would be reset, and with it the request that its client has sent by then. So what asks for a new connection is
ignored first, what is half made gets its time, and only then is the queue emptied and the socket closed.
"""

from __future__ import annotations

import asyncio
import ctypes
import select
import socket
import struct
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

HANDSHAKE = 0.2
"""Seconds for a client to complete a connection that it has begun."""
_ATTACH_FILTER = 26
_FILTER = (
    (0x30, 0, 0, 13),  # load the flags of the TCP header
    (0x54, 0, 0, 0x12),  # keep SYN and ACK
    (0x15, 0, 1, 0x02),  # SYN alone asks for a connection ...
    (0x06, 0, 0, 0),  # ... and is dropped,
    (0x06, 0, 0, 0xFFFFFFFF),  # all else passes whole
)
"""A program for the packet filter of the system (classic BPF): code, jump if true, jump if false, operand."""


def ignore_new(bound: socket.socket) -> bool:
    """Let no client begin a connection any more; whether the system can do that. Linux can, without any privilege.

    The client asks again after a second and is refused if the port is closed by then. Connections that exist already,
    complete or half made, are not touched.
    """
    if sys.platform != "linux" or bound.family not in (socket.AF_INET, socket.AF_INET6):
        return False
    code = b"".join(struct.pack("HBBI", *step) for step in _FILTER)
    held = ctypes.create_string_buffer(code, len(code))
    try:
        bound.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, struct.pack("HP", len(_FILTER), ctypes.addressof(held)))
    except OSError:  # a sandbox without packet filters
        return False
    return True


async def close_ports(servers: Sequence[asyncio.Server], protocol: Callable[[], asyncio.Protocol]) -> None:
    """Stop listening; every connection that the system has made till then gets its ``protocol``."""
    kept = [bound.dup() for server in servers for bound in server.sockets]
    if any([ignore_new(bound) for bound in kept]):
        await asyncio.sleep(HANDSHAKE)  # the servers accept as ever
    loop = asyncio.get_running_loop()
    for server in servers:
        for bound in server.sockets:
            with suppress(NotImplementedError):
                loop.remove_reader(bound)
    await asyncio.sleep(0)  # what was accepted a moment ago joins its server, which must not be closed yet
    for server in servers:
        server.close()
    for wire in [wire for bound in kept for wire in _empty(bound)]:
        await loop.connect_accepted_socket(protocol, wire)


def _empty(bound: socket.socket) -> list[socket.socket]:
    """Accept every connection that waits, then close at once."""
    found = []
    with bound:
        bound.setblocking(False)
        while True:
            try:
                found.append(bound.accept()[0])
            except ConnectionAbortedError:  # that one has gone meanwhile
                continue
            except OSError:  # none is left, or no file descriptor for it
                return found


def has_unread(transport: asyncio.BaseTransport) -> bool:
    """Whether something has come, be it the end, that nobody has read."""
    wire = transport.get_extra_info("socket")
    if wire is None or wire.fileno() < 0:
        return False
    if not hasattr(select, "poll"):
        return bool(select.select([wire], [], [], 0)[0])
    poll = select.poll()  # select takes no numbers over 1023
    poll.register(wire.fileno(), select.POLLIN)
    return bool(poll.poll(0))
