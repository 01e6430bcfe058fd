"""Routing: where the matter goes, and by when."""

from appealnlp.route.router import Router

__all__ = ["Router"]
