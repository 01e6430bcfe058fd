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
    ("text", "given", "lead"),
    [
        ("过道里一股燃气味，越来越冲", {"urgency": "critical"}, "gas_supply"),
        ("过道里一股燃气味，越来越冲", {"urgency": "low"}, "ecology"),  # asked about, or long over
        ("过道里一股烧塑料的味，越来越冲", {"urgency": "critical"}, "ecology"),
        ("轮胎厂漏气扰民", {"urgency": "urgent", "units": {"ecology": 0.9}}, "ecology"),  # nobody thinks of gas
    ],
)
def test_gas_that_leaks_goes_to_who_can_shut_it_off(route: Routes, text: str, given: dict[str, Any], lead: str) -> None:
    answer = route(text, **{"units": {"ecology": 0.5, "gas_supply": 0.3}, **given})
    assert answer.departments[0].code == lead


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
    ("text", "gravity"),
    [
        ("我在这条街摆了十二年摊，昨天摊位被收走，投诉城管", "small"),
        ("我有15年工龄，社保还是没有转过去", "small"),
        ("干了十几年的老师，工资没有变", "small"),
        ("这事拖了十二年，一直没有解决", "large"),
        ("我摆了六年摊，摊位的事拖了十一年还没解决", "large"),
    ],
)
def test_years_of_work_are_no_delay(route: Routes, text: str, gravity: str) -> None:
    assert route(text, type="complaint").gravity == gravity


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


@pytest.mark.parametrize(
    ("text", "given", "body"),
    [
        ("楼上502天天拉椅子，能不能请人上门劝一下", {}, "people"),
        ("后院那家的树枝伸过墙，想请楼长来调", {"target": "person"}, "people"),
        ("我把一间门面租给了他，他拖着不交，想约双方当面谈", {"target": "business"}, "people"),
        ("公司把公寓租给了我，押金不退，想协商", {"target": "business", "units": {"housing": 0.9}}, "competent"),
        ("两台三轮车相撞，各修各的谈不拢，请你们调一下", {"target": "none"}, "traffic"),
        ("三兄弟为一块菜地，想请村里来评评理", {"type": "praise"}, "people"),
        ("感谢调解员，三兄弟的菜地，想请村里也谢谢他", {"type": "praise"}, None),
        ("请派人来调查楼上的噪音", {"target": "none"}, None),
        ("后院水沟堵了，请疏通", {"target": "none"}, None),
    ],
)
def test_who_mediates(route: Routes, text: str, given: dict[str, Any], body: str | None) -> None:
    assert route(text, **given).route.mediation == body


def test_who_is_asked_has_not_tried_in_vain(route: Routes) -> None:
    assert route("邻居滴水，居委会劝过他又反悔，请综治中心来一趟").route.level == "town"
    assert route("邻居滴水，综治中心劝过，他又反悔").route.level == "village"


@pytest.mark.parametrize(
    ("text", "given", "level"),
    [
        ("有轨电车晚上末班太早", {"type": "suggestion"}, "city"),
        ("有轨电车旁边的路灯不亮", {"units": {"urban_management": 0.9}}, "village"),
        ("去河西的公交希望增开两班", {"type": "request"}, "county"),
        ("公交站的凳子坏了", {"type": "request"}, "village"),
    ],
)
def test_the_timetable_of_a_network_is_no_matter_of_a_village(
    route: Routes, text: str, given: dict[str, Any], level: str
) -> None:
    assert route(text, **{"units": {"transport": 0.9}, "target": "utility", **given}).route.level == level


@pytest.mark.parametrize(
    ("text", "signal", "holds"),
    [
        ("这笔款从2011年反映至今，镇长都换了三个", "long_unsolved", True),
        ("从早上等到现在还没轮到我", "long_unsolved", False),
        ("再不发就一起去县里问", "may_escalate", True),
        ("大伙说把羊赶到政府去", "may_escalate", True),
        ("请把路上的洞堵上", "may_escalate", False),
    ],
)
def test_signals_by_words(route: Routes, text: str, signal: str, holds: bool) -> None:
    assert (signal in signals(route(text))) is holds


def test_parties_that_sit_together_are_no_departments(route: Routes) -> None:
    assert route("想请司法所让我们两家坐到一起谈").gravity == "small"
    assert route("请让几个部门坐到一起谈").gravity == "large"


def test_each_unit_waits_for_another(route: Routes) -> None:
    text = "每个部门都说要等另一个部门的文件，教育、财政、林草都跑了"
    answer = route(text, units={"agriculture": 0.9})
    assert [unit.code for unit in answer.departments if unit.role == "co"] == ["education", "finance", "forestry"]
    assert any("协调会" in hint for hint in answer.route.hints)


@pytest.mark.parametrize(
    ("text", "given", "category"),
    [
        ("原县供销社2001年改制，职工的身份置换金没给", {}, "企业改制"),
        ("收粮点把早稻扣秤，每百斤少算五斤", {"topic": "商贸旅游/市场监管"}, "涉农利益"),
        ("采石场放炮把山震塌了", {"units": {"emergency_management": 0.9}}, "安全生产"),
        ("采石场的灰太大", {"units": {"ecology": 0.9}, "topic": "环境保护/环境污染/大气污染"}, "环境保护"),
    ],
)
def test_the_eleven_classes_by_words(route: Routes, text: str, given: dict[str, Any], category: str) -> None:
    assert route(text, "hunan", **given).route.category == category


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ("健身房年卡还剩半年就关门，老板肯退但要分期，想坐下来谈谈", "pretrial"),
        ("健身房关门了，请查处", "department"),
    ],
)
def test_a_prepaid_card_can_be_settled_before_a_suit(route: Routes, text: str, platform: str) -> None:
    assert route(text, "foshan", units={"market_regulation": 0.9}).route.sub_platform == platform
