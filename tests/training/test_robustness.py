"""What noise costs: the same rows before and after, and a drop that is there when answers change."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from appealnlp.appeal import Appeal
from appealnlp_training.records import Record
from appealnlp_training.robustness import figures

TEXT = "小区自来水已经停了三天，打了很多次电话没有人来修，家里老人没有水喝，请尽快派人来处理。"


def record(number: int) -> Record:
    return Record(f"r{number}", f"g{number}", "gold", "", TEXT, type="complaint", target="utility", topic="a/b",
                  urgency="urgent", department="water_supply", flags={"supply_cut": "停了三天"})  # fmt: skip


def fragile(appeal: Appeal) -> Any:
    """Right as long as nothing of the text is changed."""
    whole = appeal.text == TEXT
    label = SimpleNamespace(label="complaint" if whole else "praise", confidence=1.0)
    return SimpleNamespace(
        type=label, target=SimpleNamespace(label="utility", confidence=1.0),
        topic=SimpleNamespace(path=("a", "b", "c"), confidence=1.0),
        urgency=SimpleNamespace(label="urgent", confidence=1.0),
        department=SimpleNamespace(code="water_supply", confidence=1.0),
        flags=[SimpleNamespace(flag="supply_cut")] if whole else [],
    )  # fmt: skip


def test_a_drop_is_what_noise_takes_from_the_same_rows() -> None:
    found = {figure.name: figure for figure in figures(fragile, [record(n) for n in range(6)], [0.1], seed=3)}
    assert found["type as written"].value == 1.0
    assert found["type drop at 10%"].value == 1.0
    assert found["type drop at 10%"].n == 6
    assert found["department drop at 10%"].value == 0.0
    assert found["flags F1 as written"].value == 1.0
    assert found["flags F1 at 10%"].value == 0.0
