"""Disagreements that were settled in writing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from appealnlp.errors import TableError
from appealnlp.schemes import shipped
from appealnlp_training.records import Record, read_lines
from appealnlp_training.settled import FIELDS, read_settled, settle

SETTLED = Path(__file__).resolve().parents[2] / "corpora" / "labels" / "settled.jsonl"
RECORD = Record(
    "x-1", "g", "read", "停水", "家里停水两天，老人喝不上水", type="request", target="none", department="water",
    department_also=["housing"], flags={"supply_cut": "停水", "repeat": "两天"},
)  # fmt: skip


def test_a_decision_replaces_the_first_reading() -> None:
    decided = settle(RECORD, [("type", "complaint"), ("department", "water_supply"), ("headcount", 3)])
    assert (decided.type, decided.department, decided.headcount) == ("complaint", "water_supply", 3)
    assert decided.department_also == ["water", "housing"]


def test_the_second_defensible_type_follows_the_first() -> None:
    doubted = replace(RECORD, type="request", type_alt="complaint")
    assert settle(doubted, [("type", "complaint")]).type_alt is None
    assert settle(doubted, [("type", "request")]).type_alt == "complaint"
    both = settle(doubted, [("type", "complaint"), ("type_alt", "request")])
    assert (both.type, both.type_alt) == ("complaint", "request")


def test_flags_are_added_and_dropped() -> None:
    start = RECORD.content.index("老人")
    decided = settle(RECORD, [("flags", {"add": {"vulnerable": [start, start + 2]}, "drop": ["repeat"]})])
    assert decided.flags == {"supply_cut": "停水", "vulnerable": "老人"}


def test_nothing_settled_changes_nothing(tmp_path: Path) -> None:
    assert settle(RECORD, ()) is RECORD
    assert read_settled(tmp_path / "none.jsonl") == {}


def test_an_unknown_field_is_named(tmp_path: Path) -> None:
    path = tmp_path / "settled.jsonl"
    path.write_text(json.dumps({"id": "x-1", "field": "mood", "value": 1, "reason": "-"}), "utf-8")
    with pytest.raises(TableError, match=r"settled\.jsonl:1: unknown field 'mood'; use one of type"):
        read_settled(path)


def test_every_decision_of_the_corpus_is_sound() -> None:
    scheme = shipped()
    keys = set()
    for _, row in read_lines(SETTLED):
        keys.add((row["id"], row["field"]))
        assert row["field"] in FIELDS
        assert len(row["reason"]) > 20
        if row["field"] == "flags":
            assert {*row["value"]["add"], *row["value"]["drop"]} <= set(scheme.labels("flags"))
        elif row["field"] != "headcount":
            assert row["value"] in scheme.labels(row["field"].removesuffix("_alt"))
    assert len(keys) == sum(1 for _ in read_lines(SETTLED)) > 380


def test_a_second_type_is_decided_after_the_first_and_differs() -> None:
    for decisions in read_settled(SETTLED).values():
        fields = [field for field, _ in decisions]
        if "type_alt" in fields:
            assert "type" in fields[: fields.index("type_alt")]
            assert dict(decisions)["type_alt"] != dict(decisions)["type"]
