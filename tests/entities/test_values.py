from __future__ import annotations

from typing import Any

import pytest

from appealnlp.entities.values import READERS, read_count, read_money, read_time


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("2万元", 20000.0), ("0.64元", 0.64), ("三千多块", 3000), ("5000~6000元", [5000.0, 6000.0]),
        ("壹万贰仟元", 12000),
        ("5万8千余元", 58000.0), ("1,200元", 1200.0), ("2元4角", 2.4), ("八毛", 0.8), ("5到8万", [50000.0, 80000.0]),
        ("2000元-4000元", [2000.0, 4000.0]), ("十几万", 100000), ("１６００元", 1600.0), ("上千万元", 10000000),
    ],
)  # fmt: skip
def test_money(text: str, yuan: Any) -> None:
    assert read_money(text) == {"yuan": yuan}


@pytest.mark.parametrize("text", ["几万元", "几十块", "", "元", "~", "数千元"])
def test_vague_sums_have_no_value(text: str) -> None:
    assert read_money(text) is None


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [("300多户", 300, "households"), ("近百名职工", 100, "people"), ("十几家", 10, "households")],
)
def test_count(text: str, number: int, unit: str) -> None:
    assert read_count(text) == {"n": number, "unit": unit}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2018年", "date"), ("去年", "relative"), ("每天8点", "recurring"), ("8点", "time"), ("3月1日至5日", "range"),
        ("春节", "date"), ("周五晚上", "relative"), ("7~8月", "range"), ("2019-3-19", "date"),
        ("8:30-11:30", "range"), ("8点-22点", "range"),
    ],
)  # fmt: skip
def test_kind_of_time(text: str, kind: str) -> None:
    assert read_time(text)["kind"] == kind


def test_minutes_are_no_month() -> None:
    assert read_time("上午8:30-11:30") == {"kind": "range"}
    assert read_time("8:00") == {"kind": "time", "hour": 8, "minute": 0}


@pytest.mark.parametrize("reader", READERS.values())
@pytest.mark.parametrize("text", ["", "²", "年", "万亿元", "9" * 60, "至", "．，"])
def test_readers_take_any_text(reader: Any, text: str) -> None:
    reader(text)
