"""Units of a city: files, duties, dates, lineage, standing aside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from appealnlp.errors import SchemeError
from appealnlp.route import load_policy
from appealnlp.route.units import read_units
from route.conftest import Routes

HEAD = "name,aliases,code,duties,areas,level,valid_from,valid_to,parent,successor\n"
Write = Callable[..., Path]


def own(write: Write, rows: str, body: str = "") -> Path:
    return write(f"units: [units.csv]\n{body}", units_csv=HEAD + rows)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (",,x,,,,,,,\n", r"units.csv:2: name is empty"), ("甲,,,,,,,,,\n", "code is empty"),
        ("甲,,x,,,,2018,,,\n", "valid_from: '2018' is no date"),
        ("甲,,x,,,,,,,\n乙,,x,,,,,,,\n", "csv:3: code 'x' stands"),
        ("甲,,x,,,,2020-01-01,2019-01-01,,\n", "lies before"), ("甲,,x,,,,,,nobody,\n", "unknown unit 'nobody'"),
    ],
)  # fmt: skip
def test_a_wrong_unit_file_names_line_and_value(policy_file: Write, rows: str, words: str) -> None:
    with pytest.raises(SchemeError, match=words):
        load_policy(own(policy_file, rows))


def test_an_unknown_column_is_refused(tmp_path: Path) -> None:
    (tmp_path / "u.csv").write_text("name,code,phone\n", "utf-8")
    with pytest.raises(SchemeError, match="unknown column 'phone'"):
        read_units(tmp_path / "u.csv")


CHARGING = "充电设施服务中心,充电中心,charging,公共充电桩故障维修;充电桩收费,,city,,,,\n"


def test_a_unit_that_no_model_has_seen_leads_by_its_duties(policy_file: Write, route: Routes) -> None:
    path = own(policy_file, CHARGING)
    weak = {"urban_management": 0.3, "power_supply": 0.2}
    answer = route("小区外的公共充电桩故障一个月没人维修", path, units=weak)
    assert answer.departments[0].code == "charging"
    assert any("职责匹配" in reason for reason in answer.route.reasons)
    assert route("楼上漏水", path, units=weak).departments[0].code == "urban_management"


def test_a_sure_model_keeps_the_lead_and_the_new_unit_is_an_option(policy_file: Write, route: Routes) -> None:
    answer = route("公共充电桩故障没人维修", own(policy_file, CHARGING), units={"power_supply": 0.95})
    assert [unit.code for unit in answer.departments[:2]] == ["power_supply", "charging"]


def test_a_unit_serves_its_areas_alone(policy_file: Write, route: Routes) -> None:
    path = own(policy_file, CHARGING.replace(",,city", ",440605,city"))
    weak = {"urban_management": 0.3}
    text = "公共充电桩故障没人维修"
    assert route(text, path, units=weak, area="440605001000").departments[0].code == "charging"
    assert route(text, path, units=weak, area="440604").departments[0].code == "urban_management"
    assert route(text, path, units=weak).departments[0].code == "urban_management"


DATED = "老办,,old_office,公共充电桩故障,,,,2019-12-31,,new_office\n新局,,new_office,公共充电桩故障,,,2020-01-01,,,\n"


def test_before_a_unit_existed_its_predecessor_answers(policy_file: Write, route: Routes) -> None:
    path = own(policy_file, DATED)
    weak = {"urban_management": 0.3}
    then = route("公共充电桩故障", path, units=weak, received_at=datetime(2015, 5, 1))
    now = route("公共充电桩故障", path, units=weak, received_at=datetime(2021, 5, 1))
    undated = route("公共充电桩故障", path, units=weak)
    assert [a.departments[0].code for a in (then, now, undated)] == ["old_office", "new_office", "new_office"]


def test_an_abolished_unit_gives_way_to_its_successor(policy_file: Write, route: Routes) -> None:
    rows = "供热公司,,heating_supply,,,,,2020-01-01,,new_heat\n新热力,,new_heat,,,,2020-01-02,,,\n"
    path = own(policy_file, rows)
    answer = route("暖气不热", path, units={"heating_supply": 0.9}, received_at=datetime(2024, 1, 5))
    assert answer.departments[0].code == "new_heat"
    assert any("单位沿革：供热公司已撤并，由新热力承担" in reason for reason in answer.route.reasons)
    early = route("暖气不热", path, units={"heating_supply": 0.9}, received_at=datetime(2012, 1, 5))
    assert early.departments[0].code == "heating_supply"


def test_a_unit_before_its_time_without_predecessor_is_left_out(policy_file: Write, route: Routes) -> None:
    path = own(policy_file, "供热公司,,heating_supply,,,,2020-01-01,,,\n")
    units = {"heating_supply": 0.9, "housing": 0.05}
    answer = route("暖气不热", path, units=units, received_at=datetime(2012, 1, 5))
    assert answer.departments[0].code == "housing"
    assert any("尚未设立" in reason for reason in answer.route.reasons)


@pytest.mark.parametrize(
    ("year", "then"),
    [(2012, "工商行政管理局"), (2017, "工商行政管理局"), (2018, None), (2024, None)],
)
def test_lineage_names_the_unit_of_then_beside_todays(route: Routes, year: int, then: str | None) -> None:
    answer = route("工商局乱收费", units={"market_regulation": 0.9}, received_at=datetime(year, 6, 1))
    lead = answer.departments[0]
    assert (lead.code, lead.name, lead.then) == ("market_regulation", "市场监督管理局", then)


@pytest.mark.parametrize(
    ("text", "then"),
    [
        ("2012年县工商局出面调解过，现在店家搬走了", "工商行政管理局"),
        ("2012.5工商局处理过", "工商行政管理局"),
        ("2020年工商局来过", None),  # it had its name of today; the writer uses the old one
        ("2012年市场监督管理局来过", None),
        ("工商局编号120120的通知", None),
    ],
)
@pytest.mark.parametrize("received", [datetime(2025, 6, 1), None])
def test_a_former_name_beside_its_year_is_named_too(
    route: Routes, text: str, then: str | None, received: datetime | None
) -> None:
    answer = route(text, units={"market_regulation": 0.9}, received_at=received)
    assert answer.departments[0].then == then
    assert any("2012年为工商行政管理局" in reason for reason in answer.route.reasons) is (then is not None)


def test_a_former_name_is_explained_without_a_date(route: Routes) -> None:
    answer = route("质监局来检查过", units={"market_regulation": 0.9})
    assert any("“质监局”即质量技术监督局，现为市场监督管理局" in reason for reason in answer.route.reasons)


REPORT = {"type": "report", "target": "official"}


@pytest.mark.parametrize(
    ("text", "words", "gone"),
    [
        ("举报交警支队民警收了红包", "收了红包", "traffic_police"),
        ("举报公安局领导贪污公款", "贪污", "traffic_police"),  # below the accused
        ("举报村支书贪污扶贫款", "贪污", "local_government"),
    ],
)
def test_the_accused_and_those_below_stand_aside(route: Routes, text: str, words: str, gone: str) -> None:
    answer = route(text, flags={"misconduct": words}, units={gone: 0.9, "public_security": 0.05}, **REPORT)
    assert answer.departments[0].code == "discipline_inspection"
    assert gone not in {unit.code for unit in answer.departments}
    assert gone in answer.route.withheld_from
    assert any(reason.startswith("回避") for reason in answer.route.reasons)


def test_whom_an_accusation_is_addressed_to_is_not_accused(route: Routes) -> None:
    text = "向纪委举报村支书贪污，请公安局调查"
    answer = route(text, flags={"misconduct": "贪污"}, units={"discipline_inspection": 0.9}, **REPORT)
    assert answer.departments[0].code == "discipline_inspection"
    assert answer.route.withheld_from == ("local_government",)


def test_discipline_inspection_stands_aside_too(route: Routes) -> None:
    text = "举报纪委干部受贿"
    answer = route(text, flags={"misconduct": "受贿"}, units={"discipline_inspection": 0.9}, **REPORT)
    assert answer.departments[0].code == "procuratorate"
    assert answer.review.needed


def test_a_complaint_accuses_only_whom_it_names_beside_the_allegation(route: Routes) -> None:
    text = "住建局负责的项目延期。村干部私分补偿款。"
    answer = route(text, flags={"misconduct": "私分"}, target="official", units={"housing": 0.9})
    assert answer.route.withheld_from == ("local_government",)
    assert answer.departments[0].code == "housing"


@pytest.mark.parametrize(
    ("text", "withheld"),
    [
        ("环保局包庇排污的厂。厂长给好处费", True),
        ("举报县环保局副局长作风问题。厂长给好处费", True),
        ("举报到环保局没人来。厂长给好处费", False),
        ("已向环保局反映排污。厂长给村书记好处费", False),
        ("我去过环保局。厂长给村书记好处费", False),
    ],
)
def test_a_complaint_accuses_too_whom_its_clause_accuses(route: Routes, text: str, withheld: bool) -> None:
    units = {"ecology": 0.9, "local_government": 0.05}
    answer = route(text, target="official", flags={"misconduct": "好处费"}, units=units)
    assert ("ecology" in answer.route.withheld_from) is withheld


def test_a_flag_without_a_word_of_wrongdoing_withholds_nothing(route: Routes) -> None:
    answer = route("环保局门口的路灯坏了", target="official", flags={"misconduct": "路灯"}, units={"ecology": 0.9})
    assert not answer.route.withheld_from
