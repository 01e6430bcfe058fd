"""A call as it grows: updates, the hand-off at once, no flapping, and the library's own answer at the end."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from serve_parts import GAS, TOKENS
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from appealnlp import Analyzer
from appealnlp.analysis import Evidence, Urgency
from appealnlp_serve.calls import Call, Steady

Socket = WebSocketTestSession
LIVE = "ws://127.0.0.1/v1/live"


def until(socket: Socket, kind: str) -> list[dict[str, Any]]:
    """Messages up to the first of ``kind``."""
    found: list[dict[str, Any]] = []
    while not found or found[-1]["type"] != kind:
        found.append(json.loads(socket.receive_text()))
    return found


def say(socket: Socket, words: str, kind: str = "words") -> dict[str, Any]:
    socket.send_text(json.dumps({"type": kind, "text": words}))
    return until(socket, "update")[-1]


def test_the_end_is_what_the_library_says(client: TestClient, nlp: Analyzer) -> None:
    with client.websocket_connect(LIVE) as socket:
        socket.send_text(json.dumps({"type": "start", "id": "c1", "title": "求助", "received_at": "2024-05-01T09:30"}))
        for start in range(0, len(GAS), 5):
            update = say(socket, GAS[start : start + 5])
        assert update["length"] == len(GAS) + 3
        assert update["shown"]["urgency"]["label"] == "critical"
        socket.send_text('{"type":"end"}')
        final = until(socket, "final")[-1]
    expected = nlp({"text": GAS, "title": "求助", "received_at": "2024-05-01T09:30"})
    assert final["analysis"] == json.loads(json.dumps(expected.to_dict()))
    assert final["id"] == "c1"
    assert final["masked"] == expected.masked()


def test_danger_is_told_at_once_and_once(client: TestClient) -> None:
    with client.websocket_connect(LIVE) as socket:
        assert say(socket, "你好，我住兴业路66号，")["type"] == "update"
        socket.send_text(json.dumps({"type": "words", "text": "楼道里全是煤气味，"}))
        told = until(socket, "update")
        assert [message["type"] for message in told] == ["handoff", "update"]
        assert "119" in told[0]["numbers"]
        assert "煤气味" in told[0]["evidence"][0]["text"]
        socket.send_text(json.dumps({"type": "words", "text": "快派人来。"}))
        assert [message["type"] for message in until(socket, "update")] == ["update"]


def test_what_the_model_alone_finds_grave_is_told_with_its_words(nlp: Analyzer) -> None:
    text = "他往江边去了，留了字条。"
    analysis = nlp(text)
    words = Evidence(0, 5, text[:5], "model")
    grave = replace(
        analysis,
        urgency=Urgency("critical", 0.8, (words,)),
        route=replace(analysis.route, handoff=("110",)),
    )
    call = Call({code: label.rank for code, label in nlp.scheme.urgencies.items()})
    told = [call.events(grave)[0] for _ in range(2)]
    assert [message["type"] for message in told] == ["handoff", "update"]
    assert (told[0]["numbers"], told[0]["evidence"]) == (["110"], [words.to_dict()])


def test_the_same_words_bring_no_update(client: TestClient) -> None:
    with client.websocket_connect(LIVE) as socket:
        first = say(socket, "路灯坏了", "transcript")
        for _ in range(3):
            socket.send_text(json.dumps({"type": "transcript", "text": "路灯坏了"}))
        assert say(socket, "路灯坏了三天", "transcript")["seq"] == first["seq"] + 1


@pytest.mark.parametrize(
    "message",
    [
        "", "{", "[]", "5", '{"type":"x"}', '{"type":"words","text":5}', '{"type":"words","type":"end"}',
        '{"a":"\\ud800"}',
        '{"type":"words","text":NaN}', '{"type":"start","received_at":"never"}', "[" * 5000,
        json.dumps({"type": "words", "text": "好" * 50_001}),
    ],
)  # fmt: skip
def test_bad_messages_are_refused_and_the_call_goes_on(client: TestClient, message: str) -> None:
    with client.websocket_connect(LIVE) as socket:
        socket.send_text(message)
        error = json.loads(socket.receive_text())
        assert error["type"] == "error"
        assert error["error"]["code"] not in ("internal", "bad_request")
        assert say(socket, "路灯坏了")["type"] == "update"


def test_a_client_that_only_errs_is_left(client: TestClient) -> None:
    with client.websocket_connect(LIVE) as socket:
        for _ in range(20):
            socket.send_bytes(b"\x00\xff")
        for _ in range(20):
            assert json.loads(socket.receive_text())["type"] == "error"
        with pytest.raises(WebSocketDisconnect) as left:
            socket.receive_text()
    assert left.value.code == 1008


def test_an_empty_call_ends_with_a_refusal(client: TestClient) -> None:
    with client.websocket_connect(LIVE) as socket:
        socket.send_text('{"type":"end"}')
        assert json.loads(socket.receive_text())["error"]["code"] == "empty_text"
        with pytest.raises(WebSocketDisconnect):
            socket.receive_text()


def test_silence_ends_a_call(make: Callable[..., TestClient]) -> None:
    with make(live_idle=0.1).websocket_connect(LIVE) as socket, pytest.raises(WebSocketDisconnect):
        socket.receive_text()


def test_calls_are_bounded(make: Callable[..., TestClient]) -> None:
    client = make(live_calls=1)
    with client.websocket_connect(LIVE) as socket:
        say(socket, "路灯坏了")
        with pytest.raises(Exception, match=r"^$|.*"), client.websocket_connect(LIVE):
            pytest.fail("a second call was taken")
    for _ in range(50):
        time.sleep(0.02)
        if client.app_state["parts"].calls == 0:
            break
    with client.websocket_connect(LIVE) as socket:
        assert say(socket, "路灯坏了")["seq"] == 1


def test_a_token_as_sub_protocol(guarded: TestClient) -> None:
    offered = ["appealnlp.live.v1", f"bearer.{TOKENS['hall']}"]
    with guarded.websocket_connect(LIVE, subprotocols=offered) as socket:
        assert socket.accepted_subprotocol == "appealnlp.live.v1"
        assert say(socket, "路灯坏了")["type"] == "update"
    for wrong in ([], ["bearer.x"], ["bearer."], [f"bearer.{TOKENS['watch']}"]):
        with pytest.raises(Exception, match=r"^$|.*"), guarded.websocket_connect(LIVE, subprotocols=wrong):
            pytest.fail("taken without a token")


def test_updates_are_fast(client: TestClient) -> None:
    words = (GAS + "，邻居也都闻到了，物业电话没人接。") * 4
    with client.websocket_connect(LIVE) as socket:
        seconds = []
        for start in range(0, len(words), 4):
            begin = time.perf_counter()
            say(socket, words[start : start + 4])
            seconds.append(time.perf_counter() - begin)
    assert sorted(seconds)[len(seconds) // 2] < 0.03


RANKS = {"low": 0, "normal": 1, "urgent": 2, "critical": 3}


def test_a_label_changes_with_a_clear_lead_or_twice_in_a_row() -> None:
    steady = Steady(RANKS)
    assert steady.settle({"type": "request"}, {}) == ["type"]
    close = {"type": {"complaint": 0.45, "request": 0.4}}
    assert steady.settle({"type": "complaint"}, close) == []
    assert steady.settle({"type": "request"}, {}) == []
    assert steady.settle({"type": "complaint"}, close) == []
    assert steady.settle({"type": "complaint"}, close) == ["type"]
    assert steady.settle({"type": "report"}, {"type": {"report": 0.6, "complaint": 0.2}}) == ["type"]


def test_urgency_rises_at_once_and_falls_slowly() -> None:
    steady = Steady(RANKS)
    steady.settle({"urgency": "normal"}, {})
    assert steady.settle({"urgency": "critical"}, {}) == ["urgency"]
    assert steady.settle({"urgency": "normal"}, {"urgency": {"normal": 0.99}}) == []
    assert steady.settle({"urgency": "normal"}, {"urgency": {"normal": 0.99}}) == ["urgency"]
