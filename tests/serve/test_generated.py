"""Generated bodies: whatever JSON or bytes come, the answer is 200 or a refusal of the client, never a 5xx.

20,000 in CI; 100,000 over sockets: ``python tests/benchmarks/serve_bodies.py``.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from typing import Any

from generated import WORDS, requests
from serve_parts import GAS
from starlette.testclient import TestClient

COUNT = int(os.environ.get("GENERATED_BODIES", "20000"))


async def status(app: Any, path: str, data: bytes) -> int:
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    scope = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": path,
             "raw_path": path.encode(), "query_string": b"", "headers": headers, "client": ("127.0.0.1", 1),
             "server": ("127.0.0.1", 80), "scheme": "http", "root_path": "", "state": {}}  # fmt: skip
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": data, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    json.loads(sent[1]["body"])
    return int(sent[0]["status"])


def test_generated_bodies(make: Callable[..., TestClient]) -> None:
    app = make().app

    async def all_of_them() -> dict[int, int]:
        counts: dict[int, int] = {}
        for path, data in requests(COUNT):
            found = await status(app, path, data)
            assert found < 500, (path, data)
            counts[found] = counts.get(found, 0) + 1
        return counts

    counts = asyncio.run(all_of_them())
    assert counts[200] > COUNT / 10
    assert set(counts) <= {200, 201, 400, 422}


def test_the_words_of_the_generator_hold_a_danger() -> None:
    assert any(word in GAS for word in WORDS)
