"""A bucket of tokens for each key: so many requests a second, so many at once. Memory is bounded."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from appealnlp_serve.errors import ApiError

_PROBES = ("/livez", "/readyz")
_MOST_KEYS = 10_000


class RateLimit:
    """The key is the name of the token, else the client's address; the key seen longest ago is forgotten first."""

    def __init__(self, app: ASGIApp, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.app, self.rate, self.burst, self.clock = app, rate, burst, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on or raise ApiError rate_limited."""
        if scope["type"] in ("http", "websocket") and scope["path"] not in _PROBES:
            token, client = scope["state"].get("token"), scope.get("client")
            self._take(f"token {token}" if token else f"client {client[0] if client else ''}")
        await self.app(scope, receive, send)

    def _take(self, key: str) -> None:
        now = self.clock()
        left, then = self._buckets.pop(key, (float(self.burst), now))
        left = min(self.burst, left + (now - then) * self.rate)
        self._buckets[key] = (left - 1 if left >= 1 else left, now)
        if len(self._buckets) > _MOST_KEYS:
            self._buckets.popitem(last=False)
        if left < 1:
            raise ApiError("rate_limited", retry_after=max(1, math.ceil((1 - left) / self.rate)))
