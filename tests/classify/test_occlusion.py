"""Passages that carry a decision of the encoder."""

from __future__ import annotations

import pytest

from appealnlp.classify.occlusion import occlusion, passages

TEXT = "您好，小区昨天起停气，老人没法做饭。请尽快恢复！谢谢"


@pytest.mark.parametrize("most", [1, 2, 3, 32])
def test_passages_cover_the_text_in_order(most: int) -> None:
    found = passages(TEXT, most)
    assert len(found) <= most
    assert "".join(TEXT[start:end] for start, end in found) == TEXT


def test_a_short_clause_is_read_with_the_next_one() -> None:
    start, end = passages(TEXT, 32)[0]
    assert TEXT[start:end] == "您好，小区昨天起停气，"


@pytest.mark.parametrize("text", ["", "。。。", "\n"])
def test_a_text_without_words_has_no_passages(text: str) -> None:
    assert occlusion(lambda _: 0.0, text) == []


def test_the_passage_whose_loss_costs_most_comes_first() -> None:
    def score(text: str) -> float:
        return 2.0 * ("停气" in text) + 1.0 * ("老人" in text) - 0.5 * ("谢谢" in text)

    found = [(TEXT[start:end], round(weight, 2)) for start, end, weight in occlusion(score, TEXT)]
    assert found == [("您好，小区昨天起停气，", 2.0), ("老人没法做饭。", 1.0)]


def test_the_encoder_is_asked_a_bounded_number_of_times() -> None:
    asked: list[str] = []
    occlusion(lambda text: float(len(asked.append(text) or text)), "路灯不亮了。" * 500)  # type: ignore[func-returns-value]
    assert len(asked) <= 33
