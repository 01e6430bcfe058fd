"""When the cascade asks the encoder: the point that is chosen, and the window."""

from __future__ import annotations

import numpy as np
import pytest

from appealnlp.classify.linear import Head
from appealnlp_training.cascade import cascade, chosen_point, doubts, narrowest
from appealnlp_training.fitted import Fitted
from appealnlp_training.records import LABELS
from appealnlp_training.scored import Scored

ROWS = 200


def rows(unsure: int, right: int) -> tuple[Scored, dict[str, Fitted]]:
    """Rows of two classes, the first always true. Of the first ``unsure`` the linear tier is unsure and wrong; of those
    both tiers together are right on ``right``, and on all others.
    """
    linear = np.tile(np.array([4.0, -4.0], np.float32), (ROWS, 1))
    linear[:unsure, 1] = -3.9 + np.linspace(0, 0.001, unsure)  # no two alike, so that a share can be cut anywhere
    linear[:unsure, 0] = -4.1
    joined = np.tile(np.array([4.0, -4.0], np.float32), (ROWS, 1))
    joined[right:unsure] = [-1.0, 1.0]
    truth = np.zeros(ROWS, np.int64)
    none = np.empty((0, 0), np.float32)
    heads = {name: Fitted(Head(name, ("a", "b")), none, none[:, :0], joined, truth) for name in LABELS}
    classes = dict.fromkeys(LABELS, ("a", "b"))
    return Scored([], classes, dict.fromkeys(LABELS, linear), dict.fromkeys(LABELS, joined)), heads


def test_doubt_is_the_number_of_heads_expected_to_be_wrong() -> None:
    scored, _ = rows(10, 10)
    assert doubts(scored)[0] == pytest.approx(len(LABELS) * 0.45, abs=0.01)
    assert doubts(scored)[-1] == pytest.approx(0.0, abs=0.01)


def test_the_cheapest_point_that_keeps_the_gain() -> None:
    scored, heads = rows(40, 40)
    found = cascade({None: scored}, {None: heads}, 0.85)
    assert found.point["asked"] == pytest.approx(0.17)  # of the 40 unsure ones among 200, who all gain alike
    assert found.point["gain kept"] == 0.85
    assert found.window is None
    assert found.figures()["cascade"]["window"] is None
    assert found.figures()["curve"][-1]["asked"] == 1.0


def test_a_later_point_that_falls_again_is_no_reason_to_stop_early() -> None:
    points = [{"gain kept": kept} for kept in (0.9, 0.8, 0.86, 0.9)]
    assert chosen_point(points, 0.85) is points[2]
    assert chosen_point(points, 0.99) is points[3]


def test_the_window_that_reads_least_and_loses_nothing() -> None:
    whole, narrow, narrower = rows(40, 40), rows(40, 40), rows(40, 10)
    scored = {None: whole[0], (200, 150): narrow[0], (100, 75): narrower[0]}
    heads = {None: whole[1], (200, 150): narrow[1], (100, 75): narrower[1]}
    assert cascade(scored, heads, 0.85).window == (200, 150)
    assert narrowest({(100, 75): {"type": 0.8}}, {"type": 0.9}) is None


def test_gains_are_shares_of_a_larger_encoders() -> None:
    scored, heads = rows(40, 20)
    most = dict.fromkeys(LABELS, 1.0)
    assert cascade({None: scored}, {None: heads}, 0.85, most).point["gain kept"] == pytest.approx(0.5)
