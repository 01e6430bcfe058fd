"""Drafts of notices: by the policy's template, masked, blank where nothing is known, refused where the rules refuse."""

from __future__ import annotations

import pickle
from datetime import datetime

import pytest

import appealnlp
from appealnlp.analysis import Analysis, Entity
from appealnlp.entities import masked
from appealnlp.errors import SchemeError
from appealnlp.route import Router, load_policy
from appealnlp.route.notice import draft, excerpt
from appealnlp.schemes import shipped
from route.conftest import facts


def analysis(text: str, policy: str = "default", entities: tuple[Entity, ...] = (), **given: object) -> Analysis:
    loaded = load_policy(policy)
    read = facts(text, received_at=datetime(2026, 3, 2, 9), **given)
    out = Router(shipped(), loaded).answer(read)
    return Analysis(
        text, read.type, read.target, read.purpose, read.ledger, read.topic, read.urgency, read.flags, None, entities,
        (), out.scale, out.gravity, out.signals, out.departments, out.route, out.review, {}, {}, id="A-7",
        _notice=lambda a: draft(loaded, shipped(), datetime(2026, 3, 2, 9), a), _mask=masked,
    )  # fmt: skip


def test_an_accepted_matter_gets_its_draft() -> None:
    said = analysis("物业乱收停车费。已经半年了").notice()
    assert said is not None
    assert said.startswith("受理告知书（草稿）")
    for part in (
        "编号：A-7",
        "2026年3月2日",
        "物业乱收停车费）",
        "住房和城乡建设局主办",
        "2026年5月1日前",
        "第三十四条",
    ):
        assert part in said
    assert "＿＿＿＿：" in said  # who appeals is not known and not guessed


def test_the_name_of_the_one_who_appeals_is_masked() -> None:
    person = Entity(2, 5, "王小明", "PER", role="writer", mask="王**")
    said = analysis("我叫王小明，物业乱收停车费", entities=(person,)).notice()
    assert said is not None
    assert "王**：" in said
    assert "王小明" not in said


def test_a_number_to_call_back_is_no_name() -> None:
    phone = Entity(2, 13, "13800138000", "PHONE", role="writer", mask="138****8000")
    person = Entity(16, 19, "王小明", "PER", role="writer", mask="王**")
    text = "电话13800138000，我叫王小明，物业乱收停车费"
    only_phone, both = analysis(text, entities=(phone,)).notice(), analysis(text, entities=(phone, person)).notice()
    assert only_phone is not None
    assert "＿＿＿＿：" in only_phone
    assert "138" not in only_phone.partition("：\n")[0]
    assert both is not None
    assert "王**：" in both


@pytest.mark.parametrize("policy", ["default", "shiquan"])
def test_a_letter_that_is_signed_gets_a_draft_to_its_writer(policy: str) -> None:
    nlp = appealnlp.load(tier="linear", policy=policy)
    said = nlp("我叫王小明，联系电话13800138000。我们小区物业乱收停车费，请处理。").notice()
    assert said is not None
    assert "王*" in said
    assert "王小明" not in said
    assert "13800138000" not in said


def test_what_the_rules_do_not_take_gets_a_refusal_to_be_checked() -> None:
    said = analysis("合同纠纷法院已经立案，请判房子归谁").notice()
    assert said is not None
    assert said.startswith("不予受理告知书（草稿，须经人工审核）")
    assert "属诉讼中事项" in said


@pytest.mark.parametrize(("type_", "policy", "drafted"), [
    ("consult", "default", False), ("consult", "shiquan", True), ("other", "shiquan", False),
    ("suggestion", "default", True), ("praise", "shiquan", False),
])  # fmt: skip
def test_only_the_types_of_the_policy_get_one(type_: str, policy: str, drafted: bool) -> None:
    assert (analysis("公积金怎么提取", policy, type=type_).notice() is not None) is drafted


def test_without_its_analyzer_an_analysis_says_so() -> None:
    lost = pickle.loads(pickle.dumps(analysis("物业乱收费")))
    with pytest.raises(ValueError, match="analyse the text again"):
        lost.notice()


def test_the_accused_sees_no_draft() -> None:
    hidden = analysis("物业乱收费")._hidden("*" * 5, ())
    with pytest.raises(ValueError, match="lost its analyzer"):
        hidden.notice()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("accepted: '{nobody_knows}'", "unknown field"),
        ("types: [letter]", "unknown type"),
        ("roles: [writer, appellant]", r"notices.roles: unknown role 'appellant'; use one of .*writer"),
        ("accepted: 3", "must be text"),
    ],
)
def test_a_wrong_template_is_named(policy_file, body: str, words: str) -> None:
    block = {"types": "[complaint]", "steps": "[settle]", "roles": "[writer]", "blank": "＿", "nobody": "无"}
    key, _, value = body.partition(": ")
    lines = "".join(f"  {name}: {given}\n" for name, given in {**block, key: value}.items())
    with pytest.raises(SchemeError, match=words):
        load_policy(policy_file(f"notices:\n{lines}"))


def test_an_excerpt_is_the_first_sentence_cut_short() -> None:
    assert excerpt("\n路灯坏了。请修") == "路灯坏了"
    assert len(excerpt("很" * 90)) == 41
