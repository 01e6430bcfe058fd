from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appealnlp.entities import load_recogniser, personal_spans

TEXT = "联系人：张三，电话13900001234，2019年4月住惠州市惠城区阳光小区3栋，欠20000元，找教育局。"
PIECES = [
    *(
        "2018年",
        "5",
        "万",
        "元",
        "路",
        "小区",
        "A3区",
        "教育局",
        "，",
        "和",
        "《",
        "》",
        "法",
        "张",
        "书记",
        "某",
        "（20",
        "〕",
    ),
    *(
        "13900001234",
        "每天",
        "点",
        "至",
        "户",
        "人",
        "粤L",
        "@",
        "公司",
        "市",
        "０",
        "一",
        "与",
        "\n",
        " ",
        "我叫",
        "字第",
    ),
]
any_text = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
PERSONAL = {"PER", "PHONE", "IDCARD", "PLATE", "BANKCARD", "EMAIL"}


@given(any_text, st.integers(0, 40))
def test_offsets_hold_and_entities_do_not_overlap(text: str, title_length: int) -> None:
    found = load_recogniser().find(text, title_length)
    position = 0
    for item in found:
        assert position <= item.start < item.end <= len(text)
        assert text[item.start : item.end] == item.text
        assert item.text == item.text.strip()
        assert load_recogniser().explain(item)
        position = item.end


@given(any_text)
def test_personal_spans_do_not_overlap(text: str) -> None:
    position = 0
    for start, end, label in personal_spans(text):
        assert position <= start < end <= len(text)
        assert label in PERSONAL
        position = end


def test_everything_in_one_text() -> None:
    found = [(item.label, item.text) for item in load_recogniser().find(TEXT)]
    assert found == [
        ("PER", "张三"), ("PHONE", "13900001234"), ("TIME", "2019年4月"), ("ADDR", "惠州市惠城区阳光小区3栋"),
        ("MONEY", "20000元"), ("ORG", "教育局"),
    ]  # fmt: skip


def test_personal_spans() -> None:
    assert [(TEXT[start:end], label) for start, end, label in personal_spans(TEXT)] == [
        ("张三", "PER"), ("13900001234", "PHONE"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["拨打12345", "96177", "投诉电话12315", "110"])
def test_short_service_numbers_are_no_phones(text: str) -> None:
    assert not [item for item in load_recogniser().find(text) if item.label == "PHONE"]


def test_public_numbers_are_not_personal() -> None:
    assert personal_spans("办公电话0752-2800000，客服4008200000，热线12345") == ()


def test_a_name_in_a_list_with_numbers() -> None:
    found = load_recogniser().find("（王建国13900001234，李志强13900005678）")
    assert [item.text for item in found if item.label == "PER"] == ["王建国", "李志强"]


def test_explain_names_rule_and_check() -> None:
    card, person, place = load_recogniser().find("11010519491231002X，胡书记，阳光小区")
    assert "is_id_card" in load_recogniser().explain(card)
    assert "title" in load_recogniser().explain(person)
    assert "compound" in load_recogniser().explain(place)


def test_built_once() -> None:
    assert load_recogniser() is load_recogniser()


def test_candidates_may_overlap_and_entities_are_made_of_them() -> None:
    recogniser = load_recogniser()
    assert {item.label for item in recogniser.candidates(TEXT)} >= {"PER", "PHONE", "ADDR"}
    assert recogniser.entity(TEXT, recogniser.candidates(TEXT)[0]).label
