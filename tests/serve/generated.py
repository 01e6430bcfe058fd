"""Seeded bodies of every kind: honest, odd in each field, and with bytes that were changed at random."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

WORDS = [
    "煤气", "着火", "跳楼", "停水", "三天", "2024年13月45日", "１３９００００１２３４", "13900001234",
    "欠薪100亿元", "12栋3单元", "《信访条例》第九条", "粤A12345", "110101199001011237", "！！！", "\r\n",
    "\t", " ", "\u200b", "\u202e", "\ufeff", "e\u0301", "😀", "𠮷", "<b>", "&amp;", "\x00", "，", "。",
    "第一，", "（一）", "http://a.b/c", "a@b.cn", "一二三四五六七八九十", "0" * 40, "((((", "不", "没有",
    "如果", "请问", "谢谢",
]  # fmt: skip
PATHS = ("/v1/analyze", "/v1/batch", "/v1/feedback")
MOMENTS = [
    "2024-05-01T09:30",
    "2024/5/1",
    "2100-12-31T23:59:59+14:00",
    "1949-01-01",
    "0000-00-00",
    "now",
    "",
    "2024-02-30",
    "24:00",
]
VALUES: list[Any] = [None, 0, -1, 1.5, True, [], {}, "", "x", [[]], {"a": 1}, 10**17, "好" * 300]


def text(dice: random.Random) -> str:
    return "".join(dice.choice(WORDS) for _ in range(dice.randint(1, 25)))


def appeal(dice: random.Random) -> dict[str, Any]:
    out: dict[str, Any] = {"text": text(dice)}
    for name, make in (("title", text), ("id", text), ("area", lambda d: d.choice(["441302", "", "x", "999999"]))):
        if dice.random() < 0.3:
            out[name] = make(dice)
    if dice.random() < 0.3:
        out["received_at"] = dice.choice(MOMENTS)
    if dice.random() < 0.2:
        out[dice.choice([*out, "include", "other"])] = dice.choice(VALUES)
    return out


def body(dice: random.Random, path: str) -> bytes:
    value: Any = appeal(dice)
    if path == "/v1/batch":
        value = {"appeals": [appeal(dice) for _ in range(dice.randint(0, 3))]}
    if path == "/v1/feedback":
        value |= {"kind": dice.choice(["correction", "returned", "x"]), "field": dice.choice(["type", "topic", None])}
        value |= {"correct": dice.choice(["complaint", "housing", "x"]), "reason": text(dice)}
    data = bytearray(json.dumps(value, ensure_ascii=dice.random() < 0.5).encode())
    for _ in range(dice.choice([0, 0, 0, 1, 3])):
        data[dice.randrange(len(data))] = dice.randrange(256)
    return bytes(data)


def requests(count: int) -> Iterator[tuple[str, bytes]]:
    dice = random.Random(20260101)
    for _ in range(count):
        path = dice.choice(PATHS)
        yield path, body(dice, path)
