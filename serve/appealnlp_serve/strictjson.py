"""JSON read strictly: what two parsers could read in two ways is refused, with a code that says why."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from appealnlp_serve.errors import ApiError

_SURROGATE = re.compile("[\ud800-\udfff]")
_STRUCTURE = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_MOST_DIGITS = 18
MAX_DEPTH = 16


def parse(body: bytes, *, max_depth: int = MAX_DEPTH) -> Any:  # noqa: ANN401
    """The value of a body. Raises ApiError with a code that says what is wrong."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise ApiError("invalid_encoding") from None
    _check_depth(text, max_depth)
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        raise ApiError("invalid_json") from None
    return _checked(value)


def _check_depth(text: str, limit: int) -> None:
    """Counts brackets outside strings before the parser runs, so that no depth can exhaust the stack."""
    if text.count("[") + text.count("{") <= limit:
        return
    depth = 0
    for found in _STRUCTURE.finditer(text):
        sign = found[0]
        if sign in "[{":
            depth += 1
            if depth > limit:
                raise ApiError("too_deep")
        elif sign in "]}":
            depth -= 1


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in pairs:
        if key in out:
            raise ApiError("duplicate_key")
        out[_whole(key)] = _checked(value)
    return out


def _checked(value: Any) -> Any:  # noqa: ANN401
    """Looks for lone surrogates in texts and lists; objects were looked at when they were made."""
    if isinstance(value, str):
        _whole(value)
    elif isinstance(value, list):
        for item in value:
            _checked(item)
    return value


def _whole(text: str) -> str:
    if _SURROGATE.search(text):
        raise ApiError("lone_surrogate")
    return text


def _refuse(_: str) -> NoReturn:
    raise ApiError("invalid_number")


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ApiError("invalid_number")
    return int(digits)


def _real(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ApiError("invalid_number")
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse, parse_int=_integer, parse_float=_real
)  # made once: json.loads makes one a call when it is given hooks


def parse_object(body: bytes) -> dict[str, Any]:
    """The same for a body that must be an object. Raises ApiError, also invalid_field for another value."""
    value = parse(body)
    if not isinstance(value, dict):
        raise ApiError("invalid_field", "body")
    return value
