"""Turns every exception into the one form of an error, for HTTP and for WebSocket before it is accepted."""

from __future__ import annotations

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from appealnlp_serve.errors import CODES, ApiError, error_bytes
from appealnlp_serve.logs import log


class Refusals:
    """Answers what the parts within raise; an unexpected exception is logged by type and place."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on and catch."""
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] in ("http.response.start", "websocket.accept", "websocket.close")
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except ApiError as error:
            if not started:
                await refuse(scope, send, error)
        except Exception as error:
            request_id = scope["state"].get("request_id")
            log("failure", level=logging.ERROR, error=error, request_id=request_id)
            if started:
                raise ConnectionAbortedError from None  # half an answer is out: the connection must end
            await refuse(scope, send, ApiError("internal"))


async def refuse(scope: Scope, send: Send, error: ApiError) -> None:
    """Send the answer of a refusal."""
    scope["state"]["code"] = error.code
    headers = [(b"content-type", b"application/json")]
    if error.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if error.status == 413 or error.code == "timeout":
        headers.append((b"connection", b"close"))
    if error.retry_after is not None:
        headers.append((b"retry-after", str(error.retry_after).encode()))
    body = error_bytes(error.code, error.field, scope["state"].get("request_id"))
    prefix = "http" if scope["type"] == "http" else "websocket.http"
    if prefix != "http" and "websocket.http.response" not in scope.get("extensions", {}):
        return await send({"type": "websocket.close", "code": 1008, "reason": CODES[error.code].en[:100]})
    headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": f"{prefix}.response.start", "status": error.status, "headers": headers})
    await send({"type": f"{prefix}.response.body", "body": body})
