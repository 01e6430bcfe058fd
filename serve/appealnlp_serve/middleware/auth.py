"""Who may ask what. Everything needs a token, where there are any, except the short list OPEN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from appealnlp_serve.errors import ApiError
from appealnlp_serve.tokens import Token, find

OPEN = frozenset({"/", "/livez", "/readyz", "/openapi.json"})
OPEN_FOLDER = "/page/"
SCOPES: Mapping[str, str] = {
    "/v1/analyze": "analyze", "/v1/batch": "analyze", "/v1/live": "analyze", "/v1/schemes": "analyze",
    "/v1/feedback": "feedback", "/metrics": "metrics",
}  # fmt: skip
PROTOCOL, TOKEN_PROTOCOL = "appealnlp.live.v1", "bearer."
"""A browser cannot set headers on a WebSocket: it offers the first, and the token as a second sub-protocol."""


class Auth:
    """Asks for ``Authorization: Bearer``; for a WebSocket the sub-protocol ``bearer.TOKEN`` does as well."""

    def __init__(self, app: ASGIApp, tokens: Sequence[Token]) -> None:
        self.app, self.tokens = app, tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on or raise ApiError unauthorized or forbidden."""
        if self.tokens and scope["type"] in ("http", "websocket") and not _is_open(scope["path"]):
            token = find(self.tokens, _given(scope) or "")
            if token is None:
                raise ApiError("unauthorized")
            scope["state"]["token"] = token.name
            needed = SCOPES.get(scope["path"])
            if needed is not None and needed not in token.scopes:
                raise ApiError("forbidden")
        await self.app(scope, receive, send)


def _is_open(path: str) -> bool:
    return path in OPEN or path.startswith(OPEN_FOLDER)


def _given(scope: Scope) -> str | None:
    values = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(values) == 1 and values[0][:7].lower() == b"bearer ":
        return str(values[0][7:].strip(), "latin-1")
    offered = scope.get("subprotocols", ()) if scope["type"] == "websocket" else ()
    return next((item[len(TOKEN_PROTOCOL) :] for item in offered if item.startswith(TOKEN_PROTOCOL)), None)
