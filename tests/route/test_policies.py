"""Policy files: those that ship are sound; a wrong one names file, line, value and remedy."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from appealnlp.errors import InputError, SchemeError
from appealnlp.route import Router, load_policy, shipped_policies
from appealnlp.route.files import POLICIES, SETTINGS
from appealnlp.route.lint import lint_policies
from appealnlp.route.policy import SECTIONS
from appealnlp.schemes import shipped
from route.conftest import facts

Write = Callable[..., Path]


def test_the_shipped_policies() -> None:
    names = {"default", "foshan", "huizhou", "shiquan", "ruoqiang", "hunan", "beijing", "shandong"}
    assert set(shipped_policies()) == names
    assert lint_policies(POLICIES) == []


@pytest.mark.parametrize("name", shipped_policies())
def test_each_loads_by_name_and_by_path(name: str) -> None:
    by_name, by_path = load_policy(name), load_policy(POLICIES / f"{name}.yaml")
    assert (by_name.code, by_name.version) == (by_path.code, by_path.version)
    assert load_policy(name) is by_name


@pytest.mark.parametrize("name", ["atlantis", "a/b", "", "no/such.yml"])
def test_an_unknown_policy(name: str) -> None:
    with pytest.raises((InputError, SchemeError), match=r"unknown policy|missing"):
        load_policy(name)


WRONG = [
    ("hints: [{id: x, text: y, when: {type: [nonsense]}}]", r"own.yaml:4: hints.0.when.type: unknown type 'nonsense'"),
    ("hints: [{id: x, text: y, when: {topic: [天文/观星]}}]", "unknown topic '天文/观星'; use a path of topics.yaml"),
    ("co: [{id: nobody}]", "co.0.id: unknown unit 'nobody'"),
    ("hints: [{id: x}]", "hints.0.text: must be text"),
    ("hints: [{id: x, text: y, colour: red}]", "unknown key 'colour'"),
    ("hints: [{id: x, text: y, when: {mood: [bad]}}]", "unknown field 'mood'"),
    ("hints: [{id: x, text: y, when: {words: [<nowhere>]}}]", "unknown word list <nowhere>"),
    ("hints: [{id: x, text: y, when: {season: soon}}]", "no season 'soon'; write '11-15..03-15'"),
    ("hints: [{id: x, text: y, when: {season: '13-01..14-01'}}]", "months are 01 to 12"),
    ("hints: [{id: x, text: y, when: {headcount_from: many}}]", "must be a number from 0, found 'many'"),
    ("hints: {}", "must be a list of rows"),
    ("level: [{id: moon}]", "unknown level 'moon'"),
    ("gravity: [{id: enormous}]", "unknown gravity 'enormous'"),
    ("deadlines: [{id: a, within: soon}]", "time limit 'soon' is not understood"),
    ("deadlines: [{id: a, within: 2 hours, extension: long}]", "extension"),
    ("timezone: Mars/Olympus", "unknown time zone 'Mars/Olympus'"),
    ("calendar: {unknown: guess}", "unknown 'guess'; use one of none, error, weekdays"),
    ("calendar: {file: gone.csv}", "gone.csv: cannot be read"),
    ("units: [gone.csv]", "gone.csv: file is missing"),
    ("areas: gone.csv", "gone.csv: file is missing"),
    ("crosswalk: mars", "unknown crosswalk 'mars'"),
    ("fallback: {unit: nobody, below: 0.2}", "unknown unit 'nobody'"),
    ("territory: {unit: nobody}", "unknown unit 'nobody'"),
    ("short_names: {甲局: 乙局}", "'乙局' is no former name"),
    ("labels: {place: [PLANET], sum: [MONEY], count: [COUNT]}", "unknown entity 'PLANET'"),
    ("surprise: 1", "unknown section 'surprise'"),
    ("joint: {ratio: 1, least: x, several: 0}", "joint.least: must be a number"),
]


@pytest.mark.parametrize(
    ("body", "words"), WRONG, ids=[body.split(":")[0] + str(i) for i, (body, _) in enumerate(WRONG)]
)
def test_what_is_wrong_is_named(policy_file: Write, body: str, words: str) -> None:
    with pytest.raises((SchemeError, InputError)) as caught:
        load_policy(policy_file(body + "\n"))
    assert re.search(words, str(caught.value)), caught.value
    assert "; " in str(caught.value)


def test_broken_yaml_and_circles(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("version: 1\nname: [", "utf-8")
    with pytest.raises(SchemeError, match=r"a.yaml:[23]"):
        load_policy(tmp_path / "a.yaml")
    (tmp_path / "b.yaml").write_text('version: "1"\nname: b\nextends: c\n', "utf-8")
    (tmp_path / "c.yaml").write_text('version: "1"\nname: c\nextends: b\n', "utf-8")
    with pytest.raises(SchemeError, match="extends itself"):
        load_policy(tmp_path / "b.yaml")
    (tmp_path / "d.yaml").write_text('version: "1"\nname: d\nextends: nowhere\n', "utf-8")
    with pytest.raises(SchemeError, match=r"d.yaml:3: extends: unknown policy 'nowhere'"):
        load_policy(tmp_path / "d.yaml")


def test_rows_may_be_added_or_replaced(policy_file: Write) -> None:
    base = load_policy()
    more = load_policy(policy_file("hints+: [{id: first, text: 先看}]\n"))
    assert [row.code for row in more.rows["hints"]] == ["first", *(row.code for row in base.rows["hints"])]
    only = load_policy(policy_file("hints: [{id: only, text: 只看}]\n"))
    assert [row.code for row in only.rows["hints"]] == ["only"]


LINTS = [
    ("level: [{id: town}, {id: village, when: {type: [report]}}]", r"level.1: unreachable: 'village' never counts"),
    (
        "level: [{id: town, when: {type: [report, complaint]}}, {id: village, when: {type: [report]}}, {id: city}]",
        "level.1: unreachable",
    ),
    ("hints: [{id: x, text: y, when: {type: [report], not_type: [report]}}]", "hints.0: contradiction"),
    ("hints: [{id: x, text: y, when: {words: [水], not_words: [水]}}]", "hints.0: contradiction"),
    ("hints: [{id: x, text: y}, {id: x, text: z}]", "hints.1: 'x' stands twice"),
    ("deadlines: [{id: a, within: 2 hours, when: {urgency: [critical]}}]", "missing deadline: nothing is due for"),
    ("deadlines: [{id: a, within: 2 hours}, {id: b, within: 1 day, after: c}]", "after: unknown step 'c'"),
    ("deadlines: [{id: a, within: 2 hours}, {id: a, within: 1 day}]", "deadlines.1: unreachable"),
    (
        'handoff_otherwise: [{id: "110", when: {urgency: [critical], unit: [health]}}]',
        "nobody is called: no row holds for every appeal of urgency critical",
    ),
    ("co: [{id: nobody}]", "unknown unit 'nobody'"),
    (
        "notices: {types: [complaint], steps: [a], roles: [petitioner], blank: _, nobody: 无}",
        r"own.yaml:4: notices.roles: unknown role 'petitioner'; use one of .*writer",
    ),
]


@pytest.mark.parametrize(("body", "words"), LINTS, ids=[str(i) for i in range(len(LINTS))])
def test_lint_names_file_and_line(policy_file: Write, body: str, words: str) -> None:
    faults = [str(fault) for fault in lint_policies(policy_file(body + "\n").parent)]
    assert any(re.search(words, fault) and "own.yaml:4" in fault for fault in faults), faults


def test_lint_of_nothing(tmp_path: Path) -> None:
    assert "no policy files" in str(lint_policies(tmp_path)[0])
    assert "no policy files" in str(lint_policies(tmp_path / "gone")[0])


@pytest.mark.parametrize("key", sorted({*SECTIONS, *SETTINGS}))
@pytest.mark.parametrize("value", ["x", "[5]", "{a: 5}"])
def test_any_value_is_read_or_refused_in_words(policy_file: Write, key: str, value: str) -> None:
    said = ""
    try:
        load_policy(policy_file(f"{key}: {value}\n"))
    except (SchemeError, InputError) as error:
        said = str(error)
    assert not said or "; " in said


@pytest.mark.parametrize(
    "key", ["id", "name", "when", "because", "text", "kind", "weight", "within", "after", "extension"]
)
@pytest.mark.parametrize("value", ["5", "[]", "{any: 5}"])
def test_any_value_of_a_row_is_read_or_refused(policy_file: Write, key: str, value: str) -> None:
    rows = {"hints": "id: a, text: b", "deadlines": "id: a, within: 1 day", "mediation": "id: a", "duties": "id: tax"}
    for section, body in rows.items():
        kept = ", ".join(part for part in body.split(", ") if not part.startswith(f"{key}:"))
        said = ""
        try:
            policy = load_policy(policy_file(f"{section}: [{{{kept}, {key}: {value}}}]\n"))
            Router(shipped(), policy).answer(facts("路灯不亮"))
        except (SchemeError, InputError) as error:
            said = str(error)
        assert not said or "; " in said
