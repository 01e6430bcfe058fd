"""A human's correction, or a work order that came back. Only masked text is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import SQLAlchemyError

from appealnlp import Appeal, InputError
from appealnlp_serve.answers import dump
from appealnlp_serve.bodies import About, FeedbackIn, appeal_of
from appealnlp_serve.errors import ApiError
from appealnlp_serve.feedback import Feedback
from appealnlp_serve.jobs import mask
from appealnlp_serve.logs import log
from appealnlp_serve.routes.common import body_of, described, json_response, runtime, takes

router = APIRouter(tags=["feedback"])


@router.post("/v1/feedback", status_code=201, responses=described("Kept", 201), openapi_extra=takes(FeedbackIn))
async def give_feedback(request: Request) -> Response:
    """Keep a correction or a returned work order, masked, for a set time."""
    parts = runtime(request)
    given = await body_of(request, FeedbackIn)
    check_labels(parts.labels.of, given)
    appeal = appeal_of(given.text, About(title=given.title), parts.settings.max_text)
    check_reason(given.reason)
    job = partial(mask, appeal=appeal, reason=given.reason)
    model, text, reason = await parts.engine.run(job, parts.settings.deadline, request.state.ticket)
    item = Feedback(given.kind, given.field, given.given, given.correct, text, reason, model)
    try:
        key, until = await asyncio.to_thread(parts.feedback.add, item)
    except SQLAlchemyError as error:
        log("storage", error=error, request_id=request.state.request_id)
        raise ApiError("storage", retry_after=30) from None
    parts.metrics.feedback.labels(given.kind).inc()
    return json_response(dump({"key": key, "kept_until": until.date().isoformat()}), 201)


def check_reason(reason: str | None) -> None:
    """Raises ApiError for words that could not be kept."""
    try:
        if reason and reason.strip():
            Appeal(reason)
    except InputError:
        raise ApiError("binary_text", "reason") from None


def check_labels(known: Mapping[str, frozenset[str]], given: FeedbackIn) -> None:
    """Raises ApiError where a part is missing or a label is none of the scheme."""
    if given.kind == "correction" and (given.field is None or given.correct is None):
        raise ApiError("invalid_field", "correct" if given.field else "field")
    if given.kind == "returned" and (given.given is None or not (given.reason or "").strip()):
        raise ApiError("invalid_field", "reason" if given.given else "given")
    labels = known[given.field or "department"]
    for name in ("given", "correct"):
        value = getattr(given, name)
        if value is not None and "/".join(value.split("/")[:2]) not in labels:
            raise ApiError("unknown_label", name)
