"""Requests that no honest client sends: a list, and seeded mutations of honest ones. Each is raw bytes."""

# ruff: noqa: E501
from __future__ import annotations

import json
import random
from collections.abc import Iterator

from test_strictjson import REFUSED

GOOD = json.dumps({"text": "路灯坏了三天没人修"}, ensure_ascii=False).encode()
CRLF = b"\r\n"


def post(body: bytes, *headers: bytes, path: bytes = b"/v1/analyze", length: bytes | None = None) -> bytes:
    """A request with a body; ``length`` overrides the true one, b"" leaves it out."""
    lines = [b"POST " + path + b" HTTP/1.1", b"Host: localhost", b"Content-Type: application/json", *headers]
    if length != b"":
        lines.append(b"Content-Length: " + (str(len(body)).encode() if length is None else length))
    return CRLF.join(lines) + CRLF * 2 + body


def get(target: bytes, *headers: bytes, method: bytes = b"GET", version: bytes = b"HTTP/1.1") -> bytes:
    """A request without a body."""
    return CRLF.join([method + b" " + target + b" " + version, b"Host: localhost", *headers]) + CRLF * 2


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """A chunked request of raw chunks."""
    return post(b"", b"Transfer-Encoding: chunked", length=b"") + b"".join(chunks) + end


TARGETS = [
    b"/", b"//", b"/..", b"/../../etc/passwd", b"/page/../app.py", b"/page/%2e%2e/app.py", b"/page/..%2f..%2fapp.py",
    b"/page/%00", b"/page/main.js%00.txt", b"/%", b"/%zz", b"/%ff%fe", b"/%0d%0aSet-Cookie:x=1", b"/v1/analyze/",
    b"/v1/analyze?x=%00", b"/v1/schemes?" + b"a=1&" * 500, b"/" + b"a" * 8000, b"/" + b"a" * 40_000, b"*", b"?", b"#",
    b"/v1/live", b"/v1/feedback", b"http://localhost/livez", b"http://evil.example/livez", b"https://[", b"//evil.example/",
    b"/livez;jsessionid=1", b"/livez#x", b"/./livez", b"/LIVEZ", b"/metrics?name[]=x", b"/openapi.json?x=<script>",
    b"/<script>alert(1)</script>", b"/'%20or%201=1--", b"/${jndi:ldap://x}", b"/\xe8\xb7\xaf", b"/v1/\xff", b"/a b",
]  # fmt: skip
METHODS = [
    b"HEAD",
    b"PUT",
    b"DELETE",
    b"PATCH",
    b"OPTIONS",
    b"TRACE",
    b"CONNECT",
    b"get",
    b"G" * 300,
    b"GE\x00T",
    b"PRI",
    b"\xff",
]
VERSIONS = [
    b"HTTP/1.0",
    b"HTTP/0.9",
    b"HTTP/2.0",
    b"HTTP/9.9",
    b"HTTP/1.1 x",
    b"HTTP",
    b"",
    b"http/1.1",
    b"HTTP/1.1\x00",
]
HEADERS = [
    b"Host: other", b"Host: a, b", b"X: \x00", b"X: a\rb", b"X: a\nb", b"X : a", b": a", b"X", b" folded: a", b"X\xff: a",
    b"X: \xff\xfe", b"X: " + b"a" * 40_000, b"Connection: upgrade", b"Upgrade: websocket", b"Upgrade: h2c", b"Expect: x",
    b"Expect: 100-continue", b"Range: bytes=0-1", b"Cookie: " + b"a=b;" * 1000, b"Authorization: Bearer \xff",
    b"Authorization: " + b"x" * 20_000, b"Origin: null", b"Origin: http://[", b"Origin: \xff", b"Content-Length: 5",
    b"Content-Length: -1", b"Transfer-Encoding: gzip", b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked, chunked",
    b"Forwarded: for=1.2.3.4", b"X-Forwarded-For: 1.2.3.4", b"X-HTTP-Method-Override: DELETE", b"Accept: */*;q=\x01",
    b"Content-Type: text/html", b"Content-Type: application/json; charset=gbk", b"Content-Encoding: br", b"TE: trailers",
]  # fmt: skip
LENGTHS = [
    b"-1",
    b"+5",
    b"0x10",
    b"1e3",
    b"5, 5",
    b"5, 6",
    b"",
    b" ",
    b"99999999999999999999",
    b"65537",
    b"abc",
    b"1.0",
    b"5\x00",
]
CHUNKS = [
    (b"zz\r\nabc\r\n",), (b"-1\r\nabc\r\n",), (b"5\r\nabc\r\n",), (b"3\r\nabcdef\r\n",), (b"fffffffffffffffff\r\na\r\n",),
    (b"3;ext=" + b"x" * 40_000 + b"\r\nabc\r\n",), (b"0\r\nX: y\r\n\r\n",), (b"\r\n",), (b"3\nabc\n",), (b"ffff\r\n" + b"a" * 65535 + b"\r\n",) * 3,
    (b"1\r\na\r\n",) * 3000, (b"%x\r\n%s\r\n" % (len(GOOD), GOOD),),
]  # fmt: skip
BODIES = [
    b'{"text":"a","text":"b"}', b'{"text":null}', b'{"text":{}}', b'{"text":true}', b'{"text":1e400}', b'{"text":"\\ud800"}',
    b'{"__proto__":{"x":1},"text":"a"}', b'{"text":"a","received_at":"9999-12-31"}', b'{"text":"a","received_at":"\\u0000"}',
    b'{"text":"' + b"\\u0000" * 100 + b'"}', b'{"text":"' + "\u202e\u200b\ufeff".encode() * 50 + b'"}', b"[" * 50_000,
    b'{"text":"' + "e\u0301".encode() * 3000 + b'"}', b'{"text":"' + b"(" * 9000 + b'"}', b'{"text":"' + b"1" * 9000 + b'"}',
    '{"text":"’ OR 1=1 --"}'.encode(), b'{"text":"{{7*7}} ${7*7} %n%n%s"}', b'{"text":"<script>alert(1)</script>"}', b"\x00" * 1000,
    b'{"text":"a","include":["why","why","why","why"]}', b'{"text":"a","include":"why"}', b'{"appeals":[]}', b"\x1f\x8b\x08\x00",
    b'{"text":"a","area":"../../etc"}', b'{"text":"a","id":"\\r\\nSet-Cookie: x"}', b'{"text":"' + "年1月".encode() * 3000 + b'"}',
]  # fmt: skip
KEY = (
    b"Connection: Upgrade",
    b"Upgrade: websocket",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    b"Sec-WebSocket-Version: 13",
)
LIVE = get(b"/v1/live", *KEY)
FRAMES = [
    b"\x81\x05hello", b"\x8f\x80\x00\x00\x00\x00", b"\xff\xff\xff\xff", b"\x81\xfe\xff\xff\x00\x00\x00\x00",
    b"\x89\xfe\x00\x7e\x00\x00\x00\x00", b"\x81\xff" + b"\x7f" * 8, b"\x88\x80\x00\x00\x00\x00", b"\x88\x81\x00\x00\x00\x00a",
    b"\x80\x81\x00\x00\x00\x00a", b"\x81\x82\x00\x00\x00\x00\xc3\x28", b"\x82\x81\x00\x00\x00\x00a", b"\xc1\x81\x00\x00\x00\x00a",
    b"GET / HTTP/1.1\r\n\r\n", b"\x00" * 500,
]  # fmt: skip
SHAKES = [KEY[:2], KEY[:3], (*KEY[:3], b"Sec-WebSocket-Version: 99"), (*KEY[:2], b"Sec-WebSocket-Key: x", KEY[3]),
          (*KEY, b"Sec-WebSocket-Protocol: \xff"), (*KEY, b"Sec-WebSocket-Extensions: permessage-deflate; x=\x01"),
          (*KEY, b"Origin: http://evil.example")]  # fmt: skip
BARE = [b"", b"\r\n" * 50, b"\x00" * 100, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50, b"SSH-2.0-x\r\n", b"GET",
        b"GET /livez HTTP/1.1\r\nHost: localhost\r\n", post(GOOD, length=b"500"), b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\xff" * 1000, b"GET / HTTP/1.1\nHost: localhost\n\n", b"POST /v1/analyze HTTP/1.1\r\n\r\n"]  # fmt: skip


def listed() -> Iterator[bytes]:
    """The list."""
    yield from BARE
    yield from (get(target) for target in TARGETS)
    yield from (get(b"/v1/schemes", method=method) for method in METHODS)
    yield from (get(b"/livez", version=version) for version in VERSIONS)
    yield from (get(b"/livez", header) for header in HEADERS)
    yield from (post(GOOD, header) for header in HEADERS)
    yield from (post(GOOD, length=length) for length in LENGTHS)
    yield from (post(GOOD, b"Transfer-Encoding: chunked", length=length) for length in (b"5", b"0", b"999"))
    yield from (chunked(*chunks) for chunks in CHUNKS)
    yield from (post(body) for body, _ in REFUSED)
    yield from (post(body, path=path) for body in BODIES for path in (b"/v1/analyze", b"/v1/feedback"))
    yield from (post(b'{"appeals":[' + body + b"]}", path=b"/v1/batch") for body in BODIES)
    yield from (LIVE + frame for frame in FRAMES)
    yield from (get(b"/v1/live", *shake) for shake in SHAKES)
    yield from (get(path, *KEY) for path in (b"/", b"/v1/analyze", b"/nowhere", b"/livez"))
    yield get(b"/livez") * 50 + post(GOOD) * 20 + b"junk"


def mutated(count: int, seed: int = 12345) -> Iterator[bytes]:
    """Honest requests with a few bytes exchanged, dropped, doubled or cut off."""
    dice = random.Random(seed)
    honest = [
        get(b"/livez"),
        post(GOOD),
        chunked(b"%x\r\n%s\r\n" % (len(GOOD), GOOD)),
        LIVE,
        get(b"/v1/schemes", b"Accept: */*"),
    ]
    for _ in range(count):
        data = bytearray(dice.choice(honest))
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(data))
            change = dice.randrange(4)
            if change == 0:
                data[at] = dice.randrange(256)
            elif change == 1:
                del data[at : at + dice.randint(1, 4)]
            elif change == 2:
                data[at:at] = data[at : at + dice.randint(1, 30)]
            else:
                data[at:at] = dice.choice([b"\r\n", b"\x00", b"\n", b" ", b":", b"\xff", b"0", b"%", b"\t"])
        yield bytes(data)
