"""Values between the server and its own workers: a length of four bytes, then the value. Never from outside."""

from __future__ import annotations

import pickle
import socket
import struct
from typing import Any

_LENGTH = struct.Struct(">I")


def pack(value: Any) -> bytes:  # noqa: ANN401
    """A value as a frame."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(data)) + data


def receive(wire: socket.socket) -> Any:  # noqa: ANN401
    """The next value of a blocking socket. Raises EOFError when the other side has closed it."""
    (length,) = _LENGTH.unpack(_exactly(wire, _LENGTH.size))
    return pickle.loads(_exactly(wire, length))


def _exactly(wire: socket.socket, count: int) -> bytes:
    out = bytearray()
    while len(out) < count:
        piece = wire.recv(count - len(out))
        if not piece:
            raise EOFError
        out += piece
    return bytes(out)


class Frames:
    """Cuts a stream of bytes into values."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def feed(self, data: bytes) -> list[Any]:
        """The values that are complete now."""
        self._bytes += data
        out = []
        while len(self._bytes) >= _LENGTH.size:
            end = _LENGTH.size + _LENGTH.unpack_from(self._bytes)[0]
            if len(self._bytes) < end:
                break
            out.append(pickle.loads(bytes(self._bytes[_LENGTH.size : end])))
            del self._bytes[:end]
        return out
