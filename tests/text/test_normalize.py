"""Normalising: what each step does, what stays as it is, and the way back."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from appealnlp.errors import InputError
from appealnlp.text import Normalized, normalize


def parts(text: str) -> list[str]:
    """What stands between bars."""
    return text.split("|")


CLEAN = "幸福里小区3栋的电梯坏了半个月，物业一直没人修（老人上不了楼），请问谁来管？电话：1390000xxxx。"

FOLDED = [
    ("１２３４５热线", "12345热线"),
    ("ＡＢＣ＠ｑｑ．ｃｏｍ", "ABC@qq.com"),
    ("单价２０％－３０％", "单价20%-30%"),
    ("［2019］第5号", "[2019]第5号"),
    ("𝟏𝟑𝟗加微", "139加微"),
    ("⼩区⽔管", "小区水管"),
    ("⻓期停⽔", "长期停水"),
    ("時間﹕晚上", "时间：晚上"),
    ("這個小區長期停電，請儘快處理", "这个小区长期停电，请尽快处理"),
    ("\ufeff小区\u200b停\u200c水\u00ad了", "小区停水了"),
    ("停水\x00\x07了", "停水了"),
    ("第一行\r\n第二行\r第三行\u2028第四行", "第一行\n第二行\n第三行\n第四行"),
    ("污染如下：_x000D_\n1、噪音", "污染如下：\n1、噪音"),
    ("小区　　停电\t三天\u00a0了", "小区 停电 三天 了"),
    ("  \n停电三天。\n\n\n  没人管。 \n", "停电三天。\n没人管。"),
    ("<p>小区<b>停水</b></p><br/>三天", "小区停水\n三天"),
    ("停水<script>alert('x<b>')</script>三天", "停水\n三天"),
    ("停水<!-- 注释 <b> -->三天", "停水三天"),
    ("A&amp;B公司&nbsp;欠薪&ldquo;三个月&rdquo;", "A&B公司 欠薪“三个月”"),
    ("&#20572;&#x6c34;三天", "停水三天"),
    ("停水&nbsp三天", "停水 三天"),
    ("&lt;br&gt;停水&lt;/div&gt;三天", "停水\n三天"),
    ("小区\ufffd\ufffd停水", "小区 停水"),
    ("小区\ue123停水", "小区停水"),
    ("小区\ud800停水", "小区停水"),
    ("锟斤拷锟斤拷停水三天", "停水三天"),
    ("小区停水三天了".encode().decode("latin-1"), "小区停水三天了"),
    ("小区停水三天".encode("gbk").decode("latin-1"), "小区停水三天"),
    ("我们的小区停水了，请处理".encode().decode("gb18030", "ignore"), "我们的小区停水了，请处理"),
]


@pytest.mark.parametrize(("source", "text"), FOLDED)
def test_folds(source: str, text: str) -> None:
    result = normalize(source)
    assert result.text == text
    assert not result.identity


UNCHANGED = [
    "",
    "停水",
    CLEAN,
    "标题\n正文里说停水三天。",
    "《关于印发<安置办法>的通知》第3条",
    "a<b且c>d，温度<0",
    "R&D部门，Q&A",
    "乾县的乾隆宾馆",
    "“三包”政策、‘一事一单’……——对吗！",
    "每天23:00～6:00施工",
    "Café的位置",
    "张屯村烫伤一人",
]


@pytest.mark.parametrize("source", UNCHANGED)
def test_leaves_clean_text_alone(source: str) -> None:
    result = normalize(source)
    assert result.text == source
    assert result.identity


def test_maps_back_exactly() -> None:
    source = "　<b>幸福里</b>&nbsp;小區１２\u200b栋"
    result = normalize(source)
    assert result.text == "幸福里 小区12栋"
    origins = [
        ("幸福里", "幸福里"),
        (" ", "&nbsp;"),
        ("小区", "小區"),
        ("12栋", "１２\u200b栋"),
        ("里 小", "里</b>&nbsp;小"),
    ]
    for part, origin in origins:
        start = result.text.index(part)
        first, last = result.span(start, start + len(part))
        assert source[first:last] == origin


def test_maps_misread_text_back_piece_by_piece() -> None:
    source = "甲：" + "停水".encode().decode("latin-1") + "。"
    result = normalize(source)
    assert result.text == "甲：停水。"
    assert result.span(2, 3) == (2, 5)
    assert result.span(3, 4) == (5, 8)


def test_locates_a_source_offset() -> None:
    title = "　小區<b>停水</b>"
    result = normalize(title + "\n三天了", title_length=len(title))
    assert result.text[: result.locate(len(title))] == "小区停水"
    assert result.locate(0) == 0
    assert result.locate(99) == len(result.text)
    assert normalize("停水三天").locate(2) == 2


def test_span_outside_is_refused() -> None:
    result = normalize("停水")
    for span in [(-1, 1), (1, 0), (0, 3)]:
        with pytest.raises(InputError, match="outside"):
            result.span(*span)


WRAPPED = [
    (
        "这条路坑坑洼洼，半年来我们反映多次，没有任何部门来看过，居民出行极其困难，希望重视这项基础工\n作，尽快修好。",
        True,
    ),
    ("小区停电三天了\n，没有人来管。", True),
    ("尊敬的领导，\n我家停电三天了。", True),
    ("停电三天了。\n希望尽快来电。", False),
    ("小区停电三天了\n希望有关部门处理", False),
    ("反映以下问题：\n1、停电\n2、停水", False),
    ("诉求，\n1、恢复供电", False),
    ("我家住在幸福里小区，半年来楼上漏水，物业来看过两次，都说要找开发商，开发商又说过了保修期\n一、漏水严重。", False),
]


@pytest.mark.parametrize(("source", "joined"), WRAPPED)
def test_joins_only_broken_lines(source: str, joined: bool) -> None:
    assert ("\n" not in normalize(source).text) is joined


def test_joins_text_wrapped_to_a_column() -> None:
    body = "我们小区从去年十月开始就经常停水有时候一停就是两三天给大家带来很大的不便我们找过物业也找过自来水公司"
    wrapped = "\n".join(body[start : start + 15] for start in range(0, len(body), 15))
    assert normalize(wrapped).text == body


def test_never_joins_the_title() -> None:
    title = "关于幸福里小区长期停水，物业不管，自来水公司也不管，居民用水困难两年多的问题请求有关部门尽快"
    source = title + "\n小区从去年开始停水，每天只有两小时有水，老人孩子都没法生活。"
    assert "\n" not in normalize(source).text
    assert normalize(source, title_length=len(title)).text == source


PAGE = """首页 新闻 政务 互动 服务 专题

旗下栏目: 要闻 民声 基层

幸福里小区停水三天无人管

来源:某某日报 | 作者:某某 | 发布时间:2020-01-02
幸福里小区的居民反映，小区从元旦起停水三天，至今没有恢复，居民只能到附近的公厕提水，老人行动不便，非常困难。
居民多次联系物业和供水公司，都没有得到明确的答复，大家希望尽快恢复供水。

责任编辑:某某

上一篇:没有了

首页 | 公告公示 | 举报投诉 | 网站声明
Copyright © 2020 某某网 版权所有 某ICP备00000000号
某公网安备00000000000000号
精品视频在线播放
"""


def test_sets_the_page_aside() -> None:
    result = normalize(PAGE)
    assert result.text.startswith("幸福里小区停水三天无人管\n幸福里小区的居民反映")
    assert result.text.endswith("大家希望尽快恢复供水。")
    assert "".join(PAGE[start:end] for start, end in result.aside).count("首页") == 2


APPEALS_THAT_LOOK_LIKE_PAGES = [
    "首页上公布的电话打不通\n我打了一个星期\n没有人接\n请处理一下",
    "来源：12345热线\n我家停水三天\n没有人管\n请尽快处理",
    "举报网站\n有人在网上开百家乐\n很多人受骗\n我们小区就有三家，请公安局查处",
    "小区楼下有人代开发票\n还贴小广告\n加微信的那种\n请工商局查处",
    "反映问题\n公园门口有人卖盗版光盘\n都是成人电影\n影响孩子，我希望查处",
    "停水\n停电\n停气\n联系电话：1390000xxxx",
    "姓名：某某\n电话：1390000xxxx\n地址：幸福里小区3栋\n内容：停水三天没人管",
]


@pytest.mark.parametrize("source", APPEALS_THAT_LOOK_LIKE_PAGES)
def test_never_cuts_an_appeal(source: str) -> None:
    assert normalize(source).aside == ()
    assert len(normalize(source).text) >= len(source) - source.count("\n")


def test_seeds(shared: Path) -> None:
    texts = {path.name[:3]: path.read_text("utf-8") for path in sorted((shared / "seeds").glob("*.txt"))}
    assert normalize(texts["000"]).text.endswith("“说了不白说”。")
    assert "旗下栏目" not in normalize(texts["000"]).text
    joined = normalize(texts["001"]).text
    whole = ("基础性工作", "流动人口服务", "管理格局", "社会公平", "限期解决不出县", "落实责任")
    assert all(part in joined for part in whole)
    assert len(normalize(texts["002"]).text) > 0.98 * len("".join(texts["002"].split()))
    page = normalize(texts["003"]).text
    assert page.startswith("创新基层社会治理")
    assert not any(char in page for char in "<>會\ue029鶎")
    assert not any(word in page for word in ("人妻", "ICP", "htrdn", "下一篇"))
    assert normalize(texts["004"]).text.startswith("“党建+智治+自治”")


def assert_sound(result: Normalized) -> None:
    """The promises of Normalized.span, for every single code point and every neighbouring pair."""
    length, source = len(result.text), result.source
    before = (0, 0)
    for index in range(length):
        start, end = result.span(index, index + 1)
        assert 0 <= start < end <= len(source)
        assert start >= before[0]
        assert end >= before[1]
        assert result.span(0, index + 1)[1] == end
        assert result.span(index, length)[0] == start
        before = start, end
        empty = result.span(index, index)
        assert empty[0] == empty[1]
    assert result.span(length, length)[0] <= len(source)


DIRT = st.sampled_from(
    [
        *parts("<b>|</p>|<br>|<script>|</script>|<!--|-->|&nbsp;|&lt;|&#29;|&amp;|１|國|鶎|锟斤拷|é|_x000D_"),
        *parts("，|。|小区|停水|a1|锛銆|浣犲ソ鍚楋紝|\ue000|\ufffd|\ud800"),
        *["ä½\xa0", "\n", "  ", "\r\n", "首页 | 新闻 | 政务\n", "版权所有\n"],
    ]
)
ANYTHING = st.text(st.characters(codec=None)) | st.lists(DIRT | st.text(max_size=4), max_size=40).map("".join)


@settings(max_examples=600, deadline=None)
@given(ANYTHING, st.integers(0, 20))
@example("\ud800", 0)
@example("", 0)
@example("<p></p>", 0)
def test_offsets_hold_for_any_text(source: str, title: int) -> None:
    result = normalize(source, title_length=min(title, len(source)))
    assert_sound(result)
    assert result.identity == (result.text == source)
    assert not any("\ud800" <= char <= "\udfff" or char in "\r\u200b\ufeff" for char in result.text)
    assert "  " not in result.text


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("小区停水三天没有人管，。！？：；（）、\n1290ab-"), max_size=300))
def test_ordinary_characters_survive(source: str) -> None:
    result = normalize(source)
    assert result.text.replace("\n", "").replace(" ", "") == source.replace("\n", "")


@pytest.mark.parametrize("unit", parts("<|&|（| |<a |<!--|<script>|&lt;|\ufffd鶎|ä½|浣犲ソ|國|\n|首页\n|1、"))
def test_linear_time(unit: str) -> None:
    source = (unit * 20_000)[:20_000]
    normalize(source[:100])
    start = time.perf_counter()
    assert_length = len(normalize(source).text)
    assert time.perf_counter() - start < 1.0
    assert assert_length <= 20_000


def test_clean_text_is_fast() -> None:
    text = (CLEAN * 10)[:300]
    normalize(text)
    best = min(_seconds(text) for _ in range(50))
    assert best < 100e-6  # about 10 µs on an idle core


def _seconds(text: str) -> float:
    start = time.perf_counter()
    normalize(text)
    return time.perf_counter() - start


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("电 表 箱 在 冒 烟，快 来！", "电表箱在冒烟，快来！"),
        ("漏\u3000气\u3000了\u3000快\u3000来", "漏气了快来"),
        ("甲 乙 丙 丁 四人与 张伟 李静 签了", "甲乙丙丁 四人与 张伟 李静 签了"),
        ("字号：大 中 小 打印", "字号：大 中 小 打印"),
        ("张 三 住在 幸福路 八号", "张 三 住在 幸福路 八号"),
        ("路灯 不亮 很久 了", "路灯 不亮 很久 了"),
    ],
)
def test_a_text_with_a_blank_after_each_character_is_closed_up(source: str, text: str) -> None:
    found = normalize(source)
    assert found.text == text
    for at, char in enumerate(text):
        assert source[slice(*found.span(at, at + 1))] == char
