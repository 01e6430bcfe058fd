"""Replay: the same bytes again, keyed hashes that link nobody without the key, and words for every difference."""

from __future__ import annotations

import copy
import hashlib
import json
from datetime import datetime
from pathlib import Path

import pytest

import appealnlp
from appealnlp import Appeal, InputError
from appealnlp.batch import ReadOptions
from appealnlp.console.replay import replay_table
from appealnlp.replay import Marks, canonical, differences, digest_files, find_key, key_name

KEY = b"0123456789abcdef0123456789abcdef"
APPEAL = Appeal("城关镇新桥村通村路塌了一段，请求修复。", "道路塌方", datetime(2026, 3, 2, 9), "610922", "7")
HEX = set("0123456789abcdef")


@pytest.fixture(scope="module")
def plain() -> appealnlp.Analyzer:
    return appealnlp.load()


@pytest.fixture(scope="module")
def keyed() -> appealnlp.Analyzer:
    return appealnlp.load(replay_key=KEY)


def test_an_analysis_comes_out_again_to_the_byte(plain: appealnlp.Analyzer) -> None:
    record = json.loads(json.dumps(plain(APPEAL).to_dict()))
    assert plain.replay(APPEAL, record) == ()
    assert canonical(plain(APPEAL).to_dict()) == canonical(record)
    assert plain.replay(APPEAL, plain(APPEAL).to_dict(scores=True)) == ()


def test_without_a_key_nothing_of_the_text_is_hashed(plain: appealnlp.Analyzer) -> None:
    replay = plain(APPEAL).replay
    assert not {"text_hash", "key"} & replay.keys()
    for name in ("model_hash", "scheme_hash", "rules_hash", "policy_hash"):
        assert len(replay[name]) == 16
        assert set(replay[name]) <= HEX


def test_with_a_key_the_hash_is_keyed(keyed: appealnlp.Analyzer) -> None:
    replay = keyed(APPEAL).replay
    assert replay["key"] == key_name(KEY)
    assert replay["text_hash"] != hashlib.sha256(APPEAL.text.encode()).hexdigest()
    assert replay["text_hash"] == keyed(APPEAL).replay["text_hash"]
    assert keyed.replay(APPEAL, keyed(APPEAL).to_dict()) == ()


@pytest.mark.parametrize(
    "other",
    [
        Appeal(APPEAL.text, None, APPEAL.received_at, APPEAL.area),
        Appeal(APPEAL.text, APPEAL.title, datetime(2026, 3, 3), APPEAL.area),
        Appeal(APPEAL.text, APPEAL.title, APPEAL.received_at, None),
        Appeal(APPEAL.text + "。", APPEAL.title, APPEAL.received_at, APPEAL.area),
    ],
)
def test_all_that_went_in_is_hashed_but_the_id(other: Appeal) -> None:
    marks = Marks({}, KEY)
    assert marks.of(other) != marks.of(APPEAL)
    same = Appeal(APPEAL.text, APPEAL.title, APPEAL.received_at, APPEAL.area, "another id")
    assert marks.of(same) == marks.of(APPEAL)


def test_parts_cannot_be_shifted_into_each_other() -> None:
    marks = Marks({}, KEY)
    assert marks.of(Appeal("丙", "甲乙")) != marks.of(Appeal("乙丙", "甲"))


def test_another_text_or_another_policy_is_told(keyed: appealnlp.Analyzer) -> None:
    record = keyed(APPEAL).to_dict()
    assert "replay.text_hash" in keyed.replay(Appeal(APPEAL.text + "！", APPEAL.title, APPEAL.received_at), record)
    changed = copy.deepcopy(record)
    changed["replay"]["policy_hash"] = "0" * 16
    changed["route"]["status"] = "dispatched!"
    assert set(keyed.replay(APPEAL, changed)) == {"replay.policy_hash", "route.status"}


def test_a_missing_or_another_key_is_told(plain: appealnlp.Analyzer, keyed: appealnlp.Analyzer) -> None:
    record = keyed(APPEAL).to_dict()
    (said,) = plain.replay(APPEAL, record)
    assert key_name(KEY) in said
    assert differences(record, plain(APPEAL).to_dict(), KEY) == ()  # made without a key: nothing to check


def test_where_the_key_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("APPEALNLP_REPLAY_KEY", raising=False)
    monkeypatch.delenv("APPEALNLP_REPLAY_KEY_FILE", raising=False)
    assert find_key() is None
    assert find_key(KEY) == KEY
    file = tmp_path / "key"
    file.write_bytes(KEY + b"\n")
    assert find_key(file) == KEY
    monkeypatch.setenv("APPEALNLP_REPLAY_KEY", "another key of enough bytes")
    assert find_key() == b"another key of enough bytes"
    monkeypatch.setenv("APPEALNLP_REPLAY_KEY_FILE", str(file))
    assert find_key() == KEY
    assert find_key("random") == find_key("random") != KEY


@pytest.mark.parametrize("given", [b"short", "no such file"])
def test_a_bad_key_is_refused_and_never_shown(given: bytes | str) -> None:
    with pytest.raises(InputError) as refused:
        find_key(given)
    assert "short" not in str(refused.value)


def test_a_key_shows_nowhere() -> None:
    assert KEY.decode() not in repr(Marks({}, KEY))


def test_digests_follow_the_contents(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("1")
    before = digest_files(tmp_path.iterdir())
    (tmp_path / "a.yaml").write_text("2")
    assert digest_files(tmp_path.iterdir()) != before


def test_a_tagged_table_is_replayed(plain: appealnlp.Analyzer, tmp_path: Path) -> None:
    table, out = tmp_path / "in.csv", tmp_path / "out.jsonl"
    table.write_text("编号,诉求内容\n1,路灯坏了\n2,\n3,建议加一趟班车\n", "utf-8")
    records = [
        {"id": n, "analysis": plain(Appeal(text)).to_dict()} for n, text in (("1", "路灯坏了"), ("3", "建议加一趟班车"))
    ]
    out.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    found = replay_table(str(table), out, {}, ReadOptions(), plain.replay)
    assert (found.same, found.differing, found.missing) == (2, [], 0)
    records[1]["analysis"]["headcount"] = 9
    out.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    found = replay_table(str(table), out, {}, ReadOptions(), plain.replay)
    assert (found.same, found.differing) == (1, [(4, ("headcount",))])
    out.write_text("{}\n", "utf-8")
    with pytest.raises(InputError, match="no record"):
        replay_table(str(table), out, {}, ReadOptions(), plain.replay)
