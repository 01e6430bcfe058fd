"""The shortest way to the addresses that carry the load: what the router would find for them is known before.

The routes stay in the application, for the description and for every other method; here a request that fits one of them
exactly goes to its handler without the search, the stacks and the injection, none of which the handler uses. What the
router would answer badly is seen to as well: HEAD, and a WebSocket where there is none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from appealnlp_serve.errors import ApiError

Handler = Callable[[Request], Awaitable[Response]]


class Direct:
    """Answers POST on the paths of ``routers``, whose handlers take the request and give the response."""

    def __init__(self, app: ASGIApp, routers: tuple[APIRouter, ...], sockets: frozenset[str]) -> None:
        """``sockets`` are the paths that take a WebSocket."""
        routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
        self.app, self.sockets = app, sockets
        self.routes = {route.path: route for route in routes if route.methods == {"POST"}}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on. Raises ApiError not_found for a WebSocket on another path."""
        if scope["type"] == "websocket" and scope["path"] not in self.sockets:
            raise ApiError("not_found")
        if scope["type"] == "http" and scope["method"] == "HEAD":
            return await self._head(scope, receive, send)
        route = self.routes.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if route is None or scope.get("root_path"):
            return await self.app(scope, receive, send)
        scope["route"] = route
        handler: Handler = route.endpoint
        response = await handler(Request(scope, receive, send))
        await response(scope, receive, send)

    async def _head(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The answer to GET without its body: a balancer may probe so."""

        async def bare(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        asked = {**scope, "method": "GET"}
        try:
            await self.app(asked, receive, bare)
        finally:
            scope["route"] = asked.get("route")
