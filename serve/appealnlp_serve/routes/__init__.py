"""The addresses of the endpoint, one small module each."""

from __future__ import annotations

from fastapi import APIRouter

from appealnlp_serve.routes import analyze, feedback, health, live, page, schemes

ROUTERS: tuple[APIRouter, ...] = (
    analyze.router, live.router, feedback.router, schemes.router, health.router, page.router,
)  # fmt: skip
DIRECT: tuple[APIRouter, ...] = (analyze.router, feedback.router)
"""Those that carry the load: reached without the router of the application."""
