from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appealnlp.errors import SchemeError
from appealnlp.evidence import headcount
from appealnlp.evidence.headcount import DATA, read_words
from appealnlp.evidence.numeral import floor_of


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("564", 564),
        ("1,200", 1200),
        ("1.2万", 12000),
        ("40万", 400000),
        ("300多", 300),
        ("200几", 200),
        ("十", 10),
        ("十几", 10),
        ("十五", 15),
        ("二十多", 20),
        ("两百多", 200),
        ("两千零三", 2003),
        ("一百三四十", 130),
        ("三万五千", 35000),
        ("上百", 100),
        ("近百", 100),
        ("百余", 100),
        ("上千", 1000),
        ("近十万", 100000),
        ("四五", 4),
        ("8-9", 8),
        ("二〇二", 202),
        ("几十", None),
        ("数千", None),
        ("好几百", None),
        ("很多", None),
        ("", None),
        ("天", None),
    ],
)
def test_floor_of_a_numeral(numeral: str, value: int | None) -> None:
    assert floor_of(numeral) == value


@pytest.mark.parametrize(
    ("text", "value", "unit", "words"),
    [
        ("小区200多户业主收不了房", 200, "households", "200多户"),
        ("影响上百户居民", 100, "households", "上百户"),
        ("近百名职工没有社保", 100, "people", "近百名职工"),
        ("十几家商户关门", 10, "households", "十几家商户"),
        ("我们一百三四十号人等着开工", 130, "people", "一百三四十号人"),
        ("沿线40万居民受害", 400000, "people", "40万居民"),
        ("拖欠30多位离职员工工资", 30, "people", "30多位离职员工"),
        ("全组有35户，人口156人", 156, "people", "156人"),
        ("我们三个人都没领到钱", 3, "people", "三个人"),
        ("一家老小7人没地方住", 7, "people", "7人"),
        ("六个护理员没签合同", 6, "people", "六个护理员"),
        ("三十多个保洁员的社保没交", 30, "people", "三十多个保洁员"),
        ("十七个瓦工等着结账", 17, "people", "十七个瓦工"),
        ("近三百名退休教师", 300, "people", "近三百名退休教师"),
        ("两千多名村医", 2000, "people", "两千多名村医"),
        ("十几家摊贩被清走", 10, "households", "十几家摊贩"),
        ("涉及1260户", 1260, "households", "1260户"),
        ("三百多号司机的社保没有着落", 300, "people", "三百多号司机"),
        ("两百来号茶农都是这个意见", 200, "people", "两百来号茶农"),
        ("我们三家鱼塘挨着", 3, "households", "三家鱼塘"),
        ("组里十二位六十岁以上的村民没领到", 12, "people", "十二位六十岁以上的村民"),
        ("队里九名50多岁的护林员没签合同", 9, "people", "九名50多岁的护林员"),
        ("桥边二十档摊贩没地方摆", 20, "households", "二十档摊贩"),
        ("我们三个给一家公司开叉车", 3, "people", "三个"),
        ("俺们八个在工地上干活", 8, "people", "八个"),
    ],
)
def test_stated_numbers(text: str, value: int, unit: str, words: str) -> None:
    found = headcount(text)
    assert found is not None
    assert (found.value, found.unit) == (value, unit)
    assert text[found.start : found.end] == words


@pytest.mark.parametrize(
    "text",
    [
        "几十户人家受影响",
        "数千人出行困难",
        "很多业主反对",
        "来了20多名保安",
        "窗口只有2个工作人员",
        "我一个人带孩子",
        "8栋204住户装修",
        "每户收费3000元",
        "拨打12345市民服务热线",
        "2019年7月6日",
        "户型面积120平",
        "3名警察到场",
        "礼堂能坐两百人",
        "食堂可容纳五百人",
        "三十个工地停工",
        "十五个工作日",
        "七名工程师到场",
        "我和501住户商量过",
        "5号楼业主开会",
        "二十号工人来过",
        "120多号楼业主",
        "镇上三家鱼塘",
        "12345市民投诉",
        "有个七十多岁的老人",
        "小区电梯共三个，都坏了",
        "车位共有30个，被物业占了",
        "问题共两个。",
        "我们五个月没发工资",
        "今年三十五岁的女工",
        "",
    ],
)
def test_none_is_stated(text: str) -> None:
    assert headcount(text) is None


@given(st.text(alphabet="0123456789一二十百千万几多余上近名个户人家业主，的", max_size=60))
def test_any_text_gives_a_number_or_none(text: str) -> None:
    found = headcount(text)
    assert found is None or (found.value > 0 and 0 <= found.start < found.end <= len(text))


@pytest.mark.parametrize("unit", ["1", "十", "1,", "万", "200多名", "上", "人"])
def test_time_is_linear(unit: str) -> None:
    def seconds(size: int) -> float:
        start = time.process_time()
        headcount(unit * size)
        return time.process_time() - start

    seconds(1000)
    assert seconds(80_000) < 10 * seconds(20_000) + 0.1


def test_a_wrong_word_file_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "headcount.yaml"
    broken.write_text(DATA.read_text("utf-8").replace("lead: [", "lead: x\nlost: ["), "utf-8")
    with pytest.raises(SchemeError, match=r"headcount\.yaml:\d+: lead: expected a list"):
        read_words(broken)
