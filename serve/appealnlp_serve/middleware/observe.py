"""Counts and logs each request: route template, method, status, milliseconds, name of the token; no text."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from appealnlp_serve.logs import log
from appealnlp_serve.runtime import Runtime

_METHODS = frozenset({"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"})


class Observe:
    """One line and one count a request."""

    def __init__(self, app: ASGIApp, runtime: Runtime) -> None:
        self.app, self.metrics = app, runtime.metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on and note what came of it."""
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        start, status = time.perf_counter(), 101 if scope["type"] == "websocket" else 499

        async def noted(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            self._note(scope, status, time.perf_counter() - start)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope.get("method", "WEBSOCKET")
        method = method if method in _METHODS or method == "WEBSOCKET" else "OTHER"
        route, state = route_of(scope), scope["state"]
        self.metrics.note(method, route, status, seconds if scope["type"] == "http" else None)
        if "code" in state:
            self.metrics.errors.labels(state["code"]).inc()
        log("request", request_id=state["request_id"], method=method, route=route, status=status,
            ms=round(seconds * 1000, 1), token=state.get("token"), code=state.get("code"))  # fmt: skip


def route_of(scope: Scope) -> str:
    """The template of the route that answered; "other" where none did."""
    return getattr(scope.get("route"), "path", None) or "other"
