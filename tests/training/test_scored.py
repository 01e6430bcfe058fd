"""Rows that neither tier was fitted on: those of citizens apart from our own, which give rare levels a threshold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from appealnlp.classify.mix import Share
from appealnlp.classify.store import Decisions
from appealnlp.schemes import shipped
from appealnlp_training.combine import thresholds_of
from appealnlp_training.readings import reading_of
from appealnlp_training.records import LABELS, Record
from appealnlp_training.scored import Scored

LEVELS = ("critical", "urgent", "normal", "low")
SETTINGS = {"urgent_precision": 0.7, "review_precision": 0.9, "department_coverage": 0.95}
ALONE = Decisions({"critical": 0.3}, {}, frozenset(), {}, department_set=0.9, no_appeal=0.3, support=0.15)


def record(number: int, origin: str, urgency: str) -> Record:
    return Record(
        f"{origin}{number}", f"{origin}{number}", origin, "", f"第{number}件事", type="complaint", target="none",
        topic="a/b", urgency=urgency, department="water",
    )  # fmt: skip


def scored_of(records: list[Record], chances: list[float]) -> Scored:
    """Both tiers say the same: critical by ``chances``, all else normal, every other head its only true class."""
    critical = np.array(chances)
    levels = np.log(np.stack([critical, np.full(len(chances), 1e-4), 1 - critical, np.full(len(chances), 1e-4)], 1))
    classes = {"type": ("complaint", "other"), "target": ("none", "person"), "topic": ("a/b", "c/d"),
               "department": ("water", "other"), "flags": tuple(shipped().flags)}  # fmt: skip
    sure = {name: np.tile(np.array([4.0, -4.0], np.float32), (len(records), 1)) for name in LABELS}
    sure["flags"] = np.full((len(records), len(classes["flags"])), -4.0, np.float32)
    logits = {**sure, "urgency": levels.astype(np.float32)}
    return Scored(records, {**classes, "urgency": LEVELS}, logits, logits)


def test_rows_of_citizens_stand_apart() -> None:
    records = [record(1, "own", "normal"), record(2, "read", "normal"), record(3, "gold", "low")]
    scored = scored_of(records, [0.9, 0.2, 0.1])
    public = scored.public()
    assert [item.id for item in public.records] == ["read2", "gold3"]
    np.testing.assert_array_equal(public.linear["urgency"], scored.linear["urgency"][1:])
    np.testing.assert_array_equal(public.encoder["flags"], scored.encoder["flags"][1:])


def test_our_own_give_the_gravest_level_its_threshold_where_the_public_rows_hardly_hold_it() -> None:
    public = [record(number, "read", "normal") for number in range(60)]
    own = [record(number, "own", "critical" if number < 40 else "normal") for number in range(80)]
    shares = {name: Share(0.5, 0.5) for name in (*LABELS, "flags")}
    scored = scored_of([*public, *own], [0.01] * 60 + [0.3] * 40 + [0.05] * 40)
    with_own = thresholds_of(scored, shares, shipped(), SETTINGS, ALONE)
    assert 0.05 <= with_own.urgency["critical"] <= 0.3
    without = thresholds_of(scored.public(), shares, shipped(), SETTINGS, ALONE)
    assert without.urgency["critical"] == 0.5  # likelier than not: those rows cannot tell


def test_no_appeal_asks_for_more_than_half_whatever_the_rows_say() -> None:
    rows = scored_of([record(number, "read", "normal") for number in range(60)], [0.01] * 60)
    shares = {name: Share(0.5, 0.5) for name in (*LABELS, "flags")}
    assert thresholds_of(rows, shares, shipped(), SETTINGS, replace(ALONE, no_appeal=0.7)).no_appeal == 0.7
    assert thresholds_of(rows, shares, shipped(), SETTINGS, ALONE).no_appeal == 0.5


def test_a_moderate_sign_decides_from_where_half_of_them_are_right() -> None:
    def own(number: int, urgency: str) -> Record:
        return replace(record(number, "own", urgency), text=f"{number}号楼上有人刚才打我，现在不敢开门。")

    rows = [own(number, "critical" if number < 30 else "normal") for number in range(90)]
    assert all("urgency=critical" in reading_of(row).rules for row in rows[:3])
    shares = {name: Share(0.5, 0.5) for name in (*LABELS, "flags")}
    chances = [0.7] * 30 + [0.5] * 20 + [0.4] * 40
    found = thresholds_of(scored_of(rows, chances), shares, shipped(), SETTINGS, ALONE).support
    assert found == pytest.approx(0.41, abs=0.015)
    few = thresholds_of(scored_of(rows[20:], chances[20:]), shares, shipped(), SETTINGS, ALONE).support
    assert few == ALONE.support


def test_a_moderate_sign_is_supported_by_either_tier() -> None:
    rows = [replace(record(number, "own", "critical" if number < 30 else "normal"),
                    text=f"{number}号楼上有人刚才打我，现在不敢开门。") for number in range(80)]  # fmt: skip
    shares = {name: Share(0.5, 0.5) for name in (*LABELS, "flags")}
    alike = scored_of(rows, [0.3] * 30 + [0.1] * 50)
    doubted = {**alike.encoder, "urgency": np.full_like(alike.encoder["urgency"], -9.0)}
    doubted["urgency"][:, 2] = 0.0  # the other tier finds all of them normal
    found = thresholds_of(replace(alike, encoder=doubted), shares, shipped(), SETTINGS, ALONE).support
    assert found == pytest.approx(0.11, abs=0.02)  # what the linear tier says alone counts
