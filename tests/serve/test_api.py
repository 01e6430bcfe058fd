"""The routes: the same bytes as the library, bounds, and one form for every refusal."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from serve_parts import GAS
from starlette.testclient import TestClient

from appealnlp import Analyzer, Appeal

TEXTS = [
    GAS,
    "请问公积金怎么提取？",
    "小区停水三天了，家里有老人，多次打12345没有结果",
    "a",
    "😀" * 50,
    "\u202e倒\u0000写" + "路灯不亮" * 20,
    "好" * 3000,
]
ERROR = {"code", "message", "message_zh", "field", "request_id"}


def refused(answer: Any, status: int, code: str, field: str | None = None) -> None:
    assert answer.status_code == status
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == ERROR
    assert body["error"]["code"] == code
    assert body["error"]["field"] == field
    assert body["error"]["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(
    "about", [{}, {"title": "投诉物业", "id": "A1", "received_at": "2024-05-01T09:30:00", "area": "441302"}]
)
def test_the_analysis_is_the_librarys_byte_for_byte(
    client: TestClient, nlp: Analyzer, text: str, about: dict[str, str]
) -> None:
    expected = json.dumps(nlp({"text": text, **about}).to_dict(), ensure_ascii=False, separators=(",", ":"))
    one = client.post("/v1/analyze", json={"text": text, **about}).content
    assert one == ('{"id":' + json.dumps(about.get("id")) + ',"analysis":' + expected + "}").encode()
    many = client.post("/v1/batch", json={"appeals": [{"text": text, **about}] * 2}).content
    assert many == b'{"results":[' + one + b"," + one + b"]}"


def test_more_on_demand(client: TestClient, nlp: Analyzer) -> None:
    body = client.post("/v1/analyze", json={"text": GAS, "include": ["masked", "why", "scores"]}).json()
    analysis = nlp(GAS)
    assert body["analysis"] == json.loads(json.dumps(analysis.to_dict(scores=True)))
    assert body["masked"] == analysis.masked()
    assert "13900001234" not in body["masked"]
    assert body["why"]["urgency"][0]["text"] in GAS


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({}, 422, "invalid_field", "text"), ({"text": ""}, 422, "empty_text", "text"),
        ({"text": " \n"}, 422, "empty_text", "text"), ({"text": 5}, 422, "invalid_field", "text"),
        ({"text": None}, 422, "invalid_field", "text"), ({"text": ["a"]}, 422, "invalid_field", "text"),
        ({"text": "a", "secret": 1}, 422, "invalid_field", None),
        ({"text": "a", "title": 1}, 422, "invalid_field", "title"),
        ({"text": "a" * 50_001}, 422, "too_long", "text"), ({"text": "a", "id": "x" * 201}, 422, "too_long", "id"),
        ({"text": "a", "received_at": "yesterday"}, 422, "invalid_moment", "received_at"),
        ({"text": "a", "received_at": "9999-12-31T23:59:59"}, 422, "invalid_moment", "received_at"),
        ({"text": "a", "received_at": "0001-01-01T00:00:00+14:00"}, 422, "invalid_moment", "received_at"),
        ({"text": "\u0001\u0002\u0003"}, 422, "binary_text", "text"),
        ({"text": "a", "include": ["all"]}, 422, "invalid_field", "include.0"),
        ({"text": "a", "area": "4" * 21}, 422, "too_long", "area"),
    ],
)  # fmt: skip
def test_wrong_fields(client: TestClient, body: dict[str, Any], status: int, code: str, field: str | None) -> None:
    refused(client.post("/v1/analyze", json=body), status, code, field)


def test_a_bad_row_does_not_spoil_a_batch(client: TestClient) -> None:
    rows = client.post("/v1/batch", json={"appeals": [{"text": " ", "id": "1"}, {"text": GAS, "id": "2"}]}).json()[
        "results"
    ]
    assert rows[0]["id"] == "1"
    assert rows[0]["error"]["code"] == "empty_text"
    assert rows[1]["id"] == "2"
    assert rows[1]["analysis"]["urgency"]["label"] == "critical"


def test_bounds(make: Callable[..., TestClient]) -> None:
    client = make(max_batch=2, max_body=2000)
    refused(client.post("/v1/batch", json={"appeals": [{"text": "a"}] * 3}), 413, "too_large", "appeals")
    refused(client.post("/v1/batch", json={"appeals": []}), 422, "invalid_field", "appeals")
    refused(client.post("/v1/analyze", json={"text": "好" * 2000}), 413, "too_large")

    def chunks() -> Any:
        yield from (b"x" * 500 for _ in range(10))

    chunked = client.post("/v1/analyze", content=chunks(), headers={"content-type": "application/json"})
    refused(chunked, 413, "too_large")


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_only_json_is_taken(client: TestClient, kind: str | None) -> None:
    headers = {"content-type": kind} if kind else {}
    refused(client.post("/v1/analyze", content=b'{"text":"a"}', headers=headers), 415, "unsupported_media")


def test_compressed_bodies_are_refused(client: TestClient) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    refused(client.post("/v1/analyze", content=b"\x1f\x8b", headers=headers), 415, "unsupported_media")


def test_paths_and_methods(client: TestClient) -> None:
    refused(client.get("/v1/none"), 404, "not_found")
    refused(client.get("/page/..%2fapp.py"), 404, "not_found")
    refused(client.get("/page/none.js"), 404, "not_found")
    wrong = client.delete("/v1/analyze")
    refused(wrong, 405, "method_not_allowed")
    assert wrong.headers["allow"] == "POST"


def test_health_schemes_and_metrics(client: TestClient, nlp: Analyzer) -> None:
    assert client.get("/livez").json() == client.get("/readyz").json() == {"status": "ok"}
    schemes = client.get("/v1/schemes").json()
    assert [row["code"] for row in schemes["department"]] == list(nlp.scheme.labels("department"))
    assert {"code": "critical", "name": "特急"} in schemes["urgency"]
    client.post("/v1/analyze", json={"text": GAS})
    figures = client.get("/metrics").text
    assert 'appealnlp_requests_total{method="POST",route="/v1/analyze",status="200"} 1.0' in figures
    assert "appealnlp_appeals_total 1.0" in figures


def test_every_answer_carries_the_headers_of_safety(client: TestClient) -> None:
    for answer in (
        client.get("/"),
        client.get("/none"),
        client.post("/v1/analyze", json={"text": "a"}),
        client.get("/livez"),
    ):
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers


def test_the_page_loads_nothing_from_elsewhere(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for name in ("index.html", "page.css", "main.js", "ask.js", "call.js", "show.js", "table.js", "words.js"):
        text = client.get(f"/page/{name}").text
        assert "http://" not in text
        assert "https://" not in text
        assert not [
            word for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(") if word in text
        ]


def test_a_fault_of_ours_says_nothing_of_the_text(make: Callable[..., TestClient], nlp: Analyzer) -> None:
    class Broken:
        scheme = nlp.scheme

        def __call__(self, appeal: Appeal | str) -> Any:
            if isinstance(appeal, str):
                return nlp(appeal)
            raise ValueError(f"secret {appeal.text}")

    answer = make(Broken()).post("/v1/analyze", json={"text": "绝密canary"})
    refused(answer, 500, "internal")
    assert "canary" not in answer.text


def _remark(**changes: Any) -> dict[str, Any]:
    return {"kind": "correction", "field": "type", "given": "request", "correct": "complaint", "text": GAS} | changes


def test_feedback_is_kept_masked(client: TestClient) -> None:
    answer = client.post("/v1/feedback", json=_remark(reason="联系13900001234核实", title="投诉"))
    assert answer.status_code == 201
    kept = client.app_state["parts"].feedback.all()
    assert kept[0]["correct"] == "complaint"
    assert "13900001234" not in str(kept)
    assert "张三" not in str(kept)
    assert "煤气味" in str(kept[0]["text"])
    until = datetime.now() + timedelta(days=180)
    assert abs((datetime.fromisoformat(answer.json()["kept_until"]) - until).days) <= 1


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (_remark(correct="none"), "unknown_label", "correct"), (_remark(given="none"), "unknown_label", "given"),
        (_remark(field="person"), "invalid_field", "field"), (_remark(field=None), "invalid_field", "field"),
        (_remark(correct=None), "invalid_field", "correct"), (_remark(kind="x"), "invalid_field", "kind"),
        ({"kind": "returned", "text": "a", "given": "housing"}, "invalid_field", "reason"),
        ({"kind": "returned", "text": "a", "reason": "不归我们管"}, "invalid_field", "given"),
        (_remark(text=" "), "empty_text", "text"),
    ],
)  # fmt: skip
def test_wrong_feedback(client: TestClient, body: dict[str, Any], code: str, field: str) -> None:
    refused(client.post("/v1/feedback", json=body), 422, code, field)


def test_returned_orders_and_retention(client: TestClient) -> None:
    body = {"kind": "returned", "text": GAS, "given": "housing", "correct": "gas_supply", "reason": "属燃气公司职责"}
    assert client.post("/v1/feedback", json=body).status_code == 201
    store = client.app_state["parts"].feedback
    assert store.purge() == 0
    assert store.purge(datetime.now() + timedelta(days=181)) == 1
    assert store.all() == []


def test_nothing_is_written_before_the_first_feedback(client: TestClient, tmp_path: Path) -> None:
    client.post("/v1/analyze", json={"text": GAS})
    assert client.app_state["parts"].feedback.purge() == 0
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_cannot_be_reached(make: Callable[..., TestClient]) -> None:
    client = make(feedback_url="sqlite:////nowhere/at/all.db")
    answer = client.post("/v1/feedback", json=_remark())
    refused(answer, 503, "storage")
    assert answer.headers["retry-after"] == "30"
