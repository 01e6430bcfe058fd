"""The checked-in description is the server's, and the server keeps to it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from serve_parts import ENTRIES, ROOT, bearer
from starlette.testclient import TestClient

from appealnlp_serve.app import routes_only
from appealnlp_serve.openapi import text_of

EXAMPLES = int(os.environ.get("SPEC_EXAMPLES", "25"))


def test_the_checked_in_description_is_current() -> None:
    kept = (ROOT / "serve" / "openapi.json").read_text("utf-8")
    assert kept == text_of(routes_only()), "run: python -m appealnlp_serve.describe > serve/openapi.json"


def test_the_server_gives_the_same(client: TestClient) -> None:
    assert client.get("/openapi.json").json() == json.loads((ROOT / "serve" / "openapi.json").read_text("utf-8"))


def test_every_route_keeps_to_the_description(make: Callable[..., Any], tmp_path: Path) -> None:
    schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed: pip install schemathesis")
    from hypothesis import HealthCheck, given, settings
    from schemathesis.specs.openapi import checks

    client = make(tokens=ENTRIES)
    schema = schemathesis.openapi.from_asgi("/openapi.json", client.app)
    tokens = {"/metrics": "watch"}
    calls = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(operation.as_strategy())
        def check(case: Any) -> None:
            nonlocal calls
            calls += 1
            answer = case.call(headers=bearer(tokens.get(case.path, "desk")), base_url="http://127.0.0.1")
            assert answer.status_code < 500
            case.validate_response(answer, excluded_checks=[checks.positive_data_acceptance, checks.ignored_auth])

        check()
    assert calls > EXAMPLES
