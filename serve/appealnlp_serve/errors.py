"""Every refusal: its code, its status and its words in Chinese and English. None repeats what the client sent.

This is the only place where a refusal gets its form, so that one schema holds for every path.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a code means."""

    status: int
    zh: str
    en: str


CODES: Mapping[str, Refusal] = {
    "bad_request": Refusal(400, "请求不是合法的 HTTP，请检查客户端", "the request is not valid HTTP; check the client"),
    "invalid_encoding": Refusal(400, "正文不是 UTF-8，请先转换编码", "the body is not UTF-8; convert it first"),
    "invalid_json": Refusal(400, "正文不是合法的 JSON", "the body is not valid JSON"),
    "duplicate_key": Refusal(400, "JSON 对象中有重复的键", "an object of the JSON has the same key twice"),
    "invalid_number": Refusal(
        400, "JSON 中有 NaN、无穷或过大的数", "the JSON holds NaN, infinity or too large a number"
    ),
    "lone_surrogate": Refusal(400, "文字中有不成对的代理码元", "a text holds a lone surrogate; send whole characters"),
    "too_deep": Refusal(400, "JSON 嵌套过深", "the JSON is nested too deeply"),
    "invalid_host": Refusal(
        400, "Host 头不在允许之列，见设置 hosts", "the Host header is not allowed; see the setting hosts"
    ),
    "unauthorized": Refusal(
        401, "缺少有效令牌，请发送 Authorization: Bearer", "no valid token; send Authorization: Bearer"
    ),
    "forbidden": Refusal(403, "令牌没有这项权限", "the token lacks the scope for this"),
    "forbidden_origin": Refusal(403, "不接受来自其他网站的请求", "requests from another site are not taken"),
    "not_found": Refusal(404, "没有这个地址，见 /openapi.json", "there is no such address; see /openapi.json"),
    "method_not_allowed": Refusal(405, "此地址不支持该方法", "the address does not take this method"),
    "timeout": Refusal(408, "请求正文到达太慢", "the body arrived too slowly"),
    "too_large": Refusal(413, "请求超过大小限制", "the request is larger than the limit"),
    "unsupported_media": Refusal(
        415, "请以 application/json 发送，不压缩", "send application/json without content encoding"
    ),
    "invalid_field": Refusal(422, "字段缺失、未知或取值不对", "a field is missing, unknown or has a wrong value"),
    "empty_text": Refusal(422, "诉求为空，请给出群众所写的内容", "the text is empty; give what the citizen wrote"),
    "too_long": Refusal(422, "文字超过长度限制，请分成多条", "the text is longer than the limit; split it"),
    "binary_text": Refusal(
        422, "内容像二进制数据，请先提取文字", "the text looks like binary data; extract the text first"
    ),
    "invalid_moment": Refusal(
        422, "时间无法识别，请写 2024-05-01T09:30:00", "received_at is no moment; write 2024-05-01T09:30:00"
    ),
    "unknown_label": Refusal(422, "没有这个标签，见 /v1/schemes", "there is no such label; see /v1/schemes"),
    "rate_limited": Refusal(429, "请求过于频繁，请稍后再试", "too many requests; try again later"),
    "internal": Refusal(500, "服务内部出错，已记录", "the server failed; it has been logged"),
    "overloaded": Refusal(503, "服务繁忙，请稍后再试", "the server is busy; try again later"),
    "deadline": Refusal(503, "未能在限时内完成，请稍后再试", "not finished in time; try again later"),
    "draining": Refusal(503, "服务正在停止，请改用另一实例", "the server is stopping; use another instance"),
    "storage": Refusal(503, "反馈暂时无法保存，请稍后再试", "the feedback cannot be kept now; try again later"),
}


class ApiError(Exception):
    """A refusal on its way to the client. ``field`` names a field of ours, never one of the client's making."""

    def __init__(self, code: str, field: str | None = None, *, retry_after: int | None = None) -> None:
        self.code, self.field, self.retry_after = code, field, retry_after
        super().__init__(code)

    @property
    def status(self) -> int:
        """The HTTP status of the code."""
        return CODES[self.code].status


def error_body(code: str, field: str | None = None, request_id: str | None = None) -> dict[str, Any]:
    """The one form of an error."""
    known = CODES[code]
    about = {"code": code, "message": known.en, "message_zh": known.zh, "field": field, "request_id": request_id}
    return {"error": about}


def error_bytes(code: str, field: str | None = None, request_id: str | None = None) -> bytes:
    """The same as bytes to send."""
    return json.dumps(error_body(code, field, request_id), ensure_ascii=False).encode()


def code_of_status(status: int) -> str:
    """The code for a refusal of the framework, of which only the status is known."""
    by_status = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media"}
    if status in by_status:
        return by_status[status]
    return "internal" if status >= 500 else "bad_request"
