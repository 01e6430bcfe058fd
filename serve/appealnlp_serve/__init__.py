"""The endpoint: reads appeals over HTTP and WebSocket, with a page for operators. Uses the library's face only."""

from appealnlp_serve.app import create_app
from appealnlp_serve.settings import Settings, load_settings

__all__ = ["Settings", "create_app", "load_settings"]
