"""What a WebSocket handshake must be (RFC 6455, 4.1), judged here so that a wrong one gets an answer of our form."""

from __future__ import annotations

import re
from collections.abc import Sequence

import h11

_KEY = re.compile(rb"[A-Za-z0-9+/]{22}==")
_TOKENS = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:[ \t]*,[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+)*")


def is_handshake(request: h11.Request, fields: Sequence[tuple[bytes, bytes]]) -> bool:
    """Whether a request that asks for a WebSocket may have one: GET, HTTP/1.1, no body, one key, version 13."""
    if request.method != b"GET" or request.http_version != b"1.1" or _has_body(fields):
        return False
    keys, versions, protocols = (_all(fields, b"sec-websocket-" + name) for name in (b"key", b"version", b"protocol"))
    if not all(_TOKENS.fullmatch(value) for value in protocols):
        return False
    return len(keys) == 1 and bool(_KEY.fullmatch(keys[0])) and versions == [b"13"]


def _has_body(fields: Sequence[tuple[bytes, bytes]]) -> bool:
    lengths = _all(fields, b"content-length")
    return bool(_all(fields, b"transfer-encoding")) or any(length.strip(b"0") for length in lengths)


def _all(fields: Sequence[tuple[bytes, bytes]], wanted: bytes) -> list[bytes]:
    return [bytes(value) for name, value in fields if name == wanted]
