"""Code points, their folding and their hash: shipped models and prints depend on every bit."""

from __future__ import annotations

import numpy as np
import pytest

from appealnlp.text.hashing import MASK_32, PRIME_32, SEED_32, hash_of
from appealnlp.text.headings import fold_heading
from appealnlp.text.points import PLANE, code_points, fold_points

TABLE = np.arange(PLANE, dtype=np.int64)
TABLE[ord("甲")] = 7


def test_lone_surrogates_are_code_points():
    assert code_points("甲\ud800\U00020000").tolist() == [0x7532, 0xD800, 0x20000]


@pytest.mark.parametrize("kind", [np.int64, np.uint32, np.uint64])
def test_beyond_the_basic_plane(kind):
    table = TABLE.astype(kind)
    assert fold_points("甲乙", table).tolist() == [7, ord("乙")]
    assert fold_points("甲\U00020000", table).tolist() == [7, 0x20000]
    assert fold_points("甲\U00020000\uffff", table, beyond=1).tolist() == [7, 1, 0xFFFF]
    assert {fold_points(text, table).dtype for text in ("", "甲", "\U00020000")} == {np.dtype(kind)}
    assert fold_points("\U00020000", table, beyond=1).dtype == np.dtype(kind)


def test_the_hash_is_fnv_1a():
    assert hash_of("") == 0xCBF29CE484222325
    assert hash_of("foobar") == 0x85944171F73967E8
    assert hash_of("foobar", SEED_32, PRIME_32, MASK_32) == 0xBF9CF968
    assert hash_of("甲") == ((0xCBF29CE484222325 ^ ord("甲")) * 0x100000001B3) % 2**64


def test_headings_of_one_column():
    assert len({fold_heading(name) for name in ("closed at", "Closed_At", "ｃｌｏｓｅｄ－ａｔ：", "closed　at")}) == 1
