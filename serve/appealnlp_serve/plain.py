"""Requests of the plainest form, answered without the HTTP parser, which costs more than the rest of the server.

What is plain is judged by ``gate.bytes_left`` (framing) and ``fields_of`` (header fields that the parser would
take as it is). Whatever is not goes to the parser, which refuses or understands it.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from typing import Any

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT, FlowControl
from uvicorn.protocols.http.h11_impl import STATUS_PHRASES, RequestResponseCycle

Fields = list[tuple[bytes, bytes]]
_FIELDS = re.compile(rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)+")
_LOGGER = logging.getLogger("uvicorn.error")


def fields_of(head: bytes) -> Fields | None:
    """The header fields between request line and blank line, names in lower case; None where the parser must judge.

    ``head`` ends with the line end of the last field.
    """
    if not _FIELDS.fullmatch(head):
        return None
    found = []
    for line in head[:-2].split(b"\r\n"):
        name, _, value = line.partition(b":")
        found.append((name.lower(), value.strip(b" \t")))
    return found if [name for name, _ in found].count(b"host") == 1 else None


def head_of(status: int, fields: Sequence[tuple[bytes, bytes]]) -> bytes:
    """Status line and fields of an answer. Raises ValueError for a field that would make another line."""
    lines = [b"HTTP/1.1 %d %b" % (status, STATUS_PHRASES[status])]
    lines += [name + b": " + value for name, value in fields]
    head = b"\r\n".join(lines)
    if head.count(b"\n") != len(lines) - 1 or head.count(b"\r") != len(lines) - 1 or b"\0" in head:
        raise ValueError("a header field holds a line end")
    return head + b"\r\n\r\n"


class PlainCycle(RequestResponseCycle):
    """One plain request and its answer: head and body are written together."""

    def __init__(
        self,
        scope: dict[str, Any],
        transport: asyncio.Transport,
        flow: FlowControl,
        default_headers: Fields,
        left: int,
        on_response: Callable[[], None],
    ) -> None:
        """``left`` bytes of the body are to come by ``take``; called with ``on_response`` once it is answered."""
        self.scope, self.transport, self.flow = scope, transport, flow  # type: ignore[assignment]
        self.logger, self.default_headers, self.on_response = _LOGGER, default_headers, on_response
        self.message_event = asyncio.Event()
        self.disconnected, self.keep_alive, self.waiting_for_100_continue = False, True, False
        self.body, self.more_body, self.left = bytearray(), True, left
        self.response_started = self.response_complete = False
        self._head = b""
        self._due: int | None = None
        """Bytes of the answer's body that are still to be sent; None where its end is that of the connection."""

    def take(self, data: bytes) -> None:
        """More of the body, never beyond its end."""
        self.body += data
        self.left -= len(data)
        self.more_body = self.left > 0
        if len(self.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        self.message_event.set()

    async def send(self, message: Any) -> None:  # noqa: ANN401
        """A message of ASGI. Raises RuntimeError and ValueError for what would break the framing."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        kind = message["type"]
        if kind == "http.response.start" and not self.response_started:
            self._start(message["status"], message.get("headers", ()))
        elif kind == "http.response.body" and self.response_started and not self.response_complete:
            self._write(message.get("body", b""), message.get("more_body", False))
        else:
            raise RuntimeError(f"unexpected message {kind}")

    def _start(self, status: int, more: Sequence[tuple[bytes, bytes]]) -> None:
        fields = [*self.default_headers, *more]
        length = next((value for name, value in fields if name == b"content-length"), None)
        closing = (b"connection", b"close") in fields
        if length is None and not closing:
            fields.append((b"connection", b"close"))
        self._due = None if length is None else int(length)
        self._head = head_of(status, fields)
        self.keep_alive = self.keep_alive and not closing and length is not None
        self.response_started = True

    def _write(self, body: bytes, more: bool) -> None:
        if self._due is not None:
            self._due -= len(body)
            if self._due < 0 or (self._due and not more):
                raise RuntimeError("the body of an answer is not as long as its content-length")
        self.transport.write(self._head + body)
        self._head = b""
        if more:
            return
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
