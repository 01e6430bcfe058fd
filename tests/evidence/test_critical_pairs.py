from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from appealnlp.evidence import Evidence, load_finder

PAIRS: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("critical_pairs.yaml").read_text("utf-8"))


def critical(text: str) -> list[Evidence]:
    return [hit for hit in load_finder().find(text) if hit.label == "critical" and hit.decides]


def test_there_are_at_least_a_hundred_pairs() -> None:
    assert len(PAIRS) >= 100
    assert {pair["why"] for pair in PAIRS} == {"denied", "past", "supposed", "asked"}


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: str(pair["now"])[:12])
def test_danger_now_is_critical_and_handed_off(pair: dict[str, Any]) -> None:
    hits = critical(pair["now"])
    assert {hit.handoff for hit in hits} & set(pair["handoff"].split("|"))
    assert all(pair["now"][hit.start : hit.end].strip() for hit in hits)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: str(pair["twin"])[:12])
def test_its_twin_is_not_critical(pair: dict[str, Any]) -> None:
    assert critical(pair["twin"]) == []
