"""N-grams as numbers: every gram of a folded text, and back."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appealnlp.classify.grams import MASK, TITLE, counted, counted_apart, fold_codes, keys_of_grams, text_of


def plain(text: str) -> str:
    return "".join(map(chr, (code for code in fold_codes(text).tolist() if code)))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("A市 2019年", "a市0000年"),
        ("１２", "１２"),
        ("", ""),
        (" \u3000\t", ""),
        ("𠮷野家", "𠮷野家"),
        ("ABC\n1", "abc\n0"),
        ("停水了，怎么办？", "停水了,怎么办?"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert plain(text) == folded


@given(st.text(max_size=60))
def test_counts_are_those_of_a_plain_count(text: str) -> None:
    folded = plain(text)
    expected = Counter(folded[i : i + n] for n in (1, 2, 3) for i in range(len(folded) - n + 1))
    keys, counts = counted(text)
    assert {text_of(key): count for key, count in zip(keys.tolist(), counts.tolist(), strict=True)} == expected
    assert (np.diff(keys) > 0).all()


@given(st.text(max_size=40), st.text(min_size=1, max_size=20))
def test_a_title_is_counted_beside_its_text_as_if_alone(text: str, title: str) -> None:
    def pairs(keys: Any, counts: Any) -> dict[int, int]:
        found = zip(keys.tolist(), counts.tolist(), strict=True)
        return {key: count for key, count in found if MASK not in text_of(key & ~int(TITLE))}

    both = pairs(*counted_apart(text, title))
    assert {key: count for key, count in both.items() if key >= 0} == pairs(*counted(text))
    marked = {key & ~int(TITLE): count for key, count in both.items() if key < 0}
    assert marked == pairs(*counted(title))


@given(st.lists(st.text(alphabet=st.characters(min_codepoint=1), min_size=1, max_size=3), max_size=20))
def test_keys_and_grams_are_one_to_one(grams: list[str]) -> None:
    assert [text_of(key) for key in keys_of_grams(grams).tolist()] == grams


@pytest.mark.parametrize("gram", ["", "四个字了"])
def test_grams_of_other_lengths_are_refused(gram: str) -> None:
    with pytest.raises(ValueError, match="one to 3"):
        keys_of_grams([gram])
