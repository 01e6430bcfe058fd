"""A small model that is made here, so that these tests need no shipped one."""

from __future__ import annotations

import numpy as np
import pytest

from appealnlp.classify import Decisions, Head, LinearModel
from appealnlp.classify.features import Vocabulary
from appealnlp.classify.grams import keys_of_grams


def small_model() -> LinearModel:
    body = sorted(["停气", "停", "气", "请问", "问", "工资"], key=lambda gram: int(keys_of_grams([gram])[0]))
    title = ["咨询", "求助"]
    columns = {
        "body": body,
        "title": sorted(title, key=lambda g: int(keys_of_grams([g])[0])),
        "rule": ["flag=x", "r:past"],
    }
    size = len(body) + len(title) + 2
    rng = np.random.default_rng(3)
    heads = (Head("type", ("complaint", "consult")), Head("flags", ("a", "b", "c"), exclusive=False),
             Head("far", ("u", "v"), 2.0, public=False))  # fmt: skip
    weights = rng.integers(-127, 128, (size, 7)).astype(np.int8)
    scales = rng.uniform(0.01, 0.02, 7).astype(np.float32)
    vocabulary = Vocabulary(
        columns, rng.uniform(1, 5, size).astype(np.float32), {"body": 1.0, "title": 0.5, "rule": 0.2}
    )
    return LinearModel(vocabulary, heads, weights, scales, rng.normal(size=7).astype(np.float32))


@pytest.fixture
def model() -> LinearModel:
    return small_model()


@pytest.fixture
def decisions() -> Decisions:
    return Decisions({"critical": 0.6, "urgent": 0.3}, {"a": 0.5}, frozenset({"b"}), {"type": 0.8}, 0.9)
