"""Keeps other web sites out: a page elsewhere must not reach a server on an operator's own machine.

Without tokens only this machine may ask, under a known Host; what a browser marks as
another site's is refused.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from appealnlp_serve.errors import ApiError
from appealnlp_serve.fields import field
from appealnlp_serve.runtime import Runtime
from appealnlp_serve.settings import is_loopback

_PROBES = ("/livez", "/readyz")


class OriginGuard:
    """Checks Host, Origin and the address that was reached."""

    def __init__(self, app: ASGIApp, runtime: Runtime) -> None:
        self.app, self.open = app, not runtime.tokens
        self.hosts = frozenset(host.lower() for host in runtime.settings.hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on or raise ApiError."""
        if scope["type"] in ("http", "websocket") and scope["path"] not in _PROBES:
            self._check(scope)
        await self.app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        host, origin = field(scope, b"host") or "", field(scope, b"origin")
        if self.open:
            reached = scope.get("server")
            if reached is not None and reached[1] is not None and not _is_loopback(reached[0]):
                raise ApiError("unauthorized")
            if _name(host) not in self.hosts:
                raise ApiError("invalid_host")
        if origin is not None and _netloc(origin) != host.lower():
            raise ApiError("forbidden_origin")


_is_loopback = lru_cache(64)(is_loopback)
"""Asked of our own addresses only, which are few."""


def _name(host: str) -> str:
    """The host without its port."""
    head, colon, port = host.lower().rpartition(":")
    return head if colon and port.isdigit() else host.lower()


def _netloc(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None
