"""The routing appeals by the model that lies at hand; ``measure.py`` prints the rate a row and what failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from appealnlp.errors import ModelError
from route.measure import Outcome, analyzer, own_results

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


def _shown(found: list[Outcome]) -> str:
    return "\n".join(f"row {item.row}: {item.text}: {item.faults}" for item in found if item.faults)


def test_nine_in_ten_of_our_own_are_as_expected(model: str | None) -> None:
    pytest.importorskip("chinese_calendar")
    found = list(own_results(model))
    assert sum(bool(item.faults) for item in found) <= (1 - LEAST) * len(found), _shown(found)
