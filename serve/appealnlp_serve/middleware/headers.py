"""Headers that keep a browser from doing harm, on every answer; and the word to leave while we drain."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from appealnlp_serve.runtime import Runtime

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cache-control", b"no-store"),
)


class SecurityHeaders:
    """Adds HEADERS; what an answer has set itself is replaced."""

    def __init__(self, app: ASGIApp, runtime: Runtime) -> None:
        self.app, self.runtime = app, runtime

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on and add."""
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        names = {name for name, _ in HEADERS}

        async def safe(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in names]
                closing = [(b"connection", b"close")] if self.runtime.draining and scope["type"] == "http" else []
                message = {**message, "headers": [*kept, *HEADERS, *closing]}
            await send(message)

        await self.app(scope, receive, safe)
