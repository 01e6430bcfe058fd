"""The labels that answers use, with their names: for pages and for systems that take our codes."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from appealnlp_serve.answers import dump
from appealnlp_serve.routes.common import described, json_response, runtime

router = APIRouter(tags=["schemes"])


@router.get("/v1/schemes", responses=described("Schemes"))
async def schemes(request: Request) -> Response:
    """Labels, flags, units and topics of the scheme in use."""
    return json_response(dump(runtime(request).labels.described))
