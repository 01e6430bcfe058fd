"""General rules of the shipped policies, each on words of its own and on words close by for which it must not hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from appealnlp.analysis import Entity
from appealnlp.evidence import headcount
from route.conftest import Routes

LEADS = {"agriculture": 0.6, "discipline_inspection": 0.2}


def signals(answer: Any) -> set[str]:
    return {item["signal"] for item in answer.signals}


@pytest.mark.parametrize(
    ("text", "given", "accuses"),
    [
        ("副镇长把危房补助给了他侄子和他老婆的弟弟", {}, True),
        ("村会计收了施工队一张加油卡才肯签字", {}, True),
        ("村会计收了施工队一张加油卡才肯签字", {"target": "person"}, False),
        ("村会计收了施工队一张加油卡才肯签字", {"units": {"agriculture": 0.9}}, False),  # nobody thinks of misconduct
        ("村会计算错了我家的面积", {}, False),
        ("村会计算错了我家的面积", {"type": "complaint"}, False),
        ("账面上的钱请查一查", {"topic": "纪检监察/贪污贿赂"}, True),
    ],
)
def test_a_report_of_an_official_who_gains_is_an_accusation(
    route: Routes, text: str, given: dict[str, Any], accuses: bool
) -> None:
    answer = route(text, **{"type": "report", "target": "official", "units": LEADS, **given})
    assert (answer.purpose == "accusation") is accuses
    assert any("信访目的：检举控告" in reason for reason in answer.route.reasons) is accuses
    if accuses:
        assert answer.route.legal_path is None
        assert answer.review.needed
        assert answer.departments[0].code == "discipline_inspection"


@pytest.mark.parametrize(
    ("text", "withheld"),
    [
        ("举报社区书记把廉租房名额给了自己女儿", {"local_government"}),
        ("镇农业农村办公室把补贴多报了三十亩，钱去向不明", {"agriculture", "local_government"}),
        ("向派出所反映：有人把公款私分", set()),
    ],
)
def test_who_is_accused_without_a_flag_stands_aside(route: Routes, text: str, withheld: set[str]) -> None:
    answer = route(text, type="report", target="official", units=LEADS)
    assert withheld <= set(answer.route.withheld_from)
    assert bool(answer.route.withheld_from) is bool(withheld)


@pytest.mark.parametrize(
    ("text", "scale", "gravity"),
    [
        ("我们家六口人挤在一间屋里", "few", "small"),
        ("全家7人等着落户", "few", "small"),
        ("我们厂七名工人没有合同", "group", "large"),
        ("这条沟关系着六十口人的收成", "group", "large"),
        ("我们家这边七户人共用一口井", "group", "large"),
    ],
)
def test_the_heads_of_one_family_are_no_group(route: Routes, text: str, scale: str, gravity: str) -> None:
    count = headcount(text)
    assert count is not None
    answer = route(text, headcount=count.value, counted=(count.start, count.end))
    assert (answer.scale, answer.gravity) == (scale, gravity)


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("以前去合管办报销，现在该去哪里", "合管办"),
        ("原先合管办的人说可以补缴", "合管办"),
        ("合管办的人说可以补缴", None),
        ("以前交过，后来一直没去问，昨天去合管办才知道", None),
    ],
)
def test_a_former_name_behind_a_word_of_old_is_the_one_of_then(route: Routes, text: str, then: str | None) -> None:
    for received in (None, datetime(2025, 3, 3, 9)):
        answer = route(text, units={"medical_insurance": 0.8}, received_at=received)
        assert answer.departments[0].then == then


@pytest.mark.parametrize(
    ("text", "day", "presses"),
    [
        ("9月5日开庭，材料还没盖章", (9, 5), True),
        ("9月8日就到期，系统一直打不开", (9, 8), True),
        ("10月20日开庭，材料还没盖章", (10, 20), False),
        ("9月5日下了雨，路就坏了", (9, 5), False),
    ],
)
def test_a_date_on_which_something_falls_due_presses(
    route: Routes, text: str, day: tuple[int, int], presses: bool
) -> None:
    end = text.index("日") + 1
    date = Entity(0, end, text[:end], "TIME", value={"month": day[0], "day": day[1]})
    answer = route(text, entities=(date,), received_at=datetime(2024, 9, 2, 9))
    assert ("pressing_time" in signals(answer)) is presses
