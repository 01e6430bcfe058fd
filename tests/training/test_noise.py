"""Noise of speech recognition: the rate is kept, a seed decides, offsets and evidence are carried over."""

from __future__ import annotations

import io
import json
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path

import pytest

pytest.importorskip("pypinyin")

from hypothesis import given, settings
from hypothesis import strategies as st

from appealnlp.errors import InputError
from appealnlp_training import noise as module
from appealnlp_training.noise import KINDS, Edit, Layer, Noise, character_error_rate, cost, main
from appealnlp_training.prepare import own
from appealnlp_training.records import Record
from appealnlp_training.sounds import confusable, lexicon, sounds
from appealnlp_training.spoken import say

OWN = own(Path(__file__).resolve().parents[2] / "corpora" / "own")[::12]
TEXT = "我们小区物业不作为，3号楼电梯坏了12天，老人上不去，电话13900001234没人接，请领导尽快处理。"
HAN = "我们小区停水三天没有人来管请领导尽快处理投诉物业噪音施工夜里老人孩子学校医院"
rates = st.sampled_from([0.0, 0.03, 0.1, 0.2, 0.3])
seeds = st.integers(0, 1000)
texts = st.text(st.sampled_from(HAN + "，。！\n 0123456789aB😀"), max_size=120)


# the rate


@pytest.mark.parametrize("spoken", [False, True])
@pytest.mark.parametrize("rate", [0.02, 0.05, 0.1, 0.2, 0.3])
def test_rate_over_our_own_appeals(rate: float, spoken: bool) -> None:
    made = [Noise(rate, 1, spoken)(record.content) for record in OWN]
    edits, length = sum(cost(one.said, one.text) for one in made), sum(len(one.said) for one in made)
    assert edits / length == pytest.approx(rate, rel=0.05)


@given(texts, rates, seeds, st.booleans())
@settings(max_examples=150, deadline=None)
def test_a_text_never_has_more_errors_than_asked_for(text: str, rate: float, seed: int, spoken: bool) -> None:
    made = Noise(rate, seed, spoken)(text)
    assert cost(made.said, made.text) <= rate * len(made.said) + 1
    assert made.text.count("\n") == text.count("\n")


@given(st.text(st.sampled_from(HAN), min_size=20, max_size=200), rates, seeds)
@settings(max_examples=100, deadline=None)
def test_rate_of_one_text(text: str, rate: float, seed: int) -> None:
    found = cost(text, Noise(rate, seed)(text).text)
    wanted = rate * len(text)
    assert 0.85 * wanted - 3 <= found <= wanted + 1  # an insertion beside a change can be told in fewer edits


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_alone_reaches_a_small_rate(kind: str) -> None:
    text = TEXT * 3
    made = Noise(0.05, 3, kinds=[kind])(text)
    assert made.text != text
    assert cost(text, made.text) <= 0.05 * len(text) + 1


def test_without_a_rate_nothing_changes() -> None:
    assert Noise(0.0)(TEXT).text == TEXT
    assert Noise(0.3)("").text == ""
    assert Noise(0.3)("ABC xyz").text == "ABC xyz"


@pytest.mark.parametrize("rate", [-0.1, 0.51, float("nan")])
def test_a_wrong_rate(rate: float) -> None:
    with pytest.raises(InputError, match=r"rate .* is not between 0 and 0.5"):
        Noise(rate)


def test_a_wrong_kind() -> None:
    with pytest.raises(InputError, match=r"kind \['echo'\] is unknown; the kinds are word, same, near"):
        Noise(kinds=["echo"])


# seeds


@given(texts, rates, seeds)
@settings(max_examples=50, deadline=None)
def test_a_seed_decides(text: str, rate: float, seed: int) -> None:
    assert Noise(rate, seed)(text) == Noise(rate, seed)(text)


def test_another_seed_makes_other_noise() -> None:
    assert len({Noise(0.2, seed)(TEXT).text for seed in range(10)}) == 10


def test_noise_does_not_depend_on_what_came_before() -> None:
    noise = Noise(0.2, 5)
    noise("别的话，先说一遍。")
    assert noise(TEXT) == Noise(0.2, 5)(TEXT)


# offsets


@given(texts, rates, seeds, st.booleans(), st.data())
@settings(max_examples=150, deadline=None)
def test_spans_lie_within_and_keep_their_order(
    text: str, rate: float, seed: int, spoken: bool, data: st.DataObject
) -> None:
    made = Noise(rate, seed, spoken)(text)
    cut = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 3)))
    places = [place for pair in (cut[:2], cut[1:]) if (place := made.span(*pair))]
    assert all(0 <= start < end <= len(made.text) for start, end in places)
    if len(places) == 2:
        assert places[0][0] <= places[1][0]
        assert places[0][1] <= places[1][1]


@given(texts, rates, seeds)
@settings(max_examples=100, deadline=None)
def test_unchanged_characters_are_found_again(text: str, rate: float, seed: int) -> None:
    made = Noise(rate, seed)(text)
    changed = {at for start, end, _ in made.layers[-1].edits for at in range(start, end)}
    for at in set(range(len(text))) - changed:
        place = made.span(at, at + 1)
        assert place is not None
        assert made.text[slice(*place)] == text[at]


def test_edits_never_overlap() -> None:
    for seed in range(60):
        edits = Noise(0.5, seed)(TEXT * 2).layers[-1].edits
        assert all(one.end <= other.start for one, other in pairwise(edits))


def test_no_mark_within_a_number_is_dropped() -> None:
    text = "水价4.23元。" * 5
    made = Noise(0.5, 1, kinds=["punctuation"])(text)
    assert made.text == text.replace("。", "")


LAYER = Layer((Edit(0, 0, "嗯"), Edit(1, 3, "校"), Edit(4, 5, ""), Edit(6, 6, "那个")))
SPANS = [((0, 1), "东"), ((1, 3), "校"), ((0, 2), "东校"), ((2, 4), "校水"), ((3, 5), "水"), ((4, 5), ""),
         ((5, 6), "三"), ((5, 7), "三那个天"), ((6, 7), "天"), ((0, 7), "东校水三那个天")]  # fmt: skip


@pytest.mark.parametrize(("span", "wanted"), SPANS)
def test_a_span_through_edits(span: tuple[int, int], wanted: str) -> None:
    new = LAYER.apply("东小区水，三天")
    assert new == "嗯东校水三那个天"
    assert new[slice(*LAYER.span(*span))] == wanted


def test_a_record_carries_its_evidence() -> None:
    record = Record(
        id="own-x-1", group="own-x-1", origin="own", title="停水，急", text=TEXT, type="complaint",
        urgency_evidence=["老人上不去"], flags={"repeat": "没人接"},
        entities=[["TIME", "12天"], ["PHONE", "13900001234"]],
    )  # fmt: skip
    made = Noise(0.1, 2, spoken=True).of_record(record)
    assert (made.id, made.group, made.type) == ("own-x-1+noise2", "own-x-1", "complaint")
    assert "，" not in made.content
    for word in [*made.urgency_evidence, *made.flags.values(), *(text for _, text in made.entities)]:
        assert word in made.content
    assert [label for label, _ in made.entities] == ["TIME", "PHONE"]


def test_our_own_appeals_keep_their_entities() -> None:
    for record in OWN:
        made = Noise(0.1, 1).of_record(record)
        assert len(made.entities) == len(record.entities)
        assert set(made.flags) == set(record.flags)
        assert all(text in made.content for _, text in made.entities)


# sounds and numbers


def test_confusable_syllables() -> None:
    assert confusable("shan") == {"san", "shang"}
    assert confusable("ning") == {"ling", "nin"}
    assert confusable("zen") == {"zhen", "zeng"}
    assert confusable("wo") == set()


def test_sounds_follow_the_context() -> None:
    assert [one.syllable for one in sounds("银行a，行走")] == ["yin", "hang", "", "", "xing", "zou"]


def test_substitutes_sound_alike() -> None:
    known = dict(lexicon().words)
    assert "校区" in [word for word, _ in known["xiao", "qu"]]
    made = Noise(0.5, 4, kinds=["same"])(HAN)
    for old, new in zip(HAN, made.text, strict=True):
        assert sounds(new)[0].syllable in {sounds(old)[0].syllable, sounds(HAN)[HAN.index(old)].syllable}


NUMBERS = [
    ("12", "楼", "十二"), ("10", "", "十"), ("20", "户", "二十"), ("110", "", "一百一十"), ("0", "", "零"),
    ("13900001234", "", "幺三九零零零零幺二三四"), ("2019", "年", "二零一九"), ("1502", "室", "幺五零二"),
    ("2", "个", "两"), ("2", "月", "二"), ("10005", "元", "一万零五"), ("100500", "元", "十万零五百"),
    ("4.23", "元", "四点二三"), ("15%", "", "百分之十五"), ("0755", "", "零七五五"), ("１２", "楼", "十二"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "after", "wanted"), NUMBERS)
def test_numbers_are_read_out(number: str, after: str, wanted: str) -> None:
    assert say(number, after) == wanted


def test_what_was_said_has_no_digits_and_no_punctuation() -> None:
    said = Noise(0.0, spoken=True)(TEXT).text
    assert said.startswith("我们小区物业不作为三号楼电梯坏了十二天")
    assert "幺三九零零零零幺二三四" in said


# the measure


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        ("", "", 0),
        ("停水", "停水", 0),
        ("停水", "停睡", 0.5),
        ("停水", "", 1),
        ("", "停", 1),
        ("停水了", "停停水", 2 / 3),
    ],
)
def test_character_error_rate(one: str, other: str, wanted: float) -> None:
    assert character_error_rate(one, other) == pytest.approx(wanted)


@given(st.text("停水三天", max_size=12), st.text("停水三天", max_size=12))
def test_our_own_distance_is_that_of_rapidfuzz(one: str, other: str) -> None:
    rapidfuzz = pytest.importorskip("rapidfuzz.distance")
    assert module._levenshtein(one, other) == rapidfuzz.Levenshtein.distance(one, other)


# the command line


def run(monkeypatch: pytest.MonkeyPatch, given: str, *arguments: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(given))
    return main(arguments)


def test_command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, f"{TEXT}\n\n{TEXT}\n", "--rate", "0.1", "--seed", "1") == 0
    first, blank, third = capsys.readouterr().out.splitlines()
    assert first == third == Noise(0.1, 1)(TEXT).text
    assert blank == ""


def test_command_line_with_records(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    line = json.dumps(asdict(OWN[0]), ensure_ascii=False)
    assert run(monkeypatch, line, "--records", "--seed", "3") == 0
    assert Record(**json.loads(capsys.readouterr().out)) == Noise(0.1, 3).of_record(OWN[0])
    assert run(monkeypatch, f"{line}\n[]\n", "--records") == 2
    assert "line 2: no record" in capsys.readouterr().err
    assert run(monkeypatch, TEXT, "--rate", "2") == 2
