"""Sentences and numbered items."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appealnlp.text import sentences
from appealnlp.text.enumeration import enumerations


def parts(text: str) -> list[str]:
    """What stands between bars."""
    return text.split("|")


CASES = [
    "小区停水了。|没人管！|请问谁管？",
    "停水三天；|停电两天;|没人管",
    "他说：“没有办法。”|我们只好等。",
    "物业说“不归我们管！”|真是气人！！！|怎么办？？",
    "（已反映三次。）|至今没有结果……",
    "天天停电……没人管。|谢谢",
    "每吨4.23元。|电话a.b@c.com。|版本2.0.1",
    "路太窄.|人太多.|谢谢.",
    "标题没有句号\n|正文第一句。|第二句",
    "第一段。\n\n|第二段。",
    "问题如下：|1、噪音大|2、灰尘多|3、没人管",
    "问题如下：|一、噪音大。|二、灰尘多。",
    "好处：|1.方便出行|2.带动经济",
    "（1）噪音|（2）灰尘",
    "①噪音|②灰尘",
    "第一，噪音。|第二，灰尘。",
    "首先，太吵。|其次，太脏。",
    "主要有：|一是太吵，|二是太脏。",
    "第1、2、3栋都停水。",
    "周一、周三停水，初一、十五停电。",
    "1、2、4号口已开通。",
    "每天7.5小时，3.2万元。",
    "一二三，三二一。",
    "",
    "\n",
]


@pytest.mark.parametrize("case", CASES)
def test_sentences(case: str) -> None:
    expected = parts(case) if case else []
    text = "".join(expected)
    assert [text[start:end] for start, end in sentences(text)] == expected


CHAINS = [
    ("1、噪音2、灰尘3、污水", [3]),
    ("一、噪音。二、灰尘。", [2]),
    ("十、甲。十一、乙。", []),
    ("一、甲。二、乙。三、丙。四、丁。五、戊。六、己。七、庚。八、辛。九、壬。十、癸。十一、子。十二、丑。", [12]),
    ("1、噪音。诉求：1、停工2、赔偿", [2]),
    ("1、甲2、乙诉求：1、停工2、赔偿", [2, 2]),
    ("一、甲：1.子2.丑二、乙", [2]),
    ("一、甲：1.子2.丑。二、乙", [2, 2]),
    ("第一名，第二名", []),
    ("3、甲4、乙", []),
    ("1、甲", []),
    ("首先甲。其次乙。最后丙。", [3]),
]


@pytest.mark.parametrize(("text", "lengths"), CHAINS)
def test_enumerations(text: str, lengths: list[int]) -> None:
    chains = enumerations(text)
    assert [len(chain) for chain in chains] == lengths
    for chain in chains:
        assert [item.number for item in chain] == list(range(1, len(chain) + 1)) or chain[0].style == "sequence"
        assert all(item.start < item.body <= len(text) for item in chain)


PIECES = st.sampled_from(parts("。|！|……|”|“|\n| |.|1.|2、|一、|二、|（1）|①|第二，|小区|停水|a|；"))


@settings(max_examples=500, deadline=None)
@given(st.text() | st.lists(PIECES, max_size=40).map("".join))
def test_sentences_tile_any_text(text: str) -> None:
    spans = sentences(text)
    assert "".join(text[start:end] for start, end in spans) == text
    assert all(start < end for start, end in spans)


@pytest.mark.parametrize("unit", ["<", "（", " ", ".", "。", "1、", "一、", "\n", "…", "的.", "1.1", "第"])
def test_linear_time(unit: str) -> None:
    text = (unit * 20_000)[:20_000]
    start = time.perf_counter()
    sentences(text)
    assert time.perf_counter() - start < 1.0
