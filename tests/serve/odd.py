"""Odd but well-defined requests, each with the answers it must get. Pieces are sent one after the other."""

# ruff: noqa: E501
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hostile import CRLF, FRAMES, GOOD, KEY, LIVE, SHAKES, chunked, get, post

TYPE = b"Content-Type: application/json"
SIZE = len(GOOD)
NEXT = get(b"/livez")
"""Sent after a request whose connection must stay usable."""


@dataclass(frozen=True)
class Odd:
    """Pieces, the statuses that must come back, and a code that one of the bodies must hold."""

    pieces: tuple[bytes, ...]
    statuses: tuple[int, ...]
    code: str = ""


def _typed(kind: bytes) -> bytes:
    return post(GOOD).replace(TYPE, b"Content-Type: " + kind)


def _frame(payload: bytes, first: int = 0x81) -> bytes:
    count = len(payload)
    size = bytes([0x80 | count]) if count < 126 else b"\xfe" + count.to_bytes(2, "big")
    return bytes([first]) + size + bytes(4) + payload


def framing() -> Iterator[Odd]:
    """Where one request ends and the next begins."""
    good, cut = post(GOOD), post(GOOD)[:-5]
    yield Odd((good + good,), (200, 200))
    yield Odd((good + NEXT,), (200, 200))
    yield Odd((*(bytes([sign]) for sign in good[:40]), good[40:]), (200,))
    yield Odd((cut, good[-5:]), (200,))
    yield Odd((good[:-SIZE], GOOD), (200,))
    yield Odd((cut, good[-5:] + NEXT), (200, 200))
    yield Odd((cut, good[-5:] + good + cut, good[-5:]), (200, 200, 200))
    yield Odd((good + b"GET /livez HT",), (200,))
    yield Odd((good + b"\x00\xff\r\n\r\n",), (200, 400), "bad_request")
    yield Odd((cut.replace(TYPE + CRLF, b""), good[-5:] + NEXT), (415, 200), "unsupported_media")
    yield Odd((good + LIVE,), (200, 101))
    yield Odd((NEXT + LIVE,), (200, 101))
    yield Odd((post(b""),), (400,), "invalid_json")
    yield Odd((post(b"", length=b""),), (400,), "invalid_json")
    yield Odd((post(GOOD, length=b"000%d" % SIZE) + NEXT,), (200, 200))
    yield Odd((post(GOOD, length=b"\t%d" % SIZE) + NEXT,), (200, 200))
    yield Odd((post(GOOD, length=b"%d  " % SIZE) + NEXT,), (200, 200))
    yield Odd((post(GOOD, length=b"+%d" % SIZE),), (400,), "bad_request")
    yield Odd((post(GOOD, b"Content-Length: 1"),), (400,), "bad_request")
    yield Odd((chunked(b"%X;a=b\r\n%s\r\n" % (SIZE, GOOD)) + NEXT,), (200, 200))
    yield Odd((chunked(b"%x\r\n%s\r\n" % (SIZE, GOOD), end=b"0\r\nX: y\r\n\r\n") + NEXT,), (200, 200))
    yield Odd(
        (post(b"", b"Transfer-Encoding: CHUNKED", length=b""), b"%x\r\n" % SIZE, GOOD, b"\r\n0\r\n\r\n" + NEXT),
        (200, 200),
    )
    yield Odd((post(b"", b"Transfer-Encoding: chunked", length=b""), b"5\r\nabcde\r\n"), (408,), "timeout")
    yield Odd((cut,), (408,), "timeout")
    yield Odd(
        (post(b"", b"Transfer-Encoding: chunked", length=b""), *[b"4000\r\n" + b"a" * 0x4000 + CRLF] * 6),
        (413,),
        "too_large",
    )
    yield Odd((get(b"/livez", b"Transfer-Encoding: chunked") + b"3\r\nabc\r\n0\r\n\r\n" + NEXT,), (200, 200))
    yield Odd((get(b"/", b"Content-Length: 3") + b"abc" + NEXT,), (200, 200))
    yield Odd((post(GOOD, b"Expect: 100-continue")[:-SIZE], GOOD + NEXT), (100, 200, 200))
    yield Odd((post(GOOD, b"Expect: 100-continue", path=b"/none")[:-SIZE], GOOD + NEXT), (100, 404, 200))
    for closing in (b"close", b"Close", b"keep-alive, close"):
        yield Odd((post(GOOD, b"Connection: " + closing) + NEXT,), (200,))
    yield Odd((good.replace(b"HTTP/1.1", b"HTTP/1.0") + NEXT,), (200,))


def fields() -> Iterator[Odd]:
    """Header fields."""
    for host, status in (
        (b"   localhost\t", 200),
        (b"evil", 400),
        (b"", 400),
        (b"a@localhost", 400),
        (b"localhost:8000", 200),
    ):
        yield Odd(
            (post(GOOD).replace(b"Host: localhost", b"Host:" + host),),
            (status,),
            "" if status == 200 else "invalid_host",
        )
    yield Odd((post(GOOD).replace(b"Host: localhost\r\n", b""),), (400,), "bad_request")
    for field in (b"Host: localhost", b": a", b"X Y: a", b"X : a", b"X", b"X: a\rY: b", b"X: \x00"):
        yield Odd((post(GOOD, field),), (400,), "bad_request")
    for field in (b"X: a\r\n b", b"X: \xe8\xb7\xaf", b"X:", b"x-y_z!: a", b"X: " + b"a" * 7000, b"X: " + b"a" * 30_000):
        yield Odd((post(GOOD, field) + NEXT,), (200, 200))
    for request in (get, post):
        yield Odd((request(b"/livez" if request is get else GOOD, b"X: " + b"a" * 40_000),), (413,), "too_large")
    for kind, status in (
        (b"", 415), (b"text/json", 415), (b"application/json;", 200), (b"application/json; charset=utf-8", 200),
        (b"APPLICATION/JSON", 200), (b"application/json, text/html", 415), (b"application/problem+json", 415),
        (b"\xff", 415), (b"application/x-ndjson", 415), (b"multipart/form-data; boundary=x", 415),
    ):  # fmt: skip
        yield Odd((_typed(kind) + NEXT,), (status, 200), "unsupported_media" if status == 415 else "")
    for coding, status in (
        (b"gzip", 415),
        (b"identity", 200),
        (b"Identity", 200),
        (b"", 200),
        (b"identity, gzip", 415),
    ):
        yield Odd((post(GOOD, b"Content-Encoding: " + coding) + NEXT,), (status, 200))


def methods() -> Iterator[Odd]:
    """Methods and targets."""
    for path in (b"/livez", b"/readyz", b"/", b"/page/main.js", b"/openapi.json", b"/metrics", b"/v1/schemes"):
        yield Odd((get(path, method=b"HEAD") + NEXT,), (200, 200))
        for method in (b"PUT", b"OPTIONS", b"TRACE", b"FOO"):
            yield Odd((get(path, method=method) + NEXT,), (405, 200), "method_not_allowed")
    for method in (b"HEAD", b"GET", b"OPTIONS", b"DELETE"):
        yield Odd((get(b"/v1/analyze", method=method) + NEXT,), (405, 200))
        yield Odd((get(b"/none", method=method) + NEXT,), (404, 200))
    yield Odd((post(GOOD, path=b"/livez") + NEXT,), (405, 200))
    for path, status in (
        (b"//v1/analyze", 404),
        (b"/v1/%61nalyze", 200),
        (b"/v1/analyze;x", 404),
        (b"/v1/analyze?x=%ff", 200),
        (b"/v1/analyze/", 404),
    ):
        yield Odd((post(GOOD, path=path) + NEXT,), (status, 200))
    yield Odd(
        (get(b"/v1/analyze", b"Origin: http://evil", b"Access-Control-Request-Method: POST", method=b"OPTIONS"),),
        (403,),
        "forbidden_origin",
    )


def bodies() -> Iterator[Odd]:
    """JSON that parsers read in different ways."""
    deep = {depth: b'{"text":' + b"[" * depth + b"]" * depth + b"}" for depth in (16, 17, 1000, 20_000)}
    for body, status, code in (
        (b'{"text":"a","te\\u0078t":"b"}', 400, "duplicate_key"), (b'{"text":"a","x":{"a":1,"a":2}}', 400, "duplicate_key"),
        (b'{"text":"\\ude00\\ud83d"}', 400, "lone_surrogate"), (b'{"\\ud800":1,"text":"a"}', 400, "lone_surrogate"),
        (b'{"text":"a","id":"\\udc00"}', 400, "lone_surrogate"), (b'{"text":"\\ud83d\\ude00"}', 200, ""),
        (b'{"text":"\xed\xa0\x80"}', 400, "invalid_encoding"), (b'{"text":"\xc0\xaf"}', 400, "invalid_encoding"),
        (b"\xef\xbb\xbf" + GOOD, 400, "invalid_json"), (GOOD.decode().encode("utf-16"), 400, "invalid_encoding"),
        *((body, 400, "too_deep") for body in deep.values()), (b'{"a":' * 16 + b"1" + b"}" * 16, 422, "invalid_field"),
        (b'{"text":"' + b"[{" * 2000 + b'"}', 200, ""), (b'{"text":"a","include":[' + b"[]," * 9000 + b"[]]}", 422, "invalid_field"),
        (b'"' * 60_000, 400, "invalid_json"), (b'{"text":"' + b"\\" * 60_001, 400, "invalid_json"), (b'{"text":"' + b"a" * 60_000, 400, "invalid_json"),
        (b'{"text":-Infinity}', 400, "invalid_number"), (b'{"text":' + b"9" * 5000 + b"}", 400, "invalid_number"), (b'{"text":01}', 400, "invalid_json"),
        (GOOD + GOOD, 400, "invalid_json"), (b" \r\n\t" + GOOD + b"\n\n", 200, ""), (b"\x0c" + GOOD, 400, "invalid_json"),
        (b"/*x*/" + GOOD, 400, "invalid_json"), (b'{"text":"a",}', 400, "invalid_json"), (b"{'text':'a'}", 400, "invalid_json"),
        (b"null", 422, "invalid_field"), (b"[]", 422, "invalid_field"), (b'"a"', 422, "invalid_field"), (b"\x00", 400, "invalid_json"),
        (b'{"text":"a\nb"}', 400, "invalid_json"), (b'{"text":"a\\u0000b"}', 422, "binary_text"),
        ('{"text":"\u3000\u3000"}'.encode(), 422, "empty_text"), ('{"text":"\uffff\ufdd0"}'.encode(), 200, ""),
        (b'{"text":"a' + "\u0300".encode() * 5000 + b'"}', 200, ""),
        (b'{"":1,"text":"a"}', 422, "invalid_field"), (b'{"' + b"k" * 30_000 + b'":1}', 422, "invalid_field"),
        (b"{" + b",".join(b'"k%d":1' % number for number in range(5000)) + b"}", 422, "invalid_field"),
        (b'{"text":"a","include":["masked","masked","masked"]}', 200, ""), (b'{"text":"a","include":null}', 422, "invalid_field"),
        (b'{"text":"a","received_at":"2024-05-01T24:00:00"}', 422, "invalid_moment"), (b'{"text":"a","received_at":"-1"}', 422, "invalid_moment"),
        (b'{"text":"a","received_at":1714525800}', 422, "invalid_field"),
    ):  # fmt: skip
        yield Odd((post(body) + NEXT,), (status, 200), code)
    for path, body, status, code in (
        (b"/v1/batch", b'{"appeals":{"0":{"text":"a"}}}', 422, "invalid_field"), (b"/v1/batch", b'{"appeals":["a"]}', 422, "invalid_field"),
        (b"/v1/batch", b'{"appeals":[' + b",".join([b"1"] * 3000) + b"]}", 422, "invalid_field"),
        (b"/v1/feedback", b'{"kind":"returned","text":"a","given":"housing","reason":"\\u0000"}', 422, "binary_text"),
        (b"/v1/feedback", b'{"kind":"correction","text":"a","field":"topic","correct":"/"}', 422, "unknown_label"),
        (b"/v1/feedback", b'{"kind":"correction","text":"\\u0001\\u0002","field":"urgency","correct":"critical"}', 422, "binary_text"),
    ):  # fmt: skip
        yield Odd((post(body, path=path) + NEXT,), (status, 200), code)
    yield Odd(
        (post(b'{"appeals":[' + b",".join([b'{"text":"a"}'] * 101) + b"]}", path=b"/v1/batch"),), (413,), "too_large"
    )


def sockets() -> Iterator[Odd]:
    """Handshakes that are none, and what a call may not say."""
    for shake in SHAKES[:-2]:
        yield Odd((get(b"/v1/live", *shake),), (400,), "bad_request")
    yield Odd((get(b"/v1/live", *KEY, KEY[2]),), (400,), "bad_request")
    yield Odd((get(b"/v1/live", *KEY, method=b"POST"),), (400,), "bad_request")
    yield Odd((get(b"/v1/live", *KEY, version=b"HTTP/1.0"),), (400,), "bad_request")
    yield Odd((get(b"/v1/live", *KEY, b"Content-Length: 5") + b"hello",), (400,), "bad_request")
    yield Odd((get(b"/v1/live", *KEY, b"Transfer-Encoding: chunked") + b"0\r\n\r\n",), (400,), "bad_request")
    yield Odd((get(b"/v1/live", *KEY, b"Sec-WebSocket-Protocol: ,,;"),), (400,), "bad_request")
    yield Odd((get(b"/v1/live", *KEY, b"Sec-WebSocket-Protocol: x, appealnlp.live.v1"),), (101,))
    yield Odd((get(b"/v1/live", *KEY, b"Origin: http://evil.example"),), (403,), "forbidden_origin")
    for path in (b"/", b"/v1/analyze", b"/nowhere", b"/livez"):
        yield Odd((get(path, *KEY),), (404,), "not_found")
    yield Odd((get(b"/v1/live"),), (404,), "not_found")
    yield from (Odd((LIVE + frame,), (101,)) for frame in FRAMES)
    for first, said, code in (
        (0x81, b"[" * 5000, "too_deep"), (0x82, b'{"type":"end"}', "invalid_json"), (0x81, b'{"type":"words","text":"\\ud800"}', "lone_surrogate"),
        (0x81, b'{"type":"words","type":"end"}', "duplicate_key"), (0x81, b"\x00", "invalid_json"), (0x81, b'{"type":"end"}', "empty_text"),
        (0x81, b'{"type":"start","received_at":"9999-12-31"}', "invalid_moment"),
    ):  # fmt: skip
        yield Odd((LIVE, _frame(said, first)), (101,), code)


def odd() -> Iterator[Odd]:
    """All of them."""
    for part in (framing, fields, methods, bodies, sockets):
        yield from part()
