from __future__ import annotations

from pathlib import Path

import pytest

from appealnlp.entities.loader import DATA, PatternFile, read_words
from appealnlp.entities.persons import load_persons
from appealnlp.errors import SchemeError

GOOD = "- {id: a, label: TIME, triggers: [年], regex: '[0-9]{4}年'}"


def load(tmp_path: Path, row: str, head: str = "numerals: '01'\nfragments: {d: '[0-9]'}\n") -> PatternFile:
    path = tmp_path / "patterns.yaml"
    path.write_text(f"{head}patterns:\n  {row}\n", "utf-8")
    return PatternFile(path, frozenset({"TIME"}))


def test_reads_a_pattern(tmp_path: Path) -> None:
    row = "- {id: a, label: TIME, tails: [年], pairs: ['ab', '-'], but: '1', regex: '%d%{4}%trigger%'}"
    (pattern,) = load(tmp_path, row).read()
    assert pattern.triggers == ("0年", "a-", "b-")
    assert pattern.regex == "[0-9]{4}%trigger%".replace("%trigger%", "(?:)")


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("- {id: a, label: TIME, triggers: [年], regex: '[0-9]+年'}", "unbounded repeat"),
        ("- {id: a, label: TIME, triggers: [年], regex: '[0-9]{4,}年'}", "unbounded repeat"),
        ("- {id: a, label: TIME, triggers: [年], regex: '%x%年'}", "unknown fragment 'x'"),
        ("- {id: a, label: TIME, triggers: [年], regex: '(年'}", "not a regular expression"),
        ("- {id: a, label: WHEN, triggers: [年], regex: 年}", "unknown label 'WHEN'"),
        ("- {id: a, label: TIME, regex: 年}", "no trigger"),
        ("- {id: a, label: TIME, triggers: [年], regex: 年, check: moon}", "unknown check 'moon'"),
        ("- {id: a, label: TIME, triggers: [年], regex: 年, colour: red}", "unknown field 'colour'"),
        ("- {id: a, label: TIME, triggers: 年, regex: 年}", "expected a list of words"),
        ("- {id: a, label: TIME, triggers: [年], regex: 年, left: x}", "expected a number"),
        ("- {label: TIME, triggers: [年], regex: 年}", "expected text"),
        ("- 5", "expected a mapping"),
        (f"{GOOD}\n  {GOOD}", "stands twice"),
    ],
)
def test_names_file_and_line_of_a_fault(tmp_path: Path, row: str, problem: str) -> None:
    with pytest.raises(SchemeError) as caught:
        load(tmp_path, row).read()
    assert problem in str(caught.value)
    assert caught.value.line is not None
    assert caught.value.file.endswith("patterns.yaml")


def test_a_file_without_patterns(tmp_path: Path) -> None:
    path = tmp_path / "patterns.yaml"
    path.write_text("version: '1'\n", "utf-8")
    with pytest.raises(SchemeError, match="list of patterns"):
        PatternFile(path)


def test_word_files(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("# note\n甲 乙\n丙\nRARE\n丁\n", "utf-8")
    assert read_words(path) == {"": ("甲", "乙", "丙"), "RARE": ("丁",)}
    with pytest.raises(SchemeError):
        read_words(tmp_path / "absent.txt")


def test_persons_file_with_a_fault(tmp_path: Path) -> None:
    for path in DATA.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    broken = tmp_path / "persons.yaml"
    broken.write_text(broken.read_text("utf-8").replace("titles: [", "titles: none\nrest: [", 1), "utf-8")
    with pytest.raises(SchemeError, match="titles"):
        load_persons(tmp_path)
