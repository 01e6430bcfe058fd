"""Words and marks of anger."""

from __future__ import annotations

import pytest

from appealnlp.text import tone_spans, without_tone


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("气死人了！！！马上回复", "    ！  马上回复"),
        ("路灯坏了？？！", "路灯坏了？  "),
        ("消防通道堵死了，老人快饿死了！", "消防通道堵死了，老人快饿死了！"),
        ("", ""),
    ],
)
def test_tone_is_blanked_and_the_length_stays(text: str, left: str) -> None:
    assert without_tone(text) == left
    assert sum(end - start for start, end in tone_spans(text)) == sum(a != b for a, b in zip(text, left, strict=True))
