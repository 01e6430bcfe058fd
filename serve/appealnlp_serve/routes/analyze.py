"""One appeal, and a bounded number of them."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from appealnlp_serve.answers import analyze, dump
from appealnlp_serve.bodies import AnalyzeIn, AppealIn, BatchIn, appeal_of
from appealnlp_serve.errors import ApiError, error_body
from appealnlp_serve.routes.common import body_of, described, json_response, runtime, takes
from appealnlp_serve.runtime import Runtime

router = APIRouter(tags=["analyze"])


@router.post("/v1/analyze", responses=described("Record"), openapi_extra=takes(AnalyzeIn))
async def analyze_one(request: Request) -> Response:
    """Analyse one appeal."""
    parts = runtime(request)
    given = await body_of(request, AnalyzeIn)
    appeal = appeal_of(given.text, given, parts.settings.max_text)
    work = partial(analyze, appeal=appeal, include=given.include)
    answer = await parts.engine.run(work, parts.settings.deadline, request.state.ticket)
    parts.metrics.appeals.inc()
    return json_response(answer)


@router.post("/v1/batch", responses=described("Batch"), openapi_extra=takes(BatchIn))
async def analyze_batch(request: Request) -> Response:
    """Analyse several appeals; each is answered in its place, with an analysis or an error."""
    parts = runtime(request)
    given = await body_of(request, BatchIn)
    if len(given.appeals) > parts.settings.max_batch:
        raise ApiError("too_large", "appeals")
    until = time.monotonic() + parts.settings.batch_deadline
    async with parts.engine.slot(request.state.ticket):
        results = [await _row(parts, row, given.include, until) for row in given.appeals]
    return json_response(b'{"results":[' + b",".join(results) + b"]}")


async def _row(parts: Runtime, row: AppealIn, include: list[Any], until: float) -> bytes:
    """One row after the other, each a step of its own, so that single appeals find their turn in between."""
    try:
        appeal = appeal_of(row.text, row, parts.settings.max_text)
    except ApiError as error:
        return dump({"id": row.id, **error_body(error.code, error.field)})
    answer = await parts.engine.step(partial(analyze, appeal=appeal, include=include), until)
    parts.metrics.appeals.inc()
    return answer
