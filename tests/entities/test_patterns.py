from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from appealnlp.entities import load_recogniser

EXAMPLES: dict[str, dict[str, list[Any]]] = yaml.safe_load(
    Path(__file__).with_name("pattern_examples.yaml").read_text("utf-8")
)
PLACED = {"start", "end", "from", "to", "every"}
POSITIVE = [(rule, *example) for rule, examples in EXAMPLES.items() for example in examples["yes"]]
NEGATIVE = [(rule, text) for rule, examples in EXAMPLES.items() for text in examples["no"]]


@pytest.mark.parametrize("example", POSITIVE, ids=lambda example: f"{example[0]}-{example[1]}")
def test_finds(example: tuple[Any, ...]) -> None:
    rule, text, words = example[:3]
    hits = [item for item in load_recogniser().find(text) if item.text == words]
    assert [item.rule for item in hits] == [rule], load_recogniser().find(text)
    if len(example) > 3:
        value = hits[0].value
        # where a time lies is the matter of test_moments
        assert (value and {key: item for key, item in value.items() if key not in PLACED}) == example[3]


@pytest.mark.parametrize(("rule", "text"), NEGATIVE)
def test_stays_silent(rule: str, text: str) -> None:
    assert rule not in {item.rule for item in load_recogniser().find(text)}


def test_every_pattern_has_examples() -> None:
    assert set(EXAMPLES) == set(load_recogniser().patterns)
    assert all(examples["yes"] and examples["no"] for examples in EXAMPLES.values())
