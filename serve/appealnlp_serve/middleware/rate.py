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
Key = tuple[str | None, str | None]


class RateLimit:
    """The key is the name of the token, else the client's address; the key seen longest ago is forgotten first.

    Kept is the moment at which the bucket of a key will be full again: one number says both level and time.
    """

    def __init__(self, app: ASGIApp, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.app, self.rate, self.burst, self.clock = app, rate, burst, clock
        self._step = 1 / rate
        self._slack = (burst - 1) / rate
        self._buckets: OrderedDict[Key | str, float] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on or raise ApiError rate_limited."""
        if scope["type"] in ("http", "websocket") and scope["path"] not in _PROBES:
            token, client = scope["state"].get("token"), scope.get("client")
            self._take((token, None) if token else (None, client[0] if client else None))
        await self.app(scope, receive, send)

    def _take(self, key: Key | str) -> None:
        now = self.clock()
        full = self._buckets.get(key, now)
        full = max(full, now)
        wait = full - now - self._slack
        self._buckets[key] = full if wait > _ROUNDING else full + self._step
        self._buckets.move_to_end(key)
        if len(self._buckets) > _MOST_KEYS:
            self._buckets.popitem(last=False)
        if wait > _ROUNDING:
            raise ApiError("rate_limited", retry_after=max(1, math.ceil(wait)))


_ROUNDING = 1e-6
"""Seconds: sums of fractions must not refuse what is due."""
