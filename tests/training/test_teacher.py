"""Soft labels: what counts of a model's probabilities, and which records get them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from appealnlp_training.data import softened
from appealnlp_training.readings import reading_of
from appealnlp_training.records import Record, read_records, write_records
from appealnlp_training.teacher import LEAST, shares_of, soft_labels

CONFIG = {"weights": {"soft": 0.4}}


@dataclass(frozen=True)
class Said:
    scores: dict[str, dict[str, float]]


def test_rare_classes_are_left_out_and_the_others_sum_up_to_one() -> None:
    found = shares_of({"a": 0.6, "b": 0.38, "c": 0.02}, single=False)
    assert found == {"a": pytest.approx(0.6122, abs=1e-4), "b": pytest.approx(0.3878, abs=1e-4)}


def test_yes_or_no_classes_keep_their_probabilities() -> None:
    assert shares_of({"a": 0.6, "b": LEAST, "c": 0.001}, single=True) == {"a": 0.6, "b": LEAST}


def test_a_record_gets_every_head() -> None:
    asked = []

    def analyzer(appeal: dict[str, str]) -> Said:
        asked.append(appeal)
        return Said({"type": {"complaint": 0.9, "praise": 0.1}, "flags": {"group": 0.7}})

    record = Record("1", "g", "published", "停水", "停水三天了")
    assert soft_labels(analyzer, record) == {"type": {"complaint": 0.9, "praise": 0.1}, "flags": {"group": 0.7}}  # type: ignore[arg-type]
    assert asked == [{"title": "停水", "text": "停水三天了"}]


def test_soft_labels_survive_the_file_and_teach_with_their_weight(tmp_path: Path) -> None:
    soft = {"type": {"complaint": 0.75, "request": 0.25}, "flags": {"group": 0.7}}
    write_records(tmp_path / "r.jsonl", [Record("1", "g", "published", "", "停水三天了", soft=soft)])
    records = read_records(tmp_path / "r.jsonl")
    (example,) = softened(records, [reading_of(records[0])], CONFIG)
    assert example.labels == {"type": [("complaint", 1.0)]}  # flags are no head of shares
    assert (example.weight, example.record) == (0.4, None)


def test_what_somebody_read_is_taught_by_its_labels_alone() -> None:
    read = Record("1", "g", "read", "", "停水三天了", type="complaint", department="water_supply",
                  soft={"type": {"request": 1.0}})  # fmt: skip
    assert softened([read], [reading_of(read)], CONFIG) == []
