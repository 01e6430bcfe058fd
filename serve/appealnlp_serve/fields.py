"""Header fields of a request, looked up in the list as it came: cheaper than an object for a few look-ups."""

from __future__ import annotations

from starlette.types import Scope


def field(scope: Scope, name: bytes) -> str | None:
    """The value of the first field of that name (lower case); None without one."""
    for known, value in scope["headers"]:
        if known == name:
            return str(value, "latin-1")
    return None
