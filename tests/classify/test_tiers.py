"""Tiers behind one interface: when the encoder is asked, and what is made of its scores and tags."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from appealnlp.classify import Decisions, Head, LinearModel, Reading, Stored
from appealnlp.classify.encoder import Encoder
from appealnlp.classify.mix import Mix, Share, sigmoid, softmax
from appealnlp.classify.tiers import Tiers
from appealnlp.errors import InputError
from appealnlp.modelfolder import Manifest
from appealnlp.schemes import shipped

TAGS = ("O", "B-ADDR", "I-ADDR", "B-ORG:gov", "I-ORG:gov")


@dataclass
class Encoded:
    ids: list[int]
    offsets: list[tuple[int, int]]


class CharTokenizer:
    def encode(self, text: str) -> Encoded:
        ids = [0, *range(4, 4 + len(text)), 2]
        return Encoded(ids, [(0, 0), *((i, i + 1) for i in range(len(text))), (0, 0)])


class FixedSession:
    """Always the same scores; tags by a script, one letter a character."""

    def __init__(self, scores: list[float], script: str = "") -> None:
        self.scores, self.script, self.lengths = scores, script, []  # type: ignore[var-annotated]

    def run(self, _: None, feeds: dict[str, Any]) -> Any:
        length = feeds["ids"].shape[1]
        self.lengths.append(length)
        tags = np.zeros((1, length, len(TAGS)), np.float32)
        for place, letter in enumerate(self.script[: length - 2], 1):
            tags[0, place, int(letter)] = 5
        return [np.array([self.scores], np.float32), tags]


HEADS = (Head("type", ("consult", "complaint")), Head("flags", ("a", "b", "c"), exclusive=False))


def encoder(session: FixedSession, window: tuple[int, int] = (64, 40)) -> Encoder:
    return Encoder(session, CharTokenizer(), HEADS, TAGS, window, 0.5)  # type: ignore[arg-type]


def stored(model: LinearModel, decisions: Decisions, session: FixedSession | None, doubt: float = 0.1) -> Stored:
    manifest = Manifest("m", "1", "s", {})
    if session is None:
        return Stored(manifest, model, decisions)
    tiers = ("cascade", "linear", "encoder")
    mix = Mix({"type": Share(0.0, 1.0), "flags": Share(0.0, 1.0, 0.5)}, ("type",), doubt)
    return Stored(manifest, model, decisions, encoder(session), mix, replace(decisions, department_set=0.5), tiers)


def test_a_linear_folder_has_one_tier(model: LinearModel, decisions: Decisions) -> None:
    tiers = Tiers(stored(model, decisions, None), shipped())
    assert tiers.tier == "linear"
    judged = tiers.judge(Reading("停气"), "停气")
    assert (judged.tier, judged.tags) == ("linear", None)
    with pytest.raises(InputError, match="unknown tier 'encoder'; this model has linear"):
        Tiers(stored(model, decisions, None), shipped(), "encoder")


@pytest.mark.parametrize(("doubt", "asked"), [(1.1, False), (0.0, True)])
def test_the_cascade_asks_the_encoder_where_linear_is_unsure(
    model: LinearModel, decisions: Decisions, doubt: float, asked: bool
) -> None:
    session = FixedSession([3.0, -3.0, 0, 0, 0])
    judged = Tiers(stored(model, decisions, session, doubt), shipped()).judge(Reading("停气"), "停气")
    assert bool(session.lengths) is asked
    assert judged.tier == ("encoder" if asked else "linear")
    assert judged.decide.decisions.department_set == (0.5 if asked else 0.9)


def test_scores_are_put_together_by_class(model: LinearModel, decisions: Decisions) -> None:
    session = FixedSession([3.0, -3.0, 0.5, -0.5, 0.0])
    judged = Tiers(stored(model, decisions, session), shipped(), "encoder").judge(Reading("停气"), "停气")
    assert judged.scores["type"]["consult"] == pytest.approx(float(softmax(np.array([3.0, -3.0]))[0]), abs=1e-6)
    assert judged.scores["flags"]["a"] == pytest.approx(float(sigmoid(np.array([1.0]))[0]), abs=1e-6)
    assert (
        judged.scores["far"]
        == Tiers(stored(model, decisions, None), shipped()).judge(Reading("停气"), "").scores["far"]
    )


def test_a_class_that_the_encoder_lacks_gets_its_lowest_score() -> None:
    mix = Mix({"topic": Share(0.0, 1.0)}, (), 0.0)
    out = mix.combine({"topic": {"x": 0.5, "y": 0.25, "z": 0.25}}, {"topic": {"x": 1.0, "y": -1.0}}, ())
    assert out["topic"]["z"] == out["topic"]["y"]
    assert sum(out["topic"].values()) == pytest.approx(1.0)


def test_tags_of_tokens_are_given_where_they_count() -> None:
    tags = encoder(FixedSession([0] * 5, "0012222")).encode("住在幸福路8号").tags
    assert tags is not None
    assert (tags.names, tags.share) == (TAGS, 0.5)
    assert tags.scores.argmax(1).tolist() == [0, 0, 0, 1, 2, 2, 2, 2, 0]
    assert tags.offsets[3] == (2, 3)
    silent = Encoder(FixedSession([0] * 5), CharTokenizer(), HEADS, TAGS, (64, 40))  # type: ignore[arg-type]
    assert silent.encode("住在幸福路8号").tags is None


def test_a_long_text_keeps_head_and_tail() -> None:
    session = FixedSession([0] * 5, "0" * 60)
    text = "头" * 100 + "尾" * 100
    encoder(session, (20, 12)).encode(text)
    assert session.lengths == [20]


@pytest.mark.parametrize(("tier", "read"), [("cascade", 12), ("encoder", 64)])
def test_a_cascade_may_read_less_of_a_long_text(model: LinearModel, decisions: Decisions, tier: str, read: int) -> None:
    session = FixedSession([0] * 5, "0" * 60)
    held = stored(model, decisions, session, 0.0)
    assert held.mix is not None
    narrow = replace(held, mix=replace(held.mix, window=(12, 8)))
    Tiers(narrow, shipped(), tier).judge(Reading("停气"), "停气" * 100)
    assert session.lengths == [read]


@pytest.mark.parametrize("window", [[12], [12, "8"], [8, 12], [12, 0], 12, [True, True]])
def test_a_window_of_another_shape_is_refused(window: object) -> None:
    with pytest.raises(ValueError, match="window must be two numbers"):
        Mix.of({"shares": {}, "asked": [], "doubt": 0.5, "window": window})


def test_a_mix_is_the_same_after_json() -> None:
    mix = Mix({"type": Share(0.5, 0.7)}, ("type",), 0.8, (160, 112))
    assert Mix.of(mix.to_dict()) == mix
    assert Mix.of({"shares": {}, "asked": [], "doubt": 0.5}).window is None


def test_the_encoder_says_how_probable_a_label_is() -> None:
    asked = encoder(FixedSession([2.0, 0.0, 0, 0, 0]))
    assert asked.log_probability("停气", "type", "consult") == pytest.approx(-0.1269, abs=1e-3)
    assert asked.log_probability("停气", "type", "complaint") == pytest.approx(-2.1269, abs=1e-3)
    assert asked.log_probability("停气", "type", "unheard of") == pytest.approx(-2.1269, abs=1e-3)
