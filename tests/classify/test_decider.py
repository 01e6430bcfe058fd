"""From probabilities and evidence to answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from appealnlp.classify import Decider, Decisions
from appealnlp.classify.matter import MatterNames
from appealnlp.evidence import Evidence
from appealnlp.schemes import Scheme, shipped


@pytest.fixture
def scheme() -> Scheme:
    return shipped()


@pytest.fixture
def decider(scheme: Scheme, decisions: Decisions) -> Decider:
    return Decider(scheme, decisions)


def hit(kind: Any, label: str, status: Any = "present", strength: Any = "strong") -> Evidence:
    return Evidence(kind, label, 0, 2, "rule", status, strength)


@pytest.mark.parametrize(
    ("scores", "evidence", "expected"),
    [
        ({"critical": 0.7, "urgent": 0.1, "normal": 0.2, "low": 0.0}, [], "critical"),
        ({"critical": 0.2, "urgent": 0.15, "normal": 0.6, "low": 0.05}, [], "urgent"),
        ({"critical": 0.0, "urgent": 0.1, "normal": 0.3, "low": 0.6}, [], "low"),
        ({"critical": 0.0, "urgent": 0.1, "normal": 0.6, "low": 0.3}, [], "normal"),
        ({"critical": 0.0, "urgent": 0.0, "normal": 0.9, "low": 0.1}, [hit("urgency", "critical")], "critical"),
        ({"critical": 0.0, "urgent": 0.0, "normal": 0.9, "low": 0.1}, [hit("urgency", "critical", "past")], "normal"),
        ({"critical": 0.0, "urgent": 0.0, "normal": 0.9, "low": 0.1}, [hit("urgency", "critical", "present", "weak")],
         "normal"),
        ({"critical": 0.1, "urgent": 0.0, "normal": 0.8, "low": 0.1}, [hit("urgency", "critical", strength="moderate")],
         "normal"),
        ({"critical": 0.2, "urgent": 0.0, "normal": 0.7, "low": 0.1}, [hit("urgency", "critical", strength="moderate")],
         "critical"),
        ({"critical": 0.2, "urgent": 0.0, "normal": 0.7, "low": 0.1}, [hit("urgency", "critical", "past", "moderate")],
         "normal"),
        ({"critical": 0.0, "urgent": 0.0, "normal": 0.9, "low": 0.1}, [hit("flag", "critical")], "normal"),
    ],
)  # fmt: skip
def test_urgency(decider: Decider, scores: dict[str, float], evidence: list[Evidence], expected: str) -> None:
    assert decider.urgency(scores, evidence).label == expected


@pytest.mark.parametrize(
    ("critical", "urgent", "normal", "past", "label", "sure"),
    [
        (0.95, 0.0, 0.03, ["critical", "urgent"], "normal", 0.6),
        (0.6, 0.0, 0.4, ["critical", "urgent"], "normal", 0.9),
        (1.0, 0.0, 0.0, ["critical", "urgent"], "normal", 0.0),
        (0.95, 0.01, 0.04, ["critical"], "urgent", 0.2),
        (0.01, 0.39, 0.3, ["urgent"], "normal", 0.3 / 0.61),
        (0.0, 0.0, 0.55, ["critical", "urgent"], "normal", 0.55),
    ],
)
def test_what_rules_rule_out_is_left_out_of_the_confidence(
    decider: Decider, critical: float, urgent: float, normal: float, past: list[str], label: str, sure: float
) -> None:
    scores = {"critical": critical, "urgent": urgent, "normal": normal, "low": 0.0}
    decided = decider.urgency(scores, [hit("urgency", code, "past") for code in past])
    assert (decided.label, decided.confidence) == (label, pytest.approx(sure, abs=1e-4))


@pytest.mark.parametrize(
    ("chance", "length", "expected"),
    [(0.95, 100, "other"), (0.4, 100, "complaint"), (0.0, 10_000, "complaint"), (0.0, 10_001, "other")],
)
def test_no_appeal_only_when_sure_or_by_length(decider: Decider, chance: float, length: int, expected: str) -> None:
    assert decider.type({"other": chance, "complaint": 0.3, "consult": 0.05}, length).label == expected


def test_who_must_be_called_at_once_makes_an_appeal(decider: Decider) -> None:
    assert decider.type({"other": 0.98, "complaint": 0.02}, 30).label == "other"
    assert decider.type({"other": 0.98, "complaint": 0.02}, 30, gravest=True).label == "complaint"


def test_a_moderate_sign_is_supported_by_either_tier(decider: Decider) -> None:
    sign = [hit("urgency", "critical", strength="moderate")]
    joined = {"critical": 0.05, "urgent": 0.1, "normal": 0.8, "low": 0.05}
    assert decider.urgency(joined, sign, {"critical": 0.5, "normal": 0.5}).label == "critical"
    assert decider.urgency(joined, sign, {"critical": 0.1, "normal": 0.9}).label == "normal"


def test_a_shown_danger_is_never_given_with_low_confidence(decider: Decider) -> None:
    assert decider.urgency({"critical": 0.0, "normal": 1.0}, [hit("urgency", "critical")]).confidence >= 0.9


def test_flags_by_model_and_by_rule(scheme: Scheme) -> None:
    decisions = Decisions({}, {"repeat": 0.3, "gathering": 1.1}, frozenset({"gathering"}), {}, 0.9)
    decide = Decider(scheme, decisions)
    assert decide.flags({"repeat": 0.31, "gathering": 0.99}, []) == ["repeat"]
    assert decide.flags({"repeat": 0.1}, [hit("flag", "gathering"), hit("flag", "repeat")]) == ["gathering"]
    assert decide.flags({}, [hit("flag", "gathering", "past")]) == []


@pytest.mark.parametrize(("count", "expected"), [(None, ["group"]), (4, []), (5, ["group"])])
def test_a_flag_that_asks_for_a_number_of_people(scheme: Scheme, count: int | None, expected: list[str]) -> None:
    decide = Decider(scheme, Decisions({}, {"group": 0.3}, frozenset(), {}, 0.9))
    assert decide.flags({"group": 0.8}, [], count) == expected
    assert decide.flags({"group": 0.8}, [hit("flag", "group")], count) == ["group"]  # a rule shows it in words


def test_units_are_ranked_and_short(decider: Decider, scheme: Scheme) -> None:
    scores = dict.fromkeys(scheme.departments, 0.001) | {"water": 0.5, "ecology": 0.3, "housing": 0.01}
    units = decider.units(scores, fits=True)
    assert [unit.code for unit in units] == ["water", "ecology"]
    assert [unit.role for unit in units] == ["lead", "option"]


def test_without_an_appeal_the_fallback_alone_is_listed(decider: Decider, scheme: Scheme) -> None:
    units = decider.units({"water": 0.9, scheme.fallback: 0.1}, fits=False)
    assert [unit.code for unit in units] == [scheme.fallback]


def test_the_set_reaches_its_mass(decider: Decider) -> None:
    assert decider.department_set({"a": 0.5, "b": 0.35, "c": 0.1, "d": 0.05}) == ["a", "b", "c"]
    assert decider.department_set({"a": 0.95, "b": 0.05}) == ["a"]


def test_doubts(decider: Decider) -> None:
    assert decider.doubts({"type": 0.79, "department": 0.1}) == ["type"]
    assert decider.doubts({"type": 0.8}) == []


def test_doubts_at_another_precision(decider: Decider) -> None:
    stated = replace(decider.decisions, precisions={"type": [(0.8, 0.5), (0.9, 0.8), (0.99, 1.0)]})
    cut = replace(decider, decisions=stated)
    assert cut.doubts({"type": 0.6}, 0.8) == []
    assert cut.doubts({"type": 0.6}, 0.85) == ["type"]
    assert cut.doubts({"type": 0.99}, 0.95) == ["type"]
    with pytest.raises(ValueError, match=r"precision 0\.999 of 'type' is beyond 0\.99"):
        cut.doubts({"type": 1.0}, 0.999)
    with pytest.raises(ValueError, match="states no precisions"):
        decider.doubts({"type": 1.0}, 0.9)


@pytest.mark.parametrize(
    ("topic", "text", "matter"),
    [
        ("城乡建设/城市建设和市政管理", "冬季采暖期到了，家里暖气不热", "冬季采暖"),
        ("城乡建设/城市建设和市政管理", "天然气燃气供应中断", "燃气供应"),
        ("城乡建设/住房保障与房地产", "物业服务太差", "物业服务"),
        ("城乡建设/住房保障与房地产", "今天天气不错", None),
        ("没有/这个", "物业服务", None),
    ],
)
def test_matter_by_the_words_of_its_name(scheme: Scheme, topic: str, text: str, matter: str | None) -> None:
    assert MatterNames(scheme).of(topic, text) == matter
