"""Features, scores, contributions of the linear model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appealnlp.classify import LinearModel, Reading
from appealnlp.classify.explain import character_weights, heaviest, reasons
from appealnlp.classify.features import Vocabulary, hide

from .conftest import small_model


def test_blocks_have_the_lengths_that_the_vocabulary_gives(model: LinearModel) -> None:
    row = model.features(Reading("停气了，请问", "咨询停气", ["flag=x", "unknown"]))
    names = [model.vocabulary.name(int(i))[0] for i in row.ids]
    for block, length in (("body", 1.0), ("title", 0.5), ("rule", 0.2)):
        values = row.values[[i for i, name in enumerate(names) if name == block]]
        assert np.linalg.norm(values) == pytest.approx(length, abs=1e-5)


def test_an_unknown_text_has_only_the_bias(model: LinearModel) -> None:
    row = model.features(Reading("xyz"))
    assert len(row.ids) == 0
    assert np.allclose(model.raw(row), model.bias)


def test_probabilities(model: LinearModel) -> None:
    scores = model.scores(Reading("停气", "求助"))
    assert scores["type"].sum() == pytest.approx(1.0, abs=1e-5)
    assert ((scores["flags"] > 0) & (scores["flags"] < 1)).all()


def test_a_higher_temperature_is_less_sure(model: LinearModel) -> None:
    head = model.heads[0]
    hot = type(head)(head.name, head.classes, 5.0)
    scores = np.array([2.0, -1.0], np.float32)
    assert hot.probabilities(scores).max() < head.probabilities(scores).max()


@given(st.text(alphabet="停气请问工资，。 12ab", max_size=40), st.text(alphabet="咨询求助停", max_size=6))
def test_contributions_and_bias_sum_up_to_the_score(text: str, title: str) -> None:
    model = small_model()
    reading = Reading(title + "\n" + text, title, ["r:past"])
    row = model.features(reading)
    shares = model.contributions(row, "type", "consult")
    assert shares.sum() + model.bias[1] == pytest.approx(float(model.raw(row)[1]), abs=1e-3)
    spread = character_weights(model, reading, "type", "consult").sum()
    grams = sum(s for s, i in zip(shares, row.ids, strict=True) if model.vocabulary.name(int(i))[0] != "rule")
    assert spread == pytest.approx(float(grams), abs=1e-3)


def test_the_heaviest_passage_holds_the_words_that_count(model: LinearModel) -> None:
    text = "天气不错。家里停气三天了。谢谢"
    weights = character_weights(model, Reading(text), "type", max(("complaint", "consult"), key=lambda c: sum(
        model.contributions(model.features(Reading(text)), "type", c))))  # fmt: skip
    start, end, weight = heaviest(weights, text)[0]
    assert weight > 0
    assert "停" in text[start:end] or "气" in text[start:end]


def test_reasons_lie_in_the_text(model: LinearModel) -> None:
    text = "请问，为什么停气？工资没有发"
    for reason in reasons(model, Reading(text), "type", "complaint"):
        assert text[reason.start : reason.end] == reason.text


@pytest.mark.parametrize(("spans", "hidden"), [([], "张三说"), ([(0, 2)], "\ue000\ue000说")])
def test_hiding_keeps_the_length(spans: list[tuple[int, int]], hidden: str) -> None:
    assert hide("张三说", spans) == hidden


def test_hidden_words_are_in_no_feature(model: LinearModel) -> None:
    assert len(model.features(Reading(hide("停气", [(0, 2)]))).ids) == 0


def test_a_vocabulary_out_of_order_is_refused() -> None:
    with pytest.raises(ValueError, match="out of order"):
        Vocabulary({"body": ["气", "停"]}, np.ones(2, np.float32), {})
