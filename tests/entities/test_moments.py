from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appealnlp.entities import load_recogniser
from appealnlp.entities.calendar import load_words, number
from appealnlp.entities.durations import durations
from appealnlp.entities.moments import read_moment

NOW = datetime(2024, 5, 10, 9, 30)  # a Friday
INTERVALS = [
    ("2018年", "2018-01-01", "2019-01-01"), ("2018年5月", "2018-05-01", "2018-06-01"),
    ("2019年4月25日上午", "2019-04-25T08:00", "2019-04-25T12:00"),
    ("2019/4/25 9:32", "2019-04-25T09:32", "2019-04-25T09:33"),
    ("2019-3-19", "2019-03-19", "2019-03-20"), ("二〇一八年十月", "2018-10-01", "2018-11-01"),
    ("18年5月", "2018-05-01", "2018-06-01"), ("八十年代", "1980-01-01", "1990-01-01"),
    ("1996年至2014年", "1996-01-01", "2015-01-01"), ("2020年3月中旬", "2020-03-11", "2020-03-21"),
    ("2018年下半年", "2018-07-01", "2019-01-01"), ("2019年冬天", "2019-12-01", "2020-03-01"),
    ("2019年春节期间", "2019-02-05", "2019-02-12"), ("2019年11月15日至2020年3月15日", "2019-11-15", "2020-03-16"),
]  # fmt: skip
RELATIVE = [
    ("去年5月", "2023-05-01", "2023-06-01"), ("今年", "2024-01-01", "2025-01-01"), ("昨日", "2024-05-09", "2024-05-10"),
    ("昨晚10点", "2024-05-09T22:00", "2024-05-09T23:00"), ("上周五晚上", "2024-05-03T18:00", "2024-05-04"),
    ("上个月15号", "2024-04-15", "2024-04-16"), ("3月15日到20日", "2024-03-15", "2024-03-21"),
    ("7~8月", "2023-07-01", "2023-09-01"), ("国庆期间", "2023-10-01", "2023-10-08"),
    ("周六", "2024-05-04", "2024-05-05"),
    ("27日到30日", "2024-04-27", "2024-05-01"), ("去年年底", "2023-11-01", "2024-01-01"),
    ("去年10月到今年3月", "2023-10-01", "2024-04-01"),
    ("6月5日晚上10点至次日6点", "2024-06-05T22:00", "2024-06-06T06:00"),
    ("大年初三", "2024-02-12", "2024-02-13"), ("下周一", "2024-05-13", "2024-05-14"),
    ("12月3日", "2023-12-03", "2023-12-04"), ("5月28日", "2024-05-28", "2024-05-29"),
    ("昨天下午2点到5点", "2024-05-09T14:00", "2024-05-09T17:00"),
    ("上周末", "2024-05-04", "2024-05-06"), ("五一到国庆", "2024-05-01", "2024-10-08"),
    ("大年三十", "2024-02-09", "2024-02-10"), ("正月十五", "2024-02-24", "2024-02-25"),
    ("今年一季度", "2024-01-01", "2024-04-01"),
]  # fmt: skip
RECURRING = [
    ("每天凌晨两点", {"every": "day", "from": "02:00"}),
    ("每晚10点至次日凌晨6点", {"every": "day", "from": "22:00", "to": "06:00"}),
    ("每月12号", {"every": "month", "day": 12}),
    ("每周五晚上", {"every": "week", "weekday": 5, "from": "18:00", "to": "00:00"}),
    ("每年3月", {"every": "year", "month": 3}),
    ("每晚10点至次日6点", {"every": "day", "from": "22:00", "to": "06:00"}),
    ("每天晚上10点到6点", {"every": "day", "from": "22:00", "to": "06:00"}),
    ("每天下午2点到5点", {"every": "day", "from": "14:00", "to": "17:00"}),
    ("每晚8点到12点", {"every": "day", "from": "20:00", "to": "00:00"}),
    ("每周一三五早上7点", {"every": "week", "weekdays": [1, 3, 5], "from": "07:00"}),
    ("每周一至周五", {"every": "week", "weekdays": [1, 2, 3, 4, 5]}),
    ("每周六、周日", {"every": "week", "weekdays": [6, 7]}),
    ("每周末", {"every": "week", "weekdays": [6, 7]}),
]


def moment(text: str) -> str:
    return datetime.fromisoformat(text).isoformat()


@pytest.mark.parametrize(("text", "start", "end"), [*INTERVALS, *RELATIVE])
def test_intervals(text: str, start: str, end: str) -> None:
    assert read_moment(text, NOW) == {"start": moment(start), "end": moment(end)}


@pytest.mark.parametrize(("text", "start", "end"), INTERVALS)
def test_what_is_absolute_needs_no_day_of_receipt(text: str, start: str, end: str) -> None:
    assert read_moment(text) == {"start": moment(start), "end": moment(end)}


@pytest.mark.parametrize("text", [row[0] for row in RELATIVE])
def test_what_is_relative_is_left_open_without_it(text: str) -> None:
    assert read_moment(text) == {}


@pytest.mark.parametrize(("text", "value"), RECURRING)
def test_recurring(text: str, value: dict[str, Any]) -> None:
    assert read_moment(text, NOW) == read_moment(text) == value


@pytest.mark.parametrize("text", ["2月30日", "23点", "13月5日", "", "多年", "2019年13月1日", "农历八月十五"])
def test_what_cannot_be_told_is_left_open(text: str) -> None:
    assert read_moment(text, NOW) == {}


def test_hours_of_no_day() -> None:
    assert read_moment("早上8点到晚上9点", NOW) == {"from": "08:00", "to": "21:00"}


def test_since_then_until_now() -> None:
    value = read_moment("今年3月", NOW, "至今没有水")
    assert value == {"start": "2024-03-01T00:00:00", "end": NOW.isoformat(), "until_now": True}


@pytest.mark.parametrize("after", ["到今年2月", "至今天早上", "到今晚"])
def test_what_ends_on_another_day_does_not_last_until_now(after: str) -> None:
    assert read_moment("去年10月", NOW, after) == {"start": "2023-10-01T00:00:00", "end": "2023-11-01T00:00:00"}
    assert "until_now" in read_moment("去年10月", NOW, "至今天天漏水")


@pytest.mark.parametrize(
    ("text", "end"),
    [("昨晚10点到6点", "2024-05-10T06:00"), ("昨晚8点到12点", "2024-05-10"), ("昨晚7点到9点", "2024-05-09T21:00")],
)
def test_the_end_of_a_night(text: str, end: str) -> None:
    assert read_moment(text, NOW)["end"] == moment(end)
    assert read_moment(text)["to"] == moment(end)[11:16]


def test_beside_a_feast_one_end_is_open() -> None:
    assert read_moment("春节前", NOW) == {"end": "2024-02-10T00:00:00"}
    assert read_moment("2019年国庆节后", NOW) == {"start": "2019-10-08T00:00:00"}
    assert read_moment("春节前后", NOW) == {"start": "2024-02-10T00:00:00", "end": "2024-02-17T00:00:00"}


def test_the_recogniser_places_times() -> None:
    (found,) = load_recogniser().find("昨晚10点停水", received_at=NOW)
    assert found.value is not None
    assert found.value["start"] == "2024-05-09T22:00:00"


PIECES = [*(row[0] for row in RELATIVE), "至", "年", "月", "日", "99", "上午", "每"]


@given(st.text(max_size=30) | st.lists(st.sampled_from(PIECES), max_size=5).map("".join))
def test_any_text_may_come(text: str) -> None:
    value = read_moment(text, NOW)
    assert value.get("start", "") <= value.get("end", "~")
    durations(text, NOW)


@pytest.mark.parametrize(
    ("text", "words", "iso", "at_least"),
    [
        ("停水三个月了", "三个月", "P3M", False), ("两年多来一直", "两年多", "P2Y", True),
        ("等了半个月", "半个月", "P0.5M", False),
        ("一年半", "一年半", "P1.5Y", False), ("连续20天", "20天", "P20D", False),
        ("住了十几年", "十几年", "P10Y", True),
        ("五个小时", "五个小时", "PT5H", False),
    ],
)  # fmt: skip
def test_durations(text: str, words: str, iso: str, at_least: bool) -> None:
    (found,) = durations(text)
    assert (found.text, found.iso, found.at_least) == (words, iso, at_least)
    assert text[found.start : found.end] == words


@pytest.mark.parametrize(
    "text", ["2019年5月3日", "第三年", "去年三月", "今年", "3日", "二〇二三年六月", "23年6月份", "上半年"]
)
def test_dates_are_no_durations(text: str) -> None:
    assert durations(text) == []


def test_a_duration_up_to_now() -> None:
    (found,) = durations("近3个月以来没有水", datetime(2024, 5, 31, 9))
    assert found.interval == {"start": "2024-02-29T09:00:00", "end": "2024-05-31T09:00:00"}


def test_the_tables_of_the_moon_are_dates_of_their_year() -> None:
    assert all(day.year == year for days in load_words().moons.values() for year, day in days.items())
    assert number("二〇一八") == 2018
    assert number("廿三") == 23
