from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

import appealnlp
from appealnlp.address.address import COMPONENTS
from appealnlp.address.features import SIZES, columns, fold
from appealnlp.address.names import load_names
from appealnlp.address.parser import load_parser, spans
from appealnlp.errors import InputError, ModelError
from appealnlp.text.points import code_points

FULL = "惠州市惠城区江南街道祝屋巷社区12栋"


def test_the_address_of_the_contract() -> None:
    found = appealnlp.parse_address(FULL)
    assert (found["city"], found["district"], found["town"], found["community"]) == (
        "惠州市", "惠城区", "江南街道", "祝屋巷社区"
    )  # fmt: skip
    assert found["building"] == "12栋"
    assert found.area == "441302003002"
    assert not found.ambiguous


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("广东省惠州市惠阳区淡水街道开城大道88号", {"province": "广东省", "road": "开城大道", "road_no": "88号"}),
        (
            "鼓楼区五四路100号3栋2单元501室",
            {"district": "鼓楼区", "road": "五四路", "building": "3栋", "unit": "2单元"},
        ),
        ("杭州市西湖区文一路10号", {"city": "杭州市", "district": "西湖区", "road": "文一路", "road_no": "10号"}),
    ],
)
def test_components(text: str, expected: dict[str, str]) -> None:
    found = appealnlp.parse_address(text)
    assert {name: found.get(name) for name in expected} == expected


def test_a_road_is_no_division() -> None:
    found = appealnlp.parse_address("重庆路12号")
    assert found["road"] == "重庆路"
    assert found.area is None
    beside = appealnlp.parse_address("北海市重庆路12号")
    assert not any(place.code.startswith("50") for place in beside.places)


def test_ambiguity_is_reported() -> None:
    found = appealnlp.parse_address("鼓楼区五四路100号")
    assert found.ambiguous
    assert found.area is None
    assert len({place.code for place in found.places}) == 4
    assert appealnlp.parse_address("鼓楼区五四路100号", area="350100").area == "350102000000"


def test_as_a_mapping_and_as_json() -> None:
    found = appealnlp.parse_address(FULL)
    assert set(found) <= set(COMPONENTS)
    assert len(found) == len(list(found))
    with pytest.raises(KeyError):
        found["room"]
    out = found.to_dict()
    assert out["components"]["city"] == "惠州市"
    assert out["places"][0]["path"] == "广东省惠州市惠城区江南街道祝屋巷社区"


@given(st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_components_stand_where_they_say(text: str) -> None:
    position = 0
    for part in load_parser().parse(text):
        assert position <= part.start < part.end <= len(text)
        assert text[part.start : part.end] == part.text
        assert part.name in COMPONENTS
        position = part.end


def test_numbers_cannot_be_learnt() -> None:
    table = load_names()
    assert (columns("幸福路12号", table) == columns("幸福路98号", table)).all()
    assert (columns("广东省惠州市Ａ1", table) < SIZES).all()
    assert (fold(code_points("Ａ１b2")) == code_points("A0A0")).all()


def test_paths_become_spans() -> None:
    assert list(spans(["B-a", "I-a", "O", "I-b", "B-b", "I-a"])) == [("a", 0, 2), ("b", 3, 4), ("b", 4, 5), ("a", 5, 6)]


def test_parsing_is_linear_and_long_text_is_cut() -> None:
    load_parser().parse("幸福路")

    def spent(size: int) -> float:
        start = time.process_time()
        load_parser().parse("幸福路1号" * (size // 5))
        return time.process_time() - start

    with threadpool_limits(1):  # threads that wait for one another count as work
        short, long = min(spent(100) for _ in range(15)), min(spent(400) for _ in range(15))
    assert long < 9 * short
    assert max((part.end for part in load_parser().parse("幸福路1号" * 9000)), default=0) <= 400


def test_bad_input() -> None:
    with pytest.raises(InputError, match="must be text"):
        appealnlp.parse_address(None)  # type: ignore[arg-type]
    assert len(appealnlp.parse_address("")) == 0


def test_a_missing_model_is_named(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ModelError, match="no such model folder"):
        load_parser(tmp_path / "absent")


def test_addresses_become_values_of_places() -> None:
    nlp = appealnlp.load(addresses=True)
    analysis = nlp("惠州市惠城区祝屋巷社区12栋停水三天")
    place = next(item for item in analysis.entities if item.label == "ADDR")
    assert place.value is not None
    assert place.value["components"]["district"] == "惠城区"
    assert place.value["area"].startswith("441302")
    assert analysis.route.area == "441302"
    assert nlp("路灯坏了").route.area is None
