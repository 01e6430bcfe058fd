"""Whether the process lives, whether it takes work, and its figures."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from appealnlp_serve.answers import dump
from appealnlp_serve.errors import ApiError
from appealnlp_serve.routes.common import described, json_response, runtime

router = APIRouter(tags=["health"])
_TEXT: dict[int | str, dict[str, Any]] = {
    **described("Status"),
    200: {"description": "OK", "content": {"text/plain": {"schema": {"type": "string"}}}},
}


@router.get("/livez", responses=described("Status"))
async def livez() -> Response:
    """The process answers."""
    return json_response(dump({"status": "ok"}))


@router.get("/readyz", responses=described("Status"))
async def readyz(request: Request) -> Response:
    """Work is taken; 503 while the server drains."""
    if runtime(request).draining:
        raise ApiError("draining", retry_after=1)
    return json_response(dump({"status": "ok"}))


@router.get("/metrics", responses=_TEXT)
async def metrics(request: Request) -> Response:
    """Figures for Prometheus."""
    return Response(runtime(request).metrics.text(), media_type="text/plain; version=1.0.0; charset=utf-8")
