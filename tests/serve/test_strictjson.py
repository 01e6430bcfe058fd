"""Strict JSON: a table of what is refused, with its code, and of what is taken."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appealnlp_serve.errors import ApiError
from appealnlp_serve.strictjson import parse, parse_object

REFUSED: list[tuple[bytes, str]] = [
    (b"", "invalid_json"), (b" ", "invalid_json"), (b"{", "invalid_json"), (b"{}}", "invalid_json"),
    (b'{"a":1,}', "invalid_json"), (b"{'a':1}", "invalid_json"), (b'{"a":01}', "invalid_json"),
    (b'{"a":+1}', "invalid_json"), (b'{"a":.5}', "invalid_json"), (b'{"a":"\n"}', "invalid_json"),
    (b'{"a":"\\x41"}', "invalid_json"), (b'{"a":"\\u12"}', "invalid_json"), (b"[1,2", "invalid_json"),
    (b'{"a":1}{"a":2}', "invalid_json"), (b"// no\n{}", "invalid_json"), (b"\xef\xbb\xbf{}", "invalid_json"),
    (b"nul", "invalid_json"), (b"True", "invalid_json"), (b'{"a" 1}', "invalid_json"), (b'{"a":"', "invalid_json"),
    (b'{"a":"\x00"}', "invalid_json"), (b'{1:2}', "invalid_json"),
    (b"\xff\xfe{}", "invalid_encoding"), (b'{"a":"\xd6\xd0"}', "invalid_encoding"),
    (b'"\xed\xa0\x80"', "invalid_encoding"),
    (b'"\xc0\xaf"', "invalid_encoding"),
    (b'{"a":1,"a":2}', "duplicate_key"), (b'[{"b":{"a":1,"a":1}}]', "duplicate_key"),
    (b'{"a":1,"\\u0061":2}', "duplicate_key"),
    (b"NaN", "invalid_number"), (b'{"a":NaN}', "invalid_number"), (b"[Infinity]", "invalid_number"),
    (b"[-Infinity]", "invalid_number"), (b"[1e999]", "invalid_number"), (b"[-1e999]", "invalid_number"),
    (b"[" + b"9" * 5000 + b"]", "invalid_number"), (b"[1234567890123456789]", "invalid_number"),
    (b'"\\ud800"', "lone_surrogate"), (b'["\\udc00"]', "lone_surrogate"), (b'{"\\ud800":1}', "lone_surrogate"),
    (b'{"a":["\\udc00\\ud800"]}', "lone_surrogate"), (b'[[["\\ud83d"]]]', "lone_surrogate"),
    (b"[" * 17 + b"]" * 17, "too_deep"), (b"[" * 100_000, "too_deep"), (b'{"a":' * 100_000, "too_deep"),
    (b'["' + b'\\"' * 20 + b'",' + b"[" * 50, "too_deep"),
]  # fmt: skip
TAKEN = [
    "{}",
    "[]",
    '"\\ud83d\\ude00"',
    '{"a":[1,-2,3.5,1e3,true,false,null,"[[[[[[[[[[[[[[[[[[[["]}',
    "[" * 16 + "]" * 16,
]


@pytest.mark.parametrize(("body", "code"), REFUSED)
def test_refused(body: bytes, code: str) -> None:
    with pytest.raises(ApiError) as raised:
        parse(body)
    assert raised.value.code == code


@pytest.mark.parametrize("text", TAKEN)
def test_taken(text: str) -> None:
    assert parse(text.encode()) == json.loads(text)


@pytest.mark.parametrize("body", [b"[]", b"1", b'"a"', b"null"])
def test_a_body_is_an_object(body: bytes) -> None:
    with pytest.raises(ApiError) as raised:
        parse_object(body)
    assert raised.value.code == "invalid_field"


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, min_size=1, max_size=4) | st.dictionaries(st.text(), inner, min_size=1, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(_VALUES)
def test_what_others_write_is_read_alike(value: object) -> None:
    assert parse(json.dumps(value, ensure_ascii=False).encode()) == value


def outcome(body: bytes) -> int:
    try:
        parse(body)
    except ApiError as error:
        return error.status
    return 200


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    assert outcome(body) in (200, 400)


def test_hostile_bodies_take_linear_time() -> None:
    start = time.perf_counter()
    for body in (b'"' + b'\\"' * 1_000_000, b'"\\' * 500_000, b"{" * 2_000_000, b'["' * 1_000_000, b'"a"' * 700_000):
        with pytest.raises(ApiError):
            parse(body)
    assert time.perf_counter() - start < 5
