"""Refuses before anything is parsed: under overload a refusal must cost a small part of what an analysis costs.

Only requests of the plainest form are judged here: one Content-Length, no other framing, nothing pipelined. All others
take the way through the HTTP parser, at whose first step the middleware Shed asks the same question.
"""

from __future__ import annotations

import re

from appealnlp_serve.engine import Ticket
from appealnlp_serve.errors import error_bytes
from appealnlp_serve.middleware.headers import HEADERS
from appealnlp_serve.middleware.shed import COSTLY
from appealnlp_serve.runtime import Runtime

_PATHS = b"|".join(re.escape(path.encode()) for path in sorted(COSTLY))
_START = re.compile(rb"POST (?:%s) HTTP/1\.1\r\n" % _PATHS)
_LENGTH = re.compile(rb"\r\ncontent-length: ?(\d{1,9})\r\n")
_OTHER_FRAMING = (b"transfer-encoding", b"expect", b"upgrade")
_MOST_HEAD = 8192
_BODY = error_bytes("overloaded")
_HEAD = (
    b"HTTP/1.1 503 Service Unavailable", b"content-type: application/json", b"content-length: %d" % len(_BODY),
    *(name + b": " + value for name, value in HEADERS), b"retry-after: %d",
)  # fmt: skip
_REST = (b"", _BODY.replace(b"%", b"%%"))
_ANSWER = b"\r\n".join((*_HEAD, *_REST))
_LAST_ANSWER = b"\r\n".join((*_HEAD, b"connection: close", *_REST))
"""While the server ends."""


def bytes_left(data: bytes, most: int) -> int | None:
    """How much of the body is still to come of the one request that begins ``data``; None when it is not plain."""
    if not _START.match(data):
        return None
    end = data.find(b"\r\n\r\n", 0, _MOST_HEAD)
    head = data[: end + 2].lower()
    if end < 0 or head.count(b"content-length") != 1 or any(word in head for word in _OTHER_FRAMING):
        return None
    if b"\r\nconnection:" in head and b"\r\nconnection: keep-alive\r\n" not in head:
        return None
    found = _LENGTH.search(head)
    length = int(found[1]) if found else most + 1
    left = length - (len(data) - end - 4)
    return left if length <= most and left >= 0 else None


class Gate:
    """Gives a ticket, or the bytes of a refusal."""

    def __init__(self, parts: Runtime) -> None:
        self.most = parts.settings.max_body
        self._parts, self._engine = parts, parts.engine
        self._count = parts.metrics.errors.labels("overloaded")

    def ticket(self) -> Ticket | None:
        """A place for a request that has just come; None when it is to be refused."""
        return self._engine.ticket()

    def refusal(self) -> bytes:
        """A whole answer; counted, but not logged."""
        self._count.inc()
        return (_LAST_ANSWER if self.draining else _ANSWER) % self._engine.retry_after()

    @property
    def draining(self) -> bool:
        """Whether the server ends, and clients are told to leave."""
        return self._parts.draining
