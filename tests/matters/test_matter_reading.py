"""What is read of an appeal: persons hidden, bare names of places and units, grams and words."""

from __future__ import annotations

import numpy as np
import pytest

from appealnlp.appeal import Appeal
from appealnlp.classify.grams import MASK
from appealnlp.matters.grams import Run, buckets_of, fold
from appealnlp.matters.language import GROUPS, encoded, shipped, weights
from appealnlp.matters.names import name_rules
from appealnlp.matters.prints import BINS, MOST_GRAMS, MOST_WORDS, Prints
from appealnlp.matters.reading import merged, overlaps, read, seconds
from appealnlp.matters.units import load_units
from appealnlp.matters.words import word_bucket, words_of

PERSONAL = "我叫王小红，电话13900001234，身份证110105194912310024。"
BARE = [
    ("惠州市惠城区江南街道云岭花园12栋", "云岭花园"),
    ("A市A3区云岭国际社区三期", "云岭国际"),
    ("云岭花园3栋2单元", "云岭花园"),
    ("B9市", None),
    ("幼儿园", None),
    ("宏远置业有限公司", "宏远置业"),
    ("海棠路", "海棠路"),
]


@pytest.mark.parametrize(("name", "bare"), BARE)
def test_bare_names(name, bare):
    span = name_rules().bare(name)
    assert (None if span is None else name[slice(*span)]) == bare


def test_persons_are_hidden_before_anything_is_hashed():
    item = read(Appeal(f"云岭花园停水三天。{PERSONAL}", "停水"))
    for secret in ("王小红", "13900001234", "110105194912310024"):
        assert secret not in item.text
        assert not any(secret in name for name in item.names)
    assert MASK in item.text
    assert "云岭花园" in item.names


def test_a_person_leaves_no_trace_in_a_print():
    units = load_units()
    texts = [
        PERSONAL,
        PERSONAL.replace("王小红", "李大勇")
        .replace("1234", "5678")
        .replace("110105194912310024", "440524188001010014"),
    ]
    one, other = (Prints.of([read(Appeal(f"云岭花园停水三天。{text}", "停水"))], units) for text in texts)
    assert np.array_equal(one.grams, other.grams)
    assert np.array_equal(one.words, other.words)
    assert np.array_equal(one.minima, other.minima)
    assert np.array_equal(one.names, other.names)
    assert np.array_equal(one.units, other.units)


def test_the_opening_stands_in_for_a_title():
    assert read(Appeal("云岭花园停水", None)).head == 6
    assert read(Appeal("云" * 100, None)).head == 40
    item = read(Appeal("停水", "云岭花园"))
    assert item.text[: item.head].strip() == "云岭花园"


def test_spans():
    assert merged([(5, 7, "a"), (0, 2, "b"), (1, 4, "c")]) == [(0, 4), (5, 7)]
    assert overlaps((3, 5), [(0, 4)])
    assert not overlaps((4, 5), [(0, 4)])


def test_seconds():
    from datetime import datetime, timedelta, timezone

    assert seconds(None) is None
    assert seconds(datetime(1970, 1, 2)) == 86_400
    assert seconds(datetime(1970, 1, 2, tzinfo=timezone(timedelta(hours=8)))) == 86_400


def test_folding_and_pairs():
    assert fold("Ａ A,").tolist()[1:] == [0, ord("a"), 1]
    assert len(fold("𠮷a")) == 2
    assert len(buckets_of("停水，停电")) == 2  # no pair goes over a mark
    assert np.array_equal(buckets_of("停 水"), buckets_of("停水"))
    owner, hashes = Run(["一二三四", "五六七"]).triples()
    assert owner.tolist() == [0, 0, 1]
    assert len(set(hashes.tolist())) == 3
    assert len(Run(["", "一"]).triples()[0]) == 0


def test_words_stand_outside_names():
    item = read(Appeal("云岭花园的电梯坏了，物业不维修，2024年。"))
    words = words_of(item)
    assert "电梯" in words
    assert not any(word in "云岭花园" for word in words)
    assert not any(word.isdigit() for word in words)
    assert 0 <= word_bucket("电梯") == word_bucket("电梯")


def test_prints_keep_the_rarest_and_join():
    units = load_units()
    long = read(Appeal("".join(chr(0x4E00 + i * 7) for i in range(2000)), "云岭花园"))
    short = read(Appeal("停水", "停水"))
    both, single = Prints.of([long, short], units), [Prints.of([item], units) for item in (long, short)]
    joined = Prints.joined(single)
    for name in ("starts", "grams", "word_starts", "words", "minima", "names", "units"):
        assert np.array_equal(getattr(both, name), getattr(joined, name)), name
    assert both.starts[1] == MOST_GRAMS
    assert both.word_starts[1] <= MOST_WORDS
    assert both.minima.shape == (2, BINS)
    assert len(both) == 2
    assert len(Prints.of([], units)) == 0


def test_weights_fall_with_use():
    counts = np.zeros(len(shipped("pairs")), np.int64)
    rare, common = counts.copy(), counts.copy()
    common[:] = 500
    assert (weights("pairs", rare, 1000) >= weights("pairs", common, 1000)).all()
    assert weights("words", rare, 0).max() <= np.log(GROUPS + 1) + 1e-3


def test_the_shipped_table_tells_nothing_of_few():
    assert encoded(np.array([0, 4, 5])).tolist()[:2] == [0, 0]
    known = shipped("pairs")
    assert known[known > 0].min() >= encoded(np.array([5]))[0]
