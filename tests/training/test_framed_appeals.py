"""Greetings, asides and thanks around an appeal change no label and lose no word of it."""

from __future__ import annotations

import pytest

from appealnlp_training.frames import Frames
from appealnlp_training.records import Record

TEXT = "小区门口的路灯坏了半个月，晚上看不见路。"


def record(number: int, title: str = "幸福小区路灯不亮") -> Record:
    return Record(f"r{number}", f"g{number}", "read", title, TEXT, type="request", department="urban_management",
                  entities=[["ADDR", "幸福小区"], ["TIME", "半个月"]])  # fmt: skip


def test_a_frame_keeps_every_word_and_label() -> None:
    for number in range(200):
        framed = Frames(3).of_record(record(number))
        assert TEXT in framed.text
        assert (framed.type, framed.department, framed.group) == ("request", "urban_management", f"g{number}")
        assert all(words in framed.content for _, words in framed.entities)
        assert (["ADDR", "幸福小区"] in framed.entities) == bool(framed.title)


def test_frames_differ_and_some_have_no_title() -> None:
    framed = [Frames(3).of_record(record(number)) for number in range(200)]
    assert len({item.text for item in framed}) > 100
    assert 0.3 < sum(not item.title for item in framed) / 200 < 0.7


def test_the_same_record_gets_the_same_frame() -> None:
    assert Frames(3).of_record(record(1)) == Frames(3).of_record(record(1))
    assert Frames(3).of_record(record(1)) != Frames(4).of_record(record(1))


@pytest.mark.parametrize("text", ["停水", "漏水了"])
def test_a_text_that_says_little_keeps_its_title(text: str) -> None:
    short = [Record(f"s{i}", "g", "read", "三楼漏水", text) for i in range(50)]
    assert all(Frames(1).of_record(item).title for item in short)


def urgent(number: int, text: str = "路口刚塌了一个大坑，打过两次12345。") -> Record:
    return Record(
        f"u{number}", "g", "read", "路面塌了", text, type="request", department="urban_management", urgency="urgent",
        urgency_evidence=["刚塌了一个大坑"], flags={"repeat": "打过两次12345"},
    )  # fmt: skip


def test_a_call_brings_the_title_alone_the_text_alone_or_a_frame() -> None:
    called = [Frames(3).as_called(urgent(number)) for number in range(200)]
    alone = [item for item in called if item.text == "路面塌了"]
    bare = [item for item in called if item.content == urgent(0).text]
    assert 20 < len(alone) < 80
    assert 20 < len(bare) < 110
    assert all(not item.title for item in [*alone, *bare])
    assert len({item.text for item in called}) > 50


def test_what_is_left_out_shows_no_flag_and_teaches_no_level() -> None:
    for number in range(50):
        item = Frames(3).as_called(urgent(number))
        if item.text == "路面塌了":
            assert (item.flags, item.urgency) == ({}, None)
        else:
            assert (item.flags, item.urgency) == ({"repeat": "打过两次12345"}, "urgent")
        assert (item.type, item.department) == ("request", "urban_management")


def test_a_level_that_needs_no_evidence_stays() -> None:
    asked = Record("n", "g", "read", "问路灯", "幸福路路灯几点开？", type="consult", urgency="low", department="water")
    assert all(Frames(seed).as_called(asked).urgency == "low" for seed in range(20))


def test_a_text_that_says_nothing_without_its_title_is_not_called_in_alone() -> None:
    called = [Frames(3).as_called(urgent(number, "如题。")) for number in range(100)]
    assert all("路面塌了" in item.content for item in called)
