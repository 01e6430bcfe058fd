"""Tokens, scopes, rates, other sites, and what may never leave: canary strings in every field."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from serve_parts import ENTRIES, GAS, TOKENS, Served, bearer
from starlette.testclient import TestClient

from appealnlp_serve.errors import CODES
from appealnlp_serve.middleware.rate import RateLimit

BODY = {"text": GAS}


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/v1/analyze", "POST", {"hall", "old", "desk"}),
        ("/v1/batch", "POST", {"hall", "old", "desk"}),
        ("/v1/schemes", "GET", {"hall", "old", "desk"}),
        ("/v1/feedback", "POST", {"desk"}),
        ("/metrics", "GET", {"watch"}),
    ],
)
def test_scopes(guarded: TestClient, path: str, method: str, allowed: set[str]) -> None:
    for name in TOKENS:
        answer = guarded.request(method, path, headers=bearer(name), json=BODY if method == "POST" else None)
        assert (answer.status_code != 403) == (name in allowed)
        assert answer.status_code != 401


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"authorization": ""}, {"authorization": "Bearer"}, {"authorization": "Bearer "},
        {"authorization": "Bearer x"},
        {"authorization": "Basic aGFsbDp4"}, {"authorization": TOKENS["hall"]},
        {"authorization": "Bearer " + "x" * 5000},
        {"authorization": b"Bearer \xff\xfe"}, {"authorization": "Bearer " + ENTRIES[0]["digests"][0]},
    ],
)  # fmt: skip
def test_without_a_token_nothing_is_said(guarded: TestClient, headers: dict[str, Any]) -> None:
    for path in ("/v1/analyze", "/v1/none", "/v1//analyze", "/metrics", "/docs", "/V1/analyze"):
        answer = guarded.post(path, json=BODY, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["error"]["code"] == "unauthorized"


def test_two_tokens_in_one_request_are_none(guarded: TestClient) -> None:
    headers = [("authorization", f"Bearer {TOKENS['hall']}"), ("authorization", "Bearer x")]
    assert guarded.post("/v1/analyze", json=BODY, headers=headers).status_code == 401  # type: ignore[arg-type]


def test_page_and_probes_are_open(guarded: TestClient) -> None:
    for path in ("/", "/page/main.js", "/livez", "/readyz", "/openapi.json"):
        assert guarded.get(path).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 400), ({"host": "127.0.0.1.evil.example"}, 400), ({"host": ""}, 400),
        ({"host": "localhost:8000"}, 200), ({"host": "[::1]:8000"}, 200), ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403), ({"origin": "http://127.0.0.1"}, 200), ({"origin": "http://[bad"}, 403),
    ],
)  # fmt: skip
def test_other_sites_are_kept_out(client: TestClient, headers: dict[str, str], status: int) -> None:
    assert client.post("/v1/analyze", json=BODY, headers=headers).status_code == status


def test_rates_are_kept_for_each_token(make: Callable[..., TestClient]) -> None:
    client = make(tokens=ENTRIES, rate=0.01, burst=3)
    answers = [client.post("/v1/analyze", json=BODY, headers=bearer("hall")) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["retry-after"]) > 1
    assert client.post("/v1/analyze", json=BODY, headers=bearer("old")).status_code == 429  # the same name
    assert client.post("/v1/analyze", json=BODY, headers=bearer("desk")).status_code == 200
    assert client.get("/livez").status_code == 200


def test_buckets_fill_again_and_are_forgotten() -> None:
    now = [0.0]
    limit = RateLimit(None, 1.0, 1, lambda: now[0])  # type: ignore[arg-type]
    limit._take("a")
    now[0] = 1.0
    limit._take("a")
    for key in range(10_001):
        limit._take(str(key))
    assert len(limit._buckets) == 10_000


def _canaries() -> list[tuple[str, str, dict[str, Any]]]:
    """Requests with the canary in every place that a client fills."""
    c = 'canary7f3a\n{"forged":1}\r\nSet-Cookie: x'
    texts: list[dict[str, Any]] = [
        {"text": c}, {"text": "a", "title": c}, {"text": "a", "id": c}, {"text": "a", "area": "canary7f3a"},
        {"text": "a", "received_at": "canary7f3a"}, {"text": "a", "canary7f3a": 1},
        {"text": "a", "include": ["canary7f3a"]},
        {"text": ["canary7f3a"]}, {"text": c, "received_at": c},
    ]  # fmt: skip
    marks = {"kind": "correction", "field": "type", "correct": "praise"}
    remarks: list[dict[str, Any]] = [
        {"text": c, **marks, "reason": c}, {"text": "a", **marks, "correct": "canary7f3a"}, {"text": "a", "kind": c},
        {"text": "a", **marks, "field": c}, {"text": "a", **marks, "given": "canary7f3a"},
    ]  # fmt: skip
    out = [("POST", "/v1/analyze", {"json": body}) for body in texts]
    out += [("POST", "/v1/batch", {"json": {"appeals": [body]}}) for body in texts]
    out += [("POST", "/v1/feedback", {"json": body}) for body in remarks]
    headers = {
        "x-request-id": "canary7f3a",
        "user-agent": "canary7f3a",
        "referer": "canary7f3a",
        "cookie": "canary7f3a",
    }
    out += [("GET", "/livez", {"headers": headers}), ("GET", "/canary7f3a?canary7f3a=1", {})]
    out += [("POST", "/v1/analyze", {"content": b'{"canary7f3a', "headers": {"content-type": "application/json"}})]
    out += [("POST", "/v1/analyze", {"content": b"x", "headers": {"content-type": "canary7f3a/x"}})]
    out += [("GET", "/v1/schemes", {"headers": {"authorization": "Bearer canary7f3a", "origin": "http://canary7f3a"}})]
    out += [("GET", "/v1/schemes", {"headers": {"host": "canary7f3a"}}), ("CANARY7F3A", "/v1/analyze", {})]
    return out


def test_canaries_stay_where_they_are(served: Served) -> None:
    import httpx

    with httpx.Client(base_url=served.url) as client:
        for method, path, given in _canaries():
            answer = client.request(method, path, **given)
            assert answer.status_code < 500
            assert "canary7f3a" not in str(answer.headers).lower()
            if answer.is_error:
                assert "canary7f3a" not in answer.text.lower()
        assert "canary" not in client.get("/metrics").text.lower()
    time.sleep(0.5)  # lines are written together
    lines = list(served.lines)
    assert len(lines) > len(_canaries())
    assert not [line for line in lines if "canary" in line.lower() or "forged" in line]
    assert all(isinstance(json.loads(line), dict) for line in lines)


def test_every_code_has_words_in_both_languages() -> None:
    for known in CODES.values():
        assert any("\u4e00" <= sign <= "\u9fff" for sign in known.zh)
        assert known.en.isascii()
        assert 400 <= known.status <= 503
