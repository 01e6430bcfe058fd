from __future__ import annotations

from pathlib import Path

import pytest

from appealnlp.address import locate
from appealnlp.address.own import read_rows
from appealnlp.address.resolve import Mention, load_resolver
from appealnlp.errors import InputError, SchemeError

HUICHENG, NANJING, FUZHOU = "441302", "320100", "350100"


def resolve(*names: tuple[str, str], area: str | None = None, context: tuple[str, ...] = ()):  # type: ignore[no-untyped-def]
    return load_resolver().resolve([Mention(text, part) for part, text in names], area=area, context=context)


def test_all_names_together_lead_to_the_village() -> None:
    found = resolve(("city", "惠州市"), ("district", "惠城区"), ("town", "江南街道"), ("community", "祝屋巷社区"))
    assert found.area.code == "441302003002"
    assert found.area.level == "village"
    assert not found.ambiguous
    assert found.places[0].reasons == ("惠州市", "惠城区", "江南街道", "祝屋巷社区")


def test_an_ambiguous_name_is_reported_not_guessed() -> None:
    found = resolve(("district", "鼓楼区"))
    assert found.area is None
    assert found.ambiguous
    assert len(found.places) == 4
    assert sum(place.probability for place in found.places) <= 1.0


def test_the_callers_area_and_other_places_decide() -> None:
    assert resolve(("district", "鼓楼区"), area=FUZHOU).area.code == "350102000000"
    assert resolve(("district", "鼓楼区"), area=NANJING).area.code == "320106000000"
    assert resolve(("district", "鼓楼区"), context=(FUZHOU,)).places[0].code == "350102000000"


def test_what_is_sure_is_given_where_the_finest_is_not() -> None:
    found = resolve(("district", "惠城区"), ("community", "新村"))
    assert found.area is None or found.area.code.startswith(HUICHENG)


@pytest.mark.parametrize(
    ("old", "code"), [("长治县", "140404000000"), ("宣武区", "110102000000"), ("襄樊市", "420600000000")]
)
def test_older_names(old: str, code: str) -> None:
    assert resolve(("district", old)).area.code == code


def test_a_county_that_has_become_a_district() -> None:
    assert resolve(("district", "南和县"), ("city", "邢台市")).area.name == "南和区"


def test_a_name_without_its_ending() -> None:
    assert resolve(("city", "惠州")).area.code == "441300000000"


def test_an_unknown_name_is_no_place() -> None:
    found = resolve(("district", "甲乙丙丁区"))
    assert found.area is None
    assert found.places == ()
    assert not found.ambiguous


def test_a_contradiction_is_not_sure() -> None:
    found = resolve(("province", "福建省"), ("district", "惠城区"))
    assert found.area is None or found.area.probability < 0.95


def own_file(tmp_path: Path, rows: str) -> Path:
    path = tmp_path / "areas.csv"
    path.write_text("code,name,level,parent,aliases\n" + rows, "utf-8")
    return path


def test_a_citys_own_divisions_down_to_its_grids(tmp_path: Path) -> None:
    rows = "441302,惠城区,county,,\n仲恺,仲恺高新区,county,441302,仲恺区\nG07,祝屋巷第七网格,grid,441302003002,七网格\n"
    path = own_file(tmp_path, rows + "441302003002,祝屋巷社区,village,441302,\n")
    resolver = load_resolver(path)
    assert resolver.resolve([Mention("仲恺区", "district")]).area.code == "仲恺"
    grid = resolver.resolve([Mention("七网格", "community")]).area
    assert (grid.code, grid.level) == ("G07", "grid")
    assert grid.path[-2:] == ("祝屋巷社区", "祝屋巷第七网格")


@pytest.mark.parametrize(
    ("rows", "problem"),
    [("1,,county,,\n", "name is empty"), ("1,甲,county,9,\n", "unknown parent"), ("1,甲,a,,\n1,乙,a,,\n", "twice")],
)
def test_faults_of_a_file_are_named(tmp_path: Path, rows: str, problem: str) -> None:
    with pytest.raises(SchemeError, match=problem):
        read_rows(own_file(tmp_path, rows))
    with pytest.raises(SchemeError, match="missing"):
        read_rows(tmp_path / "absent.csv")


def test_a_text_is_located_by_what_it_names() -> None:
    assert locate("惠州市惠城区的路灯坏了").area.code == "441302000000"
    assert locate("鼓楼区路灯坏了", area=FUZHOU).area.code == "350102000000"
    assert locate("路灯坏了").area is None


def test_a_road_named_after_a_place_is_no_place() -> None:
    assert locate("北海市重庆路积水").area.name == "北海市"
    assert locate("重庆路积水").area is None


def test_text_is_asked_for() -> None:
    with pytest.raises(InputError, match="must be text"):
        locate(b"x")  # type: ignore[arg-type]
