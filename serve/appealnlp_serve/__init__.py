"""The endpoint: reads appeals over HTTP and WebSocket, with a page for operators. Uses the library's face only."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from appealnlp_serve.app import create_app
    from appealnlp_serve.settings import Settings, load_settings

__all__ = ["Settings", "create_app", "load_settings"]


def __getattr__(name: str) -> object:
    if name == "create_app":  # on demand: a process that only analyses loads no web framework
        from appealnlp_serve.app import create_app

        return create_app
    if name in ("Settings", "load_settings"):
        from appealnlp_serve import settings

        return getattr(settings, name)
    raise AttributeError(f"module 'appealnlp_serve' has no attribute {name!r}")
