"""One analysis on a screen."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from appealnlp.analysis import Decision, Flag, Unit
from appealnlp.appeal import Appeal
from appealnlp.console.render import EXPLAINED, marked, view
from appealnlp.schemes import shipped
from batch.fake_analyzer import analysis_of

ANALYSIS = analysis_of(Appeal("我们小区停水三天了[bold]，电话13900001234，" + "请尽快处理" * 40, "停水"))


def shown(analysis=ANALYSIS, width: int = 80, colour: bool = False, why: bool = False) -> str:
    out = io.StringIO()
    options = {"force_terminal": colour, "color_system": "standard" if colour else None}
    Console(file=out, width=width, highlight=False, **options).print(view(analysis, shipped(), why=why))
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 60, 120])
def test_it_fits(width):
    from rich.cells import cell_len

    assert {cell_len(line) for line in shown(width=width).splitlines()} == {width}


def test_everything_is_there():
    text = shown()
    for words in (
        "投诉 93%", "公用事业与公立机构 80%", "紧急 88%，应在 24 小时内回应", "“停水” supply.water", "民生中断“停水”",
        "12", "城乡建设 / 住房保障与房地产 / 物业服务 71%",
        "主办 住房和城乡建设局 (housing) 80%", "协办 水利局 (water) 10%",
        "人工复核", "119", "reply 5 个工作日", "需要：urgency", "电话“13900001234”", "[bold]",
    ):  # fmt: skip
        assert words in text, words
    assert "\x1b" not in text


def test_an_appeal_cannot_command_the_terminal():
    evil = analysis_of(Appeal("停水\x1b[2J\x9b31m\rok，请尽快处理，谢谢各位领导"))
    assert not any(mark in shown(evil) for mark in "\x1b\x9b\r")
    assert len(marked(evil).plain) == len(evil.content)


def test_colours():
    assert "\x1b[" in shown(colour=True)
    styles = {str(span.style) for span in marked(ANALYSIS).spans}
    assert styles == {"cyan underline", "magenta", "bold red underline"}
    assert marked(ANALYSIS).plain == ANALYSIS.content


def test_why():
    text = shown(why=True)
    assert "为何紧急程度" in text
    assert "“水” +1.50" in text
    assert len(EXPLAINED) == 5


def test_unknown_labels_show_their_codes():
    strange = replace(
        ANALYSIS,
        type=Decision("strange", 0.5),
        flags=(Flag(0, 1, "停", "odd"),),
        departments=(Unit("u", "[某]局", "helper", 1.0),),
    )
    text = shown(strange)
    assert "strange 50%" in text
    assert "odd“停”" in text
    assert "helper [某]局 (u) 100%" in text


def test_an_analysis_that_knows_nothing():
    bare = replace(ANALYSIS, departments=(), entities=(), flags=(), headcount=None)
    assert "实体" not in shown(bare)
