from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appealnlp.evidence import Evidence, EvidenceFinder, load_finder
from appealnlp.evidence.words import is_covered, lies_within

PHRASES = [
    "煤气泄漏",
    "停水",
    "多次",
    "反映",
    "12345",
    "没有",
    "如果",
    "去年",
    "业主",
    "200多户",
    "，",
    "。",
    "？",
    "😀",
    "x",
]
TEXTS = st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PHRASES), max_size=40).map("".join))


def hits(text: str, label: str) -> list[Evidence]:
    return [hit for hit in load_finder().find(text) if hit.label == label and hit.strength == "strong"]


def test_finder_is_built_once_and_knows_its_version() -> None:
    assert load_finder() is load_finder()
    assert load_finder().version.count(".") == 2


def test_nothing_in_nothing() -> None:
    assert load_finder().find("") == ()
    assert load_finder().find("今天天气不错") == ()


@pytest.mark.parametrize("lead", ["", "😀", "😀😀𠮷", "é" * 7, "（转）\n"])
def test_offsets_are_code_points(lead: str) -> None:
    text = f"{lead}楼道里煤气泄漏，快来人"
    found = hits(text, "critical")
    assert found
    assert "煤气泄漏" in text[found[0].start : found[0].end]


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_hits_lie_in_the_text_and_are_in_order(text: str) -> None:
    found = load_finder().find(text)
    assert all(0 <= hit.start < hit.end <= len(text) for hit in found)
    assert list(found) == sorted(found, key=lambda hit: (hit.start, hit.end))
    assert found == load_finder().find(text)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("我家天然气泄漏了", "present"),
        ("我家天然气没有泄漏", "denied"),
        ("我家天然气并未泄漏", "denied"),
        ("天然气泄漏的说法不属实", "denied"),
        ("去年我家天然气泄漏", "past"),
        ("天然气泄漏，现已修复，恢复了供应", "past"),
        ("万一天然气泄漏就麻烦了", "supposed"),
        ("担心天然气泄漏", "supposed"),
        ("天然气泄漏应急演练太吵", "supposed"),
        ("请问天然气泄漏打什么电话", "asked"),
        ("去年修过，现在天然气又泄漏了", "present"),
        ("没有人管，天然气还在泄漏", "present"),
        ("以前没事。天然气泄漏了，快来", "present"),
    ],
)
def test_status_after_the_context(text: str, status: str) -> None:
    assert {hit.status for hit in hits(text, "critical")} == {status}


def test_only_present_and_strong_decides() -> None:
    assert all(hit.decides for hit in hits("我家天然气泄漏了", "critical"))
    assert not any(hit.decides for hit in hits("我家天然气没有泄漏", "critical"))
    weak = [hit for hit in load_finder().find("这里有隐患") if hit.strength == "weak"]
    assert weak
    assert not any(hit.decides for hit in weak)


def test_whoever_tells_at_length_without_a_word_of_now_tells_of_what_is_over() -> None:
    story = "本人是某某小区的业主，购房时销售人员承诺小区环境优美。" * 6 + "小区地下车库起火了，好在没有人受伤。"
    assert [hit.status for hit in hits(story, "critical")] == ["past"]
    assert hits(story.replace("好在没有人受伤", "火势正在蔓延，快来"), "critical")[0].status == "present"


@pytest.mark.parametrize("mark", ["！", "!", "！！！！！！", "？！", "。"])
def test_tone_does_not_matter(mark: str) -> None:
    def shown(text: str) -> list[tuple[str, str]]:
        return [(hit.rule, hit.status) for hit in load_finder().find(text)]

    assert shown(f"你们这群废物，马上给我处理{mark}") == shown("你们这群废物，马上给我处理。")


ADVERSARIAL = [
    "泄漏",
    "多次",
    "反映",
    "没有",
    "如果",
    "多次向政府",
    "煤气",
    "5",
    "户",
    "十",
    "被困在",
    "孩子",
    "电梯",
    "，",
    " ",
    "a",
    "工资拖欠",
    "12345",
    "200多名业主",
]


@pytest.mark.parametrize("unit", ADVERSARIAL)
def test_time_is_linear_on_adversarial_text(unit: str) -> None:
    def seconds(size: int) -> float:
        text = (unit * (size // len(unit) + 1))[:size]
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            load_finder().find(text)
            best = min(best, time.process_time() - start)
        return best

    seconds(2_000)
    small, large = seconds(20_000), seconds(80_000)
    assert large < 10 * small + 0.05


def test_words_within_and_covering() -> None:
    spots = [(3, 1), (5, 2), (9, 7)]
    assert lies_within(spots, 0, 3)
    assert not lies_within(spots, 2, 4)
    assert lies_within(spots, 2, 5)
    assert not lies_within(spots, 8, 20)
    assert is_covered(spots, 2, 4)
    assert not is_covered(spots, 0, 3)
    assert not is_covered([], 0, 1)


def test_another_book_gives_another_finder() -> None:
    finder = EvidenceFinder(load_finder().book)
    assert finder.find("我家停水了") == load_finder().find("我家停水了")
