"""Hot issues, their titles, and alerts of wage arrears."""

from __future__ import annotations

import json
from datetime import date, datetime

import pytest

from appealnlp.appeal import Appeal
from appealnlp.errors import InputError
from appealnlp.matters import Entry, Matters, Thermometer
from appealnlp.matters.periods import before, parse_day, period_of
from appealnlp.matters.titles import names_person, title
from appealnlp.matters.wages import Claim, alerts, is_arrears
from appealnlp.schemes import shipped
from matters.appeals import NOISE, NOISE_AGAIN, NOISE_COPY, SCHOOL, entry, wage

DAY = 86_400


@pytest.fixture
def heat(tmp_path):
    rows = [entry(NOISE, 0, 20, 4, area="441302"), entry(NOISE_COPY, 1, 2, area="441302"),
            entry(NOISE_AGAIN, 2, 3, area="441302"), entry(NOISE, 3, 4, area="441302"),
            entry(SCHOOL, 4, 5, area="441303"),
            *(wage(number, 6 + number) for number in range(5, 9))]  # fmt: skip
    with Matters(tmp_path) as finder:
        finder.add(rows)
        reader = Thermometer(finder)
        yield reader.read(period_of(date(2024, 5, 1), "month"), "month"), reader


def test_issues_of_a_month(heat):
    month, reader = heat
    issues = {issue.matter: issue for issue in month.issues}
    noise = issues["n0"]
    assert (noise.count, noise.previous, noise.total, noise.growth) == (3, 1, 4, 3.0)
    assert (noise.first_seen, noise.last_seen) == ("2024-04-20", "2024-05-04")
    assert not noise.emerging
    assert noise.area == "441302"
    assert "云岭花园" in noise.title
    assert "云岭花园" in noise.names
    assert all(len(text) <= 90 for text in noise.texts)
    assert month.appeals == 8
    assert [period.name for period in reader.periods("month")] == ["2024-04", "2024-05"]


def test_an_issue_first_seen_now_is_emerging(heat):
    month, _ = heat
    fresh = [issue for issue in month.issues if issue.matter != "n0"]
    assert fresh
    assert all(issue.emerging and issue.growth is None for issue in fresh)


def test_enterprises_are_counted(heat):
    month, _ = heat
    firms = {subject.name: subject for subject in month.subjects}
    assert firms["宏远建筑公司"].kind == "enterprise"
    assert firms["宏远建筑公司"].count == 4
    assert all(subject.count >= 3 for subject in month.subjects)


def test_an_alert_of_wage_arrears(heat):
    month, _ = heat
    alert = month.alerts[0]
    assert alert["enterprise"] == "宏远建筑公司"
    assert alert["count"] == 4
    assert alert["copies"] >= 1
    assert alert["last"] == "2024-05-14"


def test_heat_as_json(heat):
    told = heat[0].to_dict()
    json.dumps(told)
    assert all(key.isascii() for issue in told["issues"] for key in issue)


def test_an_area(tmp_path):
    with Matters(tmp_path) as finder:
        finder.add([entry(NOISE, 1, area="441302"), entry(NOISE_AGAIN, 2, area="441303")])
        reader = Thermometer(finder, "441302")
        assert reader.read(reader.latest("week"), "week").appeals == 1
        assert Thermometer(finder, "99").latest("week") is None


PERSONS = [
    "王小红反映云岭花园噪音扰民",
    "云岭花园的王某某打人",
    "请帮帮欧阳建国",
    "联系电话13900001234",
    "云岭花园**施工",
]
NO_PERSONS = ["云岭花园工地夜间施工噪音扰民", "咨询公积金贷款政策", "A3区海棠路公交车站不停车", "高新区路灯不亮"]


@pytest.mark.parametrize("words", PERSONS)
def test_a_title_with_a_person_is_seen(words):
    assert names_person(words)


@pytest.mark.parametrize("words", NO_PERSONS)
def test_a_title_without_a_person_is_taken(words):
    assert not names_person(words)


def record(words: str, names: tuple[str, ...] = ()) -> dict[str, object]:
    return {"text": words, "head": len(words), "names": list(names), "title": True}


def test_a_title_names_no_person():
    rows = [record("云岭花园工地王小红施工噪音扰民", ("云岭花园",)), record("云岭花园工地噪音扰民", ("云岭花园",))]
    assert title(rows, 40) == "云岭花园工地噪音扰民"
    composed = title([record("王小红反映云岭花园噪音", ("云岭花园",))] * 3, 40)
    assert "王小红" not in composed
    assert composed.startswith("云岭花园")
    assert len(title([record("云岭花园工地夜间施工噪音扰民" * 5)], 20)) == 20


def test_an_address_is_masked_in_titles_and_texts(tmp_path):
    words = ("云岭花园12栋3单元502室漏水", "云岭花园12栋3单元502室的屋顶漏水，物业一直不修，请督促物业维修屋顶。")
    with Matters(tmp_path) as finder:
        finder.add([entry(words, number, number + 1) for number in range(3)])
        reader = Thermometer(finder)
        issue = reader.read(reader.latest("month"), "month").issues[0]
    assert "502" not in issue.title + "".join(issue.texts)


def test_arrears_by_words_and_by_flags():
    assert is_arrears("宏远公司拖欠农民工工资三个月")
    assert not is_arrears("请问最低工资标准是多少")
    assert not is_arrears("路灯不亮")
    assert is_arrears("路灯不亮", "group;wage_arrears")
    assert is_arrears("路灯不亮", f"group;{shipped().flags['wage_arrears'].name}")
    assert not is_arrears("宏远公司拖欠农民工工资三个月", "")


def claim(number: int, day: int, firm: str | None = "甲公司", matter: int = 1) -> Claim:
    return Claim(number, day * DAY, (firm,) if firm else (), matter, "")


def test_alerts():
    assert alerts([claim(1, 1), claim(2, 20), claim(3, 40)]) == []
    found = alerts([claim(1, 1), claim(2, 3), claim(3, 8), claim(4, 9)])
    assert [(alert.firm, alert.appeals) for alert in found] == [("甲公司", (1, 2, 3, 4))]
    found = alerts([claim(1, 1, None), claim(2, 2, None), claim(3, 3, None), claim(4, 4, None, 2)])
    assert [(alert.firm, alert.appeals) for alert in found] == [(None, (1, 2, 3))]
    found = alerts([*(claim(n, n) for n in (1, 2, 3)), *(claim(n, n) for n in (40, 41, 42))])
    assert [alert.appeals for alert in found] == [(40, 41, 42), (1, 2, 3)]
    assert alerts([Claim(n, -1, ("甲公司",), 1, "") for n in range(5)]) == []


PERIODS = [
    ("2024-01-01", "week", "2024-W01", "2023-W52"), ("2024-02-29", "month", "2024-02", "2024-01"),
    ("2024-12-31", "quarter", "2024-Q4", "2024-Q3"), ("2025-12-31", "week", "2026-W01", "2025-W52"),
    ("2024-01-15", "month", "2024-01", "2023-12"),
]  # fmt: skip


@pytest.mark.parametrize(("day", "rhythm", "name", "earlier"), PERIODS)
def test_periods(day, rhythm, name, earlier):
    period = period_of(date.fromisoformat(day), rhythm)
    assert period.name == name
    assert period.first <= date.fromisoformat(day) <= period.last
    assert before(period, rhythm).name == earlier


def test_bad_periods():
    with pytest.raises(InputError, match="unknown rhythm 'year'; choose one of week, month, quarter"):
        period_of(date(2024, 1, 1), "year")
    with pytest.raises(InputError, match="--at '昨天' is no day"):
        parse_day("昨天", "--at")
    assert parse_day("2024/05/01", "--at") == date(2024, 5, 1)


def test_a_time_without_a_zone_and_one_with(tmp_path):
    with Matters(tmp_path) as finder:
        finder.add([Entry(Appeal("停水三天", "停水", datetime.fromisoformat("2024-05-31T23:30:00+08:00"), None, "a"))])
        assert Thermometer(finder).latest("month").name == "2024-05"
