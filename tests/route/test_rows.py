"""The appeals of rows.yaml, by the model that lies at hand; ``measure.py`` prints the rate a row and what failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from appealnlp.errors import ModelError
from route.measure import analyzer, results

LEAST = 0.9
_MODELS = (None, str(Path(__file__).parents[2] / "runs" / "models" / "linear"))


@pytest.fixture(scope="module")
def model() -> str | None:
    """The shipped model, or the one that was trained last; skips where there is none."""
    for path in _MODELS:
        try:
            analyzer(path, "default")
        except ModelError:
            continue
        return path
    pytest.skip("no model at hand")


def test_nine_in_ten_are_as_expected(model: str | None) -> None:
    pytest.importorskip("chinese_calendar")
    found = list(results(model))
    failed = [f"row {row}: {text}: {faults}" for row, _, text, faults in found if faults]
    assert len(failed) <= (1 - LEAST) * len(found), "\n".join(failed)
