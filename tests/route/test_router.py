"""The engine: bad input has a defined answer, each step a reason, nothing reaches whom it must not."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appealnlp.analysis import Analysis, Entity, Evidence, Review, Route, Urgency
from appealnlp.errors import InputError
from appealnlp.route import Answer, Router, load_policy
from appealnlp.schemes import shipped
from route.conftest import Routes, facts

Write = Callable[..., Path]
PLACE = Entity(0, 3, "南海区", "ADDR")


def reasons(answer: Answer) -> str:
    return "；".join(answer.route.reasons)


def test_what_is_no_appeal_is_not_routed(route: Routes) -> None:
    answer = route("广告", type="other", units={"other": 0.9})
    assert (answer.route.status, answer.scale, answer.gravity, answer.signals) == ("no_appeal", None, None, ())
    assert answer.route.deadlines == ()
    assert "未识别出诉求" in reasons(answer)


def test_danger_in_what_is_no_appeal_is_for_a_human(route: Routes) -> None:
    """A text that by its length is no appeal calls nobody by itself, but somebody must look."""
    answer = route("漏气", type="other", units={"other": 0.9}, urgency="critical")
    assert answer.route.status == "no_appeal"
    assert answer.review.needed
    assert answer.review.reasons == ("疑似紧急情形，请人工核实",)


def test_no_place(route: Routes) -> None:
    answer = route("物业乱收费", "foshan")
    assert answer.route.area is None
    assert "未写明地点" in reasons(answer)
    assert "请补充事发地点" in answer.route.hints


def test_a_place_that_is_in_no_table_is_a_place(route: Routes) -> None:
    answer = route("阳光小区物业乱收费", "foshan", entities=(Entity(0, 4, "阳光小区", "ADDR"),))
    assert answer.route.area is None
    assert "未写明地点" not in reasons(answer)


def test_two_places(route: Routes) -> None:
    answer = route("南海区和顺德区交界处有人倒垃圾", "foshan", entities=(PLACE,))
    assert (answer.route.area, answer.route.status) == (None, "review")
    assert "南海区、顺德区" in reasons(answer)
    assert any("两个以上地区" in reason for reason in answer.review.reasons)


def test_two_places_of_which_one_is_where_it_came_in(route: Routes) -> None:
    assert route("南海区和顺德区交界处", "foshan", area="440605").route.area == "440605"


def test_a_place_within_another_is_one(route: Routes) -> None:
    answer = route("佛山市南海区路灯不亮", "foshan")
    assert answer.route.area == "440605"
    assert "属地：佛山市南海区" in reasons(answer)


def test_where_it_happened_counts_before_where_it_came_in(route: Routes) -> None:
    answer = route("南海区路灯不亮", "foshan", area="440604")
    assert answer.route.area == "440605"
    assert "按事发地南海区办理，来件地为 440604" in reasons(answer)


@pytest.mark.parametrize(
    ("text", "policy", "area"),
    [
        ("我住禅城，上周去南海区西樵镇的农场，票不给退", "foshan", "440605122"),
        ("我自己住惠阳淡水，我爸送进了博罗县罗阳街道的一家养老院", "huizhou", "441322001"),
        ("我家在惠阳区秋长街道，上个月到惠城区小金口街道的医院做手术", "huizhou", "441302010"),
        ("户口在顺德区，现在三水区白坭镇的厂里上班，社保没买", "foshan", "440607104"),
        ("我住禅城区祖庙街道，楼上漏水", "foshan", "440604012"),  # the only place named is the place
        ("我住南海区，楼上漏水，向禅城区反映过", "foshan", None),  # the other was only told of it
        ("我住南海区大沥镇，也去过南海区桂城街道的窗口", "foshan", "440605"),
        ("佛山五个区的公交卡，禅城、顺德、南海都不能通用", "foshan", "440600"),
        ("禅城区石湾镇街道、南海区桂城街道、顺德区大良街道都有人被骗", "foshan", None),  # three places, no whole
    ],
)
def test_where_the_writer_lives_is_not_where_it_happened(
    route: Routes, text: str, policy: str, area: str | None
) -> None:
    assert route(text, policy).route.area == area


def test_an_unknown_area(route: Routes) -> None:
    answer = route("路灯不亮", "foshan", area="999999")
    assert (answer.route.area, answer.route.status) == ("999999", "review")
    assert "不在本办理规则的区划表中" in reasons(answer)
    assert route("路灯不亮", area="999999").review.needed is False  # the default policy has no table


@pytest.mark.parametrize(
    ("unknown", "due", "words"),
    [("none", None, "未推算"), ("weekdays", "2090-01-09T23:59:59", "按周一至周五推算")],
)
def test_a_year_without_calendar(policy_file: Write, route: Routes, unknown: str, due: str | None, words: str) -> None:
    path = policy_file(f"calendar: {{unknown: {unknown}}}\ndeadlines: [{{id: a, within: 5 working days}}]\n")
    answer = route("路灯不亮", path, received_at=datetime(2090, 1, 2, 9))
    assert answer.route.deadlines[0].due == due
    assert "2090 年节假日安排未知" in reasons(answer)
    assert words in reasons(answer)


def test_a_year_without_calendar_may_be_an_error(policy_file: Write, route: Routes) -> None:
    path = policy_file("calendar: {unknown: error}\ndeadlines: [{id: a, within: 5 working days}]\n")
    with pytest.raises(InputError, match="holidays of 2090 are not known"):
        route("路灯不亮", path, received_at=datetime(2090, 1, 2, 9))


def test_the_end_of_time_is_an_error_in_words(route: Routes) -> None:
    with pytest.raises(InputError, match="too late for a deadline"):
        route("路灯不亮", received_at=datetime(9999, 12, 31, 23, 0))


def test_a_calendar_file_serves_a_later_year(policy_file: Write, route: Routes) -> None:
    body = "calendar: {file: days.csv}\ndeadlines: [{id: a, within: 1 working day}]\n"
    path = policy_file(body, days_csv="2090-01-03,holiday\n")
    answer = route("路灯不亮", path, received_at=datetime(2090, 1, 2, 9))
    assert answer.route.deadlines[0].due == "2090-01-04T23:59:59"


def test_aware_moments_stay_aware(route: Routes) -> None:
    answer = route("路灯不亮", urgency="critical", received_at=datetime(2026, 3, 1, 15, 30, tzinfo=UTC))
    assert answer.route.deadlines[0].due == "2026-03-01T17:30:00+00:00"


def test_the_rules_of_the_law(route: Routes) -> None:
    answer = route("物业乱收费", "default", received_at=datetime(2026, 3, 2, 9))
    found = {item.step: item for item in answer.route.deadlines}
    assert found["register"].due == "2026-03-17T23:59:59"
    assert (found["settle"].due, found["settle"].latest) == ("2026-05-01T23:59:59", "2026-05-31T23:59:59")
    assert (found["objection"].within, found["request_review"].due) == ("5 working days", None)
    assert all(item.basis for item in answer.route.deadlines)


def test_nine_states_follow_each_other(route: Routes) -> None:
    pytest.importorskip("chinese_calendar")
    answer = route("道路塌方", "shiquan", received_at=datetime(2026, 9, 30, 17, 30))  # the eve of a long holiday
    dues = [item.due for item in answer.route.deadlines]
    assert len(dues) == 9
    assert dues == sorted(dues, key=str)
    assert dues[0] == "2026-10-08T23:59:59"


def test_joint_handling(route: Routes) -> None:
    close = route("油烟和噪声", units={"urban_management": 0.45, "ecology": 0.4})
    assert [unit.role for unit in close.departments] == ["lead", "co"]
    assert "联合办理" in reasons(close)
    clear = route("油烟", units={"urban_management": 0.9, "ecology": 0.05})
    assert [unit.role for unit in clear.departments] == ["lead", "option"]
    several = route("油烟；另外物业乱收费", units={"urban_management": 0.6, "housing": 0.15}, matters=2)
    assert several.departments[1].role == "co"


@pytest.mark.parametrize(
    ("text", "joins"),
    [("仓库里堆着铁桶，只来一家怕是看不全", True), ("请几个部门一起来看看", True), ("仓库里堆着铁桶，请来看看", False)],
)
def test_who_stands_near_joins_where_several_are_asked(route: Routes, text: str, joins: bool) -> None:
    answer = route(text, units={"fire_rescue": 0.64, "public_security": 0.14, "emergency_management": 0.05})
    joined = [unit.code for unit in answer.departments if unit.role == "co"]
    assert joined == (["public_security"] if joins else [])
    assert any("请多部门一起" in reason for reason in answer.route.reasons) is joins


def test_somebody_takes_what_nobody_answers_for(policy_file: Write, route: Routes) -> None:
    path = policy_file("fallback: {unit: petition_bureau, below: 0.3}\n")
    answer = route("说不清的事", path, units={"housing": 0.2, "water": 0.19})
    assert answer.departments[0].code == "petition_bureau"
    assert "兜底" in reasons(answer)


def test_territory_first(policy_file: Write, route: Routes) -> None:
    path = policy_file("territory: {unit: local_government, when: {place: [one], not_unit_kind: [utility]}}\n")
    answer = route("南海区垃圾没人清", path, entities=(PLACE,), units={"urban_management": 0.9})
    assert [(unit.code, unit.role) for unit in answer.departments[:2]] == [
        ("local_government", "lead"), ("urban_management", "co"),
    ]  # fmt: skip
    assert "属地管理" in reasons(answer)
    assert (
        route("南海区停水", path, entities=(PLACE,), units={"water_supply": 0.9}).departments[0].code == "water_supply"
    )
    assert route("垃圾没人清", path, units={"urban_management": 0.9}).departments[0].code == "urban_management"


@pytest.mark.parametrize(
    ("count", "flags", "scale"),
    [(None, {}, "individual"), (3, {}, "few"), (5, {}, "group"), (None, {"group": "我们"}, "group")],
)
def test_scale(route: Routes, count: int | None, flags: dict[str, str], scale: str) -> None:
    assert route("我们的事", headcount=count, flags=flags).scale == scale


@pytest.mark.parametrize(
    ("text", "more", "gravity", "level"),
    [
        ("路灯不亮", {}, "small", "village"), ("我们的事", {"headcount": 6}, "large", "town"),
        ("我们的事", {"headcount": 150}, "major", "county"), ("我们的事", {"headcount": 1500}, "major", "city"),
        ("我们拖了六年没有解决", {"headcount": 6}, "major", "county"),
    ],
)  # fmt: skip
def test_gravity_and_level_come_with_reasons(route: Routes, text: str, more: dict, gravity: str, level: str) -> None:
    answer = route(text, **more)
    assert (answer.gravity, answer.route.level) == (gravity, level)
    assert "轻重：" in reasons(answer)
    assert "化解层级：" in reasons(answer)


@pytest.mark.parametrize(
    ("text", "gravity"),
    [
        ("2018年6月9日寄的东西", "small"), ("18年6月买的房", "small"),
        ("09年开业", "small"), ("二〇一八年的事", "small"),
        ("三年级的课", "small"), ("拖了18年的事", "large"), ("十几年没人管", "large"),
    ],
)  # fmt: skip
def test_a_date_is_no_duration(route: Routes, text: str, gravity: str) -> None:
    assert route(text).gravity == gravity


def test_signals_show_their_words(route: Routes) -> None:
    text = "反映多次没有结果，再不解决就去上访"
    found = {item["signal"]: item for item in route(text).signals}
    assert set(found) == {"long_unsolved", "may_escalate"}
    assert all(text[item["start"] : item["end"]] == item["text"] for item in found.values())


def test_a_headcount_shows_its_words_without_an_entity(route: Routes) -> None:
    """The words of a headcount are those that state it, whether or not they are an entity too."""
    text = "三百多号司机的社保没有着落"
    signals = route(text, headcount=300, counted=(0, 6)).signals
    assert [(signal["signal"], text[signal["start"] : signal["end"]]) for signal in signals] == [
        ("broad_interests", "三百多号司机")
    ]


@pytest.mark.parametrize(
    ("lead", "text", "number"),
    [
        ("health", "老人不对劲，怎么喊都没用", "120"),
        ("water", "堤脚有东西不对", "119"),
        ("traffic_police", "路上出大事了", "122"),
        ("education", "孩子在里面，门口那个人不肯走", "110"),
        ("public_security", "孩子倒在操场，没有呼吸", "120"),
    ],
)
def test_danger_to_life_is_always_handed_on(route: Routes, lead: str, text: str, number: str) -> None:
    """Where no words name an emergency number, the unit that leads does; no other level hands on."""
    answer = route(text, urgency="critical", units={lead: 0.8})
    assert answer.route.handoff == (number,)
    assert answer.route.status == "review"
    assert "紧急情形已移交，请人工核实" in answer.review.reasons
    assert ("按主办单位推定" in reasons(answer)) == (text != "孩子倒在操场，没有呼吸")
    assert route(text, urgency="urgent", units={lead: 0.8}).route.handoff == ()


def test_a_policy_that_names_nobody_leaves_it_to_a_human(policy_file: Write, route: Routes) -> None:
    policy = policy_file("handoff_otherwise: []\n")
    answer = route("堤脚有东西不对", policy, urgency="critical", units={"water": 0.8})
    assert (answer.route.handoff, answer.route.status) == ((), "review")
    assert "紧急情形，办理规则未指明移交号码，请人工立即处理" in answer.review.reasons


def test_a_call_of_care(route: Routes) -> None:
    answer = route("活不下去了", flags={"self_harm": "活不下去了"})
    assert any("专人电话关怀" in hint for hint in answer.route.hints)


def test_not_accepted_is_for_a_human(route: Routes) -> None:
    answer = route("这件事法院已经立案")
    assert answer.route.not_accepted is not None
    assert answer.route.not_accepted["code"] == "in_court"
    assert "法院已经立案" in answer.route.not_accepted["reason"]
    assert (answer.route.status, answer.review.needed) == ("review", True)


def test_the_same_twice_is_the_same(route: Routes) -> None:
    text = "举报村支书贪污，向纪委反映多次；工商局和环保局互相推诿"
    first, second = (route(text, "ruoqiang", flags={"misconduct": "贪污"}, type="report") for _ in range(2))
    assert first == second


def analysis() -> Analysis:
    text = "我叫张三，举报村支书贪污，电话13900001234"
    given = facts(text, flags={"misconduct": "贪污"}, type="report", target="official")
    answer = Router(shipped(), load_policy()).answer(given)
    entities = (
        Entity(2, 4, "张三", "PER", mask="张*"),
        Entity(15, 26, "13900001234", "PHONE", mask="139****1234"),
    )
    return Analysis(
        text, given.type, given.target, given.purpose, given.ledger, given.topic,
        Urgency("urgent", 0.9, (Evidence(10, 12, text[10:12], "x"),)), given.flags, None, entities,
        ((0, len(text)),), answer.scale, answer.gravity, answer.signals, answer.departments, answer.route,
        answer.review, {}, {}, id="张三-1",
    )  # fmt: skip


def test_the_accused_sees_nothing_of_the_informant() -> None:
    a = analysis()
    seen = a.for_recipient("local_government")
    out = str(seen.to_dict()) + seen.content + str(seen.id)
    for words in ("张三", "13900001234", "贪污", "村支书"):
        assert words not in out
    assert len(seen.content) == len(a.content)
    assert seen.departments == a.departments


def test_the_lead_sees_all_and_others_no_personal_data() -> None:
    a = analysis()
    assert a.for_recipient("discipline_inspection") is a
    other = a.for_recipient("public_security")
    assert "村支书贪污" in other.content
    assert "张三" not in str(other.to_dict()) + other.content
    assert all(other.content[f.start : f.end] == f.text for f in other.flags)


def test_without_an_accusation_nothing_is_withheld(route: Routes) -> None:
    answer = route("物业乱收费")
    assert answer.route.withheld_from == ()
    assert Route("dispatched").withheld_from == ()
    assert Review(False).reasons == ()


SEVERAL = """words: {passing: [互相推诿]}
named:
  {when: {words: [<passing>]}, most: 2, within: 30, not: [petition_bureau], forms: ["归{}"], short: {water: [水务]}}
"""


def test_units_that_push_a_matter_around_take_part(route: Routes, policy_file) -> None:
    text = "水管挖断了归水务，找住建局和交通局都没用，互相推诿，信访局也知道"
    answer = route(text, policy_file(SEVERAL), units={"housing": 0.9})
    assert [unit.code for unit in answer.departments if unit.role == "co"] == ["water", "transport"]
    assert any("文中点名" in reason for reason in answer.route.reasons)


@pytest.mark.parametrize(
    "text",
    ["水管挖断了归水务，找交通局没用", "交通局" + "很" * 40 + "互相推诿"],  # nobody pushes; too far away
)
def test_a_unit_that_is_merely_named_takes_no_part(route: Routes, policy_file, text: str) -> None:
    answer = route(text, policy_file(SEVERAL), units={"housing": 0.9})
    assert not [unit for unit in answer.departments if unit.role == "co"]


@pytest.mark.parametrize(("text", "mediates"), [("请协调解决路灯问题，两家都急", False), ("请给我们两家调解", True)])
def test_a_word_within_an_excepted_one_does_not_count(route: Routes, text: str, mediates: bool) -> None:
    assert (route(text).route.mediation is not None) is mediates


def moment(text: str, day: str) -> Entity:
    start = text.index(day)
    month, number = (int(part) for part in re.findall("[0-9]+", day))
    return Entity(start, start + len(day), day, "TIME", value={"kind": "date", "month": month, "day": number})


@pytest.mark.parametrize(
    ("received", "near"),
    [(datetime(2025, 8, 31), True), (datetime(2025, 8, 1), False), (datetime(2025, 9, 6), False), (None, False)],
)
def test_a_date_close_to_the_receipt_is_pressing(route: Routes, received: datetime | None, near: bool) -> None:
    text = "通知书要求9月5日前交迁移证"
    answer = route(text, entities=(moment(text, "9月5日"),), received_at=received)
    assert ("pressing_time" in {item["signal"] for item in answer.signals}) is near


def test_a_date_of_the_next_year_is_close_in_december(route: Routes) -> None:
    text = "要求1月3日前交材料"
    answer = route(text, entities=(moment(text, "1月3日"),), received_at=datetime(2025, 12, 30))
    assert "pressing_time" in {item["signal"] for item in answer.signals}


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("邻居滴水，村调解委员会调了三次没调成", "town"),
        ("山塘纠纷，镇里调了两回不成", "county"),
        ("邻居滴水，请村里调解", "village"),
    ],
)
def test_what_a_level_tried_in_vain_goes_one_up(route: Routes, text: str, level: str) -> None:
    assert route(text).route.level == level
