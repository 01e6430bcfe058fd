"""The pairs that were read: their form, their halves, and the figure that the shipped judge must keep."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
KINDS = {"resent", "own_words", "same_place", "same_kind", "same_writer", "other", "unsure"}
FLOOR = 0.8
"""Of F1 on the reported half; the figure itself is printed by measure.py."""


@pytest.fixture(scope="module")
def rows():
    with (ROOT / "corpora" / "matters" / "pairs.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_form(rows):
    assert all(
        set(row) == {"a", "b", "same", "kind", "reason", "family", "half", "digest_a", "digest_b"} for row in rows
    )
    assert {row["kind"] for row in rows} == KINDS
    assert all((row["same"] is None) == (row["kind"] == "unsure") for row in rows)
    assert all(row["same"] is True for row in rows if row["kind"] in ("resent", "own_words"))
    assert len({(row["a"], row["b"]) for row in rows}) == len(rows)
    assert all(row["a"] < row["b"] for row in rows)
    assert all(row["reason"].isascii() for row in rows)  # no text of an appeal


def test_enough_pairs_and_hard_ones(rows):
    decided = [row for row in rows if row["same"] is not None]
    hard = [row for row in decided if row["kind"] in ("same_place", "same_kind", "same_writer")]
    assert len(decided) >= 420
    assert len(hard) >= 200


def test_no_family_and_no_appeal_is_in_both_halves(rows):
    for key in ("family", "a", "b"):
        halves = {half: {row[key] for row in rows if row["half"] == half} for half in ("tuning", "reported")}
        assert not halves["tuning"] & halves["reported"], key
    named = {half: {row[end] for row in rows if row["half"] == half for end in "ab"} for half in ("tuning", "reported")}
    assert not named["tuning"] & named["reported"]
    assert min(Counter(row["half"] for row in rows).values()) > 200


def test_no_near_duplicate_group_is_in_both_halves(rows, shared):
    with (shared / "data" / "appeals" / "messages_likes.jsonl").open(encoding="utf-8") as lines:
        appeals = {row["id"]: row for row in map(json.loads, lines)}
    groups = {half: {appeals[row[end]]["group"] for row in rows if row["half"] == half for end in "ab"}
              for half in ("tuning", "reported")}  # fmt: skip
    assert not groups["tuning"] & groups["reported"]
    for row in rows:
        text = f"{appeals[row['a']]['title']}\n{appeals[row['a']]['text']}"
        assert hashlib.sha256(text.encode()).hexdigest()[:16] == row["digest_a"]


@pytest.mark.slow
def test_the_reported_half(shared):
    from appealnlp.matters.judge import load_judge
    from appealnlp.matters.links import Span, find_links, matters, time_order
    from appealnlp_training.matters.judge import f1
    from appealnlp_training.matters.pairs import read_pairs

    path = shared / "data" / "appeals" / "messages_likes.jsonl"
    pairs, measures, times = read_pairs(ROOT / "corpora" / "matters" / "pairs.jsonl", path, "reported")
    order = time_order(times)
    groups = matters(len(order), find_links(measures, order, load_judge(), Span(times)), order)
    found = np.asarray(groups[pairs.first] == groups[pairs.second])
    assert f1(pairs.same, found) >= FLOOR
