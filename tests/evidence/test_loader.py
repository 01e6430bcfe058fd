from __future__ import annotations

from pathlib import Path

import pytest

from appealnlp.errors import SchemeError
from appealnlp.evidence import EvidenceFinder
from appealnlp.evidence.loader import load_rules

BOOK = """\
version: "7.0.0"
clause_marks: "，。"
sentence_marks: "。"
reach: 30
limit: 2
tries: 9
contexts:
  denied: {status: denied, reach: 5, before: [没有]}
profiles:
  plain: [denied]
"""
WORDS = "liquid: [水, 油]\nleaks: [漏<liquid>, 渗]\n"
RULES = """\
defaults: {kind: flag, label: safety_hazard, contexts: plain}
rules:
  - id: one
    triggers: [<leaks>]
"""


def folder(tmp_path: Path, rules: str = RULES, book: str = BOOK, words: str = WORDS) -> Path:
    for name, content in (("book.yaml", book), ("words.yaml", words), ("some.yaml", rules)):
        (tmp_path / name).write_text(content, "utf-8")
    return tmp_path


def test_a_citys_own_rules_work(tmp_path: Path) -> None:
    finder = EvidenceFinder(load_rules(folder(tmp_path), {"flag": ["safety_hazard"], "urgency": []}))
    assert finder.version == "7.0.0"
    assert [(hit.rule, hit.start, hit.status) for hit in finder.find("楼上漏油，没有渗")] == [
        ("one", 2, "present"),
        ("one", 7, "denied"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  - id: one\n", "  - name: one\n", r"some\.yaml:3: rules\.0\.name: unknown field 'name'; use: "),
        ("kind: flag", "kind: mood", r"some\.yaml:\d+: .*unknown value 'mood'; use one of: flag, urgency"),
        ("label: safety_hazard", "label: danger", r"unknown flag 'danger'; use one of: safety_hazard"),
        ("contexts: plain", "contexts: never", r"unknown contexts 'never'; use one of: denied, plain"),
        ("<leaks>", "<gas>", r"some\.yaml:4: rules\.0\.triggers\.0: unknown word list <gas>"),
        ("[<leaks>]", "[12345]", r"some\.yaml:4: rules\.0\.triggers\.0: .*found 12345; write it in quotes"),
        ("[<leaks>]", "漏", r"some\.yaml:4: rules\.0\.triggers: expected a list of phrases"),
        ("[<leaks>]", "[]", r"no trigger phrase; name at least one literal"),
        ("[<leaks>]", "[漏]\n    pattern: '漏.*水'", r"some\.yaml:5: rules\.0\.pattern: repeat '\*' may take more"),
        ("[<leaks>]", "[漏]\n    pattern: '漏.+水'", r"repeat '\+' may take more"),
        ("[<leaks>]", "[漏]\n    pattern: '漏.{2,}水'", r"repeat '\{2,\}' may take more"),
        ("[<leaks>]", "[漏]\n    pattern: '(?:漏.{0,9}){0,9}水'", r"use \{m,n\}, on a group only when"),
        ("[<leaks>]", "[漏]\n    pattern: '(漏'", r"not a regular expression"),
        ("[<leaks>]", "[漏]\n    scope: page", r"unknown value 'page'; use one of: clause, sentence, text"),
        ("[<leaks>]", "[漏]\n    strength: huge", r"unknown value 'huge'; use one of: strong, moderate, weak"),
        ("[<leaks>]", "[漏]\n    requires: [水]", r"requires: expected a mapping of names"),
        ("[<leaks>]", "[漏]\n    forbids: {page: [水]}", r"forbids\.page: unknown value 'page'"),
        ("[<leaks>]", "[漏]\n    also: flag", r"also: expected a list"),
        ("[<leaks>]", "[漏]\n    also: [{kind: flag, label: odd}]", r"also\.0\.label: unknown flag 'odd'"),
        ("[<leaks>]", "[漏]\n  - id: one\n    triggers: [水]", r"some\.yaml:5: .*rule 'one' stands twice"),
        ("rules:\n  - id: one\n    triggers: [<leaks>]\n", "rules: none\n", r"rules: expected a list of rules"),
        ("defaults: {", "defaults: {{", r"some\.yaml:\d+: .*mend the YAML syntax"),
    ],
)
def test_a_wrong_rule_names_file_line_value_and_remedy(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in RULES
    with pytest.raises(SchemeError, match=message):
        load_rules(folder(tmp_path, RULES.replace(old, new)), {"flag": ["safety_hazard"], "urgency": []})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('version: "7.0.0"', "version: 7", r"book\.yaml:1: version: expected a non-empty string, found 7"),
        ("reach: 30", "reach: far", r"book\.yaml:4: reach: expected a positive whole number, found 'far'"),
        ("limit: 2", "limit: 0", r"limit: expected a positive whole number, found 0"),
        ("status: denied", "status: maybe", r"contexts\.denied\.status: unknown value 'maybe'"),
        ("[denied]", "[absent]", r"book\.yaml:10: profiles\.plain: unknown context 'absent'"),
    ],
)
def test_a_wrong_book_names_file_line_value_and_remedy(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in BOOK
    with pytest.raises(SchemeError, match=message):
        load_rules(folder(tmp_path, book=BOOK.replace(old, new)))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    (folder(tmp_path) / "words.yaml").unlink()
    with pytest.raises(SchemeError, match=r"words\.yaml: file is missing"):
        load_rules(tmp_path)


def test_word_lists_that_explode_are_refused(tmp_path: Path) -> None:
    words = "many: [" + ", ".join(f"w{number}" for number in range(100)) + "]\nmore: [<many><many>]\n"
    with pytest.raises(SchemeError, match=r"words\.yaml:2: more\.0: .*expands to 10000 phrases"):
        load_rules(folder(tmp_path, words=words))


def test_ids_are_unique_over_files(tmp_path: Path) -> None:
    (folder(tmp_path) / "other.yaml").write_text(RULES, "utf-8")
    with pytest.raises(SchemeError, match=r"some\.yaml:3: rules\.0\.id: rule 'one' stands twice"):
        load_rules(tmp_path)
