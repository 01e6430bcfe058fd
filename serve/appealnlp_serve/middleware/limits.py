"""Bodies: bounded in bytes and in time while they are read, with Content-Length, without it, and in chunks.

Header fields are bounded here as well: the parser's own limit holds only for those that come in pieces.
"""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from appealnlp_serve.errors import ApiError
from appealnlp_serve.fields import field

MOST_FIELDS = 32 * 1024
"""Bytes of all header fields."""
_READ_ON_SECONDS = 1.0
_READ_ON_TIMES = 4


class Limits:
    """Reads the whole body, up to the limit, before the application sees the request."""

    def __init__(self, app: ASGIApp, most: int, seconds: float) -> None:
        self.app, self.most, self.seconds = app, most, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on with the body at hand, or raise ApiError too_large, timeout or unsupported_media."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_FIELDS:
            raise ApiError("too_large")
        declared = field(scope, b"content-length") or ""
        if declared.isdigit() and int(declared) > self.most:
            await self._read_on(receive)
            raise ApiError("too_large")
        body = await self._body(receive)
        if body and (field(scope, b"content-encoding") or "identity").lower() != "identity":
            raise ApiError("unsupported_media")
        await self.app(scope, _replay(body, receive), send)

    async def _body(self, receive: Receive) -> bytes:
        try:
            async with asyncio.timeout(self.seconds):
                body = await _read(receive, self.most)
        except TimeoutError:
            raise ApiError("timeout") from None
        if body is None:
            await self._read_on(receive)
            raise ApiError("too_large")
        return body

    async def _read_on(self, receive: Receive) -> None:
        """Takes some more, so that a client which is still sending can read the answer."""
        try:
            async with asyncio.timeout(_READ_ON_SECONDS):
                left = self.most * _READ_ON_TIMES
                while left > 0:
                    message = await receive()
                    left -= len(message.get("body", b""))
                    if message["type"] != "http.request" or not message.get("more_body"):
                        return
        except TimeoutError:
            return


async def _read(receive: Receive, most: int) -> bytes | None:
    """The body, or None as soon as it is longer than ``most``."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > most:
            return None
        if message["type"] != "http.request" or not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
