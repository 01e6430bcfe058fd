"""The visible list: what every request passes through, outermost first. Each piece is plain ASGI."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.middleware import Middleware

from appealnlp_serve.middleware.auth import Auth
from appealnlp_serve.middleware.direct import Direct
from appealnlp_serve.middleware.headers import SecurityHeaders
from appealnlp_serve.middleware.limits import Limits
from appealnlp_serve.middleware.observe import Observe
from appealnlp_serve.middleware.origin import OriginGuard
from appealnlp_serve.middleware.rate import RateLimit
from appealnlp_serve.middleware.refusals import Refusals
from appealnlp_serve.middleware.request_id import RequestId
from appealnlp_serve.middleware.shed import Shed
from appealnlp_serve.runtime import Runtime


def middleware(runtime: Runtime, routers: tuple[APIRouter, ...]) -> list[Middleware]:
    """All of it, in order. Requests for ``routers`` end here, all others go on to the routes of the application."""
    return [
        Middleware(Shed, runtime=runtime),
        Middleware(RequestId),
        Middleware(Observe, runtime=runtime),
        Middleware(SecurityHeaders, runtime=runtime),
        Middleware(Refusals),
        Middleware(OriginGuard, runtime=runtime),
        Middleware(Auth, tokens=runtime.tokens),
        Middleware(RateLimit, rate=runtime.settings.rate, burst=runtime.settings.burst),
        Middleware(Limits, most=runtime.settings.max_body, seconds=runtime.settings.body_seconds),
        Middleware(Direct, routers=routers, sockets=frozenset({"/v1/live"})),
    ]
