"""Words: tiling, our own cuts, domain terms, and two backends that agree."""

from __future__ import annotations

import json
import random
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appealnlp.errors import InputError
from appealnlp.text import Segmenter, load_segmenter, normalize
from appealnlp.text._data import read_words

NAMES = ("rjieba", "jieba")


@pytest.fixture(scope="module")
def cutters() -> dict[str, Segmenter]:
    pytest.importorskip("rjieba")
    return {name: load_segmenter(backend=name) for name in NAMES}


CUTS = [
    ("房屋面积15平方米", "房屋 面积 15 平方米"),
    ("5号楼3单元1203室", "5 号楼 3 单元 1203 室"),
    ("2019年3月5日18:30停电", "2019 年 3 月 5 日 18:30 停电"),
    ("3.5万元，1,020,408元", "3.5 万元 ， 1,020,408 元"),
    ("每斤2元5角", "每斤 2 元 5 角"),
    ("重15kg长3km宽2m", "重 15 kg 长 3 km 宽 2 m"),
    ("高达85dB", "高达 85 dB"),
    ("G4高速B-1208室", "G4 高速 B-1208 室"),
    ("50%的业主", "50% 的 业主"),
    ("电话1390000xxxx", "电话 1390000xxxx"),
    ("邮箱a.b@example.com", "邮箱 a.b@example.com"),
    ("见https://example.com/a?b=1 谢谢", "见 https://example.com/a?b=1   谢谢"),
    ("WiFi信号", "WiFi 信号"),
    ("停电了……！！！", "停电 了 …… ！！！"),
    ("1.请问2.建议", "1 . 请问 2 . 建议"),
    ("小区\n停水", "小区 \n 停水"),
    ("3年级2班", "3 年级 2 班"),
    ("住房公积金提取", None),
    ("业委会不公示维修资金", "业委会 不 公示 维修资金"),
    ("农村煤改气以后停气", "农村 煤改气 以后 停气"),
    ("烂尾楼业主办不动产证", "烂尾楼 业主 办 不动产证"),
    ("异地就医备案", "异地就医备案"),
    ("𠮷野家〇号", "𠮷 野家 〇 号"),
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("text", "words"), [case for case in CUTS if case[1]])
def test_cuts(cutters: dict[str, Segmenter], name: str, text: str, words: str) -> None:
    cut = cutters[name].cut(text)
    assert " ".join(cut) == words
    assert "".join(cut) == text


@pytest.mark.parametrize("name", NAMES)
def test_keeps_every_term_whole(cutters: dict[str, Segmenter], name: str) -> None:
    terms = read_words("terms.txt")
    assert len(terms) >= 600
    whole = [term.partition(":")[0] for term in terms]
    assert len(set(whole)) == len(whole)
    assert [term for term in whole if cutters[name].cut(term) != [term]] == []


@pytest.mark.parametrize("name", NAMES)
def test_keeps_given_words_whole(name: str) -> None:
    pytest.importorskip(name)
    place = "祝家坳巷子口"
    assert load_segmenter(backend=name).cut(place) != [place]
    segmenter = load_segmenter([place, "A座", "好"], backend=name)
    assert segmenter.backend == name
    assert place in segmenter.cut(f"我住在{place}旁边")
    assert load_segmenter(backend=name).cut(place) != [place]  # dictionaries are not shared


def test_prefers_the_fast_backend() -> None:
    pytest.importorskip("rjieba")
    assert load_segmenter().backend == "rjieba"


def test_takes_jieba_where_rjieba_is_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("appealnlp.text.words.find_spec", lambda name: None if name == "rjieba" else object())
    assert load_segmenter().backend == "jieba"
    with pytest.raises(InputError, match="pip install rjieba"):
        load_segmenter(backend="rjieba")


def test_unknown_backend() -> None:
    with pytest.raises(InputError, match="rjieba, jieba"):
        load_segmenter(backend="hanlp")


def test_writes_nothing_and_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    load_segmenter(backend="jieba").cut("小区停水了")
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


@settings(max_examples=400, deadline=None)
@given(text=st.text() | st.text(st.sampled_from("小区停水a1.,，。-@:/％% \n平方米号楼元万kgA〇𠮷\ud800"), max_size=60))
def test_words_tile_any_text(cutters: dict[str, Segmenter], text: str) -> None:
    for segmenter in cutters.values():
        words = segmenter.words(text)
        assert "".join(word.text for word in words) == text
        assert all(text[word.start : word.end] == word.text != "" for word in words)
        assert [word.start for word in words] == [0, *(word.end for word in words)][: len(words)]
        assert segmenter.cut(text) == [word.text for word in words]


@settings(max_examples=150, deadline=None)
@given(text=st.text(st.sampled_from("小区停水三天没有人管楼电梯物业公司业主请问领导处理的了在是我"), max_size=80))
def test_backends_agree_on_made_up_runs(cutters: dict[str, Segmenter], text: str) -> None:
    # On senseless runs ties are common: they may break a tie differently, never more than that.
    fast, pure = (cutters[name].cut(text) for name in NAMES)
    assert "".join(fast) == "".join(pure)
    assert abs(len(fast) - len(pure)) <= 2


def differing_runs(cutters: dict[str, Segmenter], texts: list[str]) -> tuple[int, int]:
    """(runs of Han that the backends cut differently, all runs)."""
    runs = [run for text in texts for run in re.findall("[\u4e00-\u9fd5]+", text)]
    fast, pure = (cutters[name] for name in NAMES)
    return sum(fast.cut(run) != pure.cut(run) for run in runs), len(runs)


def real_texts(shared: Path) -> list[str]:
    rows = [
        json.loads(line)
        for path in sorted((shared / "data" / "appeals").glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    return [normalize(f"{row.get('title') or ''}\n{row['text']}").text for row in rows]


def test_backends_agree_on_real_text(cutters: dict[str, Segmenter], shared: Path) -> None:
    texts = random.Random(7).sample(real_texts(shared), 1200)
    different, runs = differing_runs(cutters, texts)
    assert runs > 30_000
    assert different <= runs / 10_000


@pytest.mark.slow
def test_backends_agree_on_all_real_text(cutters: dict[str, Segmenter], shared: Path) -> None:
    different, runs = differing_runs(cutters, real_texts(shared))
    assert different <= runs / 10_000


@pytest.mark.parametrize("unit", ["<", "&", "（", " ", "a", "a.", "-.", "1,", "1", "a@", "小区", "1a", "…", "http://"])
def test_linear_time(cutters: dict[str, Segmenter], unit: str) -> None:
    text = (unit * 20_000)[:20_000]
    start = time.perf_counter()
    assert "".join(cutters["rjieba"].cut(text)) == text
    assert time.perf_counter() - start < 1.0
