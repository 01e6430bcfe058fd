from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from appealnlp.entities import load_recogniser

EXAMPLES: list[Any] = yaml.safe_load(Path(__file__).with_name("name_examples.yaml").read_text("utf-8"))


def found(text: str) -> list[list[str]]:
    entities = load_recogniser().find(text)
    return [[f"{item.label}:{item.subtype}" if item.subtype else item.label, item.text] for item in entities]


@pytest.mark.parametrize(("text", "expected"), EXAMPLES)
def test_names(text: str, expected: list[list[str]]) -> None:
    assert found(text) == expected


def test_departments_of_the_scheme_are_units() -> None:
    assert found("请退役军人事务局答复") == [["ORG:gov", "退役军人事务局"]]


def test_a_place_that_only_names_a_unit_is_no_place() -> None:
    assert found("A市公安局") == [["ORG:gov", "A市公安局"]]


def test_digits_without_an_initial_are_no_division() -> None:
    assert found("打12345市长电话") == []
