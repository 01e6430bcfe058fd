from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from appealnlp.evidence import load_finder
from appealnlp.evidence.loader import load_rules

FOLDER = Path(__file__).parent
EXAMPLES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "rule_examples.yaml").read_text("utf-8"))
PAIRS: list[dict[str, Any]] = yaml.safe_load((FOLDER / "critical_pairs.yaml").read_text("utf-8"))


def identity(example: dict[str, Any]) -> str:
    return f"{example.get('rule') or 'not ' + str(example['silent'])}-{example['text'][:8]}"


@pytest.mark.parametrize("example", [row for row in EXAMPLES if "rule" in row], ids=identity)
def test_rule_is_found_with_its_status(example: dict[str, Any]) -> None:
    found = [hit.status for hit in load_finder().find(example["text"]) if hit.rule == example["rule"]]
    wanted = example.get("status", "present")
    assert (wanted in found) if wanted else not found


@pytest.mark.parametrize("example", [row for row in EXAMPLES if "silent" in row], ids=identity)
def test_label_is_not_decided(example: dict[str, Any]) -> None:
    hits = load_finder().find(example["text"])
    assert not [hit for hit in hits if hit.label == example["silent"] and hit.decides]


def test_every_deciding_rule_has_an_example() -> None:
    texts = [row["text"] for row in EXAMPLES] + [pair["now"] for pair in PAIRS]
    seen = {hit.rule for text in texts for hit in load_finder().find(text)}
    assert {rule.id for rule in load_finder().book.rules if rule.strength == "strong"} <= seen


def test_shipped_rules_pass_the_full_check() -> None:
    assert load_rules() == load_finder().book


def test_rules_use_only_codes_of_the_scheme(shared: Path) -> None:
    scheme = yaml.safe_load((shared / "schemes" / "labels.yaml").read_text("utf-8"))
    book = load_rules(labels={"flag": scheme["flags"], "urgency": scheme["urgency"]})
    shown = {label.label for rule in book.rules for label in rule.shows}
    assert set(scheme["flags"]) <= shown
    assert {"critical", "urgent"} <= shown


def test_every_critical_rule_hands_off() -> None:
    critical = [
        rule
        for rule in load_finder().book.rules
        if rule.strength == "strong" and any(shown.label == "critical" for shown in rule.shows)
    ]
    assert {rule.handoff for rule in critical} == {"110", "119", "120", "122"}
