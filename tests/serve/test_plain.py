"""Requests without the HTTP parser: only fields that it would take as they are, and answers framed as it would."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import h11
import pytest
from hostile import GOOD, listed, mutated, post
from odd import odd
from starlette.testclient import TestClient
from uvicorn.protocols.http.flow_control import FlowControl

from appealnlp_serve.gate import bytes_left
from appealnlp_serve.plain import PlainCycle, fields_of, head_of


def _head(data: bytes) -> bytes:
    head = data.partition(b"\r\n\r\n")[0]
    return head[head.index(b"\r\n") + 2 :] + b"\r\n"


def test_fields_are_those_of_the_parser() -> None:
    judged = 0
    corpus = [*listed(), *mutated(3000, seed=7), *(b"".join(item.pieces) for item in odd()), post(GOOD, b"X:\t a b \t")]
    for data in corpus:
        if bytes_left(data, 65536) is None or (fields := fields_of(_head(data))) is None:
            continue
        parser = h11.Connection(h11.SERVER)
        parser.receive_data(data)
        request = parser.next_event()
        assert isinstance(request, h11.Request)
        assert [(bytes(name), bytes(value)) for name, value in request.headers] == fields
        judged += 1
    assert judged > 200


@pytest.mark.parametrize(
    "field",
    [b" X: a", b"X : a", b": a", b"X", b"X: \x00", b"X: a\nY: b", b"X: a\rb", b"X: \x01", b"X: \x7f", b"Host: b"],
)
def test_other_fields_are_left_to_the_parser(field: bytes) -> None:
    assert fields_of(b"Host: a\r\n" + field + b"\r\n") is None
    assert fields_of(field + b"\r\n") is None or field == b"Host: b"


@pytest.mark.parametrize("value", [b"a\r\nSet-Cookie: x", b"a\nb", b"a\rb", b"a\x00b"])
def test_a_field_cannot_begin_another(value: bytes) -> None:
    with pytest.raises(ValueError, match="line end"):
        head_of(200, [(b"x", value)])


class Wire(asyncio.Transport):
    """Keeps what is written."""

    out, closed = b"", False

    def write(self, data: Any) -> None:
        self.out += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


def _answered(headers: Sequence[tuple[bytes, bytes]], *bodies: bytes) -> Wire:
    async def scene() -> Wire:
        wire = Wire()
        cycle = PlainCycle({"method": "POST"}, wire, FlowControl(wire), [(b"date", b"now")], 0, lambda: None)

        async def app(_: Any, receive: Any, send: Any) -> None:
            assert (await receive()) == {"type": "http.request", "body": b"hi", "more_body": False}
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            for place, body in enumerate(bodies):
                await send({"type": "http.response.body", "body": body, "more_body": place + 1 < len(bodies)})
            assert (await receive())["type"] == "http.disconnect"

        cycle.left = 2
        cycle.take(b"h")
        cycle.take(b"i")
        await cycle.run_asgi(app)
        return wire

    return asyncio.run(scene())


def test_answers_are_framed() -> None:
    wire = _answered([(b"content-length", b"3")], b"a", b"bc")
    assert wire.out == b"HTTP/1.1 200 OK\r\ndate: now\r\ncontent-length: 3\r\n\r\nabc"
    assert not wire.closed
    wire = _answered([], b"abc")  # no length: the end of the connection is the end of the body
    assert wire.out == b"HTTP/1.1 200 OK\r\ndate: now\r\nconnection: close\r\n\r\nabc"
    assert wire.closed
    wire = _answered([(b"content-length", b"3"), (b"connection", b"close")], b"abc")
    assert wire.closed


@pytest.mark.parametrize("body", [b"ab", b"abcd"])
def test_a_wrong_length_ends_the_connection(body: bytes) -> None:
    assert _answered([(b"content-length", b"3")], body).closed


def test_head_is_get_without_its_body(client: TestClient) -> None:
    for path in ("/livez", "/readyz", "/", "/v1/schemes"):
        answer = client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-length"] == client.get(path).headers["content-length"]
    assert 'method="HEAD",route="/livez"' in client.get("/metrics").text
