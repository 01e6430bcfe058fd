"""The public contract: names, the schema of the output, offsets, and what happens to bad input."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import appealnlp
from appealnlp import Analysis, Analyzer, Appeal, InputError, ModelError
from appealnlp.analyzer import load

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = json.loads((ROOT / "appealnlp" / "schemas" / "analysis-1.json").read_text("utf-8"))
FACE = {"Analysis", "Analyzer", "Appeal", "AppealError", "InputError", "MissingExtra", "ModelError", "SchemeError",
        "TableError", "Withheld", "load", "parse_address"}  # fmt: skip


@pytest.fixture(scope="module")
def nlp() -> Analyzer:
    return load()


@pytest.fixture(scope="module")
def examples() -> list[Appeal]:
    with (ROOT / "examples" / "appeals.csv").open(encoding="utf-8-sig", newline="") as file:
        return [Appeal(text=row["诉求内容"], title=row["标题"] or None, id=row["编号"]) for row in csv.DictReader(file)]


def check(analysis: Analysis) -> dict[str, Any]:
    """Every offset holds, and the output is what the schema says."""
    out = analysis.to_dict()
    jsonschema.validate(out, SCHEMA)
    content = analysis.content
    for part in (*out["flags"], *out["entities"], *out["urgency"]["evidence"]):
        assert content[part["start"] : part["end"]] == part["text"]
    for matter in out["matters"]:
        assert 0 <= matter["start"] <= matter["end"] <= len(content)
    for before, after in pairwise(out["entities"]):
        assert before["end"] <= after["start"]
    return out


def test_the_face_is_what_it_says() -> None:
    assert set(appealnlp.__all__) == FACE
    assert all(getattr(appealnlp, name) is not None for name in FACE)
    with pytest.raises(AttributeError, match="nothing"):
        appealnlp.nothing  # noqa: B018


def test_importing_is_light_and_writes_nothing() -> None:
    code = (
        "import sys, appealnlp; heavy = {'torch', 'transformers', 'sklearn', 'pandas', 'numpy', 'jieba', 'polars'};"
        "sys.exit(str(sorted(heavy & set(sys.modules))) if heavy & set(sys.modules) else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_every_example_fits_the_schema(nlp: Analyzer, examples: list[Appeal]) -> None:
    for appeal, analysis in zip(examples, nlp.pipe(examples), strict=True):
        assert check(analysis)["route"]["status"] in ("dispatched", "review", "no_appeal")
        assert analysis.content == appeal.content
        assert analysis.id == appeal.id


def test_scores_are_added_on_demand(nlp: Analyzer) -> None:
    out = nlp("请问公积金怎么提取？").to_dict(scores=True)
    jsonschema.validate(out, SCHEMA)
    assert set(out["scores"]["type"]) == set(nlp.scheme.types)
    assert sum(out["scores"]["department"].values()) == pytest.approx(1, abs=1e-3)
    assert not set(out["scores"]) & set(out["source_scores"])


def test_alone_and_in_a_stream_are_equal(nlp: Analyzer, examples: list[Appeal]) -> None:
    alone = [nlp(appeal).to_dict(scores=True) for appeal in reversed(examples)]
    assert [a.to_dict(scores=True) for a in nlp.pipe(examples)] == alone[::-1]
    assert [a.to_dict(scores=True) for a in nlp.pipe(iter(examples))] == alone[::-1]


def test_a_list_ends_at_the_appeal_that_cannot_be_read(nlp: Analyzer, examples: list[Appeal]) -> None:
    stream = nlp.pipe([*examples[:20], "", *examples[20:]])
    assert [next(stream).content for _ in range(20)] == [appeal.content for appeal in examples[:20]]
    with pytest.raises(InputError, match="empty"):
        next(stream)


@settings(max_examples=80, deadline=None)
@given(text=st.text(min_size=1, max_size=200), title=st.none() | st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str, title: str | None) -> None:
    try:
        appeal = Appeal(text=text, title=title)
    except InputError:
        return
    check(load_once()(appeal))


_LOADED: list[Analyzer] = []


def load_once() -> Analyzer:
    if not _LOADED:
        _LOADED.append(load())
    return _LOADED[0]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "empty"), ("  \n ", "empty"), (b"\xc4\xe3", "decode"), (7, "must be text"), ("好" * 200_001, "at most"),
        ("\x00\x01\x02\x03", "binary"), ({"txt": "a"}, "unknown field"), ({"title": "a"}, "missing"),
        ({"text": "a", "received_at": "yesterday"}, "no moment"),
    ],
    ids=["empty", "blank", "bytes", "number", "huge", "binary", "unknown field", "no text", "time"],
)  # fmt: skip
def test_bad_input_is_refused_in_words(nlp: Analyzer, value: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        nlp(value)


def test_unknown_tier_and_model() -> None:
    with pytest.raises(InputError, match="unknown tier 'big'"):
        load(tier="big")
    with pytest.raises(ModelError, match="no such model folder"):
        load("nowhere")


DANGERS = [
    ("我家楼道里煤气味很浓，快派人来看看", "119"),
    ("小区3栋着火了，火从四楼窗户往外冒，快来人", "119"),
    ("有人在桥上要跳河，快点来人拦住他", None),
]


@pytest.mark.parametrize(("text", "number"), DANGERS)
def test_danger_to_life_is_handed_over_with_its_words(nlp: Analyzer, text: str, number: str | None) -> None:
    analysis = nlp(text)
    top = max(nlp.scheme.urgencies.values(), key=lambda label: label.rank)
    assert analysis.urgency.label == top.code
    assert analysis.urgency.evidence
    assert analysis.route.handoff
    if number:
        assert number in analysis.route.handoff


def test_tone_never_raises_urgency(nlp: Analyzer) -> None:
    calm = "请问老年公交卡在哪里办理"
    loud = "请问老年公交卡在哪里办理！！！！！气死人了！！！马上回复！！！"
    rank = {code: label.rank for code, label in nlp.scheme.urgencies.items()}
    assert rank[nlp(loud).urgency.label] <= max(rank[nlp(calm).urgency.label], 1)


def test_reasons_lie_in_the_content(nlp: Analyzer) -> None:
    analysis = nlp(Appeal(text="小区物业乱收停车费，电梯经常坏，没人管", title="投诉物业"))
    for field in ("type", "target", "topic", "urgency", "department"):
        why = analysis.why(field)
        assert why.reasons
        assert all(analysis.content[r.start : r.end] == r.text for r in why.reasons)
        assert str(why).startswith(field)


def test_masked_content_keeps_no_number(nlp: Analyzer) -> None:
    masked = nlp("我叫张三，电话13900001234，家住幸福小区3栋2单元501室").masked()
    assert "13900001234" not in masked
    assert "张三" not in masked
    assert "501" not in masked


def test_deadlines_run_from_receipt(nlp: Analyzer) -> None:
    from datetime import datetime

    analysis = nlp(Appeal(text="我家着火了，快来救火", received_at=datetime(2026, 3, 1, 23, 30)))
    assert analysis.route.deadlines[0].due == "2026-03-02T01:30:00"


@pytest.mark.parametrize("path", sorted((ROOT.parent / "shared" / "seeds").glob("*.txt")), ids=lambda p: p.stem[:3])
def test_articles_are_no_appeals(nlp: Analyzer, path: Path) -> None:
    analysis = nlp(path.read_text("utf-8"))
    check(analysis)
    assert analysis.route.status == "no_appeal"
    assert analysis.department.code == nlp.scheme.fallback


def test_another_precision_needs_no_second_reading(nlp: Analyzer) -> None:
    analysis = nlp("我们小区自来水停了三天，家里有老人，多次打12345没有结果")
    strict, loose = analysis.at(0.99), analysis.at(0.7)
    assert strict.review.needed
    assert len(loose.review.reasons) <= len(strict.review.reasons)
    assert (strict.department, strict.urgency) == (analysis.department, analysis.urgency)
    with pytest.raises(ValueError, match="beyond"):
        analysis.at(0.9999)
