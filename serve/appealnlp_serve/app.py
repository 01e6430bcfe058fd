"""Puts the finished parts together into one ASGI application."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI, Request, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from appealnlp import Analyzer
from appealnlp_serve.engine import Engine
from appealnlp_serve.errors import ApiError, code_of_status, error_bytes
from appealnlp_serve.feedback import FeedbackStore
from appealnlp_serve.logs import log
from appealnlp_serve.metrics import Metrics
from appealnlp_serve.middleware import middleware
from appealnlp_serve.openapi import describe
from appealnlp_serve.pools import Pool, Threads
from appealnlp_serve.processes import Processes
from appealnlp_serve.routes import DIRECT, ROUTERS
from appealnlp_serve.runtime import Runtime
from appealnlp_serve.settings import Settings, load_settings
from appealnlp_serve.worker import warmed

_PURGE_SECONDS = 3600.0


def create_app(settings: Settings | None = None, analyzer: Analyzer | None = None) -> FastAPI:
    """The application. Without arguments it reads the environment, so any ASGI server can call it as a factory.

    Raises InputError for a setting and ModelError for a model that cannot be used.
    """
    chosen = settings or load_settings()
    engine = Engine(_pool(chosen, analyzer), chosen.queue, chosen.deadline / 2)
    store = FeedbackStore(chosen.feedback_url, chosen.feedback_days)
    parts = Runtime(chosen, chosen.all_tokens, engine.pool.labels, engine, Metrics(engine), store)
    app = routes_only(middleware(parts, DIRECT))
    app.state.runtime = parts
    return app


def _pool(settings: Settings, analyzer: Analyzer | None) -> Pool:
    """Processes, where the system can hand them a socket; threads where wanted, or for an analyzer that is here."""
    if analyzer is not None:
        return Threads(analyzer, settings.workers)
    about = (settings.model, settings.tier, settings.policy)
    if settings.threads or os.name != "posix":
        return Threads(warmed(*about), settings.workers)
    return Processes(about, settings.workers)


def routes_only(pieces: list[Middleware] | None = None) -> FastAPI:
    """The routes without a model behind them; enough to describe them."""
    app = FastAPI(
        title="appealnlp", docs_url=None, redoc_url=None, redirect_slashes=False, middleware=pieces, lifespan=_lifespan,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # it would tell paths as clients send them
    )  # fmt: skip
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(HTTPException, _from_framework)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _described(app: FastAPI) -> dict[str, Any]:
    app.openapi_schema = app.openapi_schema or describe(app)
    return app.openapi_schema


async def _from_framework(request: Request, error: Exception) -> Response:
    """What the framework refuses (no such path or method), in our form."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    refusal = ApiError(code_of_status(status))
    request.scope["state"]["code"] = refusal.code
    kept = getattr(error, "headers", None) or {}
    body = error_bytes(refusal.code, None, request.scope["state"].get("request_id"))
    return Response(body, refusal.status, headers=dict(kept), media_type="application/json")


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Deletes old feedback while running; at the end, lets running work finish."""
    parts: Runtime = app.state.runtime
    parts.engine.pool.open()
    purging = asyncio.create_task(_purge(parts.feedback))
    log("started", workers=parts.settings.workers, queue=parts.settings.queue, tokens=len(parts.tokens))
    yield
    parts.draining = True
    purging.cancel()
    with suppress(asyncio.CancelledError):
        await purging
    await parts.engine.close()
    parts.feedback.close()
    log("stopped")


async def _purge(store: FeedbackStore) -> None:
    while True:
        try:
            await asyncio.to_thread(store.purge)
        except SQLAlchemyError as error:
            log("storage", level=logging.WARNING, error=error)
        await asyncio.sleep(_PURGE_SECONDS)
