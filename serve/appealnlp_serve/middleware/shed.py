"""Overload is refused before anything is read, logged or counted in detail: what was taken keeps the processor.

Plain requests were judged before they were parsed (gate.py) and bring a ticket; here the others get theirs.
"""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

from appealnlp_serve.errors import error_bytes
from appealnlp_serve.middleware.headers import HEADERS
from appealnlp_serve.runtime import Runtime

COSTLY = frozenset({"/v1/analyze", "/v1/batch", "/v1/feedback"})
PAUSE = 0.25
"""Seconds for which a refused connection is not read again: a client that asks at once gains nothing by it."""
_BODY = error_bytes("overloaded")
_FIXED = ((b"content-type", b"application/json"), (b"content-length", str(len(_BODY)).encode()), *HEADERS)


class Shed:
    """Answers 503 at once where the queue is full, then lets that connection rest; counted, but not logged."""

    def __init__(self, app: ASGIApp, runtime: Runtime) -> None:
        self.app, self.runtime, self.engine = app, runtime, runtime.engine
        self.count = runtime.metrics.errors.labels("overloaded")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        if scope["type"] != "http" or scope["path"] not in COSTLY:
            return await self.app(scope, receive, send)
        state = scope.setdefault("state", {})
        ticket = state["ticket"] = state.get("ticket") or self.engine.ticket()
        if ticket is not None:
            try:
                return await self.app(scope, receive, send)
            finally:
                ticket.end()
        self.count.inc()
        headers = [*_FIXED, (b"retry-after", str(self.engine.retry_after()).encode())]
        headers += [(b"connection", b"close")] if self.runtime.draining else []
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": _BODY, "more_body": True})  # all of it is out
        await asyncio.sleep(PAUSE)
        await send({"type": "http.response.body", "body": b""})
